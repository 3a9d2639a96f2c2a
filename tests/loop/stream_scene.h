/* Tests of streams whose both ends are in the test's own loop: a scene is played by the main task
 * of a runner, on one backend. A failed assertion must not leave a coroutine, so MUST ends the
 * scene, and the test fails after it. */
#ifndef TESTS_LOOP_STREAM_SCENE_H
#define TESTS_LOOP_STREAM_SCENE_H

#include "loop/runner.h"
#include "loop/stream.h"
#include "tests/loop/backends.h"

#include <sys/socket.h>
#include <unistd.h>

struct scene {
    struct loop *loop;
    int (*act)(struct scene *c); /* returns 0; else what MUST has returned */
    struct stream *s;            /* of socket_pair; closed after the scene if it still stands */
    int peer;
    const char *failed;
};

/* In what returns an int, outside of timeout scopes. */
#define MUST(condition)             \
    do                              \
        if (!(condition)) {         \
            c->failed = #condition; \
            return __LINE__;        \
        }                           \
    while (0)

static inline int scene_main(void *arg)
{
    struct scene *c = arg;
    c->loop = loop_running();
    int line = c->act(c);
    if (c->s)
        stream_close(c->s);
    if (c->peer >= 0)
        close(c->peer);
    return line;
}

static inline void play(const struct selector_ops *ops, int (*act)(struct scene *c))
{
    int lowest = dup(STDERR_FILENO);
    close(lowest);
    struct scene c = {.act = act, .peer = -1};
    int line = runner_run(ops->name, scene_main, &c);
    cr_assert_eq(line, 0, "with %s: line %d: %s", ops->name, line, c.failed ? c.failed : "");
    int after = dup(STDERR_FILENO);
    close(after);
    cr_assert_eq(after, lowest, "with %s: a descriptor is left open", ops->name);
}

/* Makes c->s, and the other end, which does not block either. Returns 0 or a negative errno. */
static inline int socket_pair(struct scene *c)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    c->peer = fds[1];
    return stream_new(&c->s, c->loop, fds[0]);
}

#endif
