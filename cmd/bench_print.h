/* The forms in which a benchmark is shown. Pure functions: they append to text. */
#ifndef CMD_BENCH_PRINT_H
#define CMD_BENCH_PRINT_H

#include "cmd/bench_result.h"
#include "cmd/text.h"

/* How the curves are drawn. */
enum bench_ink {
    BENCH_ASCII,
    BENCH_BRAILLE, /* UTF-8 */
};

/* For people: where it was measured, and of each curve a table of rates and cost, one of times, and
 * what is wrong with the figures (the server was the limit, Little's law is off, runs differ); then
 * how they are meant. ASCII but for what the site is called, 100 columns at most; no sentence. */
void bench_print_table(struct text *out, const struct bench_result *r);

/* Rates, and below them percentiles, over the levels on a logarithmic axis: p50, p90 and p99 of one
 * curve in one picture; of several p50 and p99 in two. In so many columns (no fewer than 40 are
 * used, no more than 120). Colours (SGR) only where asked for. */
void bench_print_chart(struct text *out, const struct bench_result *r, enum bench_ink ink,
                       size_t columns, bool colours);

/* The document of --json, of cmd/bench.schema.json. */
void bench_print_json(struct text *out, const struct bench_result *r);

/* A header and a row a level, RFC 4180. */
void bench_print_csv(struct text *out, const struct bench_result *r);

/* A picture that stands alone: no script, no reference to elsewhere, fit for a browser in light and
 * dark, and for a README. */
void bench_print_svg(struct text *out, const struct bench_result *r);

#endif
