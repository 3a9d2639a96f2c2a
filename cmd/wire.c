/* A client's connection: each call is the stream's. */
#include "cmd/wire.h"

void wire_init(struct wire *w, struct stream *s)
{
    *w = (struct wire){.stream = s};
}

void wire_deinit(struct wire *w)
{
    w->stream = NULL;
}

ssize_t wire_peek(struct wire *w, const char **data)
{
    return stream_peek(w->stream, data);
}

void wire_consume(struct wire *w, size_t n)
{
    stream_consume(w->stream, n);
}

ssize_t wire_read_until(struct wire *w, const char *separator, const char **data)
{
    return stream_read_until(w->stream, separator, data);
}

int wire_write(struct wire *w, const void *data, size_t n)
{
    return stream_write(w->stream, data, n);
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
    return stream_end(w->stream);
}

void wire_abort(struct wire *w)
{
    stream_abort(w->stream);
}

int wire_local_address(const struct wire *w, struct sockaddr_storage *out, socklen_t *size)
{
    return stream_local_address(w->stream, out, size);
}
