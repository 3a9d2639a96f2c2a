/* What a crawl tells while it runs: records to its output, the rest to standard error. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/crawl_options.h"
#include "cmd/output.h"
#include "cmd/why.h"

struct report {
    struct crawl_sink sink;
    const struct crawl_arguments *arguments; /* borrowed, */
    struct crawl *crawl; /* as these two are, set by the caller before it runs */
    struct output *output;
    struct why why;      /* the question of --why, if there is one */
    bool print_refused;  /* not what was found */
    char *first_problem; /* why the first page that was not to be had was not; NULL; its own */
};

void report_init(struct report *r, const struct crawl_arguments *arguments);
void report_deinit(struct report *r);

#endif
