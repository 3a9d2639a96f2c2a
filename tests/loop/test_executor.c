#include "loop/executor.h"

#include "loop/loop_private.h"
#include "loop/runner.h"
#include "tests/loop/backends.h"
#include "tests/loop/sanitizers.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

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
static int run_with_executor(const struct selector_ops *ops, int (*main)(void *executor))
{
    return runner_run(ops->name, session, &(struct session){main});
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

THREADED_BACKEND_TEST(executor, runs_a_job_in_a_named_thread_of_its_own_that_takes_no_signals)
{
    CHECK(run_with_executor(ops, run_probe) == 0);
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
    ran_count = 0;
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(executor_submit(executor, &jobs[i], note_job), 0);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(await(&jobs[i].future), 0);
    return 0;
}

THREADED_BACKEND_TEST(executor, runs_every_job_in_no_more_threads_than_it_may_have)
{
    CHECK(run_with_executor(ops, run_jobs) == 0);
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

THREADED_BACKEND_TEST(executor, takes_jobs_first_in_first_out)
{
    CHECK(runner_run(ops->name, run_jobs_in_one_thread, NULL) == 0);
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

THREADED_BACKEND_TEST(executor, adds_a_thread_when_none_is_idle)
{
    CHECK(run_with_executor(ops, run_two_at_once) == 0);
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

THREADED_BACKEND_TEST(executor, has_two_threads_at_least_by_default)
{
    CHECK(runner_run(ops->name, run_by_default, NULL) == 0);
}

/* --- cancelling --- */

/* Two jobs for an executor of one thread: the first holds it until it is let go. */
struct queue {
    struct executor *executor;
    sem_t begun, permission;
    struct probe holder, queued;
};

static int run_queued(void *arg)
{
    struct queue *q = arg;
    return executor_run(q->executor, &q->queued.job, probe);
}

static int run_queued_for_a_moment(void *arg)
{
    struct timeout limit;
    timeout_begin(&limit, NS_PER_MS);
    int result = run_queued(arg);
    cr_assert(timeout_end(&limit));
    return result;
}

static void open_queue(struct queue *q)
{
    *q = (struct queue){.holder = {.begun = &q->begun, .permission = &q->permission}};
    sem_init(&q->begun, 0, 0);
    sem_init(&q->permission, 0, 0);
    cr_assert_eq(executor_open(&q->executor, loop_running(), 1), 0);
    cr_assert_eq(executor_submit(q->executor, &q->holder.job, probe), 0);
    sem_wait(&q->begun);
}

static void close_queue(struct queue *q)
{
    sem_post(&q->permission);
    cr_assert_eq(await(&q->holder.job.future), 0);
    executor_close(q->executor);
    sem_destroy(&q->begun);
    sem_destroy(&q->permission);
}

static int cancel_a_queued_job(void *arg)
{
    struct queue q;
    struct task t;
    open_queue(&q);
    cr_assert_eq(task_start(&t, loop_running(), "queued", run_queued, &q), 0);
    task_yield();
    task_cancel(&t);
    cr_assert_eq(task_join(&t), -ECANCELED);
    cr_assert(!q.holder.ended && q.queued.job.future.result == -ECANCELED);
    close_queue(&q);
    cr_assert(!q.queued.ended);
    (void)arg;
    return 0;
}

THREADED_BACKEND_TEST(executor, takes_a_queued_job_of_a_cancelled_task_back)
{
    CHECK(runner_run(ops->name, cancel_a_queued_job, NULL) == 0);
}

static int time_a_queued_job_out(void *arg)
{
    struct queue q;
    struct task t;
    open_queue(&q);
    cr_assert_eq(task_start(&t, loop_running(), "queued", run_queued_for_a_moment, &q), 0);
    cr_assert_eq(task_join(&t), -ETIMEDOUT);
    cr_assert_not(q.holder.ended);
    close_queue(&q);
    cr_assert(!q.queued.ended);
    (void)arg;
    return 0;
}

THREADED_BACKEND_TEST(executor, takes_a_queued_job_back_when_its_time_is_over)
{
    CHECK(runner_run(ops->name, time_a_queued_job_out, NULL) == 0);
}

static int take_back(void *arg)
{
    struct queue q;
    open_queue(&q);
    cr_assert_not(executor_cancel(q.executor, &q.holder.job));
    cr_assert_eq(executor_submit(q.executor, &q.queued.job, probe), 0);
    cr_assert(executor_cancel(q.executor, &q.queued.job));
    cr_assert_not(executor_cancel(q.executor, &q.queued.job));
    cr_assert_eq(await(&q.queued.job.future), -ECANCELED);
    cr_assert_eq(executor_submit(q.executor, &q.queued.job, probe), 0);
    sem_post(&q.permission);
    cr_assert_eq(await(&q.queued.job.future), 0);
    cr_assert(q.queued.ended);
    cr_assert_not(executor_cancel(q.executor, &q.queued.job));
    close_queue(&q);
    (void)arg;
    return 0;
}

THREADED_BACKEND_TEST(executor, takes_back_only_what_no_thread_has_begun)
{
    CHECK(runner_run(ops->name, take_back, NULL) == 0);
}

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

static int run_borrower_for_a_moment(void *arg)
{
    struct timeout limit;
    timeout_begin(&limit, 5 * NS_PER_MS);
    int result = run_borrower(arg);
    timeout_end(&limit);
    return result;
}

/* Interrupts a task while a thread runs its job. */
static int interrupt_a_running_job(struct executor *e, int (*main)(void *borrower))
{
    sem_t begun, permission;
    sem_init(&begun, 0, 0);
    sem_init(&permission, 0, 0);
    struct borrower b = {e, {.begun = &begun, .permission = &permission}};
    struct task t;
    cr_assert_eq(task_start(&t, loop_running(), "borrower", main, &b), 0);
    task_yield();
    sem_wait(&begun);
    if (main == run_borrower)
        task_cancel(&t);
    while (!task_interrupted(&t))
        task_sleep(NS_PER_MS);
    for (int i = 0; i < 5; i++)
        task_yield();
    cr_assert_not(t.future.done);
    sem_post(&permission);
    int result = task_join(&t);
    cr_assert(b.probe.ended);
    sem_destroy(&begun);
    sem_destroy(&permission);
    return result;
}

static int cancel_a_running_job(void *executor)
{
    cr_assert_eq(interrupt_a_running_job(executor, run_borrower), -ECANCELED);
    return 0;
}

THREADED_BACKEND_TEST(executor, makes_a_cancelled_task_wait_for_its_job)
{
    CHECK(run_with_executor(ops, cancel_a_running_job) == 0);
}

static int time_a_running_job_out(void *executor)
{
    cr_assert_eq(interrupt_a_running_job(executor, run_borrower_for_a_moment), -ETIMEDOUT);
    return 0;
}

THREADED_BACKEND_TEST(executor, makes_a_task_whose_time_is_over_wait_for_its_job)
{
    CHECK(run_with_executor(ops, time_a_running_job_out) == 0);
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

THREADED_BACKEND_TEST(executor, takes_no_job_of_a_task_that_was_cancelled_before)
{
    CHECK(run_with_executor(ops, cancel_before_the_job) == 0);
}

static int wait_for_anothers_job(void *executor)
{
    sem_t begun, permission;
    sem_init(&begun, 0, 0);
    sem_init(&permission, 0, 0);
    struct borrower b = {executor, {.begun = &begun, .permission = &permission}};
    struct task t;
    cr_assert_eq(task_start(&t, loop_running(), "borrower", run_borrower, &b), 0);
    task_yield();
    cr_assert_eq(await_for(&b.probe.job.future, NS_PER_MS), -ETIMEDOUT);
    cr_assert_not(b.probe.job.future.done);
    sem_post(&permission);
    cr_assert_eq(await_for(&b.probe.job.future, 60 * NS_PER_S), 0);
    cr_assert(b.probe.ended);
    cr_assert_eq(task_join(&t), 0);
    sem_destroy(&begun);
    sem_destroy(&permission);
    return 0;
}

THREADED_BACKEND_TEST(executor, gives_others_a_job_s_result_with_a_timeout_and_leaves_the_job_alone)
{
    CHECK(run_with_executor(ops, wait_for_anothers_job) == 0);
}

/* --- the loop's own --- */

static int count_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *d; (d = readdir(tasks));) {
        char path[300], name[16] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", d->d_name);
        FILE *f = fopen(path, "re");
        count += f && fgets(name, sizeof name, f) && strncmp(name, "executor-", 9) == 0;
        if (f)
            fclose(f);
    }
    closedir(tasks);
    return count;
}

static int use_threads(void *arg)
{
    struct probe p = {0}, q = {0};
    struct loop *l = loop_running();
    cr_assert_null(l->executor);
    cr_assert_eq(to_thread(&p.job, probe), 0);
    struct executor *e = l->executor;
    cr_assert(e && p.ended && !pthread_equal(p.thread, pthread_self()));
    cr_assert_eq(to_thread(&q.job, probe), 0);
    cr_assert(l->executor == e && q.ended);
    cr_assert_gt(count_threads(), 0);
    (void)arg;
    return 0;
}

/* A thread that was joined may be listed for a moment more. */
static bool is_without_threads(void)
{
    int64_t end = loop_time() + 10 * NS_PER_S;
    while (count_threads() && loop_time() < end)
        sched_yield();
    return !count_threads();
}

THREADED_BACKEND_TEST(executor, of_the_loop_is_made_when_needed_and_closed_by_the_runner)
{
    CHECK(runner_run(ops->name, use_threads, NULL) == 0);
    CHECK(is_without_threads());
}

THREADED_BACKEND_TEST(executor, of_the_loop_is_closed_with_a_loop_that_no_runner_has)
{
    struct loop *l;
    struct task t;
    CHECK(loop_open(&l, ops->name) == 0);
    CHECK(task_start(&t, l, "test", use_threads, NULL) == 0);
    CHECK(loop_run_until_complete(l, &t.future) == 0);
    loop_close(l);
    CHECK(is_without_threads());
}

Test(executor, takes_work_of_tasks_alone)
{
    struct probe p;
    cr_assert_eq(to_thread(&p.job, probe), -EPERM);
}

/* --- closing --- */

static int close_with_jobs(void *arg)
{
    (void)arg;
    ran_count = 0;
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

THREADED_BACKEND_TEST(executor, lets_all_jobs_finish_and_tells_the_loop_when_it_is_closed)
{
    CHECK(runner_run(ops->name, close_with_jobs, NULL) == 0);
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
