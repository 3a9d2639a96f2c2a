/* A client's connection as `skitter serve` sees it, plain or TLS: a wire is used as a stream is, by
 * one task at a time, with the contracts of loop/stream.h. */
#ifndef CMD_WIRE_H
#define CMD_WIRE_H

#include "loop/stream.h"

struct serve_tls;
struct ssl_st;

struct wire {
    struct stream *stream; /* borrowed */
    struct serve_tls *tls; /* NULL: plain */
    struct ssl_st *ssl;
    char *in; /* deciphered: from in_start on, in_size bytes, in in_room of them */
    size_t in_start, in_size, in_room, peeked;
    bool ended;
    int error;
};

/* Borrows the stream, and tls if it is not NULL: the handshake is part of the first read then, and
 * nothing can be written before. Returns 0 or -ENOMEM; then there is nothing to close. */
int wire_open(struct wire *w, struct stream *s, struct serve_tls *tls);
void wire_close(struct wire *w);

/* Where TLS fails, its error is -EPROTO. A client that ends without a word of TLS's has ended. */
ASYNC ssize_t wire_peek(struct wire *w, const char **data);
void wire_consume(struct wire *w, size_t n);
ASYNC ssize_t wire_read_until(struct wire *w, const char *separator, const char **data);
int wire_write(struct wire *w, const void *data, size_t n);
ASYNC int wire_drain(struct wire *w);
ASYNC int wire_flush(struct wire *w);
ASYNC int wire_end(struct wire *w);
void wire_abort(struct wire *w);

#endif
