/* The workloads of tests/bench/loop on this project's loop. */
#include "loop/runner.h"
#include "loop/server.h"
#include "loop_bench.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loop *loop;
static const struct bench *bench;
static size_t made; /* calls */

static void open_loop(const struct bench *b)
{
    if (loop_open(&loop, b->selector) < 0)
        die("loop_open");
    bench = b;
}

static void run_and_measure(void)
{
    measure_begin();
    loop_run(loop);
    measure_end(bench->count);
}

/* --- call_soon --- */

static struct handle *handles, again;

static void count_call(struct handle *h)
{
    (void)h;
    made++;
}

static void step(struct handle *h)
{
    if (++made == bench->count)
        loop_stop(loop);
    loop_call_soon(loop, h);
}

/* A call that queues itself again. */
static void run_steps(const struct bench *b)
{
    open_loop(b);
    handle_init(&again, step);
    loop_call_soon(loop, &again);
    run_and_measure();
}

static void queue_all(struct handle *h)
{
    if (made >= bench->count) {
        loop_stop(loop);
        return;
    }
    for (size_t i = 0; i < bench->size; i++)
        loop_call_soon(loop, &handles[i]);
    loop_call_soon(loop, h);
}

/* A call that queues size others, and itself. */
static void run_call_soon(const struct bench *b)
{
    open_loop(b);
    handles = allocate(b->size, sizeof *handles);
    for (size_t i = 0; i < b->size; i++)
        handle_init(&handles[i], count_call);
    handle_init(&again, queue_all);
    loop_call_soon(loop, &again);
    run_and_measure();
}

/* --- timers --- */

static struct timer *timers;

static void make_timers(const struct bench *b, void (*call)(struct handle *h))
{
    timers = allocate(b->size, sizeof *timers);
    for (size_t i = 0; i < b->size; i++)
        timer_setup(&timers[i], call);
}

/* Arms size timers, and cancels them all in another order. */
static void run_arm(const struct bench *b)
{
    open_loop(b);
    make_timers(b, count_call);
    const uint32_t *delays = random_delays(b->size, 1000000), *order = random_order(b->size);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        int64_t now = loop_time();
        for (size_t i = 0; i < b->size; i++)
            loop_call_at(loop, &timers[i], now + delays[i] * NS_PER_MS);
        for (size_t i = 0; i < b->size; i++)
            loop_cancel_timer(loop, &timers[order[i]]);
    }
    measure_end(b->count);
}

/* Arms each of size timers that are armed for another time, as who waits for idleness does. */
static void run_rearm(const struct bench *b)
{
    open_loop(b);
    make_timers(b, count_call);
    const uint32_t *delays = random_delays(2 * b->size, 1000000), *order = random_order(b->size);
    int64_t now = loop_time();
    for (size_t i = 0; i < b->size; i++)
        loop_call_at(loop, &timers[i], now + delays[i] * NS_PER_MS);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        const uint32_t *next = delays + done / b->size % b->size;
        now = loop_time();
        for (size_t i = 0; i < b->size; i++)
            loop_call_at(loop, &timers[order[i]], now + next[i] * NS_PER_MS);
    }
    measure_end(b->count);
}

static void fire(struct handle *h)
{
    (void)h;
    if (++made % (bench->size / 2) == 0)
        loop_stop(loop);
}

/* Arms size timers, cancels half, and lets the others fire. */
static void run_fire(const struct bench *b)
{
    open_loop(b);
    make_timers(b, fire);
    const uint32_t *delays = random_delays(b->size, longest_delay(b));
    const uint32_t *order = random_order(b->size);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        int64_t now = loop_time();
        for (size_t i = 0; i < b->size; i++)
            loop_call_at(loop, &timers[i], now + delays[i] * NS_PER_MS);
        for (size_t i = 0; i < b->size / 2; i++)
            loop_cancel_timer(loop, &timers[order[i]]);
        sleep_until_due(b);
        loop_run(loop);
    }
    measure_end(b->count);
}

/* --- descriptors --- */

static void count_ready(struct handle *h)
{
    (void)h;
    if (++made == bench->count)
        loop_stop(loop);
}

/* One of size descriptors is ready, again and again. */
static void run_watch(const struct bench *b)
{
    open_loop(b);
    struct watcher *watchers = allocate(b->size, sizeof *watchers);
    for (size_t i = 0; i < b->size; i++) {
        watcher_init(&watchers[i], new_eventfd(i == b->size / 2), count_ready);
        if (loop_watch(loop, &watchers[i], EVENT_READ) < 0)
            die("loop_watch");
    }
    run_and_measure();
}

/* --- wake-ups --- */

static sem_t answered;

static void answer(struct handle *h)
{
    (void)h;
    if (++made == bench->count)
        loop_stop(loop);
    sem_post(&answered);
}

static void *wake_and_wait(void *arg)
{
    struct handle h;
    (void)arg;
    handle_init(&h, answer);
    for (size_t i = 0; i < bench->count; i++) {
        loop_call_soon_threadsafe(loop, &h);
        sem_wait(&answered);
    }
    return NULL;
}

static void take_over(struct handle *h)
{
    (void)h;
    if (++made == bench->count)
        loop_stop(loop);
    if (made % bench->size == 0)
        sem_post(&answered);
}

static void *hand_over(void *arg)
{
    (void)arg;
    for (size_t done = 0; done < bench->count; done += bench->size) {
        for (size_t i = 0; i < bench->size; i++)
            loop_call_soon_threadsafe(loop, &handles[i]);
        sem_wait(&answered);
    }
    return NULL;
}

static void run_thread(const struct bench *b, void *(*main_of)(void *arg))
{
    pthread_t thread;
    measure_begin();
    if (pthread_create(&thread, NULL, main_of, NULL) != 0)
        die("pthread_create");
    loop_run(loop);
    pthread_join(thread, NULL);
    measure_end(b->count);
}

/* A thread wakes the loop, and waits for it. */
static void run_wake(const struct bench *b)
{
    open_loop(b);
    sem_init(&answered, 0, 0);
    run_thread(b, wake_and_wait);
}

/* A thread hands over size calls as fast as it can, and waits for the last. */
static void run_flood(const struct bench *b)
{
    open_loop(b);
    sem_init(&answered, 0, 0);
    handles = allocate(b->size, sizeof *handles);
    for (size_t i = 0; i < b->size; i++)
        handle_init(&handles[i], take_over);
    run_thread(b, hand_over);
}

/* --- echo --- */

struct connection {
    struct watcher watcher;
    struct echo echo;
};

static void echo_ready(struct handle *h)
{
    struct connection *c = container_of(h, struct connection, watcher.handle);
    enum echo_wants wants = echo_step(&c->echo, bench);
    if (wants != ECHO_CLOSED) {
        unsigned interest = wants == ECHO_READ ? EVENT_READ : EVENT_WRITE;
        if (interest != c->watcher.interest)
            loop_watch(loop, &c->watcher, interest);
        return;
    }
    loop_watch(loop, &c->watcher, 0);
    close(c->echo.fd);
    free(c);
    if (++made == bench->size)
        loop_stop(loop);
}

static void echo_connect(struct handle *h)
{
    struct watcher *w = container_of(h, struct watcher, handle);
    for (int fd; (fd = echo_accept(w->fd)) >= 0;) {
        struct connection *c = allocate(1, sizeof *c);
        c->echo.fd = fd;
        watcher_init(&c->watcher, fd, echo_ready);
        if (loop_watch(loop, &c->watcher, EVENT_READ) < 0)
            die("loop_watch");
    }
}

/* By watchers. */
static void run_echo(const struct bench *b)
{
    open_loop(b);
    struct watcher listener;
    watcher_init(&listener, echo_listen(), echo_connect);
    if (loop_watch(loop, &listener, EVENT_READ) < 0)
        die("loop_watch");
    loop_run(loop);
}

static struct future all_served;

static int serve(struct stream *s, void *arg)
{
    const char *data;
    ssize_t n;
    (void)arg;
    while ((n = stream_peek(s, &data)) > 0) {
        if (stream_write(s, data, (size_t)n) < 0)
            break;
        stream_consume(s, (size_t)n);
        if (stream_drain(s) < 0)
            break;
        echo_sent(bench, (size_t)n);
    }
    if (++made == bench->size)
        future_set(&all_served, 0);
    return 0;
}

static int serve_all(void *arg)
{
    struct server *server;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bench = arg;
    future_init(&all_served, loop_running());
    if (server_open(&server, loop_running(), (struct sockaddr *)&a, sizeof a, (unsigned)bench->size,
                    serve, NULL) < 0)
        die("server_open");
    echo_print_port(server_port(server));
    await(&all_served);
    server_close(server);
    return 0;
}

/* By coroutines. */
static void run_echo_tasks(const struct bench *b)
{
    if (runner_run(b->selector, serve_all, (void *)(uintptr_t)b) < 0)
        die("runner_run");
}

const struct workload workloads[] = {
    {"step", run_steps}, {"call_soon", run_call_soon},   {"arm", run_arm},   {"rearm", run_rearm},
    {"fire", run_fire},  {"watch", run_watch},           {"wake", run_wake}, {"flood", run_flood},
    {"echo", run_echo},  {"echo_tasks", run_echo_tasks}, {NULL, NULL},
};
