/* The host's thread runs the loop; the semaphores order what is not atomic. */
#include "tests/loop/stream_host.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE 30 /* seconds */

static void stop(struct handle *h)
{
    future_set(&container_of(h, struct host, stop)->stopped, 0);
}

static int serve_counted(struct stream *s, void *arg)
{
    struct host *h = arg;
    atomic_fetch_add(&h->started, 1);
    int connections = atomic_fetch_add(&h->now, 1) + 1;
    if (connections > atomic_load(&h->most))
        atomic_store(&h->most, connections);
    int r = h->serve(s, h);
    atomic_fetch_sub(&h->now, 1);
    return r;
}

static int host_main(void *arg)
{
    struct host *h = arg;
    h->loop = loop_running();
    future_init(&h->stopped, h->loop);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)h->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server *server;
    h->opened = server_open(&server, h->loop, (struct sockaddr *)&address, sizeof address, h->limit,
                            serve_counted, h);
    if (h->opened < 0) {
        sem_post(&h->listening);
        return 0;
    }
    h->port = server_port(server);
    sem_post(&h->listening);
    await(&h->stopped);
    server_close(server);
    return 0;
}

static void *host_thread(void *arg)
{
    struct host *h = arg;
    runner_run(h->selector, host_main, h);
    return NULL;
}

static void *try_backend(void *ops)
{
    return backend_works_with_threads(ops) ? ops : NULL;
}

bool host_works_on(const struct selector_ops *ops)
{
    pthread_t thread;
    void *works;
    cr_assert_eq(pthread_create(&thread, NULL, try_backend, (void *)(uintptr_t)ops), 0);
    pthread_join(thread, &works);
    return works;
}

void host_open(struct host *h, int (*serve)(struct stream *s, void *arg))
{
    h->serve = serve;
    handle_init(&h->stop, stop);
    sem_init(&h->listening, 0, 0);
    sem_init(&h->event, 0, 0);
    cr_assert_eq(pthread_create(&h->thread, NULL, host_thread, h), 0);
    sem_wait(&h->listening);
}

void host_close(struct host *h)
{
    if (h->opened == 0)
        loop_call_soon_threadsafe(h->loop, &h->stop);
    pthread_join(h->thread, NULL);
    cr_expect_eq(atomic_load(&h->now), 0, "%s: connections are left", h->selector);
}

/* --- the client --- */

int client_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    cr_assert_geq(fd, 0);
    struct timeval patience = {.tv_sec = PATIENCE};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

void client_connect(const struct host *h, int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)h->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int r = connect(fd, (struct sockaddr *)&address, sizeof address);
    cr_assert_eq(r, 0, "%s: connect: %s", h->selector, strerror(errno));
}

int client_open(const struct host *h)
{
    int fd = client_socket();
    client_connect(h, fd);
    return fd;
}

void say_bytes(int fd, const char *data, size_t n)
{
    cr_assert_eq(send(fd, data, n, MSG_NOSIGNAL), (ssize_t)n);
}

void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

size_t hear_bytes(int fd, char *data, size_t n)
{
    ssize_t r = recv(fd, data, n, MSG_WAITALL);
    return r > 0 ? (size_t)r : 0;
}

void expect_heard(const struct host *h, int fd, const char *text)
{
    char heard[256] = "";
    cr_assert_lt(strlen(text), sizeof heard);
    hear_bytes(fd, heard, strlen(text));
    cr_expect_str_eq(heard, text, "%s: heard \"%s\", not \"%s\"", h->selector, heard, text);
}

void expect_end(const struct host *h, int fd)
{
    char c;
    ssize_t r = recv(fd, &c, 1, 0);
    cr_expect_eq(r, 0, "%s: no end but %zd, %s", h->selector, r, r < 0 ? strerror(errno) : "");
}

void client_reset(int fd)
{
    struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

int client_open_small(const struct host *h)
{
    int fd = client_socket(), size = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    client_connect(h, fd);
    return fd;
}

/* --- what connections do --- */

int serve_echo(struct stream *s, void *arg)
{
    (void)arg;
    for (;;) {
        const char *data;
        ssize_t n = stream_peek(s, &data);
        int r = n > 0 ? stream_write(s, data, (size_t)n) : (int)n;
        if (r == 0 && n > 0)
            r = stream_drain(s);
        if (r < 0 || n == 0)
            return r;
        stream_consume(s, (size_t)n);
    }
}

struct notice {
    struct handle handle;
    struct host *host;
};

static void post(struct handle *h)
{
    sem_post(&container_of(h, struct notice, handle)->host->event);
}

static int write_pieces(struct stream *s, struct host *h)
{
    static char piece[64 * 1024];
    struct notice waiting = {.host = h};
    handle_init(&waiting.handle, post);
    bool waited = false;
    for (int i = 0; i < 1024; i++) {
        int r = stream_write(s, piece, sizeof piece);
        if (r < 0)
            return r;
        if (!waited) {
            h->count += sizeof piece;
            loop_call_soon(h->loop, &waiting.handle);
        }
        r = stream_drain(s);
        waited = waited || !handle_pending(&waiting.handle);
        handle_cancel(&waiting.handle);
        if (r < 0)
            return r;
    }
    return stream_flush(s);
}

int serve_much(struct stream *s, void *arg)
{
    struct host *h = arg;
    h->results[0] = write_pieces(s, h);
    sem_post(&h->event);
    return 0;
}

int serve_to_error(struct stream *s, void *arg)
{
    struct host *h = arg;
    const char *data;
    sem_post(&h->event);
    ssize_t n;
    while ((n = stream_peek(s, &data)) > 0)
        stream_consume(s, (size_t)n);
    h->results[0] = (int)n;
    h->results[1] = (int)stream_peek(s, &data);
    h->results[2] = stream_write(s, "x", 1);
    h->results[3] = stream_drain(s);
    h->results[4] = stream_flush(s);
    sem_post(&h->event);
    return 0;
}
