/* loop/stream.c: a task that is interrupted in a read or a write, and closing while something is
 * pending, on every backend. */
#include "tests/loop/stream_scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHORT (5 * NS_PER_MS)

/* --- the other end --- */

static bool hear(struct scene *c, const char *text)
{
    char heard[64];
    size_t n = strlen(text);
    return recv(c->peer, heard, sizeof heard, 0) == (ssize_t)n && memcmp(heard, text, n) == 0;
}

static bool say(struct scene *c, const char *text)
{
    return send(c->peer, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* --- reading, for a short time --- */

static ASYNC ssize_t peek_shortly(struct scene *c, const char **data)
{
    struct timeout limit;
    timeout_begin(&limit, SHORT);
    ssize_t n = stream_peek(c->s, data);
    timeout_end(&limit);
    return n;
}

static int peek_again(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(say(c, "late"));
    MUST(stream_peek(c->s, &data) == 4 && memcmp(data, "late", 4) == 0);
    stream_consume(c->s, 4);
    MUST(say(c, "more"));
    MUST(stream_peek(c->s, &data) == 4 && memcmp(data, "more", 4) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_read_that_timed_out_loses_nothing)
{
    play(ops, peek_again);
}

static int peek_what_came_meanwhile(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(say(c, "mean"));
    MUST(task_sleep(SHORT) == 0);
    MUST(say(c, "while"));
    size_t n = 0;
    while (n < 9) {
        ssize_t r = stream_peek(c->s, &data);
        MUST(r > (ssize_t)n);
        n = (size_t)r;
    }
    MUST(n == 9 && memcmp(data, "meanwhile", 9) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, what_comes_while_nobody_reads_is_there_for_the_next_read)
{
    play(ops, peek_what_came_meanwhile);
}

static int consume_under_a_receive(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0 && say(c, "abc"));
    MUST(stream_peek(c->s, &data) == 3);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT); /* for more than abc */
    stream_consume(c->s, 2);
    MUST(say(c, "def"));
    ssize_t n = stream_peek(c->s, &data);
    MUST(n == 1 && data[0] == 'c');
    MUST(stream_peek(c->s, &data) == 4 && memcmp(data, "cdef", 4) == 0);
    stream_consume(c->s, 4);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    return 0;
}

BACKEND_TEST(stream_interrupt, consuming_after_an_interrupted_read_leaves_what_follows_whole)
{
    play(ops, consume_under_a_receive);
}

static int line_in_pieces(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0 && say(c, "no end "));
    struct timeout limit;
    timeout_begin(&limit, SHORT);
    ssize_t n = stream_read_until(c->s, "\n", &data);
    timeout_end(&limit);
    MUST(n == -ETIMEDOUT);
    MUST(say(c, "yet\nrest"));
    MUST(stream_read_until(c->s, "\n", &data) == 11 && memcmp(data, "no end yet\n", 11) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_line_is_read_on_after_a_timeout)
{
    play(ops, line_in_pieces);
}

static int end_meanwhile(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(say(c, "last") && shutdown(c->peer, SHUT_WR) == 0);
    MUST(task_sleep(SHORT) == 0);
    MUST(stream_peek(c->s, &data) == 4);
    MUST(stream_peek(c->s, &data) == 0);
    MUST(stream_peek(c->s, &data) == 0);
    stream_consume(c->s, 4);
    MUST(stream_peek(c->s, &data) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, the_end_follows_the_data_also_after_a_timeout)
{
    play(ops, end_meanwhile);
}

static int write_between(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(stream_write(c->s, "question", 8) == 0 && stream_flush(c->s) == 0);
    MUST(hear(c, "question") && say(c, "answer"));
    MUST(stream_peek(c->s, &data) == 6);
    return 0;
}

BACKEND_TEST(stream_interrupt, writing_goes_on_after_an_interrupted_read)
{
    play(ops, write_between);
}

/* --- writing more than the socket takes --- */

#define MUCH ((size_t)1 << 20)

static char letter(size_t i)
{
    return (char)(i * 31 >> 8);
}

static ASYNC int write_much(struct scene *c)
{
    char *data = malloc(MUCH);
    if (!data)
        return -ENOMEM;
    for (size_t i = 0; i < MUCH; i++)
        data[i] = letter(i);
    int r = stream_write(c->s, data, MUCH);
    free(data); /* it is the stream's now */
    return r;
}

static ASYNC int drain_shortly(struct scene *c)
{
    struct timeout limit;
    timeout_begin(&limit, SHORT);
    int r = stream_drain(c->s);
    timeout_end(&limit);
    return r;
}

struct listener {
    struct task task;
    int fd;
    size_t heard, wrong;
};

/* Reads until n bytes have come, and judges them. */
static int listener_main(void *arg)
{
    struct listener *l = arg;
    static char part[32 * 1024];
    while (l->heard < MUCH) {
        ssize_t n = recv(l->fd, part, sizeof part, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN) || (n < 0 && task_sleep(NS_PER_MS / 10) < 0))
            return -EPROTO;
        for (ssize_t i = 0; i < n; i++)
            l->wrong += part[i] != letter(l->heard++);
    }
    return 0;
}

static int drain_again(struct scene *c)
{
    MUST(socket_pair(c) == 0 && write_much(c) == 0);
    MUST(drain_shortly(c) == -ETIMEDOUT);
    MUST(drain_shortly(c) == -ETIMEDOUT);
    struct listener l = {.fd = c->peer};
    MUST(task_start(&l.task, c->loop, "listener", listener_main, &l) == 0);
    int r = stream_drain(c->s), flushed = stream_flush(c->s);
    int listened = task_join(&l.task);
    MUST(r == 0 && flushed == 0 && listened == 0 && l.wrong == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_drain_that_timed_out_loses_nothing)
{
    play(ops, drain_again);
}

static int write_much_in_pieces(struct scene *c)
{
    MUST(socket_pair(c) == 0);
    struct listener l = {.fd = c->peer};
    MUST(task_start(&l.task, c->loop, "listener", listener_main, &l) == 0);
    int r = 0;
    char piece[1500];
    for (size_t at = 0, n = 1; at < MUCH && r == 0; at += n, n = n * 7 % 1499 + 1) {
        n = n < MUCH - at ? n : MUCH - at;
        for (size_t i = 0; i < n; i++)
            piece[i] = letter(at + i);
        r = stream_write(c->s, piece, n);
    }
    int flushed = stream_flush(c->s), listened = task_join(&l.task);
    MUST(r == 0 && flushed == 0 && listened == 0 && l.wrong == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, pieces_that_pile_up_arrive_in_order)
{
    play(ops, write_much_in_pieces);
}

/* --- closing --- */

static int close_under_a_read(struct scene *c)
{
    const char *data;
    char end;
    MUST(socket_pair(c) == 0);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    stream_close(c->s);
    c->s = NULL;
    MUST(recv(c->peer, &end, 1, 0) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_stream_is_closed_under_a_pending_read)
{
    play(ops, close_under_a_read);
}

static int close_under_a_write(struct scene *c)
{
    MUST(socket_pair(c) == 0 && write_much(c) == 0);
    MUST(drain_shortly(c) == -ETIMEDOUT);
    stream_close(c->s);
    c->s = NULL;
    static char part[64 * 1024];
    ssize_t n, heard = 0;
    while ((n = recv(c->peer, part, sizeof part, 0)) > 0)
        heard += n;
    MUST(n == 0 && heard > 0 && heard < (ssize_t)MUCH);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_stream_is_closed_under_a_pending_write)
{
    play(ops, close_under_a_write);
}

static int close_under_both(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0 && write_much(c) == 0);
    MUST(drain_shortly(c) == -ETIMEDOUT);
    MUST(peek_shortly(c, &data) == -ETIMEDOUT);
    MUST(say(c, "never heard"));
    return 0; /* play closes */
}

BACKEND_TEST(stream_interrupt, a_stream_is_closed_under_a_read_that_ends_and_a_write)
{
    play(ops, close_under_both);
}

static int closer_main(void *arg)
{
    struct scene *c = arg;
    const char *data;
    ssize_t n = stream_peek(c->s, &data);
    stream_close(c->s);
    c->s = NULL;
    return (int)n;
}

static int close_when_cancelled(struct scene *c)
{
    struct task t;
    char end;
    MUST(socket_pair(c) == 0 && write_much(c) == 0);
    MUST(task_start(&t, c->loop, "closer", closer_main, c) == 0);
    task_sleep(SHORT);
    bool early = t.future.done;
    task_cancel(&t);
    MUST(task_join(&t) == -ECANCELED && !early && !c->s);
    while (recv(c->peer, &end, 1, 0) > 0)
        ;
    MUST(recv(c->peer, &end, 1, 0) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_cancelled_task_closes_its_stream_in_order)
{
    play(ops, close_when_cancelled);
}

/* --- the peer ends --- */

static int end_in_a_half_close(struct scene *c)
{
    const char *data;
    char end;
    MUST(socket_pair(c) == 0);
    MUST(say(c, "that is all") && shutdown(c->peer, SHUT_WR) == 0);
    MUST(stream_peek(c->s, &data) == 11);
    stream_consume(c->s, 11);
    MUST(stream_peek(c->s, &data) == 0);
    MUST(stream_write(c->s, "heard", 5) == 0 && stream_end(c->s) == 0);
    MUST(hear(c, "heard") && recv(c->peer, &end, 1, 0) == 0);
    MUST(stream_peek(c->s, &data) == 0);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_stream_ends_inside_its_peers_half_close)
{
    play(ops, end_in_a_half_close);
}

static int write_to_nobody(struct scene *c)
{
    const char *data;
    MUST(socket_pair(c) == 0);
    close(c->peer);
    c->peer = -1;
    int r = stream_write(c->s, "x", 1);
    if (r == 0)
        r = stream_flush(c->s);
    MUST(r == -EPIPE);
    MUST(stream_write(c->s, "x", 1) == -EPIPE && stream_drain(c->s) == -EPIPE);
    MUST(stream_peek(c->s, &data) == -EPIPE);
    return 0;
}

BACKEND_TEST(stream_interrupt, writing_to_nobody_is_what_every_later_call_returns)
{
    play(ops, write_to_nobody);
}

static int peer_leaves_under_a_write(struct scene *c)
{
    MUST(socket_pair(c) == 0 && write_much(c) == 0);
    MUST(drain_shortly(c) == -ETIMEDOUT);
    close(c->peer);
    c->peer = -1;
    int r = stream_flush(c->s);
    MUST(r == -EPIPE || r == -ECONNRESET);
    MUST(stream_write(c->s, "x", 1) == r && stream_flush(c->s) == r);
    return 0;
}

BACKEND_TEST(stream_interrupt, a_flush_fails_when_the_peer_leaves)
{
    play(ops, peer_leaves_under_a_write);
}
