#include "loop/executor.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLAIN_MEMORY 0
#else
#define PLAIN_MEMORY 1
#endif

/* A job that notes where it ran; it may wait for a permission, and tells that it has begun. */
struct probe {
    struct job job;
    pthread_t thread;
    char name[16];
    bool signals_blocked;
    sem_t *permission, *begun;
    bool ended;
};

static void probe(struct job *j)
{
    struct probe *p = container_of(j, struct probe, job);
    sigset_t blocked;
    if (p->begun)
        sem_post(p->begun);
    if (p->permission)
        sem_wait(p->permission);
    p->thread = pthread_self();
    pthread_getname_np(p->thread, p->name, sizeof p->name);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    p->signals_blocked = sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGTERM);
    p->ended = true;
}

struct session {
    int (*main)(void *executor);
};

static int session(void *arg)
{
    struct session *s = arg;
    struct executor *e;
    cr_assert_eq(executor_open(&e, loop_running(), 2), 0);
    int result = s->main(e);
    executor_close(e);
    return result;
}

/* Runs main(executor) as a task, with an executor of two threads. */
static int run_with_executor(int (*main)(void *executor))
{
    return runner_run(NULL, session, &(struct session){main});
}

static int run_probe(void *executor)
{
    struct probe p = {0};
    cr_assert_eq(executor_run(executor, &p.job, probe), 0);
    cr_assert(p.ended);
    cr_assert_not(pthread_equal(p.thread, pthread_self()));
    cr_assert(strncmp(p.name, "executor", 8) == 0, "named %s", p.name);
    cr_assert(p.signals_blocked);
    return 0;
}

Test(executor, runs_a_job_in_a_named_thread_of_its_own_that_takes_no_signals)
{
    cr_assert_eq(run_with_executor(run_probe), 0);
}

enum { JOBS = 100 };

static atomic_int at_once, most_at_once;
static int ran[JOBS], ran_count;
static pthread_mutex_t ran_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct job jobs[JOBS];

static void note_job(struct job *j)
{
    int now = atomic_fetch_add(&at_once, 1) + 1, most = atomic_load(&most_at_once);
    while (now > most && !atomic_compare_exchange_weak(&most_at_once, &most, now))
        ;
    pthread_mutex_lock(&ran_mutex);
    ran[ran_count++] = (int)(j - jobs);
    pthread_mutex_unlock(&ran_mutex);
    atomic_fetch_sub(&at_once, 1);
}

static int run_jobs(void *executor)
{
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(executor_submit(executor, &jobs[i], note_job), 0);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(await(&jobs[i].future), 0);
    return 0;
}

Test(executor, runs_every_job_in_no_more_threads_than_it_may_have)
{
    cr_assert_eq(run_with_executor(run_jobs), 0);
    cr_assert_eq(ran_count, JOBS);
    cr_assert_leq(most_at_once, 2);
}

static int run_jobs_in_one_thread(void *arg)
{
    (void)arg;
    struct executor *e;
    cr_assert_eq(executor_open(&e, loop_running(), 1), 0);
    run_jobs(e);
    executor_close(e);
    return 0;
}

Test(executor, takes_jobs_first_in_first_out)
{
    cr_assert_eq(runner_run(NULL, run_jobs_in_one_thread, NULL), 0);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(ran[i], i);
}

/* Each of two jobs waits until the other has begun: with one thread this never ends. */
static int run_two_at_once(void *executor)
{
    sem_t a, b;
    sem_init(&a, 0, 0);
    sem_init(&b, 0, 0);
    struct probe p = {.begun = &a, .permission = &b}, q = {.begun = &b, .permission = &a};
    cr_assert_eq(executor_submit(executor, &p.job, probe), 0);
    cr_assert_eq(executor_submit(executor, &q.job, probe), 0);
    await(&p.job.future);
    await(&q.job.future);
    cr_assert_not(pthread_equal(p.thread, q.thread));
    sem_destroy(&a);
    sem_destroy(&b);
    return 0;
}

Test(executor, adds_a_thread_when_none_is_idle, .timeout = 10)
{
    cr_assert_eq(run_with_executor(run_two_at_once), 0);
}

static int run_by_default(void *arg)
{
    struct executor *e;
    cr_assert_eq(executor_open(&e, loop_running(), 0), 0);
    int result = run_two_at_once(e);
    executor_close(e);
    (void)arg;
    return result;
}

Test(executor, has_two_threads_at_least_by_default, .timeout = 10)
{
    cr_assert_eq(runner_run(NULL, run_by_default, NULL), 0);
}

/* --- cancelling --- */

struct borrower {
    struct executor *executor;
    struct probe probe;
};

static int run_borrower(void *arg)
{
    struct borrower *b = arg;
    int result = executor_run(b->executor, &b->probe.job, probe);
    cr_assert(result != -ECANCELED || b->probe.ended || !b->probe.begun);
    return result;
}

static int cancel_a_running_job(void *executor)
{
    sem_t begun, permission;
    sem_init(&begun, 0, 0);
    sem_init(&permission, 0, 0);
    struct borrower b = {executor, {.begun = &begun, .permission = &permission}};
    struct task t;
    cr_assert_eq(task_start(&t, loop_running(), "borrower", run_borrower, &b), 0);
    task_yield();
    sem_wait(&begun);
    task_cancel(&t);
    for (int i = 0; i < 5; i++)
        task_yield();
    cr_assert_not(t.future.done);
    sem_post(&permission);
    cr_assert_eq(task_join(&t), -ECANCELED);
    cr_assert(b.probe.ended);
    sem_destroy(&begun);
    sem_destroy(&permission);
    return 0;
}

Test(executor, makes_a_cancelled_task_wait_for_its_job, .timeout = 10)
{
    cr_assert_eq(run_with_executor(cancel_a_running_job), 0);
}

static int cancel_before_the_job(void *executor)
{
    struct borrower b = {.executor = executor};
    struct task t;
    cr_assert_eq(task_start(&t, loop_running(), "borrower", run_borrower, &b), 0);
    task_cancel(&t);
    cr_assert_eq(task_join(&t), -ECANCELED);
    cr_assert_not(b.probe.ended);
    return 0;
}

Test(executor, takes_no_job_of_a_task_that_was_cancelled_before)
{
    cr_assert_eq(run_with_executor(cancel_before_the_job), 0);
}

/* --- closing --- */

static int close_with_jobs(void *arg)
{
    (void)arg;
    struct executor *e;
    cr_assert_eq(executor_open(&e, loop_running(), 1), 0);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(executor_submit(e, &jobs[i], note_job), 0);
    executor_close(e);
    cr_assert_eq(ran_count, JOBS);
    cr_assert_not(jobs[JOBS - 1].future.done);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(await(&jobs[i].future), 0);
    return 0;
}

Test(executor, lets_all_jobs_finish_and_tells_the_loop_when_it_is_closed)
{
    cr_assert_eq(runner_run(NULL, close_with_jobs, NULL), 0);
}

Test(executor, can_be_closed_when_the_loop_runs_no_more)
{
    struct loop *l;
    struct executor *e;
    struct probe p = {0};
    cr_assert_eq(loop_open(&l, NULL), 0);
    cr_assert_eq(executor_open(&e, l, 0), 0);
    cr_assert_eq(executor_submit(e, &p.job, probe), 0);
    executor_close(e);
    loop_close(l);
    cr_assert(p.ended);
    cr_assert_not(handle_pending(&p.job.done));
}

Test(executor, refuses_a_job_when_no_thread_can_be_made, .disabled = !PLAIN_MEMORY)
{
    struct loop *l;
    struct executor *e;
    struct job j;
    cr_assert_eq(loop_open(&l, NULL), 0);
    cr_assert_eq(executor_open(&e, l, 2), 0);
    setrlimit(RLIMIT_AS, &(struct rlimit){0, RLIM_INFINITY});
    cr_assert_eq(executor_submit(e, &j, probe), -EAGAIN);
    setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    executor_close(e);
    loop_close(l);
}
