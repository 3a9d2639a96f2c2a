#include "cmd/commands.h"

#include "cmd/bench.h"
#include "cmd/bench_options.h"
#include "cmd/filters.h"
#include "cmd/serve.h"

const struct named_command commands[] = {
    {"bench", bench_command, &bench_options_command,
     .help = "speed and latency at several concurrency levels"},
    {"serve", serve_command, &serve_options_command,
     .help = "a site on loopback, to try things on"},
    {"url", filters_url, &filters_url_command, .help = "the canonical form of URLs"},
    {"links", filters_links, &filters_links_command, .help = "the links of a document",
     .files = true},
    {"robots", filters_robots, &filters_robots_command, .help = "what a robots.txt allows",
     .files = true},
    {.name = NULL},
};
