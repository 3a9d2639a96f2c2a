/* Invariants, between any two calls:
 *
 * 1. A host stands in the ring if and only if it can hand out an item now; in strangers or stalled
 *    if it is doubtful and could, were there a slot for it. settle() restores this for one host,
 *    and that meeting counts what doubtful hosts have in flight.
 * 2. No worker waits, or the ring is empty, and so are strangers and stalled unless meeting is at
 *    its maximum; or spacer runs. serve() restores this.
 * 3. queued counts the pages and sitemaps that lie in now, sitemaps and retries of all hosts and in
 *    parked; queued_deeper those in next, which with by_depth are deeper than depth: by one, where
 *    who adds them has a page of this depth in flight. While queued_deeper is not 0, queued or
 *    in_flight is not: descend() restores this, held or not.
 * 4. finished is done if and only if queued, queued_deeper and in_flight are all 0, and so is holds
 *    unless it is stopped: then nothing can come any more. */
#include "crawler/frontier_private.h"

#include "crawler/memory.h"

#include <errno.h>
#include <string.h>

#define MAX_MEETING 64 /* each may cost a resolver thread */

#define MOST_LATE (5 * NS_PER_MS) /* of a start, to be made up for */
#define USUAL (20 * NS_PER_MS)    /* time of a doubtful host's answer, until some have answered */

/* A worker that waits; on its stack. */
struct waiter {
    struct list node;
    struct item *item;
    struct future given;
};

static void spacing_over(struct handle *h);

void frontier_init(struct frontier *f, struct loop *l, const struct frontier_options *options)
{
    uint64_t seed = seen_random_seed();

    *f = (struct frontier){.loop = l, .options = *options};
    /* Hosts that may turn out to be dead must not take all workers. */
    f->max_meeting =
        options->concurrency / 2 < MAX_MEETING ? options->concurrency / 2 : MAX_MEETING;
    if (f->max_meeting == 0)
        f->max_meeting = 1;
    hosts_init(&f->hosts);
    seen_init(&f->seen, seed);
    seen_init(&f->ahead, seed);
    seen_init(&f->brought, seed);
    f->usual = USUAL;
    list_init(&f->ring);
    list_init(&f->strangers);
    list_init(&f->stalled);
    list_init(&f->deeper);
    list_init(&f->parked);
    list_init(&f->waiting);
    timer_setup(&f->spacer, spacing_over);
    future_init(&f->finished, l);
}

/* Whether the host has to wait for its next polite moment; arms the timer that ends the wait. */
static bool pausing(struct frontier *f, struct host *h)
{
    int64_t until = h->next_start > h->pace.resume ? h->next_start : h->pace.resume;

    if (until == 0 || frontier_is_closed(h) || until <= loop_time())
        return false;
    loop_call_at(f->loop, &h->pause, until);
    return true;
}

static bool has_something(const struct host *h)
{
    return !list_empty(&h->retries) ||
           ((h->now.count || frontier_has_sitemap(h)) && h->robots_state != ROBOTS_ASKED);
}

/* A host that did not answer is asked once more after some time. */
static void reopen(struct frontier *f, struct host *h)
{
    if (h->robots_state == ROBOTS_UNREACHABLE && (h->now.count || h->sitemaps.count) &&
        h->ask_again <= loop_time())
        h->robots_state = f->options.robots ? ROBOTS_UNKNOWN : ROBOTS_KNOWN;
}

static void doubt(struct frontier *f, struct host *h, bool doubtful)
{
    h->doubtful = doubtful;
    f->meeting = doubtful ? f->meeting + h->in_flight : f->meeting - h->in_flight;
    list_remove(&h->ring);
}

static struct list *list_of(struct frontier *f, const struct host *h)
{
    if (!h->doubtful)
        return &f->ring;
    return h->given_back || h->pace.timeouts ? &f->stalled : &f->strangers;
}

/* Puts the host into the list it belongs to, or out of all. */
static void settle(struct frontier *f, struct host *h)
{
    unsigned share = h->met ? pace_share(&h->pace, f->options.per_host) : 1 + h->sitemaps_in_flight;

    reopen(f, h);
    bool doubtful = (!h->met || h->pace.timeouts) && !frontier_is_closed(h);
    if (doubtful != h->doubtful)
        doubt(f, h, doubtful);
    if (h->in_flight >= share || !has_something(h) || pausing(f, h))
        list_remove(&h->ring);
    else if (list_empty(&h->ring))
        list_add(list_of(f, h), &h->ring);
}

/* Whether nobody may start now; arms the timer that ends the wait. */
static bool spacing(struct frontier *f)
{
    if (f->next_start == 0 || f->next_start <= loop_time())
        return false;
    loop_call_at(f->loop, &f->spacer, f->next_start);
    return true;
}

/* Where the doubtful host stands whose turn it is: strangers come first, but not for ever. */
static struct list *doubtful_turn(struct frontier *f)
{
    bool stalled = list_empty(&f->strangers) || (f->given % 8 == 7 && !list_empty(&f->stalled));

    return stalled ? &f->stalled : &f->strangers;
}

/* The host whose turn it is, out of its list; NULL: none. Doubtful hosts and others go by turns. */
static struct host *next_host(struct frontier *f)
{
    struct list *from = &f->ring;

    if (f->meeting < f->max_meeting && (list_empty(from) || f->given % 2))
        from = doubtful_turn(f);
    if (list_empty(from))
        from = &f->ring;
    if (list_empty(from) || spacing(f))
        return NULL;
    return container_of(list_pop(from), struct host, ring);
}

static void drop_all(struct frontier *f)
{
    f->stopped = true;
    if (f->final)
        frontier_drop_retries(f, &f->parked);
    for (size_t i = 0; i < f->hosts.size; i++) {
        struct host *h = hosts_at(&f->hosts, i);
        if (!h)
            continue;
        frontier_drop_host(f, h);
        settle(f, h);
    }
    f->queued_deeper = 0;
}

/* Keeps the next starts away from this one. */
static void space(struct frontier *f, struct host *h, const struct item *item)
{
    if ((h->delay <= 0 && f->options.spacing == 0) || !frontier_needs_fetch(item))
        return;

    int64_t now = loop_time(), due = f->next_start, late = now - MOST_LATE;
    if (h->delay > 0)
        h->next_start = now + h->delay;
    if (f->options.spacing)
        f->next_start = (due > late ? due : due ? late : now) + f->options.spacing;
}

static void hand_out(struct frontier *f, struct host *h, struct item *item)
{
    frontier_choose(f, h, item);
    item->heard = item->uncounted = false;
    f->meeting += h->doubtful;
    space(f, h, item);
    h->in_flight++;
    h->sitemaps_in_flight += item->kind == ITEM_SITEMAP;
    f->in_flight++;
    f->given++;
    settle(f, h);
    if (f->pages == f->options.max_pages && f->options.max_pages && !f->stopped)
        drop_all(f);
}

static void serve(struct frontier *f)
{
    struct host *h;

    /* The worker that waits since last comes first: its memory is the warmest. */
    while (!list_empty(&f->waiting) && (h = next_host(f))) {
        struct waiter *w = container_of(f->waiting.prev, struct waiter, node);
        list_remove(&w->node);
        hand_out(f, h, w->item);
        future_set(&w->given, 0);
    }
}

static void go_deeper(struct frontier *f)
{
    f->depth++;
    f->queued = f->queued_deeper = 0;
    while (!list_empty(&f->deeper)) {
        struct host *h = container_of(list_pop(&f->deeper), struct host, deeper);
        url_queue_deinit(&h->now);
        h->now = h->next;
        url_queue_init(&h->next);
        frontier_leave_out_brought(f, h, &h->now);
        f->queued += h->now.count;
        settle(f, h);
    }
    frontier_forget_ahead(f);
    serve(f);
}

static bool is_idle(const struct frontier *f)
{
    return f->queued == 0 && f->queued_deeper == 0 && f->in_flight == 0;
}

/* When this depth is done: goes one link further, or asks for more, or ends. */
static void descend(struct frontier *f)
{
    bool deeper;

    do {
        if (is_idle(f) && !f->stopped && f->idle)
            f->idle(f);
        if (f->queued || f->in_flight)
            return;
        deeper = f->queued_deeper > 0;
        if (deeper)
            go_deeper(f);
        else if (f->holds == 0 || f->stopped)
            future_set(&f->finished, 0);
    } while (deeper); /* and on, if all of it was brought up */
}

static void pause_over(struct handle *handle)
{
    struct timer *t = container_of(handle, struct timer, handle);
    struct host *h = container_of(t, struct host, pause);

    settle(h->frontier, h);
    serve(h->frontier);
}

static void spacing_over(struct handle *handle)
{
    struct timer *t = container_of(handle, struct timer, handle);

    serve(container_of(t, struct frontier, spacer));
}

struct host *frontier_host(struct frontier *f, const struct url *u)
{
    struct host *h = hosts_get(&f->hosts, u);

    if (!h->frontier) {
        h->frontier = f;
        h->delay = f->options.delay;
        h->robots_state = f->options.robots ? ROBOTS_UNKNOWN : ROBOTS_KNOWN;
        h->doubtful = true;
        pace_init(&h->pace, f->options.gentle);
        timer_setup(&h->pause, pause_over);
    }
    return h;
}

void frontier_add_beside(struct frontier *f, const struct url *u, const struct todo *todo)
{
    if (f->stopped)
        return;

    struct host *h = frontier_host(f, u);
    const char *path = u->text + u->path;
    size_t length = u->length - u->path;

    if (todo->depth < f->depth && todo->seed && is_idle(f))
        f->depth = todo->depth;
    if (f->options.by_depth && todo->depth > f->depth && !todo->asset) {
        url_queue_push(&h->next, todo, path, length);
        f->queued_deeper++;
        if (list_empty(&h->deeper))
            list_add(&f->deeper, &h->deeper);
        descend(f);
    } else {
        url_queue_push(&h->now, todo, path, length);
        f->queued++;
        settle(f, h);
        serve(f);
    }
}

bool frontier_add(struct frontier *f, const struct url *u, uint64_t fingerprint,
                  const struct todo *todo)
{
    if (f->stopped || !seen_add(&f->seen, fingerprint))
        return false;
    if (f->options.by_depth && todo->depth > f->depth)
        seen_add(&f->ahead, fingerprint);
    frontier_add_beside(f, u, todo);
    return true;
}

void frontier_add_sitemap(struct frontier *f, const struct url *u, const struct todo *todo)
{
    if (f->stopped)
        return;

    struct host *h = frontier_host(f, u);

    url_queue_push(&h->sitemaps, todo, u->text + u->path, u->length - u->path);
    f->queued++;
    settle(f, h);
    serve(f);
}

void frontier_set_per_host(struct frontier *f, unsigned per_host)
{
    f->options.per_host = per_host;
    for (size_t i = 0; i < f->hosts.size; i++)
        if (hosts_at(&f->hosts, i))
            settle(f, hosts_at(&f->hosts, i));
    serve(f);
}

void frontier_hold(struct frontier *f)
{
    f->holds++;
}

void frontier_release(struct frontier *f)
{
    f->holds--;
    descend(f);
}

ASYNC int frontier_next(struct frontier *f, struct item *item)
{
    struct host *h;

    /* Items that need no fetch must not keep the loop from everything else. */
    if (f->given % 64 == 63 && task_yield() != 0)
        return -ECANCELED;
    if ((h = next_host(f))) {
        hand_out(f, h, item);
        return 0;
    }

    struct waiter w = {.item = item};
    future_init(&w.given, f->loop);
    list_add(&f->waiting, &w.node);
    if (await(&w.given) == 0)
        return 0;
    list_remove(&w.node);
    if (w.given.done) { /* cancelled with the item in hand, which another worker may take */
        item->uncounted = true;
        frontier_retry(f, item, 0);
    }
    return -ECANCELED;
}

/* The item is out of the worker's hands. */
static void put_down(struct frontier *f, const struct item *item)
{
    struct host *h = item->host;

    h->sitemaps_in_flight -= item->kind == ITEM_SITEMAP;
    h->in_flight--;
    f->in_flight--;
    f->meeting -= h->doubtful;
}

void frontier_done(struct frontier *f, struct item *item)
{
    struct host *h = item->host;

    put_down(f, item);
    settle(f, h);
    if (h->doubtful && !list_empty(&h->ring) && (!item->heard || item->kind == ITEM_ROBOTS)) {
        list_remove(&h->ring); /* its turn lasts until it has fetched a page */
        list_add(list_of(f, h)->next, &h->ring);
    }
    serve(f);
    descend(f);
}

static void retry_due(struct handle *handle)
{
    struct timer *t = container_of(handle, struct timer, handle);
    struct retry *r = container_of(t, struct retry, timer);
    struct host *h = r->host;

    list_remove(&r->node);
    list_add(&h->retries, &r->node);
    settle(h->frontier, h);
    serve(h->frontier);
}

void frontier_retry(struct frontier *f, const struct item *item, int64_t pause)
{
    struct host *h = item->host;
    size_t length = item->length - h->origin_length;

    put_down(f, item);
    if (f->final) {
        if (item->kind == ITEM_PAGE)
            frontier_drop(f, h, &item->todo, item->url + h->origin_length, length);
        descend(f);
        return;
    }
    struct retry *r = memory_new(sizeof *r + length);
    *r = (struct retry){.host = h, .kind = item->kind, .todo = item->todo, .length = length};
    r->todo.attempts += !item->uncounted;
    memcpy(r->path, item->url + h->origin_length, length);
    list_add(&f->parked, &r->node);
    f->queued += r->kind != ITEM_ROBOTS;
    timer_setup(&r->timer, retry_due);
    loop_call_later(f->loop, &r->timer, pause);
    settle(f, h);
    serve(f);
}

void frontier_stop(struct frontier *f)
{
    f->final = true;
    loop_cancel_timer(f->loop, &f->spacer);
    drop_all(f);
    descend(f);
}

void frontier_deinit(struct frontier *f)
{
    frontier_stop(f);
    hosts_deinit(&f->hosts);
    seen_deinit(&f->seen);
    seen_deinit(&f->ahead);
    seen_deinit(&f->brought);
}
