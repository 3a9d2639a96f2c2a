/* Waiting with a limit, and for the first of several: another part of loop/task.c. */
#include "tests/loop/tasks.h"

#include <errno.h>

#define SOON NS_PER_MS
#define NEVER (3600 * NS_PER_S)

struct wait {
    struct future futures[AWAIT_ANY_MOST];
    int count;
    int64_t ns;
    struct task task;
    int result;
    bool over;
};

static void init_wait(struct wait *w, struct loop *l, int count, int64_t ns)
{
    w->count = count;
    w->ns = ns;
    for (int i = 0; i < count; i++)
        future_init(&w->futures[i], l);
}

/* --- await_for --- */

static int wait_with_limit(void *arg)
{
    struct wait *w = arg;
    return w->result = await_for(&w->futures[0], w->ns);
}

BACKEND_TEST(await, with_a_limit_returns_the_result_that_comes_in_time)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, NEVER);
    start(l, &w.task, wait_with_limit, &w);
    run_once(l);
    future_set(&w.futures[0], 42);
    CHECK(end_of(&w.task) == 42);
    close_loop(l); /* no timer is left */
}

BACKEND_TEST(await, with_a_limit_fails_once_that_is_over_and_leaves_the_future_alone)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, SOON);
    start(l, &w.task, wait_with_limit, &w);
    int64_t start = loop_time();
    CHECK(end_of(&w.task) == -ETIMEDOUT);
    CHECK(loop_time() - start >= SOON);
    CHECK(!w.futures[0].done && list_empty(&w.futures[0].callbacks));
    close_loop(l);
}

BACKEND_TEST(await, with_no_time_at_all_still_takes_what_is_done)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, 0);
    future_set(&w.futures[0], 42);
    start(l, &w.task, wait_with_limit, &w);
    CHECK(end_of(&w.task) == 42);

    init_wait(&w, l, 1, 0);
    start(l, &w.task, wait_with_limit, &w);
    CHECK(end_of(&w.task) == -ETIMEDOUT);
    close_loop(l);
}

BACKEND_TEST(await, with_a_limit_below_zero_has_none)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, -1);
    start(l, &w.task, wait_with_limit, &w);
    run_once(l);
    CHECK(heap_least(&l->timers) == NULL && !w.task.future.done);
    task_cancel(&w.task);
    CHECK(end_of(&w.task) == -ECANCELED);
    close_loop(l);
}

/* --- scopes --- */

static int await_twice(void *arg)
{
    struct wait *w = arg;
    struct timeout limit;
    timeout_begin(&limit, w->ns);
    w->result = await(&w->futures[0]);
    int again = await(&w->futures[1]);
    w->over = timeout_end(&limit);
    cr_assert_eq(again, w->result);
    return task_yield();
}

BACKEND_TEST(await, fails_for_the_rest_of_a_scope_that_is_over_and_not_after)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 2, SOON);
    future_set(&w.futures[1], 7);
    start(l, &w.task, await_twice, &w);
    CHECK(end_of(&w.task) == 0);
    CHECK(w.result == -ETIMEDOUT && w.over);
    close_loop(l);
}

BACKEND_TEST(await, knows_a_cancellation_from_a_scope_that_is_over)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 2, NEVER);
    start(l, &w.task, await_twice, &w);
    run_once(l);
    task_cancel(&w.task);
    CHECK(end_of(&w.task) == -ECANCELED);
    CHECK(w.result == -ECANCELED && !w.over);
    close_loop(l);
}

static int await_in_nested_scopes(void *arg)
{
    struct wait *w = arg;
    struct timeout outer, inner;
    timeout_begin(&outer, w->ns);
    timeout_begin(&inner, NEVER + SOON - w->ns); /* the outer one's opposite */
    w->result = await(&w->futures[0]);
    tell(timeout_end(&inner) ? 'I' : 'i');
    tell(task_yield() == -ETIMEDOUT ? 'T' : 't');
    tell(timeout_end(&outer) ? 'O' : 'o');
    tell(task_yield() == -ETIMEDOUT ? 'T' : 't');
    return 0;
}

BACKEND_TEST(await, fails_in_an_inner_scope_when_the_outer_one_is_over)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, SOON);
    start(l, &w.task, await_in_nested_scopes, &w);
    CHECK(end_of(&w.task) == 0);
    CHECK(w.result == -ETIMEDOUT && strcmp(story, "iTOt") == 0);
    close_loop(l);
}

BACKEND_TEST(await, goes_on_in_the_outer_scope_when_an_inner_one_is_over)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, NEVER);
    start(l, &w.task, await_in_nested_scopes, &w);
    CHECK(end_of(&w.task) == 0);
    CHECK(w.result == -ETIMEDOUT && strcmp(story, "Itot") == 0);
    close_loop(l);
}

static int sleep_long(void *arg)
{
    (void)arg;
    return task_sleep(NEVER);
}

static int join_in_scope(void *arg)
{
    struct wait *w = arg;
    struct task sleeper;
    struct timeout limit;
    cr_assert_eq(task_start(&sleeper, loop_running(), "sleeper", sleep_long, NULL), 0);
    timeout_begin(&limit, w->ns);
    w->result = task_join(&sleeper);
    w->over = timeout_end(&limit);
    return 0;
}

BACKEND_TEST(await, cancels_who_is_joined_in_a_scope_that_is_over)
{
    struct loop *l = open_loop(ops);
    struct wait w = {.ns = SOON};
    start(l, &w.task, join_in_scope, &w);
    CHECK(end_of(&w.task) == 0);
    CHECK(w.result == -ECANCELED && w.over);
    close_loop(l);
}

static int await_shielded_in_scope(void *arg)
{
    struct wait *w = arg;
    struct timeout limit;
    timeout_begin(&limit, w->ns);
    w->result = await_shielded(&w->futures[0]);
    w->over = timeout_end(&limit);
    return 0;
}

BACKEND_TEST(await, that_is_shielded_outlasts_a_scope)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 1, 0);
    start(l, &w.task, await_shielded_in_scope, &w);
    while (!w.task.expired)
        run_once(l);
    run_once(l);
    CHECK(!w.task.future.done);
    future_set(&w.futures[0], 5);
    CHECK(end_of(&w.task) == 0);
    CHECK(w.result == 5 && w.over);
    close_loop(l);
}

/* --- await_any --- */

static int wait_for_any(void *arg)
{
    struct wait *w = arg;
    struct future *futures[AWAIT_ANY_MOST];
    for (int i = 0; i < AWAIT_ANY_MOST && i < w->count; i++)
        futures[i] = &w->futures[i];
    return w->result = await_any(futures, w->count);
}

BACKEND_TEST(await, of_several_ends_with_the_first)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, AWAIT_ANY_MOST, 0);
    start(l, &w.task, wait_for_any, &w);
    run_once(l);
    future_set(&w.futures[AWAIT_ANY_MOST - 1], -EIO);
    CHECK(end_of(&w.task) == AWAIT_ANY_MOST - 1);
    for (int i = 0; i < AWAIT_ANY_MOST; i++)
        CHECK(list_empty(&w.futures[i].callbacks));
    close_loop(l);
}

BACKEND_TEST(await, of_several_that_are_done_takes_the_least_index)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 3, 0);
    start(l, &w.task, wait_for_any, &w);
    run_once(l);
    future_set(&w.futures[2], 0);
    future_set(&w.futures[1], 0);
    CHECK(end_of(&w.task) == 1);

    start(l, &w.task, wait_for_any, &w); /* done before */
    run_once(l);
    CHECK(w.task.future.done && w.result == 1);
    close_loop(l);
}

BACKEND_TEST(await, of_several_is_cancelled_and_leaves_all_alone)
{
    struct loop *l = open_loop(ops);
    struct wait w;
    init_wait(&w, l, 2, 0);
    start(l, &w.task, wait_for_any, &w);
    run_once(l);
    task_cancel(&w.task);
    CHECK(end_of(&w.task) == -ECANCELED);
    for (int i = 0; i < 2; i++)
        CHECK(!w.futures[i].done && list_empty(&w.futures[i].callbacks));
    close_loop(l);
}

BACKEND_TEST(await, of_none_or_too_many_is_refused)
{
    struct loop *l = open_loop(ops);
    struct wait w = {.count = 0};
    start(l, &w.task, wait_for_any, &w);
    CHECK(end_of(&w.task) == -EINVAL);
    w.count = AWAIT_ANY_MOST + 1;
    start(l, &w.task, wait_for_any, &w);
    CHECK(end_of(&w.task) == -EINVAL);
    close_loop(l);
}
