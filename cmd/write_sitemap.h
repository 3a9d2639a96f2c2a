/* --write-sitemap FILE: a sitemap (sitemaps.org, protocol 0.9) of the pages that answered 2xx, in
 * the order of their visits, with lastmod where Last-Modified says. What was fetched for its status
 * alone is none of them.
 *
 * A sitemap holds 50,000 URLs and 50 MB at most: if there is more, the pages are in NAME-1.xml,
 * NAME-2.xml and so on, and FILE is their index, which takes them to be at the root of the first
 * page's site. What is no file is written as one sitemap, however long. */
#ifndef CMD_WRITE_SITEMAP_H
#define CMD_WRITE_SITEMAP_H

#include "cmd/listener.h"
#include "cmd/output.h"

struct write_sitemap;

/* Borrows both; name is what the output was opened with. */
struct write_sitemap *write_sitemap_new(struct output *o, const char *name);
void write_sitemap_free(struct write_sitemap *w); /* NULL is allowed */

/* To be told of visits. */
struct listener *write_sitemap_listener(struct write_sitemap *w);

#endif
