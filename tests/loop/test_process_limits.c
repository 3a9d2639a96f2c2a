/* What a pool does not wait for, does not take, and does not give away. */
#include "tests/loop/process_calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* --- answers that are too long --- */

static int hear_too_much(void *pool)
{
    char *answer;
    size_t length;
    expect_error(pool, "endless", -EMSGSIZE);
    expect_error(pool, "lie", -EMSGSIZE);
    cr_assert_eq(process_pool_call(pool, "echo abc", 8, &answer, &length, 2), -EMSGSIZE);
    cr_assert_eq(process_pool_call(pool, "echo abc", 8, &answer, &length, 3), 0);
    free(answer);
    return 0;
}

BACKEND_TEST(process_limits, takes_no_more_of_an_answer_than_it_wants)
{
    CHECK(run_pool(ops, 1, hear_too_much) == 0);
}

static size_t pages_of_memory(void)
{
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    cr_assert(f && fscanf(f, "%zu", &pages) == 1);
    fclose(f);
    return pages;
}

static int hear_a_promise(void *arg)
{
    char *answer;
    size_t length;
    struct timeout limit;
    timeout_begin(&limit, 5 * MOMENT);
    int error = process_pool_call(arg, "promise", 7, &answer, &length, SIZE_MAX);
    timeout_end(&limit);
    return error;
}

static int watch_memory(void *pool)
{
    struct task t;
    size_t before = pages_of_memory();
    cr_assert_eq(task_start(&t, loop_running(), "promised", hear_a_promise, pool), 0);
    while (!t.future.done) {
        cr_assert_lt(pages_of_memory() - before, 65536); /* 256 MiB */
        task_sleep(NS_PER_MS);
    }
    return t.future.result;
}

BACKEND_TEST(process_limits, takes_no_memory_for_a_promise)
{
    CHECK(run_pool(ops, 1, watch_memory) == -ETIMEDOUT);
}

/* --- interruptions --- */

static int let_time_pass(void *pool)
{
    struct caller slow = {.limit = MOMENT}, next = {0};
    start_call(&slow, pool, "pause");
    start_call(&next, pool, "echo after");
    expect_end(&slow, -ETIMEDOUT);
    expect_end(&next, 0);
    expect_answer(pool, "echo later", "later");
    return 0;
}

BACKEND_TEST(process_limits, kills_a_worker_whose_time_is_over_and_goes_on)
{
    CHECK(run_pool(ops, 1, let_time_pass) == 0);
}

/* The second has waited for as long as it may have the worker when its turn comes. */
static int overdraw(void *pool)
{
    struct caller callers[3] = {0};
    for (int i = 0; i < 3; i++)
        start_call(&callers[i], pool, i < 2 ? "pause" : "echo third");
    expect_end(&callers[0], -ETIME);
    task_sleep(MOMENT / 2);
    cr_assert_not(callers[1].task.future.done);
    expect_end(&callers[1], -ETIME);
    expect_end(&callers[2], 0);
    return 0;
}

BACKEND_TEST(process_limits, limits_the_time_that_a_worker_has_for_a_call)
{
    forget_story();
    CHECK(runner_run(ops->name, session, &(struct session){worker_program, 1, MOMENT, overdraw}) ==
          0);
}

static int cancel_calls(void *pool)
{
    struct caller running = {0}, waiting = {0}, last = {0};
    start_call(&running, pool, "pause");
    start_call(&waiting, pool, "pid");
    start_call(&last, pool, "echo last");
    task_sleep(MOMENT);
    task_cancel(&waiting.task);
    expect_end(&waiting, -ECANCELED);
    cr_assert(!running.task.future.done && !last.task.future.done);
    task_cancel(&running.task);
    task_yield();
    cr_assert(running.task.future.done);
    expect_end(&running, -ECANCELED);
    expect_end(&last, 0);
    return 0;
}

BACKEND_TEST(process_limits, ends_a_cancelled_call_at_once_wherever_it_stands)
{
    CHECK(run_pool(ops, 1, cancel_calls) == 0);
}

/* The turn was given to it in the step in which it is cancelled. */
static int cancel_with_a_turn(void *pool)
{
    struct caller first = {0}, second = {0}, third = {0};
    start_call(&first, pool, "pause");
    start_call(&second, pool, "pid");
    start_call(&third, pool, "pid");
    task_yield();
    task_cancel(&first.task);
    task_yield();
    task_cancel(&second.task);
    expect_end(&first, -ECANCELED);
    expect_end(&second, -ECANCELED);
    expect_end(&third, 0);
    return 0;
}

BACKEND_TEST(process_limits, passes_the_turn_of_a_cancelled_caller_on)
{
    CHECK(run_pool(ops, 1, cancel_with_a_turn) == 0);
}

static int talk_to_the_deaf(void *pool)
{
    size_t size = 1u << 20, length;
    char *request = calloc(1, size), *answer;
    struct timeout limit;
    timeout_begin(&limit, MOMENT);
    int error = process_pool_call(pool, request, size, &answer, &length, MOST);
    timeout_end(&limit);
    free(request);
    return error;
}

BACKEND_TEST(process_limits, ends_the_call_of_a_worker_that_does_not_listen)
{
    CHECK(run_with(ops, (char *const[]){"/bin/sleep", "1000", NULL}, 1, talk_to_the_deaf) ==
          -ETIMEDOUT);
}

static int turn_meanwhile(void *pool)
{
    struct caller slow = {0};
    start_call(&slow, pool, "pause");
    for (int turns = 0; turns < 10; turns++)
        cr_assert_eq(task_sleep(NS_PER_MS), 0);
    cr_assert_not(slow.task.future.done);
    task_cancel(&slow.task);
    expect_end(&slow, -ECANCELED);
    return 0;
}

BACKEND_TEST(process_limits, lets_the_loop_turn_meanwhile)
{
    CHECK(run_pool(ops, 1, turn_meanwhile) == 0);
}

Test(process_limits, takes_calls_of_tasks_alone)
{
    struct loop *l;
    struct process_pool *p;
    char *answer;
    size_t length;
    cr_assert_eq(loop_open(&l, NULL), 0);
    cr_assert_eq(process_pool_open(&p, l, worker_program, 0, -1), 0);
    cr_assert_eq(process_pool_call(p, "pid", 3, &answer, &length, MOST), -EPERM);
    process_pool_close(p);
    loop_close(l);
}

/* --- what a worker has --- */

static int ask_for_descriptors(void *pool)
{
    int error, commas = 0;
    char *answer = ask(pool, "descriptors", &error);
    cr_assert_eq(error, 0);
    for (const char *c = answer; *c; c++)
        commas += *c == ',';
    cr_assert(strncmp(answer, "0 pipe, 1 pipe, 2 ", 18) == 0 && commas == 2, "%s", answer);
    free(answer);
    return 0;
}

BACKEND_TEST(process_limits, leaves_a_worker_no_descriptors_but_its_pipes_and_standard_error)
{
    int fds[2] = {dup(0), fcntl(0, F_DUPFD, 200)};
    CHECK(run_pool(ops, 1, ask_for_descriptors) == 0);
    close(fds[0]);
    close(fds[1]);
}

static int ask_for_signals(void *pool)
{
    expect_answer(pool, "signals", "0 blocked, 0 not default, group of its own");
    return 0;
}

BACKEND_TEST(process_limits, gives_a_worker_fresh_signals_and_a_process_group)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGINT, SIG_IGN);
    CHECK(run_pool(ops, 1, ask_for_signals) == 0);
}
