/* The first fetch of a host: its robots.txt. */
#ifndef CRAWLER_ROBOTS_TXT_H
#define CRAWLER_ROBOTS_TXT_H

#include "crawler/fetch.h"
#include "crawler/frontier.h"

/* Fetches it, following redirects, also to other hosts, and keeps what it says in item->host
 * (RFC 9309, 2.3.1): a 4xx, or a redirect too many, allows everything, a 5xx forbids everything,
 * without any answer the host counts as unreachable. Returns 0 or -ECANCELED; -EAGAIN: nothing is
 * known yet, it is worth another try *pause nanoseconds from now. */
ASYNC int robots_txt_visit(struct item *item, struct fetch *f, struct frontier *frontier,
                           const char *agent, unsigned retries, int64_t *pause);

#endif
