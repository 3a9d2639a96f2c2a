/* The room's front door: the examples do what they say. */
#include "tests/loop/backends.h"
#include "tests/run_program.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Which example run_program is to run. */
static void choose(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("EXAMPLES"), name);
    setenv("SKITTER", path, 1);
}

static struct program *start_server(const char *name, const char *selector, char port[8])
{
    const char *line;
    choose(name);
    struct program *p = program_start(ARGS(selector));
    cr_assert(program_read_line(p, &line, 10), "%s prints its port", name);
    snprintf(port, 8, "%s", line);
    return p;
}

static int stop(struct program *p, int signo)
{
    struct result r;
    program_signal(p, signo);
    program_wait(p, 10, &r);
    int status = r.status;
    result_free(&r);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether the text holds these five lines, in any order. */
static bool greets_five_times(char *text)
{
    char *lines[6], expected[32];
    int n = 0;
    for (char *line = strtok(text, "\n"); line && n < 6; line = strtok(NULL, "\n"))
        lines[n++] = line;
    qsort(lines, (size_t)n, sizeof *lines, by_name);
    for (int i = 0; i < n && i < 5; i++) {
        snprintf(expected, sizeof expected, "hello from %d", i + 1);
        if (strcmp(lines[i], expected) != 0)
            return false;
    }
    return n == 5;
}

static void check_echo(const struct selector_ops *ops, const char *server, int signo, int status)
{
    char port[8];
    struct result r;
    struct program *p = start_server(server, ops->name, port);
    choose("echo_client");
    run_program(ARGS(port, ops->name), NULL, &r);
    CHECK(r.status == 0 && r.err_size == 0);
    CHECK(greets_five_times(r.out));
    result_free(&r);
    CHECK(stop(p, signo) == status);
}

BACKEND_TEST(examples, five_clients_hear_the_echo_of_the_server)
{
    check_echo(ops, "echo_server", SIGINT, 0);
}

BACKEND_TEST(examples, five_clients_hear_the_echo_of_bare_readiness)
{
    check_echo(ops, "select_echo", SIGTERM, 128 + SIGTERM);
}

BACKEND_TEST(examples, a_client_without_a_server_says_why_it_failed)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, but nobody listens */
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);

    char port[8];
    struct result r;
    snprintf(port, sizeof port, "%u", ntohs(address.sin_port));
    choose("echo_client");
    run_program(ARGS(port, ops->name), NULL, &r);
    CHECK(r.status == 1);
    CHECK(strcmp(r.err, "echo_client: Connection refused\n") == 0);
    result_free(&r);
    close(fd);
}

Test(examples, alarms_ring_in_order_while_lines_are_read)
{
    struct result r;
    choose("poll_timers");
    run_program(ARGS(NULL), "a line\n", &r);
    cr_assert_eq(r.status, 0);
    cr_assert_str_eq(r.out, "read a line\nfirst\nsecond\nthird\n");
    result_free(&r);
}
