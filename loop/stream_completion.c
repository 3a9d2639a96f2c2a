/* Streams on completions: one receive at a time, begun when the task first waits for input, and one
 * send, of the first block. A task that is interrupted leaves its receive pending, for whoever
 * reads next; so an idle connection holds the room of a receive, 1 KiB if it was not just busy. */
#include "loop/stream_private.h"

#include <assert.h>
#include <errno.h>

/* Also if it has ended, and nobody has looked at the result yet. */
static bool under_way(const struct operation *o)
{
    return o->pending || handle_pending(&o->handle);
}

static int update(struct stream *s)
{
    int r = s->error;
    if (r == 0 && s->waits == WAIT_INPUT && !under_way(&s->receive)) {
        char *at;
        size_t room = stream_input_room(s, &at);
        r = room > 0 ? loop_receive(s->loop, &s->receive, at, room) : -ENOMEM;
    }
    if (r == 0 && s->unsent > 0 && !under_way(&s->send)) {
        const struct block *b = s->out;
        r = loop_send(s->loop, &s->send, b->data + b->start, b->end - b->start);
    }
    return r;
}

static void received(struct handle *h)
{
    struct stream *s = container_of(h, struct stream, receive.handle);
    if (s->waits == WAIT_STOP) {
        future_set(&s->wake, 0);
        return;
    }
    stream_received(s, s->receive.transfer.result);
    stream_update(s);
}

static void sent(struct handle *h)
{
    struct stream *s = container_of(h, struct stream, send.handle);
    if (s->waits == WAIT_STOP) {
        future_set(&s->wake, 0);
        return;
    }
    stream_sent(s, s->send.transfer.result);
    stream_update(s);
}

static int start(struct stream *s)
{
    operation_init(&s->receive, s->fd, received);
    operation_init(&s->send, s->fd, sent);
    return 0;
}

static void stop(struct stream *s)
{
    loop_cancel_operation(s->loop, &s->receive);
    loop_cancel_operation(s->loop, &s->send);
    s->waits = WAIT_STOP;
    while (s->receive.pending || s->send.pending) {
        assert(task_current());
        future_init(&s->wake, s->loop);
        await_shielded(&s->wake);
    }
    handle_cancel(&s->receive.handle);
    handle_cancel(&s->send.handle);
}

const struct stream_transport stream_completion = {start, update, stop};
