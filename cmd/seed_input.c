/* Standard input is shared with others (a shell, a terminal), so it is not made non-blocking:
 * one read follows each word of the watcher that there is something.
 *
 * Invariants: while open, the watcher is on, unless paused or error; line holds what was read of a
 * line whose end was not, without the blanks in front, and nothing if too_long. */
#include "cmd/seed_input.h"

#include "parse/url.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE (64 * 1024)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool seed_line(const char **text, size_t *length)
{
    while (*length && is_blank((*text)[*length - 1]))
        (*length)--;
    while (*length && is_blank(**text))
        (*text)++, (*length)--;
    return *length && **text != '#';
}

static void close_input(struct seed_input *s)
{
    s->open = s->paused = false;
    loop_watch(s->loop, &s->watcher, 0);
    handle_cancel(&s->watcher.handle);
    text_deinit(&s->line);
    s->line = (struct text){0};
}

static void end_input(struct seed_input *s, int error)
{
    close_input(s);
    s->ended(s, error);
}

/* Of one that is not thrown away yet. */
static void add(struct seed_input *s, const char *data, size_t length)
{
    while (!s->line.length && length && is_blank(*data))
        data++, length--;
    if (s->line.length + length <= URL_MAX) {
        text_add(&s->line, data, length);
        return;
    }
    bool comment = (s->line.length ? *s->line.data : *data) == '#';
    s->line.length = 0;
    s->too_long = true;
    if (!comment)
        s->take(s, s->number + 1, NULL, 0);
}

static void end_line(struct seed_input *s)
{
    struct text line = s->line; /* seed_input_stop leaves the taker its line */
    const char *text = line.data;
    size_t length = line.length;

    s->line = (struct text){0};
    s->number++;
    if (!s->too_long && seed_line(&text, &length)) {
        line.length = (size_t)(text - line.data) + length;
        text_add_char(&line, '\0');
        s->take(s, s->number, line.data + (line.length - 1 - length), length);
    }
    s->too_long = false;
    line.length = 0;
    if (s->open)
        s->line = line;
    else
        text_deinit(&line);
}

static void take_piece(struct seed_input *s, const char *data, size_t length)
{
    const char *end = data + length;

    while (s->open && data < end) {
        const char *feed = memchr(data, '\n', (size_t)(end - data));
        if (!s->too_long)
            add(s, data, (size_t)((feed ? feed : end) - data));
        if (!feed)
            break;
        if (s->open)
            end_line(s);
        data = feed + 1;
    }
}

static void read_piece(struct handle *h)
{
    struct seed_input *s = container_of(h, struct seed_input, watcher.handle);
    char piece[PIECE];
    ssize_t n = s->error ? -1 : read(s->watcher.fd, piece, sizeof piece);

    if (n < 0 && !s->error && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0) {
        end_input(s, s->error ? s->error : -errno);
        return;
    }
    if (n > 0)
        take_piece(s, piece, (size_t)n);
    else if (s->line.length)
        end_line(s); /* the last one needs no line feed */
    if (!s->open)
        return;
    if (n == 0)
        end_input(s, 0);
    else if (s->full(s)) {
        s->paused = true;
        loop_watch(s->loop, &s->watcher, 0);
    }
}

/* Who cannot be watched is told of as if it could not be read. */
static void watch(struct seed_input *s)
{
    s->error = loop_watch(s->loop, &s->watcher, EVENT_READ);
    if (s->error)
        loop_call_soon(s->loop, &s->watcher.handle);
}

void seed_input_start(struct seed_input *s, struct loop *l)
{
    s->loop = l;
    s->open = true;
    watcher_init(&s->watcher, STDIN_FILENO, read_piece);
    watch(s);
}

void seed_input_resume(struct seed_input *s)
{
    if (!s->paused)
        return;
    s->paused = false;
    watch(s);
}

void seed_input_stop(struct seed_input *s)
{
    if (s->open)
        close_input(s);
}
