#include "cmd/bench_probe.h"

#include "cmd/text.h"
#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* The kernel is asked for CPU times so often at most: that costs more than a page may. */
#define MOMENT_EVERY (5 * NS_PER_MS)

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

static void note_costs(const struct bench_probe *p, struct bench_moment *m)
{
    struct rusage usage;
    struct fetch_crew_usage crew;
    struct timespec t = {0};

    getrusage(RUSAGE_SELF, &usage);
    fetch_crew_usage(p->crew, &crew);
    if (p->server)
        clock_gettime(p->server, &t);
    m->user = of_timeval(usage.ru_utime) + crew.user;
    m->system = of_timeval(usage.ru_stime) + crew.system;
    m->switches = (uint64_t)(usage.ru_nvcsw + usage.ru_nivcsw) + crew.switches;
    m->server = t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void take_moment(struct bench_probe *p, struct bench_moment *m, int64_t now)
{
    *m = p->now;
    m->time = now;
    m->area = crawl_area(p->crawl);
    note_costs(p, m);
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
    if (!p->full) {
        take_moment(p, &p->first, now);
        p->last = p->first;
        p->full = true;
    } else if (now >= p->last.time + MOMENT_EVERY) {
        take_moment(p, &p->last, now);
        for (size_t i = 0; i < p->waiting_count; i++)
            add_times(&p->plateau, &p->waiting[i]);
        p->waiting_count = 0;
    }
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
    take_moment(p, &p->begin, loop_time());
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

static void read_rates(struct bench_figures *f, const struct bench_moment *from,
                       const struct bench_moment *to, const struct histogram *totals)
{
    double seconds = (double)(to->time - from->time) / NS_PER_S;
    double pages = (double)(to->pages - from->pages);

    if (seconds <= 0 || pages <= 0)
        return;
    f->pages_per_second = pages / seconds;
    f->mb_per_second = (double)(to->bytes - from->bytes) / 1e6 / seconds;
    f->links_per_second = (double)(to->links - from->links) / seconds;
    f->in_flight = (double)(to->area - from->area) / (double)(to->time - from->time);
    f->little = f->pages_per_second * histogram_mean(totals) / NS_PER_S;
    f->user_us = (double)(to->user - from->user) / NS_PER_US / pages;
    f->system_us = (double)(to->system - from->system) / NS_PER_US / pages;
    f->switches = (double)(to->switches - from->switches) / pages;
    f->server_cpu = (double)(to->server - from->server) / (double)(to->time - from->time);
}

void bench_probe_end(struct bench_probe *p, struct bench_figures *out)
{
    const struct stats *stats = crawl_stats(p->crawl);
    struct bench_moment end;

    take_moment(p, &end, loop_time());
    uint64_t high = p->last.pages - p->first.pages;
    bool is_short = !p->full || (double)high < PLATEAU_LEAST * (double)end.pages;
    const struct bench_latencies *l = is_short ? &p->whole : &p->plateau;
    *out = (struct bench_figures){
        .pages = end.pages,
        .seconds = (double)(end.time - p->begin.time) / NS_PER_S,
        .plateau = (double)(p->last.time - p->first.time) / NS_PER_S,
        .short_plateau = is_short,
        .connections = (double)p->whole.connect.count,
    };
    read_rates(out, is_short ? &p->begin : &p->first, is_short ? &end : &p->last, &l->total);
    if (!p->server)
        out->server_cpu = -1;
    read_times(&out->latency, &l->total);
    read_times(&out->connect, &p->whole.connect); /* most are made on the way up */
    read_times(&out->first_byte, &l->first_byte);
    memcpy(out->errors, stats->errors, sizeof out->errors);
    memcpy(out->statuses, stats->statuses, sizeof out->statuses);
}
