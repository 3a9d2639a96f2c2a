/* bench --compare OLD.json [--tolerance 10%]: whether it is slower than it was. */
#ifndef CMD_BENCH_COMPARE_H
#define CMD_BENCH_COMPARE_H

#include "cmd/bench_result.h"

struct bench_old;

/* Reads what bench_print_json wrote, before anything is measured. Returns 0, having said nothing,
 * or 2, having said in one line what is wrong with it. */
int bench_old_read(struct bench_old **out, const char *path);
void bench_old_free(struct bench_old *o);

/* Says on standard error, a line each, at which levels (of the same model and selector) the rate is
 * lower, or the CPU a page higher, by more than the tolerance (0.1), and what of the two documents
 * cannot be compared (other machine, other site, levels that only one has). Returns 0; 4: it is
 * slower; 2: there is nothing that both have. */
int bench_old_compare(const struct bench_old *o, const struct bench_result *r, double tolerance);

#endif
