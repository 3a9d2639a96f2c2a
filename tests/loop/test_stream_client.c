/* loop/stream.c and loop/server.c together: clients and their server in one loop, over TCP, on
 * every backend. */
#include "loop/group.h"
#include "loop/server.h"
#include "tests/loop/stream_scene.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define MUCH ((size_t)16 << 20) /* more than the system's buffers take */
#define CONNECTIONS 1000

/* --- a server for a scene --- */

struct hall {
    struct server *server;
    struct sockaddr_in address;
    int served; /* what the last connection's task returned */
    int (*serve)(struct stream *s);
};

static int serve_one(struct stream *s, void *arg)
{
    struct hall *h = arg;
    return h->served = h->serve(s);
}

static int hall_open(struct hall *h, int (*serve)(struct stream *s))
{
    *h =
        (struct hall){.address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                      .served = -EINPROGRESS,
                      .serve = serve};
    int r = server_open(&h->server, loop_running(), (struct sockaddr *)&h->address,
                        sizeof h->address, 2 * CONNECTIONS, serve_one, h);
    if (r == 0)
        h->address.sin_port = htons((uint16_t)server_port(h->server));
    return r;
}

static ASYNC int hall_visit(struct hall *h, struct stream **out)
{
    return stream_open(out, (struct sockaddr *)&h->address, sizeof h->address);
}

/* --- both ways --- */

static char letters[MUCH];

static void play_letters(const struct selector_ops *ops, int (*act)(struct scene *c))
{
    for (size_t i = 0; i < MUCH; i++)
        letters[i] = (char)(i * 31 >> 8 ^ i);
    play(ops, act);
}

static int write_letters(struct stream *s)
{
    return stream_write(s, letters, MUCH);
}

/* Returns 0, -EILSEQ if a letter is wrong, or why there are fewer. */
static ASYNC int read_letters(struct stream *s)
{
    const char *data;
    for (size_t heard = 0; heard < MUCH;) {
        ssize_t n = stream_peek(s, &data);
        if (n <= 0)
            return n < 0 ? (int)n : -ENODATA;
        if ((size_t)n > MUCH - heard || memcmp(data, letters + heard, (size_t)n) != 0)
            return -EILSEQ;
        heard += (size_t)n;
        stream_consume(s, (size_t)n);
    }
    return 0;
}

/* Both send all that they have before they read, so both directions are full at once. */
static int exchange_letters(struct stream *s)
{
    int r = write_letters(s);
    if (r == 0)
        r = read_letters(s);
    return r < 0 ? r : stream_end(s);
}

static int exchange(struct scene *c)
{
    struct hall h;
    MUST(hall_open(&h, exchange_letters) == 0);
    int r = hall_visit(&h, &c->s), exchanged = r == 0 ? exchange_letters(c->s) : r;
    const char *data;
    ssize_t end = exchanged == 0 ? stream_peek(c->s, &data) : exchanged;
    server_close(h.server);
    MUST(exchanged == 0 && h.served == 0 && end == 0);
    return 0;
}

BACKEND_TEST(stream_client, megabytes_go_both_ways_at_once)
{
    play_letters(ops, exchange);
}

static int send_back(struct stream *s)
{
    const char *data;
    ssize_t n;
    int r = 0;
    while (r == 0 && (n = stream_peek(s, &data)) > 0) {
        r = stream_write(s, data, (size_t)n);
        stream_consume(s, (size_t)n);
        if (r == 0)
            r = stream_drain(s);
    }
    return r < 0 ? r : (int)n;
}

static int have_megabytes_back(struct scene *c)
{
    struct hall h;
    MUST(hall_open(&h, send_back) == 0);
    int r = hall_visit(&h, &c->s), sent = r == 0 ? write_letters(c->s) : r;
    int heard = sent == 0 ? read_letters(c->s) : sent, ended = stream_end(c->s);
    const char *data;
    ssize_t end = stream_peek(c->s, &data);
    server_close(h.server);
    MUST(sent == 0 && heard == 0 && ended == 0 && end == 0 && h.served == 0);
    return 0;
}

BACKEND_TEST(stream_client, megabytes_come_back_from_an_echo)
{
    play_letters(ops, have_megabytes_back);
}

/* --- ends --- */

static int read_one_and_reset(struct stream *s)
{
    const char *data;
    ssize_t n = stream_peek(s, &data);
    stream_consume(s, n > 0 ? (size_t)n : 0);
    stream_abort(s);
    return 0;
}

static int be_reset(struct scene *c)
{
    struct hall h;
    const char *data;
    MUST(hall_open(&h, read_one_and_reset) == 0);
    int r = hall_visit(&h, &c->s), sent = r == 0 ? stream_write(c->s, "x", 1) : r;
    ssize_t first = sent == 0 ? stream_peek(c->s, &data) : sent, second = stream_peek(c->s, &data);
    int written = stream_write(c->s, "x", 1);
    server_close(h.server);
    MUST(first == -ECONNRESET && second == -ECONNRESET && written == -ECONNRESET);
    return 0;
}

BACKEND_TEST(stream_client, a_peer_that_resets_is_an_error)
{
    play(ops, be_reset);
}

static int say_and_leave(struct stream *s)
{
    const char *data;
    ssize_t n = stream_peek(s, &data);
    return n < 0 ? (int)n : stream_write(s, "word", 4); /* nothing is consumed, but all received */
}

static int answer_and_leave(struct scene *c)
{
    struct hall h;
    const char *data;
    MUST(hall_open(&h, say_and_leave) == 0);
    int r = hall_visit(&h, &c->s), sent = r == 0 ? stream_write(c->s, "x", 1) : r;
    ssize_t word = sent == 0 ? stream_peek(c->s, &data) : sent;
    stream_consume(c->s, word > 0 ? (size_t)word : 0);
    ssize_t end = stream_peek(c->s, &data);
    server_close(h.server);
    MUST(word == 4 && end == 0);
    return 0;
}

BACKEND_TEST(stream_client, what_was_written_before_the_close_arrives)
{
    play(ops, answer_and_leave);
}

static int leave_at_once(struct stream *s)
{
    (void)s;
    return task_sleep(5 * NS_PER_MS);
}

static int be_left_unread(struct scene *c)
{
    struct hall h;
    const char *data;
    MUST(hall_open(&h, leave_at_once) == 0);
    int r = hall_visit(&h, &c->s), sent = r == 0 ? stream_write(c->s, "unread", 6) : r;
    ssize_t end = sent == 0 ? stream_peek(c->s, &data) : sent;
    server_close(h.server);
    MUST(end == -ECONNRESET);
    return 0;
}

BACKEND_TEST(stream_client, a_close_with_input_unread_is_a_reset)
{
    play(ops, be_left_unread);
}

static int write_on(struct stream *s)
{
    int r = write_letters(s);
    return r < 0 ? r : stream_flush(s);
}

static int close_a_server_that_writes(struct scene *c)
{
    struct hall h;
    const char *data;
    MUST(hall_open(&h, write_on) == 0);
    int r = hall_visit(&h, &c->s);
    ssize_t n = r == 0 ? stream_peek(c->s, &data) : r;
    server_close(h.server);
    MUST(n > 0 && h.served == -ECANCELED);
    size_t total = 0;
    for (; n > 0; n = stream_peek(c->s, &data)) {
        total += (size_t)n;
        stream_consume(c->s, (size_t)n);
    }
    MUST(n == 0 && total < MUCH);
    return 0;
}

BACKEND_TEST(stream_client, a_server_that_closes_cuts_what_is_unsent)
{
    play(ops, close_a_server_that_writes);
}

/* --- many --- */

struct crowd {
    struct hall hall;
    struct group group;
    struct future met; /* all have had an answer */
    int answered;
    struct guest {
        struct task task;
        struct crowd *crowd;
        struct stream *stream;
    } guests[CONNECTIONS];
};

static ASYNC int ask(struct guest *g, int question)
{
    char text[16];
    const char *data;
    ssize_t n = snprintf(text, sizeof text, "%td/%d;", g - g->crowd->guests, question);
    int r = stream_write(g->stream, text, (size_t)n);
    ssize_t heard = r < 0 ? r : stream_read_until(g->stream, ";", &data);
    if (heard < 0)
        return (int)heard;
    r = heard == n && memcmp(data, text, (size_t)n) == 0 ? 0 : -EILSEQ;
    stream_consume(g->stream, (size_t)heard);
    return r;
}

static int guest_main(void *arg)
{
    struct guest *g = arg;
    int r = hall_visit(&g->crowd->hall, &g->stream);
    if (r < 0)
        return r;
    r = ask(g, 1);
    if (r == 0 && ++g->crowd->answered == CONNECTIONS)
        future_set(&g->crowd->met, 0);
    if (r == 0)
        r = await(&g->crowd->met);
    if (r == 0)
        r = ask(g, 2);
    stream_close(g->stream);
    return r;
}

static int meet(struct scene *c)
{
    static struct crowd crowd;
    MUST(hall_open(&crowd.hall, send_back) == 0);
    crowd.answered = 0;
    future_init(&crowd.met, c->loop);
    group_init(&crowd.group, c->loop);
    int r = 0;
    for (int i = 0; i < CONNECTIONS && r == 0; i++) {
        crowd.guests[i].crowd = &crowd;
        r = group_start(&crowd.group, &crowd.guests[i].task, "guest", guest_main, &crowd.guests[i]);
    }
    int joined = group_join(&crowd.group);
    server_close(crowd.hall.server);
    MUST(r == 0 && joined == 0 && crowd.answered == CONNECTIONS);
    return 0;
}

BACKEND_TEST(stream_client, a_thousand_clients_talk_to_a_server_in_their_own_loop)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    play(ops, meet);
}
