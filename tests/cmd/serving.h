/* `skitter serve` as a process, and clients of it by raw bytes. */
#ifndef TESTS_CMD_SERVING_H
#define TESTS_CMD_SERVING_H

#include "tests/run_program.h"

#define SERVING_PATIENCE 30 /* seconds */

struct served {
    struct program *program;
    char url[64]; /* as it was printed */
    unsigned port;
};

/* Starts the program with these arguments, "serve" the first, and waits until it listens. */
struct served serving_start(const char *const args[]);

/* The same with one that is started. */
struct served serving_await(struct program *p);

/* Ends it by SIGTERM, with status 0 and nothing more said than how much it had to do. */
void serving_end(struct served *s);

/* A connection that blocks, for SERVING_PATIENCE at most. The caller closes it. */
int serving_connect(const struct served *s);

/* The same to a host of its site: 0 is 127.0.0.1. */
int serving_connect_to(const struct served *s, unsigned host);

/* Sends bytes to a host and returns all that comes until the server ends the connection; the caller
 * frees. A NUL, which *size does not count, follows; size may be NULL. */
char *serving_ask(const struct served *s, unsigned host, const char *request, size_t *size);

#endif
