/* The live line: pages, queue, rate, bytes, errors, time. On a terminal it is redrawn in place, at
 * most ten times a second, no wider than the terminal; messages go above it. Where standard error
 * is no terminal, nothing is drawn. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "crawler/crawler.h"

struct progress {
    const struct crawl *crawl; /* borrowed */
    struct loop *loop;
    struct timer timer;
    bool live;
    int64_t last;   /* when the rate was taken last, */
    uint64_t pages; /* and the pages then */
    double rate;    /* a second, of late */
};

/* Draws from now on, if live and standard error is a terminal. */
void progress_start(struct progress *p, struct loop *l, const struct crawl *c, bool live);

/* Wipes the line. */
void progress_stop(struct progress *p);

/* Prints the line once, as a message, terminal or not: SIGUSR1. */
void progress_print(struct progress *p);

#endif
