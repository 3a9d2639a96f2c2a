/* Byte streams: their buffers, the waiting, and the calls of stream.h. What holds:
 * 1. The task waits for one thing at most: waits, and mark.
 * 2. An error of the connection sticks, and is what every later call returns.
 * 3. The input is moved and freed when the transport says so, and an unsent block stays where it is
 *    until it is sent: so a transport may lend them to the system. */
#include "loop/stream_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_FIRST 1024 /* the buffer that an ordinary request fits */
#define INPUT_MOST (64 * 1024)
#define HIGH_WATER (64 * 1024)
#define BLOCK_LEAST 4096

static bool transient(ssize_t error)
{
    return error == -EAGAIN || error == -EWOULDBLOCK || error == -EINTR;
}

/* --- waiting --- */

static void wake(struct stream *s)
{
    if (s->waits == WAIT_NONE)
        return;
    s->waits = WAIT_NONE;
    future_set(&s->wake, 0);
}

static void fail(struct stream *s, int error)
{
    if (s->error == 0)
        s->error = error;
    wake(s);
}

int stream_update(struct stream *s)
{
    int r = s->transport->update(s);
    if (r < 0)
        fail(s, r);
    return r;
}

/* Waits until the transport has done something about it. Returns 0, as await, or the error of the
 * connection. */
static ASYNC int stream_wait(struct stream *s, enum stream_wait what)
{
    if (s->error < 0)
        return s->error;
    future_init(&s->wake, s->loop);
    s->waits = what;
    stream_update(s);
    int r = await(&s->wake);
    if (s->waits != WAIT_NONE) {
        s->waits = WAIT_NONE;
        stream_update(s);
    }
    return r < 0 ? r : s->error;
}

/* --- input --- */

/* A receive that fills its room doubles the next one's, and any other makes it small again. */
void stream_received(struct stream *s, ssize_t n)
{
    if (transient(n))
        return;
    if (n < 0) {
        fail(s, (int)n);
        return;
    }
    s->ended = n == 0;
    s->in_size += (size_t)n;
    s->in_next = INPUT_FIRST;
    if (s->in_start + s->in_size == s->in_room && n > 0)
        s->in_next = s->in_room < INPUT_MOST ? 2 * s->in_room : INPUT_MOST;
    if (s->waits == WAIT_INPUT)
        wake(s);
}

static void input_free(struct stream *s)
{
    free(s->in);
    s->in = NULL;
    s->in_start = s->in_room = 0;
}

void stream_input_trim(struct stream *s)
{
    if (s->in_size == 0 && s->in_room > INPUT_FIRST)
        input_free(s);
}

size_t stream_input_room(struct stream *s, char **at)
{
    if (s->in_size == 0 && s->in_room != s->in_next)
        input_free(s);
    if (s->in_size == 0)
        s->in_start = 0;
    if (s->in_start > 0 && s->in_start + s->in_size == s->in_room) {
        memmove(s->in, s->in + s->in_start, s->in_size);
        s->in_start = 0;
    }
    if (s->in_size == s->in_room) {
        char *in = realloc(s->in, s->in_next);
        if (!in)
            return 0;
        s->in = in;
        s->in_room = s->in_next;
    }
    size_t end = s->in_start + s->in_size;
    *at = s->in + end;
    return s->in_room - end;
}

/* Adds to the input. Returns how much, 0 at its end, or a negative errno. */
static ASYNC ssize_t input_fill(struct stream *s)
{
    if (s->ended)
        return s->error;
    size_t before = s->in_size;
    if (before >= INPUT_MOST)
        return -ENOBUFS;
    int r = stream_wait(s, WAIT_INPUT);
    return r < 0 ? r : (ssize_t)(s->in_size - before);
}

ssize_t stream_peek(struct stream *s, const char **data)
{
    if (s->in_size == s->peeked) {
        ssize_t n = input_fill(s);
        if (n <= 0)
            return n;
    }
    s->peeked = s->in_size;
    *data = s->in + s->in_start;
    return (ssize_t)s->in_size;
}

void stream_consume(struct stream *s, size_t n)
{
    s->in_start += n;
    s->in_size -= n;
    s->peeked = 0;
}

ssize_t stream_read_until(struct stream *s, const char *separator, const char **data)
{
    size_t length = strlen(separator), searched = 0;
    for (;;) {
        if (s->in_size >= searched + length) {
            const char *start = s->in + s->in_start;
            const char *at = memmem(start + searched, s->in_size - searched, separator, length);
            if (at) {
                *data = start;
                return at - start + (ssize_t)length;
            }
            searched = s->in_size - (length - 1);
        }
        ssize_t n = input_fill(s);
        if (n <= 0)
            return n;
    }
}

/* --- output --- */

static void block_drop(struct stream *s)
{
    struct block *b = s->out;
    s->out = b->next;
    if (!s->out)
        s->out_last = NULL;
    free(b);
}

void stream_sent(struct stream *s, ssize_t n)
{
    if (transient(n))
        return;
    if (n < 0) {
        fail(s, (int)n);
        return;
    }
    s->unsent -= (size_t)n;
    s->out->start += (size_t)n;
    if (s->out->start == s->out->end)
        block_drop(s);
    if (s->waits == WAIT_OUTPUT && s->unsent < s->mark)
        wake(s);
}

static struct block *block_add(struct stream *s, size_t size)
{
    size_t room = size > BLOCK_LEAST ? size : BLOCK_LEAST;
    struct block *b = malloc(sizeof *b + room);
    if (!b)
        return NULL;
    *b = (struct block){.room = room};
    *(s->out ? &s->out_last->next : &s->out) = b;
    return s->out_last = b;
}

static void block_fill(struct block *b, const char *data, size_t n)
{
    memcpy(b->data + b->end, data, n);
    b->end += n;
}

/* Keeps bytes for later. */
static int output_add(struct stream *s, const char *data, size_t n)
{
    struct block *last = s->out_last;
    size_t fits = last ? last->room - last->end : 0;
    if (fits > n)
        fits = n;
    struct block *next = fits < n ? block_add(s, n - fits) : NULL;
    if (fits < n && !next)
        return -ENOMEM;
    if (fits > 0)
        block_fill(last, data, fits);
    if (next)
        block_fill(next, data + fits, n - fits);
    s->unsent += n;
    return 0;
}

int stream_write(struct stream *s, const void *data, size_t n)
{
    if (s->error < 0)
        return s->error;
    size_t sent = 0;
    if (s->unsent == 0 && n > 0) { /* on completions too: it saves the copy, and is no slower */
        ssize_t r = send(s->fd, data, n, MSG_NOSIGNAL);
        if (r < 0 && !transient(-errno))
            return s->error = -errno;
        sent = r > 0 ? (size_t)r : 0;
    }
    if (sent == n)
        return 0;
    int r = output_add(s, (const char *)data + sent, n - sent);
    return r < 0 ? s->error = r : stream_update(s);
}

/* Waits until less than mark is unsent. */
static ASYNC int output_wait(struct stream *s, size_t mark)
{
    if (s->error < 0)
        return s->error;
    if (s->unsent < mark)
        return 0;
    s->mark = mark;
    return stream_wait(s, WAIT_OUTPUT);
}

int stream_drain(struct stream *s)
{
    return output_wait(s, HIGH_WATER);
}

int stream_flush(struct stream *s)
{
    return output_wait(s, 1);
}

int stream_end(struct stream *s)
{
    int r = stream_flush(s);
    if (r == 0 && shutdown(s->fd, SHUT_WR) < 0)
        r = s->error = -errno;
    return r;
}

/* --- opening and closing --- */

int stream_new(struct stream **out, struct loop *l, int fd)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        return -ENOMEM;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->loop = l;
    s->fd = fd;
    s->in_next = INPUT_FIRST;
    s->transport = loop_completes(l) ? &stream_completion : &stream_readiness;
    int r = s->transport->start(s);
    if (r < 0) {
        close(fd);
        free(s);
        return r;
    }
    *out = s;
    return 0;
}

/* A connection that is being made. */
struct attempt {
    struct watcher watcher;
    struct future over;
};

static void attempt_over(struct handle *h)
{
    future_set(&container_of(h, struct attempt, watcher.handle)->over, 0);
}

static ASYNC int attempt_wait(struct stream *s)
{
    struct attempt a;
    future_init(&a.over, s->loop);
    watcher_init(&a.watcher, s->fd, attempt_over);
    int r = loop_watch(s->loop, &a.watcher, EVENT_WRITE);
    if (r == 0)
        r = await(&a.over);
    loop_watch(s->loop, &a.watcher, 0);
    int error = 0;
    socklen_t size = sizeof error;
    if (r == 0 && getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    return r < 0 ? r : -error;
}

int stream_open(struct stream **out, const struct sockaddr *address, socklen_t size)
{
    struct task *t = task_current();
    int r = t ? task_interrupted(t) : -EPERM;
    if (r < 0)
        return r;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    struct stream *s;
    r = stream_new(&s, t->future.loop, fd);
    if (r < 0)
        return r;
    if (connect(fd, address, size) < 0)
        r = errno == EINPROGRESS || errno == EINTR ? attempt_wait(s) : -errno;
    if (r < 0) {
        stream_close(s);
        return r;
    }
    *out = s;
    return 0;
}

void stream_close(struct stream *s)
{
    s->transport->stop(s);
    close(s->fd);
    input_free(s);
    while (s->out)
        block_drop(s);
    free(s);
}

void stream_abort(struct stream *s)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

int stream_local_address(const struct stream *s, struct sockaddr_storage *out, socklen_t *size)
{
    *size = sizeof *out;
    return getsockname(s->fd, (struct sockaddr *)out, size) < 0 ? -errno : 0;
}
