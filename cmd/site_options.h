/* The options that say which site is served: those of `skitter serve`, and of `skitter bench` for
 * its own server. */
#ifndef CMD_SITE_OPTIONS_H
#define CMD_SITE_OPTIONS_H

#include "cmd/options.h"
#include "cmd/serve_site.h"

struct site_arguments {
    uint64_t links, hosts, seed;
    const char *local, *size, *latency, *errors, *redirects, *drop; /* as typed; NULL: not given */
    bool no_keepalive, gzip, secure;                                /* secure: --tls */
};

/* For the initialiser of a field: struct serve v = {.arguments = SITE_ARGUMENTS_DEFAULT}. */
#define SITE_ARGUMENTS_DEFAULT             \
    {                                      \
        .links = 30, .hosts = 1, .seed = 1 \
    }

/* What a --help says of their values: paragraphs of a command's usage. */
#define SITE_OPTIONS_USAGE                                                          \
    "A LAW is a value, uniform:A..B or lognormal:MEDIAN,SIGMA; of --latency also\n" \
    "per-host:LAW, which is drawn once a host. A SHARE is 0.3 or 30%.\n"

#define SITE_ROW(row_name, row_type, structure, member) \
    .name = row_name, .type = row_type, .offset = offsetof(structure, member), .more = true

/* Rows of a table of options, of a command whose struct has a struct site_arguments of that name;
 * no comma follows. */
#define SITE_OPTIONS(structure, field)                                                         \
    {SITE_ROW("links", OPTION_COUNT, structure, field.links), .argument = "N",                 \
     .most = SERVE_SITE_LINKS, .help = "links of a page (30)"},                                \
        {SITE_ROW("local", OPTION_TEXT, structure, field.local), .argument = "SHARE",          \
         .help = "links to the next pages, not anywhere (a third)"},                           \
        {SITE_ROW("size", OPTION_TEXT, structure, field.size), .argument = "LAW",              \
         .help = "bytes of a page (5K)"},                                                      \
        {SITE_ROW("latency", OPTION_TEXT, structure, field.latency), .argument = "LAW",        \
         .help = "time before an answer (0)"},                                                 \
        {SITE_ROW("errors", OPTION_TEXT, structure, field.errors), .argument = "SHARE",        \
         .help = "pages that answer 404 or 500 (0)"},                                          \
        {SITE_ROW("redirects", OPTION_TEXT, structure, field.redirects), .argument = "SHARE",  \
         .help = "pages that answer 302, to the page after (0)"},                              \
        {SITE_ROW("hosts", OPTION_COUNT, structure, field.hosts), .argument = "N", .value = 1, \
         .most = SERVE_SITE_HOSTS, .help = "hosts of the pages, 127.0.0.1 and on (1)"},        \
        {SITE_ROW("no-keepalive", OPTION_FLAG, structure, field.no_keepalive),                 \
         .help = "a connection for each answer"},                                              \
        {SITE_ROW("gzip", OPTION_FLAG, structure, field.gzip),                                 \
         .help = "compress for those who take it"},                                            \
        {SITE_ROW("tls", OPTION_FLAG, structure, field.secure),                                \
         .help = "https; crawl it by -k or --cacert"},                                         \
        {SITE_ROW("seed", OPTION_COUNT, structure, field.seed), .argument = "N",               \
         .help = "another site of the same kind (1)"},                                         \
    {                                                                                          \
        SITE_ROW("drop", OPTION_TEXT, structure, field.drop),                                  \
            .argument = "SHARE", .help = "links to leave out, others each time (0)"            \
    }

/* Fills in all of *out but pages and port. False, having said as `command` ("skitter serve") what
 * is wrong. */
bool site_arguments_read(const struct site_arguments *a, const char *command,
                         struct serve_site *out);

#endif
