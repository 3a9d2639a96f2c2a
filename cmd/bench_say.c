/* The verdict in words. It is put together from clauses; one that finds no room is left out. */
#include "cmd/bench_result.h"
#include "cmd/quantity.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SERVER_LIMIT 0.9 /* of a core: the server could hardly do more */
#define WAITS_LONGER 1.2 /* times as long: it can be told from noise */
#define FALLS_OFF 0.9    /* of the best rate, likewise */
#define MANY_ERRORS 0.01 /* of the fetches */
#define WORD 48

struct words {
    char *out; /* BENCH_SENTENCE bytes */
    size_t length;
};

static bool __attribute__((format(printf, 2, 3))) say(struct words *w, const char *format, ...)
{
    va_list arguments;
    size_t room = BENCH_SENTENCE - w->length;

    va_start(arguments, format);
    int n = vsnprintf(w->out + w->length, room, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= room) {
        w->out[w->length] = '\0';
        return false;
    }
    w->length += (size_t)n;
    return true;
}

static const char *rate_text(char out[static QUANTITY_SIZE], double rate)
{
    if (rate < 99.95)
        snprintf(out, QUANTITY_SIZE, "%.1f", rate);
    else
        quantity_count(out, (uint64_t)(rate + 0.5));
    return out;
}

static const char *level_text(char out[static QUANTITY_SIZE], unsigned concurrency)
{
    quantity_count(out, concurrency);
    return out;
}

static const char *time_text(char out[static QUANTITY_SIZE], double seconds)
{
    double ms = seconds * 1e3;
    if (ms >= 999.5)
        snprintf(out, QUANTITY_SIZE, "%.1f s", seconds);
    else
        snprintf(out, QUANTITY_SIZE, "%.*f ms", ms < 0.995 ? 2 : ms < 9.95 ? 1 : 0, ms);
    return out;
}

/* "1.9" */
static const char *ratio_text(char out[static QUANTITY_SIZE], double ratio)
{
    snprintf(out, QUANTITY_SIZE, "%.*f", ratio < 0.95 ? 2 : ratio < 9.95 ? 1 : 0, ratio);
    return out;
}

static double error_share(const struct bench_level *l)
{
    uint64_t errors = 0;
    for (size_t e = 0; e < FETCH_ERROR_COUNT; e++)
        errors += l->median.errors[e];
    return l->median.pages > 0 ? (double)errors / (double)l->median.pages : 0;
}

static double share_of(const struct bench_level *l, const struct bench_level *best)
{
    return l->median.pages_per_second / best->median.pages_per_second;
}

/* How long a fetch takes at both levels, where more in flight means longer. */
static bool say_waits(struct words *w, const struct bench_level *few,
                      const struct bench_level *many)
{
    char from[QUANTITY_SIZE], to[QUANTITY_SIZE], at[QUANTITY_SIZE], more[QUANTITY_SIZE];
    const struct bench_times *a = &few->median.latency, *b = &many->median.latency;

    if (!a->there || !b->there || b->p50 < WAITS_LONGER * a->p50)
        return false;
    return say(w, "; from there on each fetch only waits longer (p50 %s at %s, %s at %s)",
               time_text(from, a->p50), level_text(at, few->concurrency), time_text(to, b->p50),
               level_text(more, many->concurrency));
}

/* Why no more than at the knee: it is not the highest level. */
static void say_why(struct words *w, const struct bench_level *knee, const struct bench_level *best,
                    const struct bench_level *highest)
{
    char rate[QUANTITY_SIZE], at[QUANTITY_SIZE];
    double server = fmax(knee->median.server_cpu, best->median.server_cpu);

    if (server > SERVER_LIMIT)
        say(w, "; the server was the limit, at %.0f %% of a core, so the crawler could do more",
            100 * server);
    else if (!say_waits(w, knee, best == knee ? highest : best))
        say(w, "; more in flight bring nothing");
    if (share_of(highest, best) < FALLS_OFF)
        say(w, ", and at %s it is slower, %s pages/s", level_text(at, highest->concurrency),
            rate_text(rate, highest->median.pages_per_second));
}

/* What comes of more: the highest level is the knee. */
static void say_growing(struct words *w, const struct bench_curve *c,
                        const struct bench_level *highest)
{
    bool always = true;
    for (unsigned i = 1; i < c->level_count; i++)
        always &= c->levels[i].median.pages_per_second > c->levels[i - 1].median.pages_per_second;
    say(w, ", and they still grow %s", always ? "with each level" : "at the highest level");
    if (highest->median.server_cpu > SERVER_LIMIT)
        say(w, ", though the server took %.0f %% of a core", 100 * highest->median.server_cpu);
    else
        say(w, ", for what takes time is waiting for the server");
}

static void say_how_many(struct words *w, const struct bench_curve *c)
{
    char rate[QUANTITY_SIZE], at[QUANTITY_SIZE], best_at[QUANTITY_SIZE], model[WORD] = "";
    const struct bench_level *knee = bench_level_of(c, c->knee), *best = bench_level_of(c, c->best);
    const struct bench_level *highest = &c->levels[c->level_count - 1];

    if (!knee || !best || !(best->median.pages_per_second > 0)) {
        say(w, "No page came at any level.");
        return;
    }
    level_text(at, c->knee);
    rate_text(rate, knee->median.pages_per_second);
    if (strcmp(c->model, "async") != 0)
        snprintf(model, sizeof model, " with %s", c->model);
    if (c->level_count == 1) {
        say(w, "At %s in flight, the one level that was measured, it is %s pages/s%s", at, rate,
            model);
    } else if (knee == highest) {
        say(w, "Use %s, or more: %s pages/s%s", at, rate, model);
        say_growing(w, c, highest);
    } else {
        say(w, "Use %s: %s pages/s%s, ", at, rate, model);
        if (knee == best)
            say(w, "the best");
        else
            say(w, "%.0f %% of the best (%s in flight)",
                fmin(floor(100 * share_of(knee, best) + 0.5), 99), level_text(best_at, c->best));
        say_why(w, knee, best, highest);
    }
    if (error_share(knee) > MANY_ERRORS)
        say(w, "; but %.0f %% of the fetches failed there", 100 * error_share(knee));
    say(w, ".");
}

/* "async", "epoll" or "async on epoll": what tells the curves apart. */
static void name_of(char out[static WORD], const struct bench_result *r,
                    const struct bench_curve *c)
{
    bool other_models = false, other_selectors = false;

    for (unsigned i = 0; i < r->curve_count; i++) {
        other_models |= strcmp(r->curves[i].model, c->model) != 0;
        other_selectors |= strcmp(r->curves[i].selector, c->selector) != 0;
    }
    if (other_models && other_selectors)
        snprintf(out, WORD, "%s on %s", c->model, c->selector);
    else
        snprintf(out, WORD, "%s", other_selectors ? c->selector : c->model);
}

/* The largest level of both; 0: there is none. */
static unsigned common_level(const struct bench_curve *a, const struct bench_curve *b)
{
    for (unsigned i = a->level_count; i-- > 0;)
        if (bench_level_of(b, a->levels[i].concurrency))
            return a->levels[i].concurrency;
    return 0;
}

static double cpu_of(const struct bench_level *l)
{
    return l->median.user_us + l->median.system_us;
}

/* One curve beside the first; *at is the level that the clause before spoke of. */
static void say_beside(struct words *w, const struct bench_result *r,
                       const struct bench_curve *first, const struct bench_curve *other,
                       unsigned *at)
{
    unsigned level = common_level(first, other);
    const struct bench_level *a = bench_level_of(first, level), *b = bench_level_of(other, level);
    char name[WORD], number[QUANTITY_SIZE], size[QUANTITY_SIZE], other_size[QUANTITY_SIZE];
    char times[QUANTITY_SIZE], size_times[QUANTITY_SIZE];
    struct words before = *w;

    if (!a || !b || !(cpu_of(a) > 0))
        return;
    bool sizes = a->memory_each > 0 && b->memory_each > 0;
    quantity_size(size, (uint64_t)a->memory_each);
    quantity_size(other_size, (uint64_t)b->memory_each);
    ratio_text(times, cpu_of(b) / cpu_of(a));
    ratio_text(size_times, sizes ? b->memory_each / a->memory_each : 0);

    bool fits = true;
    if (level != *at) {
        name_of(name, r, first);
        fits = say(w, "%s %s in flight %s takes %.0f us of CPU a page", *at ? "; at" : " At",
                   level_text(number, level), name, cpu_of(a)) &&
               (!sizes || say(w, " and %s a fetch", size));
    }
    name_of(name, r, other);
    fits = fits && say(w, "%s %s %.0f us", level != *at ? "," : ";", name, cpu_of(b));
    if (sizes)
        fits = fits && say(w, " and %s: %s and %s times as much", other_size, times, size_times);
    else
        fits = fits && say(w, ": %s times as much", times);
    if (fits && w->length + sizeof "." < BENCH_SENTENCE) {
        *at = level;
        return;
    }
    *w = before;
    w->out[w->length] = '\0';
}

void bench_result_say(const struct bench_result *r, char out[static BENCH_SENTENCE])
{
    struct words w = {.out = out};
    const struct bench_curve *first = r->curves;
    unsigned at = 0;

    *out = '\0';
    if (r->curve_count == 0) {
        say(&w, "Nothing was measured.");
        return;
    }
    for (unsigned i = r->curve_count; i-- > 0;) /* -c is of a crawl, which is async */
        if (strcmp(r->curves[i].model, "async") == 0)
            first = &r->curves[i];
    say_how_many(&w, first);
    for (unsigned i = 0; i < r->curve_count; i++)
        if (&r->curves[i] != first)
            say_beside(&w, r, first, &r->curves[i], &at);
    if (at > 0)
        say(&w, ".");
}
