/* A coroutine that runs on the loop: asyncio.Task.
 *
 * The invariant: a task that is not done either waits for one future or has its step scheduled (or
 * running), never both.
 *
 * Where this differs from asyncio, on purpose: cancellation is sticky. There are no exceptions to
 * unwind with, and a return value that nobody looked at would lose a cancellation; so once a task
 * is cancelled, each later await of it fails at once with -ECANCELED, and the task ends by
 * returning. A suspended coroutine is never freed: it is cancelled, returns, and is freed then.
 * errno has no meaning across an await. */
#ifndef LOOP_TASK_H
#define LOOP_TASK_H

#include "loop/coro.h"
#include "loop/future.h"

/* Marks functions that may suspend the task that calls them, and so only run in one. */
#define ASYNC

struct task {
    struct future future;   /* done when the coroutine has returned, with what it returned */
    struct handle step;     /* in the ready queue, or among the callbacks of what it waits for */
    struct future *waiting; /* done or NULL: a step is scheduled or running */
    struct task *joins;     /* in task_join: a cancellation is passed on to it */
    struct coro *coro;
    struct list all;
    const char *name;
    int (*main)(void *arg);
    void *arg;
    bool cancelled;
    bool shielded; /* in task_join or await_shielded: a cancellation does not wake it */
};

/* Schedules main(arg) as a task (create_task). The caller keeps the memory of t and of name until
 * the task's future is done; the loop then has forgotten it. Returns 0 or -ENOMEM: no stack to be
 * had. */
int task_start(struct task *t, struct loop *l, const char *name, int (*main)(void *arg), void *arg);

/* Asks the task to end: the await in which it stands, and every later one, fails with -ECANCELED.
 * Ignored when it is done. */
void task_cancel(struct task *t);

/* The task that runs in this thread now, or NULL. */
struct task *task_current(void);

/* Waits for the future. Returns its result, or -ECANCELED if this task is cancelled, before or
 * meanwhile; the future itself is left alone. */
ASYNC int await(struct future *f);

/* Waits for the future even if this task is cancelled: for what must end because it borrows the
 * caller's memory. Whoever calls it makes sure that it ends. */
ASYNC int await_shielded(struct future *f);

/* Waits for a task to end, and cancels it if this task is cancelled meanwhile or was before, so
 * that no task outlives its scope (asyncio's TaskGroup). Returns that task's result. */
ASYNC int task_join(struct task *t);

/* Waits for that many nanoseconds. Returns 0 or -ECANCELED. */
ASYNC int task_sleep(int64_t ns);

/* Lets everything that is ready run first. Returns 0 or -ECANCELED. */
ASYNC int task_yield(void);

#endif
