/* Byte streams over sockets, read and written in straight lines: asyncio's open_connection, and its
 * StreamReader and StreamWriter in one. Where the loop's backend makes transfers by itself, streams
 * use them; they behave the same. One task at a time uses a stream. Errors are negative errno by
 * value, and the first of a connection is what every later call returns. */
#ifndef LOOP_STREAM_H
#define LOOP_STREAM_H

#include "loop/task.h"

#include <sys/socket.h>
#include <sys/types.h>

struct stream;

/* Connects to an address (names are for others to look up). The caller closes the stream. Returns
 * 0, or why there is no connection (-EAGAIN: the backlog of a unix socket is full), or as await. */
ASYNC int stream_open(struct stream **out, const struct sockaddr *address, socklen_t size);

/* Makes a stream of a connected socket that does not block; takes fd, also when it fails. The
 * caller closes the stream. Returns 0 or -ENOMEM. */
int stream_new(struct stream **out, struct loop *l, int fd);

/* Closes the connection and frees the stream. What is unsent is lost: stream_flush or stream_end
 * before. Waits for nothing but the system's use of its buffers, and for that even if the task is
 * interrupted. */
ASYNC void stream_close(struct stream *s);

/* The bytes received and not consumed yet: *data points into the stream's buffer, valid until the
 * next call. Waits until there is more than there was at the last call with nothing consumed
 * between, up to the buffer's limit (64 KiB: then -ENOBUFS). Returns their number, 0 at the end of
 * the input, the error of the connection, or as await. */
ASYNC ssize_t stream_peek(struct stream *s, const char **data);
void stream_consume(struct stream *s, size_t n);

/* Waits until the received bytes hold the separator, and returns the length up to and with it (then
 * as stream_peek); 0 if the input ended before. */
ASYNC ssize_t stream_read_until(struct stream *s, const char *separator, const char **data);

/* Queues bytes for sending, copying what the socket does not take at once. Never waits. Returns 0,
 * -ENOMEM or the error of the connection. */
int stream_write(struct stream *s, const void *data, size_t n);

/* Waits until less than the high-water mark (64 KiB) is unsent. Returns 0, the error of the
 * connection, or as await. */
ASYNC int stream_drain(struct stream *s);

/* Waits until everything is sent. */
ASYNC int stream_flush(struct stream *s);

/* Sends everything and then the end of the output (write_eof); reading goes on. A close with input
 * unread becomes a reset, which can overtake what was sent: who stops reading early calls this and
 * then reads to the end. */
ASYNC int stream_end(struct stream *s);

/* The local address that the client connected to. */
int stream_local_address(const struct stream *s, struct sockaddr_storage *out, socklen_t *size);

/* Makes the close a reset (RST) instead of an orderly end. */
void stream_abort(struct stream *s);

#endif
