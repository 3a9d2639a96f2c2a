/* A benchmark from inside: bench.c is the command, and shows what came of it; bench_measure.c has
 * the crawls made. */
#ifndef CMD_BENCH_PRIVATE_H
#define CMD_BENCH_PRIVATE_H

#include "cmd/bench_compare.h"
#include "cmd/bench_options.h"
#include "cmd/bench_result.h"
#include "cmd/bench_set.h"
#include "cmd/output.h"
#include "cmd/text.h"
#include "loop/runner.h"

/* A crawl to be made. */
struct bench_plan {
    unsigned curve, level;
    double seconds; /* that it will take */
};

struct bench {
    struct bench_arguments arguments;
    struct bench_result result;
    struct runner runner;
    struct task measuring;
    struct handle interrupted, terminated;
    int signal;                      /* that ended it; 0: none */
    struct bench_old *old;           /* of --compare; NULL */
    struct output *output, *drawing; /* drawing: of --svg; NULL */
    int server_core;                 /* -1: any */
    struct text urls;                /* with a URL: what all levels fetch, each with its NUL, */
    struct bench_set expected;       /* what the crawl has to find */
    struct bench_plan *plans;        /* all crawls to be made */
    unsigned plan_count, done;
    double rates[BENCH_CURVES][BENCH_LEVELS]; /* pages a second, when they were last seen; 0 */
    bool strained;                            /* the last crawl was too much for a public site */
};

/* Keeps the last core for the own server, where there is more than one: then each has its caches to
 * itself, and who was the limit can be said. */
void bench_divide_cores(struct bench *b);

/* Makes all crawls, and adds their figures to the result. Returns 0, -ECANCELED, or another
 * negative errno, having said what is wrong. */
ASYNC int bench_measure(struct bench *b);

#endif
