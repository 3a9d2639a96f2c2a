/* Tasks. The invariant of task.h: a task that is not done has waiting set and its step among that
 * future's callbacks (or moved to the ready queue by the future, just made done), or has waiting
 * NULL and its step in the ready queue or running. */
#include "loop/task.h"

#include "loop/group.h"
#include "loop/loop_private.h"

#include <assert.h>
#include <errno.h>

/* --- running --- */

/* In debug mode an error that nobody waits for is told, as asyncio tells of an exception that was
 * never retrieved. */
static void report_failure(const struct task *t, int result)
{
    struct loop *l = t->future.loop;
    struct loop_report r = {.problem = LOOP_TASK_FAILED, .name = t->name, .error = result};
    if (l->report && result < 0 && result != -ECANCELED && !t->group &&
        list_empty(&t->future.callbacks))
        l->report(&r);
}

static void run(void *arg)
{
    struct task *t = arg;
    int result = t->main(t->arg);
    report_failure(t, result);
    future_set(&t->future, result);
}

static void step(struct handle *h)
{
    struct task *t = container_of(h, struct task, step);
    struct loop *l = t->future.loop;
    assert(!t->future.done && (!t->waiting || t->waiting->done));
    t->waiting = NULL;
    l->current = t;
    l->ran = t->name;
    bool alive = coro_resume(t->coro);
    l->current = NULL;
    if (alive) {
        assert(handle_pending(&t->step));
        return;
    }
    /* The future's callbacks come later than this, so t is still there. */
    coro_free(t->coro);
    t->coro = NULL;
    list_remove(&t->all);
    if (t->group)
        group_member_done(t);
    if (l->last && list_empty(&l->tasks))
        future_set(l->last, 0);
}

static void prepare(struct task *t, struct loop *l, const char *name, int (*main)(void *arg),
                    void *arg)
{
    *t = (struct task){.name = name, .main = main, .arg = arg};
    future_init(&t->future, l);
}

/* On the loop's thread, whose coroutine it will be. */
static int begin(struct task *t)
{
    struct loop *l = t->future.loop;
    int error = coro_new(&t->coro, run, t);
    if (error)
        return error;
    t->cancelled = l->last; /* born cancelled when the runner ends */
    handle_init(&t->step, step);
    list_add(&l->tasks, &t->all);
    loop_call_soon(l, &t->step);
    return 0;
}

int task_start(struct task *t, struct loop *l, const char *name, int (*main)(void *arg), void *arg)
{
    prepare(t, l, name, main, arg);
    return begin(t);
}

static void begin_soon(struct handle *h)
{
    struct task *t = container_of(h, struct task, step);
    int error = begin(t);
    if (error)
        future_set(&t->future, error);
}

void task_start_threadsafe(struct task *t, struct loop *l, const char *name, int (*main)(void *arg),
                           void *arg)
{
    prepare(t, l, name, main, arg);
    handle_init(&t->step, begin_soon);
    loop_call_soon_threadsafe(l, &t->step);
}

struct task *task_current(void)
{
    struct loop *l = loop_running();
    return l ? l->current : NULL;
}

struct task *task_next(const struct loop *l, const struct task *t)
{
    struct list *next = t ? t->all.next : l->tasks.next;
    return next == &l->tasks ? NULL : container_of(next, struct task, all);
}

/* --- interruptions --- */

int task_interrupted(const struct task *t)
{
    return t->cancelled ? -ECANCELED : t->expired ? -ETIMEDOUT : 0;
}

static void wake(struct task *t)
{
    if (!t->waiting || t->shielded)
        return;
    t->waiting = NULL;
    loop_call_soon(t->future.loop, &t->step);
}

void task_cancel(struct task *t)
{
    for (; t && !t->cancelled && !t->future.done; t = t->joins) {
        t->cancelled = true;
        wake(t);
        if (t->gathers)
            group_cancel(t->gathers);
    }
}

static void expire(struct handle *h)
{
    struct timeout *limit = container_of(h, struct timeout, timer.handle);
    struct task *t = limit->task;
    limit->over = true;
    t->expired++;
    wake(t);
    if (t->joins)
        task_cancel(t->joins);
    if (t->gathers)
        group_cancel(t->gathers);
}

void timeout_begin(struct timeout *limit, int64_t ns)
{
    limit->task = task_current();
    limit->over = false;
    timer_setup(&limit->timer, expire);
    if (limit->task && ns >= 0)
        loop_call_later(limit->task->future.loop, &limit->timer, ns);
}

bool timeout_end(struct timeout *limit)
{
    if (!limit->task)
        return false;
    loop_cancel_timer(limit->task->future.loop, &limit->timer);
    if (limit->over)
        limit->task->expired--;
    return limit->over;
}

/* --- awaiting --- */

/* Suspends t, the current task, until f is done or an interruption wakes it. */
static void wait_for(struct task *t, struct future *f)
{
    assert(!t->waiting && !handle_pending(&t->step));
    if (f->done)
        return;
    t->waiting = f;
    future_add_callback(f, &t->step);
    coro_yield();
}

int await(struct future *f)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    if (!task_interrupted(t))
        wait_for(t, f);
    int error = task_interrupted(t);
    return error ? error : f->result;
}

int await_shielded(struct future *f)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    t->shielded = true;
    wait_for(t, f);
    t->shielded = false;
    return f->result;
}

int await_for(struct future *f, int64_t ns)
{
    struct timeout limit;
    timeout_begin(&limit, ns);
    int result = await(f);
    timeout_end(&limit);
    return result;
}

/* One of the futures that are waited for, and what its end makes done. */
struct choice {
    struct handle handle;
    struct future *first;
};

static void choose(struct handle *h)
{
    future_set(container_of(h, struct choice, handle)->first, 0);
}

static int first_done(struct future *const futures[], int n)
{
    for (int i = 0; i < n; i++)
        if (futures[i]->done)
            return i;
    return -1;
}

int await_any(struct future *const futures[], int n)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    if (n < 1 || n > AWAIT_ANY_MOST)
        return -EINVAL;
    int error = task_interrupted(t), found = first_done(futures, n);
    if (error || found >= 0)
        return error ? error : found;

    struct choice choices[AWAIT_ANY_MOST];
    struct future first;
    future_init(&first, t->future.loop);
    for (int i = 0; i < n; i++) {
        choices[i].first = &first;
        handle_init(&choices[i].handle, choose);
        future_add_callback(futures[i], &choices[i].handle);
    }
    error = await(&first);
    for (int i = 0; i < n; i++)
        handle_cancel(&choices[i].handle);
    return error ? error : first_done(futures, n);
}

int task_join(struct task *joined)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    assert(t != joined);
    if (task_interrupted(t))
        task_cancel(joined);
    t->joins = joined;
    int result = await_shielded(&joined->future);
    t->joins = NULL;
    return result;
}

struct sleeper {
    struct timer timer;
    struct future over;
};

static void ring(struct handle *h)
{
    future_set(&container_of(h, struct sleeper, timer.handle)->over, 0);
}

int task_sleep(int64_t ns)
{
    struct loop *l = loop_running();
    if (!l)
        return -EPERM;
    struct sleeper s;
    future_init(&s.over, l);
    timer_setup(&s.timer, ring);
    loop_call_later(l, &s.timer, ns);
    int result = await(&s.over);
    loop_cancel_timer(l, &s.timer);
    return result;
}

int task_yield(void)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    int error = task_interrupted(t);
    if (error)
        return error;
    loop_call_soon(t->future.loop, &t->step);
    coro_yield();
    return task_interrupted(t);
}
