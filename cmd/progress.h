/* The live line: pages, queue, rate, bytes, errors, time. On a terminal it is redrawn in place, at
 * most ten times a second, no wider than the terminal; messages go above it. Where standard error
 * is no terminal, nothing is drawn. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "cmd/message.h"
#include "crawler/crawler.h"

struct progress {
    const struct crawl *crawl; /* borrowed */
    struct loop *loop;
    struct timer timer;
    bool live;
    int64_t started; /* and since then: */
    int64_t last;    /* when the rate was taken last, */
    uint64_t pages;  /* and the pages then */
    double rate;     /* a second, of late */
};

/* Draws from now on, if live and standard error is a terminal that can (TERM). */
void progress_start(struct progress *p, struct loop *l, const struct crawl *c, bool live);

/* Wipes the line. Harmless if it was stopped before. */
void progress_stop(struct progress *p);

/* Prints the line once, as a message, terminal or not: SIGUSR1. */
void progress_print(struct progress *p);

/* What the line says. */
struct progress_figures {
    uint64_t pages, queued, bytes;
    uint64_t errors; /* answers 4xx and 5xx, and fetches that failed */
    double rate;     /* pages a second */
    int64_t time;    /* ns */
};

/* Writes the line for a terminal of so many columns, the last of which stays free. Figures stand in
 * columns of a fixed width, as long as they are no larger than most; those that matter least are
 * left out where there is no room. "": there is none at all. */
void progress_format(char out[static LIVE_SIZE], const struct progress_figures *f, size_t columns);

/* The rate of late, once so many pages came in the time that has passed since it was taken last:
 * the average of the first second, then one in which older seconds fade; after a second or more
 * without a look, the average of that time. Times in ns, passed is not 0. */
double progress_rate(double former, uint64_t pages, int64_t passed, int64_t since_start);

#endif
