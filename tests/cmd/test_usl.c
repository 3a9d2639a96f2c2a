/* cmd/usl.c: the law is found in what follows it, and in what nearly does. */
#include "cmd/usl.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LEVELS 11 /* 1, 2, 4 ... 1024 */

static bool near(double value, double wanted, double tolerance)
{
    return fabs(value - wanted) <= tolerance * fabs(wanted);
}

static void points_of(struct usl_point points[LEVELS], const struct usl *law)
{
    for (unsigned i = 0; i < LEVELS; i++) {
        points[i].n = 1u << i;
        points[i].x = usl_at(law, points[i].n);
    }
}

/* -1 .. 1, the same ones each time. */
static double noise(void)
{
    static uint32_t x = 1;
    x = x * 1664525 + 1013904223;
    return (double)x / 0x1p31 - 1;
}

static const struct usl laws[] = {
    {.lambda = 1000, .sigma = 0.05, .kappa = 0.0001},
    {.lambda = 20, .sigma = 0.0001, .kappa = 1e-7}, /* 50 ms */
    {.lambda = 995.6486, .sigma = 0.02671591, .kappa = 0.0007690945},
    {.lambda = 20000, .sigma = 0.9, .kappa = 1e-6},
    {.lambda = 1e-3, .sigma = 0.01, .kappa = 0},
    {.lambda = 1e9, .sigma = 0, .kappa = 0.001},
    {.lambda = 7, .sigma = 0, .kappa = 0},
    {.lambda = 5000, .sigma = 1.5, .kappa = 0.01}, /* slower from the second on */
};

Test(usl, a_law_is_found_again_in_its_own_rates)
{
    for (size_t i = 0; i < COUNT(laws); i++) {
        struct usl_point points[LEVELS];
        struct usl u;
        points_of(points, &laws[i]);
        cr_assert(usl_fit(&u, points, LEVELS));
        cr_assert(near(u.lambda, laws[i].lambda, 1e-8), "%zu: lambda %.17g", i, u.lambda);
        cr_assert(near(u.sigma, laws[i].sigma, 1e-6), "%zu: sigma %.17g", i, u.sigma);
        cr_assert(near(u.kappa, laws[i].kappa, 1e-6), "%zu: kappa %.17g", i, u.kappa);
        cr_assert_gt(u.r2, 1 - 1e-9);
    }
}

Test(usl, three_levels_are_enough)
{
    struct usl_point points[LEVELS];
    struct usl u;
    points_of(points, &laws[0]);
    cr_assert(usl_fit(&u, points, 3));
    cr_assert(near(u.sigma, 0.05, 1e-6));
    cr_assert(near(u.kappa, 0.0001, 1e-6), "%.17g", u.kappa);
}

Test(usl, fewer_than_three_different_levels_are_not)
{
    static const struct usl_point points[] = {{1, 10}, {2, 19}, {1, 11}, {2, 18}, {2, 20}};
    struct usl u;
    for (size_t count = 0; count <= COUNT(points); count++)
        cr_assert(!usl_fit(&u, points, count), "%zu", count);
}

Test(usl, levels_that_are_there_twice_count_twice_and_do_no_harm)
{
    struct usl_point points[3 * LEVELS];
    struct usl u;
    for (unsigned i = 0; i < 3; i++)
        points_of(points + i * LEVELS, &laws[0]);
    cr_assert(usl_fit(&u, points, COUNT(points)));
    cr_assert(near(u.sigma, laws[0].sigma, 1e-6));
    cr_assert(near(u.kappa, laws[0].kappa, 1e-6));
}

Test(usl, levels_that_hardly_differ_are_no_trouble)
{
    static const struct usl_point points[] = {{1000, 500}, {1000 + 1e-12, 501}, {1000 + 1e-9, 502}};
    struct usl u;
    if (usl_fit(&u, points, COUNT(points))) {
        cr_assert(u.lambda > 0 && isfinite(u.lambda));
        cr_assert(u.sigma >= 0 && u.kappa >= 0 && isfinite(u.r2));
    }
}

Test(usl, rates_that_are_nothing_or_no_numbers_have_no_law)
{
    static const double wrong[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct usl_point points[] = {{1, 10}, {2, 19}, {3, 27}, {4, wrong[i]}};
        struct usl u;
        cr_assert(!usl_fit(&u, points, COUNT(points)), "x = %g", wrong[i]);
        points[3] = (struct usl_point){wrong[i], 30};
        cr_assert(!usl_fit(&u, points, COUNT(points)), "n = %g", wrong[i]);
    }
}

Test(usl, rates_that_grow_with_the_level_have_neither_contention_nor_coherency)
{
    static const struct usl_point points[] = {{1, 20}, {4, 80}, {16, 320}, {64, 1280}};
    struct usl u;
    cr_assert(usl_fit(&u, points, COUNT(points)));
    cr_assert(near(u.lambda, 20, 1e-12));
    cr_assert_eq(u.sigma, 0);
    cr_assert_eq(u.kappa, 0);
    cr_assert_eq(u.peak, 0);
    cr_assert_eq(u.r2, 1);
}

Test(usl, rates_that_grow_faster_than_the_level_have_neither_too)
{
    static const struct usl_point points[] = {{1, 10}, {2, 25}, {4, 60}, {8, 150}};
    struct usl u;
    cr_assert(usl_fit(&u, points, COUNT(points)));
    cr_assert_eq(u.sigma, 0);
    cr_assert_eq(u.kappa, 0);
    cr_assert_lt(u.r2, 1);
}

Test(usl, what_would_be_negative_is_left_out_and_the_rest_fitted_again)
{
    /* Of y = N / X = 1 - 0.001 (N - 1) + 0.01 N (N - 1), and of 1 + 0.1 (N - 1) - 0.001 N (N - 1)
     */
    struct usl_point no_sigma[8], no_kappa[8];
    struct usl u;
    for (unsigned i = 0; i < 8; i++) {
        double n = i + 1;
        no_sigma[i] = (struct usl_point){n, n / (1 - 0.001 * (n - 1) + 0.01 * n * (n - 1))};
        no_kappa[i] = (struct usl_point){n, n / (1 + 0.1 * (n - 1) - 0.001 * n * (n - 1))};
    }
    cr_assert(usl_fit(&u, no_sigma, 8));
    cr_assert_eq(u.sigma, 0);
    cr_assert(near(u.kappa, 0.01, 0.05), "%g", u.kappa);
    cr_assert(usl_fit(&u, no_kappa, 8));
    cr_assert_eq(u.kappa, 0);
    cr_assert_eq(u.peak, 0);
    cr_assert(near(u.sigma, 0.1, 0.1), "%g", u.sigma);
}

Test(usl, no_law_nearby_fits_better)
{
    struct usl_point points[LEVELS];
    struct usl u;
    points_of(points, &laws[0]);
    for (unsigned i = 0; i < LEVELS; i++)
        points[i].x *= 1 + 0.1 * noise();
    cr_assert(usl_fit(&u, points, LEVELS));
    for (int k = -1; k < 6; k++) {
        struct usl other = u;
        double *part[] = {&other.lambda, &other.sigma, &other.kappa}, sum = 0;
        if (k >= 0)
            *part[k / 2] *= k % 2 ? 1.001 : 0.999;
        for (unsigned i = 0; i < LEVELS; i++)
            sum += pow(points[i].x / usl_at(&other, points[i].n) - 1, 2);
        static double least;
        if (k < 0)
            least = sum;
        cr_assert_geq(sum, least, "%d", k);
    }
}

Test(usl, noise_moves_it_by_little)
{
    for (unsigned round = 0; round < 200; round++) {
        struct usl_point points[LEVELS];
        struct usl u;
        points_of(points, &laws[0]);
        for (unsigned i = 0; i < LEVELS; i++)
            points[i].x *= 1 + 0.02 * noise();
        cr_assert(usl_fit(&u, points, LEVELS));
        cr_assert(near(u.lambda, laws[0].lambda, 0.05), "lambda %g", u.lambda);
        cr_assert(near(u.sigma, laws[0].sigma, 0.15), "sigma %g", u.sigma);
        cr_assert(near(u.kappa, laws[0].kappa, 0.1), "kappa %g", u.kappa);
        cr_assert_gt(u.r2, 0.98);
    }
}

Test(usl, the_peak_is_where_the_rate_is_highest)
{
    struct usl_point points[LEVELS];
    struct usl u;
    points_of(points, &laws[0]);
    cr_assert(usl_fit(&u, points, LEVELS));
    cr_assert(near(u.peak, sqrt(0.95 / 0.0001), 1e-6));
    cr_assert_gt(usl_at(&u, u.peak), usl_at(&u, u.peak * 0.99));
    cr_assert_gt(usl_at(&u, u.peak), usl_at(&u, u.peak * 1.01));
}

Test(usl, what_only_falls_has_no_peak)
{
    struct usl_point points[LEVELS];
    struct usl u;
    points_of(points, &laws[7]);
    cr_assert(usl_fit(&u, points, LEVELS));
    cr_assert_eq(u.peak, 0);
}

Test(usl, a_rate_that_never_changes_is_all_contention)
{
    static const struct usl_point points[] = {{1, 300.1}, {2, 300.1}, {4, 300.1}, {8, 300.1}};
    struct usl u;
    cr_assert(usl_fit(&u, points, COUNT(points)));
    cr_assert(near(u.sigma, 1, 1e-9));
    cr_assert_lt(u.kappa, 1e-9);
    cr_assert_eq(u.r2, 1);
}

/* Queries a second of a Cisco server with MySQL at 1, 2 ... 32 threads: Schwartz, Practical
 * Scalability Analysis with the Universal Scalability Law, 2015. The book fits by least squares of
 * X itself, and finds lambda = 995.6486, sigma = 0.02671591, kappa = 0.0007690945, R2 = 0.9972. */
static const double book_rates[] = {
    955.16,   1878.91,  2688.01,  3548.68,  4315.54,  5130.43,  5931.37,  6531.08,
    7219.80,  7867.61,  8278.71,  8646.70,  9047.84,  9426.55,  9645.37,  9897.24,
    10097.60, 10240.50, 10532.39, 10798.52, 11151.43, 11518.63, 11806.00, 12089.37,
    12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.40, 12074.39,
};
static const struct usl book = {.lambda = 995.6486, .sigma = 0.02671591, .kappa = 0.0007690945};

static struct usl fit_book(void)
{
    struct usl_point points[COUNT(book_rates)];
    struct usl u;
    for (unsigned i = 0; i < COUNT(book_rates); i++)
        points[i] = (struct usl_point){i + 1, book_rates[i]};
    cr_assert(usl_fit(&u, points, COUNT(book_rates)));
    return u;
}

/* What rational arithmetic makes of the normal equations. */
Test(usl, a_worked_example_comes_out_to_the_last_digits)
{
    struct usl u = fit_book();
    cr_assert(near(u.lambda, 960.0482264913807, 1e-11), "%.16g", u.lambda);
    cr_assert(near(u.sigma, 0.02028038385655214, 1e-10), "%.16g", u.sigma);
    cr_assert(near(u.kappa, 0.0008958214418763373, 1e-10), "%.16g", u.kappa);
    cr_assert(near(u.peak, 33.070455381202194, 1e-10), "%.16g", u.peak);
    cr_assert(near(u.r2, 0.9969107469487991, 1e-11), "%.16g", u.r2);
}

Test(usl, it_is_close_to_the_book_s_law)
{
    struct usl u = fit_book();
    cr_assert(near(u.r2, 0.9972, 0.0005));
    for (unsigned n = 1; n <= COUNT(book_rates); n++)
        cr_assert(near(usl_at(&u, n), usl_at(&book, n), 0.04), "%u: %g, %g", n, usl_at(&u, n),
                  usl_at(&book, n));
}

Test(usl, it_is_closer_than_the_book_s_law_in_relative_terms_and_further_off_in_absolute_ones)
{
    struct usl u = fit_book();
    double relative = 0, absolute = 0;
    for (unsigned i = 0; i < COUNT(book_rates); i++) {
        double ours = usl_at(&u, i + 1), theirs = usl_at(&book, i + 1), x = book_rates[i];
        relative += pow(x / ours - 1, 2) - pow(x / theirs - 1, 2);
        absolute += pow(x - ours, 2) - pow(x - theirs, 2);
    }
    cr_assert_lt(relative, 0);
    cr_assert_gt(absolute, 0);
}
