/* Where the results of a crawl go. */
#ifndef CRAWLER_SINK_H
#define CRAWLER_SINK_H

#include "crawler/page.h"
#include "crawler/scope.h"

struct refusal {
    const char *url;
    enum verdict verdict;
    const char *why;  /* a phrase, where there is more to say than the verdict; NULL */
    const char *from; /* the page that it was met on; NULL: it is a seed, or no trail is kept */
};

/* Where the results go. Called on the loop's thread, possibly from coroutines: they must not wait.
 * Strings are canonical URLs, valid during the call. */
struct crawl_sink {
    void (*found)(struct crawl_sink *s, const char *url,
                  size_t length); /* each once, at first sight */
    void (*visited)(struct crawl_sink *s, const struct page *p);

    /* It is not visited: once a URL, and at the end, with a trail, also what depth or nofollow kept
     * from being visited, and what a limit left. */
    void (*refused)(struct crawl_sink *s, const struct refusal *r);

    /* Its turn has come, and nothing speaks against fetching it, unless this stops the crawl. */
    void (*visiting)(struct crawl_sink *s, const struct item *item);

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
