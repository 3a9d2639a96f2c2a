/* --write-sitemap FILE: a sitemap (sitemaps.org, protocol 0.9) of the pages that answered 2xx, in
 * the order of their visits, with lastmod where Last-Modified says. What was fetched for its status
 * alone is none of them.
 *
 * A sitemap holds 50,000 URLs and 50 MB at most: if there is more, the pages are in NAME-1.xml,
 * NAME-2.xml and so on, and FILE is their index, which takes them to be at the root of the first
 * page's site. What is no file is written as one sitemap, however long. One sitemap is kept in
 * memory. */
#ifndef CMD_WRITE_SITEMAP_H
#define CMD_WRITE_SITEMAP_H

#include "cmd/listener.h"
#include "cmd/output.h"

struct write_sitemap;

/* Where it writes: borrowed, as is what they point to. */
struct sitemap_files {
    struct output *output;
    const char *name; /* what the output was opened with */

    /* Opens one more; NULL: it cannot be, as was said. */
    struct output *(*further)(void *arg, const char *name);
    void *arg;
};

struct write_sitemap *write_sitemap_new(const struct sitemap_files *files);
void write_sitemap_free(struct write_sitemap *w); /* NULL is allowed */

/* To be told of visits. */
struct listener *write_sitemap_listener(struct write_sitemap *w);

#endif
