/* The timers of loop/loop.c. */
#include "loop/loop.h"
#include "loop/loop_private.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <stdlib.h>
#include <unistd.h>

static struct loop *open_loop(const struct selector_ops *ops)
{
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == 0);
    return l;
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

struct alarm {
    struct timer timer;
    char letter;
    int64_t due;
};

static void ring(struct handle *h)
{
    struct alarm *a = container_of(h, struct alarm, timer.handle);
    cr_assert_geq(loop_time(), a->due, "too early");
    cr_assert_not(a->timer.armed);
    tell(a->letter);
}

static void arm(struct loop *l, struct alarm *a, char letter, int64_t when)
{
    timer_setup(&a->timer, ring);
    a->letter = letter;
    a->due = when;
    loop_call_at(l, &a->timer, when);
}

BACKEND_TEST(timer, rings_timers_by_due_time_and_equal_ones_first_in_first_out)
{
    struct loop *l = open_loop(ops);
    struct alarm a[4];
    struct timer end;
    forget_story();
    int64_t now = loop_time();
    arm(l, &a[0], 'd', now + 3 * NS_PER_MS);
    arm(l, &a[1], 'b', now + 2 * NS_PER_MS);
    arm(l, &a[2], 'a', now);
    arm(l, &a[3], 'c', now + 2 * NS_PER_MS);
    timer_setup(&end, stop);
    loop_call_at(l, &end, now + 3 * NS_PER_MS);
    CHECK(loop_run(l) == 0);
    CHECK(strcmp(story, "abcd") == 0);
    loop_close(l);
}

BACKEND_TEST(timer, rings_overdue_timers_of_one_step_by_due_time)
{
    struct loop *l = open_loop(ops);
    struct alarm a[3];
    forget_story();
    arm(l, &a[0], 'c', 30);
    arm(l, &a[1], 'a', -10);
    arm(l, &a[2], 'b', 20);
    run_once(l);
    CHECK(strcmp(story, "abc") == 0);
    loop_close(l);
}

BACKEND_TEST(timer, does_not_ring_a_cancelled_timer)
{
    struct loop *l = open_loop(ops);
    struct alarm a[3];
    forget_story();
    for (int i = 0; i < 3; i++)
        arm(l, &a[i], (char)('a' + i), 0);
    loop_cancel_timer(l, &a[1].timer);
    loop_cancel_timer(l, &a[1].timer);
    run_once(l);
    CHECK(strcmp(story, "ac") == 0);
    loop_close(l);
}

struct canceller {
    struct handle handle;
    struct timer *timer;
};

static void cancel_timer(struct handle *h)
{
    loop_cancel_timer(loop_running(), container_of(h, struct canceller, handle)->timer);
}

BACKEND_TEST(timer, does_not_ring_a_timer_that_is_cancelled_when_it_is_ready_already)
{
    struct loop *l = open_loop(ops);
    struct alarm a;
    struct canceller c = {.timer = &a.timer};
    forget_story();
    handle_init(&c.handle, cancel_timer);
    arm(l, &a, 'z', 0);
    loop_call_soon(l, &c.handle);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "") == 0);
    loop_close(l);
}

BACKEND_TEST(timer, moves_a_timer_that_is_armed_again)
{
    struct loop *l = open_loop(ops);
    struct alarm a, b;
    forget_story();
    arm(l, &a, 'a', 1);
    arm(l, &b, 'b', 2);
    loop_call_at(l, &a.timer, 3);
    run_once(l);
    CHECK(strcmp(story, "ba") == 0);
    loop_close(l);
}

static void ring_thrice(struct handle *h)
{
    struct alarm *a = container_of(h, struct alarm, timer.handle);
    tell(a->letter);
    if (++a->letter < 'd')
        loop_call_later(loop_running(), &a->timer, -1);
}

BACKEND_TEST(timer, lets_a_timer_arm_itself_again_for_the_next_step)
{
    struct loop *l = open_loop(ops);
    struct alarm a = {.letter = 'a'};
    forget_story();
    timer_setup(&a.timer, ring_thrice);
    loop_call_later(l, &a.timer, 0);
    run_once(l);
    CHECK(strcmp(story, "a") == 0);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "abc") == 0);
    loop_close(l);
}

BACKEND_TEST(timer, takes_any_delay)
{
    struct loop *l = open_loop(ops);
    struct alarm soon, late;
    forget_story();
    arm(l, &soon, 'a', 0);
    arm(l, &late, 'z', 0);
    loop_call_later(l, &soon.timer, INT64_MIN);
    loop_call_later(l, &late.timer, INT64_MAX);
    run_once(l);
    CHECK(strcmp(story, "a") == 0);
    CHECK(late.timer.node.key == INT64_MAX);
    loop_close(l);
}

static int waits;
static const struct selector_ops *real;

static int counting_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    waits++;
    return real->wait(s, out, max, timeout);
}

BACKEND_TEST(timer, does_not_spin_before_a_timer)
{
    struct loop *l = open_loop(ops);
    struct selector_ops counting = *ops;
    counting.wait = counting_wait;
    real = ops;
    waits = 0;
    l->ops = &counting;
    struct timer t;
    timer_setup(&t, stop);
    for (int i = 0; i < 10; i++) {
        loop_call_later(l, &t, NS_PER_MS + 1);
        CHECK(loop_run(l) == 0);
    }
    CHECK(waits == 10);
    loop_close(l);
}

static int rung;

static void count_ring(struct handle *h)
{
    (void)h;
    rung++;
}

Test(timer, rings_half_of_a_million_timers_when_the_other_half_is_cancelled, .timeout = 60)
{
    enum { COUNT = 1000000 };
    struct loop *l;
    cr_assert_eq(loop_open(&l, NULL), 0);
    struct timer *timers = malloc(COUNT * sizeof *timers);
    for (int i = 0; i < COUNT; i++) {
        timer_setup(&timers[i], count_ring);
        loop_call_at(l, &timers[i], i * INT64_C(7919) % COUNT);
    }
    for (int i = 0; i < COUNT; i += 2)
        loop_cancel_timer(l, &timers[i]);
    run_once(l);
    cr_assert_eq(rung, COUNT / 2);
    cr_assert_null(heap_least(&l->timers));
    free(timers);
    loop_close(l);
}

static void free_alarm(struct handle *h)
{
    tell('f');
    free(container_of(h, struct timer, handle));
}

BACKEND_TEST(timer, may_be_freed_by_its_own_call)
{
    struct loop *l = open_loop(ops);
    struct timer *t = malloc(sizeof *t);
    forget_story();
    timer_setup(t, free_alarm);
    loop_call_at(l, t, 0);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "f") == 0);
    loop_close(l);
}

static void ring_for_ever(struct handle *h)
{
    loop_call_at(loop_running(), container_of(h, struct timer, handle), 0);
}

BACKEND_TEST(timer, that_is_always_due_starves_neither_descriptors_nor_other_timers)
{
    struct loop *l = open_loop(ops);
    struct timer always, later;
    struct watcher w;
    int fds[2];
    timer_setup(&always, ring_for_ever);
    loop_call_at(l, &always, 0);
    timer_setup(&later, stop);
    loop_call_later(l, &later, NS_PER_MS);
    CHECK(loop_run(l) == 0);
    CHECK(pipe(fds) == 0);
    watcher_init(&w, fds[1], stop);
    CHECK(loop_watch(l, &w, EVENT_WRITE) == 0);
    CHECK(loop_run(l) == 0);
    CHECK(loop_watch(l, &w, 0) == 0);
    close(fds[0]);
    close(fds[1]);
    loop_close(l);
}
