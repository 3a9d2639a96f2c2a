/* Tasks. The invariant of task.h: a task that is not done has waiting set and its step among that
 * future's callbacks (or moved to the ready queue by the future, just made done), or has waiting
 * NULL and its step in the ready queue or running. */
#include "loop/task.h"

#include "loop/loop_private.h"

#include <assert.h>
#include <errno.h>

static void run(void *arg)
{
    struct task *t = arg;
    future_set(&t->future, t->main(t->arg));
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
    if (l->last && list_empty(&l->tasks))
        future_set(l->last, 0);
}

int task_start(struct task *t, struct loop *l, const char *name, int (*main)(void *arg), void *arg)
{
    /* Born cancelled when the runner ends. */
    *t = (struct task){.name = name, .main = main, .arg = arg, .cancelled = l->last != NULL};
    int error = coro_new(&t->coro, run, t);
    if (error)
        return error;
    future_init(&t->future, l);
    handle_init(&t->step, step);
    list_add(&l->tasks, &t->all);
    loop_call_soon(l, &t->step);
    return 0;
}

void task_cancel(struct task *t)
{
    for (; t && !t->cancelled && !t->future.done; t = t->joins) {
        t->cancelled = true;
        if (t->waiting && !t->shielded) {
            t->waiting = NULL;
            loop_call_soon(t->future.loop, &t->step);
        }
    }
}

struct task *task_current(void)
{
    struct loop *l = loop_running();
    return l ? l->current : NULL;
}

/* Suspends t, the current task, until f is done or a cancellation wakes it. */
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
    assert(t);
    if (!t->cancelled)
        wait_for(t, f);
    return t->cancelled ? -ECANCELED : f->result;
}

int await_shielded(struct future *f)
{
    struct task *t = task_current();
    assert(t);
    t->shielded = true;
    wait_for(t, f);
    t->shielded = false;
    return f->result;
}

int task_join(struct task *joined)
{
    struct task *t = task_current();
    assert(t && t != joined);
    if (t->cancelled)
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

static void wake(struct handle *h)
{
    future_set(&container_of(h, struct sleeper, timer.handle)->over, 0);
}

int task_sleep(int64_t ns)
{
    struct loop *l = loop_running();
    struct sleeper s;
    future_init(&s.over, l);
    timer_setup(&s.timer, wake);
    loop_call_later(l, &s.timer, ns);
    int result = await(&s.over);
    loop_cancel_timer(l, &s.timer);
    return result;
}

int task_yield(void)
{
    struct task *t = task_current();
    assert(t);
    if (t->cancelled)
        return -ECANCELED;
    loop_call_soon(t->future.loop, &t->step);
    coro_yield();
    return t->cancelled ? -ECANCELED : 0;
}
