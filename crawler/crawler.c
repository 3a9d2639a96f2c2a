/* The crawler in three coroutines: crawl_run starts the workers and waits until the frontier says
 * that all is done; a worker takes a URL from the frontier, visits it, marks it done, again; visit
 * fetches, puts a redirect back as a URL of its own, and hands each link to the frontier. */
#include "crawler/crawler.h"

#include "crawler/isolate.h"
#include "crawler/judge.h"
#include "crawler/memory.h"
#include "crawler/retry.h"
#include "crawler/robots_txt.h"
#include "loop/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_AT_ONCE 16
#define LINKS_A_TURN 1024
#define GRACE (2 * NS_PER_S) /* of the fetches in flight, once a crawl is stopped */

struct worker {
    struct crawl *crawl;
    struct task task;
    struct item item;
    struct fetch fetch;
    struct page page;
};

struct crawl {
    struct loop *loop;
    const struct crawl_options *options;
    struct crawl_sink *sink;
    struct frontier frontier;
    struct judge judge;
    struct fetcher *fetcher;
    struct page_reader reader;
    struct link_memo memo; /* of links that were seen */
    struct stats stats;
    struct worker *workers;
    unsigned worker_count;
    struct group group; /* of the workers */
    enum crawl_stop stopped;
    struct future stop; /* done when the crawl is stopped, */
    struct future cut;  /* and when not even what is in flight is waited for */
};

/* Hands one URL to the frontier, or not. */
static enum verdict consider(struct crawl *c, const struct sight *s)
{
    bool found;
    enum verdict verdict = judge_link(&c->judge, s, &found);

    if (found) {
        c->stats.found++;
        c->sink->found(c->sink, s->url.text, s->url.length);
    }
    return verdict;
}

/* One that comes alone. */
static void consider_url(struct crawl *c, const struct url *u, const struct todo *todo)
{
    struct sight s = {.url = *u, .todo = *todo};

    judge_sight(&c->judge, &s);
    consider(c, &s);
}

/* Considers some links of a page, having looked at all of them before. */
static void consider_some(struct crawl *c, const struct page *p, const struct link *links,
                          size_t count, uint32_t depth)
{
    struct sight sights[LINKS_AT_ONCE];

    for (size_t i = 0; i < count; i++) {
        const char *text = links_text(&p->links, links[i].url);
        struct sight *s = &sights[i];
        if (host_has(p->item->host, text, links[i].length))
            host_describe(p->item->host, &s->url, text, links[i].length);
        else
            url_describe(&s->url, text, links[i].length);
        s->todo = (struct todo){.depth = depth, .nofollow = links[i].nofollow || p->links.nofollow};
        judge_sight(&c->judge, s);
    }
    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = consider(c, &sights[i]);
        if (verdict == VERDICT_FOLLOW || verdict == VERDICT_SEEN)
            link_memo_add(&c->memo, links[i].key);
    }
}

/* A page may hold millions: others have their turn in between. */
ASYNC static int consider_links(struct crawl *c, const struct page *p, uint32_t depth)
{
    size_t count = p->links.count;

    for (size_t i = 0; i < count; i += LINKS_AT_ONCE) {
        size_t rest = count - i;
        consider_some(c, p, &p->links.items[i], rest < LINKS_AT_ONCE ? rest : LINKS_AT_ONCE, depth);
        if ((i + LINKS_AT_ONCE) % LINKS_A_TURN == 0 && task_yield() != 0)
            return -ECANCELED;
    }
    return 0;
}

/* From http to https on its own host a seed stays a seed's origin. */
static void trust_upgrade(struct worker *w, const struct url *to)
{
    const struct host *h = w->item.host;
    const struct url *from = &w->page.url;
    size_t length = to->port - to->host;

    if (!h->seed || from->https || !to->https || from->port - from->host != length ||
        memcmp(from->text + from->host, to->text + to->host, length) != 0)
        return;
    struct host *upgraded = frontier_host(&w->crawl->frontier, to);
    upgraded->seed = true;
    if (h->credentials && !upgraded->credentials)
        upgraded->credentials = memory_copy(h->credentials, strlen(h->credentials));
}

/* A redirect is a URL of its own, at its source's depth. */
static void follow_redirect(struct worker *w)
{
    struct page *p = &w->page;
    struct todo todo = w->item.todo;

    todo.attempts = 0;
    if (!page_find_redirect(p)) {
        p->error = FETCH_REDIRECTS;
        p->message = "redirect without a usable Location";
    } else if (++todo.redirects > w->crawl->options->max_redirects) {
        p->error = FETCH_REDIRECTS;
        p->message = "too many redirects (--max-redirs)";
    } else {
        struct url to;
        url_describe(&to, links_text(&p->links, p->links.items[0].url), p->links.items[0].length);
        trust_upgrade(w, &to);
        consider_url(w->crawl, &to, &todo);
    }
}

ASYNC static int follow_links(struct worker *w)
{
    if (!page_has_links(&w->page))
        return 0;
    if (page_find_links(&w->page, &w->crawl->reader) != 0)
        return -ECANCELED;
    return consider_links(w->crawl, &w->page, w->item.todo.depth + 1);
}

/* With depth 0 nobody asked for links: seeds alone. */
static enum fetch_body body_wanted(const struct crawl *c)
{
    return c->options->depth == 0 ? BODY_COUNT : BODY_LINKS;
}

/* Fetches the item and follows what it leads to. Returns 0, -ECANCELED, or -EAGAIN: once more,
 * after *pause. */
ASYNC static int fetch_page(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    struct page *p = &w->page;
    struct fetch *f = &w->fetch;

    if (fetch_get(f, w->item.url, w->item.host, body_wanted(c)) != 0)
        return -ECANCELED;
    *pause = retry_heard(&c->frontier, &w->item, f, c->options->retries);
    if (*pause >= 0 && !c->stopped)
        return -EAGAIN;
    p->fetch = f;
    p->error = f->error;
    p->message = f->message;
    if (f->error == FETCH_DNS)
        host_set_unreachable(w->item.host, f->error, f->message, loop_time() + DNS_FAILURE_KEPT);
    if (f->error)
        return 0;
    if (!fetch_redirects(f))
        return follow_links(w);
    follow_redirect(w);
    return 0;
}

ASYNC static int visit(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    struct host *host = w->item.host;
    size_t path = host->origin_length;
    int r = 0;

    page_begin(&w->page, &w->item);
    if (host->robots_state == ROBOTS_UNREACHABLE) {
        w->page.error = host->error;
        w->page.message = host->why;
    } else if (!host_allows(host, w->item.url + path, w->item.length - path)) {
        c->stats.refused[VERDICT_ROBOTS]++;
        c->sink->refused(c->sink, &w->item);
        return 0;
    } else {
        r = fetch_page(w, pause);
    }
    if (r != 0)
        return r;
    stats_add(&c->stats, &w->page);
    c->sink->visited(c->sink, &w->page);
    if (c->options->quota && c->stats.bytes >= c->options->quota)
        crawl_stop(c, STOP_QUOTA);
    return 0;
}

ASYNC static int visit_robots(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    int r = robots_txt_visit(&w->item, &w->fetch, &c->frontier, c->options->agent,
                             c->options->retries, pause);
    if (r == 0)
        c->sink->met(c->sink, w->item.host);
    return r;
}

ASYNC static void consider_waiting(struct crawl *c)
{
    struct sight s;

    for (size_t i = 0; judge_waiting(&c->judge, &s); i++) {
        consider(c, &s);
        if (i % LINKS_A_TURN == LINKS_A_TURN - 1)
            task_yield();
    }
}

/* Once no seed can widen the scope any more, the links that were outside of it have their turn. */
ASYNC static void seed_done(struct crawl *c, const struct worker *w)
{
    if (w->page.fetch && !fetch_redirects(w->page.fetch))
        scope_add(&c->judge.scope, &w->page.url);
    c->judge.open_seeds--;
    consider_waiting(c);
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
        int r = item->kind == ITEM_ROBOTS ? visit_robots(w, &pause) : visit(w, &pause);
        if (r == -EAGAIN) {
            w->crawl->stats.retries += !item->uncounted;
            frontier_retry(f, item, pause);
            continue;
        }
        if (r == -ECANCELED)
            w->crawl->stats.refused[VERDICT_LIMIT] += item->kind == ITEM_PAGE;
        else if (item->todo.seed)
            seed_done(w->crawl, w);
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
    }
    return 0;
}

/* What is left over has its verdict too. */
ASYNC static void finish(struct crawl *c)
{
    c->judge.open_seeds = 0;
    consider_waiting(c);
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
    scope_add(&c->judge.scope, u);
    consider_url(c, u, &todo);
}

static void report_put_aside(struct frontier *f, struct host *h)
{
    struct crawl_sink *sink = container_of(f, struct crawl, frontier)->sink;

    sink->put_aside(sink, h);
}

void crawl_set_per_host(struct crawl *c, unsigned per_host)
{
    c->frontier.options.per_host = per_host;
}

int crawl_new(struct crawl **out, struct loop *l, const struct crawl_options *options,
              struct crawl_sink *sink)
{
    struct crawl *c = memory_new(sizeof *c);
    struct frontier_options frontier = {
        .concurrency = options->concurrency,
        .per_host = options->per_host,
        .gentle = options->gentle,
        .spacing = options->spacing,
        .delay = options->delay,
        .robots = !options->ignore_robots,
        .by_depth = options->depth != DEPTH_UNLIMITED,
        .max_pages = options->max_pages,
    };

    c->loop = l;
    c->options = options;
    c->sink = sink;
    c->reader.tree = options->tree;
    c->reader.memo = &c->memo;
    group_init(&c->group, l);
    future_init(&c->stop, l);
    future_init(&c->cut, l);
    frontier_init(&c->frontier, l, &frontier);
    c->frontier.put_aside = report_put_aside;
    frontier_hold(&c->frontier); /* until crawl_run */
    link_memo_init(&c->memo, c->frontier.seen.seed);
    judge_init(&c->judge, &c->frontier, options->depth, !options->ignore_robots, c->stats.refused);
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
    for (unsigned i = 0; i < c->worker_count; i++) {
        struct worker *w = &c->workers[i];
        fetch_deinit(&w->fetch);
        page_deinit(&w->page);
        item_deinit(&w->item);
    }
    free(c->workers);
    if (c->reader.pool)
        process_pool_close(c->reader.pool);
    if (c->fetcher)
        fetcher_close(c->fetcher);
    judge_deinit(&c->judge);
    frontier_deinit(&c->frontier);
    free(c);
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
    return &c->judge.scope;
}
