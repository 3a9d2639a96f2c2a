/* The tables of a benchmark: of each curve one of rates and cost, and one of times.
 *
 * A column is as wide as what it holds, which its `most` limits, and all its figures have as many
 * digits after the point, so that the points are below each other. With every column at its most
 * and gaps of one blank a table is BENCH_NOTES_WIDTH wide or less: gaps grow only where there is
 * room. All is ASCII. */
#include "cmd/bench_notes.h"
#include "cmd/bench_print.h"
#include "cmd/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 14 /* of a table, at most */
#define RULE "----------------------------------------"

struct column {
    const char *group; /* above the title; neighbours with the same share it */
    const char *title;
    size_t most;  /* characters of a cell */
    int digits;   /* that count, of the least figure */
    size_t at;    /* of the figure in struct bench_level: a double, */
    double scale; /* which is multiplied by this; 0: a time, in the table's unit */
    size_t there; /* of a time: where it says whether there is one */
    /* Instead, where it is none. */
    void (*write)(char out[static QUANTITY_SIZE], const struct bench_curve *c,
                  const struct bench_level *l);
};

struct table {
    const struct column *columns;
    size_t count;
    bool slow; /* times are in seconds, not ms */
    char cells[COLUMNS][BENCH_LEVELS][QUANTITY_SIZE];
    size_t widths[COLUMNS], gaps[COLUMNS]; /* a gap is before its column */
};

/* --- the columns --- */

static void write_concurrency(char out[static QUANTITY_SIZE], const struct bench_curve *c,
                              const struct bench_level *l)
{
    (void)c;
    quantity_number(out, l->concurrency, 0, 6);
}

/* How far the least and the most of the runs are from the median, in percent. */
static void write_range(char out[static QUANTITY_SIZE], const struct bench_curve *c,
                        const struct bench_level *l)
{
    double least, most, median = l->median.pages_per_second;

    (void)c;
    bench_notes_range(l, &least, &most);
    if (l->run_count > 1 && median > 0 && most < 10 * median)
        snprintf(out, QUANTITY_SIZE, "%+.0f%+.0f", 100 * (least / median - 1),
                 100 * (most / median - 1));
    else
        snprintf(out, QUANTITY_SIZE, "-");
}

static void write_errors(char out[static QUANTITY_SIZE], const struct bench_curve *c,
                         const struct bench_level *l)
{
    (void)c;
    quantity_number(out, (double)bench_notes_errors(l), 0, 6);
}

static void write_mark(char out[static QUANTITY_SIZE], const struct bench_curve *c,
                       const struct bench_level *l)
{
    bool knee = l->concurrency == c->knee, best = l->concurrency == c->best;

    snprintf(out, QUANTITY_SIZE, "%s%s%s", knee ? "knee" : "", knee && best ? "+" : "",
             best ? "best" : "");
}

#define AT(member) offsetof(struct bench_level, member)

static const struct column of_rates[] = {
    {"in", "flight", .write = write_concurrency},
    {"pages/s", "median", 7, 3, AT(median.pages_per_second), .scale = 1},
    {"pages/s", "runs %", .write = write_range},
    {"pages/s", "each", 5, 2, AT(per_task), .scale = 1},
    {"", "MB/s", 5, 3, AT(median.mb_per_second), .scale = 1},
    {"", "links/s", 7, 3, AT(median.links_per_second), .scale = 1},
    {"effi-", "ciency", 5, 2, AT(efficiency), .scale = 1},
    {"CPU us/page", "user", 5, 3, AT(median.user_us), .scale = 1},
    {"CPU us/page", "system", 6, 3, AT(median.system_us), .scale = 1},
    {"switch.", "a page", 6, 2, AT(median.switches), .scale = 1},
    {"memory", "MB", 6, 3, AT(median.rss_bytes), .scale = 1e-6},
    {"memory", "KB each", 6, 3, AT(memory_each), .scale = 1e-3},
    {"server", "core %", 4, 2, AT(median.server_cpu), .scale = 100},
    {"", "", .write = write_mark},
};

#define TIME(group, title, of, member)                                         \
    {                                                                          \
        group, title, 6, 2, AT(median.of.member), .there = AT(median.of.there) \
    }

static const struct column of_times[] = {
    {"in", "flight", .write = write_concurrency},
    TIME("whole fetch", "p50", latency, p50),
    TIME("whole fetch", "p90", latency, p90),
    TIME("whole fetch", "p99", latency, p99),
    TIME("whole fetch", "p99.9", latency, p999),
    TIME("whole fetch", "max", latency, max),
    TIME("first byte", "p50", first_byte, p50),
    TIME("first byte", "p99", first_byte, p99),
    TIME("connect", "p50", connect, p50),
    TIME("connect", "p99", connect, p99),
    {"connec-", "tions", 6, 1, AT(median.connections), .scale = 1},
    {"in flight", "mean", 7, 2, AT(median.in_flight), .scale = 1},
    {"in flight", "Little", 7, 2, AT(median.little), .scale = 1},
    {"", "errors", .write = write_errors},
};

/* --- cells --- */

/* The figure in the column's unit, NAN where it is not known. */
static double figure(const struct table *t, const struct column *col, const struct bench_level *l)
{
    const char *base = (const char *)l;
    double n, scale = col->scale;
    bool there = true;

    memcpy(&n, base + col->at, sizeof n);
    if (scale == 0) {
        memcpy(&there, base + col->there, sizeof there);
        scale = t->slow ? 1 : 1000;
    }
    if (col->at == AT(memory_each) && n == 0)
        there = false;
    return there && n >= 0 ? n * scale : NAN;
}

/* Enough digits after the point for the least figure, no more than the largest has room for. */
static int choose_decimals(const struct table *t, const struct column *col,
                           const struct bench_curve *c)
{
    double least = INFINITY, most = 0;
    char cell[QUANTITY_SIZE];
    int decimals = 0;

    for (unsigned i = 0; i < c->level_count; i++) {
        double n = figure(t, col, &c->levels[i]);
        if (n > 0 && n < least)
            least = n;
        if (n > most && n < INFINITY)
            most = n;
    }
    if (col->scale == 0 && least < 100) /* tenths of a millisecond are seen until then */
        least = fmin(least, 9.9);
    for (double n = least * pow(10, 1 - col->digits); n < 0.9995 && decimals < 3; n *= 10)
        decimals++;
    for (; decimals > 0; decimals--) {
        quantity_number(cell, most, decimals, QUANTITY_SIZE - 1);
        if (strlen(cell) <= col->most)
            break;
    }
    return decimals;
}

static void fill_column(struct table *t, size_t i, const struct bench_curve *c)
{
    const struct column *col = &t->columns[i];
    int decimals = col->write ? 0 : choose_decimals(t, col, c);

    t->widths[i] = strlen(col->title);
    for (unsigned k = 0; k < c->level_count; k++) {
        char *cell = t->cells[i][k];
        if (col->write)
            col->write(cell, c, &c->levels[k]);
        else
            quantity_number(cell, figure(t, col, &c->levels[k]), decimals, col->most);
        if (strlen(cell) > t->widths[i])
            t->widths[i] = strlen(cell);
    }
}

/* --- layout --- */

static bool begins_group(const struct table *t, size_t i)
{
    return i == 0 || !*t->columns[i].group ||
           strcmp(t->columns[i].group, t->columns[i - 1].group) != 0;
}

/* The columns from i on that share a group, and the characters that they take together. */
static size_t group_width(const struct table *t, size_t i, size_t *width)
{
    size_t end = i;

    *width = 0;
    do
        *width += t->widths[end] + (end > i ? t->gaps[end] : 0);
    while (++end < t->count && !begins_group(t, end));
    return end;
}

static void group_title(char out[static QUANTITY_SIZE], const struct table *t, size_t i)
{
    const struct column *col = &t->columns[i];
    bool timed = !col->write && col->scale == 0;

    snprintf(out, QUANTITY_SIZE, "%s%s", col->group, !timed ? "" : t->slow ? ", s" : ", ms");
}

/* Widens what is narrower than its group's title, and returns the whole width with gaps of one. */
static size_t fit_titles(struct table *t)
{
    size_t all = 0, width;
    char title[QUANTITY_SIZE];

    for (size_t i = 0; i < t->count; i++)
        t->gaps[i] = i > 0;
    for (size_t i = 0, end; i < t->count; i = end) {
        group_title(title, t, i);
        end = group_width(t, i, &width);
        if (width < strlen(title))
            t->widths[i] += strlen(title) - width;
        group_width(t, i, &width);
        all += t->gaps[i] + width;
    }
    return all;
}

/* Gives the room that is left to the gaps: twice to those between groups, then to the others, if
 * there is enough for all of them. */
static void widen_gaps(struct table *t, size_t width)
{
    size_t others = 0;

    for (int round = 0; round < 2; round++) {
        for (size_t i = 1; i < t->count; i++) {
            if (!begins_group(t, i) || width == BENCH_NOTES_WIDTH)
                continue;
            t->gaps[i]++;
            width++;
        }
    }
    for (size_t i = 1; i < t->count; i++)
        others += !begins_group(t, i);
    for (size_t i = 1; i < t->count && width + others <= BENCH_NOTES_WIDTH; i++)
        t->gaps[i] += !begins_group(t, i);
}

static void add_blanks(struct text *out, size_t n)
{
    text_add_format(out, "%*s", (int)n, "");
}

/* A line must not end in blanks. */
static void end_line(struct text *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    text_add_char(out, '\n');
}

/* The title of several columns stands in the middle of a rule, if there is room for one. */
static void print_groups(struct text *out, const struct table *t)
{
    for (size_t i = 0, end; i < t->count; i = end) {
        char title[QUANTITY_SIZE];
        size_t width;
        group_title(title, t, i);
        end = group_width(t, i, &width);
        size_t rest = width - strlen(title), left = rest / 2;
        bool ruled = end > i + 1 && rest > 3;
        add_blanks(out, t->gaps[i] + (ruled ? 0 : rest));
        if (ruled)
            text_add_format(out, "%.*s %s %.*s", (int)left - 1, RULE, title, (int)(rest - left) - 1,
                            RULE);
        else
            text_add_string(out, title);
    }
    end_line(out);
}

static void print_line(struct text *out, const struct table *t, const unsigned *row)
{
    for (size_t i = 0; i < t->count; i++) {
        const char *cell = row ? t->cells[i][*row] : t->columns[i].title;
        bool left = !*t->columns[i].title; /* the marks */
        add_blanks(out, t->gaps[i] + (left ? 0 : t->widths[i] - strlen(cell)));
        text_add_string(out, cell);
    }
    end_line(out);
}

static void print_table(struct text *out, const struct bench_curve *c, const struct column *columns,
                        size_t count)
{
    struct table t = {.columns = columns, .count = count, .slow = bench_notes_slow(c)};

    for (size_t i = 0; i < count; i++)
        fill_column(&t, i, c);
    widen_gaps(&t, fit_titles(&t));
    print_groups(out, &t);
    print_line(out, &t, NULL);
    for (unsigned i = 0; i < c->level_count; i++)
        print_line(out, &t, &i);
    text_add_char(out, '\n');
}

void bench_print_table(struct text *out, const struct bench_result *r)
{
    bench_notes_head(out, r);
    for (unsigned i = 0; i < r->curve_count; i++) {
        const struct bench_curve *c = &r->curves[i];
        text_add_char(out, '\n');
        if (r->curve_count > 1)
            text_add_format(out, "%s on %s\n\n", c->model, c->selector);
        print_table(out, c, of_rates, sizeof of_rates / sizeof *of_rates);
        print_table(out, c, of_times, sizeof of_times / sizeof *of_times);
        bench_notes_curve(out, c);
    }
    bench_notes_foot(out, r);
}
