/* What the tests of tasks share: a loop for one test, and a coroutine that tells its story. */
#ifndef TESTS_LOOP_TASKS_H
#define TESTS_LOOP_TASKS_H

#include "loop/loop_private.h"
#include "loop/task.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

static inline struct loop *open_loop(const struct selector_ops *ops)
{
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == 0);
    forget_story();
    return l;
}

static inline void close_loop(struct loop *l)
{
    cr_assert(list_empty(&l->tasks));
    cr_assert_null(heap_least(&l->timers));
    loop_close(l);
    coro_trim();
}

static inline void start(struct loop *l, struct task *t, int (*main)(void *arg), void *arg)
{
    cr_assert_eq(task_start(t, l, "test", main, arg), 0);
}

static inline void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

static inline int end_of(struct task *t)
{
    return loop_run_until_complete(t->future.loop, &t->future);
}

static inline int await_future(void *arg)
{
    tell('(');
    int result = await(arg);
    tell(')');
    return result;
}

#endif
