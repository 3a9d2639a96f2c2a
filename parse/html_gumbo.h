/* Links of an HTML document by way of Gumbo's tree: what a browser with scripting off would see. */
#ifndef PARSE_HTML_GUMBO_H
#define PARSE_HTML_GUMBO_H

#include "parse/links.h"

/* Appends the links that "What is followed" of the contract lists: a, area, iframe, frame, link,
 * meta refresh; base obeyed; noscript and template content counted; with assets, what a page loads
 * too.
 *
 * The tree is built under a budget of memory and CPU time (GUMBO_MAX_BYTES, GUMBO_MAX_NS), on an
 * arena that leaves by longjmp when it is spent, and walked without recursion. A document that is
 * so deep and so long that Gumbo could search its stack for longer is refused as well. Over budget:
 * no links, out->error is -E2BIG or -ETIME; -EBADMSG where the document breaks an assertion of
 * Gumbo's. Returns 0 or -ENOMEM. */
int html_gumbo_links(struct links *out, const struct document *d);

#define GUMBO_MAX_BYTES (256u << 20)
#define GUMBO_MAX_NS (2 * INT64_C(1000000000))

#endif
