/* Paragraphs are gathered in a text of their own, and folded to lines as they are added. A blank
 * that must not end a line is GLUE until then, which text from outside cannot hold. */
#include "cmd/bench_notes.h"

#include "cmd/bench_facts.h"
#include "cmd/bench_fields.h"
#include "cmd/quantity.h"

#include <math.h>
#include <string.h>

#define NAMES 10 /* columns, of what stands before a paragraph */
#define GLUE '\1'
#define BUSY 0.5 /* load for each core */
#define GLUED 40 /* bytes: no longer items are */

/* --- what the tables ask too --- */

void bench_notes_range(const struct bench_level *l, double *least, double *most)
{
    *least = *most = l->median.pages_per_second;
    for (unsigned i = 0; i < l->run_count; i++) {
        *least = fmin(*least, l->runs[i].pages_per_second);
        *most = fmax(*most, l->runs[i].pages_per_second);
    }
}

/* Of the kinds from first to last, in the run that has most of them. */
static uint64_t count_errors(const struct bench_level *l, unsigned first, unsigned last)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < l->run_count || i == 0; i++) {
        const struct bench_figures *f = l->run_count ? &l->runs[i] : &l->median;
        uint64_t n = 0;
        for (unsigned kind = first; kind <= last; kind++)
            n += bench_error_count(f, kind);
        most = n > most ? n : most;
    }
    return most;
}

uint64_t bench_notes_errors(const struct bench_level *l)
{
    return count_errors(l, 0, BENCH_ERRORS - 1);
}

bool bench_notes_slow(const struct bench_curve *c)
{
    double least = INFINITY;

    for (unsigned i = 0; i < c->level_count; i++)
        if (c->levels[i].median.latency.there)
            least = fmin(least, c->levels[i].median.latency.p50);
    return isfinite(least) && least >= 1;
}

/* --- paragraphs --- */

/* Columns that the first so many bytes of UTF-8 take. */
static size_t columns_of(const char *s, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

/* Cuts what takes more columns than that, and returns the length left. */
static size_t cut(const char *s, size_t length, size_t columns)
{
    while (columns_of(s, length) > columns)
        length--;
    return length;
}

/* Adds the paragraph, whose name stands before it in NAMES columns, folded at blanks; a word that
 * fits no line is cut. Empties it. */
static void fold(struct text *out, const char *name, struct text *p)
{
    const size_t room = BENCH_NOTES_WIDTH - NAMES;
    size_t start = out->length, at = 0;

    text_add_format(out, "%-*s", NAMES, name);
    for (const char *s = p->data, *end = p->data + p->length; s < end;) {
        const char *blank = memchr(s, ' ', (size_t)(end - s));
        size_t length = (size_t)((blank ? blank : end) - s), width = columns_of(s, length);
        if (at > 0 && at + 1 + width > room) {
            text_add_format(out, "\n%*s", NAMES, "");
            at = 0;
        } else if (at > 0) {
            text_add_char(out, ' ');
            at++;
        }
        text_add(out, s, width > room ? cut(s, length, room - 3) : length);
        text_add_string(out, width > room ? "..." : "");
        at += width;
        s += length + (blank != NULL);
    }
    text_add_char(out, '\n');
    p->length = 0;
    for (; start < out->length; start++)
        if (out->data[start] == GLUE)
            out->data[start] = ' ';
}

static void add_number(struct text *p, double n, int decimals)
{
    char number[QUANTITY_SIZE];

    quantity_number(number, n, decimals, 15);
    text_add_string(p, number);
}

/* --- where it was measured --- */

/* Keeps each item of a list in one line, unless it is long. */
static void glue_items(struct text *p)
{
    size_t from = 0;

    for (size_t i = 0; i <= p->length; i++) {
        if (i < p->length && p->data[i] != ',')
            continue;
        for (size_t k = from; i - from < GLUED && k < i; k++)
            if (p->data[k] == ' ')
                p->data[k] = GLUE;
        from = i + 2;
    }
}

void bench_notes_head(struct text *out, const struct bench_result *r)
{
    struct text p = {0};

    bench_facts_machine(&p, &r->machine);
    glue_items(&p);
    fold(out, "machine", &p);
    bench_facts_software(&p, &r->machine);
    glue_items(&p);
    fold(out, "software", &p);
    bench_facts_site(&p, &r->site);
    glue_items(&p);
    fold(out, "site", &p);
    bench_facts_add(&p, "", r->machine.date);
    if (r->repeat > 1)
        text_add_format(&p, "%smedians of %u runs", p.length ? ", " : "", r->repeat);
    fold(out, "measured", &p);
    if (r->machine.load > BUSY * r->machine.cores) {
        text_add_format(&p, "The load was %.1f before it began: the machine was not quiet.",
                        fmin(r->machine.load, 1e6));
        fold(out, "doubt", &p);
    }
    text_deinit(&p);
}

/* --- what a curve comes to --- */

static void add_law(struct text *p, const struct bench_curve *c)
{
    const struct usl *u = &c->usl;

    text_add_string(p, "lambda ");
    add_number(p, u->lambda, u->lambda < 100 ? 2 : 0);
    text_add_format(p, " pages/s, sigma %.3g, kappa %.2g, ", u->sigma, u->kappa);
    if (u->peak > 0) {
        text_add_string(p, "peak at ");
        add_number(p, u->peak, 0);
    } else {
        text_add_string(p, "no peak");
    }
    text_add_format(p, ", R2 %.4f", u->r2);
}

static void add_best(struct text *p, const struct bench_curve *c)
{
    const struct bench_level *knee = bench_level_of(c, c->knee), *best = bench_level_of(c, c->best);

    if (!knee || !best || !(best->median.pages_per_second > 0) ||
        !isfinite(knee->median.pages_per_second))
        return;
    add_number(p, knee->concurrency, 0);
    text_add_string(p, " in flight: ");
    add_number(p, knee->median.pages_per_second, knee->median.pages_per_second < 100 ? 2 : 0);
    text_add_string(p, " pages/s");
    if (knee == best) {
        text_add_string(p, ", the best");
        return;
    }
    text_add_format(p, ", %.0f %% of the best, ",
                    100 * knee->median.pages_per_second / best->median.pages_per_second);
    add_number(p, best->median.pages_per_second, best->median.pages_per_second < 100 ? 2 : 0);
    text_add_string(p, " at ");
    add_number(p, best->concurrency, 0);
}

/* --- what is wrong with its figures --- */

static double server_share(const struct bench_level *l)
{
    return l->median.server_cpu;
}

static double little_off(const struct bench_level *l)
{
    return fabs(l->median.little / l->median.in_flight - 1);
}

static double runs_differ(const struct bench_level *l)
{
    double least, most;

    bench_notes_range(l, &least, &most);
    return (most - least) / l->median.pages_per_second;
}

static double is_short(const struct bench_level *l)
{
    return l->median.short_plateau;
}

/* Beyond the limit the level is named. NaN is beyond no limit. */
static const struct doubt {
    double (*of)(const struct bench_level *l);
    double limit;
    const char *before, *of_what, *after;
} doubts[] = {
    {server_share, 0.9, "The server took ", " of its core", ": it was the limit."},
    {little_off, 0.05, "Little's law is off by ", "", ": times and rates do not fit each other."},
    {runs_differ, 0.1, "Runs differ by ", "", ": the machine was not quiet."},
    {is_short, 0.5, "No plateau", NULL, ": the whole crawl counts there, ramp and tail with it."},
};

/* "at 64, 256 to 1,024 and 4,096" */
static void add_levels(struct text *p, const struct bench_curve *c, const bool named[])
{
    bool any = false;

    for (unsigned i = 0, end; i < c->level_count; i = end) {
        end = i + 1;
        if (!named[i])
            continue;
        while (end < c->level_count && named[end])
            end++;
        bool more = false;
        for (unsigned k = end; k < c->level_count; k++)
            more |= named[k];
        text_add_string(p, !any ? " at " : more ? ", " : " and ");
        add_number(p, c->levels[i].concurrency, 0);
        if (end - i > 1) {
            text_add_string(p, end - i > 2 ? " to " : more ? ", " : " and ");
            add_number(p, c->levels[end - 1].concurrency, 0);
        }
        any = true;
    }
}

static void add_doubt(struct text *p, const struct bench_curve *c, const struct doubt *d)
{
    bool named[BENCH_LEVELS];
    double worst = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < c->level_count; i++) {
        double n = d->of(&c->levels[i]);
        named[i] = n > d->limit;
        count += named[i];
        if (named[i] && n > worst)
            worst = n;
    }
    if (count == 0)
        return;
    text_add_string(p, d->before);
    if (d->of_what) {
        text_add_string(p, count > 1 ? "up to " : "");
        add_number(p, 100 * worst, 0);
        text_add_format(p, " %%%s", d->of_what);
    }
    add_levels(p, c, named);
    text_add_string(p, d->after);
}

static void add_errors(struct text *p, const struct bench_curve *c)
{
    for (unsigned kind = 0; kind < BENCH_ERRORS; kind++) {
        const char *before = bench_error_name(kind);
        for (unsigned i = 0; i < c->level_count; i++) {
            uint64_t n = count_errors(&c->levels[i], kind, kind);
            char count[QUANTITY_SIZE], level[QUANTITY_SIZE];
            if (n == 0)
                continue;
            quantity_count(count, n);
            quantity_count(level, c->levels[i].concurrency);
            if (before && p->length)
                text_add_string(p, "; ");
            text_add_format(p, "%s %s at %s", before ? before : ",", count, level);
            before = NULL;
        }
    }
}

void bench_notes_curve(struct text *out, const struct bench_curve *c)
{
    const char *name = "doubt";
    struct text p = {0};

    add_best(&p, c);
    if (p.length)
        fold(out, "knee", &p);
    if (c->fits && isfinite(c->usl.lambda + c->usl.sigma + c->usl.kappa + c->usl.r2)) {
        add_law(&p, c);
        fold(out, "law", &p);
    }
    for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++) {
        add_doubt(&p, c, &doubts[i]);
        if (p.length == 0)
            continue;
        fold(out, name, &p);
        name = "";
    }
    add_errors(&p, c);
    if (p.length)
        fold(out, "errors", &p);
    text_deinit(&p);
}

/* --- how the figures are meant --- */

static const struct {
    const char *name, *text;
} meanings[] = {
    {"rates", "of the plateau, while all slots are taken; runs %: the least and the most, off the "
              "median; each: for one in flight; efficiency: X(N) / (N X(1))"},
    {"times", "service times of a closed loop: how long a fetch takes while so many are in flight, "
              "each started when another has ended; not how long a user would wait who comes when "
              "he likes"},
    {"memory", "resident at most; KB each: for one in flight, beyond the least level's"},
    {"Little", "what Little's law expects in flight: rate times mean time"},
    {"law",
     "the Universal Scalability Law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))"},
    {"errors", "no answer, 4xx or 5xx, in the run that had most"},
};

void bench_notes_foot(struct text *out, const struct bench_result *r)
{
    struct text p = {0};

    text_add_char(out, '\n');
    if (!r->same_urls) {
        text_add_string(&p, "The crawls found different pages: these figures compare nothing.");
        fold(out, "doubt", &p);
        text_add_char(out, '\n');
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        text_add_string(&p, meanings[i].text);
        fold(out, meanings[i].name, &p);
    }
    text_add_char(out, '\n');
    text_deinit(&p);
}
