#include "loop/process_pool.h"

#include "loop/runner.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST (64u << 20)
#define MOMENT (30 * NS_PER_MS)

static char *const worker_program[] = {PROCESS_WORKER, NULL};

struct session {
    char *const *argv;
    unsigned processes;
    int64_t limit;
    int (*main)(void *pool);
};

static int session(void *arg)
{
    struct session *s = arg;
    struct process_pool *p;
    cr_assert_eq(process_pool_open(&p, loop_running(), s->argv, s->processes, s->limit), 0);
    int result = s->main(p);
    process_pool_close(p);
    cr_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left");
    return result;
}

/* Runs main(pool) as a task. No process is left afterwards. */
static int run_with(const struct selector_ops *ops, char *const argv[], unsigned processes,
                    int (*main)(void *pool))
{
    forget_story();
    signal(SIGPIPE, SIG_IGN);
    return runner_run(ops->name, session, &(struct session){argv, processes, -1, main});
}

static int run_pool(const struct selector_ops *ops, unsigned processes, int (*main)(void *pool))
{
    return run_with(ops, worker_program, processes, main);
}

/* The answer as a string, which the caller frees; NULL and why in *error. */
static char *ask(struct process_pool *p, const char *request, int *error)
{
    char *answer, *text;
    size_t length;
    *error = process_pool_call(p, request, strlen(request), &answer, &length, MOST);
    if (*error)
        return NULL;
    text = calloc(1, length + 1);
    if (length)
        memcpy(text, answer, length);
    free(answer);
    return text;
}

static void expect_answer(struct process_pool *p, const char *request, const char *expected)
{
    int error;
    char *answer = ask(p, request, &error);
    cr_assert_eq(error, 0, "%s: %s", request, strerror(-error));
    cr_assert_str_eq(answer, expected, "%s: %s", request, answer);
    free(answer);
}

static void expect_error(struct process_pool *p, const char *request, int expected)
{
    int error;
    free(ask(p, request, &error));
    cr_assert_eq(error, expected, "%s: %d, not %d", request, error, expected);
}

static pid_t worker_pid(struct process_pool *p)
{
    int error;
    char *answer = ask(p, "pid", &error);
    cr_assert_eq(error, 0);
    pid_t pid = atoi(answer);
    free(answer);
    return pid;
}

/* A call in a task of its own. */
struct caller {
    struct task task;
    struct process_pool *pool;
    const char *request;
    int64_t limit; /* ns */
    char letter;   /* told when it is done; 0: none */
    char *answer;
};

static int call(void *arg)
{
    struct caller *c = arg;
    struct timeout limit;
    int error;
    timeout_begin(&limit, c->limit ? c->limit : -1);
    c->answer = ask(c->pool, c->request, &error);
    timeout_end(&limit);
    if (c->letter)
        tell(c->letter);
    return error;
}

static void start_call(struct caller *c, struct process_pool *p, const char *request)
{
    c->pool = p;
    c->request = request;
    cr_assert_eq(task_start(&c->task, loop_running(), "caller", call, c), 0);
}

static void expect_end(struct caller *c, int expected)
{
    int error = await(&c->task.future);
    cr_assert_eq(error, expected, "%s: %d, not %d", c->request, error, expected);
    free(c->answer);
}

/* --- answers --- */

static int ask_this_and_that(void *pool)
{
    expect_answer(pool, "echo hello", "hello");
    expect_answer(pool, "sum AB", "131");
    expect_answer(pool, "nothing", "");
    expect_answer(pool, "echo ", "");
    return 0;
}

BACKEND_TEST(process_pool, brings_the_answers_of_another_process)
{
    CHECK(run_pool(ops, 1, ask_this_and_that) == 0);
}

static int ask_for_megabytes(void *pool)
{
    size_t size = 16u << 20, length;
    char *request = malloc(size), *answer;
    memcpy(request, "echo ", 5);
    for (size_t i = 5; i < size; i++)
        request[i] = (char)(i * 2654435761u >> 24);
    cr_assert_eq(process_pool_call(pool, request, size, &answer, &length, MOST), 0);
    cr_assert(length == size - 5 && memcmp(answer, request + 5, length) == 0);
    free(answer);
    free(request);
    return 0;
}

BACKEND_TEST(process_pool, takes_megabytes_both_ways)
{
    CHECK(run_pool(ops, 1, ask_for_megabytes) == 0);
}

static int see_the_same_worker(void *pool)
{
    pid_t first = worker_pid(pool);
    cr_assert(first != getpid());
    for (int i = 0; i < 3; i++)
        cr_assert_eq(worker_pid(pool), first);
    return 0;
}

BACKEND_TEST(process_pool, starts_no_more_workers_than_it_needs)
{
    CHECK(run_pool(ops, 4, see_the_same_worker) == 0);
}

static int call_by_many(void *pool)
{
    struct caller callers[40] = {0};
    pid_t pids[2] = {0, 0};
    for (int i = 0; i < 40; i++)
        start_call(&callers[i], pool, "pid");
    for (int i = 0; i < 40; i++) {
        cr_assert_eq(await(&callers[i].task.future), 0);
        pid_t pid = atoi(callers[i].answer);
        int known = pids[0] == pid || !pids[0] ? 0 : 1;
        cr_assert(!pids[known] || pids[known] == pid, "more than two workers");
        pids[known] = pid;
        free(callers[i].answer);
    }
    return 0;
}

BACKEND_TEST(process_pool, has_no_more_workers_than_it_may)
{
    CHECK(run_pool(ops, 2, call_by_many) == 0);
}

static int call_in_order(void *pool)
{
    struct caller callers[9] = {0};
    for (int i = 0; i < 9; i++) {
        callers[i].letter = (char)('a' + i);
        start_call(&callers[i], pool, i % 3 ? "pid" : "exit");
    }
    for (int i = 0; i < 9; i++)
        expect_end(&callers[i], i % 3 ? 0 : -EPIPE);
    return 0;
}

BACKEND_TEST(process_pool, serves_its_callers_first_come_first_served)
{
    CHECK(run_pool(ops, 1, call_in_order) == 0);
    CHECK(strcmp(story, "abcdefghi") == 0);
}

/* --- workers that die --- */

static int let_workers_die(void *pool)
{
    static const char *const deaths[] = {"abort", "segfault", "kill", "exit",
                                         "error", "half",     "close"};
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) {
        struct caller other = {0};
        pid_t before = worker_pid(pool);
        start_call(&other, pool, "pause");
        task_yield();
        expect_error(pool, deaths[i], -EPIPE);
        cr_assert_not(other.task.future.done);
        cr_assert(worker_pid(pool) != before);
        task_cancel(&other.task);
        expect_end(&other, -ECANCELED);
    }
    return 0;
}

BACKEND_TEST(process_pool, loses_the_call_of_a_worker_that_dies_and_no_other)
{
    CHECK(run_pool(ops, 2, let_workers_die) == 0);
}

static int kill_an_idle_worker(void *pool)
{
    siginfo_t info;
    pid_t before = worker_pid(pool);
    kill(before, SIGKILL);
    cr_assert_eq(waitid(P_PID, (id_t)before, &info, WEXITED | WNOWAIT), 0);
    cr_assert(worker_pid(pool) != before);
    return 0;
}

BACKEND_TEST(process_pool, replaces_a_worker_that_died_idle_and_fails_no_call)
{
    CHECK(run_pool(ops, 1, kill_an_idle_worker) == 0);
}

static int hear_a_worker_speak_unasked(void *pool)
{
    pid_t before = worker_pid(pool);
    expect_answer(pool, "twice", "");
    cr_assert(worker_pid(pool) != before);
    return 0;
}

BACKEND_TEST(process_pool, replaces_a_worker_that_said_something_unasked)
{
    CHECK(run_pool(ops, 1, hear_a_worker_speak_unasked) == 0);
}

static int send_too_much(void *pool)
{
    size_t size = MOST + 1, length;
    char *request = calloc(1, size), *answer;
    cr_assert_eq(process_pool_call(pool, request, size, &answer, &length, MOST), -EPIPE);
    free(request);
    return 0;
}

BACKEND_TEST(process_pool, has_workers_that_end_at_too_long_a_request)
{
    CHECK(run_pool(ops, 1, send_too_much) == 0);
}

static int find_nobody(void *pool)
{
    for (int i = 0; i < 3; i++)
        expect_error(pool, "pid", -ENOENT);
    return 0;
}

BACKEND_TEST(process_pool, says_so_when_there_is_no_such_program)
{
    CHECK(run_with(ops, (char *const[]){"/no/such/program", NULL}, 1, find_nobody) == 0);
}

static int talk_to_true(void *pool)
{
    for (int i = 0; i < 3; i++)
        expect_error(pool, "pid", -EPIPE);
    return 0;
}

BACKEND_TEST(process_pool, fails_with_a_program_that_is_no_worker)
{
    CHECK(run_with(ops, (char *const[]){"/bin/true", NULL}, 1, talk_to_true) == 0);
}

static int run_out_of_descriptors(void *pool)
{
    struct rlimit former, none;
    getrlimit(RLIMIT_NOFILE, &former);
    none = former;
    for (rlim_t room = 0; room < 4; room++) {
        int lowest = dup(0);
        close(lowest);
        none.rlim_cur = (rlim_t)lowest + room;
        setrlimit(RLIMIT_NOFILE, &none);
        expect_error(pool, "pid", -EMFILE);
        setrlimit(RLIMIT_NOFILE, &former);
    }
    expect_answer(pool, "echo again", "again");
    return 0;
}

BACKEND_TEST(process_pool, says_so_when_there_are_no_descriptors)
{
    CHECK(run_pool(ops, 1, run_out_of_descriptors) == 0);
}

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

BACKEND_TEST(process_pool, takes_no_more_of_an_answer_than_it_wants)
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

BACKEND_TEST(process_pool, takes_no_memory_for_a_promise)
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

BACKEND_TEST(process_pool, kills_a_worker_whose_time_is_over_and_goes_on)
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

BACKEND_TEST(process_pool, limits_the_time_that_a_worker_has_for_a_call)
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

BACKEND_TEST(process_pool, ends_a_cancelled_call_at_once_wherever_it_stands)
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

BACKEND_TEST(process_pool, passes_the_turn_of_a_cancelled_caller_on)
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

BACKEND_TEST(process_pool, ends_the_call_of_a_worker_that_does_not_listen)
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

BACKEND_TEST(process_pool, lets_the_loop_turn_meanwhile)
{
    CHECK(run_pool(ops, 1, turn_meanwhile) == 0);
}

Test(process_pool, takes_calls_of_tasks_alone)
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

BACKEND_TEST(process_pool, leaves_a_worker_no_descriptors_but_its_pipes_and_standard_error)
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

BACKEND_TEST(process_pool, gives_a_worker_fresh_signals_and_a_process_group)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGINT, SIG_IGN);
    CHECK(run_pool(ops, 1, ask_for_signals) == 0);
}
