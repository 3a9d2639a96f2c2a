#include "cmd/summary.h"

#include "cmd/message.h"
#include "cmd/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAMES 3 /* of hosts, at the start */

/* A line that grows by "name count" pairs. */
struct line {
    char text[512];
    size_t length;
};

static void add_text(struct line *l, const char *separator, const char *text)
{
    int n = snprintf(l->text + l->length, sizeof l->text - l->length, "%s%s",
                     l->length ? separator : "", text);
    if (n > 0 && (size_t)n < sizeof l->text - l->length)
        l->length += (size_t)n;
}

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
    case STOP_ANSWERED:
        return "stopped: --why is answered";
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

/* A crawl that got nowhere says why. */
static void explain_nothing(const struct stats *s)
{
    enum verdict most = VERDICT_SCOPE;

    for (enum verdict v = VERDICT_SCOPE; v < VERDICT_LIMIT; v++)
        if (s->refused[v] > s->refused[most])
            most = v;
    if (s->followed == 0 && s->refused[most])
        message("skitter: no link was followed: %s",
                why_phrase(&(struct refusal){.verdict = most}));
}

void summary_print(const struct crawl *c, const char *stop)
{
    static const char *const classes[6] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct stats *s = crawl_stats(c);
    double seconds = (double)(s->ended - s->started) / 1e9;
    struct line found = {.length = 0}, traps = {.length = 0}, statuses = {.length = 0};
    char size[32];

    print_size(size, sizeof size, s->bytes);
    message("skitter: %" PRIu64 " pages, %s in %.2f s (%.0f pages/s): %s", s->pages, size, seconds,
            seconds > 0 ? (double)s->pages / seconds : 0, stopped_by(c, stop));
    add(&found, ", ", s->found, "found");
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (s->refused[v])
            add(&found, ", refused: ", s->refused[v], verdict_name((enum verdict)v));
    for (int t = 1; t < TRAP_COUNT; t++)
        if (crawl_trapped(c, (enum trap)t))
            add(&traps, "; ", crawl_trapped(c, (enum trap)t), trap_phrase((enum trap)t));
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
    if (traps.length)
        message("skitter: traps: %s", traps.text);
    if (statuses.length)
        message("skitter: %s", statuses.text);
    explain_nothing(s);
}

/* Where the crawl may go: what each mode is widened by. */
static const char *scope_title(const struct scope *s)
{
    static const char *const titles[][2] = {
        [SCOPE_HOST] = {"host", "hosts"},
        [SCOPE_DOMAIN] = {"domain", "domains"},
        [SCOPE_PREFIX] = {"below", "below"},
        [SCOPE_ANY] = {"any host", "any host, and"},
    };
    return titles[s->mode][s->count > 1];
}

void summary_scope(const struct crawl *c)
{
    const struct scope *s = crawl_scope(c);
    struct line names = {.length = 0};

    for (size_t i = 0; i < s->count && i < MAX_NAMES; i++)
        add_text(&names, " ", scope_name(s, i));
    if (s->count > MAX_NAMES)
        add(&names, " and ", s->count - MAX_NAMES, "more");
    message("skitter: scope: %s%s%s", scope_title(s), names.length ? " " : "", names.text);
}
