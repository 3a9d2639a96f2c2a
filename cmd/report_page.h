/* --report FILE: one self-contained HTML page that shows a crawl to people: what it came to, its
 * rate over time, pages over depth, statuses, the site as a tree by path, the slowest and the
 * largest pages, broken links with who links to them, refusals by reason. No script, no network;
 * what comes from the network stays text. Kept until the end: some 150 bytes a page. */
#ifndef CMD_REPORT_PAGE_H
#define CMD_REPORT_PAGE_H

#include "cmd/broken_links.h"
#include "cmd/listener.h"
#include "cmd/output.h"

struct report_page;

/* Borrows the output. */
struct report_page *report_page_new(struct output *o, const struct ok_statuses *ok);
void report_page_free(struct report_page *r);

/* To be told of everything, and of each broken link. */
struct listener *report_page_listener(struct report_page *r);
void report_page_broken_link(struct report_page *r, const struct broken_link *b);

#endif
