/* The crawler: visits everything that its seeds lead to, and then ends. */
#ifndef CRAWLER_CRAWLER_H
#define CRAWLER_CRAWLER_H

#include "crawler/stats.h"
#include "crawler/trap.h"
#include "parse/query.h"

#define DEPTH_UNLIMITED UINT32_MAX

struct crawl_options {
    struct fetch_options fetch;
    unsigned concurrency; /* workers: fetches in flight at once */
    unsigned per_host;
    bool gentle;     /* a public host is met with 2 fetches at once, and gets more as it keeps up */
    int64_t spacing; /* ns between the starts of any two fetches; 0: none */
    enum scope_mode scope;
    struct query_rules query; /* of links, before the seen test */
    struct trap_limits traps;
    bool check_external; /* links out of scope are fetched too, for their status alone */
    bool sitemaps;       /* seeds are also what the sitemaps of the seeds' hosts list */
    uint32_t depth;      /* links away from a seed; DEPTH_UNLIMITED */
    uint64_t max_pages;  /* 0: no limit, as below */
    uint64_t quota;      /* bytes of bodies */
    int64_t duration;    /* ns */
    int64_t delay;       /* ns; negative: not given, so Crawl-delay counts */
    unsigned retries;    /* after the first attempt */
    unsigned max_redirects;
    bool ignore_robots;
    bool tree;         /* HTML is read by way of Gumbo's tree, not with the scanner */
    bool isolate;      /* documents are read in other processes: see isolate.h */
    const char *agent; /* the product token that robots.txt is matched by */
};

/* Where the results go. Called on the loop's thread, possibly from coroutines: they must not wait.
 * Strings are canonical URLs, valid during the call. */
struct crawl_sink {
    void (*found)(struct crawl_sink *s, const char *url,
                  size_t length); /* each once, at first sight */
    void (*visited)(struct crawl_sink *s, const struct page *p);

    /* robots.txt forbids it: not fetched. */
    void (*refused)(struct crawl_sink *s, const struct item *item);

    /* A host's robots.txt is known now, or known not to be had: see host.robots_state. */
    void (*met)(struct crawl_sink *s, const struct host *h);

    /* What to wait for before more results may come; NULL: nothing. */
    struct future *(*pressure)(struct crawl_sink *s);

    /* A host does not answer any more, as host.why says: its URLs fail unfetched from now on. */
    void (*put_aside)(struct crawl_sink *s, const struct host *h);
};

/* Why a crawl ended before everything was visited. */
enum crawl_stop {
    STOP_NONE,
    STOP_PAGES,
    STOP_QUOTA,
    STOP_DURATION,
    STOP_SIGNAL,
    STOP_OUTPUT, /* the reader left, or nothing can be written any more */
};

struct crawl;

/* Borrows options and sink until crawl_free. Never fails but for memory, or libcurl. */
int crawl_new(struct crawl **out, struct loop *l, const struct crawl_options *options,
              struct crawl_sink *sink);
void crawl_free(struct crawl *c);

/* Adds a seed, before or while crawl_run runs. credentials: "user:password" for its origin, or
 * NULL. */
void crawl_seed(struct crawl *c, const struct url *u, const char *credentials);

/* Instead of options.per_host, before crawl_run. */
void crawl_set_per_host(struct crawl *c, unsigned per_host);

/* Crawls until everything is visited, or it was stopped. */
ASYNC int crawl_run(struct crawl *c);

/* No new fetch starts; those in flight have two seconds, with STOP_OUTPUT none. The first reason
 * counts. */
void crawl_stop(struct crawl *c, enum crawl_stop why);

/* What stopped the crawl; STOP_NONE: it is complete. */
enum crawl_stop crawl_stopped(const struct crawl *c);
const struct stats *crawl_stats(const struct crawl *c);
const struct scope *crawl_scope(const struct crawl *c);

#endif
