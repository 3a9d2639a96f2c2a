#include "loop/group.h"
#include "tests/loop/sanitizers.h"
#include "tests/loop/tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

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
    enum { COUNT = MANY_COROUTINES };
    static struct task tasks[COUNT];
    int sum = 0;
    for (int i = 0; i < COUNT; i++)
        start(loop_running(), &tasks[i], count_yields, arg);
    for (int i = 0; i < COUNT; i++)
        sum += task_join(&tasks[i]);
    return sum;
}

BACKEND_TEST(task, exists_many_times)
{
    struct loop *l = open_loop(ops);
    struct task t;
    int yields = 0;
    start(l, &t, start_and_join_many, &yields);
    CHECK(end_of(&t) == MANY_COROUTINES);
    CHECK(yields == 3 * MANY_COROUTINES);
    close_loop(l);
}

static const char *slow_name;

static void note_slow(const struct loop_report *r)
{
    cr_assert_eq(r->problem, LOOP_SLOW);
    slow_name = r->name;
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

/* --- outside of tasks --- */

struct outsider {
    struct handle handle;
    struct task other;
};

/* What waits returns -EPERM, and at once. */
static void try_to_wait(struct handle *h)
{
    struct outsider *o = container_of(h, struct outsider, handle);
    struct loop *l = o->other.future.loop;
    struct future f, *const futures[] = {&f};
    struct group g;
    struct timeout limit;
    future_init(&f, l);
    group_init(&g, l);
    cr_assert_eq(await(&f), -EPERM);
    cr_assert_eq(await_shielded(&f), -EPERM);
    cr_assert_eq(await_for(&f, NS_PER_S), -EPERM);
    cr_assert_eq(await_any(futures, 1), -EPERM);
    cr_assert_eq(task_join(&o->other), -EPERM);
    cr_assert_eq(task_sleep(NS_PER_S), -EPERM);
    cr_assert_eq(task_yield(), -EPERM);
    cr_assert_eq(group_join(&g), -EPERM);
    timeout_begin(&limit, 0);
    cr_assert_not(timeout_end(&limit));
    cr_assert_null(heap_least(&l->timers));
    cr_assert(list_empty(&f.callbacks));
    tell('.');
}

BACKEND_TEST(task, alone_can_wait)
{
    struct loop *l = open_loop(ops);
    struct outsider o;
    handle_init(&o.handle, try_to_wait);
    start(l, &o.other, tell_letter, "x");
    try_to_wait(&o.handle);
    loop_call_soon(l, &o.handle);
    CHECK(end_of(&o.other) == 42);
    CHECK(strcmp(story, ".x.") == 0);
    close_loop(l);
}

static void *start_threadsafe(void *arg)
{
    struct task *t = arg;
    task_start_threadsafe(t, t->future.loop, "from outside", yield_twice, "x");
    return NULL;
}

BACKEND_TEST(task, may_be_started_by_another_thread)
{
    struct loop *l = open_loop(ops);
    struct task t = {.future.loop = l};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, start_threadsafe, &t), 0);
    pthread_join(thread, NULL);
    CHECK(strcmp(story, "") == 0);
    CHECK(task_next(l, NULL) == NULL);
    CHECK(end_of(&t) == 0);
    CHECK(strcmp(story, "xxx") == 0);
    close_loop(l);
}
