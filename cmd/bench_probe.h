/* Takes the figures of one crawl, as its sink.
 *
 * The plateau is from the first to the last moment at which all slots are taken: before, the crawl
 * still finds its first pages, and after, it runs out of them. Its last moment is known only when
 * there was none later, so what came since the last one waits to become part of it, or of the
 * tail. */
#ifndef CMD_BENCH_PROBE_H
#define CMD_BENCH_PROBE_H

#include "cmd/bench_result.h"
#include "cmd/bench_set.h"
#include "crawler/crawler.h"
#include "crawler/fetch_crew.h"
#include "crawler/histogram.h"

#include <sys/types.h>

/* What is counted, at one moment. */
struct bench_moment {
    int64_t time;   /* loop_time */
    uint64_t area;  /* see crawl_area */
    uint64_t pages; /* visited so far, as the next two */
    uint64_t links, bytes;
};

/* What the system is asked for, now and then: it costs more than a page may. */
struct bench_cost {
    int64_t time;
    uint64_t pages;       /* visited so far */
    int64_t user, system; /* ns of CPU, of a crew's processes too */
    uint64_t switches;    /* of context */
    int64_t server;       /* ns of CPU */
};

/* A stretch of the crawl. */
struct bench_span {
    struct bench_moment from, to;
    struct bench_cost before, after;
};

struct bench_latencies {
    struct histogram total, connect, first_byte;
};

struct bench_probe {
    struct crawl_sink sink;
    const struct crawl *crawl;     /* this and the next three: the caller sets them first */
    const struct fetch_crew *crew; /* NULL: none */
    unsigned concurrency;
    clockid_t server; /* its CPU's clock; 0, which is none of those: there is no server of ours */
    struct bench_moment now;     /* its counts alone */
    struct bench_span all, high; /* high: the plateau */
    bool full;                   /* all slots were taken once */
    struct bench_latencies whole, plateau;
    struct fetch_times *waiting; /* since the last moment */
    size_t waiting_count, waiting_room;
    struct bench_set set;
    uint64_t strained; /* fetches that failed, or were answered 429 or 5xx */

    /* Where URLs are to be learnt: those that answered with a page, each with its NUL. */
    struct text *learnt; /* NULL: nobody asks */
};

void bench_probe_init(struct bench_probe *p);
void bench_probe_deinit(struct bench_probe *p);

/* Right before and after crawl_run. The latter fills in all figures but for memory. */
void bench_probe_begin(struct bench_probe *p);
void bench_probe_end(struct bench_probe *p, struct bench_figures *out);

#endif
