/* The crawler: visits everything that its seeds lead to, and then ends. */
#ifndef CRAWLER_CRAWLER_H
#define CRAWLER_CRAWLER_H

#include "crawler/judge.h"
#include "crawler/sink.h"
#include "crawler/stats.h"

struct crawl_options {
    struct fetch_options fetch;
    struct rules rules;
    unsigned concurrency; /* workers: fetches in flight at once */
    unsigned per_host;
    bool gentle;     /* a public host is met with 2 fetches at once, and gets more as it keeps up */
    int64_t spacing; /* ns between the starts of any two fetches; 0: none */
    bool sitemaps;   /* seeds are also what the sitemaps of the seeds' hosts list */
    uint64_t max_pages; /* 0: no limit, as below */
    uint64_t quota;     /* bytes of bodies */
    int64_t duration;   /* ns */
    int64_t delay;      /* ns; negative: not given, so Crawl-delay counts */
    unsigned retries;   /* after the first attempt */
    unsigned max_redirects;
    bool ignore_robots; /* and what forbids to follow */
    bool tree;          /* HTML is read by way of Gumbo's tree, not with the scanner */
    bool isolate;       /* documents are read in other processes: see isolate.h */
    const char *agent;  /* the product token that robots.txt is matched by */
};

/* Those that nobody gives. concurrency and all that names something are still to be set. */
#define CRAWL_OPTIONS_DEFAULT                                              \
    {                                                                      \
        .per_host = 8, .delay = -1, .retries = 2, .max_redirects = 10,     \
        .rules = {.depth = DEPTH_UNLIMITED, .traps = TRAP_LIMITS_DEFAULT}, \
        .fetch = {.max_time = 30 * NS_PER_S,                               \
                  .connect_timeout = 10 * NS_PER_S,                        \
                  .max_body = 16 << 20,                                    \
                  .http_version = CURL_HTTP_VERSION_2TLS},                 \
    }

/* Why a crawl ended before everything was visited. */
enum crawl_stop {
    STOP_NONE,
    STOP_PAGES,
    STOP_QUOTA,
    STOP_DURATION,
    STOP_SIGNAL,
    STOP_ANSWERED, /* what was to be known is known */
    STOP_OUTPUT,   /* the reader left, or nothing can be written any more */
};

struct crawl;

/* Borrows options and sink until crawl_free. Never fails but for memory, or libcurl. */
int crawl_new(struct crawl **out, struct loop *l, const struct crawl_options *options,
              struct crawl_sink *sink);
void crawl_free(struct crawl *c);

/* Adds a seed, before or while crawl_run runs. credentials: "user:password" for its origin, or
 * NULL. */
void crawl_seed(struct crawl *c, const struct url *u, const char *credentials);

/* While seeds are awaited, the crawl does not end, but waits; one that is stopped waits for
 * nothing. Links out of scope that are met meanwhile are refused as any others, but kept: once no
 * more seeds are awaited, and everything else is visited, those that are in scope by then are
 * followed. With a depth, a seed that links had led to before is visited once more, as a seed. The
 * depths of pages are least distances among seeds that were there from the beginning, and of one
 * that comes when all others are done; what was met further away before a nearer seed came keeps
 * its distance. */
void crawl_await_seeds(struct crawl *c, bool awaited);

/* Adds to the rules, before the first seed. Of a domain and a pattern: false if it is none (wrong
 * says what is wrong with the pattern); kind is VERDICT_INCLUDE or VERDICT_EXCLUDE. */
bool crawl_add_domain(struct crawl *c, const char *domain, size_t length);
bool crawl_add_filter(struct crawl *c, enum verdict kind, const char *pattern,
                      char wrong[static 256]);

/* Of a URL in the set of the seen ones: the same for the same URL in one crawl. */
uint64_t crawl_fingerprint(const struct crawl *c, const char *url, size_t length);

/* With a trail: where a page that led somewhere was met, with a settled one, where any URL was;
 * NULL: never, or it is a seed. Valid until the next URL is met. */
const char *crawl_referrer(const struct crawl *c, const char *url, size_t length);

/* With a settled trail: a URL's depth; UINT32_MAX: it was never met. */
uint32_t crawl_depth(const struct crawl *c, const char *url, size_t length);

/* Whether a URL was to be visited, if only for its status, or was. */
bool crawl_followed(const struct crawl *c, const char *url, size_t length);

/* URLs that wait for their turn: each will be visited, or refused. Assets wait for all of them
 * first, and may turn out to be pages, so they count later. */
size_t crawl_queued(const struct crawl *c);

/* Slots that are taken: by URLs handed out to be visited, and not done. */
size_t crawl_in_flight(const struct crawl *c);

/* See fetcher_area. */
uint64_t crawl_area(const struct crawl *c);

/* Instead of options.per_host, from now on. */
void crawl_set_per_host(struct crawl *c, unsigned per_host);

/* Crawls until everything is visited, or it was stopped. */
ASYNC int crawl_run(struct crawl *c);

/* No new fetch starts; those in flight have two seconds, with STOP_OUTPUT none. The first reason
 * counts. */
void crawl_stop(struct crawl *c, enum crawl_stop why);

/* Once it has run: writes the cookies where fetch_options say. Returns 0 or a negative errno. */
int crawl_save_cookies(struct crawl *c);

/* What stopped the crawl; STOP_NONE: it is complete. */
enum crawl_stop crawl_stopped(const struct crawl *c);
const struct stats *crawl_stats(const struct crawl *c);
const struct scope *crawl_scope(const struct crawl *c);
uint64_t crawl_trapped(const struct crawl *c, enum trap t); /* URLs refused as such a trap */

#endif
