#include "loop/runner.h"

#include "loop/task.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const struct selector_ops *ops, int (*main)(void *arg), void *arg)
{
    forget_story();
    return runner_run(ops->name, main, arg);
}

static int expect_loop(void *arg)
{
    cr_assert_str_eq(loop_selector_name(loop_running()), arg);
    return task_yield() ? -1 : 42;
}

BACKEND_TEST(runner, runs_main_on_that_backend_and_returns_its_result)
{
    CHECK(run(ops, expect_loop, (void *)ops->name) == 42);
    CHECK(loop_running() == NULL);
}

Test(runner, runs_on_the_best_backend_by_itself)
{
    cr_assert_eq(runner_run(NULL, expect_loop, (void *)selectors[0]->name), 42);
}

Test(runner, knows_no_unknown_backend)
{
    cr_assert_eq(runner_run("carrier pigeon", expect_loop, NULL), -EINVAL);
}

static int run_another(void *arg)
{
    return runner_run(arg, expect_loop, NULL);
}

BACKEND_TEST(runner, runs_no_loop_within_a_loop)
{
    CHECK(run(ops, run_another, (void *)ops->name) == -EBUSY);
}

static int sleep_for_ever(void *arg)
{
    tell(*(const char *)arg);
    int result = task_sleep(INT64_MAX);
    tell(result == -ECANCELED ? ')' : '?');
    return result;
}

static int leave_two_tasks(void *arg)
{
    static struct task left[2];
    (void)arg;
    for (int i = 0; i < 2; i++)
        cr_assert_eq(task_start(&left[i], loop_running(), "left", sleep_for_ever, &"ab"[i]), 0);
    task_yield();
    return 7;
}

BACKEND_TEST(runner, cancels_the_tasks_that_main_leaves_and_waits_for_them)
{
    CHECK(run(ops, leave_two_tasks, NULL) == 7);
    CHECK(strcmp(story, "ab))") == 0);
}

static int start_when_cancelled(void *arg)
{
    static struct task late;
    sleep_for_ever(arg);
    cr_assert_eq(task_start(&late, loop_running(), "late", sleep_for_ever, "b"), 0);
    return 0;
}

static int leave_one_that_starts_another(void *arg)
{
    static struct task left;
    (void)arg;
    cr_assert_eq(task_start(&left, loop_running(), "left", start_when_cancelled, "a"), 0);
    task_yield();
    return 7;
}

BACKEND_TEST(runner, cancels_what_the_tasks_that_are_left_still_start)
{
    CHECK(run(ops, leave_one_that_starts_another, NULL) == 7);
    CHECK(strcmp(story, "a)b)") == 0);
}

static int stop_the_loop(void *arg)
{
    (void)arg;
    loop_stop(loop_running());
    return sleep_for_ever("m");
}

BACKEND_TEST(runner, cancels_main_when_the_loop_is_stopped)
{
    CHECK(run(ops, stop_the_loop, NULL) == -ECANCELED);
    CHECK(strcmp(story, "m)") == 0);
}

struct pause {
    struct timer timer;
    struct future over;
};

static void end_pause(struct handle *h)
{
    future_set(&container_of(h, struct pause, timer.handle)->over, 0);
}

/* Takes several steps to end, and stops the loop in each of them. */
static int stop_again_and_again(void *arg)
{
    sleep_for_ever("m");
    for (int i = 0; i < 3; i++) {
        struct pause p;
        future_init(&p.over, loop_running());
        timer_setup(&p.timer, end_pause);
        loop_call_later(loop_running(), &p.timer, 1000);
        loop_stop(loop_running());
        await_shielded(&p.over);
    }
    tell('e');
    (void)arg;
    return 3;
}

static int leave_one_that_stops_the_loop(void *arg)
{
    static struct task left;
    cr_assert_eq(task_start(&left, loop_running(), "left", stop_again_and_again, arg), 0);
    return task_yield();
}

BACKEND_TEST(runner, waits_for_all_tasks_even_if_they_stop_the_loop)
{
    CHECK(run(ops, leave_one_that_stops_the_loop, NULL) == 0);
    CHECK(strcmp(story, "m)e") == 0);
}

struct owner {
    struct task task;
    struct handle done;
};

static void free_owner(struct handle *h)
{
    free(container_of(h, struct owner, done));
    tell('f');
}

static int leave_one_that_is_freed_when_done(void *arg)
{
    (void)arg;
    struct owner *o = malloc(sizeof *o);
    cr_assert_eq(task_start(&o->task, loop_running(), "left", sleep_for_ever, "a"), 0);
    handle_init(&o->done, free_owner);
    future_add_callback(&o->task.future, &o->done);
    task_yield();
    return 0;
}

BACKEND_TEST(runner, makes_the_last_calls_of_the_tasks_that_are_left)
{
    CHECK(run(ops, leave_one_that_is_freed_when_done, NULL) == 0);
    CHECK(strcmp(story, "a)f") == 0);
}

/* --- SIGINT, which the tests may have been started without --- */

static int interrupt_self(void *arg)
{
    (void)arg;
    tell('(');
    kill(getpid(), SIGINT);
    int result = task_sleep(3600 * NS_PER_S);
    tell(')');
    return result;
}

BACKEND_TEST(runner, cancels_main_at_the_first_interrupt)
{
    struct sigaction action;
    signal(SIGINT, SIG_DFL);
    CHECK(run(ops, interrupt_self, NULL) == -EINTR);
    CHECK(strcmp(story, "()") == 0);
    CHECK(sigaction(SIGINT, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
}

static int interrupt_twice(void *arg)
{
    interrupt_self(arg);
    kill(getpid(), SIGINT);
    return 0;
}

BACKEND_TEST(runner, is_killed_by_the_second_interrupt)
{
    int status;
    signal(SIGINT, SIG_DFL);
    pid_t child = fork();
    if (child == 0)
        _exit(runner_run(ops->name, interrupt_twice, NULL));
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static int finish_though_interrupted(void *arg)
{
    interrupt_self(arg);
    return 42;
}

BACKEND_TEST(runner, returns_what_an_interrupted_main_makes_of_it)
{
    signal(SIGINT, SIG_DFL);
    CHECK(run(ops, finish_though_interrupted, NULL) == 42);
}

BACKEND_TEST(runner, leaves_an_interrupt_that_is_ignored_to_who_ignores_it)
{
    signal(SIGINT, SIG_IGN);
    struct sigaction action;
    CHECK(run(ops, expect_loop, (void *)ops->name) == 42);
    CHECK(sigaction(SIGINT, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
    signal(SIGINT, SIG_DFL);
}

struct taken {
    struct handle handle;
    struct future over;
};

static void take(struct handle *h)
{
    future_set(&container_of(h, struct taken, handle)->over, 7);
}

static int take_the_interrupt(void *arg)
{
    struct taken t;
    (void)arg;
    handle_init(&t.handle, take);
    future_init(&t.over, loop_running());
    cr_assert_eq(loop_add_signal_handler(loop_running(), SIGINT, &t.handle), 0);
    kill(getpid(), SIGINT);
    int result = await(&t.over);
    loop_remove_signal_handler(loop_running(), SIGINT);
    return result;
}

BACKEND_TEST(runner, lets_main_take_the_interrupt_over)
{
    CHECK(run(ops, take_the_interrupt, NULL) == 7);
}
