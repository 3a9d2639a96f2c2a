/* Cancelling, shielding and joining: the rest of loop/task.c. */
#include "tests/loop/tasks.h"

#include <errno.h>
#include <stdlib.h>

static int tell_letter(void *arg)
{
    tell(*(const char *)arg);
    return 42;
}

static int yield_twice(void *arg)
{
    for (int i = 0; i < 3; i++) {
        tell(*(const char *)arg);
        int error = task_yield();
        if (error)
            return error;
    }
    return 0;
}

BACKEND_TEST(cancel, that_is_cancelled_stops_waiting_and_leaves_the_future_alone)
{
    struct loop *l = open_loop(ops);
    struct future *f = malloc(sizeof *f);
    struct task t;
    future_init(f, l);
    start(l, &t, await_future, f);
    run_once(l);
    task_cancel(&t);
    CHECK(!f->done && list_empty(&f->callbacks));
    free(f);
    CHECK(end_of(&t) == -ECANCELED);
    CHECK(strcmp(story, "()") == 0);
    close_loop(l);
}

BACKEND_TEST(cancel, that_is_cancelled_before_its_first_step_fails_at_its_first_await)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, await_future, &f);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    CHECK(strcmp(story, "()") == 0);
    close_loop(l);
}

BACKEND_TEST(cancel, that_is_cancelled_fails_even_if_the_future_is_done)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    future_set(&f, 5);
    start(l, &t, await_future, &f);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    close_loop(l);
}

/* Its step is scheduled by the future already, and must not be so twice. */
BACKEND_TEST(cancel, that_is_cancelled_between_the_result_and_its_step_fails_once)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, await_future, &f);
    run_once(l);
    future_set(&f, 5);
    task_cancel(&t);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    CHECK(strcmp(story, "()") == 0);
    close_loop(l);
}

static int await_and_go_on(void *arg)
{
    int first = await(arg);
    int failures = 0;
    failures += await(arg) == -ECANCELED;
    failures += task_sleep(INT64_MAX) == -ECANCELED;
    failures += task_yield() == -ECANCELED;
    return first == -ECANCELED ? failures : first;
}

BACKEND_TEST(cancel, stays_cancelled_for_every_later_await)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, await_and_go_on, &f);
    run_once(l);
    task_cancel(&t);
    run_once(l);
    CHECK(t.future.done && t.future.result == 3);
    close_loop(l);
}

static int cancel_self(void *arg)
{
    task_cancel(task_current());
    return await(arg);
}

BACKEND_TEST(cancel, may_cancel_itself)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, cancel_self, &f);
    CHECK(end_of(&t) == -ECANCELED);
    close_loop(l);
}

BACKEND_TEST(cancel, that_is_done_cannot_be_cancelled_any_more)
{
    struct loop *l = open_loop(ops);
    struct task t;
    start(l, &t, tell_letter, "x");
    CHECK(end_of(&t) == 42);
    task_cancel(&t);
    CHECK(!t.cancelled && t.future.result == 42);
    run_once(l);
    CHECK(strcmp(story, "x") == 0);
    close_loop(l);
}

BACKEND_TEST(cancel, that_yields_fails_when_it_is_cancelled_meanwhile)
{
    struct loop *l = open_loop(ops);
    struct task t;
    start(l, &t, yield_twice, "x");
    run_once(l);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    CHECK(strcmp(story, "x") == 0);
    close_loop(l);
}

static int sleep_for(void *arg)
{
    return task_sleep(*(int64_t *)arg);
}

BACKEND_TEST(cancel, wakes_from_its_sleep_when_cancelled)
{
    static int64_t for_ever = INT64_MAX;
    struct loop *l = open_loop(ops);
    struct task t;
    start(l, &t, sleep_for, &for_ever);
    run_once(l);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    close_loop(l);
}

/* --- shielding and joining --- */

static int await_future_shielded(void *arg)
{
    int result = await_shielded(arg);
    tell(task_current()->cancelled ? 'c' : 'n');
    return result;
}

BACKEND_TEST(cancel, ignores_a_cancellation_while_it_is_shielded)
{
    for (int before = 0; before < 2; before++) {
        struct loop *l = open_loop(ops);
        struct future f;
        struct task t;
        future_init(&f, l);
        start(l, &t, await_future_shielded, &f);
        if (!before)
            run_once(l);
        task_cancel(&t);
        run_once(l);
        run_once(l);
        CHECK(strcmp(story, "") == 0);
        future_set(&f, 5);
        CHECK(end_of(&t) == 5);
        CHECK(strcmp(story, "c") == 0);
        close_loop(l);
    }
}

static int shielded_then_not(void *arg)
{
    struct future *f = arg;
    await_shielded(&f[0]);
    return await(&f[1]);
}

BACKEND_TEST(cancel, is_shielded_no_longer_than_it_asked_for)
{
    struct loop *l = open_loop(ops);
    struct future f[2];
    struct task t;
    future_init(&f[0], l);
    future_init(&f[1], l);
    start(l, &t, shielded_then_not, f);
    run_once(l);
    future_set(&f[0], 0);
    run_once(l);
    task_cancel(&t);
    CHECK(end_of(&t) == -ECANCELED);
    close_loop(l);
}

static int join(void *arg)
{
    int result = task_join(arg);
    tell(task_current()->cancelled ? 'c' : 'n');
    return result;
}

BACKEND_TEST(cancel, joins_another_and_gets_its_result)
{
    struct loop *l = open_loop(ops);
    struct task t[3];
    start(l, &t[0], tell_letter, "x");
    start(l, &t[1], join, &t[0]);
    CHECK(end_of(&t[1]) == 42);
    start(l, &t[2], join, &t[0]);
    CHECK(end_of(&t[2]) == 42);
    CHECK(strcmp(story, "xnn") == 0);
    close_loop(l);
}

BACKEND_TEST(cancel, passes_its_cancellation_on_to_all_that_it_joins)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t[4];
    future_init(&f, l);
    start(l, &t[0], await_future, &f);
    for (int i = 1; i < 4; i++)
        start(l, &t[i], join, &t[i - 1]);
    run_once(l);
    task_cancel(&t[3]);
    CHECK(end_of(&t[3]) == -ECANCELED);
    CHECK(strcmp(story, "()ccc") == 0);
    for (int i = 0; i < 4; i++)
        CHECK(t[i].future.done && t[i].cancelled);
    close_loop(l);
}

BACKEND_TEST(cancel, cancels_what_it_joins_if_it_was_cancelled_before)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t[2];
    future_init(&f, l);
    start(l, &t[0], await_future, &f);
    start(l, &t[1], join, &t[0]);
    task_cancel(&t[1]);
    CHECK(end_of(&t[1]) == -ECANCELED);
    CHECK(strcmp(story, "()c") == 0);
    close_loop(l);
}

struct pair {
    struct task joined, waiting;
    struct future future;
};

static int join_then_await(void *arg)
{
    struct pair *p = arg;
    task_join(&p->joined);
    return await(&p->future);
}

BACKEND_TEST(cancel, does_not_cancel_what_it_joined_before)
{
    struct loop *l = open_loop(ops);
    struct pair p;
    future_init(&p.future, l);
    start(l, &p.joined, tell_letter, "x");
    start(l, &p.waiting, join_then_await, &p);
    run_once(l);
    run_once(l);
    CHECK(p.waiting.waiting == &p.future);
    start(l, &p.joined, await_future, &p.future); /* another task in the same memory */
    task_cancel(&p.waiting);
    CHECK(end_of(&p.waiting) == -ECANCELED);
    CHECK(!p.joined.cancelled);
    future_set(&p.future, 0);
    CHECK(end_of(&p.joined) == 0);
    close_loop(l);
}
