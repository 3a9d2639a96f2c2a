/* What a benchmark measured, from which its table, curves, files and verdict are made. All of it is
 * in the units that JSON has: seconds, bytes, microseconds where a name says so.
 *
 * Latencies are the service times of a closed loop: as many fetches as there are slots, each
 * started when another has ended. They say how long a fetch takes when so many are in flight, not
 * how long a user would wait who comes when he likes (coordinated omission). */
#ifndef CMD_BENCH_RESULT_H
#define CMD_BENCH_RESULT_H

#include "cmd/bench_machine.h"
#include "cmd/usl.h"
#include "crawler/fetch.h"

#define BENCH_LEVELS 32 /* at most, in a curve */
#define BENCH_CURVES 20 /* every model on every selector */

struct bench_times { /* s */
    double p50, p90, p99, p999, max;
    bool there; /* false: there was none, such as no new connection */
};

/* A crawl, or the medians of some. */
struct bench_figures {
    uint64_t pages;     /* all that were fetched */
    double seconds;     /* that this took, ramp and tail with it */
    double plateau;     /* seconds from the first to the last moment at which all slots are
                           taken: rates, latencies and costs a page are of them */
    bool short_plateau; /* that was no tenth of the pages, so they are of the whole crawl */
    double pages_per_second, mb_per_second, links_per_second; /* MB: 10^6 bytes of bodies */
    struct bench_times latency, connect, first_byte;
    double user_us, system_us; /* CPU a page */
    double switches;           /* of context, a page */
    double rss_bytes;          /* resident at most, helping processes with it */
    double connections;        /* opened */
    double in_flight;          /* fetches, averaged over time */
    double little;             /* what Little's law says that should be: rate times mean latency */
    double server_cpu; /* share of a core that the own server took; negative: it is not ours */
    uint64_t errors[FETCH_ERROR_COUNT]; /* fetches without an answer, by enum fetch_error */
    uint64_t statuses[6];               /* answers by class; see struct stats */
};

struct bench_level {
    unsigned concurrency;
    struct bench_figures median;
    struct bench_figures *runs; /* of malloc; bench_result_deinit frees them */
    unsigned run_count;
    double efficiency;  /* X(N) / (N X(1)), 1 being the curve's least level; */
    double per_task;    /* pages a second for each in flight */
    double memory_each; /* bytes for each one in flight beyond the least level's; 0: not known */
};

/* One model on one selector. */
struct bench_curve {
    const char *model;                       /* "async" */
    const char *selector;                    /* "epoll" */
    struct bench_level levels[BENCH_LEVELS]; /* in order of concurrency */
    unsigned level_count;
    unsigned knee; /* the least N whose rate is within 5 % of the best */
    unsigned best; /* the N of the best rate */
    bool fits;
    struct usl usl; /* where it fits */
};

/* What was crawled: a URL, or the own server's site as its options say. */
struct bench_site {
    const char *url; /* NULL: the own server's */
    uint64_t pages;  /* of the URL's site, that were learnt */
    uint64_t links;  /* a page, as the next six, of the own server; texts as typed */
    const char *size, *latency, *local, *errors, *redirects;
    uint64_t hosts, seed;
    bool no_keepalive, gzip, tls;
};

struct bench_result {
    struct bench_machine machine;
    struct bench_site site;
    struct bench_curve curves[BENCH_CURVES];
    unsigned curve_count;
    unsigned repeat;
    bool same_urls; /* all crawls found the set that they should */
};

/* Works out what follows from the runs: medians (of each figure by itself, of counts too), then
 * efficiency, knee and law. Levels without runs are left out, and curves without levels. */
void bench_result_derive(struct bench_result *r);
void bench_result_deinit(struct bench_result *r);

/* The level of that concurrency, or NULL. */
const struct bench_level *bench_level_of(const struct bench_curve *c, unsigned concurrency);

/* One sentence: how many to use, and why; of several models how they compare too, in a second one.
 * out is NUL-terminated. */
#define BENCH_SENTENCE 512
void bench_result_say(const struct bench_result *r, char out[static BENCH_SENTENCE]);

#endif
