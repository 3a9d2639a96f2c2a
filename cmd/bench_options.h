/* The options of `skitter bench`: their table, and what they make of a command line. */
#ifndef CMD_BENCH_OPTIONS_H
#define CMD_BENCH_OPTIONS_H

#include "cmd/bench_result.h"
#include "cmd/seeds.h"
#include "cmd/site_options.h"
#include "crawler/fetch_crew.h"

#define BENCH_SELECTORS 5

struct bench_arguments {
    bool has_url, public_url;
    struct seed url; /* to crawl; else the own server's site is */
    bool may_be_public, insecure, quiet;
    uint64_t max_pages; /* to learn of the URL's site */
    uint64_t pages;     /* of the own site; 0: sized so that a crawl takes its time */
    uint64_t repeat;
    unsigned levels[BENCH_LEVELS]; /* rising */
    unsigned level_count;
    bool levels_given;
    enum fetch_model models[FETCH_MODEL_COUNT]; /* as given, each once, as the next ones */
    unsigned model_count;
    const char *selectors[BENCH_SELECTORS];
    unsigned selector_count;
    struct site_arguments site_arguments;
    bool site_given;        /* some of it was */
    struct serve_site site; /* what they mean, but for pages and port */
    bool json, csv;
    const char *svg, *compare;
    double tolerance;

    /* As they were parsed. */
    struct texts level_lists, model_lists, selector_lists;
    uint64_t concurrency;
    const char *tolerance_text;
};

extern const struct command bench_options_command;

/* Returns -1 to go on, else the exit status. */
int bench_arguments_parse(struct bench_arguments *a, char **argv);
void bench_arguments_deinit(struct bench_arguments *a);

/* "64", or "1..1024": twice as many each time, and the last; or several, with commas between. Adds
 * them in order, each once. False: it is none. */
bool bench_levels_parse(struct bench_arguments *a, const char *text);

#endif
