/* crawler/histogram.c: what is read is right to 1 / HISTOGRAM_PARTS. */
#include "crawler/histogram.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RANGE (INT64_C(1) << 43)

static struct histogram h;

static void empty(void)
{
    memset(&h, 0, sizeof h);
}

TestSuite(histogram, .init = empty);

static void add_all(const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        histogram_add(&h, values[i]);
}

#define ADD(...) \
    add_all((const int64_t[]){__VA_ARGS__}, sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252;
    x ^= x << 13;
    x ^= x >> 7;
    return x ^= x << 17;
}

/* The one value that is in the histogram with a larger one, as it is read. */
static int64_t read_alone(int64_t value)
{
    empty();
    ADD(value, INT64_MAX);
    return histogram_quantile(&h, 0.5);
}

static void assert_close(int64_t read, int64_t value)
{
    cr_assert(read >= value && read - value <= value / HISTOGRAM_PARTS,
              "%" PRId64 " is read as %" PRId64, value, read);
}

Test(histogram, has_no_figures_when_it_is_empty)
{
    cr_assert_eq(histogram_quantile(&h, 0.5), 0);
    cr_assert_eq(histogram_quantile(&h, 1), 0);
    cr_assert_eq(histogram_mean(&h), 0);
}

Test(histogram, a_single_value_is_every_quantile_of_it_exactly)
{
    ADD(123456789);
    static const double shares[] = {0, 0.001, 0.5, 0.999, 1};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        cr_assert_eq(histogram_quantile(&h, shares[i]), 123456789, "%g", shares[i]);
    cr_assert_eq(histogram_mean(&h), 123456789);
    cr_assert_eq(h.count, 1);
}

Test(histogram, small_values_are_exact)
{
    for (int64_t value = 0; value < 2 * HISTOGRAM_PARTS; value++)
        cr_assert_eq(read_alone(value), value, "%" PRId64, value);
}

Test(histogram, no_value_is_read_as_less_than_it_is_nor_as_more_by_over_a_64th)
{
    for (int64_t value = 0; value < 100000; value++)
        assert_close(read_alone(value), value);
    for (unsigned bits = 17; bits <= 43; bits++) {
        int64_t power = INT64_C(1) << bits;
        for (int64_t value = power - 3; value < power + 3 && value < RANGE; value++)
            assert_close(read_alone(value), value);
        for (unsigned i = 0; i < 500; i++) {
            int64_t value = (int64_t)(next_random() % (uint64_t)power);
            assert_close(read_alone(value), value);
        }
    }
}

Test(histogram, every_bucket_is_used_and_their_order_is_that_of_the_values)
{
    int64_t before = -1;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        empty();
        h.buckets[i] = 1; /* of two, and the other is larger */
        h.count = 2;
        h.max = INT64_MAX;
        int64_t top = histogram_quantile(&h, 0.5);
        cr_assert_gt(top, before);
        empty();
        histogram_add(&h, before + 1);
        histogram_add(&h, top);
        cr_assert_eq(h.buckets[i], 2, "%" PRId64 " .. %" PRId64 " are bucket %u", before + 1, top,
                     i);
        before = top;
    }
    cr_assert_eq(before, RANGE - 1);
}

Test(histogram, a_quantile_is_the_least_value_that_so_many_are_at_or_below)
{
    for (int64_t value = 100; value > 0; value--)
        histogram_add(&h, value);
    static const struct {
        double share;
        int64_t value;
    } rows[] = {
        {-1, 1},      {0, 1},       {0.001, 1},  {0.01, 1},  {0.011, 2}, {0.07, 7},
        {0.29, 29},   {0.5, 50},    {0.501, 51}, {0.57, 57}, {0.9, 90},  {0.99, 99},
        {0.991, 100}, {0.999, 100}, {1, 100},    {2, 100},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        cr_assert_eq(histogram_quantile(&h, rows[r].share), rows[r].value, "%g: %" PRId64,
                     rows[r].share, histogram_quantile(&h, rows[r].share));
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

Test(histogram, quantiles_of_many_are_those_of_the_sorted_values)
{
    enum { COUNT = 20011 };
    static int64_t values[COUNT];
    for (unsigned i = 0; i < COUNT; i++) { /* of all sizes */
        values[i] = (int64_t)(next_random() >> (22 + next_random() % 40));
        histogram_add(&h, values[i]);
    }
    qsort(values, COUNT, sizeof *values, by_value);
    for (unsigned i = 1; i <= COUNT; i++)
        assert_close(histogram_quantile(&h, (double)i / COUNT), values[i - 1]);
}

Test(histogram, the_largest_is_exact)
{
    ADD(1000001, 1000003, 1000002);
    cr_assert_eq(histogram_quantile(&h, 1), 1000003);
    cr_assert_eq(histogram_quantile(&h, 0.9), 1000003);
    cr_assert_eq(h.max, 1000003);
}

Test(histogram, nothing_is_read_as_more_than_the_largest)
{
    ADD(1000001, 1000003);
    cr_assert_eq(histogram_quantile(&h, 0.5), 1000003); /* its bucket reaches further */
}

Test(histogram, what_is_beyond_its_range_counts_as_the_largest_in_it)
{
    ADD(RANGE, 4 * RANGE, INT64_MAX);
    cr_assert_eq(histogram_quantile(&h, 0.3), RANGE - 1);
    cr_assert_eq(histogram_quantile(&h, 0.6), RANGE - 1);
    cr_assert_eq(histogram_quantile(&h, 1), INT64_MAX);
    cr_assert_eq(h.buckets[HISTOGRAM_BUCKETS - 1], 3);
}

Test(histogram, what_is_negative_counts_as_0)
{
    ADD(-1, INT64_MIN, 10);
    cr_assert_eq(histogram_quantile(&h, 0.5), 0);
    cr_assert_eq(h.max, 10);
    cr_assert_float_eq(histogram_mean(&h), 10.0 / 3, 1e-12);
}

Test(histogram, the_mean_is_exact)
{
    for (int64_t value = 1; value <= 1000; value++)
        histogram_add(&h, 1000000007 * value);
    cr_assert_eq(histogram_mean(&h), 1000000007 * 500.5);
}
