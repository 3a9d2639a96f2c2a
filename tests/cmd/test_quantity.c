/* Figures as people read them: cmd/quantity.c. */
#include "cmd/quantity.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(quantity_number, leaves_out_digits_then_counts_thousands)
{
    static const struct {
        double n;
        int decimals;
        size_t most;
        const char *expected;
    } rows[] = {
        {0, 0, 7, "0"},
        {0, 2, 7, "0.00"},
        {1234.56, 1, 12, "1,234.6"},
        {1234567, 0, 12, "1,234,567"},
        {1234.56, 1, 6, "1,235"},
        {999.96, 1, 6, "1,000"},
        {12345.6, 0, 6, "12,346"},
        {123456, 0, 6, "123k"},
        {123456, 0, 7, "123,456"},
        {1234567, 0, 7, "1.23M"},
        {1234567, 0, 5, "1.23M"},
        {1234567, 0, 4, "1.2M"},
        {999999.6, 0, 7, "1.00M"},
        {12e9, 0, 5, "12.0G"},
        {999e15, 0, 4, "999P"},
        {1e18, 0, 31, "-"},
        {-1234.5, 1, 12, "-1,234.5"},
        {-123, 0, 12, "-123"},
        {NAN, 3, 12, "-"},
        {INFINITY, 3, 12, "-"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[QUANTITY_SIZE];
        quantity_number(out, rows[i].n, rows[i].decimals, rows[i].most);
        cr_expect_str_eq(out, rows[i].expected, "%g in %zu: %s instead of %s", rows[i].n,
                         rows[i].most, out, rows[i].expected);
    }
}

Test(quantity_number, is_never_longer_than_asked)
{
    for (size_t most = 4; most < QUANTITY_SIZE; most++) {
        for (int power = -12; power < 19; power++) {
            for (double n = 0.9; n < 10; n += 0.04995) {
                char out[QUANTITY_SIZE];
                quantity_number(out, n * pow(10, power), 3, most);
                cr_assert_leq(strlen(out), most, "%g: %s", n * pow(10, power), out);
            }
        }
    }
}

Test(quantity_figure, has_three_digits_that_count_or_all_before_the_point)
{
    static const struct {
        double n;
        const char *expected;
    } rows[] = {
        {0, "0"},        {0.012345, "0.0123"}, {0.9996, "1.00"}, {1, "1.00"},
        {9.996, "10.0"}, {54.32, "54.3"},      {99.96, "100"},   {16300.4, "16,300"},
        {-1.5, "-1.50"}, {1e18, "-"},          {INFINITY, "-"},  {NAN, "-"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[QUANTITY_SIZE];
        quantity_figure(out, rows[i].n);
        cr_expect_str_eq(out, rows[i].expected, "%s instead of %s", out, rows[i].expected);
    }
}
