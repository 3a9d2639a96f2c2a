/* Invariant: the terminal's last row shows live, and nothing else; nothing of ours if that is
 * empty. A process has one standard error, so this is kept for the process. */
#include "cmd/message.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_LINE 4096

static char live[LIVE_SIZE];

static void put(const char *text, size_t length)
{
    if (write(STDERR_FILENO, text, length) < 0)
        return; /* there is no other place to say so */
}

size_t terminal_columns(int fd)
{
    const char *term = getenv("TERM");
    struct winsize size;

    if (!term || !*term || strcmp(term, "dumb") == 0 || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col ? size.ws_col : 80;
}

size_t message_columns(void)
{
    return terminal_columns(STDERR_FILENO);
}

/* Whether so many characters fit beside the last column, and the terminal is ours to draw on. */
static bool may_show(size_t length)
{
    pid_t foreground = tcgetpgrp(STDERR_FILENO); /* -1: not the terminal that controls us */

    return length < message_columns() && (foreground < 0 || foreground == getpgrp());
}

void message(const char *format, ...)
{
    char text[MAX_LINE], out[sizeof LIVE_WIPE + 4 * MAX_LINE + LIVE_SIZE], *end = out;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (*live)
        end = stpcpy(end, LIVE_WIPE);
    for (const char *c = text; *c; c++) {
        if (*c >= ' ' && *c <= '~')
            *end++ = *c;
        else
            end += sprintf(end, "\\x%02x", (unsigned char)*c);
    }
    *end++ = '\n';
    if (*live && !may_show(strlen(live)))
        *live = '\0';
    end = stpcpy(end, live);
    put(out, (size_t)(end - out));
}

void message_live(const char *line)
{
    static const char clear[] = "\x1b[K"; /* behind the line: in front of it, it would flicker */
    char out[LIVE_SIZE + sizeof clear];
    size_t length = strlen(line);
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (length >= sizeof live || strcmp(line, live) == 0)
        return;
    if (length && (!may_show(length) || poll(&terminal, 1, 0) <= 0))
        return;
    memcpy(live, line, length + 1);
    put(out, (size_t)(stpcpy(stpcpy(stpcpy(out, "\r"), live), clear) - out));
}
