/* Calls that are answered, their order, and workers that die. */
#include "tests/loop/process_calls.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

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

/* Waits until a process that is no child of ours has ended; somebody else may have to reap it. */
static void await_end(pid_t pid)
{
    char path[32], state = 'R';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (FILE *f; state != 'Z' && (f = fopen(path, "re")); fclose(f)) {
        cr_assert_eq(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
        task_sleep(NS_PER_MS);
    }
}

static int leave_a_child(void *pool)
{
    struct caller slow = {.limit = MOMENT};
    pid_t child = ask_pid(pool, "fork");
    start_call(&slow, pool, "pause");
    expect_end(&slow, -ETIMEDOUT);
    await_end(child);
    return 0;
}

BACKEND_TEST(process_pool, kills_what_a_worker_has_started_with_it)
{
    CHECK(run_with(ops, worker_program, 1, leave_a_child) == 0);
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
