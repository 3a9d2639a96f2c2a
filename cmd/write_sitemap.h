/* --write-sitemap FILE: a sitemap (sitemaps.org, protocol 0.9) of the pages that answered 2xx, with
 * lastmod where Last-Modified says. A sitemap holds 50,000 URLs and 50 MB at most: what goes beyond
 * that is in NAME-2.xml and so on, and FILE becomes their index. */
#ifndef CMD_WRITE_SITEMAP_H
#define CMD_WRITE_SITEMAP_H

#include "cmd/listener.h"
#include "cmd/output.h"

struct write_sitemap;

/* Borrows the output. */
struct write_sitemap *write_sitemap_new(struct output *o);
void write_sitemap_free(struct write_sitemap *w);

/* To be told of visits. */
struct listener *write_sitemap_listener(struct write_sitemap *w);

#endif
