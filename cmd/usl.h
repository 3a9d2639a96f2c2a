/* The Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007):
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * where lambda is the rate of one, sigma the contention (what goes one after another), kappa the
 * coherency (what each costs every other). Pure functions. */
#ifndef CMD_USL_H
#define CMD_USL_H

#include <stdbool.h>
#include <stddef.h>

struct usl_point {
    double n, x; /* in flight, and the rate then; both above 0 */
};

struct usl {
    double lambda, sigma, kappa; /* none below 0 */
    double peak;                 /* sqrt((1 - sigma) / kappa); 0: it has none */
    double r2;                   /* of the rates: 1 is a perfect fit */
};

/* Fits it to the points by least squares of N / X, which is linear in three unknowns; relative
 * ones, so that no level counts for more than another. What would be below 0 is left out of the
 * model. False: there are fewer than three different n, or no such fit. */
bool usl_fit(struct usl *out, const struct usl_point *points, size_t count);

double usl_at(const struct usl *u, double n);

#endif
