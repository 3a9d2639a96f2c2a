/* What the parts of the frontier know of each other: frontier.c hands out, frontier_heard.c learns
 * from how fetches end, frontier_drop.c leaves the rest unvisited. */
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

/* Leaves a page unvisited. */
void frontier_drop(struct frontier *f, const struct host *h, const struct todo *todo,
                   const char *path, size_t length);

void frontier_drop_retries(struct frontier *f, struct list *retries);

/* Forgets the host's URLs, and its retries too if nothing is tried again. */
void frontier_drop_host(struct frontier *f, struct host *h);

#endif
