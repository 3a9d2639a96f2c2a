/* What is said around a benchmark's tables: where it was measured, what a curve comes to, what is
 * wrong with its figures, and how they are meant. */
#ifndef CMD_BENCH_NOTES_H
#define CMD_BENCH_NOTES_H

#include "cmd/bench_result.h"
#include "cmd/text.h"

#define BENCH_NOTES_WIDTH 100 /* columns; no line is longer */

void bench_notes_head(struct text *out, const struct bench_result *r);
void bench_notes_curve(struct text *out, const struct bench_curve *c);
void bench_notes_foot(struct text *out, const struct bench_result *r);

/* The least and the most pages a second of a level's runs; of its median where there are none. */
void bench_notes_range(const struct bench_level *l, double *least, double *most);

/* Fetches without an answer and answers 4xx and 5xx, in the run that has most of them. */
uint64_t bench_notes_errors(const struct bench_level *l);

/* Whether its times are better told in seconds than in milliseconds. */
bool bench_notes_slow(const struct bench_curve *c);

#endif
