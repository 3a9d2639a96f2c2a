/* Who listens to a crawl, as the arguments ask for it: its records and the files for people. */
#ifndef CMD_AUDIENCE_H
#define CMD_AUDIENCE_H

#include "cmd/graph.h"
#include "cmd/observer.h"
#include "cmd/print_options.h"
#include "cmd/report_page.h"
#include "cmd/write_sitemap.h"

struct audience {
    struct records *records;
    struct broken_links *broken_links;
    struct graph *graph;
    struct write_sitemap *sitemap;
    struct report_page *report;
};

/* Makes those that are wanted, writing to the observer's files, and adds them to it. */
void audience_init(struct audience *a, struct observer *o, const struct records_options *print);
void audience_deinit(struct audience *a);

#endif
