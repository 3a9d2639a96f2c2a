/* What the parts of the frontier know of each other: frontier.c hands out what frontier_choose.c
 * picks, frontier_nearer.c brings up what is less deep than it was, frontier_heard.c learns from
 * how fetches end, frontier_drop.c leaves the rest unvisited. */
#ifndef CRAWLER_FRONTIER_PRIVATE_H
#define CRAWLER_FRONTIER_PRIVATE_H

#include "crawler/frontier.h"

/* An item that is to be tried again: in frontier.parked, then in host.retries. */
struct retry {
    struct list node;
    struct timer timer;
    struct host *host;
    enum item_kind kind;
    struct todo todo;
    size_t length;
    char path[];
};

/* Whether nothing is to be fetched of the host, so that all of its URLs go by at once. */
static inline bool frontier_is_closed(const struct host *h)
{
    return h->robots_state == ROBOTS_UNREACHABLE || h->robots_state == ROBOTS_UNAVAILABLE;
}

static inline bool frontier_has_sitemap(const struct host *h)
{
    return h->sitemaps.count && h->sitemaps_in_flight == 0;
}

/* Takes what the host has to hand out first. */
void frontier_choose(struct frontier *f, struct host *h, struct item *item);

/* False: it goes by at once, as what robots.txt forbids. */
bool frontier_needs_fetch(const struct item *item);

/* Leaves a page unvisited. */
void frontier_drop(struct frontier *f, const struct host *h, const struct todo *todo,
                   const char *path, size_t length);

void frontier_drop_retries(struct frontier *f, struct list *retries);

/* Takes out of a queue of the host what was brought up. */
void frontier_leave_out_brought(struct frontier *f, const struct host *h, struct url_queue *q);

/* The next depth is this one now. */
void frontier_forget_ahead(struct frontier *f);

/* Forgets the host's URLs, and its retries too if nothing is tried again. */
void frontier_drop_host(struct frontier *f, struct host *h);

#endif
