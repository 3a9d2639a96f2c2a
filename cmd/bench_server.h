/* The own server of a benchmark: `skitter serve` as a process beside it, on a core of its own where
 * there are two. */
#ifndef CMD_BENCH_SERVER_H
#define CMD_BENCH_SERVER_H

#include "cmd/site_options.h"

#include <sys/types.h>

struct bench_server {
    pid_t pid;
    struct serve_site site; /* what it serves, port and all */
    char url[SERVE_SITE_URL];
};

/* Starts it, and returns once it listens. a: as typed; site: what that means; it gets so many
 * pages. core: to run on; negative: on any. Returns 0 or a negative errno, with nothing started;
 * -EPROTO: it ended without a URL, having said why. */
int bench_server_start(struct bench_server *s, const struct site_arguments *a,
                       const struct serve_site *site, uint32_t pages, int core);

/* Ends it, and waits for that. */
void bench_server_stop(struct bench_server *s);

#endif
