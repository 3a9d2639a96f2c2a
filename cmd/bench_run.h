/* One crawl of a benchmark, in a process of its own: what one run leaves behind, in memory or in
 * the kernel's books, is not the next one's. The process is this program, in a mode of its own. */
#ifndef CMD_BENCH_RUN_H
#define CMD_BENCH_RUN_H

#include "cmd/bench_result.h"
#include "cmd/bench_set.h"
#include "cmd/text.h"
#include "crawler/fetch_crew.h"

#include <sys/types.h>

#define BENCH_ARGUMENT "--benching" /* the first one of such a process */

struct bench_task {
    char selector[16];
    enum fetch_model model;
    unsigned concurrency;
    uint64_t warm_pages; /* of a crawl before, of which nothing is measured; 0: none */
    uint64_t max_pages;  /* 0: no limit, */
    int64_t duration;    /* ns; as here */
    bool exact;          /* fetch and parse these URLs alone; else follow their links too */
    bool learn;          /* list what was visited */
    bool public;         /* obey robots.txt, and stay off private addresses */
    bool gentle;         /* meet the host as a crawl does that was not told how many it takes */
    bool insecure;
    pid_t server;    /* whose CPU is counted; 0: none */
    size_t url_size; /* of what follows: URLs, each with its NUL */
};

struct bench_answer {
    int error; /* negative errno: there was no crawl; the rest is 0 then */
    struct bench_figures figures;
    struct bench_set set;
    uint64_t strained; /* fetches that failed, or were answered 429 or 5xx */
};

/* Runs it, and waits. urls: as url_size says, borrowed. learnt: gets URLs, each with its NUL, if
 * the task says so; else NULL. Returns 0; out->error; or as process_pool_call, having lost it. */
ASYNC int bench_run(struct loop *l, const struct bench_task *t, const char *urls,
                    struct bench_answer *out, struct text *learnt);

/* The main function of such a process. */
int bench_run_main(void);

#endif
