/* `skitter serve` as a process. */
#include "tests/cmd/serving.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct served serving_await(struct program *p)
{
    struct served s = {.program = p};
    const char *line;
    cr_assert(program_read_line(s.program, &line, SERVING_PATIENCE));
    cr_assert_lt(strlen(line), sizeof s.url);
    strcpy(s.url, line);
    const char *host = strstr(line, "://127.0.0.1:");
    char end;
    cr_assert(host && sscanf(host, "://127.0.0.1:%u/%c", &s.port, &end) == 1, "\"%s\"", line);
    return s;
}

struct served serving_start(const char *const args[])
{
    return serving_await(program_start(args));
}

/* Its last line and nothing else; nothing at all if the standard error is elsewhere. */
static bool is_farewell(const char *said)
{
    regex_t line;
    regcomp(&line,
            "^(skitter serve: [0-9,]+ requests? in [0-9]+[.][0-9] s, [0-9]+ % of a core\n)?$",
            REG_EXTENDED | REG_NOSUB);
    bool is = regexec(&line, said, 0, NULL, 0) == 0;
    regfree(&line);
    return is;
}

void serving_end(struct served *s)
{
    struct result r;
    program_signal(s->program, SIGTERM);
    program_wait(s->program, SERVING_PATIENCE, &r);
    cr_expect_eq(r.status, 0, "status %d", r.status);
    cr_expect_str_empty(r.out);
    cr_expect(is_farewell(r.err), "%s", r.err);
    result_free(&r);
}

int serving_connect(const struct served *s)
{
    return serving_connect_to(s, 0);
}

int serving_connect_to(const struct served *s, unsigned host)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = SERVING_PATIENCE};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)s->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK + host)};
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

char *serving_ask(const struct served *s, unsigned host, const char *request, size_t *size)
{
    int fd = serving_connect_to(s, host);
    size_t got = 0, left = strlen(request);
    for (ssize_t n; left > 0; left -= (size_t)n, request += n)
        cr_assert_gt(n = send(fd, request, left, MSG_NOSIGNAL), 0);
    size_t room = 64 << 10;
    char *answer = malloc(room + 1);
    for (ssize_t n; (n = recv(fd, answer + got, room - got, 0)) != 0;) {
        cr_assert_gt(n, 0, "the connection was cut or stayed open");
        got += (size_t)n;
        if (got == room)
            answer = realloc(answer, (room *= 2) + 1);
    }
    answer[got] = '\0';
    close(fd);
    if (size)
        *size = got;
    return answer;
}
