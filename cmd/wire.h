/* A client's connection as `skitter serve` sees it, whatever lies under it: a wire is used as a
 * stream is, by one task at a time, with the contracts of loop/stream.h. */
#ifndef CMD_WIRE_H
#define CMD_WIRE_H

#include "loop/stream.h"

struct wire {
    struct stream *stream; /* borrowed */
};

/* A plain connection: what is written is what is sent. Borrows the stream. */
void wire_init(struct wire *w, struct stream *s);
void wire_deinit(struct wire *w);

ASYNC ssize_t wire_peek(struct wire *w, const char **data);
void wire_consume(struct wire *w, size_t n);
ASYNC ssize_t wire_read_until(struct wire *w, const char *separator, const char **data);
int wire_write(struct wire *w, const void *data, size_t n);
ASYNC int wire_drain(struct wire *w);
ASYNC int wire_flush(struct wire *w);
ASYNC int wire_end(struct wire *w);
void wire_abort(struct wire *w);
int wire_local_address(const struct wire *w, struct sockaddr_storage *out, socklen_t *size);

#endif
