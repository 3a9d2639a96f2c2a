/* What the tests of selectors share: one for a test, pairs of descriptors, and what is ready. */
#ifndef TESTS_LOOP_SELECTING_H
#define TESTS_LOOP_SELECTING_H

#include "tests/loop/backends.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline struct selector *open_selector(const struct selector_ops *ops)
{
    struct selector *s;
    CHECK(ops->open(&s) == 0);
    return s;
}

static inline void make_pipe(int *reader, int *writer)
{
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    *reader = fds[0];
    *writer = fds[1];
}

static inline void make_sockets(int *a, int *b)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *a = fds[0];
    *b = fds[1];
}

static inline void put_byte(int fd)
{
    cr_assert_eq(write(fd, "x", 1), 1);
}

static inline void take_byte(int fd)
{
    char c;
    cr_assert_eq(read(fd, &c, 1), 1);
}

static inline void close_both(int a, int b)
{
    close(a);
    close(b);
}

/* What is ready of fd now; fails if any other descriptor is. */
static inline unsigned ready(const struct selector_ops *ops, struct selector *s, int fd)
{
    struct event e[4];
    int n = ops->wait(s, e, 4, 0);
    CHECK(n == 0 || (n == 1 && e[0].fd == fd));
    return n ? e[0].events : 0;
}

static inline int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

#endif
