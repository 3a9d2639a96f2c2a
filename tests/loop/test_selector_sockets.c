/* What selectors make of sockets that end, and of thousands of descriptors. */
#include "tests/loop/selecting.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static void fill(int fd)
{
    static const char bytes[4096];
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    cr_assert_eq(errno, EAGAIN);
}

/* How often a wait of 30 ms wakes up for nothing. */
static int wakings(const struct selector_ops *ops, struct selector *s)
{
    int n = 0;
    struct event e;
    for (int64_t end = now() + 30000000; now() < end; n++)
        CHECK(ops->wait(s, &e, 1, 30000000) == 0);
    return n;
}

/* A peer that has sent all of its own waits for ours, maybe for long. */
BACKEND_TEST(selector_sockets, sleeps_beside_a_half_close_where_nobody_reads)
{
    static const unsigned interests[] = {EVENT_WRITE, EVENT_ERROR};
    for (int i = 0; i < 2; i++) {
        struct selector *s = open_selector(ops);
        int a, b;
        make_sockets(&a, &b);
        fill(a);
        CHECK(ops->set(s, a, 0, interests[i]) == 0);
        CHECK(ready(ops, s, a) == 0);
        shutdown(b, SHUT_WR);
        CHECK(wakings(ops, s) <= 5);
        if (interests[i] == EVENT_WRITE) {
            char bytes[4096];
            while (recv(b, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
                ;
            struct event e;
            CHECK(ops->wait(s, &e, 1, -1) == 1 && e.events == EVENT_WRITE);
            CHECK(ready(ops, s, a) == EVENT_WRITE);
            fill(a);
            CHECK(ready(ops, s, a) == 0);
            CHECK(wakings(ops, s) <= 5);
        }
        close(b);
        CHECK(ready(ops, s, a) == (interests[i] | EVENT_ERROR));
        CHECK(ready(ops, s, a) == (interests[i] | EVENT_ERROR));
        close(a);
        ops->close(s);
    }
}

/* The bytes of the end arrive only when the last who has the socket open lets go of it. */
BACKEND_TEST(selector_sockets, has_let_go_of_a_socket_once_told_to_stop)
{
    static const unsigned interests[] = {EVENT_READ, EVENT_ERROR};
    for (int i = 0; i < 2; i++) {
        struct selector *s = open_selector(ops);
        int a, b;
        char byte;
        make_sockets(&a, &b);
        CHECK(ops->set(s, a, 0, interests[i]) == 0);
        CHECK(ready(ops, s, a) == 0);
        CHECK(ops->set(s, a, interests[i], 0) == 0);
        close(a);
        CHECK(recv(b, &byte, 1, MSG_DONTWAIT) == 0);
        close(b);
        ops->close(s);
    }
}

BACKEND_TEST(selector_sockets, has_let_go_of_all_sockets_once_it_is_closed)
{
    enum { COUNT = 300 };
    struct selector *s = open_selector(ops);
    int a[COUNT], b[COUNT];
    char byte;
    for (int i = 0; i < COUNT; i++) {
        make_sockets(&a[i], &b[i]);
        CHECK(ops->set(s, a[i], 0, EVENT_READ) == 0);
    }
    CHECK(ready(ops, s, -1) == 0);
    ops->close(s);
    for (int i = 0; i < COUNT; i++) {
        close(a[i]);
        CHECK(recv(b[i], &byte, 1, MSG_DONTWAIT) == 0);
        close(b[i]);
    }
}

/* More than any queue between the system and the backend holds. */
BACKEND_TEST(selector_sockets, loses_nothing_where_thousands_are_ready_at_once)
{
    enum { MOST = 10000 };
    static int r[MOST], w[MOST], seen[65536];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct selector *s = open_selector(ops);
    int fds[2], count = 0;
    while (count < MOST && pipe(fds) == 0) {
        r[count] = fds[0];
        w[count++] = fds[1];
    }
    for (int i = 0; i < 20; i++) { /* room for the backend itself, and for what measures it */
        --count;
        close_both(r[count], w[count]);
    }
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < count; i++)
        CHECK(r[i] < 65536 && ops->set(s, r[i], 0, EVENT_READ) == 0);
    CHECK(ready(ops, s, -1) == 0);
    for (int i = 0; i < count; i++)
        put_byte(w[i]);
    for (int left = count; left > 0;) {
        struct event e[100];
        int n = ops->wait(s, e, 100, 1000000000);
        CHECK(n > 0);
        for (int i = 0; i < n; i++) {
            CHECK(e[i].events == EVENT_READ && !e[i].transfer);
            left -= !seen[e[i].fd]++;
        }
    }
    for (int i = 0; i < count; i++)
        close_both(r[i], w[i]);
    ops->close(s);
}
