/* `skitter serve`: a deterministic site on loopback, for benchmarks, tests and trying things out.
 */
#ifndef CMD_SERVE_H
#define CMD_SERVE_H

#include "cmd/options.h"

extern const struct command serve_options_command;

/* Serves until SIGTERM or SIGINT; argv[0] is "serve". Returns the exit status: 0, 2 where the
 * command line is wrong, or it cannot listen or have its certificates, 3 where its URL could not be
 * printed. */
int serve_command(char **argv);

#endif
