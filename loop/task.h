/* A coroutine that runs on the loop: asyncio.Task.
 *
 * The invariant: a task that is not done either waits for one future or has its step scheduled (or
 * running), never both.
 *
 * Where this differs from asyncio, on purpose:
 * - Cancellation is sticky. There are no exceptions to unwind with, and a return value that nobody
 *   looked at would lose a cancellation; so once a task is cancelled, each later await of it fails
 *   at once with -ECANCELED, and the task ends by returning. So it is with a timeout that is over,
 *   for its scope.
 * - An await that is interrupted leaves what it waited for alone. await(&t->future) is therefore
 *   asyncio.shield; task_join is what passes a cancellation on.
 * - A suspended coroutine is never freed: it is cancelled, returns, and is freed then.
 * - Errors are negative errno by value, and errno has no meaning across an await. */
#ifndef LOOP_TASK_H
#define LOOP_TASK_H

#include "loop/coro.h"
#include "loop/future.h"

/* Marks functions that may suspend the task that calls them. They only run in a task: in a thread
 * that runs none they return -EPERM. */
#define ASYNC

struct task {
    struct future future;   /* done when the coroutine has returned, with what it returned */
    struct handle step;     /* in the ready queue, or among the callbacks of what it waits for */
    struct future *waiting; /* done or NULL: a step is scheduled or running */
    struct task *joins;     /* in task_join: a cancellation is passed on to it, */
    struct group *gathers;  /* in group_join: or to these */
    struct group *group;    /* that it belongs to; NULL: none */
    struct list member;     /* of the group */
    struct list all;
    struct coro *coro;
    const char *name;
    int (*main)(void *arg);
    void *arg;
    unsigned expired; /* of the timeouts that it is in */
    bool cancelled;
    bool shielded; /* an interruption does not wake it */
};

/* Schedules main(arg) as a task (create_task). The caller keeps the memory of t and of name until
 * the task's future is done; the loop then has forgotten it. Returns 0 or -ENOMEM: no stack to be
 * had. */
int task_start(struct task *t, struct loop *l, const char *name, int (*main)(void *arg), void *arg);

/* The same from any thread (run_coroutine_threadsafe). Where there is no stack to be had, the
 * task's future is done with -ENOMEM. */
void task_start_threadsafe(struct task *t, struct loop *l, const char *name, int (*main)(void *arg),
                           void *arg);

/* Asks the task to end: the await in which it stands, and every later one, fails with -ECANCELED.
 * Ignored when it is done. */
void task_cancel(struct task *t);

/* The task that runs in this thread now, or NULL. */
struct task *task_current(void);

/* Every task of the loop that is not done, in the order of starting (all_tasks): the one after t,
 * the first if t is NULL; NULL: there is none. */
struct task *task_next(const struct loop *l, const struct task *t);

/* Waits for the future. Returns its result; or -ECANCELED if this task is cancelled, -ETIMEDOUT if
 * a timeout that it is in is over, before or meanwhile: then the future itself is left alone. */
ASYNC int await(struct future *f);

/* Waits for the future even if this task is interrupted: for what must end because it borrows the
 * caller's memory. Whoever calls it makes sure that it ends. */
ASYNC int await_shielded(struct future *f);

/* await for that many nanoseconds at most (wait_for): -ETIMEDOUT if they are over. */
ASYNC int await_for(struct future *f, int64_t ns);

/* Waits for the first of n futures, 1 to AWAIT_ANY_MOST (wait, FIRST_COMPLETED): returns the least
 * index of those that are done, or as await. */
#define AWAIT_ANY_MOST 16
ASYNC int await_any(struct future *const futures[], int n);

/* Waits for a task to end, and cancels it if this task is interrupted meanwhile or was before, so
 * that no task outlives its scope. Returns that task's result. */
ASYNC int task_join(struct task *t);

/* Waits for that many nanoseconds. Returns 0, or as await. */
ASYNC int task_sleep(int64_t ns);

/* Lets everything that is ready run first. Returns 0, or as await. */
ASYNC int task_yield(void);

/* 0; -ECANCELED, -ETIMEDOUT: what an await would fail with now. */
int task_interrupted(const struct task *t);

/* A scope with an end in time (asyncio.timeout): from timeout_begin to timeout_end, in one
 * function, everything that the task awaits fails once the time is over. Scopes nest. */
struct timeout {
    struct timer timer;
    struct task *task;
    bool over;
};

/* Negative: for ever. */
ASYNC void timeout_begin(struct timeout *t, int64_t ns);

/* Returns whether the time was over. */
ASYNC bool timeout_end(struct timeout *t);

#endif
