/* A plot of --svg: axes, lines, law, knee. Only finite coordinates within the plot are written: all
 * of them come from place(). */
#include "cmd/bench_svg.h"

#include "cmd/quantity.h"

#include <math.h>
#include <stdio.h>

#define MARKS 6
#define HAIR 1e-9 /* what is outside by rounding alone is within */
#define LAW_STEPS 96
#define LABEL_ROOM 26 /* between the middles of labels of the axis of x */

struct point {
    double x, y;
};

/* False: the value cannot be shown, or lies outside. */
static bool place(struct point *out, const struct bench_plot *p, double n, double value)
{
    double v = p->logarithmic ? log10(value) : value;
    double right = (log2(n) - p->first) / (p->last - p->first);
    double up = (v - p->least) / (p->most - p->least);

    if (!isfinite(v) || !isfinite(right) || right < -HAIR || right > 1 + HAIR || up < -HAIR ||
        up > 1 + HAIR)
        return false;
    *out = (struct point){p->x + right * p->width, p->y + (1 - up) * p->height};
    return true;
}

/* --- ranges and axes --- */

/* The greatest of 1, 2, 5, 10, 20 ... that is not more. */
static double round_down(double n)
{
    double decade = pow(10, floor(log10(n) + HAIR)), digit = n / decade * (1 + HAIR);

    return digit >= 5 ? 5 * decade : digit >= 2 ? 2 * decade : decade;
}

static double round_up(double n)
{
    double down = round_down(n), digit = down / pow(10, floor(log10(down) + HAIR));

    return down >= n * (1 - HAIR) ? down : digit > 1.5 && digit < 2.5 ? 2.5 * down : 2 * down;
}

/* Of a linear axis, for about five ticks. */
static double step_of(double most)
{
    return round_up(most / 5.5);
}

static bool may_show(double value)
{
    return isfinite(value) && value > 0;
}

static void fit_values(struct bench_plot *p, double least, double most)
{
    if (!may_show(most)) { /* nothing to show */
        least = 1;
        most = 10;
    }
    if (p->logarithmic) {
        do { /* from a half to a tenth, say, so that there are some ticks */
            least = round_down(least * 0.97);
            most = round_up(most * 1.03);
        } while (most < 4 * least);
        p->least = log10(least);
        p->most = log10(most);
    } else {
        double step = step_of(most);
        p->least = 0;
        p->most = step * ceil(most / step * 1.03);
    }
}

void bench_plot_fit(struct bench_plot *p, const struct bench_result *r, bench_value *const *values,
                    size_t count)
{
    double least = INFINITY, most = 0, first = INFINITY, last = 0;

    for (unsigned i = 0; i < r->curve_count; i++)
        for (unsigned k = 0; k < r->curves[i].level_count; k++) {
            const struct bench_level *l = &r->curves[i].levels[k];
            first = fmin(first, l->concurrency);
            last = fmax(last, l->concurrency);
            for (size_t v = 0; v < count; v++)
                for (unsigned run = 0; run <= l->run_count; run++) {
                    double value = values[v](run ? &l->runs[run - 1] : &l->median);
                    least = may_show(value) ? fmin(least, value) : least;
                    most = may_show(value) ? fmax(most, value) : most;
                }
        }
    if (last <= 0)
        first = last = 1;
    p->first = first < last ? log2(first) : log2(first) - 1;
    p->last = first < last ? log2(last) : log2(first) + 1;
    fit_values(p, least, most);
}

static void add_time(struct text *out, double s)
{
    if (s >= 0.9999)
        text_add_format(out, "%g s", s);
    else if (s >= 0.9999e-3)
        text_add_format(out, "%g ms", s * 1e3);
    else
        text_add_format(out, "%.3g µs", s * 1e6);
}

static void add_count(struct text *out, double n)
{
    char count[QUANTITY_SIZE];

    if (n >= 1e15 || n != floor(n)) {
        text_add_format(out, "%g", n);
        return;
    }
    quantity_count(count, (uint64_t)n);
    text_add_string(out, count);
}

static void add_tick_y(struct text *out, const struct bench_plot *p, double value)
{
    struct point at;

    if (!place(&at, p, exp2(p->first), value))
        return;
    text_add_format(out, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", p->x, at.y, p->width);
    text_add_format(out, "<text class=\"tick e\" x=\"%.1f\" y=\"%.1f\">", p->x - 8, at.y + 4);
    (p->logarithmic ? add_time : add_count)(out, value);
    text_add_string(out, "</text>\n");
}

static void add_small_tick(struct text *out, const struct bench_plot *p, double value)
{
    struct point at;

    if (place(&at, p, exp2(p->first), value))
        text_add_format(out, "<path class=\"axis\" d=\"M%.1f %.1fh-4\"/>", p->x, at.y);
}

static void add_ticks_y(struct text *out, const struct bench_plot *p)
{
    static const double digits[] = {1, 2, 5};

    if (!p->logarithmic) {
        double step = step_of(p->most / 1.03);
        for (double v = 0; v <= p->most * (1 + HAIR); v += step)
            add_tick_y(out, p, v);
        return;
    }
    for (double decade = floor(p->least); decade <= p->most; decade++) {
        for (size_t i = 0; i < (p->most - p->least > 2.5 ? 1 : 3); i++)
            add_tick_y(out, p, digits[i] * pow(10, decade));
        for (int digit = 2; digit < 10; digit++)
            add_small_tick(out, p, digit * pow(10, decade));
    }
}

/* The least level above n; 0: there is none. */
static unsigned next_level(const struct bench_result *r, unsigned n)
{
    unsigned next = 0;

    for (unsigned i = 0; i < r->curve_count; i++)
        for (unsigned k = 0; k < r->curves[i].level_count; k++) {
            unsigned level = r->curves[i].levels[k].concurrency;
            if (level > n && (!next || level < next))
                next = level;
        }
    return next;
}

static void add_ticks_x(struct text *out, const struct bench_plot *p, const struct bench_result *r)
{
    double labelled = -INFINITY;

    for (unsigned n = 0; (n = next_level(r, n)) > 0;) {
        double x = p->x + (log2(n) - p->first) / (p->last - p->first) * p->width;
        text_add_format(out, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>\n", x, p->y + p->height);
        if (x < labelled + LABEL_ROOM)
            continue;
        labelled = x;
        text_add_format(out, "<text class=\"tick m\" x=\"%.1f\" y=\"%.1f\">", x,
                        p->y + p->height + 18);
        add_count(out, n);
        text_add_string(out, "</text>\n");
    }
}

void bench_plot_axes(struct text *out, const struct bench_plot *p, const struct bench_result *r,
                     const char *title)
{
    text_add_format(out, "<text class=\"head\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", p->x, p->y - 14,
                    title);
    add_ticks_y(out, p);
    text_add_format(out, "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>\n", p->x, p->y + p->height,
                    p->width);
    add_ticks_x(out, p, r);
    text_add_format(out, "<text class=\"tick m\" x=\"%.1f\" y=\"%.1f\">fetches in flight</text>\n",
                    p->x + p->width / 2, p->y + p->height + 38);
}

/* --- what is drawn --- */

void bench_svg_mark(struct text *out, unsigned curve, double x, double y, const char *class)
{
    static const char *const shapes[MARKS] = {
        "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",            /* circle */
        "m-3.3-3.3h6.6v6.6h-6.6z",                                     /* square */
        "m0-4.4l4.2 7.2h-8.4z",                                        /* triangle */
        "m0-4.7l4.7 4.7l-4.7 4.7l-4.7-4.7z",                           /* diamond */
        "m0 4.4l4.2-7.2h-8.4z",                                        /* triangle, on its head */
        "m-1.4-4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z", /* plus */
    };

    text_add_format(out, "<path class=\"mark %s\" d=\"M%.1f %.1f%s\"/>", class, x, y,
                    shapes[curve % MARKS]);
}

static void add_range(struct text *out, const struct bench_plot *p, const struct bench_level *l,
                      bench_value *value)
{
    double least = INFINITY, most = -INFINITY;
    struct point low, high;

    for (unsigned i = 0; i < l->run_count; i++) {
        least = fmin(least, value(&l->runs[i]));
        most = fmax(most, value(&l->runs[i]));
    }
    if (!place(&low, p, l->concurrency, least) || !place(&high, p, l->concurrency, most))
        return;
    text_add_format(out, "<path class=\"range\" d=\"M%.1f %.1fv%.1fm-3 0h6m-6 %.1fh6\"/>", low.x,
                    low.y, high.y - low.y, low.y - high.y);
}

void bench_plot_line(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     unsigned curve, bench_value *value, const char *class)
{
    struct point at;
    char join = 'M';

    for (unsigned i = 0; i < c->level_count; i++)
        add_range(out, p, &c->levels[i], value);
    text_add_format(out, "\n<path class=\"line %s\" d=\"", class);
    for (unsigned i = 0; i < c->level_count; i++)
        if (place(&at, p, c->levels[i].concurrency, value(&c->levels[i].median))) {
            text_add_format(out, "%c%.1f %.1f", join, at.x, at.y);
            join = 'L';
        }
    text_add_string(out, "\"/>\n");
    for (unsigned i = 0; i < c->level_count; i++)
        if (place(&at, p, c->levels[i].concurrency, value(&c->levels[i].median)))
            bench_svg_mark(out, curve, at.x, at.y, class);
    text_add_char(out, '\n');
}

void bench_plot_law(struct text *out, const struct bench_plot *p, const struct bench_curve *c)
{
    char join = 'M';

    if (!c->fits || c->level_count < 2)
        return;
    double first = log2(c->levels[0].concurrency);
    double last = log2(c->levels[c->level_count - 1].concurrency);
    text_add_string(out, "<path class=\"law\" d=\"");
    for (int i = 0; i <= LAW_STEPS; i++) {
        double n = exp2(first + (last - first) * i / LAW_STEPS);
        struct point at;
        if (!place(&at, p, n, usl_at(&c->usl, n))) {
            join = 'M';
            continue;
        }
        text_add_format(out, "%c%.1f %.1f", join, at.x, at.y);
        join = 'L';
    }
    text_add_string(out, "\"/>\n");
}

void bench_plot_knee(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     int row)
{
    const struct bench_level *l = bench_level_of(c, c->knee);
    struct point at;

    if (!l || c->level_count < 2 || !place(&at, p, l->concurrency, l->median.pages_per_second))
        return;
    text_add_format(out, "<circle class=\"knee\" cx=\"%.1f\" cy=\"%.1f\" r=\"7.5\"/>", at.x, at.y);
    if (row < 0)
        return;
    bool left = at.x > p->x + 0.7 * p->width;
    text_add_format(out,
                    "<path class=\"knee\" d=\"M%.1f %.1fV%.1f\"/>"
                    "<text class=\"label %s\" x=\"%.1f\" y=\"%.1f\">knee: ",
                    at.x, at.y + 8, p->y + p->height, left ? "e" : "s", at.x + (left ? -6 : 6),
                    p->y + p->height - 8 - 16 * row);
    add_count(out, c->knee);
    text_add_string(out, "</text>\n");
}

void bench_plot_name(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     bench_value *value, const char *name)
{
    const struct bench_level *last = &c->levels[c->level_count - 1];
    struct point at;

    if (c->level_count && place(&at, p, last->concurrency, value(&last->median)))
        text_add_format(out, "<text class=\"label s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", at.x + 8,
                        at.y + 4, name);
}
