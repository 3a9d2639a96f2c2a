/* Where a crawl may go: one verdict for each link, each with a name. */
#ifndef CRAWLER_SCOPE_H
#define CRAWLER_SCOPE_H

#include "crawler/domain.h"
#include "crawler/seen.h"
#include "parse/url.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict {
    VERDICT_FOLLOW,
    VERDICT_SEEN,
    VERDICT_SCOPE,    /* not where the crawl may go */
    VERDICT_EXCLUDE,  /* an --exclude matches */
    VERDICT_INCLUDE,  /* no --include does */
    VERDICT_DEPTH,    /* further from a seed than --depth */
    VERDICT_ROBOTS,   /* robots.txt forbids it */
    VERDICT_NOFOLLOW, /* rel=nofollow, or the page's meta robots or X-Robots-Tag */
    VERDICT_PRIVATE,  /* a private address: see address.h */
    VERDICT_TRAP,     /* see trap.h */
    VERDICT_LIMIT,    /* the crawl was stopped before its turn came */
    VERDICT_COUNT,
};

/* The word for it in records and in the summary. */
const char *verdict_name(enum verdict v);

enum scope_mode {
    SCOPE_HOST,   /* the seeds' hosts and ports; http on port 80 and https on 443 are one */
    SCOPE_DOMAIN, /* the seeds' registrable domains, by the public suffix list, on any port */
    SCOPE_PREFIX, /* below the seeds' paths, up to their last slash, on their hosts and ports */
    SCOPE_ANY,
};

/* Read its fields at will, change them through the functions. */
struct scope {
    enum scope_mode mode;
    struct seen hosts; /* or domains, or folders: fingerprints of names */
    char **names;      /* what it was widened by, as a person would write it */
    size_t count;
    size_t least_depth, most_depth; /* SCOPE_PREFIX: slashes in the paths of folders */
    struct domain_memo *memo;       /* SCOPE_DOMAIN */
    struct seen domains;            /* that scope_add_domain added */
};

/* seed: of the fingerprints, see seen.h. */
void scope_init(struct scope *s, enum scope_mode mode, uint64_t seed);
void scope_deinit(struct scope *s);

/* Widens the scope by that of a seed, or of where a seed's redirects end; says whether it was new.
 * SCOPE_ANY is as wide as can be. */
bool scope_add(struct scope *s, const struct url *u);

/* Widens it by a domain and all that is under it, on any port, whatever the mode; an address is one
 * too. As people write it: ".Example.com", "*.example.com" and "example.com." are "example.com".
 * False: it is no domain, but empty, a URL, a path, or has a port. */
bool scope_add_domain(struct scope *s, const char *domain, size_t length);

bool scope_holds(const struct scope *s, const struct url *u);

/* The i-th thing that it was widened by: "host", "host:port", "domain", "host/folder/", or
 * ".domain", which scope_add_domain added; NULL after
 * the last. */
const char *scope_name(const struct scope *s, size_t i);

#endif
