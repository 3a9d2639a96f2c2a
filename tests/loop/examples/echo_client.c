/* asyncio's first client, five times at once: each connection sends a line and prints what comes
 * back.
 *
 *     echo_client PORT [SELECTOR]
 */
#include "loop/group.h"
#include "loop/runner.h"
#include "loop/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 5

struct client {
    struct task task;
    int number;
    const struct sockaddr_in *server;
};

ASYNC static int say_hello(struct stream *s, int number)
{
    char hello[32];
    const char *answer;
    int length = snprintf(hello, sizeof hello, "hello from %d\n", number);

    int error = stream_write(s, hello, (size_t)length);
    if (error)
        return error;
    ssize_t n = stream_read_until(s, "\n", &answer);
    if (n > 0)
        printf("%.*s", (int)n, answer);
    return n > 0 ? 0 : n < 0 ? (int)n : -EPIPE;
}

ASYNC static int talk(void *arg)
{
    struct client *c = arg;
    struct stream *s;

    int error = stream_open(&s, (const struct sockaddr *)c->server, sizeof *c->server);
    if (error)
        return error;
    error = say_hello(s, c->number);
    stream_close(s);
    return error;
}

/* One failure cancels the others, and nobody outlives the group. */
ASYNC static int talk_all(void *arg)
{
    struct client clients[CLIENTS];
    struct group group;
    int error = 0;

    group_init(&group, loop_running());
    for (int i = 0; i < CLIENTS && !error; i++) {
        clients[i].number = i + 1;
        clients[i].server = arg;
        error = group_start(&group, &clients[i].task, "client", talk, &clients[i]);
    }
    if (error)
        group_cancel(&group);
    int failed = group_join(&group);
    return error ? error : failed;
}

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (argc < 2) {
        fputs("usage: echo_client PORT [SELECTOR]\n", stderr);
        return 2;
    }
    server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    int error = runner_run(argc > 2 ? argv[2] : NULL, talk_all, &server);
    if (error)
        fprintf(stderr, "echo_client: %s\n", strerror(-error));
    return error ? 1 : 0;
}
