/* What a host hands out first: retries, its robots.txt, sitemaps, pages. */
#include "crawler/frontier_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

void item_deinit(struct item *item)
{
    free(item->url);
    *item = (struct item){0};
}

static void item_set(struct item *item, enum item_kind kind, struct host *h, const char *path,
                     size_t length)
{
    item->kind = kind;
    item->host = h;
    item->length = h->origin_length + length;
    if (item->length + 1 > item->capacity) {
        item->capacity = item->length + 256;
        item->url = memory_resize(item->url, item->capacity);
    }
    memcpy(item->url, h->origin, h->origin_length);
    memcpy(item->url + h->origin_length, path, length);
    item->url[item->length] = '\0';
}

/* Retries come first; but a host that is waited for has to be tried with other URLs too. */
static bool retries_first(const struct host *h)
{
    return !list_empty(&h->retries) && !(h->pace.trouble && h->now.count);
}

void frontier_choose(struct frontier *f, struct host *h, struct item *item)
{
    if (retries_first(h)) {
        struct retry *r = container_of(list_pop(&h->retries), struct retry, node);
        item_set(item, r->kind, h, r->path, r->length);
        item->todo = r->todo;
        f->queued -= r->kind != ITEM_ROBOTS;
        free(r);
    } else if (h->robots_state == ROBOTS_UNKNOWN) {
        item_set(item, ITEM_ROBOTS, h, "/robots.txt", sizeof "/robots.txt" - 1);
        item->todo = (struct todo){0};
        h->robots_state = ROBOTS_ASKED;
    } else if (frontier_has_sitemap(h)) {
        const char *path;
        size_t length = url_queue_pop(&h->sitemaps, &item->todo, &path);
        item_set(item, ITEM_SITEMAP, h, path, length);
        f->queued--;
    } else {
        const char *path;
        size_t length = url_queue_pop(&h->now, &item->todo, &path);
        item_set(item, ITEM_PAGE, h, path, length);
        f->queued--;
        /* What robots.txt forbids is not fetched. */
        f->pages += f->options.max_pages && host_allows(h, path, length);
    }
}

bool frontier_needs_fetch(const struct item *item)
{
    const struct host *h = item->host;
    size_t path = h->origin_length;

    return item->kind == ITEM_ROBOTS ||
           (!frontier_is_closed(h) && host_allows(h, item->url + path, item->length - path));
}
