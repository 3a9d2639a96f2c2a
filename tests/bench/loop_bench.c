/* What the programs of tests/bench/loop share: loop_bench.h. */
#include "loop_bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p)
        die("calloc");
    return p;
}

/* --- random numbers, the same in each run --- */

static uint32_t next_random(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

uint32_t *random_delays(size_t n, uint32_t most)
{
    uint32_t *delays = allocate(n, sizeof *delays);
    for (size_t i = 0; i < n; i++)
        delays[i] = 1 + next_random() % most;
    return delays;
}

uint32_t *random_order(size_t n)
{
    uint32_t *order = allocate(n, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        size_t j = next_random() % (i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    return order;
}

uint32_t longest_delay(const struct bench *b)
{
    return b->size > 10000 ? 1000 : 20;
}

void sleep_until_due(const struct bench *b)
{
    usleep((longest_delay(b) + 2) * 1000);
}

/* --- measuring --- */

static int64_t cpu_began;

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void measure_begin(void)
{
    cpu_began = cpu_ns();
}

void measure_end(size_t operations)
{
    printf("%.2f\n", (double)(cpu_ns() - cpu_began) / (double)operations);
}

/* --- wake-ups --- */

int new_eventfd(unsigned count)
{
    int fd = eventfd(count, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0)
        die("eventfd");
    return fd;
}

static pthread_mutex_t calls_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct call *calls_first, **calls_end = &calls_first;

void calls_put(struct call *c)
{
    c->next = NULL;
    pthread_mutex_lock(&calls_mutex);
    *calls_end = c;
    calls_end = &c->next;
    pthread_mutex_unlock(&calls_mutex);
}

struct call *calls_take(void)
{
    pthread_mutex_lock(&calls_mutex);
    struct call *first = calls_first;
    calls_first = NULL;
    calls_end = &calls_first;
    pthread_mutex_unlock(&calls_mutex);
    return first;
}

/* --- echo --- */

void echo_print_port(unsigned port)
{
    printf("%u\n", port);
    fflush(stdout);
}

int echo_listen(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) < 0)
        die("listen");
    echo_print_port(ntohs(a.sin_port));
    return fd;
}

int echo_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED)
        die("accept");
    int one = 1;
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

void echo_sent(const struct bench *b, size_t n)
{
    static size_t total;
    size_t before = total, first = b->size * MESSAGE_SIZE, last = first + b->count * MESSAGE_SIZE;
    total += n;
    if (before < first && total >= first)
        measure_begin();
    if (before < last && total >= last)
        measure_end(b->count);
}

enum echo_wants echo_step(struct echo *e, const struct bench *b)
{
    if (e->sent == e->size) {
        ssize_t n = recv(e->fd, e->data, sizeof e->data, 0);
        if (n < 0 && errno == EAGAIN)
            return ECHO_READ;
        if (n <= 0)
            return ECHO_CLOSED;
        e->size = (size_t)n;
        e->sent = 0;
    }
    ssize_t n = send(e->fd, e->data + e->sent, e->size - e->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        return ECHO_CLOSED;
    if (n > 0) {
        e->sent += (size_t)n;
        echo_sent(b, (size_t)n);
    }
    return e->sent == e->size ? ECHO_READ : ECHO_WRITE;
}

/* --- the program --- */

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    if (argc == 4 || argc == 5) {
        b.size = strtoul(argv[2], NULL, 10);
        b.count = strtoul(argv[3], NULL, 10);
        b.selector = argv[4];
    }
    raise_descriptor_limit();
    for (const struct workload *w = workloads; b.size && b.count && w->name; w++)
        if (strcmp(w->name, argv[1]) == 0) {
            w->run(&b);
            return 0;
        }
    fprintf(stderr, "usage: %s WORKLOAD SIZE COUNT [SELECTOR]\n", argv[0]);
    return 2;
}
