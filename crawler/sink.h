/* Where the results of a crawl go. */
#ifndef CRAWLER_SINK_H
#define CRAWLER_SINK_H

#include "crawler/page.h"
#include "crawler/scope.h"

/* A URL at its first sight. */
struct finding {
    const char *url;
    size_t length;
    uint32_t depth;
    const char *from; /* the page that it was met on; NULL: it is a seed, or no trail is kept */
};

struct refusal {
    const char *url;
    enum verdict verdict;
    const char *why;  /* a phrase, where there is more to say than the verdict; NULL */
    const char *from; /* as above */
    uint32_t depth;
    bool found; /* it was told as found before */
};

/* One occurrence of a link, in a page, in a sitemap, or that of a redirect to where it leads. */
struct linked {
    const struct page *page;
    const struct link *link;
    const char *to; /* in the crawl's spelling */
    size_t length;
    uint64_t fingerprint; /* of to, in this run: see crawl_fingerprint */
    uint32_t depth;       /* of to, along this link */
    enum verdict verdict; /* as far as known now */
    bool open;            /* it is to be visited, was, or may be yet */
};

/* Where the results go. Called on the loop's thread, possibly from coroutines: they must not wait.
 * Strings are canonical URLs, valid during the call. */
struct crawl_sink {
    void (*found)(struct crawl_sink *s, const struct finding *f); /* each once, at first sight */
    void (*visited)(struct crawl_sink *s, const struct page *p);

    /* Each link of a page that is looked at, before the page counts as visited; NULL: nobody asks.
     * With all of crawl_options.rules.all_links, else without those that lead nowhere new. */
    void (*linked)(struct crawl_sink *s, const struct linked *l);

    /* It is not visited: once a URL; with rules.tell_refused, at the end, also what depth or
     * nofollow kept from being visited, and what a limit left. */
    void (*refused)(struct crawl_sink *s, const struct refusal *r);

    /* Its turn has come, and nothing speaks against fetching it, unless this stops the crawl. from:
     * as in a finding. */
    void (*visiting)(struct crawl_sink *s, const struct item *item, const char *from);

    /* A seed redirects out of the scope, which is wider now, by that name. */
    void (*widened)(struct crawl_sink *s, const char *name, const char *by);

    /* A host's robots.txt is known now, or known not to be had: see host.robots_state. */
    void (*met)(struct crawl_sink *s, const struct host *h);

    /* What to wait for before more results may come; NULL: nothing. */
    struct future *(*pressure)(struct crawl_sink *s);

    /* A host does not answer any more, as host.why says: its URLs fail unfetched from now on. */
    void (*put_aside)(struct crawl_sink *s, const struct host *h);

    /* Of a sitemap, or a robots.txt that names sitemaps: what is wrong with it, in a sentence. */
    void (*problem)(struct crawl_sink *s, const char *url, const char *text);
};

#endif
