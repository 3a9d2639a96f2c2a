/* Sitemaps as seeds: those that the robots.txt of a seed's host names, and its /sitemap.xml, with
 * all that indexes among them list. They are work of the frontier, but no pages. */
#ifndef CRAWLER_SITEMAPS_H
#define CRAWLER_SITEMAPS_H

#include "crawler/page.h"
#include "crawler/scope.h"

/* Where a host's sitemaps end. */
#define SITEMAPS_LEVELS 3              /* indexes above a sitemap, at most */
#define SITEMAPS_MOST 50000            /* sitemaps that one seed's host leads to */
#define SITEMAPS_ENTRIES_MOST 10000000 /* and their entries */
#define SITEMAPS_REDIRECTS 5
#define SITEMAPS_PROBLEMS 20 /* that one seed's host has; later ones are not told */

struct crawl_sink;

struct sitemaps {
    struct frontier *frontier; /* borrowed, as the next two */
    const struct scope *scope;
    struct crawl_sink *sink; /* hears of problems */
    struct seen seen;        /* each sitemap is read once */
    struct sitemap_source *sources;
    size_t count, capacity;
};

void sitemaps_init(struct sitemaps *s, struct frontier *f, const struct scope *scope,
                   struct crawl_sink *sink);
void sitemaps_deinit(struct sitemaps *s);

/* The sitemaps of a seed's host are to be read: now, or once its robots.txt is known. Asked again
 * it does nothing. */
void sitemaps_want(struct sitemaps *s, struct host *h);

/* The robots.txt of a host is known, or known not to be had. */
void sitemaps_met(struct sitemaps *s, struct host *h);

/* Fetches an ITEM_SITEMAP and adds to the frontier what it redirects to, or the sitemaps that it
 * lists if it is an index; of an index those on its own host and in scope. Its other entries are in
 * p->links then. robots.txt must allow a /sitemap.xml that it does not name, and nothing else. A
 * failure is a problem for the sink, but not that there is no sitemap where nobody has named one.
 * Returns 0; -ECANCELED; or -EAGAIN: once more, after *pause. */
ASYNC int sitemaps_visit(struct sitemaps *s, struct page *p, struct item *item, struct fetch *f,
                         const struct page_reader *how, unsigned retries, int64_t *pause);

#endif
