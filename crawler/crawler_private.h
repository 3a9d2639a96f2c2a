/* A crawl from inside: crawler.c runs it, visit.c does what a worker does with one item. */
#ifndef CRAWLER_CRAWLER_PRIVATE_H
#define CRAWLER_CRAWLER_PRIVATE_H

#include "crawler/crawler.h"
#include "crawler/follow.h"
#include "crawler/sitemaps.h"
#include "loop/group.h"

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
    struct follow follow;
    struct sitemaps sitemaps;
    struct fetcher *fetcher;
    struct page_reader reader;
    struct page_spare spare;
    struct stats stats;
    struct worker *workers;
    unsigned worker_count;
    struct group group; /* of the workers */
    struct handle more; /* looks at more links, in a later step of the loop */
    bool looking;       /* it is scheduled, and holds the frontier */
    enum crawl_stop stopped;
    struct future stop; /* done when the crawl is stopped, */
    struct future cut;  /* and when not even what is in flight is waited for */
};

/* Fetches the worker's item and follows what it leads to. Returns 0, -ECANCELED, or -EAGAIN: once
 * more, after *pause. */
ASYNC int crawl_visit(struct worker *w, int64_t *pause);

#endif
