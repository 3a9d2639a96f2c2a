/* Calls that fail: under streams and servers. */
#include "loop/group.h"
#include "loop/runner.h"
#include "loop/server.h"
#include "tests/loop/scenario.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* --- streams --- */

enum { PIECES = 3, PIECE = 200 * 1000 };

static int read_all(void *arg)
{
    const char *data;
    ssize_t n;
    int count = 0;
    while ((n = stream_peek(arg, &data)) > 0) {
        stream_consume(arg, (size_t)n);
        count += (int)n;
    }
    stream_close(arg);
    return n < 0 ? (int)n : count;
}

static int write_all(struct stream *s)
{
    static const char piece[PIECE];
    int error = 0;
    for (int i = 0; i < PIECES && !error; i++)
        error = stream_write(s, piece, sizeof piece);
    if (!error)
        error = stream_end(s);
    stream_close(s);
    return error;
}

static int write_and_read(void *arg)
{
    (void)arg;
    int fds[2];
    struct stream *writer, *reader;
    struct task t;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
        return WRONG;
    int error = stream_new(&writer, loop_running(), fds[0]);
    if (error) {
        close(fds[1]);
        return error;
    }
    error = stream_new(&reader, loop_running(), fds[1]);
    if (!error) {
        error = task_start(&t, loop_running(), "reader", read_all, reader);
        if (error)
            stream_close(reader);
    }
    if (error) {
        stream_close(writer);
        return error;
    }
    int written = write_all(writer), heard = task_join(&t);
    /* Who fails closes, and the other sees that. */
    if (heard < 0 && heard != -ECONNRESET)
        return heard;
    return written ? written : heard == PIECES * PIECE ? 0 : WRONG;
}

SCENARIO(a_stream_keeps_what_the_socket_does_not_take)
{
    return runner_run(selector, write_and_read, NULL);
}

/* --- a server --- */

enum { CLIENTS = 3, MESSAGE = 3000 };

struct show {
    struct sockaddr_in address;
    int lost;  /* clients that did not get their bytes back */
    int error; /* of a connection, on either side */
};

static void note_error(struct show *show, int error)
{
    if (error < 0 && error != -ECONNRESET && error != -EPIPE && error != -ECANCELED)
        show->error = error;
}

static int echo(struct stream *s, void *arg)
{
    for (;;) {
        const char *data;
        ssize_t n = stream_peek(s, &data);
        int r = n > 0 ? stream_write(s, data, (size_t)n) : (int)n;
        if (r == 0 && n > 0)
            r = stream_drain(s);
        note_error(arg, r);
        if (r < 0 || n == 0)
            return r;
        stream_consume(s, (size_t)n);
    }
}

static int send_and_compare(struct stream *s)
{
    static char sent[MESSAGE];
    const char *heard;
    memset(sent, 'x', sizeof sent);
    int error = stream_write(s, sent, sizeof sent);
    ssize_t n = error ? error : 1;
    while (n > 0 && n < MESSAGE)
        n = stream_peek(s, &heard);
    return n < 0 ? (int)n : n == MESSAGE && memcmp(heard, sent, MESSAGE) == 0 ? 0 : -ECONNRESET;
}

static int visit(void *arg)
{
    struct show *show = arg;
    struct stream *s;
    int error = stream_open(&s, (struct sockaddr *)&show->address, sizeof show->address);
    if (!error) {
        error = send_and_compare(s);
        stream_close(s);
    }
    note_error(show, error);
    show->lost += error != 0;
    return 0;
}

static int visit_often(void *arg)
{
    struct task visitors[CLIENTS];
    struct group g;
    group_init(&g, loop_running());
    int error = 0;
    for (int i = 0; i < CLIENTS && !error; i++)
        error = group_start(&g, &visitors[i], "visitor", visit, arg);
    group_join(&g);
    return error;
}

static int run_show(void *arg)
{
    (void)arg;
    struct show show = {
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    struct server *server;
    struct task visitors;
    int error = server_open(&server, loop_running(), (struct sockaddr *)&show.address,
                            sizeof show.address, CLIENTS - 1, echo, &show);
    if (error)
        return error;
    show.address.sin_port = htons((uint16_t)server_port(server));
    error = task_start(&visitors, loop_running(), "visitors", visit_often, &show);
    if (!error) {
        do
            error = await_for(&visitors.future, 20 * NS_PER_MS);
        while (error == -ETIMEDOUT && !faults_go_on());
        task_cancel(&visitors);
        task_join(&visitors);
    }
    server_close(server);
    if (error || show.error)
        return error ? error : show.error;
    /* Whoever is turned away is closed, and a failure costs one connection at most. */
    return !show.lost ? 0 : show.lost <= (int)faults_count() ? -ENOMEM : WRONG;
}

SCENARIO(a_server_echoes)
{
    return runner_run(selector, run_show, NULL);
}
