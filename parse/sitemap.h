/* Sitemaps (sitemaps.org), sitemap indexes, RSS 2.0, Atom, by libxml2's SAX interface: no network,
 * no entities, no tree; and text sitemaps. Compressed ones (gzip) are inflated up to SITEMAP_MAX.
 */
#ifndef PARSE_SITEMAP_H
#define PARSE_SITEMAP_H

#include "parse/links.h"

#define SITEMAP_MAX (64u << 20)
#define SITEMAP_MAX_NS (5 * INT64_C(1000000000))

#define SITEMAP_OF_INDEX "sitemap" /* the element of what an index lists */

/* Sets libxml2 up, which several threads must not do at once: to be called while there is one. */
void sitemap_setup(void);

/* Appends the entries. A broken document gives what could be read before it broke, and error
 * -EBADMSG; over a limit, -E2BIG or -ETIME. XHTML is read as HTML, what is no markup as a text
 * sitemap; XML that is none of these gives nothing. Where d->sitemap asks for a sitemap, neither
 * does XHTML, and what is none has error -ENODATA. What an index lists has the
 * element SITEMAP_OF_INDEX. Returns 0 or -ENOMEM. */
int sitemap_xml_links(struct links *out, const struct document *d);

/* A list of URLs, one a line; anything else than http(s) URLs in it makes it no sitemap: nothing.
 */
int sitemap_text_links(struct links *out, const struct document *d);

#endif
