/* Byte streams and servers. A connection is a task inside its struct stream; the callback of the
 * task's future frees both. What holds:
 * 1. The task waits for one thing at most: input, or output below a mark (waits, mark). The
 *    watcher's interest is that, and writing while output is unsent: stream_watch.
 * 2. An error of the connection sticks, and is what every later call returns.
 * 3. Input is received in the watcher's call, while the task waits for it. So it is gone before the
 *    selector is asked again, and taking interest off and on costs no system call; a step takes no
 *    more than a buffer of it; and a connection that has sent nothing has no buffer.
 * 4. A server accepts while it has less than limit streams and did not just run out of descriptors
 *    or memory: server_accepting. */
#include "loop/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_FIRST 1024 /* the buffer that an ordinary request fits */
#define INPUT_MOST (64 * 1024)
#define HIGH_WATER (64 * 1024)
#define ACCEPTS_PER_STEP 64
#define ACCEPT_PAUSE (100 * NS_PER_MS)

struct server {
    struct loop *loop;
    struct watcher watcher;
    struct timer pause; /* armed while accepting has failed */
    struct list streams;
    unsigned count, limit;
    bool closing;
    struct future closed; /* closing, and no stream is left */
    int (*serve)(struct stream *s, void *arg);
    void *arg;
};

struct stream {
    struct server *server;
    struct list node;
    struct task task;
    struct handle done; /* among the callbacks of the task's future */
    struct watcher watcher;
    struct future wake;
    unsigned waits; /* EVENT_READ, EVENT_WRITE or 0 */
    size_t mark;    /* waits for less than this to be unsent */
    int error;
    bool ended; /* the input has */

    char *in;
    size_t in_start, in_size, in_room;
    size_t peeked; /* of in_size, what the last stream_peek returned */

    char *out;
    size_t out_start, out_size, out_room;
};

static bool transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int stream_watch(struct stream *s)
{
    unsigned interest = (s->waits & EVENT_READ) | (s->out_size > 0 ? EVENT_WRITE : 0);
    if (interest == s->watcher.interest)
        return 0;
    int r = loop_watch(s->server->loop, &s->watcher, interest);
    if (r < 0 && s->error == 0)
        s->error = r;
    return r;
}

/* Sends what is unsent, as far as the socket takes it. */
static void stream_send(struct stream *s)
{
    ssize_t n = send(s->watcher.fd, s->out + s->out_start, s->out_size, MSG_NOSIGNAL);
    if (n < 0 && !transient(errno))
        s->error = -errno;
    if (n > 0) {
        s->out_start += (size_t)n;
        s->out_size -= (size_t)n;
    }
    if (s->out_size == 0 || s->error < 0) {
        free(s->out);
        s->out = NULL;
        s->out_start = s->out_size = s->out_room = 0;
    }
}

/* Makes room behind the input. */
static int input_grow(struct stream *s)
{
    if (s->in_start > 0) {
        memmove(s->in, s->in + s->in_start, s->in_size);
        s->in_start = 0;
    }
    if (s->in_size < s->in_room)
        return 0;
    size_t room = s->in_room > 0 ? 2 * s->in_room : INPUT_FIRST;
    char *in = realloc(s->in, room);
    if (!in)
        return -ENOMEM;
    s->in = in;
    s->in_room = room;
    return 0;
}

/* Receives what there is, as far as there is room. */
static void stream_receive(struct stream *s)
{
    if (s->in_start + s->in_size == s->in_room && input_grow(s) < 0) {
        s->error = -ENOMEM;
        return;
    }
    size_t end = s->in_start + s->in_size;
    ssize_t n = recv(s->watcher.fd, s->in + end, s->in_room - end, 0);
    if (n > 0)
        s->in_size += (size_t)n;
    else if (n == 0)
        s->ended = true;
    else if (!transient(errno))
        s->error = -errno;
    if (n >= 0)
        s->waits &= ~(unsigned)EVENT_READ;
}

static void stream_ready(struct handle *h)
{
    struct stream *s = container_of(h, struct stream, watcher.handle);
    bool waited = s->waits;
    if (s->out_size > 0 && s->watcher.ready & (EVENT_WRITE | EVENT_ERROR))
        stream_send(s);
    if (s->waits & s->watcher.ready & EVENT_READ && s->error == 0)
        stream_receive(s);
    if (s->out_size < s->mark)
        s->waits &= ~(unsigned)EVENT_WRITE;
    if (s->error < 0)
        s->waits = 0;
    if (waited && !s->waits)
        future_set(&s->wake, 0);
    stream_watch(s);
}

/* Waits until stream_ready finds what the task waits for. Returns 0, -ECANCELED, or the error of
 * the connection. */
static ASYNC int stream_wait(struct stream *s, unsigned what)
{
    if (s->error < 0)
        return s->error;
    future_init(&s->wake, s->server->loop);
    s->waits = what;
    int r = stream_watch(s);
    if (r == 0)
        r = await(&s->wake);
    s->waits = 0;
    stream_watch(s);
    return r < 0 ? r : s->error;
}

/* Adds to the input. Returns how much, 0 at its end, or a negative errno. */
static ASYNC ssize_t input_fill(struct stream *s)
{
    if (s->ended)
        return s->error;
    size_t before = s->in_size;
    if (before >= INPUT_MOST)
        return -ENOBUFS;
    if (before == 0 && s->in_room > INPUT_FIRST) { /* an idle connection holds little */
        free(s->in);
        s->in = NULL;
        s->in_start = s->in_room = 0;
    }
    int r = stream_wait(s, EVENT_READ);
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
    if (s->in_size == 0)
        s->in_start = 0;
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

/* Keeps bytes for later. */
static int output_add(struct stream *s, const char *data, size_t n)
{
    if (s->out_start > 0 && s->out_start + s->out_size + n > s->out_room) {
        memmove(s->out, s->out + s->out_start, s->out_size);
        s->out_start = 0;
    }
    size_t needed = s->out_size + n;
    if (needed < n)
        return -ENOMEM;
    if (needed > s->out_room) {
        size_t room = needed > 2 * s->out_room ? needed : 2 * s->out_room;
        char *out = realloc(s->out, room);
        if (!out)
            return -ENOMEM;
        s->out = out;
        s->out_room = room;
    }
    memcpy(s->out + s->out_start + s->out_size, data, n);
    s->out_size = needed;
    return 0;
}

int stream_write(struct stream *s, const void *data, size_t n)
{
    if (s->error < 0)
        return s->error;
    size_t sent = 0;
    if (s->out_size == 0 && n > 0) {
        ssize_t r = send(s->watcher.fd, data, n, MSG_NOSIGNAL);
        if (r < 0 && !transient(errno))
            return s->error = -errno;
        sent = r > 0 ? (size_t)r : 0;
    }
    if (sent == n)
        return 0;
    int r = output_add(s, (const char *)data + sent, n - sent);
    return r < 0 ? s->error = r : stream_watch(s);
}

/* Waits until less than mark is unsent. */
static ASYNC int output_wait(struct stream *s, size_t mark)
{
    if (s->error < 0)
        return s->error;
    if (s->out_size < mark)
        return 0;
    s->mark = mark;
    return stream_wait(s, EVENT_WRITE);
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
    if (r == 0 && shutdown(s->watcher.fd, SHUT_WR) < 0)
        r = s->error = -errno;
    return r;
}

int stream_local_address(const struct stream *s, struct sockaddr_storage *out, socklen_t *size)
{
    *size = sizeof *out;
    return getsockname(s->watcher.fd, (struct sockaddr *)out, size) < 0 ? -errno : 0;
}

void stream_abort(struct stream *s)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(s->watcher.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

static void server_accepting(struct server *s);

static void stream_free(struct stream *s)
{
    loop_watch(s->server->loop, &s->watcher, 0);
    loop_disown(s->server->loop, s->watcher.fd);
    close(s->watcher.fd);
    free(s->in);
    free(s->out);
    free(s);
}

static void stream_done(struct handle *h)
{
    struct stream *s = container_of(h, struct stream, done);
    struct server *server = s->server;
    list_remove(&s->node);
    server->count--;
    stream_free(s);
    if (!server->closing)
        server_accepting(server);
    else if (server->count == 0)
        future_set(&server->closed, 0);
}

static int stream_main(void *arg)
{
    struct stream *s = arg;
    return s->server->serve(s, s->server->arg);
}

/* Takes fd, also on failure. Returns 0 or -ENOMEM. */
static int stream_start(struct server *server, int fd)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        return -ENOMEM;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->server = server;
    watcher_init(&s->watcher, fd, stream_ready);
    int r = loop_own(server->loop, fd);
    if (r == 0)
        r = task_start(&s->task, server->loop, "connection", stream_main, s);
    if (r < 0) {
        stream_free(s);
        return r;
    }
    handle_init(&s->done, stream_done);
    future_add_callback(&s->task.future, &s->done);
    list_add(&server->streams, &s->node);
    server->count++;
    return 0;
}

static void server_accepting(struct server *s)
{
    bool accepting = !s->pause.armed && s->count < s->limit;
    unsigned interest = accepting ? EVENT_READ : 0;
    if (interest != s->watcher.interest && loop_watch(s->loop, &s->watcher, interest) < 0)
        loop_call_later(s->loop, &s->pause, ACCEPT_PAUSE);
}

static void server_resume(struct handle *h)
{
    server_accepting(container_of(h, struct server, pause.handle));
}

static void server_accept(struct handle *h)
{
    struct server *s = container_of(h, struct server, watcher.handle);
    for (int i = 0; i < ACCEPTS_PER_STEP && s->count < s->limit; i++) {
        int fd = accept4(s->watcher.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        int r = fd < 0 ? -errno : stream_start(s, fd);
        if (r == -EAGAIN || r == -EWOULDBLOCK)
            break;
        if (r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM) {
            loop_call_later(s->loop, &s->pause, ACCEPT_PAUSE);
            break;
        }
        /* Anything else is the trouble of that connection alone. */
    }
    server_accepting(s);
}

static int listen_at(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address, size) < 0 || listen(fd, SOMAXCONN) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int server_open(struct server **out, struct loop *l, const struct sockaddr *address, socklen_t size,
                unsigned limit, int (*serve)(struct stream *s, void *arg), void *arg)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    int fd = listen_at(address, size);
    if (fd < 0) {
        free(s);
        return fd;
    }
    s->loop = l;
    s->limit = limit;
    s->serve = serve;
    s->arg = arg;
    list_init(&s->streams);
    future_init(&s->closed, l);
    timer_setup(&s->pause, server_resume);
    watcher_init(&s->watcher, fd, server_accept);
    int r = loop_watch(l, &s->watcher, limit > 0 ? EVENT_READ : 0);
    if (r < 0) {
        close(fd);
        free(s);
        return r;
    }
    *out = s;
    return 0;
}

unsigned server_port(const struct server *s)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t size = sizeof address;
    if (getsockname(s->watcher.fd, &address.any, &size) < 0)
        return 0;
    if (address.any.sa_family == AF_INET6)
        return ntohs(address.in6.sin6_port);
    return address.any.sa_family == AF_INET ? ntohs(address.in.sin_port) : 0;
}

void server_close(struct server *s)
{
    loop_watch(s->loop, &s->watcher, 0);
    loop_cancel_timer(s->loop, &s->pause);
    close(s->watcher.fd);
    s->closing = true;
    for (struct list *n = s->streams.next; n != &s->streams; n = n->next)
        task_cancel(&container_of(n, struct stream, node)->task);
    if (s->count > 0)
        await_shielded(&s->closed);
    free(s);
}
