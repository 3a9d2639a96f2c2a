/* The site that `skitter serve` serves: computed from a few numbers, never stored, and so the same
 * bytes for the same numbers, whatever was asked before. Pure functions.
 *
 * Page 0 is "/", page i is "/d<i / 100>/p<i>.html". A page's first links, the local ones, lead to
 * the pages after it, so the next page comes first and every page can be reached from page 0, but
 * for those that only errors lead to; the others lead anywhere. With several hosts page i is on
 * host i % hosts, which is 127.0.0.(1 + i % hosts), and links to another host are whole URLs. */
#ifndef CMD_SERVE_SITE_H
#define CMD_SERVE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVE_SITE_PAGES 1000000000 /* the most pages, */
#define SERVE_SITE_LINKS 1000000    /* and links of a page */
#define SERVE_SITE_HOSTS 254        /* and hosts of a site */
#define SERVE_SITE_LOCAL (1.0 / 3)  /* the usual share of local links */
#define SERVE_SITE_PATH 32          /* holds any path and its NUL */
#define SERVE_SITE_ROOM 128         /* the least room that serve_site_page_read can use */

enum serve_site_unit {
    SERVE_SITE_BYTES,   /* numbers end in K, M, G or nothing; a draw is at most 1 GiB */
    SERVE_SITE_SECONDS, /* in ms, s, m, h or nothing; at most an hour */
};

/* How a quantity is distributed over the pages. */
struct serve_site_law {
    enum { SERVE_SITE_VALUE, SERVE_SITE_UNIFORM, SERVE_SITE_LOGNORMAL } kind;
    double a, b; /* the value; from, to; the median, the sigma */
};

struct serve_site {
    uint32_t pages; /* 1 .. SERVE_SITE_PAGES */
    uint32_t links; /* 0 .. SERVE_SITE_LINKS */
    uint64_t seed;
    struct serve_site_law size;    /* a page that its links need more room for is larger */
    struct serve_site_law latency; /* from the request to the answer */
    bool latency_of_hosts;         /* that is drawn once a host, not once a page */
    double local;                  /* share of a page's links that are local; at least one is */
    double errors, redirects;      /* shares of the pages; page 0 is neither. Together at most 1 */
    unsigned hosts;                /* 1 .. SERVE_SITE_HOSTS */
    bool secure;                   /* https; this and the next are for links to other hosts */
    unsigned port;
    double drop; /* share of the links that are left out of the bytes; see serve_site_page */
};

enum serve_site_kind {
    SERVE_SITE_PAGE,
    SERVE_SITE_MISSING,  /* 404 */
    SERVE_SITE_BROKEN,   /* 500 */
    SERVE_SITE_REDIRECT, /* 302, to the page after it */
};

/* What is answered instead of a page, or the page. */
enum serve_site_kind serve_site_kind(const struct serve_site *site, uint32_t page);

/* The canonical URL of a page. Returns its length. */
#define SERVE_SITE_URL 64 /* holds any and its NUL */
size_t serve_site_url(const struct serve_site *site, uint32_t page, char out[SERVE_SITE_URL]);

/* A page while it is made. */
struct serve_site_page {
    const struct serve_site *site;
    size_t size; /* how long it is in all */
    uint32_t index;
    uint32_t near;  /* links that are local */
    uint64_t base;  /* of its choices */
    uint32_t block; /* the next link, with the text after it */
    uint32_t blocks;
    size_t share; /* bytes a block; the last one has the rest too */
    size_t rest;
    size_t text;     /* bytes of text that are left in the open block */
    uint64_t chance; /* decides which links site->drop leaves out: whoever wants others each time
                        sets it, to anything, before the first read */
    unsigned sentence, at;
    enum { PAGE_HEAD, PAGE_BLOCK, PAGE_TEXT, PAGE_TAIL, PAGE_END } part;
};

/* Reads "VALUE", "uniform:A..B" or "lognormal:MEDIAN,SIGMA". Returns 0 or -EINVAL. */
int serve_site_law(struct serve_site_law *out, const char *text, enum serve_site_unit unit);

/* The path of a page. Returns its length. */
size_t serve_site_path(uint32_t page, char out[SERVE_SITE_PATH]);

/* Which host a page is on: 0 is 127.0.0.1. */
unsigned serve_site_host(const struct serve_site *site, uint32_t page);

/* The page of that path on that host, -1 if it has none. */
int64_t serve_site_find(const struct serve_site *site, unsigned host, const char *path, size_t n);

/* The page that link k of a page leads to; k is below site->links. */
uint32_t serve_site_link(const struct serve_site *site, uint32_t page, uint32_t k);

/* Nanoseconds from the request to the answer. */
int64_t serve_site_latency(const struct serve_site *site, uint32_t page);

/* Begins a page; p->size is known then. Borrows the site. */
void serve_site_page_init(struct serve_site_page *p, const struct serve_site *site, uint32_t index);

/* Makes the next bytes of the page, as many as fit but for less than SERVE_SITE_ROOM. Returns their
 * number, 0 at the end. */
size_t serve_site_page_read(struct serve_site_page *p, char *out, size_t room);

#endif
