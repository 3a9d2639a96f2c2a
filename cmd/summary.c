#include "cmd/summary.h"

#include "cmd/message.h"
#include "cmd/output.h"
#include "cmd/quantity.h"
#include "cmd/text.h"
#include "cmd/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

static const char *const classes[6] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void summary_print(const struct crawl *c, const char *stop)
{
    const struct stats *s = crawl_stats(c);
    double seconds = (double)(s->ended - s->started) / 1e9;
    struct line found = {.length = 0}, traps = {.length = 0}, statuses = {.length = 0};
    char size[32];

    quantity_size(size, s->bytes);
    message("skitter: %" PRIu64 " page%s, %s in %.2f s (%.0f pages/s): %s", s->pages,
            s->pages == 1 ? "" : "s", size, seconds, seconds > 0 ? (double)s->pages / seconds : 0,
            stopped_by(c, stop));
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
    if (names.length == 0 && s->mode != SCOPE_ANY)
        add_text(&names, "", "of each seed");
    message("skitter: scope: %s%s%s", scope_title(s), names.length ? " " : "", names.text);
}

/* --- for programs --- */

/* The word for a trap: its option, as JSON spells names. */
static const char *trap_word(enum trap t)
{
    static const char *const words[TRAP_COUNT] = {
        [TRAP_NONE] = "none",
        [TRAP_LENGTH] = "max_url",
        [TRAP_REPEATS] = "max_repeats",
        [TRAP_PARAMS] = "max_params",
        [TRAP_SESSIONS] = "max_sessions",
        [TRAP_SIMILAR] = "max_similar",
        [TRAP_HOSTS] = "max_hosts",
    };
    return words[t];
}

static const char *stop_word(const struct crawl *c, const char *signal)
{
    static const char *const words[] = {
        [STOP_PAGES] = "max_pages", [STOP_QUOTA] = "quota",   [STOP_DURATION] = "duration",
        [STOP_ANSWERED] = "why",    [STOP_OUTPUT] = "output",
    };
    return crawl_stopped(c) == STOP_SIGNAL ? signal : words[crawl_stopped(c)];
}

/* Names are ours: they need no escape. */
static void add_name(struct text *t, const char *name)
{
    if (t->data[t->length - 1] != '{')
        text_add_char(t, ',');
    text_add_char(t, '"');
    text_add_string(t, name);
    text_add_string(t, "\":");
}

static void add_count(struct text *t, const char *name, uint64_t n)
{
    add_name(t, name);
    text_add_number(t, (int64_t)n);
}

static void add_word(struct text *t, const char *name, const char *word)
{
    add_name(t, name);
    text_add_json(t, word, strlen(word));
}

static void open_object(struct text *t, const char *name)
{
    add_name(t, name);
    text_add_char(t, '{');
}

/* When it began, and how long it took. */
static void add_times(struct text *t, const struct stats *s)
{
    int64_t took = s->ended - s->started;
    struct timespec now;
    struct tm utc;
    char text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    time_t began =
        (time_t)((now.tv_sec * NS_PER_S + now.tv_nsec - (loop_time() - s->started)) / NS_PER_S);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&began, &utc));
    add_word(t, "started", text);
    add_name(t, "seconds");
    text_add_seconds(t, took);
    snprintf(text, sizeof text, "%.3f", took > 0 ? (double)s->pages * 1e9 / (double)took : 0);
    add_name(t, "pages_per_second");
    text_add_string(t, text);
}

static void add_scope(struct text *t, const struct scope *s)
{
    static const char *const modes[] = {"host", "domain", "prefix", "any"};

    open_object(t, "scope");
    add_word(t, "mode", modes[s->mode]);
    add_name(t, "names");
    for (size_t i = 0; i < s->count; i++) {
        const char *name = scope_name(s, i);
        text_add_char(t, i ? ',' : '[');
        text_add_json(t, name, strlen(name));
    }
    text_add_string(t, s->count ? "]}" : "[]}");
}

/* Every word is there, with 0 where there was none, so that nobody has to ask for it first. */
static void add_reasons(struct text *t, const struct crawl *c)
{
    const struct stats *s = crawl_stats(c);

    open_object(t, "refused");
    for (enum verdict v = VERDICT_SCOPE; v < VERDICT_COUNT; v++)
        add_count(t, verdict_name(v), s->refused[v]);
    text_add_char(t, '}');
    open_object(t, "traps");
    for (enum trap trap = TRAP_NONE + 1; trap < TRAP_COUNT; trap++)
        add_count(t, trap_word(trap), crawl_trapped(c, trap));
    text_add_char(t, '}');
    open_object(t, "statuses");
    for (int k = 0; k < 6; k++)
        add_count(t, classes[k], s->statuses[k]);
    text_add_char(t, '}');
    open_object(t, "errors");
    for (enum fetch_error e = FETCH_OK + 1; e < FETCH_ERROR_COUNT; e++)
        add_count(t, fetch_error_name(e), s->errors[e]);
    text_add_char(t, '}');
}

void summary_write(const struct crawl *c, const char *stop, struct output *o)
{
    const struct stats *s = crawl_stats(c);
    struct text *t = output_begin(o);

    text_add_string(t, "{\"v\":1,\"type\":\"summary\"");
    add_name(t, "complete");
    text_add_string(t, crawl_stopped(c) ? "false" : "true");
    if (crawl_stopped(c))
        add_word(t, "stopped", stop_word(c, stop));
    add_times(t, s);
    add_scope(t, crawl_scope(c));
    add_count(t, "pages", s->pages);
    add_count(t, "bytes", s->bytes);
    add_count(t, "found", s->found);
    add_count(t, "followed", s->followed);
    add_reasons(t, c);
    add_count(t, "retries", s->retries);
    add_count(t, "truncated", s->truncated);
    add_count(t, "unparsed", s->unparsed);
    text_add_string(t, "}\n");
    output_end(o);
}
