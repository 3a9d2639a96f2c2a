/* asyncio.run: nothing that was started outlives it. */
#include "loop/runner.h"

#include "loop/loop_private.h"
#include "loop/task.h"

#include <errno.h>
#include <signal.h>

struct main {
    struct task task;
    struct handle interrupt;
    bool interrupted;
};

static void interrupt(struct handle *h)
{
    struct main *m = container_of(h, struct main, interrupt);
    m->interrupted = true;
    task_cancel(&m->task);
    loop_remove_signal_handler(m->task.future.loop, SIGINT);
}

/* Returns whether SIGINT is main's now. */
static bool take_interrupts(struct main *m)
{
    struct sigaction action;
    handle_init(&m->interrupt, interrupt);
    return sigaction(SIGINT, NULL, &action) == 0 && action.sa_handler == SIG_DFL &&
           loop_add_signal_handler(m->task.future.loop, SIGINT, &m->interrupt) == 0;
}

/* Cancels the tasks that are left and runs until the last has returned. */
static int cancel_all_tasks(struct loop *l)
{
    struct future last;
    l->last = &last;
    for (struct task *t = NULL; (t = task_next(l, t));)
        task_cancel(t);
    int error = 0;
    while (!error && !list_empty(&l->tasks)) {
        future_init(&last, l);
        error = loop_run_until_complete(l, &last);
        if (error == -EDEADLK) /* a loop_stop does not count here */
            error = 0;
    }
    l->last = NULL;
    return error;
}

int runner_open(struct runner *r, const char *selector)
{
    return loop_running() ? -EBUSY : loop_open(&r->loop, selector);
}

int runner_main(struct runner *r, int (*main)(void *arg), void *arg)
{
    struct main m = {.interrupted = false};
    struct future *done = &m.task.future;
    int result = task_start(&m.task, r->loop, "main", main, arg);
    if (result)
        return result;
    bool taken = take_interrupts(&m);
    result = loop_run_until_complete(r->loop, done);
    if (taken)
        loop_remove_signal_handler(r->loop, SIGINT);
    int error = cancel_all_tasks(r->loop);
    if (!done->done)
        return error ? error : result;
    return m.interrupted && done->result == -ECANCELED ? -EINTR : done->result;
}

void runner_close(struct runner *r)
{
    loop_close(r->loop);
    coro_trim();
}

int runner_run(const char *selector, int (*main)(void *arg), void *arg)
{
    struct runner r;
    int result = runner_open(&r, selector);
    if (result)
        return result;
    result = runner_main(&r, main, arg);
    runner_close(&r);
    return result;
}
