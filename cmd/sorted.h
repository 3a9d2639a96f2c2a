/* Records that are kept until the end and then come in order, so that the same site gives the same
 * bytes: without what differs from run to run (times, ip, http, attempts, new_links), with depth
 * and referrer as the settled trail has them, and a link's verdict as it is in the end. */
#ifndef CMD_SORTED_H
#define CMD_SORTED_H

#include "cmd/record.h"
#include "crawler/crawler.h"

struct sorted;

struct sorted *sorted_new(void);
void sorted_free(struct sorted *s);

/* Keeps a copy, packed. */
void sorted_add(struct sorted *s, const struct record *r);

/* Calls take for each, by url or from, then to, then the rest. */
void sorted_each(struct sorted *s, const struct crawl *c,
                 void (*take)(void *arg, const struct record *r), void *arg);

#endif
