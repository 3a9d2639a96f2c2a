/* Servers. A connection is a task inside its struct connection, which the callback of the task's
 * future frees; the server may be gone by then. A server accepts while it has less than limit
 * connections and did not just run out of descriptors or memory: server_accepting. */
#include "loop/server.h"

#include "loop/group.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#define ACCEPTS_PER_STEP 64
#define ACCEPT_PAUSE (100 * NS_PER_MS)

struct server {
    struct loop *loop;
    struct watcher watcher;
    struct timer pause; /* armed while accepting has failed */
    struct group connections;
    unsigned count, limit;
    int (*serve)(struct stream *s, void *arg);
    void *arg;
};

struct connection {
    struct server *server;
    struct stream *stream;
    struct task task;
    struct handle done;
};

static void server_accepting(struct server *s)
{
    bool accepting = !s->pause.armed && s->count < s->limit && !s->connections.cancelled;
    unsigned interest = accepting ? EVENT_READ : 0;
    if (interest != s->watcher.interest && loop_watch(s->loop, &s->watcher, interest) < 0)
        loop_call_later(s->loop, &s->pause, ACCEPT_PAUSE);
}

static void server_resume(struct handle *h)
{
    server_accepting(container_of(h, struct server, pause.handle));
}

static void connection_free(struct handle *h)
{
    free(container_of(h, struct connection, done));
}

static int connection_main(void *arg)
{
    struct connection *c = arg;
    struct server *s = c->server;
    int r = s->serve(c->stream, s->arg);
    stream_close(c->stream);
    s->count--;
    server_accepting(s);
    return r;
}

/* Takes fd, also on failure. Returns 0 or -ENOMEM. */
static int connection_start(struct server *s, int fd)
{
    struct stream *stream;
    int r = stream_new(&stream, s->loop, fd);
    if (r < 0)
        return r;
    struct connection *c = malloc(sizeof *c);
    r = c ? group_start(&s->connections, &c->task, "connection", connection_main, c) : -ENOMEM;
    if (r < 0) {
        stream_close(stream);
        free(c);
        return r;
    }
    c->server = s;
    c->stream = stream;
    handle_init(&c->done, connection_free);
    future_add_callback(&c->task.future, &c->done);
    s->count++;
    return 0;
}

static void server_accept(struct handle *h)
{
    struct server *s = container_of(h, struct server, watcher.handle);
    for (int i = 0; i < ACCEPTS_PER_STEP && s->count < s->limit; i++) {
        int fd = accept4(s->watcher.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        int r = fd < 0 ? -errno : connection_start(s, fd);
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
    group_init(&s->connections, l);
    s->connections.independent = true;
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
    group_cancel(&s->connections);
    group_join(&s->connections);
    free(s);
}
