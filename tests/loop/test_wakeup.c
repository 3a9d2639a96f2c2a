#include "loop/loop.h"
#include "tests/loop/backends.h"
#include "tests/loop/sanitizers.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct loop *open_loop(const struct selector_ops *ops)
{
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == 0);
    return l;
}

static void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

static int calls;

static void count(struct handle *h)
{
    (void)h;
    calls++;
}

static void count_and_stop(struct handle *h)
{
    count(h);
    loop_stop(loop_running());
}

static void init_count(struct handle *h, void (*call)(struct handle *h))
{
    handle_init(h, call);
    calls = 0;
}

/* --- calls from other threads --- */

struct caller {
    struct loop *loop;
    struct handle *handles;
    int count;
};

static void *call_all(void *arg)
{
    struct caller *c = arg;
    for (int i = 0; i < c->count; i++)
        loop_call_soon_threadsafe(c->loop, &c->handles[i]);
    return NULL;
}

THREADED_BACKEND_TEST(wakeup, takes_back_what_another_thread_posted)
{
    struct loop *l = open_loop(ops);
    struct handle handles[3];
    for (int i = 0; i < 3; i++)
        init_count(&handles[i], count);
    struct caller c = {l, handles, 3};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, call_all, &c), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    loop_cancel_threadsafe(l, &handles[0]);
    loop_cancel_threadsafe(l, &handles[2]);
    run_once(l);
    CHECK(calls == 1);
    loop_cancel_threadsafe(l, &handles[1]);
    run_once(l);
    CHECK(calls == 1);
    loop_close(l);
}

THREADED_BACKEND_TEST(wakeup, wakes_a_loop_that_waits_for_ever)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count_and_stop);
    struct caller c = {l, &h, 1};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, call_all, &c), 0);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    pthread_join(thread, NULL);
    loop_close(l);
}

enum { THREADS = 4, EACH = 5000 };

static struct handle many[THREADS][EACH];
static int next_of[THREADS];

static void count_in_order(struct handle *h)
{
    int thread = (int)((h - &many[0][0]) / EACH);
    cr_assert_eq(h, &many[thread][next_of[thread]]);
    next_of[thread]++;
    if (++calls == THREADS * EACH)
        loop_stop(loop_running());
}

THREADED_BACKEND_TEST(wakeup, loses_no_call_and_keeps_the_order_of_each_thread)
{
    struct loop *l = open_loop(ops);
    pthread_t threads[THREADS];
    struct caller callers[THREADS];
    calls = 0;
    memset(next_of, 0, sizeof next_of);
    for (int i = 0; i < THREADS; i++) {
        for (int j = 0; j < EACH; j++)
            handle_init(&many[i][j], count_in_order);
        callers[i] = (struct caller){l, many[i], EACH};
        cr_assert_eq(pthread_create(&threads[i], NULL, call_all, &callers[i]), 0);
    }
    CHECK(loop_run(l) == 0);
    CHECK(calls == THREADS * EACH);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    loop_close(l);
}

BACKEND_TEST(wakeup, takes_calls_of_its_own_thread_too)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count_and_stop);
    for (int i = 1; i <= 3; i++) {
        loop_call_soon_threadsafe(l, &h);
        CHECK(loop_run(l) == 0);
        CHECK(calls == i);
    }
    loop_close(l);
}

BACKEND_TEST(wakeup, forgets_calls_that_were_not_made_when_the_loop_is_closed)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count);
    loop_call_soon_threadsafe(l, &h);
    loop_close(l);
    CHECK(!handle_pending(&h));
    CHECK(calls == 0);
}

THREADED_BACKEND_TEST(wakeup, lets_the_loop_be_closed_as_soon_as_the_call_was_made)
{
    for (int i = 0; i < 200; i++) {
        struct loop *l = open_loop(ops);
        struct handle h;
        init_count(&h, count_and_stop);
        struct caller c = {l, &h, 1};
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, call_all, &c), 0);
        CHECK(loop_run(l) == 0);
        loop_close(l);
        pthread_join(thread, NULL);
    }
}

enum { TURNS = 2000 };

struct turns {
    struct loop *loop;
    struct handle handle;
    sem_t answered;
};

static void answer(struct handle *h)
{
    count(h);
    if (calls == TURNS)
        loop_stop(loop_running());
    sem_post(&container_of(h, struct turns, handle)->answered);
}

static void *call_and_wait(void *arg)
{
    struct turns *p = arg;
    for (int i = 0; i < TURNS; i++) {
        loop_call_soon_threadsafe(p->loop, &p->handle);
        sem_wait(&p->answered);
    }
    return NULL;
}

/* The call comes before the loop waits, while it begins to, and after. */
THREADED_BACKEND_TEST(wakeup, wakes_a_loop_each_time_that_it_waits)
{
    struct turns p = {.loop = open_loop(ops)};
    pthread_t thread;
    init_count(&p.handle, answer);
    sem_init(&p.answered, 0, 0);
    cr_assert_eq(pthread_create(&thread, NULL, call_and_wait, &p), 0);
    CHECK(loop_run(p.loop) == 0);
    pthread_join(thread, NULL);
    CHECK(calls == TURNS);
    loop_close(p.loop);
}

/* --- signals --- */

BACKEND_TEST(wakeup, calls_a_signal_handler_on_the_loop)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count_and_stop);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    raise(SIGUSR1);
    CHECK(calls == 0);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    loop_close(l);
}

static void *raise_for_process(void *arg)
{
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);
    return arg;
}

/* ThreadSanitizer keeps a signal until the next call that it intercepts, and what liburing does is
 * none. */
static bool keeps_signals(const struct selector_ops *ops)
{
    return THREAD_SANITIZER && strcmp(ops->name, "io_uring") == 0;
}

THREADED_BACKEND_TEST(wakeup, is_woken_by_a_signal_while_it_waits_for_ever)
{
    if (keeps_signals(ops))
        return;
    struct loop *l = open_loop(ops);
    struct handle h;
    pthread_t thread;
    init_count(&h, count_and_stop);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    cr_assert_eq(pthread_create(&thread, NULL, raise_for_process, NULL), 0);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    pthread_join(thread, NULL);
    loop_close(l);
}

BACKEND_TEST(wakeup, calls_once_for_any_number_of_signals)
{
    struct loop *l = open_loop(ops);
    struct handle h, last;
    init_count(&h, count);
    handle_init(&last, count_and_stop);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    CHECK(loop_add_signal_handler(l, SIGUSR2, &last) == 0);
    for (int i = 0; i < 5; i++)
        raise(SIGUSR1);
    raise(SIGUSR2);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 2);
    raise(SIGUSR1);
    run_once(l);
    run_once(l);
    CHECK(calls == 3);
    loop_close(l);
}

BACKEND_TEST(wakeup, calls_the_latest_handler_of_a_signal)
{
    struct loop *l = open_loop(ops);
    struct handle former, latest;
    init_count(&latest, count_and_stop);
    handle_init(&former, NULL);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &former) == 0);
    raise(SIGUSR1);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &latest) == 0);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    loop_close(l);
}

BACKEND_TEST(wakeup, hands_a_call_that_is_due_to_the_latest_handler)
{
    struct loop *l = open_loop(ops);
    struct handle former, latest;
    init_count(&latest, count_and_stop);
    handle_init(&former, NULL);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &former) == 0);
    loop_call_soon(l, &former);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &latest) == 0);
    CHECK(!handle_pending(&former));
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    loop_close(l);
}

static void own_disposition(int signo)
{
    (void)signo;
    calls += 100;
}

static bool disposition_is_own(int signo)
{
    struct sigaction now;
    cr_assert_eq(sigaction(signo, NULL, &now), 0);
    return now.sa_handler == own_disposition;
}

static void set_own_disposition(int signo)
{
    struct sigaction action = {.sa_handler = own_disposition};
    cr_assert_eq(sigaction(signo, &action, NULL), 0);
}

BACKEND_TEST(wakeup, restores_the_former_disposition)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count);
    set_own_disposition(SIGUSR1);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    CHECK(!disposition_is_own(SIGUSR1));
    loop_remove_signal_handler(l, SIGUSR1);
    loop_remove_signal_handler(l, SIGUSR1);
    CHECK(disposition_is_own(SIGUSR1));
    raise(SIGUSR1);
    run_once(l);
    CHECK(calls == 100);
    loop_close(l);
}

BACKEND_TEST(wakeup, restores_the_former_disposition_when_the_loop_is_closed)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count);
    set_own_disposition(SIGUSR1);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    loop_close(l);
    CHECK(disposition_is_own(SIGUSR1));
}

BACKEND_TEST(wakeup, makes_no_call_for_a_signal_whose_handler_was_removed_meanwhile)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    init_count(&h, count);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    raise(SIGUSR1);
    loop_remove_signal_handler(l, SIGUSR1);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    run_once(l);
    run_once(l);
    CHECK(calls == 0);
    loop_close(l);
}

BACKEND_TEST(wakeup, leaves_a_signal_to_the_loop_that_has_it)
{
    struct loop *l = open_loop(ops), *other = open_loop(ops);
    struct handle h, hers;
    init_count(&h, count_and_stop);
    handle_init(&hers, NULL);
    CHECK(loop_add_signal_handler(l, SIGUSR1, &h) == 0);
    CHECK(loop_add_signal_handler(other, SIGUSR1, &hers) == -EBUSY);
    loop_remove_signal_handler(other, SIGUSR1);
    raise(SIGUSR1);
    CHECK(loop_run(l) == 0);
    CHECK(calls == 1);
    loop_remove_signal_handler(l, SIGUSR1);
    CHECK(loop_add_signal_handler(other, SIGUSR1, &h) == 0);
    raise(SIGUSR1);
    CHECK(loop_run(other) == 0);
    CHECK(calls == 2);
    loop_close(l);
    loop_close(other);
}

BACKEND_TEST(wakeup, refuses_what_is_no_signal_or_cannot_be_caught)
{
    static const int numbers[] = {-1, 0, NSIG, SIGKILL, SIGSTOP};
    struct loop *l = open_loop(ops), *other = open_loop(ops);
    struct handle h;
    init_count(&h, count);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        CHECK(loop_add_signal_handler(l, numbers[i], &h) == -EINVAL);
        CHECK(loop_add_signal_handler(other, numbers[i], &h) == -EINVAL);
        loop_remove_signal_handler(l, numbers[i]);
    }
    loop_close(l);
    loop_close(other);
}
