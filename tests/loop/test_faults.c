/* Calls that fail: under loops, tasks, descriptors, signals, threads and processes. */
#include "loop/executor.h"
#include "loop/group.h"
#include "loop/process_pool.h"
#include "loop/runner.h"
#include "tests/loop/scenario.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

SCENARIO(a_loop_is_opened_and_closed)
{
    struct loop *l;
    int error = loop_open(&l, selector);
    if (!error)
        loop_close(l);
    return error;
}

/* --- tasks --- */

static int yield_and_sleep(void *arg)
{
    (void)arg;
    int error = task_yield();
    if (!error)
        error = task_sleep(NS_PER_US);
    return error ? error : 1;
}

static int start_and_join(void *arg)
{
    (void)arg;
    struct loop *l = loop_running();
    struct task t, members[3];
    int error = task_start(&t, l, "joined", yield_and_sleep, NULL), sum = 0;
    if (error)
        return error;
    struct group g;
    group_init(&g, l);
    for (int i = 0; i < 3 && !error; i++)
        error = group_start(&g, &members[i], "member", yield_and_sleep, NULL);

    struct timeout limit;
    timeout_begin(&limit, PATIENCE * NS_PER_S);
    int failed = group_join(&g);
    timeout_end(&limit);
    int joined = task_join(&t);
    for (int i = 0; i < 3 && !error; i++)
        sum += members[i].future.result;
    return error ? error : failed || joined != 1 || sum != 3 ? WRONG : 0;
}

SCENARIO(tasks_sleep_yield_and_are_joined)
{
    return runner_run(selector, start_and_join, NULL);
}

static int wait_in_vain(void *arg)
{
    (void)arg;
    struct future never, f;
    struct task t;
    struct future *both[] = {&never, &f};
    future_init(&never, loop_running());
    future_init(&f, loop_running());
    int error = task_start(&t, loop_running(), "cancelled", yield_and_sleep, NULL);
    if (error)
        return error;
    bool right = await_for(&never, NS_PER_US) == -ETIMEDOUT;
    future_set(&f, 0);
    right = right && await_any(both, 2) == 1;
    task_cancel(&t);
    task_join(&t);
    return right ? 0 : WRONG;
}

SCENARIO(tasks_are_cancelled_and_timed_out)
{
    return runner_run(selector, wait_in_vain, NULL);
}

struct start {
    struct loop *loop;
    struct task task;
};

static void *start_from_outside(void *arg)
{
    struct start *s = arg;
    task_start_threadsafe(&s->task, s->loop, "from outside", yield_and_sleep, NULL);
    return NULL;
}

static int await_start(void *arg)
{
    (void)arg;
    struct start s = {.loop = loop_running()};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, start_from_outside, &s);
    if (error)
        return -error;
    pthread_join(thread, NULL);
    int result = await(&s.task.future);
    return result == 1 ? 0 : result;
}

SCENARIO(a_task_is_started_from_another_thread)
{
    return runner_run(selector, await_start, NULL);
}

static int sleep_long(void *arg)
{
    return task_sleep(*(int64_t *)arg);
}

BACKEND_TEST(faults, a_backend_that_cannot_wait_ends_the_run_with_its_error)
{
    struct loop *l;
    struct task t;
    int64_t short_time = NS_PER_MS;
    CHECK(loop_open(&l, ops->name) == 0);
    CHECK(task_start(&t, l, "sleeper", sleep_long, &short_time) == 0);
    faults_begin((struct faults){.nth = 2, .only = "wait"});
    CHECK(loop_run_until_complete(l, &t.future) == -ENOMEM);
    faults_end();
    CHECK(loop_run_until_complete(l, &t.future) == 0);
    loop_close(l);
}

static int wait_for_ever(void *arg)
{
    (void)arg;
    struct future never;
    future_init(&never, loop_running());
    return await_shielded(&never);
}

/* The coroutine is lost, for it can never end; nothing may go where main's task was any more. */
BACKEND_TEST(faults, a_runner_that_can_never_wait_again_returns_the_error)
{
    faults_begin((struct faults){.nth = 2, .lasting = true, .only = "wait"});
    CHECK(runner_run(ops->name, wait_for_ever, NULL) == -ENOMEM);
    faults_end();
}

static void give_way(struct handle *h)
{
    (void)h;
}

static int schedule(void *arg)
{
    struct loop *l = loop_running();
    struct future f;
    struct timer t;
    struct handle h, threadsafe;
    (void)arg;
    future_init(&f, l);
    handle_init(&h, give_way);
    handle_init(&threadsafe, give_way);
    timer_setup(&t, give_way);
    loop_call_soon(l, &h);
    loop_call_later(l, &t, NS_PER_S);
    loop_call_soon_threadsafe(l, &threadsafe);
    int late = await_for(&f, NS_PER_US);
    loop_cancel_timer(l, &t);
    return late == -ETIMEDOUT && task_yield() == 0 && task_sleep(NS_PER_US) == 0 ? 0 : WRONG;
}

BACKEND_TEST(faults, scheduling_makes_no_call_that_can_fail)
{
    struct loop *l;
    struct task t;
    CHECK(loop_open(&l, ops->name) == 0);
    CHECK(task_start(&t, l, "schedules", schedule, NULL) == 0);
    faults_begin((struct faults){.nth = 1, .lasting = true});
    CHECK(loop_run_until_complete(l, &t.future) == 0);
    faults_end();
    CHECK(faults_count() == 0);
    loop_close(l);
}

/* --- descriptors --- */

struct ear {
    struct watcher watcher;
    int heard;
};

static void hear(struct handle *h)
{
    struct ear *e = container_of(h, struct ear, watcher.handle);
    char c;
    e->heard += read(e->watcher.fd, &c, 1) == 1;
    loop_stop(loop_running());
}

static int hear_once(struct loop *l, struct ear *e, int writer)
{
    int heard = e->heard, error = loop_watch(l, &e->watcher, EVENT_READ);
    if (!error && write(writer, "x", 1) == 1)
        error = loop_run(l);
    loop_watch(l, &e->watcher, 0);
    return error ? error : e->heard == heard + 1 ? 0 : WRONG;
}

static int hear_twice(struct loop *l, const int ends[2], bool own)
{
    struct ear e = {.heard = 0};
    watcher_init(&e.watcher, ends[0], hear);
    int error = own ? loop_own(l, ends[0]) : 0;
    for (int i = 0; i < 2 && !error; i++)
        error = hear_once(l, &e, ends[1]);
    loop_disown(l, ends[0]);
    return error;
}

SCENARIO(pipes_and_sockets_are_watched)
{
    struct loop *l;
    int error = loop_open(&l, selector), ends[2];
    if (error)
        return error;
    for (int i = 0; i < 4 && !error; i++) {
        if ((i / 2 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) < 0)
            return WRONG;
        error = hear_twice(l, ends, i % 2);
        close(ends[0]);
        close(ends[1]);
    }
    loop_close(l);
    return error;
}

enum { FILES = 5 }; /* more than epoll's list of them holds at first */

static void note(struct handle *h)
{
    struct ear *e = container_of(h, struct ear, watcher.handle);
    e->heard = 1;
    loop_watch(loop_running(), &e->watcher, 0);
}

/* Runs until those that could be watched are heard, all of them. */
static int hear_all(struct loop *l, struct ear *ears, int n)
{
    int error = 0, watched = 0, heard = 0;
    for (int i = 0; i < n; i++) {
        int failed = loop_watch(l, &ears[i].watcher, EVENT_READ);
        watched += !failed;
        error = failed ? failed : error;
    }
    for (int step = 0; step < 100 && heard < watched; step++) {
        loop_stop(l);
        int failed = loop_run(l);
        error = failed ? failed : error;
        heard = 0;
        for (int i = 0; i < n; i++)
            heard += ears[i].heard;
    }
    return heard == watched ? error : WRONG;
}

SCENARIO(files_are_always_ready)
{
    struct loop *l;
    struct ear ears[FILES] = {{.heard = 0}};
    int error = loop_open(&l, selector);
    if (error)
        return error;
    for (int i = 0; i < FILES; i++)
        watcher_init(&ears[i].watcher, open("/dev/null", O_RDONLY | O_CLOEXEC), note);
    error = hear_all(l, ears, FILES);
    for (int i = 0; i < FILES; i++)
        close(ears[i].watcher.fd);
    loop_close(l);
    return error;
}

/* The tables grow several times, and what they hold stays when they cannot. */
SCENARIO(descriptors_up_to_a_thousand_are_watched)
{
    static const int numbers[] = {20, 100, 300, 700, 1000};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    struct loop *l;
    struct ear ears[COUNT] = {{.heard = 0}};
    int error = loop_open(&l, selector), ends[2];
    if (error)
        return error;
    if (pipe(ends) < 0 || write(ends[1], "x", 1) != 1)
        return WRONG;
    for (int i = 0; i < COUNT; i++)
        watcher_init(&ears[i].watcher, fcntl(ends[0], F_DUPFD_CLOEXEC, numbers[i]), note);
    error = hear_all(l, ears, COUNT);
    for (int i = 0; i < COUNT; i++)
        close(ears[i].watcher.fd);
    close(ends[0]);
    close(ends[1]);
    loop_close(l);
    return error;
}

/* --- signals and threads --- */

static int signals_heard;

static void hear_signal(struct handle *h)
{
    (void)h;
    signals_heard++;
    loop_stop(loop_running());
}

SCENARIO(a_signal_is_handled)
{
    struct loop *l;
    struct handle h;
    int error = loop_open(&l, selector);
    if (error)
        return error;
    handle_init(&h, hear_signal);
    signals_heard = 0;
    error = loop_add_signal_handler(l, SIGUSR1, &h);
    if (!error && raise(SIGUSR1) == 0)
        error = loop_run(l);
    loop_close(l);
    return error ? error : signals_heard == 1 ? 0 : WRONG;
}

struct sum {
    struct job job;
    int value;
};

static void add_one(struct job *j)
{
    container_of(j, struct sum, job)->value++;
}

static int run_jobs(void *arg)
{
    (void)arg;
    enum { COUNT = 4 };
    struct executor *e;
    struct sum sums[COUNT] = {{.value = 0}}, waited = {.value = 0};
    int error = executor_open(&e, loop_running(), 2), right = 0;
    if (error)
        return error;
    for (int i = 0; i < COUNT; i++) {
        int refused = executor_submit(e, &sums[i].job, add_one);
        right += refused || (await(&sums[i].job.future) == 0 && sums[i].value == 1);
        error = refused ? refused : error;
    }
    int failed = executor_run(e, &waited.job, add_one);
    right += failed ? waited.value == 0 : waited.value == 1;
    executor_close(e);
    return right != COUNT + 1 ? WRONG : failed ? failed : error;
}

SCENARIO(jobs_run_in_threads)
{
    return runner_run(selector, run_jobs, NULL);
}

static int run_in_thread(void *arg)
{
    (void)arg;
    struct sum sum = {.value = 0};
    int error = to_thread(&sum.job, add_one);
    return sum.value == !error ? error : WRONG;
}

SCENARIO(a_job_runs_in_the_executor_of_the_loop)
{
    return runner_run(selector, run_in_thread, NULL);
}

/* --- worker processes --- */

enum { REQUEST = 300 * 1000 }; /* more than a pipe takes */

static int call_cat(struct process_pool *p, const char *request)
{
    char *answer = NULL;
    size_t length = 0;
    int error = process_pool_call(p, request, REQUEST, &answer, &length, REQUEST);
    bool right = error || (length == REQUEST && memcmp(answer, request, REQUEST) == 0);
    if (!error)
        free(answer);
    return right ? error : WRONG;
}

static int call_process(void *arg)
{
    (void)arg;
    static char *const cat[] = {"/bin/cat", NULL}; /* which says what it hears */
    static char request[REQUEST];
    struct process_pool *p;
    memset(request, 'x', sizeof request);
    int error = process_pool_open(&p, loop_running(), cat, 1, -1);
    if (error)
        return error;
    int first = call_cat(p, request), second = call_cat(p, request);
    process_pool_close(p);
    return first ? first : second;
}

SCENARIO(a_process_is_called_twice)
{
    return runner_run(selector, call_process, NULL);
}
