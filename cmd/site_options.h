/* The options that say which site is served: those of `skitter serve`, and of `skitter bench` for
 * its own server. */
#ifndef CMD_SITE_OPTIONS_H
#define CMD_SITE_OPTIONS_H

#include "cmd/options.h"
#include "cmd/serve_site.h"

struct site_arguments {
    uint64_t links, hosts, seed;
    const char *local, *size, *latency, *errors, *redirects, *drop; /* as typed */
    bool no_keepalive, gzip, secure;
};

#define SITE_ARGUMENTS_DEFAULT {.links = 30, .hosts = 1, .seed = 1, ...}

/* Rows of a table of options, of a command whose struct has a struct site_arguments of that name. */
#define SITE_OPTIONS(type, field) ...

/* Fills in all of *out but pages and port. False, having said as `command` what is wrong. */
bool site_arguments_read(const struct site_arguments *a, const char *command,
                         struct serve_site *out);

#endif
