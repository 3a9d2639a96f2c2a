/* Servers that take their time, or all the time there is. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LATE (700 * NS_PER_MS)
#define DRIP (100 * NS_PER_MS)
#define HOLE_KEPT (30 * NS_PER_S)
#define HOLE_FULL 4 /* connections that fill a backlog of 0 */

static ASYNC int slow_header(struct hostile_client *c)
{
    if (strcmp(c->path, "drip") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, "HTTP/1.1 200 OK\r\n");
    return error < 0 ? error : hostile_drip(c, "X-Header: and one more\r\n", DRIP);
}

static ASYNC int slow_body(struct hostile_client *c)
{
    if (strcmp(c->path, "drip") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, HOSTILE_OK "\r\n<a href=lost>lost</a>\n");
    return error < 0 ? error : hostile_drip(c, "word ", DRIP);
}

static const struct hostile_answer silence[] = {
    {"a", .raw = "", .after = HOSTILE_STALL},
    {"b", .raw = "", .after = HOSTILE_STALL},
    {.path = NULL},
};

/* Long enough for somebody to set the clock meanwhile. */
static ASYNC int late_page(struct hostile_client *c)
{
    if (strcmp(c->path, "late") != 0)
        return -ENOENT;
    int error = task_sleep(LATE);
    if (error == 0)
        error = hostile_page(c, "<a href=after-late>after</a>");
    return error < 0 ? error : HOSTILE_KEEP;
}

/* --- H005 --- */

/* A listener of its own address whose backlog is full: SYNs are dropped there from now on. Returns
 * its port, 0: there is none. */
static unsigned open_hole(const struct hostile_client *c, int fds[1 + HOLE_FULL])
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~255u) + c->address)};
    socklen_t size = sizeof a;
    for (int i = 0; i <= HOLE_FULL; i++)
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fds[0] < 0 || bind(fds[0], (struct sockaddr *)&a, size) < 0 || listen(fds[0], 0) < 0 ||
        getsockname(fds[0], (struct sockaddr *)&a, &size) < 0)
        return 0;
    for (int i = 1; i <= HOLE_FULL; i++)
        if (connect(fds[i], (struct sockaddr *)&a, size) < 0 && errno != EINPROGRESS)
            return 0;
    return ntohs(a.sin_port);
}

/* Redirects into the hole, and keeps it for a while. */
static ASYNC int black_hole(struct hostile_client *c)
{
    if (strcmp(c->path, "hole") != 0)
        return -ENOENT;
    int fds[1 + HOLE_FULL], error = 0;
    char text[256];
    unsigned port = open_hole(c, fds);
    sprintf(text,
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.%u:%u/H005/in\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n",
            c->address, port);
    if (port)
        error = hostile_send_text(c, text);
    if (port && error == 0)
        error = task_sleep(HOLE_KEPT);
    for (int i = 0; i <= HOLE_FULL; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return error < 0 ? error : HOSTILE_CLOSE;
}

/* --- H006 --- */

/* Forty hosts; what they are asked for, robots.txt first, they never answer. */
static ASYNC int crowd(struct hostile_client *c)
{
    char html[4096], *o = html;
    if (c->address > HOSTILE_ROWS)
        return HOSTILE_STALL;
    if (strcmp(c->path, "crowd") != 0)
        return -ENOENT;
    for (unsigned i = HOSTILE_ROWS + 1; i <= HOSTILE_ADDRESSES; i++)
        o += sprintf(o, "<a href=\"//127.0.0.%u:%u/\">a host</a>\n", i, c->port);
    int error = hostile_page(c, html);
    return error < 0 ? error : HOSTILE_KEEP;
}

const struct hostile_row hostile_slow[] = {
    {"H001", "slowloris: headers at ten bytes a second, for ever", "drip", .answer = slow_header},
    {"H002", "a body at ten bytes a second, for ever", "drip", .answer = slow_body},
    {"H003", "requests that are never answered", "a b", .answers = silence},
    {"H005", "an address that drops every SYN (a redirect leads there)", "hole",
     .answer = black_hole},
    {"H006", "forty hosts that never answer, not even for robots.txt", "crowd", .answer = crowd},
    {"H007", "links to names that nobody knows",
     "http://nobody.invalid/ http://nobody.invalid/again http://www.nobody.invalid/",
     .answer = NULL},
    {"H008", "an answer that takes its time: set the clock meanwhile", "late a", .answers = silence,
     .answer = late_page},
    {.id = NULL},
};
