/* The crawler in three coroutines: crawl_run starts the workers and waits until the frontier says
 * that all is done; a worker takes a URL from the frontier, visits it, marks it done, again; visit
 * (visit.c) fetches, puts a redirect back as a URL of its own, and hands each link to the frontier.
 */
#include "crawler/crawler_private.h"

#include "crawler/address.h"
#include "crawler/isolate.h"
#include "crawler/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MANY_WORKERS 256
#define WORKER_MEMORY (48u * 1024) /* with all that its fetch and its connection take */
#define GRACE (2 * NS_PER_S)       /* of the fetches in flight, once a crawl is stopped */

static void want_sitemaps(struct crawl *c, struct host *h)
{
    if (c->options->sitemaps)
        sitemaps_want(&c->sitemaps, h);
}

/* Where a seed's redirects end is in scope. */
ASYNC static void seed_done(struct crawl *c, const struct worker *w)
{
    const struct fetch *f = w->page.fetch;
    bool ended = f && !fetch_redirects(f);

    if (ended)
        want_sitemaps(c, w->item.host);
    follow_seed_done(&c->follow, ended ? &w->page.url : NULL);
}

/* A slow reader of the results makes the workers wait. */
ASYNC static void wait_for_reader(struct crawl *c)
{
    struct future *pressure;

    while ((pressure = c->sink->pressure(c->sink)) && await(pressure) == 0)
        ;
}

static int worker(void *arg)
{
    struct worker *w = arg;
    struct frontier *f = &w->crawl->frontier;
    struct item *item = &w->item;
    int64_t pause;

    while (frontier_next(f, item) == 0) {
        w->fetch.doubted = item->host->doubtful ? item->host : NULL;
        int r = crawl_visit(w, &pause);
        if (r == -EAGAIN) {
            w->crawl->stats.retries += !item->uncounted;
            frontier_retry(f, item, pause);
            continue;
        }
        if (r == -ECANCELED)
            w->crawl->stats.refused[VERDICT_LIMIT] += item->kind == ITEM_PAGE;
        else if (item->todo.seed)
            seed_done(w->crawl, w);
        page_end(&w->page);
        frontier_done(f, item);
        wait_for_reader(w->crawl);
    }
    return 0;
}

/* As many as there is memory for stacks. */
static int start_workers(struct crawl *c)
{
    c->workers = memory_new(c->options->concurrency * sizeof *c->workers);
    for (; c->worker_count < c->options->concurrency; c->worker_count++) {
        struct worker *w = &c->workers[c->worker_count];
        int r = group_start(&c->group, &w->task, "worker", worker, w);
        if (r != 0)
            return c->worker_count ? 0 : r;
        w->crawl = c;
        fetch_init(&w->fetch, c->fetcher);
        page_init(&w->page);
        w->page.spare = &c->spare;
    }
    return 0;
}

/* What is left over has its verdict too. */
ASYNC static void finish(struct crawl *c)
{
    follow_end(&c->follow);
    c->stats.refused[VERDICT_LIMIT] += c->frontier.dropped;
    if (!c->stopped && c->stats.refused[VERDICT_LIMIT])
        c->stopped = STOP_PAGES;
    c->stats.ended = loop_time();
}

/* Waits until all work is done, or sooner is over; no longer than that many nanoseconds. Returns
 * whether these were too few. */
ASYNC static bool finishes_late(struct crawl *c, struct future *sooner, int64_t ns)
{
    struct future *ends[] = {&c->frontier.finished, sooner};
    struct timeout limit;

    timeout_begin(&limit, ns);
    await_any(ends, 2);
    return timeout_end(&limit) && !c->frontier.finished.done;
}

ASYNC int crawl_run(struct crawl *c)
{
    int64_t duration = c->options->duration ? c->options->duration : -1;

    c->stats.started = loop_time();
    int r = start_workers(c);
    if (r == 0) {
        frontier_release(&c->frontier);
        if (finishes_late(c, &c->stop, duration))
            crawl_stop(c, STOP_DURATION);
        if (c->stopped)
            finishes_late(c, &c->cut, GRACE);
    }
    group_cancel(&c->group);
    group_join(&c->group);
    finish(c);
    return r;
}

void crawl_stop(struct crawl *c, enum crawl_stop why)
{
    if (c->stopped && why != STOP_OUTPUT)
        return;
    c->stopped = why;
    frontier_stop(&c->frontier);
    future_set(&c->stop, 0);
    if (why == STOP_OUTPUT)
        future_set(&c->cut, 0);
}

void crawl_seed(struct crawl *c, const struct url *u, const char *credentials)
{
    struct todo todo = {.seed = true};
    struct host *h = frontier_host(&c->frontier, u);

    h->seed = true;
    if (credentials && !h->credentials)
        h->credentials = memory_copy(credentials, strlen(credentials));
    scope_add(&c->follow.judge.scope, u);
    if (address_url_is_private(u))
        fetcher_allow_private(c->fetcher);
    c->follow.judge.private_allowed = fetcher_allows_private(c->fetcher);
    follow_seed(&c->follow, u, &todo);
    want_sitemaps(c, h);
}

bool crawl_add_domain(struct crawl *c, const char *domain, size_t length)
{
    return scope_add_domain(&c->follow.judge.scope, domain, length);
}

bool crawl_add_filter(struct crawl *c, enum verdict kind, const char *pattern,
                      char wrong[static 256])
{
    return filter_add(&c->follow.judge.filter, kind, pattern, wrong);
}

/* Only who asks is told of each: there may be millions. */
static void report_drop(struct frontier *f, const struct host *h, const struct todo *todo,
                        const char *path, size_t length)
{
    struct crawl *c = container_of(f, struct crawl, frontier);

    follow_refuse(&c->follow, h, todo, path, length, VERDICT_LIMIT);
}

static void report_put_aside(struct frontier *f, struct host *h)
{
    struct crawl_sink *sink = container_of(f, struct crawl, frontier)->sink;

    sink->put_aside(sink, h);
}

/* Pages come first: links that are in scope after all, then what pages load. The frontier is not to
 * end while there are more links than are looked at in one go. */
static void look_for_more(struct frontier *f)
{
    struct crawl *c = container_of(f, struct crawl, frontier);

    if (c->looking)
        return;
    c->looking = follow_passed(&c->follow);
    if (c->looking) {
        frontier_hold(f);
        loop_call_soon(c->loop, &c->more);
    } else {
        judge_check_assets(&c->follow.judge);
    }
}

static void look_on(struct handle *h)
{
    struct crawl *c = container_of(h, struct crawl, more);

    c->looking = false;
    frontier_release(&c->frontier);
}

void crawl_await_seeds(struct crawl *c, bool awaited)
{
    bool *now = &c->follow.judge.awaited;

    if (*now == awaited)
        return;
    *now = awaited;
    if (awaited)
        frontier_hold(&c->frontier);
    else
        frontier_release(&c->frontier);
}

uint64_t crawl_area(const struct crawl *c)
{
    return fetcher_area(c->fetcher);
}

void crawl_set_per_host(struct crawl *c, unsigned per_host)
{
    frontier_set_per_host(&c->frontier, per_host);
}

int crawl_new(struct crawl **out, struct loop *l, const struct crawl_options *options,
              struct crawl_sink *sink)
{
    if (options->concurrency >= MANY_WORKERS)
        memory_expect((size_t)options->concurrency * WORKER_MEMORY);

    struct crawl *c = memory_new(sizeof *c);
    struct frontier_options frontier = {
        .concurrency = options->concurrency,
        .per_host = options->per_host,
        .gentle = options->gentle,
        .spacing = options->spacing,
        .delay = options->delay,
        .robots = !options->ignore_robots,
        .by_depth = options->rules.depth != DEPTH_UNLIMITED || options->rules.settle,
        .max_pages = options->max_pages,
    };

    c->loop = l;
    c->options = options;
    c->sink = sink;
    c->reader.tree = options->tree;
    c->reader.memo = options->rules.all_links || options->rules.settle ? NULL : &c->follow.memo;
    c->reader.assets = options->rules.assets;
    c->reader.lines = options->rules.lines;
    c->reader.agent = options->agent;
    group_init(&c->group, l);
    future_init(&c->stop, l);
    future_init(&c->cut, l);
    frontier_init(&c->frontier, l, &frontier);
    handle_init(&c->more, look_on);
    c->frontier.put_aside = report_put_aside;
    c->frontier.idle = look_for_more;
    c->frontier.drop = options->rules.tell_refused ? report_drop : NULL;
    frontier_hold(&c->frontier); /* until crawl_run */
    follow_init(&c->follow, &c->frontier, &options->rules, sink, &c->stats);
    sitemaps_init(&c->sitemaps, &c->frontier, &c->follow.judge.scope, sink);
    int r = fetcher_open(&c->fetcher, l, &options->fetch);
    if (r == 0 && options->isolate)
        r = isolate_open(&c->reader.pool, l);
    *out = c;
    if (r != 0)
        crawl_free(c);
    return r;
}

void crawl_free(struct crawl *c)
{
    c->frontier.drop = NULL;
    handle_cancel(&c->more);
    for (unsigned i = 0; i < c->worker_count; i++) {
        struct worker *w = &c->workers[i];
        fetch_deinit(&w->fetch);
        page_deinit(&w->page);
        item_deinit(&w->item);
    }
    free(c->workers);
    while (c->spare.count)
        links_deinit(&c->spare.links[--c->spare.count]);
    if (c->reader.pool)
        process_pool_close(c->reader.pool);
    if (c->fetcher)
        fetcher_close(c->fetcher);
    sitemaps_deinit(&c->sitemaps);
    follow_deinit(&c->follow);
    frontier_deinit(&c->frontier);
    free(c);
}

int crawl_save_cookies(struct crawl *c)
{
    return fetcher_save_cookies(c->fetcher);
}

enum crawl_stop crawl_stopped(const struct crawl *c)
{
    return c->stopped;
}

const struct stats *crawl_stats(const struct crawl *c)
{
    return &c->stats;
}

const struct scope *crawl_scope(const struct crawl *c)
{
    return &c->follow.judge.scope;
}

uint64_t crawl_trapped(const struct crawl *c, enum trap t)
{
    return c->follow.judge.trapped[t];
}

uint64_t crawl_fingerprint(const struct crawl *c, const char *url, size_t length)
{
    return seen_fingerprint(c->frontier.seen.seed, url, length);
}

const char *crawl_referrer(const struct crawl *c, const char *url, size_t length)
{
    uint64_t from = 0;

    trail_find(c->follow.judge.trail, crawl_fingerprint(c, url, length), &from);
    return follow_referrer(&c->follow, from);
}

uint32_t crawl_depth(const struct crawl *c, const char *url, size_t length)
{
    return trail_depth(c->follow.judge.trail, crawl_fingerprint(c, url, length));
}

bool crawl_followed(const struct crawl *c, const char *url, size_t length)
{
    return judge_visits(&c->follow.judge, crawl_fingerprint(c, url, length));
}

size_t crawl_queued(const struct crawl *c)
{
    return c->frontier.queued + c->frontier.queued_deeper;
}

size_t crawl_in_flight(const struct crawl *c)
{
    return c->frontier.in_flight;
}
