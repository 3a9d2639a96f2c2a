/* With y = N / X the law is y = a + b (N - 1) + c N (N - 1), where lambda = 1 / a, sigma = b / a
 * and kappa = c / a. What is made least is the sum of ((y' - y) / y)^2, y' being the law's.
 *
 * b and c may not be negative. There are only four models: with both of them, with either, with
 * none; so all are fitted, and of those that are allowed the best one is taken. */
#include "cmd/usl.h"

#include <float.h>
#include <math.h>

#define TERMS 3

/* What a term must take off the mean square to be there: less is rounding. */
#define WORTH 1e-20

static double term(unsigned k, double n)
{
    return k == 0 ? 1 : k == 1 ? n - 1 : n * (n - 1);
}

/* Solves G x = h by Cholesky's method; G is positive definite with a diagonal of 1, or nearly
 * singular, and then this is false. */
static bool solve(unsigned size, double g[TERMS][TERMS], const double h[TERMS], double x[TERMS])
{
    for (unsigned i = 0; i < size; i++) {
        x[i] = h[i];
        for (unsigned j = 0; j < i; j++) {
            for (unsigned k = 0; k < j; k++)
                g[i][j] -= g[i][k] * g[j][k];
            g[i][j] /= g[j][j];
            g[i][i] -= g[i][j] * g[i][j];
            x[i] -= g[i][j] * x[j];
        }
        if (!(g[i][i] > 1e4 * DBL_EPSILON))
            return false;
        g[i][i] = sqrt(g[i][i]);
        x[i] /= g[i][i];
    }
    for (unsigned i = size; i-- > 0; x[i] /= g[i][i])
        for (unsigned j = i + 1; j < size; j++)
            x[i] -= g[j][i] * x[j];
    return true;
}

/* The best coefficients a, b, c, those that are not among the terms (bits) being 0. */
static bool fit_terms(double coefficients[TERMS], unsigned terms, const struct usl_point *points,
                      size_t count)
{
    unsigned chosen[TERMS], size = 0;
    double scale[TERMS], g[TERMS][TERMS] = {0}, h[TERMS] = {0}, x[TERMS];

    for (unsigned k = 0; k < TERMS; k++)
        if (terms & 1u << k)
            chosen[size++] = k;
    for (size_t p = 0; p < count; p++)
        for (unsigned i = 0; i < size; i++) {
            double column = term(chosen[i], points[p].n) * points[p].x / points[p].n;
            h[i] += column;
            for (unsigned j = 0; j <= i; j++)
                g[i][j] += column * term(chosen[j], points[p].n) * points[p].x / points[p].n;
        }
    for (unsigned i = 0; i < size; i++) { /* N (N - 1) is a million times 1 */
        scale[i] = sqrt(g[i][i]);
        if (!(scale[i] > 0 && isfinite(scale[i])))
            return false;
        h[i] /= scale[i];
        for (unsigned j = 0; j <= i; j++)
            g[i][j] /= scale[i] * scale[j];
    }
    if (!solve(size, g, h, x))
        return false;
    for (unsigned k = 0; k < TERMS; k++)
        coefficients[k] = 0;
    for (unsigned i = 0; i < size; i++)
        coefficients[chosen[i]] = x[i] / scale[i];
    return true;
}

/* The mean square of what the law is off by, relative. */
static double error_of(const struct usl *u, const struct usl_point *points, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double off = points[i].x / usl_at(u, points[i].n) - 1;
        sum += off * off;
    }
    return sum / (double)count;
}

static double r2_of(const struct usl *u, const struct usl_point *points, size_t count)
{
    double mean = 0, total = 0, left = 0;
    for (size_t i = 0; i < count; i++)
        mean += points[i].x / (double)count;
    for (size_t i = 0; i < count; i++) {
        double off = points[i].x - usl_at(u, points[i].n);
        left += off * off;
        total += (points[i].x - mean) * (points[i].x - mean);
    }
    /* Rates that are all the same are a law too: sigma is 1. */
    return total > WORTH * mean * mean * (double)count ? 1 - left / total : 1;
}

/* Whether all are above 0 and three n differ. */
static bool enough(const struct usl_point *points, size_t count)
{
    double different[3];
    unsigned found = 0;

    for (size_t i = 0; i < count; i++) {
        const struct usl_point *p = &points[i];
        if (!(p->n > 0 && p->x > 0 && isfinite(p->n) && isfinite(p->x)))
            return false;
        unsigned k = 0;
        while (k < found && different[k] != p->n)
            k++;
        if (k == found && found < 3)
            different[found++] = p->n;
    }
    return found == 3;
}

bool usl_fit(struct usl *out, const struct usl_point *points, size_t count)
{
    static const unsigned models[] = {1, 1 | 2, 1 | 4, 1 | 2 | 4}; /* simple ones first */
    double least = INFINITY, c[TERMS];

    if (!enough(points, count))
        return false;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        if (!fit_terms(c, models[m], points, count) || !(c[0] > 0) || c[1] < 0 || c[2] < 0)
            continue;
        struct usl u = {.lambda = 1 / c[0], .sigma = c[1] / c[0], .kappa = c[2] / c[0]};
        double error = error_of(&u, points, count);
        if (error + WORTH < least) {
            least = error;
            *out = u;
        }
    }
    if (!isfinite(least))
        return false;
    if (out->kappa > 0 && out->sigma < 1)
        out->peak = sqrt((1 - out->sigma) / out->kappa);
    out->r2 = r2_of(out, points, count);
    return true;
}

double usl_at(const struct usl *u, double n)
{
    return u->lambda * n / (1 + u->sigma * (n - 1) + u->kappa * n * (n - 1));
}
