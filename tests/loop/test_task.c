#include "loop/task.h"

#include "loop/loop_private.h"
#include "tests/loop/backends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What happened, a letter each. */
static char story[64];

static void tell(char letter)
{
    size_t length = strlen(story);
    cr_assert_lt(length + 1, sizeof story);
    story[length] = letter;
}

static struct loop *open_loop(const struct selector_ops *ops)
{
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == 0);
    memset(story, 0, sizeof story);
    return l;
}

static void close_loop(struct loop *l)
{
    cr_assert(list_empty(&l->tasks));
    cr_assert_null(heap_least(&l->timers));
    loop_close(l);
    coro_trim();
}

static void start(struct loop *l, struct task *t, int (*main)(void *arg), void *arg)
{
    cr_assert_eq(task_start(t, l, "test", main, arg), 0);
}

static void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

static int end_of(struct task *t)
{
    return loop_run_until_complete(t->future.loop, &t->future);
}

static int await_future(void *arg)
{
    tell('(');
    int result = await(arg);
    tell(')');
    return result;
}

/* --- running --- */

static int tell_letter(void *arg)
{
    tell(*(const char *)arg);
    return 42;
}

BACKEND_TEST(task, runs_in_a_step_of_the_loop_and_returns_its_result)
{
    struct loop *l = open_loop(ops);
    struct task t;
    start(l, &t, tell_letter, "x");
    CHECK(strcmp(story, "") == 0);
    CHECK(end_of(&t) == 42);
    CHECK(strcmp(story, "x") == 0);
    close_loop(l);
}

BACKEND_TEST(task, starts_in_the_order_of_starting)
{
    struct loop *l = open_loop(ops);
    struct task t[3];
    for (int i = 0; i < 3; i++)
        start(l, &t[i], tell_letter, &"abc"[i]);
    run_once(l);
    CHECK(strcmp(story, "abc") == 0);
    close_loop(l);
}

static int expect_current(void *arg)
{
    cr_assert_eq(task_current(), arg);
    task_yield();
    cr_assert_eq(task_current(), arg);
    return 0;
}

static void expect_no_current(struct handle *h)
{
    (void)h;
    cr_assert_null(task_current());
    tell('n');
}

BACKEND_TEST(task, is_the_current_one_only_while_it_runs)
{
    struct loop *l = open_loop(ops);
    struct task t[2];
    struct handle h;
    handle_init(&h, expect_no_current);
    start(l, &t[0], expect_current, &t[0]);
    loop_call_soon(l, &h);
    start(l, &t[1], expect_current, &t[1]);
    CHECK(task_current() == NULL);
    CHECK(end_of(&t[0]) == 0 && end_of(&t[1]) == 0);
    CHECK(strcmp(story, "n") == 0);
    close_loop(l);
}

struct owner {
    struct task task;
    struct handle done;
};

static void free_owner(struct handle *h)
{
    tell('f');
    free(container_of(h, struct owner, done));
}

BACKEND_TEST(task, may_be_freed_once_its_future_is_done)
{
    struct loop *l = open_loop(ops);
    struct owner *o = malloc(sizeof *o);
    start(l, &o->task, tell_letter, "x");
    handle_init(&o->done, free_owner);
    future_add_callback(&o->task.future, &o->done);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "xf") == 0);
    close_loop(l);
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

BACKEND_TEST(task, lets_others_go_first_when_it_yields)
{
    struct loop *l = open_loop(ops);
    struct task a, b;
    start(l, &a, yield_twice, "a");
    start(l, &b, yield_twice, "b");
    CHECK(end_of(&b) == 0);
    CHECK(strcmp(story, "ababab") == 0);
    close_loop(l);
}

static int count_yields(void *arg)
{
    for (int i = 0; i < 3; i++) {
        ++*(int *)arg;
        task_yield();
    }
    return 1;
}

static int start_and_join_many(void *arg)
{
    enum { COUNT = 10000 };
    static struct task tasks[COUNT];
    int sum = 0;
    for (int i = 0; i < COUNT; i++)
        start(loop_running(), &tasks[i], count_yields, arg);
    for (int i = 0; i < COUNT; i++)
        sum += task_join(&tasks[i]);
    return sum;
}

BACKEND_TEST(task, exists_ten_thousand_times)
{
    struct loop *l = open_loop(ops);
    struct task t;
    int yields = 0;
    start(l, &t, start_and_join_many, &yields);
    CHECK(end_of(&t) == 10000);
    CHECK(yields == 30000);
    close_loop(l);
}

static const char *slow_name;

static void note_slow(const char *what, int64_t ns)
{
    (void)ns;
    slow_name = what;
}

BACKEND_TEST(task, is_named_in_debug_mode_when_it_holds_the_loop)
{
    struct loop *l = open_loop(ops);
    struct task t;
    slow_name = NULL;
    loop_set_debug(l, 1, note_slow);
    start(l, &t, yield_twice, "x");
    run_once(l);
    CHECK(slow_name && strcmp(slow_name, "test") == 0);
    CHECK(end_of(&t) == 0);
    close_loop(l);
}

/* --- awaiting --- */

BACKEND_TEST(task, awaits_a_future)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, await_future, &f);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "(") == 0);
    CHECK(t.waiting == &f);
    future_set(&f, -EPROTO);
    CHECK(strcmp(story, "(") == 0);
    CHECK(end_of(&t) == -EPROTO);
    close_loop(l);
}

BACKEND_TEST(task, does_not_wait_for_what_is_done)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    future_set(&f, 5);
    start(l, &t, await_future, &f);
    run_once(l);
    CHECK(t.future.done && t.future.result == 5);
    close_loop(l);
}

struct reader {
    struct future *future;
    char letter;
};

static int await_letter(void *arg)
{
    struct reader *r = arg;
    tell(r->letter);
    int result = await(r->future);
    tell(r->letter);
    return result;
}

BACKEND_TEST(task, resumes_in_the_order_of_awaiting)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t[3];
    struct reader readers[3] = {{&f, 'a'}, {&f, 'b'}, {&f, 'c'}};
    future_init(&f, l);
    for (int i = 0; i < 3; i++)
        start(l, &t[i], await_letter, &readers[i]);
    run_once(l);
    future_set(&f, 1);
    CHECK(end_of(&t[2]) == 1);
    CHECK(strcmp(story, "abcabc") == 0);
    close_loop(l);
}

/* --- cancelling --- */

BACKEND_TEST(task, that_is_cancelled_stops_waiting_and_leaves_the_future_alone)
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

BACKEND_TEST(task, that_is_cancelled_before_its_first_step_fails_at_its_first_await)
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

BACKEND_TEST(task, that_is_cancelled_fails_even_if_the_future_is_done)
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
BACKEND_TEST(task, that_is_cancelled_between_the_result_and_its_step_fails_once)
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

BACKEND_TEST(task, stays_cancelled_for_every_later_await)
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

BACKEND_TEST(task, may_cancel_itself)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct task t;
    future_init(&f, l);
    start(l, &t, cancel_self, &f);
    CHECK(end_of(&t) == -ECANCELED);
    close_loop(l);
}

BACKEND_TEST(task, that_is_done_cannot_be_cancelled_any_more)
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

BACKEND_TEST(task, that_yields_fails_when_it_is_cancelled_meanwhile)
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

/* --- shielding and joining --- */

static int await_future_shielded(void *arg)
{
    int result = await_shielded(arg);
    tell(task_current()->cancelled ? 'c' : 'n');
    return result;
}

BACKEND_TEST(task, ignores_a_cancellation_while_it_is_shielded)
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

BACKEND_TEST(task, is_shielded_no_longer_than_it_asked_for)
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

BACKEND_TEST(task, joins_another_and_gets_its_result)
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

BACKEND_TEST(task, passes_its_cancellation_on_to_all_that_it_joins)
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

BACKEND_TEST(task, cancels_what_it_joins_if_it_was_cancelled_before)
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

BACKEND_TEST(task, does_not_cancel_what_it_joined_before)
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

/* --- sleeping --- */

static int sleep_for(void *arg)
{
    return task_sleep(*(int64_t *)arg);
}

BACKEND_TEST(task, sleeps_at_least_as_long_as_it_wants)
{
    static int64_t times[] = {-5, 0, 1, 2 * NS_PER_MS};
    struct loop *l = open_loop(ops);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct task t;
        int64_t begin = loop_time();
        start(l, &t, sleep_for, &times[i]);
        CHECK(end_of(&t) == 0);
        CHECK(loop_time() - begin >= times[i]);
    }
    close_loop(l);
}

BACKEND_TEST(task, wakes_from_its_sleep_when_cancelled)
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
