/* Records that are kept until the end and then come in order, so that the same site gives the same
 * bytes: without what differs from run to run (times, ip, http, attempts, new_links, messages),
 * with depth and referrer as the settled trail has them (of a link, the depth of what it leads to),
 * and a link's verdict as it is in the end: one that is followed says so, whichever link it was met
 * on first; but scope where it is out of scope, and fetched for its status alone. An asset that was
 * seen is to be added as one that is followed. */
#ifndef CMD_SORTED_H
#define CMD_SORTED_H

#include "cmd/record.h"
#include "crawler/crawler.h"

struct sorted;

struct sorted *sorted_new(void);
void sorted_free(struct sorted *s);

/* Keeps a copy, packed. */
void sorted_add(struct sorted *s, const struct record *r);

/* Calls take for each, by url or from, then to, then the rest. Once. */
void sorted_each(struct sorted *s, const struct crawl *c,
                 void (*take)(void *arg, const struct record *r), void *arg);

#endif
