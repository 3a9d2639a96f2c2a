/* asyncio's first server: sends every line back, until the client has no more.
 *
 *     echo_server [SELECTOR]      prints its port; Ctrl-C ends it
 */
#include "loop/runner.h"
#include "loop/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

ASYNC static int echo(struct stream *s, void *arg)
{
    const char *line;
    ssize_t n;

    (void)arg;
    while ((n = stream_read_until(s, "\n", &line)) > 0) {
        stream_write(s, line, (size_t)n);
        stream_consume(s, (size_t)n);
        int error = stream_drain(s); /* tells also what stream_write failed with */
        if (error)
            return error;
    }
    return (int)n;
}

ASYNC static int serve(void *arg)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server *server;

    (void)arg;
    int error = server_open(&server, loop_running(), (struct sockaddr *)&address, sizeof address,
                            100, echo, NULL);
    if (error)
        return error;
    printf("%u\n", server_port(server));
    fflush(stdout);
    int ended = task_sleep(INT64_MAX); /* until the runner cancels it */
    server_close(server);
    return ended;
}

int main(int argc, char **argv)
{
    int error = runner_run(argc > 1 ? argv[1] : NULL, serve, NULL);

    if (error && error != -EINTR)
        fprintf(stderr, "echo_server: %s\n", strerror(-error));
    return error == -EINTR ? 0 : 1;
}
