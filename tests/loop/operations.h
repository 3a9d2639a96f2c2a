/* What the tests of operations share: a loop with a pair of sockets, and operations that count. */
#ifndef TESTS_LOOP_OPERATIONS_H
#define TESTS_LOOP_OPERATIONS_H

#include "loop/loop.h"
#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *stage; /* the loop of a test whose calls need it */

/* An operation that tells its letter, counts its calls and ends the run. */
struct one {
    struct operation operation;
    int calls;
    char letter;
    void (*also)(struct one *self);
    char data[16];
};

static void ended(struct handle *h)
{
    struct one *self = container_of(h, struct one, operation.handle);
    cr_assert(!self->operation.pending);
    self->calls++;
    if (self->letter)
        tell(self->letter);
    if (self->also)
        self->also(self);
    loop_stop(loop_running());
}

static inline void init_one(struct one *o, int fd)
{
    *o = (struct one){0};
    operation_init(&o->operation, fd, ended);
}

static inline int receive(struct loop *l, struct one *o)
{
    return loop_receive(l, &o->operation, o->data, sizeof o->data);
}

static inline ssize_t result(const struct one *o)
{
    return o->operation.transfer.result;
}

/* A loop and a pair of sockets. */
struct scene {
    struct loop *loop;
    int near, far;
};

static inline struct scene make_scene(const struct selector_ops *ops, int type)
{
    struct scene s;
    int fds[2];
    CHECK(loop_open(&s.loop, ops->name) == 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | type, 0, fds), 0);
    s.near = fds[0];
    s.far = fds[1];
    forget_story();
    return s;
}

static inline void end_scene(struct scene *s)
{
    loop_close(s->loop);
    close(s->near);
    close(s->far);
}

static inline void run_once(struct loop *l)
{
    loop_stop(l);
    cr_assert_eq(loop_run(l), 0);
}

static inline void run(struct loop *l)
{
    cr_assert_eq(loop_run(l), 0);
}

/* The test of a backend that makes transfers; passed over silently on others. */
#define COMPLETION_TEST(suite, fact)                   \
    static void fact##_(const struct selector_ops *s); \
    BACKEND_TEST(suite, fact)                          \
    {                                                  \
        if (ops->submit)                               \
            fact##_(ops);                              \
    }                                                  \
    static void fact##_(const struct selector_ops *ops)

#endif
