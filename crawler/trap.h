/* Traps: spaces of URLs without end that a site makes up as it is crawled. Each rule looks at a URL
 * that is about to be visited for the first time, and has a limit that sites of good will do not
 * meet. */
#ifndef CRAWLER_TRAP_H
#define CRAWLER_TRAP_H

#include "crawler/seen.h"
#include "parse/url.h"

/* Beyond so many links from a seed, and so many parameters, URLs that are alike begin to count. */
#define TRAP_FAR 100
#define TRAP_MANY 8

enum trap {
    TRAP_NONE,
    TRAP_LENGTH,   /* a URL longer than max_url */
    TRAP_REPEATS,  /* one path segment more than max_repeats times */
    TRAP_PARAMS,   /* more than max_params parameters in the query */
    TRAP_SESSIONS, /* the same but for a session id in path or query, more than max_sessions times
                    */
    TRAP_SIMILAR,  /* over TRAP_FAR links away, and the same but for numbers in the path and values
                      in the query as more than max_similar others there: calendars, counters; or
                      with over TRAP_MANY parameters, and the same but for numbers in the path and
                      the whole query: filters upon filters */
    TRAP_HOSTS,    /* the host is one more than max_hosts of its registrable domain */
    TRAP_COUNT,
};

struct trap_limits {
    uint64_t max_url, max_repeats, max_params, max_sessions, max_similar, max_hosts;
};

#define TRAP_LIMITS_DEFAULT                                                      \
    {                                                                            \
        .max_url = 8192, .max_repeats = 6, .max_params = 64, .max_sessions = 16, \
        .max_similar = 10000, .max_hosts = 10000                                 \
    }

struct traps;

/* Borrows limits. seed: of the fingerprints, see seen.h. */
struct traps *traps_new(const struct trap_limits *limits, uint64_t seed);
void traps_free(struct traps *t);

/* Judges a URL that is that many links away from a seed, and counts it, so it is to be asked once
 * a URL. Memory is bounded, whatever a site does: of 65,536 fingerprints a rule, and of 1,048,576
 * hosts in all. In a flood of more, small counts are forgotten, and no later host is counted. */
enum trap traps_judge(struct traps *t, const struct url *u, uint32_t depth);

/* A phrase for people, which names the option: "longer than --max-url". */
const char *trap_phrase(enum trap t);

#endif
