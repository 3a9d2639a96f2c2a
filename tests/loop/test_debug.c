/* What debug mode tells of tasks that nobody takes care of. */
#include "loop/group.h"
#include "tests/loop/tasks.h"

#include <errno.h>
#include <stdint.h>

static int reports;
static struct loop_report last;

static void note(const struct loop_report *r)
{
    reports++;
    last = *r;
}

static struct loop *open_in_debug_mode(const struct selector_ops *ops)
{
    struct loop *l = open_loop(ops);
    reports = 0;
    last = (struct loop_report){.name = ""};
    loop_set_debug(l, INT64_MAX, note);
    return l;
}

static int return_value(void *arg)
{
    return *(int *)arg;
}

/* Returns that only after another step. */
static int return_later(void *arg)
{
    task_yield();
    return *(int *)arg;
}

static int join(void *arg)
{
    task_join(arg);
    return 0;
}

static void run_some_steps(struct loop *l)
{
    for (int i = 0; i < 5; i++)
        run_once(l);
}

BACKEND_TEST(debug, tells_once_of_a_task_that_fails_unheard)
{
    struct loop *l = open_in_debug_mode(ops);
    struct task t;
    CHECK(task_start(&t, l, "hapless", return_value, &(int){-EPROTO}) == 0);
    run_some_steps(l);
    CHECK(reports == 1);
    CHECK(last.problem == LOOP_TASK_FAILED);
    CHECK(last.error == -EPROTO);
    CHECK(strcmp(last.name, "hapless") == 0);
    close_loop(l);
    CHECK(reports == 1);
}

BACKEND_TEST(debug, says_nothing_of_a_failure_that_somebody_waits_for)
{
    struct loop *l = open_in_debug_mode(ops);
    struct task t, joiner;
    start(l, &t, return_later, &(int){-EPROTO});
    start(l, &joiner, join, &t);
    CHECK(end_of(&joiner) == 0);
    CHECK(t.future.result == -EPROTO);
    CHECK(reports == 0);
    close_loop(l);
}

BACKEND_TEST(debug, says_nothing_of_a_failure_that_ends_the_run)
{
    struct loop *l = open_in_debug_mode(ops);
    struct task t;
    start(l, &t, return_value, &(int){-EPROTO});
    CHECK(end_of(&t) == -EPROTO);
    CHECK(reports == 0);
    close_loop(l);
}

BACKEND_TEST(debug, says_nothing_of_a_failure_in_a_group)
{
    struct loop *l = open_in_debug_mode(ops);
    struct group g;
    struct task t;
    group_init(&g, l);
    CHECK(group_start(&g, &t, "member", return_value, &(int){-EPROTO}) == 0);
    run_some_steps(l);
    CHECK(g.error == -EPROTO);
    CHECK(reports == 0);
    close_loop(l);
}

BACKEND_TEST(debug, says_nothing_of_a_task_that_was_cancelled_or_succeeds)
{
    struct loop *l = open_in_debug_mode(ops);
    struct future never;
    struct task cancelled, fine;
    future_init(&never, l);
    start(l, &cancelled, await_future, &never);
    start(l, &fine, return_value, &(int){7});
    task_cancel(&cancelled);
    run_some_steps(l);
    CHECK(cancelled.future.result == -ECANCELED && fine.future.result == 7);
    CHECK(reports == 0);
    close_loop(l);
}

BACKEND_TEST(debug, tells_of_a_task_that_is_pending_when_the_loop_is_closed)
{
    struct loop *l = open_in_debug_mode(ops);
    struct task t;
    CHECK(task_start(&t, l, "forgotten", return_value, &(int){0}) == 0);
    loop_close(l);
    CHECK(reports == 1);
    CHECK(last.problem == LOOP_TASK_PENDING);
    CHECK(strcmp(last.name, "forgotten") == 0);
    coro_free(t.coro); /* it never ran */
    coro_trim();
}

BACKEND_TEST(debug, can_be_switched_off)
{
    struct loop *l = open_in_debug_mode(ops);
    struct task t;
    loop_set_debug(l, 0, NULL);
    start(l, &t, return_value, &(int){-EPROTO});
    run_some_steps(l);
    CHECK(t.future.done);
    CHECK(reports == 0);
    close_loop(l);
}
