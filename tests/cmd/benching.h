/* What a benchmark might have measured, for the tests of what is made of it: async and threads on
 * epoll, 1 to 1,024 in flight, three runs of each level, on a quiet machine. Figures follow from a
 * law and from Little's, so that they fit each other; each level is a little off the law. */
#ifndef TESTS_CMD_BENCHING_H
#define TESTS_CMD_BENCHING_H

#include "cmd/bench_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BENCHING_LEVELS 11 /* 1, 2, 4 ... 1,024 */
#define BENCHING_RUNS 3

/* How a model behaves. */
struct benching_model {
    const char *name;
    struct usl usl;
    double connects;     /* s, the median at one in flight */
    double user, system; /* us a page at many in flight, and */
    double alone;        /* how much more at one */
    double switches;     /* at one, a page, and */
    double least;        /* at many */
    double rss, each;    /* bytes: all that is there, and for each in flight */
    double server;       /* us of the server's CPU a page */
    unsigned timeouts;   /* at the last level, in each run */
};

static inline struct bench_times benching_times(double mean)
{
    return (struct bench_times){.p50 = 0.91 * mean,
                                .p90 = 1.38 * mean,
                                .p99 = 2.3 * mean,
                                .p999 = 3.9 * mean,
                                .max = 7.2 * mean,
                                .there = true};
}

/* A run whose rate is so many times what the law says. */
static inline struct bench_figures benching_figures(const struct benching_model *m, double n,
                                                    double luck)
{
    const struct usl *u = &m->usl;
    double law = u->lambda * n / (1 + u->sigma * (n - 1) + u->kappa * n * (n - 1));
    double rate = floor(law * luck), mean = n / rate;
    double pages = fmax(200, 100 * round(law / 50)), failed = n > 1000 ? m->timeouts : 0;
    double alone = m->alone / n / luck;
    struct bench_figures f = {
        .pages = (uint64_t)pages,
        .seconds = pages / rate + 3 * mean,
        .plateau = pages / rate - mean,
        .pages_per_second = rate,
        .mb_per_second = rate * 0.01024,
        .links_per_second = rate * 30,
        .latency = benching_times(mean),
        .connect = benching_times(m->connects * sqrt(n)),
        .first_byte = benching_times(0.94 * mean),
        .user_us = m->user / luck + 0.7 * alone,
        .system_us = m->system / luck + 0.3 * alone,
        .switches = m->least + m->switches / n,
        .rss_bytes = m->rss + m->each * n,
        .connections = n,
        .in_flight = n * 0.999,
        .little = n * 0.999 * (1 + (luck - 1) / 8),
        .server_cpu = rate * m->server / 1e6,
    };

    f.errors[FETCH_TIMEOUT] = (uint64_t)failed;
    f.statuses[0] = (uint64_t)failed;
    f.statuses[2] = (uint64_t)(pages - failed);
    return f;
}

static inline void benching_curve(struct bench_curve *c, const struct benching_model *m,
                                  const char *selector)
{
    /* Of each level, so that not all lies on the law; of the runs, the second being the median. */
    static const double off[BENCHING_LEVELS] = {1,     0.985, 1.012, 1.021, 0.99, 1.004,
                                                0.993, 1.006, 0.997, 1.011, 0.986};
    static const double runs[BENCHING_RUNS] = {1.014, 1, 0.979};
    double best = 0;

    c->model = m->name;
    c->selector = selector;
    c->level_count = BENCHING_LEVELS;
    c->fits = true;
    c->usl = m->usl;
    for (unsigned i = 0; i < BENCHING_LEVELS; i++) {
        struct bench_level *l = &c->levels[i];
        const struct bench_level *first = &c->levels[0];
        l->concurrency = 1u << i;
        l->run_count = BENCHING_RUNS;
        l->runs = calloc(BENCHING_RUNS, sizeof *l->runs);
        for (unsigned r = 0; l->runs && r < BENCHING_RUNS; r++)
            l->runs[r] = benching_figures(m, l->concurrency, off[i] * runs[r]);
        l->median = benching_figures(m, l->concurrency, off[i]);
        l->per_task = l->median.pages_per_second / l->concurrency;
        l->efficiency = l->per_task / first->per_task;
        if (i)
            l->memory_each = (l->median.rss_bytes - first->median.rss_bytes) /
                             (l->concurrency - first->concurrency);
        if (l->median.pages_per_second > best) {
            best = l->median.pages_per_second;
            c->best = l->concurrency;
        }
    }
    for (unsigned i = BENCHING_LEVELS; i-- > 0;)
        if (c->levels[i].median.pages_per_second >= 0.95 * best)
            c->knee = c->levels[i].concurrency;
}

static inline struct bench_result *benching_result(void)
{
    static const struct benching_model models[] = {
        {.name = "async",
         .usl = {6212, 0.352, 1.1e-5, 242.7, 0.9994},
         .connects = 48e-6,
         .user = 34.1,
         .system = 20.4,
         .alone = 31,
         .switches = 1.1,
         .least = 0.04,
         .rss = 14.1e6,
         .each = 24.6e3,
         .server = 34.5},
        {.name = "threads",
         .usl = {4870, 0.437, 1.6e-4, 59.3, 0.9987},
         .connects = 61e-6,
         .user = 48.7,
         .system = 43.5,
         .alone = 22,
         .switches = 3.2,
         .least = 2.3,
         .rss = 14.9e6,
         .each = 131e3,
         .server = 34.5,
         .timeouts = 2},
    };
    struct bench_result *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    r->machine = (struct bench_machine){
        .cpu = "AMD EPYC 7R13 Processor",
        .kernel = "Linux 6.1.0-18-amd64 x86_64",
        .system = "Debian GNU/Linux 12 (bookworm)",
        .virtual = "kvm",
        .governor = "performance",
        .skitter = "0.1.0",
        .libcurl = "7.88.1",
        .tls = "OpenSSL/3.0.15",
        .date = "2024-05-17T09:21:44Z",
        .cores = 2,
        .crawler_cores = 1,
        .memory_bytes = 8.2e9,
        .load = 0.08,
    };
    r->site = (struct bench_site){.links = 30,
                                  .size = "10K",
                                  .latency = "0",
                                  .local = "0.8",
                                  .errors = "0",
                                  .redirects = "0",
                                  .hosts = 1,
                                  .seed = 1};
    r->repeat = BENCHING_RUNS;
    r->same_urls = true;
    r->curve_count = 2;
    for (unsigned i = 0; i < r->curve_count; i++)
        benching_curve(&r->curves[i], &models[i], "epoll");
    return r;
}

/* As many curves of as many levels as there may be; levels' medians alone. */
static inline struct bench_result *benching_most(void)
{
    static const char *const models[] = {"async", "threads", "processes", "sync"};
    static const char *const backends[] = {"epoll", "poll", "select", "io_uring", "kqueue"};
    struct bench_result *r = benching_result();

    r->curve_count = BENCH_CURVES;
    for (unsigned i = 0; i < BENCH_CURVES; i++) {
        struct bench_curve *c = &r->curves[i];
        if (i > 1)
            *c = r->curves[i % 2];
        c->model = models[i / 5];
        c->selector = backends[i % 5];
    }
    for (unsigned i = 0; i < BENCH_CURVES; i++) {
        struct bench_curve *c = &r->curves[i];
        for (unsigned k = 0; k < BENCH_LEVELS; k++) {
            struct bench_level *l = &c->levels[k];
            if (i < 2)
                free(l->runs);
            *l = c->levels[k % BENCHING_LEVELS];
            l->concurrency = 32 * (k + 1);
            l->run_count = 0;
            l->runs = NULL;
        }
        c->level_count = BENCH_LEVELS;
        c->knee = 32 * (i + 1);
    }
    return r;
}

static inline struct bench_times benching_same(double n)
{
    return (struct bench_times){n, n, n, n, n, true};
}

/* Makes each figure of every level that number, and leaves it without runs. */
static inline void benching_set(struct bench_result *r, double n)
{
    for (unsigned i = 0; i < r->curve_count; i++) {
        struct bench_curve *c = &r->curves[i];
        for (unsigned k = 0; k < c->level_count; k++) {
            struct bench_level *l = &c->levels[k];
            free(l->runs);
            *l = (struct bench_level){.concurrency = l->concurrency,
                                      .median = {.seconds = n,
                                                 .plateau = n,
                                                 .pages_per_second = n,
                                                 .mb_per_second = n,
                                                 .links_per_second = n,
                                                 .latency = benching_same(n),
                                                 .connect = benching_same(n),
                                                 .first_byte = benching_same(n),
                                                 .user_us = n,
                                                 .system_us = n,
                                                 .switches = n,
                                                 .rss_bytes = n,
                                                 .connections = n,
                                                 .in_flight = n,
                                                 .little = n,
                                                 .server_cpu = n},
                                      .efficiency = n,
                                      .per_task = n,
                                      .memory_each = n};
        }
        c->usl = (struct usl){n, n, n, n, n};
    }
}

/* Numbers that no figure should be, and such as only just are. */
static const double benching_absurd[] = {
    NAN,    INFINITY, -INFINITY, -1,       0,   4e-324, 1e-12, 0.001, 0.1,  0.99999,
    9.9996, 999.6,    99999.6,   999999.6, 1e7, 1e9,    1e15,  1e18,  1e300};

/* Whatever became of it meanwhile. */
static inline void benching_free(struct bench_result *r)
{
    for (unsigned i = 0; i < BENCH_CURVES; i++)
        for (unsigned k = 0; k < BENCH_LEVELS; k++)
            free(r->curves[i].levels[k].runs);
    free(r);
}

#endif
