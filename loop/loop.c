/* The run step, the ready queue, timers and watchers. Invariants:
 * 1. A handle stands in at most one list; it is out of it when it is called.
 * 2. A timer is armed exactly while it stands in the heap; its handle is pending only after that.
 * 3. A descriptor is registered with the backend for at least the interest of its watcher. An event
 *    that shows more than that ends the excess, so an unwanted one comes once at most.
 * 4. Only run_step makes calls. */
#include "loop/loop.h"

#include "loop/executor.h"
#include "loop/loop_private.h"
#include "loop/task.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS_MAX = 256 }; /* a step */

static _Thread_local struct loop *running;

/* --- handles --- */

static struct handle *handle_of(struct list *node)
{
    return container_of(node, struct handle, node);
}

void handle_init_named(struct handle *h, void (*call)(struct handle *h), const char *name)
{
    list_init(&h->node);
    h->call = call;
    h->name = name;
}

void handle_cancel(struct handle *h)
{
    list_remove(&h->node);
}

bool handle_pending(const struct handle *h)
{
    return !list_empty(&h->node);
}

void loop_call_soon(struct loop *l, struct handle *h)
{
    list_remove(&h->node);
    list_add(&l->ready, &h->node);
}

/* --- timers --- */

static struct timer *timer_of(struct heap_node *node)
{
    return container_of(node, struct timer, node);
}

int64_t loop_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

void timer_setup_named(struct timer *t, void (*call)(struct handle *h), const char *name)
{
    handle_init_named(&t->handle, call, name);
    t->armed = false;
}

void loop_call_at(struct loop *l, struct timer *t, int64_t when)
{
    loop_cancel_timer(l, t);
    t->armed = true;
    heap_insert(&l->timers, &t->node, when);
}

void loop_call_later(struct loop *l, struct timer *t, int64_t delay)
{
    int64_t now = loop_time();
    loop_call_at(l, t, delay < INT64_MAX - now ? now + delay : INT64_MAX);
}

static void disarm(struct loop *l, struct timer *t)
{
    heap_remove(&l->timers, &t->node);
    t->armed = false;
}

void loop_cancel_timer(struct loop *l, struct timer *t)
{
    if (t->armed)
        disarm(l, t);
    handle_cancel(&t->handle);
}

/* How long the selector may wait: not at all if a call is ready. */
static int64_t timeout(struct loop *l)
{
    if (l->stopping || !list_empty(&l->ready))
        return 0;
    const struct heap_node *least = heap_least(&l->timers);
    if (!least)
        return -1;
    int64_t now = loop_time();
    return least->key > now ? least->key - now : 0;
}

static void queue_due_timers(struct loop *l)
{
    struct heap_node *least = heap_least(&l->timers);
    if (!least)
        return;
    for (int64_t now = loop_time(); least && least->key <= now; least = heap_least(&l->timers)) {
        struct timer *t = timer_of(least);
        disarm(l, t);
        loop_call_soon(l, &t->handle);
    }
}

/* --- watchers --- */

static int make_room(struct loop *l, int fd)
{
    if (fd < 0)
        return -EBADF;
    size_t former = l->descriptor_count;
    if ((size_t)fd < former)
        return 0;
    size_t count = 2 * (size_t)fd + 64;
    struct descriptor *table = realloc(l->descriptors, count * sizeof *table);
    if (!table)
        return -ENOMEM;
    memset(table + former, 0, (count - former) * sizeof *table);
    l->descriptors = table;
    l->descriptor_count = count;
    return 0;
}

static struct descriptor *find(const struct loop *l, int fd)
{
    return fd >= 0 && (size_t)fd < l->descriptor_count ? &l->descriptors[fd] : NULL;
}

/* Lowers what the backend watches. If that fails, the descriptor was closed before. */
static void lower(struct loop *l, int fd, unsigned interest)
{
    struct descriptor *d = &l->descriptors[fd];
    if (d->registered != interest)
        l->ops->set(l->selector, fd, d->registered, interest);
    d->registered = (unsigned char)interest;
}

static void forget_watcher(struct descriptor *d)
{
    handle_cancel(&d->watcher->handle);
    d->watcher->interest = 0;
    d->watcher = NULL;
}

void watcher_init_named(struct watcher *w, int fd, void (*call)(struct handle *h), const char *name)
{
    handle_init_named(&w->handle, call, name);
    w->fd = fd;
    w->interest = w->ready = 0;
}

static void unwatch(struct loop *l, struct watcher *w)
{
    struct descriptor *d = find(l, w->fd);
    if (!d || d->watcher != w)
        return;
    forget_watcher(d);
    if (!d->owned)
        lower(l, w->fd, 0);
}

int loop_watch(struct loop *l, struct watcher *w, unsigned interest)
{
    if (!interest) {
        unwatch(l, w);
        return 0;
    }
    int error = make_room(l, w->fd);
    if (error)
        return error;
    struct descriptor *d = &l->descriptors[w->fd];
    if (d->watcher && d->watcher != w)
        return -EEXIST;
    if (!d->registered || interest & ~(d->registered | EVENT_ERROR)) {
        error = l->ops->set(l->selector, w->fd, d->registered, interest);
        if (error)
            return error;
        d->registered = (unsigned char)interest;
    }
    d->watcher = w;
    w->interest = interest;
    if (handle_pending(&w->handle)) {
        w->ready &= interest | EVENT_ERROR;
        if (!w->ready)
            handle_cancel(&w->handle);
    }
    return 0;
}

void loop_disown(struct loop *l, int fd)
{
    struct descriptor *d = find(l, fd);
    if (!d)
        return;
    if (d->watcher)
        forget_watcher(d);
    lower(l, fd, 0);
    d->owned = false;
}

int loop_own(struct loop *l, int fd)
{
    int error = make_room(l, fd);
    if (error)
        return error;
    loop_disown(l, fd);
    l->descriptors[fd].owned = true;
    return 0;
}

static void queue_event(struct loop *l, const struct event *e)
{
    struct descriptor *d = &l->descriptors[e->fd];
    struct watcher *w = d->watcher;
    unsigned wanted = w ? w->interest : 0;
    if (!wanted || e->events & ~(wanted | EVENT_ERROR))
        lower(l, e->fd, wanted);
    unsigned ready = wanted ? e->events & (wanted | EVENT_ERROR) : 0;
    if (!ready)
        return;
    w->ready = handle_pending(&w->handle) ? w->ready | ready : ready;
    loop_call_soon(l, &w->handle);
}

/* --- operations --- */

static struct operation *operation_of(struct handle *h)
{
    return container_of(h, struct operation, handle);
}

bool loop_completes(const struct loop *l)
{
    return l->ops->submit;
}

void operation_init_named(struct operation *o, int fd, void (*call)(struct handle *h),
                          const char *name)
{
    handle_init_named(&o->handle, call, name);
    o->transfer = (struct transfer){.fd = fd};
    o->pending = false;
}

static int submit(struct loop *l, struct operation *o, enum transfer_kind kind, void *data,
                  size_t size)
{
    assert(!o->pending);
    if (!loop_completes(l))
        return -ENOTSUP;
    o->transfer.kind = kind;
    o->transfer.data = data;
    o->transfer.size = size;
    int error = l->ops->submit(l->selector, &o->transfer);
    if (error)
        return error;
    o->pending = true;
    list_remove(&o->handle.node);
    list_add(&l->operations, &o->handle.node);
    return 0;
}

int loop_receive(struct loop *l, struct operation *o, void *data, size_t size)
{
    return submit(l, o, TRANSFER_RECEIVE, data, size);
}

int loop_send(struct loop *l, struct operation *o, const void *data, size_t size)
{
    return submit(l, o, TRANSFER_SEND, (void *)(uintptr_t)data, size);
}

void loop_cancel_operation(struct loop *l, struct operation *o)
{
    if (o->pending)
        l->ops->cancel(l->selector, &o->transfer);
}

static void queue_end(struct loop *l, struct transfer *t)
{
    struct operation *o = container_of(t, struct operation, transfer);
    o->pending = false;
    loop_call_soon(l, &o->handle);
}

/* --- running --- */

static void call(struct loop *l, struct handle *h)
{
    if (!l->report) {
        h->call(h);
        return;
    }
    struct loop_report r = {.problem = LOOP_SLOW};
    l->ran = h->name;
    int64_t start = loop_time();
    h->call(h);
    r.ns = loop_time() - start;
    r.name = l->ran;
    if (l->report && r.ns > l->slow_limit)
        l->report(&r);
}

/* Asks the selector, and queues what is readable, writable or transferred. Where calls are ready,
 * only every second step asks: what an event leads to, a task to resume, then comes without a
 * system call between. */
static int queue_events(struct loop *l)
{
    l->asked = !l->asked || list_empty(&l->ready) || l->stopping;
    if (!l->asked)
        return 0;
    struct event events[EVENTS_MAX];
    int64_t longest = timeout(l);
    if (longest != 0 && wakeup_expect(&l->wakeup))
        longest = 0;
    int n = l->ops->wait(l->selector, events, EVENTS_MAX, longest);
    wakeup_collect(l);
    for (int i = 0; i < n; i++) {
        if (events[i].transfer)
            queue_end(l, events[i].transfer);
        else
            queue_event(l, &events[i]);
    }
    return n < 0 ? n : 0;
}

/* Waits, queues what is readable and writable, queues the timers that are due, and makes the calls
 * that are ready now: what they queue is left to the next step, so that none starves the rest. */
static int run_step(struct loop *l)
{
    int error = queue_events(l);
    if (error)
        return error;
    queue_due_timers(l);

    struct list batch;
    list_init(&batch);
    list_splice(&batch, &l->ready);
    while (!list_empty(&batch))
        call(l, handle_of(list_pop(&batch)));
    return 0;
}

int loop_run(struct loop *l)
{
    if (running)
        return -EBUSY;
    running = l;
    int error;
    do
        error = run_step(l);
    while (!error && !l->stopping);
    l->stopping = false;
    running = NULL;
    return error;
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
}

struct loop *loop_running(void)
{
    return running;
}

static void stop_running(struct handle *h)
{
    (void)h;
    loop_stop(running);
}

int loop_run_until_complete(struct loop *l, struct future *f)
{
    struct handle done;
    handle_init(&done, stop_running);
    future_add_callback(f, &done);
    int error = loop_run(l);
    handle_cancel(&done);
    if (error)
        return error;
    return f->done ? f->result : -EDEADLK;
}

void loop_set_debug(struct loop *l, int64_t limit, void (*report)(const struct loop_report *r))
{
    l->slow_limit = limit;
    l->report = report;
}

/* --- opening and closing --- */

const char *loop_selector_name(const struct loop *l)
{
    return l->ops->name;
}

int loop_open(struct loop **out, const char *selector)
{
    const struct selector_ops *ops = selector_find(selector);
    if (!ops)
        return -EINVAL;
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    l->ops = ops;
    list_init(&l->ready);
    list_init(&l->operations);
    list_init(&l->tasks);
    heap_init(&l->timers);
    int error = ops->open(&l->selector);
    if (error) {
        free(l);
        return error;
    }
    error = wakeup_open(l);
    if (error) {
        loop_close(l);
        return error;
    }
    *out = l;
    return 0;
}

static void report_pending(struct loop *l)
{
    struct loop_report r = {.problem = LOOP_TASK_PENDING};
    for (const struct task *t = NULL; l->report && (t = task_next(l, t));) {
        r.name = t->name;
        l->report(&r);
    }
}

/* Everything is unlinked, so that its owners may still cancel it. */
void loop_close(struct loop *l)
{
    assert(running != l);
    report_pending(l);
    if (l->executor)
        executor_close(l->executor);
    wakeup_close(l);
    while (!list_empty(&l->ready))
        list_pop(&l->ready);
    while (heap_least(&l->timers))
        disarm(l, timer_of(heap_least(&l->timers)));
    for (size_t fd = 0; fd < l->descriptor_count; fd++)
        if (l->descriptors[fd].watcher)
            forget_watcher(&l->descriptors[fd]);
    l->ops->close(l->selector);
    while (!list_empty(&l->operations))
        operation_of(handle_of(list_pop(&l->operations)))->pending = false;
    free(l->descriptors);
    free(l);
}
