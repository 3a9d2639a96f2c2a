/* Round numbers beside a picture: cmd/axis.c. */
#include "cmd/axis.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The labels from below, with a blank between two. */
static void expect_labels(const struct axis *a, const char *expected)
{
    char labels[AXIS_TICKS * (QUANTITY_SIZE + 1) + 1] = "";

    for (size_t i = 0; i < a->tick_count; i++) {
        strcat(labels, i ? ", " : "");
        strcat(labels, a->ticks[i].label);
    }
    cr_expect_str_eq(labels, expected, "%s instead of %s", labels, expected);
}

Test(axis, counts_to_a_round_number)
{
    static const struct {
        double most;
        const char *labels;
    } rows[] = {
        {17499, "0, 5,000, 10,000, 15,000, 20,000"},
        {20000, "0, 5,000, 10,000, 15,000, 20,000"},
        {20001, "0, 5,000, 10,000, 15,000, 20,000, 25,000"},
        {100, "0, 20, 40, 60, 80, 100"},
        {5, "0, 1, 2, 3, 4, 5"},
        {0.31, "0.0, 0.1, 0.2, 0.3, 0.4"},
        {0.05, "0.00, 0.01, 0.02, 0.03, 0.04, 0.05"},
        {1e7, "0, 2M, 4M, 6M, 8M, 10M"},
        {0, "0.0, 0.2, 0.4, 0.6, 0.8, 1.0"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct axis a;
        axis_linear(&a, rows[i].most, 17);
        expect_labels(&a, rows[i].labels);
    }
}

Test(axis, names_times_by_decades_or_by_1_2_5)
{
    static const struct {
        double least, most;
        const char *labels;
    } rows[] = {
        {146e-6, 0.323, "100 us, 1 ms, 10 ms, 100 ms, 1 s"},
        {1e-4, 1e-1, "100 us, 1 ms, 10 ms, 100 ms"},
        {0.045, 0.11, "20 ms, 50 ms, 100 ms, 200 ms"},
        {0.05, 0.05, "50 ms, 100 ms"},
        {1, 1, "1 s, 2 s"},
        {0.1, 10, "100 ms, 200 ms, 500 ms, 1 s, 2 s, 5 s, 10 s"},
        {1e-9, 1, "1 ns, 100 ns, 10 us, 1 ms, 100 ms, 10 s"},
        {INFINITY, 0, "1 ms, 2 ms"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct axis a;
        axis_logarithmic(&a, rows[i].least, rows[i].most, 13);
        expect_labels(&a, rows[i].labels);
    }
}

Test(axis, holds_all_from_the_least_to_the_most)
{
    for (double least = 1.1e-9; least < 1e14; least *= 3.7) {
        for (double most = least; most < 1e15; most *= 2.9) {
            struct axis a;
            axis_logarithmic(&a, least, most, 13);
            cr_assert_geq(axis_at(&a, least), -1e-6, "%g .. %g", least, most);
            cr_assert_leq(axis_at(&a, most), 1 + 1e-6, "%g .. %g", least, most);
            cr_assert(a.tick_count >= 2 && a.tick_count <= AXIS_TICKS, "%zu", a.tick_count);
            axis_linear(&a, most, 17);
            cr_assert_leq(axis_at(&a, most), 1 + 1e-6, "%g", most);
            cr_assert_gt(axis_at(&a, most), 0.5, "%g", most);
            cr_assert(a.tick_count >= 2 && a.tick_count <= AXIS_TICKS, "%zu", a.tick_count);
        }
    }
}

Test(axis, has_no_place_for_what_is_no_figure)
{
    static const double absurd[] = {NAN, INFINITY, -INFINITY, -1, 1e15};
    struct axis linear, logarithmic;

    axis_linear(&linear, 10, 17);
    axis_logarithmic(&logarithmic, 1, 10, 13);
    for (size_t i = 0; i < COUNT(absurd); i++) {
        cr_expect(isnan(axis_at(&linear, absurd[i])), "%g", absurd[i]);
        cr_expect(isnan(axis_at(&logarithmic, absurd[i])), "%g", absurd[i]);
    }
    cr_expect_eq(axis_at(&linear, 0), 0);
    cr_expect(isnan(axis_at(&logarithmic, 0)));
}

Test(axis, has_as_many_rows_between_any_two_ticks)
{
    for (double most = 0.1; most < 1e9; most *= 1.7) {
        struct axis a;
        axis_linear(&a, most, 17);
        cr_expect_eq((a.rows - 1) % (a.tick_count - 1), 0, "%g", most);
        cr_expect(a.rows > 10 && a.rows <= 17, "%g: %zu", most, a.rows);
    }
}
