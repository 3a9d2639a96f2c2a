/* Servers over streams: asyncio.start_server. */
#ifndef LOOP_SERVER_H
#define LOOP_SERVER_H

#include "loop/stream.h"

struct server;

/* Listens on address (port 0: a free one) and runs serve(stream, arg) as a task of its own for each
 * connection; the stream is closed when serve returns. At most limit connections at a time; further
 * ones wait in the backlog. Returns 0 or a negative errno. */
int server_open(struct server **out, struct loop *l, const struct sockaddr *address, socklen_t size,
                unsigned limit, int (*serve)(struct stream *s, void *arg), void *arg);

/* The port that it listens on. */
unsigned server_port(const struct server *s);

/* Stops listening, cancels the connections' tasks, waits for them, frees. */
ASYNC void server_close(struct server *s);

#endif
