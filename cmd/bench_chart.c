/* The curves of a benchmark in a terminal: pages a second, and below it latencies, over the same
 * axis of levels.
 *
 * What is drawn is a number of series, each of which takes one figure of each level of a curve. A
 * figure that is none (NaN, or no time) leaves a gap; nothing else is drawn for it. Rows are chosen
 * so that there are as many between any two ticks of an axis. */
#include "cmd/axis.h"
#include "cmd/bench_print.h"
#include "cmd/canvas.h"
#include "cmd/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAST_COLUMNS 40
#define RATE_ROWS 17 /* of a picture, or a few less */
#define TIME_ROWS 13
#define FEW_CURVES 4 /* so many have lines at their knees, and are named above each picture */
#define X_TITLE "in flight"
#define MARGIN 2.5 /* cells, on both sides of the levels */

struct series {
    const struct bench_curve *curve;
    double (*of)(const struct bench_level *l);
    const char *name, *mark;
    enum colour colour;
};

struct picture {
    const char *title; /* of the y axis */
    struct axis axis;
    struct series series[3 * BENCH_CURVES];
    size_t series_count;
};

struct chart {
    const struct bench_result *r;
    enum bench_ink ink;
    size_t columns, gutter; /* in all; before the axes */
    bool colours;
    double first, last; /* levels */
    struct canvas canvas;
};

/* --- figures --- */

static double rate(const struct bench_level *l)
{
    return l->median.pages_per_second;
}

static double p50(const struct bench_level *l)
{
    return l->median.latency.there ? l->median.latency.p50 : NAN;
}

static double p90(const struct bench_level *l)
{
    return l->median.latency.there ? l->median.latency.p90 : NAN;
}

static double p99(const struct bench_level *l)
{
    return l->median.latency.there ? l->median.latency.p99 : NAN;
}

static double x_of(const struct chart *c, double n)
{
    double margin = MARGIN / (double)c->canvas.columns;

    if (c->last <= c->first)
        return 0.5;
    return margin + (1 - 2 * margin) * log2(n / c->first) / log2(c->last / c->first);
}

static void choose_axis(struct picture *p, bool logarithmic)
{
    double least = INFINITY, most = 0;

    for (size_t i = 0; i < p->series_count; i++) {
        const struct series *s = &p->series[i];
        for (unsigned k = 0; k < s->curve->level_count; k++) {
            double n = s->of(&s->curve->levels[k]);
            if (!axis_holds(logarithmic, n))
                continue;
            least = fmin(least, n);
            most = fmax(most, n);
        }
    }
    if (logarithmic)
        axis_logarithmic(&p->axis, least, most, TIME_ROWS);
    else
        axis_linear(&p->axis, most, RATE_ROWS);
}

/* --- what is drawn --- */

/* What explains one curve alone has no colour of its own. */
static enum colour explain(const struct chart *c, const struct series *s)
{
    return c->r->curve_count > 1 ? s->colour : COLOUR_NONE;
}

/* Finely dotted: the law, at each level between the first and the last of the curve. */
static void draw_law(struct chart *c, const struct picture *p, const struct series *s)
{
    const struct bench_curve *curve = s->curve;
    double steps = 2 * (double)c->canvas.columns, x = NAN, y = NAN;

    if (!curve->fits || curve->level_count < 2)
        return;
    double first = curve->levels[0].concurrency,
           last = curve->levels[curve->level_count - 1].concurrency;
    for (double i = 0; i <= steps; i++) {
        double n = first * pow(last / first, i / steps);
        double to_x = x_of(c, n), to_y = axis_at(&p->axis, usl_at(&curve->usl, n));
        canvas_line(&c->canvas, x, y, to_x, to_y, STROKE_DOTS, explain(c, s));
        x = to_x;
        y = to_y;
    }
}

/* Beside the line at the knee, just above the axis. */
static void label_knee(struct chart *c, unsigned knee, double x)
{
    char number[QUANTITY_SIZE], label[QUANTITY_SIZE + 8];

    quantity_count(number, knee);
    snprintf(label, sizeof label, "knee %s", number);
    size_t at = canvas_column(&c->canvas, x), length = strlen(label);
    canvas_text(&c->canvas, at + 2 + length <= c->canvas.columns ? at + 2 : at - 1 - length,
                c->canvas.rows - 1, label, COLOUR_NONE);
}

/* A line from the x axis up to the curve. */
static void draw_knee(struct chart *c, const struct picture *p, const struct series *s)
{
    for (unsigned i = 0; i < s->curve->level_count; i++) {
        const struct bench_level *l = &s->curve->levels[i];
        double x = x_of(c, l->concurrency);
        if (l->concurrency != s->curve->knee)
            continue;
        canvas_line(&c->canvas, x, 0, x, axis_at(&p->axis, s->of(l)), STROKE_DOTS, explain(c, s));
        if (c->r->curve_count == 1 && !p->axis.logarithmic)
            label_knee(c, s->curve->knee, x);
    }
}

static void draw_series(struct chart *c, const struct picture *p, const struct series *s)
{
    double x = NAN, y = NAN;

    for (unsigned i = 0; i < s->curve->level_count; i++) {
        const struct bench_level *l = &s->curve->levels[i];
        double to_x = x_of(c, l->concurrency), to_y = axis_at(&p->axis, s->of(l));
        canvas_line(&c->canvas, x, y, to_x, to_y, STROKE_LINE, s->colour);
        x = to_x;
        y = to_y;
    }
}

static void draw_marks(struct chart *c, const struct picture *p, const struct series *s)
{
    for (unsigned i = 0; i < s->curve->level_count; i++) {
        const struct bench_level *l = &s->curve->levels[i];
        canvas_mark(&c->canvas, x_of(c, l->concurrency), axis_at(&p->axis, s->of(l)), s->mark,
                    s->colour);
    }
}

static void draw(struct chart *c, const struct picture *p)
{
    bool few = c->r->curve_count <= FEW_CURVES;

    for (size_t i = 0; i < p->series_count && !p->axis.logarithmic; i++)
        draw_law(c, p, &p->series[i]);
    for (size_t i = 0; i < p->series_count; i++)
        draw_series(c, p, &p->series[i]);
    for (size_t i = 0; i < p->series_count && few; i++)
        draw_knee(c, p, &p->series[i]);
    for (size_t i = 0; i < p->series_count; i++)
        draw_marks(c, p, &p->series[i]);
}

/* --- the series --- */

static const char *mark_of(enum bench_ink ink, unsigned i)
{
    static const char *const shapes[] = {"●", "▲", "■", "◆", "○", "△", "□", "◇"};
    static const char *const ascii[] = {"o", "x", "+", "*", "#", "@", "%", "&", "a", "b",
                                        "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};

    if (ink == BENCH_BRAILLE && i < sizeof shapes / sizeof *shapes)
        return shapes[i];
    return ascii[i % (sizeof ascii / sizeof *ascii)];
}

static enum colour colour_of(unsigned i)
{
    static const enum colour colours[] = {COLOUR_CYAN,  COLOUR_YELLOW, COLOUR_MAGENTA,
                                          COLOUR_GREEN, COLOUR_RED,    COLOUR_BLUE};
    return colours[i % (sizeof colours / sizeof *colours)];
}

static void choose_all(const struct chart *c, struct picture *p, const char *title,
                       double (*of)(const struct bench_level *l))
{
    *p = (struct picture){.title = title};
    for (unsigned i = 0; i < c->r->curve_count; i++)
        p->series[p->series_count++] = (struct series){.curve = &c->r->curves[i],
                                                       .of = of,
                                                       .mark = mark_of(c->ink, i),
                                                       .colour = colour_of(i)};
    choose_axis(p, of != rate);
}

/* Of one curve. */
static void choose_percentiles(const struct chart *c, struct picture *p)
{
    static const struct series percentiles[] = {
        {.of = p50, .name = "p50", .colour = COLOUR_GREEN},
        {.of = p90, .name = "p90", .colour = COLOUR_YELLOW},
        {.of = p99, .name = "p99", .colour = COLOUR_RED},
    };

    *p = (struct picture){.title = "latency"};
    for (unsigned i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        struct series *s = &p->series[p->series_count++];
        *s = percentiles[i];
        s->curve = &c->r->curves[0];
        s->mark = mark_of(c->ink, i);
    }
    choose_axis(p, true);
}

/* --- text around it --- */

/* Entries side by side, as many as a line holds. */
struct legend {
    struct text *out;
    const struct chart *chart;
    size_t at; /* columns of the line that are used */
};

static void begin_legend(struct legend *g, struct text *out, const struct chart *c,
                         const struct picture *p)
{
    *g = (struct legend){.out = out, .chart = c, .at = c->gutter};
    text_add_format(out, "%*s", (int)c->gutter, p->title);
}

/* A sample, of so many columns, and what it stands for. */
static void add_entry(struct legend *g, const char *sample, size_t width, enum colour colour,
                      const char *name)
{
    const struct chart *c = g->chart;
    size_t need = 2 + width + 1 + strlen(name), indent = c->gutter;

    if (g->at + need > c->columns) {
        if (indent + need > c->columns)
            indent = 0;
        text_add_format(g->out, "\n%*s", (int)indent, "");
        g->at = indent;
    }
    text_add_string(g->out, "  ");
    canvas_colour(g->out, colour, c->colours);
    text_add_string(g->out, sample);
    canvas_colour(g->out, COLOUR_NONE, c->colours);
    text_add_format(g->out, " %s", name);
    g->at += need;
}

static void describe(struct text *out, const struct chart *c, const struct picture *p)
{
    bool law = false, braille = c->ink == BENCH_BRAILLE;
    struct legend g;

    begin_legend(&g, out, c, p);
    bool named = !p->axis.logarithmic || c->r->curve_count <= FEW_CURVES;
    for (size_t i = 0; i < p->series_count && named; i++) {
        const struct series *s = &p->series[i];
        char name[96], knee[QUANTITY_SIZE];
        quantity_count(knee, s->curve->knee);
        bool marked = s->curve->knee && c->r->curve_count > 1 && !p->axis.logarithmic;
        snprintf(name, sizeof name, "%s on %s%s%s", s->curve->model, s->curve->selector,
                 marked ? ", knee " : "", marked ? knee : "");
        add_entry(&g, s->mark, 1, s->colour, s->name ? s->name : name);
        law |= s->curve->fits && !p->axis.logarithmic;
    }
    if (law)
        add_entry(&g, braille ? "⠂⠐⠀⠂" : ". .", braille ? 4 : 3, COLOUR_NONE,
                  "Universal Scalability Law");
    text_add_char(out, '\n');
}

/* What stands before a row: its label, and the axis. */
static void print_gutter(struct text *out, const struct chart *c, const struct picture *p,
                         size_t row)
{
    const char *label = "", *axis = c->ink == BENCH_BRAILLE ? "│" : "|";

    for (size_t i = 0; i < p->axis.tick_count; i++) {
        if (canvas_row(&c->canvas, p->axis.ticks[i].at) != row)
            continue;
        label = p->axis.ticks[i].label;
        axis = c->ink == BENCH_BRAILLE ? "┤" : "+";
    }
    text_add_format(out, "%*s %s", (int)c->gutter, label, axis);
}

/* The curve with the most levels says which are marked. */
static const struct bench_curve *longest(const struct bench_result *r)
{
    const struct bench_curve *most = &r->curves[0];

    for (unsigned i = 1; i < r->curve_count; i++)
        if (r->curves[i].level_count > most->level_count)
            most = &r->curves[i];
    return most;
}

/* Writes every so many levels below the axis, each under its place, but for those that have no room
 * there. Returns how many have none. */
static unsigned write_levels(const struct chart *c, const struct bench_curve *of, unsigned stride,
                             char line[static CANVAS_COLUMNS + 1])
{
    unsigned left_out = 0;
    size_t end = 0;

    memset(line, ' ', CANVAS_COLUMNS);
    for (unsigned i = 0; i < of->level_count; i += stride) {
        char label[QUANTITY_SIZE];
        quantity_number(label, of->levels[i].concurrency, 0, 6);
        size_t length = strlen(label);
        size_t at = canvas_column(&c->canvas, x_of(c, of->levels[i].concurrency));
        at = at > (length - 1) / 2 ? at - (length - 1) / 2 : 0;
        if (at + length > c->canvas.columns)
            at = c->canvas.columns - length;
        if (end > 0 && at < end + 1) {
            left_out++;
            continue;
        }
        memcpy(line + at, label, length);
        end = at + length;
    }
    line[end] = '\0';
    return left_out;
}

/* All levels, or every second or third; or, where that is not enough, those that have room. */
static void label_levels(const struct chart *c, const struct bench_curve *of,
                         char line[static CANVAS_COLUMNS + 1])
{
    for (unsigned stride = 1; stride <= 3; stride++)
        if (write_levels(c, of, stride, line) == 0)
            return;
    write_levels(c, of, 1, line);
}

static void print_x_axis(struct text *out, const struct chart *c)
{
    const struct bench_curve *of = longest(c->r);
    bool braille = c->ink == BENCH_BRAILLE, ticks[CANVAS_COLUMNS] = {false};
    char line[CANVAS_COLUMNS + 1];

    for (unsigned i = 0; i < of->level_count; i++)
        ticks[canvas_column(&c->canvas, x_of(c, of->levels[i].concurrency))] = true;
    text_add_format(out, "%*s %s", (int)c->gutter, "", braille ? "└" : "+");
    for (size_t i = 0; i < c->canvas.columns; i++)
        text_add_string(out, braille ? ticks[i] ? "┬" : "─" : ticks[i] ? "+" : "-");
    label_levels(c, of, line);
    text_add_format(out, "\n%*s  %s\n", (int)c->gutter, X_TITLE, line);
}

/* --- all of it --- */

static void print_picture(struct text *out, struct chart *c, const struct picture *p)
{
    canvas_init(&c->canvas, c->ink == BENCH_BRAILLE, c->columns - c->gutter - 2, p->axis.rows);
    describe(out, c, p);
    draw(c, p);
    for (size_t row = 0; row < p->axis.rows; row++) {
        print_gutter(out, c, p, row);
        canvas_print(&c->canvas, row, out, c->colours);
        text_add_char(out, '\n');
    }
    print_x_axis(out, c);
}

static void widen_gutter(struct chart *c, const struct picture *p)
{
    for (size_t i = 0; i < p->axis.tick_count; i++)
        if (strlen(p->axis.ticks[i].label) > c->gutter)
            c->gutter = strlen(p->axis.ticks[i].label);
}

static bool find_levels(struct chart *c)
{
    bool any = false;

    for (unsigned i = 0; i < c->r->curve_count; i++) {
        for (unsigned k = 0; k < c->r->curves[i].level_count; k++) {
            double n = c->r->curves[i].levels[k].concurrency;
            c->first = any ? fmin(c->first, n) : n;
            c->last = any ? fmax(c->last, n) : n;
            any = true;
        }
    }
    return any && c->first > 0;
}

void bench_print_chart(struct text *out, const struct bench_result *r, enum bench_ink ink,
                       size_t columns, bool colours)
{
    struct chart c = {.r = r,
                      .ink = ink,
                      .columns = columns < LEAST_COLUMNS    ? LEAST_COLUMNS
                                 : columns > CANVAS_COLUMNS ? CANVAS_COLUMNS
                                                            : columns,
                      .gutter = strlen(X_TITLE),
                      .colours = colours};
    struct picture pictures[3];
    size_t count = 0;

    if (!find_levels(&c))
        return;
    choose_all(&c, &pictures[count++], "pages/s", rate);
    if (r->curve_count == 1) {
        choose_percentiles(&c, &pictures[count++]);
    } else { /* more lines in one picture could not be told from each other */
        choose_all(&c, &pictures[count++], "fetch p50", p50);
        choose_all(&c, &pictures[count++], "fetch p99", p99);
    }
    for (size_t i = 0; i < count; i++)
        widen_gutter(&c, &pictures[i]);
    for (size_t i = 0; i < count; i++) {
        text_add_string(out, i ? "\n" : "");
        print_picture(out, &c, &pictures[i]);
    }
}
