/* What is known of one host, which here is an origin: scheme, host and port. */
#ifndef CRAWLER_HOST_H
#define CRAWLER_HOST_H

#include "crawler/pace.h"
#include "crawler/url_queue.h"
#include "loop/loop.h"
#include "parse/robots.h"
#include "parse/url.h"

#include <string.h>

/* A failed name lookup is remembered that long. */
#define DNS_FAILURE_KEPT (60 * NS_PER_S)

struct frontier;

enum host_robots {
    ROBOTS_UNKNOWN,
    ROBOTS_ASKED,       /* its fetch is under way; the host's URLs wait */
    ROBOTS_KNOWN,       /* host.rules holds them; NULL: everything is allowed */
    ROBOTS_UNAVAILABLE, /* a server error: everything is forbidden (RFC 9309, 2.3.1.4) */
    ROBOTS_UNREACHABLE, /* no answer, or no more: everything fails, unfetched, with host.error */
};

/* sitemaps.c's. */
enum host_sitemaps {
    SITEMAPS_UNWANTED,
    SITEMAPS_WANTED, /* once its robots.txt is known */
    SITEMAPS_BEGUN,
};

struct host {
    char *origin; /* e.g. "http://example.org:8080" */
    size_t origin_length;
    struct url parts; /* where scheme, host and port are in all its URLs */
    uint64_t hash;
    bool seed;         /* a seed's origin: gets the credentials and headers given */
    char *credentials; /* user:password of a seed; NULL: none */

    /* robots.txt */
    enum host_robots robots_state;
    struct robots *rules;
    int error;         /* an enum fetch_error */
    char *why;         /* a sentence about robots_state; NULL: it needs none */
    int64_t ask_again; /* ROBOTS_UNREACHABLE: until then */

    enum host_sitemaps sitemaps_state;

    /* The frontier's: see frontier.c. */
    struct frontier *frontier;
    struct url_queue now, next; /* next: one link further away, kept back */
    struct url_queue sitemaps;  /* read before its pages, one at a time */
    unsigned sitemaps_in_flight;
    struct list retries;       /* of struct retry: due again, taken first */
    struct list ring;          /* among the hosts that can hand out, or the strangers */
    struct list deeper;        /* among the hosts that have something in next */
    struct timer pause;        /* until next_start */
    int64_t next_start, delay; /* earliest next start, and least time between two */
    struct pace pace;
    unsigned in_flight;
    unsigned given_back; /* fetches that lost their slot for want of an answer, in a row */
    bool met;            /* it has answered to a page once */
    bool doubtful;       /* it was not met, or its last fetch timed out */

    /* The fetcher's: what is known of its address, and the multi handles that may hold its
     * connections. */
    struct multi **multis;
    unsigned multi_count;
    bool multiplexes;                     /* HTTP/2: one connection for each multi handle */
    bool public_address, private_address; /* a connection to such a one was begun */
};

/* All hosts of a crawl, by origin. */
struct hosts {
    struct host **slots;
    size_t size, count;
};

void hosts_init(struct hosts *hs);
void hosts_deinit(struct hosts *hs);

/* The host of a URL, made when it is new. */
struct host *hosts_get(struct hosts *hs, const struct url *u);

/* The i-th slot's host, NULL for an empty one: for walking over all while i < size. */
static inline struct host *hosts_at(const struct hosts *hs, size_t i)
{
    return hs->slots[i];
}

/* Whether a URL is one of the host. */
static inline bool host_has(const struct host *h, const char *text, size_t length)
{
    return length > h->origin_length && text[h->origin_length] == '/' &&
           memcmp(text, h->origin, h->origin_length) == 0;
}

/* Describes a URL of the host, as url_describe does, but knowing its beginning. */
void host_describe(const struct host *h, struct url *out, const char *text, size_t length);

/* Keeps the rules of its robots.txt; NULL: it has none. Forgets why. */
void host_set_rules(struct host *h, struct robots *rules);

/* Keeps what there is to be said about those rules: a sentence. */
void host_explain(struct host *h, const char *why);

/* Keeps that robots.txt is not to be had, so that nothing may be fetched; why is a sentence. */
void host_set_unavailable(struct host *h, const char *why);

/* Keeps that the host does not answer, until a time: error (an enum fetch_error) and a sentence. */
void host_set_unreachable(struct host *h, int error, const char *why, int64_t until);

/* Whether robots.txt lets the path (with its query) be fetched. */
bool host_allows(const struct host *h, const char *path, size_t length);

#endif
