/* The workloads of tests/bench/loop on libuv. */
#include "loop_bench.h"

#include <netinet/in.h>
#include <semaphore.h>
#include <stdlib.h>
#include <uv.h>

static uv_loop_t loop;
static const struct bench *bench;
static size_t made; /* calls */

static void open_loop(const struct bench *b)
{
    if (uv_loop_init(&loop) < 0)
        die("uv_loop_init");
    bench = b;
}

static void run_and_measure(void)
{
    measure_begin();
    uv_run(&loop, UV_RUN_DEFAULT);
    measure_end(bench->count);
}

/* --- call_soon: an idle handle is called in each step while it is active --- */

static uv_idle_t *idles, again;

static void count_call(uv_idle_t *h)
{
    uv_idle_stop(h);
    made++;
}

static void step(uv_idle_t *h)
{
    (void)h;
    if (++made == bench->count)
        uv_stop(&loop);
}

/* A call that is made again: it just stays active. */
static void run_steps(const struct bench *b)
{
    open_loop(b);
    uv_idle_init(&loop, &again);
    uv_idle_start(&again, step);
    run_and_measure();
}

static void queue_all(uv_idle_t *h)
{
    (void)h;
    if (made >= bench->count) {
        uv_stop(&loop);
        return;
    }
    for (size_t i = 0; i < bench->size; i++)
        uv_idle_start(&idles[i], count_call);
}

/* A call that queues size others, and stays. */
static void run_call_soon(const struct bench *b)
{
    open_loop(b);
    idles = allocate(b->size, sizeof *idles);
    for (size_t i = 0; i < b->size; i++)
        uv_idle_init(&loop, &idles[i]);
    uv_idle_init(&loop, &again);
    uv_idle_start(&again, queue_all);
    run_and_measure();
}

/* --- timers --- */

static uv_timer_t *timers;

static void make_timers(const struct bench *b)
{
    timers = allocate(b->size, sizeof *timers);
    for (size_t i = 0; i < b->size; i++)
        uv_timer_init(&loop, &timers[i]);
}

static void count_timer(uv_timer_t *t)
{
    (void)t;
    made++;
}

/* Arms size timers, and cancels them all in another order. */
static void run_arm(const struct bench *b)
{
    open_loop(b);
    make_timers(b);
    const uint32_t *delays = random_delays(b->size, 1000000), *order = random_order(b->size);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        uv_update_time(&loop);
        for (size_t i = 0; i < b->size; i++)
            uv_timer_start(&timers[i], count_timer, delays[i], 0);
        for (size_t i = 0; i < b->size; i++)
            uv_timer_stop(&timers[order[i]]);
    }
    measure_end(b->count);
}

/* Arms each of size timers that are armed for another time, as who waits for idleness does. */
static void run_rearm(const struct bench *b)
{
    open_loop(b);
    make_timers(b);
    const uint32_t *delays = random_delays(2 * b->size, 1000000), *order = random_order(b->size);
    for (size_t i = 0; i < b->size; i++)
        uv_timer_start(&timers[i], count_timer, delays[i], 0);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        const uint32_t *next = delays + done / b->size % b->size;
        uv_update_time(&loop);
        for (size_t i = 0; i < b->size; i++)
            uv_timer_start(&timers[order[i]], count_timer, next[i], 0);
    }
    measure_end(b->count);
}

/* Arms size timers, cancels half, and lets the others fire: a run ends with the last. */
static void run_fire(const struct bench *b)
{
    open_loop(b);
    make_timers(b);
    const uint32_t *delays = random_delays(b->size, longest_delay(b));
    const uint32_t *order = random_order(b->size);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        uv_update_time(&loop);
        for (size_t i = 0; i < b->size; i++)
            uv_timer_start(&timers[i], count_timer, delays[i], 0);
        for (size_t i = 0; i < b->size / 2; i++)
            uv_timer_stop(&timers[order[i]]);
        sleep_until_due(b);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    measure_end(b->count);
}

/* --- descriptors --- */

static void count_ready(uv_poll_t *p, int status, int events)
{
    (void)p, (void)status, (void)events;
    if (++made == bench->count)
        uv_stop(&loop);
}

/* One of size descriptors is ready, again and again. */
static void run_watch(const struct bench *b)
{
    open_loop(b);
    uv_poll_t *polls = allocate(b->size, sizeof *polls);
    for (size_t i = 0; i < b->size; i++)
        if (uv_poll_init(&loop, &polls[i], new_eventfd(i == b->size / 2)) < 0 ||
            uv_poll_start(&polls[i], UV_READABLE, count_ready) < 0)
            die("uv_poll_start");
    run_and_measure();
}

/* --- wake-ups --- */

static uv_async_t async;
static sem_t answered;
static struct call *calls;

static void answer(uv_async_t *a)
{
    (void)a;
    if (++made == bench->count)
        uv_stop(&loop);
    sem_post(&answered);
}

static void wake_and_wait(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < bench->count; i++) {
        uv_async_send(&async);
        sem_wait(&answered);
    }
}

static void take_over(struct call *c)
{
    (void)c;
    if (++made == bench->count)
        uv_stop(&loop);
    if (made % bench->size == 0)
        sem_post(&answered);
}

static void make_calls(uv_async_t *a)
{
    (void)a;
    for (struct call *c = calls_take(), *next; c; c = next) {
        next = c->next;
        c->make(c);
    }
}

static void hand_over(void *arg)
{
    (void)arg;
    for (size_t done = 0; done < bench->count; done += bench->size) {
        for (size_t i = 0; i < bench->size; i++) {
            calls_put(&calls[i]);
            uv_async_send(&async);
        }
        sem_wait(&answered);
    }
}

static void run_thread(const struct bench *b, void (*main_of)(void *arg))
{
    uv_thread_t thread;
    measure_begin();
    if (uv_thread_create(&thread, main_of, NULL) < 0)
        die("uv_thread_create");
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_thread_join(&thread);
    measure_end(b->count);
}

/* A thread wakes the loop, and waits for it. */
static void run_wake(const struct bench *b)
{
    open_loop(b);
    sem_init(&answered, 0, 0);
    uv_async_init(&loop, &async, answer);
    run_thread(b, wake_and_wait);
}

/* A thread hands over size calls as fast as it can, and waits for the last. */
static void run_flood(const struct bench *b)
{
    open_loop(b);
    sem_init(&answered, 0, 0);
    calls = allocate(b->size, sizeof *calls);
    for (size_t i = 0; i < b->size; i++)
        calls[i].make = take_over;
    uv_async_init(&loop, &async, make_calls);
    run_thread(b, hand_over);
}

/* --- echo --- */

static uv_tcp_t listener;

/* What uv_try_write left. */
struct rest {
    uv_write_t request;
    char data[];
};

static void on_close(uv_handle_t *h)
{
    free(h);
    if (++made == bench->size)
        uv_stop(&loop);
}

/* The bytes are gone when the read's call returns, so one buffer does for all. */
static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
    static char buffer[64 * 1024];
    (void)h, (void)suggested;
    *out = uv_buf_init(buffer, sizeof buffer);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static void write_rest(uv_stream_t *s, const char *data, size_t n)
{
    struct rest *rest = allocate(1, sizeof *rest + n);
    uv_buf_t buffer = uv_buf_init(rest->data, (unsigned)n);
    for (size_t i = 0; i < n; i++)
        rest->data[i] = data[i];
    uv_write(&rest->request, s, &buffer, 1, on_written);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *in)
{
    if (n <= 0) {
        if (n < 0)
            uv_close((uv_handle_t *)s, on_close);
        return;
    }
    uv_buf_t buffer = uv_buf_init(in->base, (unsigned)n);
    int sent = uv_try_write(s, &buffer, 1);
    if (sent < 0)
        sent = 0;
    if (sent < n)
        write_rest(s, in->base + sent, (size_t)(n - sent));
    echo_sent(bench, (size_t)n);
}

static void on_connection(uv_stream_t *server, int status)
{
    uv_tcp_t *c = allocate(1, sizeof *c);
    uv_tcp_init(&loop, c);
    if (status < 0 || uv_accept(server, (uv_stream_t *)c) < 0)
        die("uv_accept");
    uv_tcp_nodelay(c, 1);
    uv_read_start((uv_stream_t *)c, on_alloc, on_read);
}

/* By uv_tcp and uv_try_write. */
static void run_echo(const struct bench *b)
{
    struct sockaddr_in a;
    int size = sizeof a;
    open_loop(b);
    uv_ip4_addr("127.0.0.1", 0, &a);
    uv_tcp_init(&loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&a, 0) < 0 ||
        uv_listen((uv_stream_t *)&listener, 4096, on_connection) < 0 ||
        uv_tcp_getsockname(&listener, (struct sockaddr *)&a, &size) < 0)
        die("uv_listen");
    echo_print_port(ntohs(a.sin_port));
    uv_run(&loop, UV_RUN_DEFAULT);
}

const struct workload workloads[] = {
    {"step", run_steps},  {"call_soon", run_call_soon}, {"arm", run_arm},
    {"rearm", run_rearm}, {"fire", run_fire},           {"watch", run_watch},
    {"wake", run_wake},   {"flood", run_flood},         {"echo", run_echo},
    {NULL, NULL},
};
