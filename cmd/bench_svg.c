/* --svg of bench: rates on the left, latencies on the right, a table of the curves and what was
 * measured on what below. It stands alone: no script, no id, no reference; fonts are whatever there
 * is. Where a program knows no media queries, it is a light picture. */
#include "cmd/bench_svg.h"

#include "cmd/bench_facts.h"
#include "cmd/bench_print.h"
#include "cmd/quantity.h"
#include "parse/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 960
#define LEFT 72
#define TOP 116
#define PLOT_WIDTH 372
#define PLOT_HEIGHT 290
#define RIGHT 540                       /* where the second plot begins */
#define TABLE (TOP + PLOT_HEIGHT + 116) /* the first curve's row */
#define ROW 21
#define MARGIN 24
#define MOST_SITE 118 /* characters of the site, and */
#define MOST_NOTE 150 /* of a smaller line of facts */
#define FEW 4         /* curves, each with its law and its knee's label */

/* Colours are told apart by people who see few, and on both grounds; marks differ too. */
static const char style[] =
    "<style>\n"
    "svg{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',Arial,"
    "sans-serif;font-variant-numeric:tabular-nums}\n"
    ".ground{fill:#fff;stroke:#d8dade}text{fill:#1c1e21}.title{font-size:18px;font-weight:600}"
    ".sub,.tick,.note{fill:#5b6068}.note{font-size:11px}.head{font-size:13px;font-weight:600}\n"
    ".warn{fill:#b3261e;font-weight:600}.m{text-anchor:middle}.e{text-anchor:end}\n"
    ".grid{stroke:#e7e8eb}.axis{stroke:#8a8f98}.grid,.axis{fill:none}\n"
    ".line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}"
    ".mark{fill:currentColor;stroke:#fff}.more{stroke-dasharray:9 3}\n"
    ".thin{stroke-width:1.3}.mark.hollow{fill:#fff;stroke:currentColor;stroke-width:1.4}\n"
    ".range{fill:none;stroke:currentColor;stroke-width:1;opacity:.75}\n"
    ".law{fill:none;stroke:#1c1e21;stroke-width:1;stroke-dasharray:4 4}\n"
    ".knee{fill:none;stroke:currentColor;stroke-width:1.3}path.knee{stroke-dasharray:1.5 3}\n"
    ".label{fill:currentColor;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4px;"
    "stroke-linejoin:round}\n"
    ".c0{color:#0b62a8}.c1{color:#c04a06}.c2{color:#0a7a58}.c3{color:#9b3d83}.c4{color:#86600a}"
    ".c5{color:#22809c}.c6{color:#55585f}\n"
    "@media(prefers-color-scheme:dark){.ground{fill:#0f1216;stroke:#30353c}text{fill:#e6e8eb}"
    ".sub,.tick,.note{fill:#9aa1ab}.warn{fill:#ff8b80}.grid{stroke:#23282e}.axis{stroke:#6b727c}\n"
    ".law{stroke:#e6e8eb}.mark{stroke:#0f1216}.mark.hollow{fill:#0f1216}.label{fill:currentColor;"
    "stroke:#0f1216}"
    ".c0{color:#62aeea}.c1{color:#ff9257}.c2{color:#41cc9d}.c3{color:#e493ca}.c4{color:#e5bd49}"
    ".c5{color:#7ed3ea}.c6{color:#b4b8be}}\n"
    "</style>\n";

static double rate(const struct bench_figures *f)
{
    return f->pages_per_second;
}

static double of_times(const struct bench_figures *f, double value)
{
    return f->latency.there ? value : NAN;
}

static double p50(const struct bench_figures *f)
{
    return of_times(f, f->latency.p50);
}

static double p90(const struct bench_figures *f)
{
    return of_times(f, f->latency.p90);
}

static double p99(const struct bench_figures *f)
{
    return of_times(f, f->latency.p99);
}

static double p999(const struct bench_figures *f)
{
    return of_times(f, f->latency.p999);
}

/* --- text --- */

/* As markup, and no more than so many characters. */
static void add_cut(struct text *out, const char *data, size_t length, size_t most)
{
    const unsigned char *s = (const unsigned char *)data, *end = s + length;
    uint32_t c;

    for (size_t i = 0; i < most && s < end; i++)
        s += utf8_decode(s, end, &c);
    text_add_markup(out, data, (size_t)((const char *)s - data));
    text_add_string(out, s < end ? "…" : "");
}

static void add_line(struct text *out, const char *class, double y, const struct text *line,
                     size_t most)
{
    text_add_format(out, "<text class=\"%s\" x=\"%d\" y=\"%.1f\">", class, MARGIN, y);
    add_cut(out, line->data, line->length, most);
    text_add_string(out, "</text>\n");
}

static void add_number(struct text *out, double n)
{
    char number[QUANTITY_SIZE];

    quantity_figure(number, n);
    text_add_string(out, number);
}

static void add_name(struct text *out, const struct bench_curve *c)
{
    text_add_format(out, "%s on %s", c->model, c->selector);
}

/* --- the parts, from above --- */

static void add_description(struct text *out, const struct bench_result *r)
{
    text_add_string(out, "<title>Pages a second and latency by fetches in flight</title>\n<desc>");
    for (unsigned i = 0; i < r->curve_count; i++) {
        const struct bench_level *knee = bench_level_of(&r->curves[i], r->curves[i].knee);
        add_name(out, &r->curves[i]);
        if (knee && isfinite(rate(&knee->median))) {
            text_add_format(out, ": knee at %u in flight, ", knee->concurrency);
            add_number(out, rate(&knee->median));
            text_add_string(out, " pages a second");
        }
        text_add_string(out, i + 1 < r->curve_count ? "; " : "");
    }
    text_add_string(out, "</desc>\n");
}

static void add_title(struct text *out, const struct bench_result *r)
{
    struct text line = {0};

    text_add_format(out,
                    "<text class=\"title\" x=\"%d\" y=\"38\">skitter bench: throughput and latency"
                    " by fetches in flight</text>\n",
                    MARGIN);
    text_add_format(out, "<text class=\"sub e\" x=\"%d\" y=\"38\">", WIDTH - MARGIN);
    text_add_markup(out, r->machine.date, strlen(r->machine.date));
    text_add_string(out, "</text>\n");
    bench_facts_site(&line, &r->site);
    add_line(out, "sub", 60, &line, MOST_SITE);
    text_deinit(&line);
}

static void open_curve(struct text *out, unsigned curve)
{
    text_add_format(out, "<g class=\"c%u\">\n", curve % BENCH_SVG_COLOURS);
}

static const char *dashes(unsigned curve)
{
    return curve < BENCH_SVG_COLOURS ? "" : "more";
}

/* So many curves that all that is known of each can be drawn. */
static bool are_few(const struct bench_result *r)
{
    return r->curve_count <= FEW;
}

/* Whether a law is drawn. */
static bool has_laws(const struct bench_result *r)
{
    bool any = false;

    for (unsigned i = 0; i < r->curve_count; i++)
        any = any || (r->curves[i].fits && r->curves[i].level_count > 1);
    return any && are_few(r);
}

static void add_rates(struct text *out, const struct bench_result *r)
{
    struct bench_plot p = {.x = LEFT, .y = TOP, .width = PLOT_WIDTH, .height = PLOT_HEIGHT};

    bench_plot_fit(&p, r, (bench_value *[]){rate}, 1);
    bench_plot_axes(out, &p, r, "pages/s");
    for (unsigned i = 0; i < r->curve_count; i++) {
        const struct bench_curve *c = &r->curves[i];
        open_curve(out, i);
        bench_plot_line(out, &p, c, i, rate, dashes(i));
        if (are_few(r))
            bench_plot_law(out, &p, c);
        bench_plot_knee(out, &p, c, are_few(r) ? (int)i : -1);
        text_add_string(out, "</g>\n");
    }
}

/* Of one curve, more of it; of several, what can still be read. */
static void add_latencies(struct text *out, const struct bench_result *r)
{
    bool one = r->curve_count == 1;
    struct bench_plot p = {.x = RIGHT,
                           .y = TOP,
                           .width = PLOT_WIDTH - (one ? 24 : 0), /* for names */
                           .height = PLOT_HEIGHT,
                           .logarithmic = true};

    bench_plot_fit(&p, r, (bench_value *[]){p50, p99, p90, p999}, one ? 4 : 2);
    bench_plot_axes(out, &p, r,
                    one ? "latency" : "latency: p50 (filled marks) and p99 (hollow marks)");
    for (unsigned i = 0; i < r->curve_count; i++) {
        const struct bench_curve *c = &r->curves[i];
        open_curve(out, i);
        if (one) {
            bench_plot_line(out, &p, c, i, p999, "thin hollow");
            bench_plot_line(out, &p, c, i, p90, "");
            bench_plot_name(out, &p, c, p50, "p50");
            bench_plot_name(out, &p, c, p90, "p90");
            bench_plot_name(out, &p, c, p99, "p99");
            bench_plot_name(out, &p, c, p999, "p99.9");
        }
        bench_plot_line(out, &p, c, i, p99, "thin hollow");
        bench_plot_line(out, &p, c, i, p50, dashes(i));
        text_add_string(out, "</g>\n");
    }
}

/* --- the table --- */

static const struct column {
    const char *head;
    int x; /* its right edge */
} columns[] = {
    {"knee", 230},           {"pages/s", 316}, {"p50", 392}, {"p99", 468},  {"CPU a page", 560},
    {"memory a fetch", 672}, {"σ", 738},       {"κ", 810},   {"peak", 868}, {"R²", WIDTH - MARGIN},
};

/* Above some of them. */
static const struct {
    const char *head;
    int first, last; /* left and right edge */
} groups[] = {{"at the knee", 260, 560}, {"scalability law", 690, WIDTH - MARGIN}};

enum {
    COLUMN_COUNT = sizeof columns / sizeof *columns,
    GROUP_COUNT = sizeof groups / sizeof *groups
};

static void add_cell(struct text *out, size_t column, double y, const char *class)
{
    text_add_format(out, "<text class=\"%se\" x=\"%d\" y=\"%.1f\">", class, columns[column].x, y);
}

/* A figure with its unit; nothing where it is not known. */
static void add_figure(struct text *out, size_t column, double y, double n, double unit,
                       const char *name)
{
    if (!isfinite(n) || n <= 0)
        return;
    add_cell(out, column, y, "");
    add_number(out, n / unit);
    text_add_format(out, "%s</text>\n", name);
}

static void add_time(struct text *out, size_t column, double y, double s)
{
    if (s >= 0.9995)
        add_figure(out, column, y, s, 1, " s");
    else if (s >= 0.9995e-3)
        add_figure(out, column, y, s, 1e-3, " ms");
    else
        add_figure(out, column, y, s, 1e-6, " µs");
}

static void add_coefficient(struct text *out, size_t column, double y, double n, int digits)
{
    if (!isfinite(n))
        return;
    add_cell(out, column, y, "");
    text_add_format(out, "%.*g</text>\n", digits, n);
}

static void add_row(struct text *out, const struct bench_curve *c, unsigned curve, double y)
{
    const struct bench_level *l = bench_level_of(c, c->knee);
    char count[QUANTITY_SIZE];

    open_curve(out, curve);
    text_add_format(out, "<path class=\"line %s\" d=\"M%d %.1fh26\"/>", dashes(curve), MARGIN,
                    y - 4);
    bench_svg_mark(out, curve, MARGIN + 13, y - 4, "");
    text_add_format(out, "</g>\n<text x=\"%d\" y=\"%.1f\">", MARGIN + 34, y);
    add_name(out, c);
    text_add_string(out, "</text>\n");
    if (l) {
        add_cell(out, 0, y, "");
        quantity_count(count, l->concurrency);
        text_add_format(out, "%s</text>\n", count);
        add_figure(out, 1, y, rate(&l->median), 1, "");
        add_time(out, 2, y, p50(&l->median));
        add_time(out, 3, y, p99(&l->median));
        add_figure(out, 4, y, l->median.user_us + l->median.system_us, 1, " µs");
    }
    if (c->level_count)
        add_figure(out, 5, y, c->levels[c->level_count - 1].memory_each, 1e3, " KB");
    if (c->fits) {
        add_coefficient(out, 6, y, c->usl.sigma, 3);
        add_coefficient(out, 7, y, c->usl.kappa, 3);
        add_figure(out, 8, y, c->usl.peak, 1, "");
        add_coefficient(out, 9, y, c->usl.r2, 4);
    }
}

static void add_table(struct text *out, const struct bench_result *r)
{
    for (size_t i = 0; i < GROUP_COUNT; i++)
        text_add_format(out,
                        "<text class=\"sub m\" x=\"%.1f\" y=\"%d\">%s</text>"
                        "<path class=\"grid\" d=\"M%d %d.5H%d\"/>\n",
                        (groups[i].first + groups[i].last) / 2.0, TABLE - 2 * ROW - 2,
                        groups[i].head, groups[i].first, TABLE - 2 * ROW + 3, groups[i].last);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        add_cell(out, i, TABLE - ROW, "sub ");
        text_add_format(out, "%s</text>\n", columns[i].head);
    }
    text_add_format(out, "<path class=\"grid\" d=\"M%d %d.5H%d\"/>\n", MARGIN, TABLE - ROW + 6,
                    WIDTH - MARGIN);
    for (unsigned i = 0; i < r->curve_count; i++)
        add_row(out, &r->curves[i], i, TABLE + ROW * (double)i);
}

/* --- small print --- */

static void add_notes(struct text *out, const struct bench_result *r, double y)
{
    struct text line = {0};

    text_add_format(&line,
                    "Marks: medians of %u run%s, with their range. %sKnee: the least number in "
                    "flight within 5 %% of the best rate.",
                    r->repeat, r->repeat == 1 ? "" : "s",
                    has_laws(r) ? "Dashed: Universal Scalability Law. " : "");
    add_line(out, "note", y, &line, MOST_NOTE);
    line.length = 0;
    text_add_string(&line, "Latencies are service times of a closed loop: of a fetch, while so "
                           "many are in flight.");
    add_line(out, "note", y + 16, &line, MOST_NOTE);
    line.length = 0;
    bench_facts_machine(&line, &r->machine);
    add_line(out, "note", y + 32, &line, MOST_NOTE);
    line.length = 0;
    bench_facts_software(&line, &r->machine);
    add_line(out, "note", y + 48, &line, MOST_NOTE);
    text_deinit(&line);
    if (!r->same_urls)
        text_add_format(out,
                        "<text class=\"warn\" x=\"%d\" y=\"80\">The crawls found different URLs: "
                        "these figures cannot be compared.</text>\n",
                        MARGIN);
}

void bench_print_svg(struct text *out, const struct bench_result *r)
{
    int notes = TABLE + ROW * (int)r->curve_count + 14, height = notes + 48 + MARGIN;

    text_add_format(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" "
                    "height=\"%d\" viewBox=\"0 0 %d %d\">\n",
                    WIDTH, height, WIDTH, height);
    add_description(out, r);
    text_add_string(out, style);
    text_add_format(out,
                    "<rect class=\"ground\" x=\".5\" y=\".5\" width=\"%d\" height=\"%d\" "
                    "rx=\"6\"/>\n",
                    WIDTH - 1, height - 1);
    add_title(out, r);
    add_rates(out, r);
    add_latencies(out, r);
    add_table(out, r);
    add_notes(out, r, notes);
    text_add_string(out, "</svg>\n");
}
