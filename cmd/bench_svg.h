/* Between the parts of --svg of bench: one plot over the levels, and what is drawn in it. Lengths
 * are in the picture's units, y going down. */
#ifndef CMD_BENCH_SVG_H
#define CMD_BENCH_SVG_H

#include "cmd/bench_result.h"
#include "cmd/text.h"

/* A curve's look, by its place: its colour is a class, c0 to c6; with the marks each of 42 looks
 * different, and those after the seventh are dashed too. */
#define BENCH_SVG_COLOURS 7

/* The axis of x is logarithmic, and shows levels. */
struct bench_plot {
    double x, y, width, height;
    double first, last; /* of the levels: log2 */
    double least, most; /* of the values; of their log10 if */
    bool logarithmic;
};

/* What a line shows. */
typedef double bench_value(const struct bench_figures *f);

/* Sets the range of the levels, and of the values of those lines, up to round numbers. */
void bench_plot_fit(struct bench_plot *p, const struct bench_result *r, bench_value *const *values,
                    size_t count);

/* The grid, with the ticks' labels: the levels, and counts, or times where it is logarithmic. */
void bench_plot_axes(struct text *out, const struct bench_plot *p, const struct bench_result *r,
                     const char *title);

/* A curve's mark, alone. */
void bench_svg_mark(struct text *out, unsigned curve, double x, double y, const char *class);

/* The values of a curve's levels, joined, and as thin bars the range over the runs. What cannot be
 * drawn is left out. class: of the line and of the marks, behind "line " and "mark ". */
void bench_plot_line(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     unsigned curve, bench_value *value, const char *class);

/* The law that fits the curve. */
void bench_plot_law(struct text *out, const struct bench_plot *p, const struct bench_curve *c);

/* The curve's knee: a ring, and with a row (0, 1 ...; below 0: none) a line down to the axis with a
 * label at its foot, rows above one another. */
void bench_plot_knee(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     int row);

/* A name at the right end of a line. */
void bench_plot_name(struct text *out, const struct bench_plot *p, const struct bench_curve *c,
                     bench_value *value, const char *name);

#endif
