/* loop/stream.c: connections that are opened, to TCP and to unix sockets, on every backend. */
#include "loop/server.h"
#include "tests/loop/stream_scene.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define ENOUGH (20 * NS_PER_MS)

/* --- addresses --- */

/* Binds a socket to a free loopback port; listens if backlog is not negative. Returns it. */
static int bound_socket(struct sockaddr_in *address, int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof *address;
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)address, size) < 0 ||
        getsockname(fd, (struct sockaddr *)address, &size) < 0 ||
        (backlog >= 0 && listen(fd, backlog) < 0))
        abort();
    return fd;
}

static ASYNC int open_in(struct stream **out, const struct sockaddr_in *address)
{
    return stream_open(out, (const struct sockaddr *)address, sizeof *address);
}

/* A listener whose backlog is full, so that connecting to it waits for ever. */
struct full {
    int listener;
    struct stream *first;
    struct sockaddr_in address;
};

static ASYNC int full_open(struct full *f)
{
    f->listener = bound_socket(&f->address, 0);
    return open_in(&f->first, &f->address);
}

static ASYNC void full_close(struct full *f)
{
    stream_close(f->first);
    close(f->listener);
}

/* In the abstract namespace, under a name that the system picks. */
static int bound_unix(struct sockaddr_un *address, socklen_t *size, int backlog)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    *size = sizeof *address;
    if (bind(fd, (struct sockaddr *)address, sizeof address->sun_family) < 0 ||
        getsockname(fd, (struct sockaddr *)address, size) < 0 ||
        (backlog >= 0 && listen(fd, backlog) < 0))
        abort();
    return fd;
}

/* --- connecting --- */

static int open_to_listener(struct scene *c)
{
    struct sockaddr_in address;
    int listener = bound_socket(&address, 8), r = open_in(&c->s, &address);
    c->peer = accept(listener, NULL, NULL);
    close(listener);
    MUST(r == 0);
    MUST(send(c->peer, "hello", 5, 0) == 5);
    const char *data;
    MUST(stream_peek(c->s, &data) == 5 && memcmp(data, "hello", 5) == 0);
    MUST(stream_write(c->s, "world", 5) == 0 && stream_flush(c->s) == 0);
    char heard[5];
    MUST(recv(c->peer, heard, 5, MSG_WAITALL) == 5 && memcmp(heard, "world", 5) == 0);
    return 0;
}

BACKEND_TEST(stream_open, connects)
{
    play(ops, open_to_listener);
}

static int open_to_nobody(struct scene *c)
{
    struct sockaddr_in address;
    int fd = bound_socket(&address, -1), r = open_in(&c->s, &address);
    close(fd);
    MUST(r == -ECONNREFUSED);
    return 0;
}

BACKEND_TEST(stream_open, fails_with_the_error_of_the_connection)
{
    play(ops, open_to_nobody);
}

static int open_in_time(struct scene *c)
{
    struct full f;
    MUST(full_open(&f) == 0);
    struct timeout limit;
    timeout_begin(&limit, ENOUGH);
    int r = open_in(&c->s, &f.address);
    bool over = timeout_end(&limit);
    full_close(&f);
    MUST(r == -ETIMEDOUT && over);
    return 0;
}

BACKEND_TEST(stream_open, times_out_in_its_scope)
{
    play(ops, open_in_time);
}

struct opener {
    struct task task;
    struct sockaddr_in address;
    struct stream *stream;
};

static int opener_main(void *arg)
{
    struct opener *o = arg;
    return open_in(&o->stream, &o->address);
}

static int open_and_be_cancelled(struct scene *c)
{
    struct full f;
    MUST(full_open(&f) == 0);
    struct opener o = {.address = f.address};
    int started = task_start(&o.task, c->loop, "opener", opener_main, &o);
    task_sleep(ENOUGH);
    bool done = o.task.future.done;
    task_cancel(&o.task);
    int r = started == 0 ? task_join(&o.task) : started;
    full_close(&f);
    MUST(!done && r == -ECANCELED);
    return 0;
}

BACKEND_TEST(stream_open, is_cancelled_while_it_waits)
{
    play(ops, open_and_be_cancelled);
}

static int open_cancelled(struct scene *c)
{
    struct opener o;
    int listener = bound_socket(&o.address, 8);
    int r = task_start(&o.task, c->loop, "opener", opener_main, &o);
    task_cancel(&o.task);
    r = r == 0 ? task_join(&o.task) : r;
    close(listener);
    MUST(r == -ECANCELED);
    return 0;
}

BACKEND_TEST(stream_open, fails_in_a_task_that_was_cancelled_before)
{
    play(ops, open_cancelled);
}

Test(stream_open, fails_outside_of_a_task)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct stream *s;
    cr_expect_eq(open_in(&s, &address), -EPERM);
}

/* --- unix sockets --- */

static int open_to_unix_listener(struct scene *c)
{
    struct sockaddr_un address;
    socklen_t size;
    int listener = bound_unix(&address, &size, 8);
    int r = stream_open(&c->s, (struct sockaddr *)&address, size);
    c->peer = accept(listener, NULL, NULL);
    close(listener);
    MUST(r == 0);
    const char *data;
    MUST(send(c->peer, "hello", 5, 0) == 5 && stream_peek(c->s, &data) == 5);
    return 0;
}

BACKEND_TEST(stream_open, connects_to_a_unix_socket)
{
    play(ops, open_to_unix_listener);
}

static int open_to_unix_nobody(struct scene *c)
{
    struct sockaddr_un address;
    socklen_t size;
    int fd = bound_unix(&address, &size, -1);
    int r = stream_open(&c->s, (struct sockaddr *)&address, size);
    close(fd);
    MUST(r == -ECONNREFUSED);
    return 0;
}

BACKEND_TEST(stream_open, is_refused_by_a_unix_socket)
{
    play(ops, open_to_unix_nobody);
}

static int open_to_full_unix_listener(struct scene *c)
{
    struct sockaddr_un address;
    socklen_t size;
    int listener = bound_unix(&address, &size, 0);
    int first = stream_open(&c->s, (struct sockaddr *)&address, size);
    struct stream *second;
    int r = stream_open(&second, (struct sockaddr *)&address, size);
    close(listener);
    MUST(first == 0 && r == -EAGAIN);
    return 0;
}

BACKEND_TEST(stream_open, says_that_a_unix_socket_is_full)
{
    play(ops, open_to_full_unix_listener);
}
