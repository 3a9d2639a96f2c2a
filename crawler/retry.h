/* Which failures pass, and how long to wait for that. */
#ifndef CRAWLER_RETRY_H
#define CRAWLER_RETRY_H

#include "crawler/fetch.h"
#include "crawler/frontier.h"

/* Nanoseconds to wait before the item is fetched once more: 0.5, 1, 2 … s with jitter, or what
 * Retry-After asks for, up to five minutes. -1: not again, since the answer is final, or it had its
 * tries. */
int64_t retry_pause(const struct fetch *f, const struct item *item, unsigned retries);

/* The same, having told the frontier how the fetch ended: the host may keep the item longer, and
 * for more tries; or it is put aside. */
int64_t retry_heard(struct frontier *frontier, struct item *item, const struct fetch *f,
                    unsigned retries);

#endif
