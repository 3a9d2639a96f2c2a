/* One verdict for each link, each with a name. */
#ifndef CRAWLER_SCOPE_H
#define CRAWLER_SCOPE_H

#include "crawler/seen.h"
#include "parse/url.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict {
    VERDICT_FOLLOW,
    VERDICT_SEEN,
    VERDICT_SCOPE,    /* on a host that is not one of the crawl's */
    VERDICT_DEPTH,    /* further from a seed than --depth */
    VERDICT_NOFOLLOW, /* rel=nofollow, or the page's meta robots */
    VERDICT_ROBOTS,   /* robots.txt forbids it */
    VERDICT_LIMIT,    /* the crawl was stopped before its turn came */
    VERDICT_COUNT,
};

/* The word for it in records and in the summary. */
const char *verdict_name(enum verdict v);

/* The hosts of the seeds: host and port, where http on port 80 and https on port 443 are one. */
struct scope {
    struct seen hosts;
    char **names;
    size_t count;
};

/* seed: of the fingerprints, see seen.h. */
void scope_init(struct scope *s, uint64_t seed);
void scope_deinit(struct scope *s);

/* Widens the scope by the host of u; says whether it was new. */
bool scope_add(struct scope *s, const struct url *u);

bool scope_holds(const struct scope *s, const struct url *u);

/* The i-th host, as "host" or "host:port"; NULL after the last. */
const char *scope_host(const struct scope *s, size_t i);

#endif
