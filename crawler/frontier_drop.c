#include "crawler/frontier_private.h"

#include <stdlib.h>

void frontier_drop(struct frontier *f, const struct host *h, const struct todo *todo,
                   const char *path, size_t length)
{
    f->dropped++;
    if (f->drop)
        f->drop(f, h, todo, path, length);
}

void frontier_drop_retries(struct frontier *f, struct list *retries)
{
    while (!list_empty(retries)) {
        struct retry *r = container_of(list_pop(retries), struct retry, node);
        loop_cancel_timer(f->loop, &r->timer);
        f->queued -= r->kind != ITEM_ROBOTS;
        if (r->kind == ITEM_PAGE)
            frontier_drop(f, r->host, &r->todo, r->path, r->length);
        free(r);
    }
}

static void drop_pages(struct frontier *f, const struct host *h, struct url_queue *q)
{
    struct url_queue pages = *q; /* out of the frontier: who is told may stop the crawl */
    struct todo todo;
    const char *path;

    url_queue_init(q);
    while (f->drop && pages.count) {
        size_t length = url_queue_pop(&pages, &todo, &path);
        frontier_drop(f, h, &todo, path, length);
    }
    f->dropped += pages.count;
    url_queue_deinit(&pages);
}

void frontier_drop_host(struct frontier *f, struct host *h)
{
    f->queued -= h->now.count + h->sitemaps.count;
    drop_pages(f, h, &h->now);
    frontier_leave_out_brought(f, h, &h->next);
    drop_pages(f, h, &h->next);
    url_queue_deinit(&h->sitemaps);
    list_remove(&h->deeper);
    if (f->final)
        frontier_drop_retries(f, &h->retries);
    loop_cancel_timer(f->loop, &h->pause);
}
