#include "cmd/summary.h"

#include "cmd/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_HOSTS 3 /* named at the start */

/* A line that grows by "name count" pairs. */
struct line {
    char text[512];
    size_t length;
};

static void add(struct line *l, const char *separator, uint64_t count, const char *name)
{
    int n = snprintf(l->text + l->length, sizeof l->text - l->length, "%s%" PRIu64 " %s",
                     l->length ? separator : "", count, name);
    if (n > 0 && (size_t)n < sizeof l->text - l->length)
        l->length += (size_t)n;
}

static const char *stopped_by(const struct crawl *c, const char *signal)
{
    switch (crawl_stopped(c)) {
    case STOP_PAGES:
        return "stopped by --max-pages";
    case STOP_QUOTA:
        return "stopped by --quota";
    case STOP_DURATION:
        return "stopped by --duration";
    case STOP_SIGNAL:
        return signal;
    case STOP_OUTPUT:
        return "stopped: nothing can be written";
    default:
        return "complete";
    }
}

static void print_size(char *out, size_t size, uint64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double n = (double)bytes;
    size_t unit = 0;

    for (; n >= 1000 && unit < 4; unit++)
        n /= 1000;
    snprintf(out, size, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

void summary_print(const struct crawl *c, const char *stop)
{
    static const char *const classes[6] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct stats *s = crawl_stats(c);
    double seconds = (double)(s->ended - s->started) / 1e9;
    struct line found = {.length = 0}, statuses = {.length = 0};
    char size[32];

    print_size(size, sizeof size, s->bytes);
    message("skitter: %" PRIu64 " pages, %s in %.2f s (%.0f pages/s): %s", s->pages, size, seconds,
            seconds > 0 ? (double)s->pages / seconds : 0, stopped_by(c, stop));
    add(&found, ", ", s->found, "found");
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (s->refused[v])
            add(&found, ", refused: ", s->refused[v], verdict_name((enum verdict)v));
    for (int k = 1; k < 6; k++)
        if (s->statuses[k])
            add(&statuses, ", ", s->statuses[k], classes[k]);
    for (int e = 1; e < FETCH_ERROR_COUNT; e++)
        if (s->errors[e])
            add(&statuses, ", ", s->errors[e], fetch_error_name((enum fetch_error)e));
    if (s->retries)
        add(&statuses, ", ", s->retries, "tried again");
    if (s->truncated)
        add(&statuses, ", ", s->truncated, "cut at --max-body");
    if (s->unparsed)
        add(&statuses, ", ", s->unparsed, "with links that could not all be read");
    message("skitter: %s", found.text);
    if (statuses.length)
        message("skitter: %s", statuses.text);
}

void summary_scope(const struct crawl *c)
{
    const struct scope *s = crawl_scope(c);
    char text[512] = "";
    size_t length = 0;

    for (size_t i = 0; i < s->count && i < MAX_HOSTS; i++) {
        int n = snprintf(text + length, sizeof text - length, " %s", scope_name(s, i));
        length = length + (size_t)n < sizeof text ? length + (size_t)n : sizeof text - 1;
    }
    if (s->count > MAX_HOSTS)
        message("skitter: scope: hosts%s and %zu more", text, s->count - MAX_HOSTS);
    else
        message("skitter: scope: %s%s", s->count == 1 ? "host" : "hosts", text);
}
