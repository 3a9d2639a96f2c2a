/* A client's connection: each call is the stream's, or TLS's over it. What holds for TLS:
 * 1. OpenSSL never waits: it finds what was received in its input, and leaves what is to be sent in
 *    the output that all connections share, from where it goes to the stream in the same call.
 * 2. It runs on the stack of the connection's task: a handshake was measured to take 8 KiB of it.
 * 3. An error of TLS sticks. */
#include "cmd/wire.h"

#include "cmd/serve_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define INPUT_FIRST 1024
#define INPUT_MOST (64 * 1024)

int wire_open(struct wire *w, struct stream *s, struct serve_tls *tls)
{
    *w = (struct wire){.stream = s, .tls = tls};
    if (tls && !(w->ssl = serve_tls_accept(tls)))
        return -ENOMEM;
    return 0;
}

void wire_close(struct wire *w)
{
    SSL_free(w->ssl);
    free(w->in);
}

/* --- TLS --- */

/* Hands over what OpenSSL wants sent. */
static int tls_send(struct wire *w)
{
    BIO *output = serve_tls_output(w->tls);
    char *data;
    long n = BIO_get_mem_data(output, &data);
    int r = n > 0 ? stream_write(w->stream, data, (size_t)n) : 0;
    BIO_reset(output);
    return r;
}

/* Hands over what was received. Returns how much, 0 at its end, the stream's error, or as await. */
static ASYNC ssize_t tls_receive(struct wire *w)
{
    const char *data;
    ssize_t n = stream_peek(w->stream, &data);
    if (n <= 0)
        return n;
    bool taken = BIO_write(SSL_get_rbio(w->ssl), data, (int)n) == n;
    stream_consume(w->stream, (size_t)n);
    return taken ? n : (w->error = -ENOMEM);
}

static int input_grow(struct wire *w)
{
    if (w->in_start > 0)
        memmove(w->in, w->in + w->in_start, w->in_size);
    w->in_start = 0;
    if (w->in_size < w->in_room)
        return 0;
    if (w->in_room == INPUT_MOST)
        return -ENOBUFS;
    size_t room = w->in_room ? 2 * w->in_room : INPUT_FIRST;
    char *in = realloc(w->in, room);
    if (!in)
        return -ENOMEM;
    w->in = in;
    w->in_room = room;
    return 0;
}

/* Adds to the input. Returns how much, 0 at its end, or a negative errno. */
static ASYNC ssize_t input_fill(struct wire *w)
{
    int error = w->error < 0 ? w->error : input_grow(w);
    if (error < 0)
        return error;
    while (!w->ended) {
        size_t n = 0;
        ERR_clear_error();
        int r = SSL_read_ex(w->ssl, w->in + w->in_size, w->in_room - w->in_size, &n);
        int why = SSL_get_error(w->ssl, r);
        error = tls_send(w);
        w->in_size += n;
        if (n > 0)
            return (ssize_t)n;
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN)
            return w->error = -EPROTO;
        if (error < 0)
            return error;
        ssize_t received = why == SSL_ERROR_WANT_READ ? tls_receive(w) : 0;
        if (received < 0)
            return received;
        w->ended = received == 0;
    }
    return 0;
}

/* --- the stream's calls --- */

ssize_t wire_peek(struct wire *w, const char **data)
{
    if (!w->tls)
        return stream_peek(w->stream, data);
    if (w->in_size == w->peeked) {
        ssize_t n = input_fill(w);
        if (n <= 0)
            return n;
    }
    w->peeked = w->in_size;
    *data = w->in + w->in_start;
    return (ssize_t)w->in_size;
}

void wire_consume(struct wire *w, size_t n)
{
    if (!w->tls) {
        stream_consume(w->stream, n);
        return;
    }
    w->in_start += n;
    w->in_size -= n;
    w->peeked = 0;
}

ssize_t wire_read_until(struct wire *w, const char *separator, const char **data)
{
    if (!w->tls)
        return stream_read_until(w->stream, separator, data);
    size_t length = strlen(separator), searched = 0;
    for (;;) {
        if (w->in_size >= searched + length) {
            const char *start = w->in + w->in_start;
            const char *at = memmem(start + searched, w->in_size - searched, separator, length);
            if (at) {
                *data = start;
                return at - start + (ssize_t)length;
            }
            searched = w->in_size - (length - 1);
        }
        ssize_t n = input_fill(w);
        if (n <= 0)
            return n;
    }
}

int wire_write(struct wire *w, const void *data, size_t n)
{
    if (!w->tls)
        return stream_write(w->stream, data, n);
    if (w->error < 0 || n == 0)
        return w->error;
    size_t written;
    ERR_clear_error();
    if (SSL_write_ex(w->ssl, data, n, &written) != 1)
        w->error = -EPROTO;
    int r = tls_send(w);
    return w->error < 0 ? w->error : r;
}

int wire_drain(struct wire *w)
{
    return stream_drain(w->stream);
}

int wire_flush(struct wire *w)
{
    return stream_flush(w->stream);
}

int wire_end(struct wire *w)
{
    if (w->error < 0)
        return w->error;
    if (w->tls) {
        ERR_clear_error();
        SSL_shutdown(w->ssl);
        tls_send(w);
    }
    return stream_end(w->stream);
}

void wire_abort(struct wire *w)
{
    stream_abort(w->stream);
}
