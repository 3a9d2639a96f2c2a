/* The workloads of tests/bench/loop on libev. */
#include "loop_bench.h"

#include <ev.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static struct ev_loop *loop;
static const struct bench *bench;
static size_t made; /* calls */

static void open_loop(const struct bench *b)
{
    loop = ev_loop_new(EVBACKEND_EPOLL);
    if (!loop)
        die("ev_loop_new");
    bench = b;
}

static void run_and_measure(void)
{
    measure_begin();
    ev_run(loop, 0);
    measure_end(bench->count);
}

/* --- call_soon: events are fed by hand, while an idle watcher keeps the loop from waiting --- */

static ev_prepare *fed;
static ev_idle again;

static void count_call(struct ev_loop *l, ev_prepare *w, int events)
{
    (void)l, (void)w, (void)events;
    made++;
}

static void step(struct ev_loop *l, ev_idle *w, int events)
{
    (void)w, (void)events;
    if (++made == bench->count)
        ev_break(l, EVBREAK_ALL);
}

/* A call that is made again: it just stays active. */
static void run_steps(const struct bench *b)
{
    open_loop(b);
    ev_idle_init(&again, step);
    ev_idle_start(loop, &again);
    run_and_measure();
}

static void queue_all(struct ev_loop *l, ev_idle *w, int events)
{
    (void)w, (void)events;
    if (made >= bench->count) {
        ev_break(l, EVBREAK_ALL);
        return;
    }
    for (size_t i = 0; i < bench->size; i++)
        ev_feed_event(l, &fed[i], EV_CUSTOM);
}

/* A call that queues size others, and stays. They are called in the same step, last first. */
static void run_call_soon(const struct bench *b)
{
    open_loop(b);
    fed = allocate(b->size, sizeof *fed);
    for (size_t i = 0; i < b->size; i++)
        ev_prepare_init(&fed[i], count_call);
    ev_idle_init(&again, queue_all);
    ev_idle_start(loop, &again);
    run_and_measure();
}

/* --- timers --- */

static ev_timer *timers;

static void count_timer(struct ev_loop *l, ev_timer *t, int events)
{
    (void)l, (void)t, (void)events;
    made++;
}

static void make_timers(const struct bench *b)
{
    timers = allocate(b->size, sizeof *timers);
    for (size_t i = 0; i < b->size; i++)
        ev_timer_init(&timers[i], count_timer, 0, 0);
}

/* Arms size timers, and cancels them all in another order. */
static void run_arm(const struct bench *b)
{
    open_loop(b);
    make_timers(b);
    const uint32_t *delays = random_delays(b->size, 1000000), *order = random_order(b->size);
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        ev_now_update(loop);
        for (size_t i = 0; i < b->size; i++) {
            ev_timer_set(&timers[i], delays[i] * 1e-3, 0);
            ev_timer_start(loop, &timers[i]);
        }
        for (size_t i = 0; i < b->size; i++)
            ev_timer_stop(loop, &timers[order[i]]);
    }
    measure_end(b->count);
}

/* Arms each of size timers that are armed for another time, as who waits for idleness does: by
 * ev_timer_again. */
static void run_rearm(const struct bench *b)
{
    open_loop(b);
    make_timers(b);
    const uint32_t *delays = random_delays(2 * b->size, 1000000), *order = random_order(b->size);
    for (size_t i = 0; i < b->size; i++) {
        ev_timer_set(&timers[i], delays[i] * 1e-3, 0);
        ev_timer_start(loop, &timers[i]);
    }
    measure_begin();
    for (size_t done = 0; done < b->count; done += b->size) {
        const uint32_t *next = delays + done / b->size % b->size;
        ev_now_update(loop);
        for (size_t i = 0; i < b->size; i++) {
            timers[order[i]].repeat = next[i] * 1e-3;
            ev_timer_again(loop, &timers[order[i]]);
        }
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
        ev_now_update(loop);
        for (size_t i = 0; i < b->size; i++) {
            ev_timer_set(&timers[i], delays[i] * 1e-3, 0);
            ev_timer_start(loop, &timers[i]);
        }
        for (size_t i = 0; i < b->size / 2; i++)
            ev_timer_stop(loop, &timers[order[i]]);
        sleep_until_due(b);
        ev_run(loop, 0);
    }
    measure_end(b->count);
}

/* --- descriptors --- */

static void count_ready(struct ev_loop *l, ev_io *w, int events)
{
    (void)w, (void)events;
    if (++made == bench->count)
        ev_break(l, EVBREAK_ALL);
}

/* One of size descriptors is ready, again and again. */
static void run_watch(const struct bench *b)
{
    open_loop(b);
    ev_io *ios = allocate(b->size, sizeof *ios);
    for (size_t i = 0; i < b->size; i++) {
        ev_io_init(&ios[i], count_ready, new_eventfd(i == b->size / 2), EV_READ);
        ev_io_start(loop, &ios[i]);
    }
    run_and_measure();
}

/* --- wake-ups --- */

static ev_async async;
static sem_t answered;
static struct call *calls;

static void answer(struct ev_loop *l, ev_async *a, int events)
{
    (void)a, (void)events;
    if (++made == bench->count)
        ev_break(l, EVBREAK_ALL);
    sem_post(&answered);
}

static void *wake_and_wait(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < bench->count; i++) {
        ev_async_send(loop, &async);
        sem_wait(&answered);
    }
    return NULL;
}

static void take_over(struct call *c)
{
    (void)c;
    if (++made == bench->count)
        ev_break(loop, EVBREAK_ALL);
    if (made % bench->size == 0)
        sem_post(&answered);
}

static void make_calls(struct ev_loop *l, ev_async *a, int events)
{
    (void)l, (void)a, (void)events;
    for (struct call *c = calls_take(), *next; c; c = next) {
        next = c->next;
        c->make(c);
    }
}

static void *hand_over(void *arg)
{
    (void)arg;
    for (size_t done = 0; done < bench->count; done += bench->size) {
        for (size_t i = 0; i < bench->size; i++) {
            calls_put(&calls[i]);
            ev_async_send(loop, &async);
        }
        sem_wait(&answered);
    }
    return NULL;
}

static void run_thread(const struct bench *b, void *(*main_of)(void *arg))
{
    pthread_t thread;
    ev_async_start(loop, &async);
    measure_begin();
    if (pthread_create(&thread, NULL, main_of, NULL) != 0)
        die("pthread_create");
    ev_run(loop, 0);
    pthread_join(thread, NULL);
    measure_end(b->count);
}

/* A thread wakes the loop, and waits for it. */
static void run_wake(const struct bench *b)
{
    open_loop(b);
    sem_init(&answered, 0, 0);
    ev_async_init(&async, answer);
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
    ev_async_init(&async, make_calls);
    run_thread(b, hand_over);
}

/* --- echo --- */

struct connection {
    ev_io io; /* first, so that its address is the connection's */
    struct echo echo;
};

static void echo_ready(struct ev_loop *l, ev_io *w, int events)
{
    struct connection *c = (struct connection *)w;
    (void)events;
    enum echo_wants wants = echo_step(&c->echo, bench);
    if (wants != ECHO_CLOSED) {
        int interest = wants == ECHO_READ ? EV_READ : EV_WRITE;
        if (interest != (w->events & (EV_READ | EV_WRITE))) {
            ev_io_stop(l, w);
            ev_io_set(w, c->echo.fd, interest);
            ev_io_start(l, w);
        }
        return;
    }
    ev_io_stop(l, w);
    close(c->echo.fd);
    free(c);
    if (++made == bench->size)
        ev_break(l, EVBREAK_ALL);
}

static void echo_connect(struct ev_loop *l, ev_io *w, int events)
{
    (void)events;
    for (int fd; (fd = echo_accept(w->fd)) >= 0;) {
        struct connection *c = allocate(1, sizeof *c);
        c->echo.fd = fd;
        ev_io_init(&c->io, echo_ready, fd, EV_READ);
        ev_io_start(l, &c->io);
    }
}

/* By ev_io. */
static void run_echo(const struct bench *b)
{
    open_loop(b);
    ev_io listener;
    ev_io_init(&listener, echo_connect, echo_listen(), EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
}

const struct workload workloads[] = {
    {"step", run_steps},  {"call_soon", run_call_soon}, {"arm", run_arm},
    {"rearm", run_rearm}, {"fire", run_fire},           {"watch", run_watch},
    {"wake", run_wake},   {"flood", run_flood},         {"echo", run_echo},
    {NULL, NULL},
};
