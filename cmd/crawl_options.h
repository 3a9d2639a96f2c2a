/* The options of a crawl: their table, and what they make of a command line. */
#ifndef CMD_CRAWL_OPTIONS_H
#define CMD_CRAWL_OPTIONS_H

#include "cmd/options.h"
#include "cmd/result.h"
#include "crawler/crawler.h"

enum { PROGRESS_AUTO, PROGRESS_ON, PROGRESS_OFF };

struct crawl_arguments {
    struct texts seeds; /* as typed */
    const char *seed_file, *output, *selector, *parser, *why;
    const char *write_out, *report, *summary, *sitemap, *graph;
    struct texts print, ok_status;
    struct ok_statuses ok; /* of ok_status */
    bool null_records, json, csv, sorted, fail, quiet, verbose, debug_loop;
    long progress; /* PROGRESS_* */
    struct crawl_options crawl;

    /* As they were parsed, before they become part of crawl. */
    uint64_t concurrency, per_host; /* 0: not given */
    uint64_t depth, retries, max_redirects;
    const char *scope, *rate;
    const char *user_agent;
    char *agent, *cookie;
    struct texts dropped; /* parts of drop_params, its own */
    struct texts headers, resolve, cookies, domains, includes, excludes, drop_params;
};

extern const struct command crawl_options_command;

/* Returns -1 to go on, else the exit status. */
int crawl_arguments_parse(struct crawl_arguments *a, char **argv);
void crawl_arguments_deinit(struct crawl_arguments *a);

#endif
