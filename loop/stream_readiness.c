/* Streams on readiness. Input is received in the watcher's call, while the task waits for it. So it
 * is gone before the selector is asked again, and taking interest off and on costs no system call;
 * a step takes no more than a buffer of it; and a connection that has sent nothing has no buffer.
 */
#include "loop/stream_private.h"

#include <errno.h>

static int update(struct stream *s)
{
    unsigned interest = 0;
    if (s->waits == WAIT_INPUT) {
        stream_input_trim(s); /* an idle connection holds little */
        interest = EVENT_READ;
    }
    if (s->unsent > 0 && s->error == 0)
        interest |= EVENT_WRITE;
    return interest == s->watcher.interest ? 0 : loop_watch(s->loop, &s->watcher, interest);
}

static void receive(struct stream *s)
{
    char *at;
    size_t room = stream_input_room(s, &at);
    ssize_t n = room > 0 ? recv(s->fd, at, room, 0) : -1;
    stream_received(s, n >= 0 ? n : room > 0 ? -errno : -ENOMEM);
}

static void ready(struct handle *h)
{
    struct stream *s = container_of(h, struct stream, watcher.handle);
    unsigned events = s->watcher.ready;
    if (s->unsent > 0 && events & (EVENT_WRITE | EVENT_ERROR)) {
        const struct block *b = s->out;
        ssize_t n = send(s->fd, b->data + b->start, b->end - b->start, MSG_NOSIGNAL);
        stream_sent(s, n < 0 ? -errno : n);
    }
    if (s->waits == WAIT_INPUT && events & EVENT_READ)
        receive(s);
    stream_update(s);
}

static int start(struct stream *s)
{
    watcher_init(&s->watcher, s->fd, ready);
    return loop_own(s->loop, s->fd);
}

static void stop(struct stream *s)
{
    loop_disown(s->loop, s->fd);
}

const struct stream_transport stream_readiness = {start, update, stop};
