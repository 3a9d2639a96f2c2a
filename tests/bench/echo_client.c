/* echo_client PORT CONNECTIONS TRIPS: makes TRIPS round trips of 64 bytes to an echo server on the
 * loopback address, over that many connections with one message in flight on each, after one more
 * on each to begin with. Verifies what comes back, and prints round trips a second.
 *
 * It knows no library but epoll, so that it is the same for every server. */
#include "loop_bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 512 };

struct connection {
    int fd;
    uint64_t sent; /* messages */
    size_t received;
    char data[MESSAGE_SIZE];
};

struct client {
    int epoll;
    size_t connections, left, in_flight;
    struct connection *all;
};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "echo_client: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Each message is another: whose it is, and which, all over. */
static void compose(const struct client *c, const struct connection *to, char *message)
{
    uint64_t words[MESSAGE_SIZE / sizeof(uint64_t)];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = (uint64_t)(to - c->all) << 32 ^ to->sent << 8 ^ i;
    memcpy(message, words, MESSAGE_SIZE);
}

static void send_next(struct client *c, struct connection *to)
{
    char message[MESSAGE_SIZE];
    to->sent++;
    to->received = 0;
    compose(c, to, message);
    if (send(to->fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message)
        fail("send");
    c->in_flight++;
}

static void receive(struct client *c, struct connection *from)
{
    ssize_t n = recv(from->fd, from->data + from->received, MESSAGE_SIZE - from->received, 0);
    if (n <= 0)
        fail(n ? "recv" : "the server has closed a connection");
    from->received += (size_t)n;
    if (from->received < MESSAGE_SIZE)
        return;

    char expected[MESSAGE_SIZE];
    compose(c, from, expected);
    if (memcmp(expected, from->data, MESSAGE_SIZE) != 0)
        fail("another message came back");
    c->in_flight--;
    if (c->left > 0) {
        c->left--;
        send_next(c, from);
    }
}

static void make_trips(struct client *c)
{
    struct epoll_event events[BATCH];
    for (size_t i = 0; i < c->connections && (!c->all[i].sent || c->left > 0); i++) {
        c->left -= c->all[i].sent > 0;
        send_next(c, &c->all[i]);
    }
    while (c->in_flight > 0) {
        int n = epoll_wait(c->epoll, events, BATCH, 30000);
        if (n <= 0)
            fail("no answer");
        for (int i = 0; i < n; i++)
            receive(c, events[i].data.ptr);
    }
}

static void connect_to(struct client *c, struct connection *to, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = to};
    int one = 1;
    to->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (to->fd < 0 || connect(to->fd, (struct sockaddr *)&a, sizeof a) < 0 ||
        setsockopt(to->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0 ||
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, to->fd, &e) < 0)
        fail("connect");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct client c = {0};
    size_t trips = 0;
    if (argc == 4) {
        c.connections = strtoul(argv[2], NULL, 10);
        trips = strtoul(argv[3], NULL, 10);
    }
    if (!c.connections) {
        fprintf(stderr, "usage: echo_client PORT CONNECTIONS TRIPS\n");
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    c.epoll = epoll_create1(EPOLL_CLOEXEC);
    c.all = calloc(c.connections, sizeof *c.all);
    if (c.epoll < 0 || !c.all)
        fail("no memory");

    for (size_t i = 0; i < c.connections; i++)
        connect_to(&c, &c.all[i], (unsigned)strtoul(argv[1], NULL, 10));
    make_trips(&c);
    double began = seconds();
    c.left = trips;
    make_trips(&c);
    printf("%.0f\n", (double)trips / (seconds() - began));

    for (size_t i = 0; i < c.connections; i++)
        close(c.all[i].fd);
    close(c.epoll);
    free(c.all);
    return 0;
}
