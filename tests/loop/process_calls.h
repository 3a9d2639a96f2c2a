/* What the tests of process pools share: sessions with a pool, and calls of process_worker. */
#ifndef TESTS_LOOP_PROCESS_CALLS_H
#define TESTS_LOOP_PROCESS_CALLS_H

#include "loop/process_pool.h"
#include "loop/runner.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#define MOST (64u << 20)
#define MOMENT (30 * NS_PER_MS)

static char *const worker_program[] = {PROCESS_WORKER, NULL};

struct session {
    char *const *argv;
    unsigned processes;
    int64_t limit;
    int (*main)(void *pool);
};

static inline int session(void *arg)
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
static inline int run_with(const struct selector_ops *ops, char *const argv[], unsigned processes,
                           int (*main)(void *pool))
{
    forget_story();
    signal(SIGPIPE, SIG_IGN);
    return runner_run(ops->name, session, &(struct session){argv, processes, -1, main});
}

static inline int run_pool(const struct selector_ops *ops, unsigned processes,
                           int (*main)(void *pool))
{
    return run_with(ops, worker_program, processes, main);
}

/* The answer as a string, which the caller frees; NULL and why in *error. */
static inline char *ask(struct process_pool *p, const char *request, int *error)
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

static inline void expect_answer(struct process_pool *p, const char *request, const char *expected)
{
    int error;
    char *answer = ask(p, request, &error);
    cr_assert_eq(error, 0, "%s: %s", request, strerror(-error));
    cr_assert_str_eq(answer, expected, "%s: %s", request, answer);
    free(answer);
}

static inline void expect_error(struct process_pool *p, const char *request, int expected)
{
    int error;
    free(ask(p, request, &error));
    cr_assert_eq(error, expected, "%s: %d, not %d", request, error, expected);
}

static inline pid_t ask_pid(struct process_pool *p, const char *request)
{
    int error;
    char *answer = ask(p, request, &error);
    cr_assert_eq(error, 0);
    pid_t pid = atoi(answer);
    free(answer);
    return pid;
}

static inline pid_t worker_pid(struct process_pool *p)
{
    return ask_pid(p, "pid");
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

static inline int call(void *arg)
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

static inline void start_call(struct caller *c, struct process_pool *p, const char *request)
{
    c->pool = p;
    c->request = request;
    cr_assert_eq(task_start(&c->task, loop_running(), "caller", call, c), 0);
}

static inline void expect_end(struct caller *c, int expected)
{
    int error = await(&c->task.future);
    cr_assert_eq(error, expected, "%s: %d, not %d", c->request, error, expected);
    free(c->answer);
}

#endif
