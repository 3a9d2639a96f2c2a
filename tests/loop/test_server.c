/* loop/server.c: limits, closing, and running out of descriptors, on every backend. */
#include "tests/loop/stream_host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static int note_local_address(struct stream *s, void *arg)
{
    struct host *h = arg;
    struct sockaddr_storage address;
    socklen_t size;
    h->results[0] = stream_local_address(s, &address, &size);
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
    h->results[1] = size == sizeof *in && in->sin_family == AF_INET &&
                    in->sin_addr.s_addr == htonl(INADDR_LOOPBACK) && ntohs(in->sin_port) == h->port;
    return 0;
}

Test(server, the_local_address_is_where_the_client_connected)
{
    EACH_BACKEND(h)
    {
        host_open(&h, note_local_address);
        int fd = client_open(&h);
        expect_end(&h, fd);
        close(fd);
        host_close(&h);
        cr_expect_eq(h.results[0], 0);
        cr_expect(h.results[1], "%s", h.selector);
    }
}

Test(server, a_port_in_use_is_an_error)
{
    EACH_BACKEND(h)
    {
        host_open(&h, serve_echo);
        struct host second = {.selector = h.selector, .limit = 1, .port = h.port};
        host_open(&second, serve_echo);
        cr_expect_eq(second.opened, -EADDRINUSE, "%s: %d", h.selector, second.opened);
        host_close(&second);
        host_close(&h);
    }
}

Test(server, closing_a_server_cancels_who_reads)
{
    EACH_BACKEND(h)
    {
        host_open(&h, serve_to_error);
        int fd = client_open(&h);
        sem_wait(&h.event);
        host_close(&h);
        expect_heard(&h, fd, "x");
        expect_end(&h, fd);
        close(fd);
        cr_expect_eq(h.results[0], -ECANCELED, "%s: %d", h.selector, h.results[0]);
        cr_expect_eq(h.results[1], -ECANCELED, "%s: %d", h.selector, h.results[1]);
        cr_expect_eq(h.results[2], 0, "%s: the connection itself is well", h.selector);
    }
}

Test(server, closing_a_server_cancels_who_writes)
{
    EACH_BACKEND(h)
    {
        host_open(&h, serve_much);
        int fd = client_open_small(&h);
        sem_wait(&h.event);
        host_close(&h);
        close(fd);
        cr_expect_eq(h.results[0], -ECANCELED, "%s: %d", h.selector, h.results[0]);
    }
}

Test(server, connections_above_the_limit_wait_for_their_turn)
{
    EACH_BACKEND(h)
    {
        h.limit = 2;
        host_open(&h, serve_echo);
        int first = client_open(&h), second = client_open(&h), third = client_open(&h);
        say(third, "c");
        for (int i = 0; i < 10; i++) {
            say(first, "a");
            expect_heard(&h, first, "a");
            say(second, "b");
            expect_heard(&h, second, "b");
        }
        cr_expect_eq(atomic_load(&h.started), 2, "%s", h.selector);
        close(first);
        expect_heard(&h, third, "c");
        close(second);
        close(third);
        host_close(&h);
        cr_expect_eq(atomic_load(&h.started), 3, "%s", h.selector);
        cr_expect_eq(atomic_load(&h.most), 2, "%s", h.selector);
    }
}

Test(server, a_thousand_connections_are_served_at_once)
{
    enum { CONNECTIONS = 1000 };
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    EACH_BACKEND(h)
    {
        int fds[CONNECTIONS];
        char text[16];
        host_open(&h, serve_echo);
        for (int i = 0; i < CONNECTIONS; i++)
            fds[i] = client_open(&h);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < CONNECTIONS; i++) {
                snprintf(text, sizeof text, "%d;", i * (round + 1));
                say(fds[i], text);
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                snprintf(text, sizeof text, "%d;", i * (round + 1));
                expect_heard(&h, fds[i], text);
            }
        }
        cr_expect_eq(atomic_load(&h.most), CONNECTIONS, "%s", h.selector);
        for (int i = 0; i < CONNECTIONS; i++)
            close(fds[i]);
        host_close(&h);
    }
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Uses up every descriptor that the process may have. Returns their number. */
static int use_up_descriptors(int *fds, int most)
{
    int n = 0;
    while (n < most && (fds[n] = dup(STDERR_FILENO)) >= 0)
        n++;
    cr_assert_lt(n, most);
    return n;
}

Test(server, a_server_without_descriptors_waits_for_some_and_does_not_spin)
{
    if (RUNNING_ON_VALGRIND) /* it drops what was accepted above the limit */
        cr_skip_test();
    int taken[256];
    EACH_BACKEND(h)
    {
        host_open(&h, serve_echo);
        int fd = client_socket();
        struct rlimit limit, former;
        getrlimit(RLIMIT_NOFILE, &former);
        limit = former;
        limit.rlim_cur = 128;
        setrlimit(RLIMIT_NOFILE, &limit);
        int n = use_up_descriptors(taken, 256);
        client_connect(&h, fd);
        say(fd, "x");
        double before = cpu_seconds();
        struct pollfd answer = {.fd = fd, .events = POLLIN};
        cr_expect_eq(poll(&answer, 1, 300), 0, "%s: served without a descriptor", h.selector);
        cr_expect_lt(cpu_seconds() - before, 0.1, "%s: spins", h.selector);
        while (n > 0)
            close(taken[--n]);
        expect_heard(&h, fd, "x");
        setrlimit(RLIMIT_NOFILE, &former);
        close(fd);
        host_close(&h);
    }
}
