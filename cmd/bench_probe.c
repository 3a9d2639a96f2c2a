#include "cmd/bench_probe.h"

#include "cmd/text.h"
#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define COST_EVERY (5 * NS_PER_MS) /* at most */

/* A plateau with a smaller share of the pages says nothing. */
#define PLATEAU_LEAST 0.1

static struct bench_probe *probe_of(struct crawl_sink *s)
{
    return container_of(s, struct bench_probe, sink);
}

/* --- moments --- */

static int64_t of_timeval(struct timeval t)
{
    return t.tv_sec * NS_PER_S + t.tv_usec * NS_PER_US;
}

static void take_moment(const struct bench_probe *p, struct bench_moment *m, int64_t now)
{
    *m = p->now;
    m->time = now;
    m->area = crawl_area(p->crawl);
}

static void take_cost(const struct bench_probe *p, struct bench_cost *c, int64_t now)
{
    struct rusage usage;
    struct fetch_crew_usage crew;
    struct timespec t = {0};

    getrusage(RUSAGE_SELF, &usage);
    fetch_crew_usage(p->crew, &crew);
    if (p->server)
        clock_gettime(p->server, &t);
    *c = (struct bench_cost){
        .time = now,
        .pages = p->now.pages,
        .user = of_timeval(usage.ru_utime) + crew.user,
        .system = of_timeval(usage.ru_stime) + crew.system,
        .switches = (uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw) + crew.switches,
        .server = t.tv_sec * NS_PER_S + t.tv_nsec,
    };
}

static void add_times(struct bench_latencies *l, const struct fetch_times *t)
{
    histogram_add(&l->total, t->total);
    if (t->connect >= 0)
        histogram_add(&l->connect, t->connect);
    if (t->first_byte >= 0)
        histogram_add(&l->first_byte, t->first_byte);
}

/* All slots are taken: what waited belongs to the plateau. */
static void extend_plateau(struct bench_probe *p, int64_t now)
{
    struct bench_span *h = &p->high;

    take_moment(p, &h->to, now);
    if (!p->full) {
        p->full = true;
        h->from = h->to;
        take_cost(p, &h->before, now);
        h->after = h->before;
    } else if (now >= h->after.time + COST_EVERY) {
        take_cost(p, &h->after, now);
    }
    for (size_t i = 0; i < p->waiting_count; i++)
        add_times(&p->plateau, &p->waiting[i]);
    p->waiting_count = 0;
}

/* --- the sink --- */

static void probe_visiting(struct crawl_sink *s, const struct item *item, const char *from)
{
    struct bench_probe *p = probe_of(s);

    (void)item, (void)from;
    if (crawl_in_flight(p->crawl) == p->concurrency)
        extend_plateau(p, loop_time());
}

static void note_times(struct bench_probe *p, const struct fetch *f)
{
    struct fetch_times times;

    fetch_times_read(f, &times);
    add_times(&p->whole, &times);
    if (!p->full)
        return;
    if (p->waiting_count == p->waiting_room) {
        p->waiting_room = 2 * p->waiting_room + 256;
        p->waiting = memory_resize(p->waiting, p->waiting_room * sizeof *p->waiting);
    }
    p->waiting[p->waiting_count++] = times;
}

/* Where URLs are learnt, redirects are not: what they lead to is fetched for itself. */
static bool is_wanted(const struct bench_probe *p, const struct page *page)
{
    return !p->learnt || (!page->error && page->fetch && !fetch_redirects(page->fetch));
}

static void probe_visited(struct crawl_sink *s, const struct page *page)
{
    struct bench_probe *p = probe_of(s);
    const struct item *item = page->item;
    int status = page->error ? 0 : page->fetch->status;
    size_t links = status / 100 == 2 ? page->links.count + page->links.known : 0;

    p->now.pages++;
    p->now.links += links;
    p->now.bytes += page->fetch ? page->fetch->size : 0;
    p->strained += page->error || status == 429 || status / 100 == 5;
    if (page->fetch)
        note_times(p, page->fetch);
    if (!is_wanted(p, page))
        return;
    bench_set_add(&p->set, item->url, item->length, status, links);
    if (p->learnt)
        text_add(p->learnt, item->url, item->length + 1);
}

static void ignore_finding(struct crawl_sink *s, const struct finding *f)
{
    (void)s, (void)f;
}

static void ignore_refusal(struct crawl_sink *s, const struct refusal *r)
{
    (void)s, (void)r;
}

static void ignore_names(struct crawl_sink *s, const char *name, const char *by)
{
    (void)s, (void)name, (void)by;
}

static void ignore_host(struct crawl_sink *s, const struct host *h)
{
    (void)s, (void)h;
}

static struct future *no_pressure(struct crawl_sink *s)
{
    (void)s;
    return NULL;
}

void bench_probe_init(struct bench_probe *p)
{
    *p = (struct bench_probe){.sink = {.found = ignore_finding,
                                       .visited = probe_visited,
                                       .refused = ignore_refusal,
                                       .visiting = probe_visiting,
                                       .widened = ignore_names,
                                       .met = ignore_host,
                                       .pressure = no_pressure,
                                       .put_aside = ignore_host,
                                       .problem = ignore_names}};
}

void bench_probe_deinit(struct bench_probe *p)
{
    free(p->waiting);
}

void bench_probe_begin(struct bench_probe *p)
{
    int64_t now = loop_time();

    take_moment(p, &p->all.from, now);
    take_cost(p, &p->all.before, now);
}

/* --- figures --- */

static void read_times(struct bench_times *out, const struct histogram *h)
{
    out->there = h->count > 0;
    out->p50 = (double)histogram_quantile(h, 0.5) / NS_PER_S;
    out->p90 = (double)histogram_quantile(h, 0.9) / NS_PER_S;
    out->p99 = (double)histogram_quantile(h, 0.99) / NS_PER_S;
    out->p999 = (double)histogram_quantile(h, 0.999) / NS_PER_S;
    out->max = (double)h->max / NS_PER_S;
}

static void read_rates(struct bench_figures *f, const struct bench_span *s,
                       const struct histogram *totals)
{
    double ns = (double)(s->to.time - s->from.time), seconds = ns / NS_PER_S;
    double pages = (double)(s->to.pages - s->from.pages);

    if (seconds <= 0 || pages <= 0)
        return;
    f->pages_per_second = pages / seconds;
    f->mb_per_second = (double)(s->to.bytes - s->from.bytes) / 1e6 / seconds;
    f->links_per_second = (double)(s->to.links - s->from.links) / seconds;
    f->in_flight = (double)(int64_t)(s->to.area - s->from.area) / ns;
    f->little = f->pages_per_second * histogram_mean(totals) / NS_PER_S;
}

static void read_costs(struct bench_figures *f, const struct bench_span *s)
{
    const struct bench_cost *a = &s->before, *b = &s->after;
    double pages = (double)(b->pages - a->pages);

    if (pages <= 0)
        return;
    f->user_us = (double)(b->user - a->user) / NS_PER_US / pages;
    f->system_us = (double)(b->system - a->system) / NS_PER_US / pages;
    f->switches = (double)(b->switches - a->switches) / pages;
    f->server_cpu = (double)(b->server - a->server) / (double)(b->time - a->time);
}

void bench_probe_end(struct bench_probe *p, struct bench_figures *out)
{
    const struct stats *stats = crawl_stats(p->crawl);
    struct bench_span *all = &p->all, *high = &p->high;
    int64_t now = loop_time();

    take_moment(p, &all->to, now);
    take_cost(p, &all->after, now);
    uint64_t counted = high->after.pages - high->before.pages;
    bool is_short = (double)counted <= PLATEAU_LEAST * (double)all->to.pages;
    const struct bench_latencies *l = is_short ? &p->whole : &p->plateau;
    *out = (struct bench_figures){
        .pages = all->to.pages,
        .seconds = (double)(now - all->from.time) / NS_PER_S,
        .plateau = (double)(high->to.time - high->from.time) / NS_PER_S,
        .short_plateau = is_short,
        .connections = (double)p->whole.connect.count,
    };
    read_rates(out, is_short ? all : high, &l->total);
    read_costs(out, is_short ? all : high);
    if (!p->server)
        out->server_cpu = -1;
    read_times(&out->latency, &l->total);
    read_times(&out->connect, &p->whole.connect); /* most are made on the way up */
    read_times(&out->first_byte, &l->first_byte);
    memcpy(out->errors, stats->errors, sizeof out->errors);
    memcpy(out->statuses, stats->statuses, sizeof out->statuses);
}
