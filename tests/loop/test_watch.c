/* The watchers of loop/loop.c, and what they tell the backend. */
#include "loop/loop.h"
#include "loop/loop_private.h"
#include "tests/loop/backends.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A loop whose calls of the backend's set are counted, and a pair of sockets. */
struct scene {
    struct loop *loop;
    int near, far;
};

static const struct selector_ops *real;
static int sets;

static int counting_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    sets++;
    return real->set(s, fd, old, interest);
}

static struct scene make_scene(const struct selector_ops *ops)
{
    static struct selector_ops counting;
    struct scene scene;
    int fds[2];
    CHECK(loop_open(&scene.loop, ops->name) == 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    scene.near = fds[0];
    scene.far = fds[1];
    real = ops;
    counting = *ops;
    counting.set = counting_set;
    scene.loop->ops = &counting;
    sets = 0;
    return scene;
}

static void end_scene(struct scene *s)
{
    loop_close(s->loop);
    close(s->near);
    close(s->far);
}

static void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

/* A watcher that counts its calls. */
struct counter {
    struct watcher watcher;
    int calls;
};

static void count(struct handle *h)
{
    container_of(h, struct counter, watcher.handle)->calls++;
}

static void init_counter(struct counter *c, int fd)
{
    watcher_init(&c->watcher, fd, count);
    c->calls = 0;
}

static void put_byte(int fd)
{
    cr_assert_eq(write(fd, "x", 1), 1);
}

static void take_byte(int fd)
{
    char c;
    cr_assert_eq(read(fd, &c, 1), 1);
}

BACKEND_TEST(watch, calls_for_as_long_as_the_descriptor_is_ready)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    run_once(s.loop);
    CHECK(c.calls == 0);
    put_byte(s.far);
    run_once(s.loop);
    run_once(s.loop);
    CHECK(c.calls == 2);
    take_byte(s.near);
    run_once(s.loop);
    CHECK(c.calls == 2);
    end_scene(&s);
}

BACKEND_TEST(watch, tells_what_is_ready_of_what_is_wanted)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ | EVENT_WRITE) == 0);
    run_once(s.loop);
    CHECK(c.watcher.ready == EVENT_WRITE);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(c.watcher.ready == (EVENT_READ | EVENT_WRITE));
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    run_once(s.loop);
    CHECK(c.watcher.ready == EVENT_READ);
    close(s.far);
    run_once(s.loop);
    CHECK(c.watcher.ready == (EVENT_READ | EVENT_ERROR));
    end_scene(&s);
}

BACKEND_TEST(watch, calls_no_more_once_told_to_stop)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    put_byte(s.far);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    run_once(s.loop);
    CHECK(c.calls == 0);
    end_scene(&s);
}

BACKEND_TEST(watch, refuses_a_second_watcher_of_a_descriptor)
{
    struct scene s = make_scene(ops);
    struct counter c, other;
    init_counter(&c, s.near);
    init_counter(&other, s.near);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &other.watcher, EVENT_READ) == -EEXIST);
    CHECK(loop_watch(s.loop, &other.watcher, 0) == 0);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(c.calls == 1 && other.calls == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    CHECK(loop_watch(s.loop, &other.watcher, EVENT_READ) == 0);
    end_scene(&s);
}

BACKEND_TEST(watch, refuses_what_is_not_an_open_descriptor)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, -1);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == -EBADF);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    int closed = dup(s.near);
    close(closed);
    init_counter(&c, closed);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == -EBADF);
    CHECK(c.watcher.interest == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    end_scene(&s);
}

BACKEND_TEST(watch, notices_a_reader_that_leaves_a_pipe_while_nothing_is_written)
{
    struct scene s = make_scene(ops);
    struct counter c;
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    init_counter(&c, fds[1]);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_ERROR) == 0);
    run_once(s.loop);
    CHECK(c.calls == 0);
    close(fds[0]);
    run_once(s.loop);
    CHECK(c.calls == 1 && c.watcher.ready == EVENT_ERROR);
    close(fds[1]);
    end_scene(&s);
}

BACKEND_TEST(watch, calls_at_once_for_what_is_always_ready)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, open("/dev/null", O_RDWR));
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ | EVENT_WRITE) == 0);
    run_once(s.loop);
    CHECK(c.calls == 1 && c.watcher.ready == (EVENT_READ | EVENT_WRITE));
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    close(c.watcher.fd);
    end_scene(&s);
}

/* --- two watchers whose events came in one batch --- */

struct rival {
    struct watcher watcher;
    struct loop *loop;
    struct rival *other;
    unsigned leave; /* the other's interest from now on; 0: free it */
};

static int rivals_called;

static void hit_rival(struct handle *h)
{
    struct rival *self = container_of(h, struct rival, watcher.handle);
    rivals_called++;
    loop_watch(self->loop, &self->other->watcher, self->leave);
    if (!self->leave)
        free(self->other);
}

static struct rival *make_rivals(struct scene *s, unsigned leave)
{
    struct rival *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    watcher_init(&a->watcher, s->near, hit_rival);
    watcher_init(&b->watcher, s->far, hit_rival);
    a->loop = b->loop = s->loop;
    a->other = b;
    b->other = a;
    a->leave = b->leave = leave;
    rivals_called = 0;
    return a;
}

BACKEND_TEST(watch, may_be_freed_by_a_call_of_the_same_batch)
{
    struct scene s = make_scene(ops);
    struct rival *a = make_rivals(&s, 0), *b = a->other;
    CHECK(loop_watch(s.loop, &a->watcher, EVENT_WRITE) == 0);
    CHECK(loop_watch(s.loop, &b->watcher, EVENT_WRITE) == 0);
    run_once(s.loop);
    CHECK(rivals_called == 1);
    struct rival *left = s.loop->descriptors[s.near].watcher ? a : b;
    loop_watch(s.loop, &left->watcher, 0);
    free(left);
    end_scene(&s);
}

BACKEND_TEST(watch, is_not_called_for_an_interest_that_a_call_of_the_same_batch_ended)
{
    struct scene s = make_scene(ops);
    struct rival *a = make_rivals(&s, EVENT_READ), *b = a->other;
    CHECK(loop_watch(s.loop, &a->watcher, EVENT_WRITE) == 0);
    CHECK(loop_watch(s.loop, &b->watcher, EVENT_WRITE) == 0);
    run_once(s.loop);
    CHECK(rivals_called == 1);
    end_scene(&s);
    free(a);
    free(b);
}

struct loner {
    struct watcher watcher;
    int *calls;
};

static void leave_for_good(struct handle *h)
{
    struct loner *o = container_of(h, struct loner, watcher.handle);
    ++*o->calls;
    loop_watch(loop_running(), &o->watcher, 0);
    free(o);
}

BACKEND_TEST(watch, may_be_freed_by_its_own_call)
{
    struct scene s = make_scene(ops);
    struct loner *o = malloc(sizeof *o);
    int calls = 0;
    watcher_init(&o->watcher, s.near, leave_for_good);
    o->calls = &calls;
    CHECK(loop_watch(s.loop, &o->watcher, EVENT_WRITE) == 0);
    run_once(s.loop);
    run_once(s.loop);
    CHECK(calls == 1);
    end_scene(&s);
}

/* --- lazy removal --- */

BACKEND_TEST(watch, takes_a_descriptor_that_is_not_owned_out_at_once)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    CHECK(sets == 2);
    end_scene(&s);
}

BACKEND_TEST(watch, asks_the_backend_nothing_when_interest_in_an_owned_one_comes_and_goes)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_own(s.loop, s.near) == 0);
    for (int i = 0; i < 5; i++) {
        CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
        CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    }
    CHECK(sets == 1);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(c.calls == 1);
    end_scene(&s);
}

BACKEND_TEST(watch, takes_an_owned_one_out_at_an_event_that_nobody_wants)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(sets == 2);
    run_once(s.loop);
    CHECK(sets == 2 && c.calls == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    run_once(s.loop);
    CHECK(c.calls == 1);
    end_scene(&s);
}

BACKEND_TEST(watch, takes_an_owned_one_out_at_an_error_that_nobody_wants)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_ERROR) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    close(s.far);
    run_once(s.loop);
    CHECK(sets == 2 && c.calls == 0);
    end_scene(&s);
}

BACKEND_TEST(watch, asks_for_less_only_after_an_event_that_is_not_wanted_any_more)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ | EVENT_WRITE) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(sets == 1);
    run_once(s.loop);
    CHECK(sets == 2);
    CHECK(s.loop->descriptors[s.near].registered == EVENT_READ);
    run_once(s.loop);
    CHECK(sets == 2 && c.calls == 0);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(c.calls == 1);
    end_scene(&s);
}

BACKEND_TEST(watch, takes_out_what_is_disowned_and_stops_its_watcher)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    put_byte(s.far);
    loop_disown(s.loop, s.near);
    CHECK(sets == 2 && c.watcher.interest == 0);
    run_once(s.loop);
    CHECK(c.calls == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
    CHECK(sets == 4);
    end_scene(&s);
}

Test(watch, disowning_what_was_never_owned_is_harmless)
{
    struct loop *l;
    cr_assert_eq(loop_open(&l, NULL), 0);
    loop_disown(l, -1);
    loop_disown(l, 100000);
    loop_close(l);
}

/* A number that was owned, closed in order and opened again is watched anew. */
BACKEND_TEST(watch, sees_the_new_file_behind_an_owned_number_that_came_back)
{
    struct scene s = make_scene(ops);
    struct counter c;
    init_counter(&c, s.near);
    for (int i = 0; i < 3; i++) {
        CHECK(loop_own(s.loop, s.near) == 0);
        CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
        CHECK(loop_watch(s.loop, &c.watcher, 0) == 0);
        loop_disown(s.loop, s.near);
        int fds[2];
        close(s.far);
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        s.far = fds[0];
        dup2(fds[1], s.near);
        close(fds[1]);
    }
    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    put_byte(s.far);
    run_once(s.loop);
    CHECK(c.calls == 1);
    end_scene(&s);
}

/* Its former owner closed it without a word, and speaks up only after the number came back. */
BACKEND_TEST(watch, forgets_what_is_left_of_a_number_when_it_gets_an_owner)
{
    struct scene s = make_scene(ops);
    struct counter former, c;
    init_counter(&former, s.near);
    init_counter(&c, s.near);
    CHECK(loop_watch(s.loop, &former.watcher, EVENT_READ) == 0);
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    dup2(fds[0], s.near);
    close(fds[0]);

    CHECK(loop_own(s.loop, s.near) == 0);
    CHECK(loop_watch(s.loop, &c.watcher, EVENT_READ) == 0);
    CHECK(loop_watch(s.loop, &former.watcher, 0) == 0);
    put_byte(fds[1]);
    run_once(s.loop);
    CHECK(c.calls == 1 && former.calls == 0);
    close(fds[1]);
    end_scene(&s);
}
