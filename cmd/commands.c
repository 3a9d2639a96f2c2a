#include "cmd/commands.h"

#include "cmd/filters.h"
#include "cmd/message.h"
#include "cmd/serve.h"

static int bench(char **argv)
{
    message("skitter: %s is not there yet", argv[0]);
    return 2;
}

const struct named_command commands[] = {
    {"bench", bench, NULL, .help = "speed and latency at several concurrency levels"},
    {"serve", serve_command, &serve_options_command,
     .help = "a site on loopback, to try things on"},
    {"url", filters_url, &filters_url_command, .help = "the canonical form of URLs"},
    {"links", filters_links, &filters_links_command, .help = "the links of a document",
     .files = true},
    {"robots", filters_robots, &filters_robots_command, .help = "what a robots.txt allows",
     .files = true},
    {.name = NULL},
};
