#include "loop/loop.h"

#include "loop/future.h"
#include "loop/loop_private.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loop *open_loop(const struct selector_ops *ops)
{
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == 0);
    return l;
}

/* --- handles, each of which tells its letter when it is called --- */

struct letter {
    struct handle handle;
    char letter;
    void (*also)(struct letter *self);
    struct handle *other;
};

static void call_letter(struct handle *h)
{
    struct letter *self = container_of(h, struct letter, handle);
    tell(self->letter);
    if (self->also)
        self->also(self);
}

static void init_letters(struct letter *letters, int count)
{
    forget_story();
    for (int i = 0; i < count; i++) {
        letters[i] = (struct letter){.letter = (char)('a' + i)};
        handle_init(&letters[i].handle, call_letter);
    }
}

static void stop(struct handle *h)
{
    (void)h;
    loop_stop(loop_running());
}

/* One step of the loop. */
static void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

BACKEND_TEST(loop, makes_calls_in_the_order_in_which_they_were_queued)
{
    struct loop *l = open_loop(ops);
    struct letter n[3];
    init_letters(n, 3);
    for (int i = 2; i >= 0; i--)
        loop_call_soon(l, &n[i].handle);
    run_once(l);
    CHECK(strcmp(story, "cba") == 0);
    loop_close(l);
}

BACKEND_TEST(loop, moves_a_pending_handle_to_the_end)
{
    struct loop *l = open_loop(ops);
    struct letter n[2];
    init_letters(n, 2);
    loop_call_soon(l, &n[0].handle);
    loop_call_soon(l, &n[1].handle);
    loop_call_soon(l, &n[0].handle);
    run_once(l);
    CHECK(strcmp(story, "ba") == 0);
    loop_close(l);
}

static void call_other_soon(struct letter *self)
{
    loop_call_soon(loop_running(), self->other);
}

BACKEND_TEST(loop, leaves_what_a_call_queues_to_the_next_step)
{
    struct loop *l = open_loop(ops);
    struct letter n[3];
    init_letters(n, 3);
    n[0].also = call_other_soon;
    n[0].other = &n[2].handle;
    loop_call_soon(l, &n[0].handle);
    loop_call_soon(l, &n[1].handle);
    run_once(l);
    CHECK(strcmp(story, "ab") == 0);
    run_once(l);
    CHECK(strcmp(story, "abc") == 0);
    loop_close(l);
}

static void cancel_other(struct letter *self)
{
    handle_cancel(self->other);
}

BACKEND_TEST(loop, does_not_make_a_call_that_was_cancelled_in_the_same_step)
{
    struct loop *l = open_loop(ops);
    struct letter n[3];
    init_letters(n, 3);
    n[0].also = cancel_other;
    n[0].other = &n[1].handle;
    for (int i = 0; i < 3; i++)
        loop_call_soon(l, &n[i].handle);
    run_once(l);
    CHECK(strcmp(story, "ac") == 0);
    CHECK(!handle_pending(&n[1].handle));
    loop_close(l);
}

static void free_self(struct letter *self)
{
    free(self);
}

BACKEND_TEST(loop, lets_a_call_free_its_own_handle)
{
    struct loop *l = open_loop(ops);
    struct letter n[1], *own = malloc(sizeof *own);
    init_letters(n, 1);
    *own = n[0];
    handle_init(&own->handle, call_letter);
    own->also = free_self;
    loop_call_soon(l, &own->handle);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "a") == 0);
    loop_close(l);
}

static void expect_not_pending(struct letter *self)
{
    cr_assert(!handle_pending(&self->handle));
}

BACKEND_TEST(loop, has_a_handle_out_of_every_list_when_it_calls_it)
{
    struct loop *l = open_loop(ops);
    struct letter n[1];
    init_letters(n, 1);
    n[0].also = expect_not_pending;
    loop_call_soon(l, &n[0].handle);
    CHECK(handle_pending(&n[0].handle));
    run_once(l);
    CHECK(strcmp(story, "a") == 0);
    loop_close(l);
}

/* One of each kind, all due in the step in which another call frees it. */
struct victim {
    struct handle handle, waiting;
    struct timer timer;
    struct watcher watcher;
    struct future future;
};

struct killer {
    struct handle handle;
    struct victim *victim;
};

static void tell_of_victim(struct handle *h)
{
    (void)h;
    tell('v');
}

static void kill_victim(struct handle *h)
{
    struct victim *v = container_of(h, struct killer, handle)->victim;
    struct loop *l = loop_running();
    tell('k');
    handle_cancel(&v->handle);
    handle_cancel(&v->waiting);
    loop_cancel_timer(l, &v->timer);
    loop_watch(l, &v->watcher, 0);
    free(v);
}

static struct victim *make_victim(struct loop *l, int fd)
{
    struct victim *v = malloc(sizeof *v);
    handle_init(&v->handle, tell_of_victim);
    handle_init(&v->waiting, tell_of_victim);
    timer_setup(&v->timer, tell_of_victim);
    watcher_init(&v->watcher, fd, tell_of_victim);
    future_init(&v->future, l);
    loop_call_soon(l, &v->handle);
    future_add_callback(&v->future, &v->waiting);
    future_set(&v->future, 0);
    loop_call_at(l, &v->timer, 0);
    cr_assert_eq(loop_watch(l, &v->watcher, EVENT_WRITE), 0);
    return v;
}

BACKEND_TEST(loop, lets_a_call_free_whatever_is_ready_in_the_same_step)
{
    struct loop *l = open_loop(ops);
    struct killer k;
    int fds[2];
    forget_story();
    CHECK(pipe(fds) == 0);
    handle_init(&k.handle, kill_victim);
    loop_call_soon(l, &k.handle);
    k.victim = make_victim(l, fds[1]);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "k") == 0);
    close(fds[0]);
    close(fds[1]);
    loop_close(l);
}

static void call_again(struct handle *h)
{
    loop_call_soon(loop_running(), h);
}

BACKEND_TEST(loop, is_not_starved_by_a_call_that_queues_itself_for_ever)
{
    struct loop *l = open_loop(ops);
    struct handle h;
    int fds[2];
    handle_init(&h, call_again);
    loop_call_soon(l, &h);
    struct watcher w;
    cr_assert_eq(pipe(fds), 0);
    watcher_init(&w, fds[1], stop);
    CHECK(loop_watch(l, &w, EVENT_WRITE) == 0);
    CHECK(loop_run(l) == 0);
    CHECK(loop_watch(l, &w, 0) == 0);
    struct timer t;
    timer_setup(&t, stop);
    loop_call_later(l, &t, NS_PER_MS);
    CHECK(loop_run(l) == 0);
    close(fds[0]);
    close(fds[1]);
    loop_close(l);
}

/* --- running --- */

Test(loop, does_not_open_on_an_unknown_backend)
{
    struct loop *l;
    cr_assert_eq(loop_open(&l, "carrier pigeon"), -EINVAL);
}

Test(loop, opens_on_the_best_backend_by_itself)
{
    struct loop *l;
    cr_assert_eq(loop_open(&l, NULL), 0);
    cr_assert_str_eq(loop_selector_name(l), selectors[0]->name);
    loop_close(l);
}

BACKEND_TEST(loop, tells_its_backend)
{
    struct loop *l = open_loop(ops);
    CHECK(strcmp(loop_selector_name(l), ops->name) == 0);
    loop_close(l);
}

static struct loop *expected;

static void expect_running(struct letter *self)
{
    (void)self;
    cr_assert_eq(loop_running(), expected);
    cr_assert_eq(loop_run(expected), -EBUSY);
}

BACKEND_TEST(loop, is_the_running_one_only_while_it_runs_and_lets_no_other_run)
{
    struct loop *l = open_loop(ops);
    struct letter n[1];
    init_letters(n, 1);
    n[0].also = expect_running;
    expected = l;
    CHECK(loop_running() == NULL);
    loop_call_soon(l, &n[0].handle);
    run_once(l);
    CHECK(strcmp(story, "a") == 0);
    CHECK(loop_running() == NULL);
    loop_close(l);
}

struct setter {
    struct handle handle;
    struct future *future;
    int result;
};

static void set_future(struct handle *h)
{
    struct setter *s = container_of(h, struct setter, handle);
    future_set(s->future, s->result);
}

BACKEND_TEST(loop, runs_until_a_future_is_done_and_returns_its_result)
{
    struct loop *l = open_loop(ops);
    struct future f;
    future_init(&f, l);
    struct setter s = {.future = &f, .result = -EPROTO};
    handle_init(&s.handle, set_future);
    loop_call_soon(l, &s.handle);
    CHECK(loop_run_until_complete(l, &f) == -EPROTO);
    CHECK(loop_run_until_complete(l, &f) == -EPROTO);
    loop_close(l);
}

BACKEND_TEST(loop, tells_that_it_was_stopped_before_the_future_was_done)
{
    struct loop *l = open_loop(ops);
    struct future f;
    struct handle h;
    future_init(&f, l);
    handle_init(&h, stop);
    loop_call_soon(l, &h);
    CHECK(loop_run_until_complete(l, &f) == -EDEADLK);
    CHECK(list_empty(&f.callbacks));
    loop_close(l);
}

BACKEND_TEST(loop, finishes_the_step_in_which_it_is_stopped)
{
    struct loop *l = open_loop(ops);
    struct letter n[2];
    init_letters(n, 2);
    struct handle h;
    handle_init(&h, stop);
    loop_call_soon(l, &n[0].handle);
    loop_call_soon(l, &h);
    loop_call_soon(l, &n[1].handle);
    CHECK(loop_run(l) == 0);
    CHECK(strcmp(story, "ab") == 0);
    loop_close(l);
}

BACKEND_TEST(loop, forgets_what_is_scheduled_when_closed)
{
    struct loop *l = open_loop(ops), *other = open_loop(ops);
    struct letter n[1];
    struct timer t;
    struct watcher w;
    init_letters(n, 1);
    timer_setup(&t, call_letter);
    watcher_init(&w, STDOUT_FILENO, call_letter);
    loop_call_soon(l, &n[0].handle);
    loop_call_later(l, &t, 0);
    CHECK(loop_watch(l, &w, EVENT_ERROR) == 0);
    loop_close(l);
    CHECK(!handle_pending(&n[0].handle));
    CHECK(!t.armed);
    CHECK(!w.interest);
    loop_cancel_timer(other, &t);
    loop_close(other);
}

/* --- debug mode --- */

static int slow_calls;
static const char *slow_name;

static void count_slow(const struct loop_report *r)
{
    cr_assert_eq(r->problem, LOOP_SLOW);
    cr_assert_gt(r->ns, 2 * NS_PER_MS);
    slow_name = r->name;
    slow_calls++;
}

static void hold(struct letter *self)
{
    (void)self;
    for (int64_t end = loop_time() + 2 * NS_PER_MS; loop_time() <= end;)
        ;
}

BACKEND_TEST(loop, names_calls_that_take_longer_than_the_limit)
{
    struct loop *l = open_loop(ops);
    struct letter n[2];
    init_letters(n, 2);
    n[0].also = hold;
    slow_calls = 0;
    slow_name = "not called";
    loop_set_debug(l, 2 * NS_PER_MS, count_slow);
    loop_call_soon(l, &n[0].handle);
    run_once(l);
    CHECK(slow_calls == 1);
    CHECK(strcmp(slow_name, "call_letter") == 0);

    loop_set_debug(l, 3600 * NS_PER_S, count_slow);
    loop_call_soon(l, &n[0].handle);
    run_once(l);
    loop_set_debug(l, 0, NULL);
    loop_call_soon(l, &n[0].handle);
    run_once(l);
    CHECK(slow_calls == 1);
    loop_close(l);
}
