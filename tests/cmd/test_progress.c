/* The live line, as it is written: cmd/progress.c. What a terminal makes of it: test_live.c. */
#include "cmd/progress.h"
#include "cmd/quantity.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct progress_figures some = {
    .pages = 1234,
    .queued = 56,
    .bytes = 34512345,
    .errors = 3,
    .rate = 812.3,
    .time = 12 * NS_PER_S + 999 * NS_PER_MS,
};

Test(live_line, leaves_out_what_matters_least_until_it_fits)
{
    static const struct {
        size_t columns;
        const char *line;
    } rows[] = {
        {160, "skitter    1,234 pages       56 queued    812/s   34.5 MB      3 errors   0:12"},
        {80, "skitter    1,234 pages       56 queued    812/s   34.5 MB      3 errors   0:12"},
        {79, "skitter    1,234 pages       56 queued    812/s   34.5 MB      3 errors   0:12"},
        {78, "  1,234 pages       56 queued    812/s   34.5 MB      3 errors   0:12"},
        {70, "  1,234 pages       56 queued    812/s   34.5 MB      3 errors   0:12"},
        {69, "  1,234 pages       56 queued    812/s      3 errors   0:12"},
        {59, "  1,234 pages       56 queued    812/s      3 errors"},
        {52, "  1,234 pages       56 queued    812/s"},
        {38, "  1,234 pages    812/s"},
        {22, "  1,234 pages"},
        {14, "  1,234 pages"},
        {13, ""},
        {1, ""},
        {0, ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[LIVE_SIZE];
        progress_format(line, &some, rows[i].columns);
        cr_expect_str_eq(line, rows[i].line, "%zu: \"%s\"", rows[i].columns, line);
    }
}

/* Figures of each size, up to what no crawl has. */
static const struct progress_figures sizes[] = {
    {0},
    {1, 1, 1, 1, 1, NS_PER_S},
    {999999, 999999, 999949999, 9999, 9999.4, 3599 * NS_PER_S},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1e18, INT64_MAX},
};

Test(live_line, is_shorter_than_the_terminal_is_wide)
{
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t columns = 0; columns < 300; columns++) {
            char line[LIVE_SIZE];
            progress_format(line, &sizes[i], columns);
            cr_expect(strlen(line) < columns || !*line, "%zu: %s", columns, line);
        }
    }
}

Test(live_line, keeps_each_figure_in_its_place_as_it_grows)
{
    static const char *const words[] = {"page", "queued", "/s", "error", ":"};
    char first[LIVE_SIZE], line[LIVE_SIZE];

    progress_format(first, &sizes[0], 80);
    for (size_t i = 1; i < 3; i++) {
        progress_format(line, &sizes[i], 80);
        cr_expect_eq(strlen(line), strlen(first), "%s", line);
        for (size_t k = 0; k < COUNT(words); k++)
            cr_expect_eq(strstr(line, words[k]) - line, strstr(first, words[k]) - first, "%s in %s",
                         words[k], line);
    }
}

Test(live_line, counts_one_as_one)
{
    char line[LIVE_SIZE];

    progress_format(line, &sizes[1], 80);
    cr_expect_str_eq(
        line, "skitter        1 page         1 queued      1/s       1 B      1 error    0:01",
        "\"%s\"", line);
}

Test(live_line, tells_the_time_in_hours_where_there_are_any)
{
    static const struct {
        int64_t seconds;
        const char *said;
    } rows[] = {{0, " 0:00"},       {59, " 0:59"},        {60, " 1:00"}, {3599, " 59:59"},
                {3600, " 1:00:00"}, {86399, " 23:59:59"}, {-5, " 0:00"}, {360000, " 100:00:00"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct progress_figures f = {.time = rows[i].seconds * NS_PER_S};
        char line[LIVE_SIZE];
        progress_format(line, &f, 100);
        size_t length = strlen(line), end = strlen(rows[i].said);
        cr_assert_gt(length, end);
        cr_expect_str_eq(line + length - end, rows[i].said, "%s", line);
    }
}

/* So many looks, a tenth of a second apart, with so many pages each. */
static void look(double *rate, int64_t *now, int times, uint64_t pages)
{
    while (times--) {
        *now += NS_PER_S / 10;
        *rate = progress_rate(*rate, pages, NS_PER_S / 10, *now);
    }
}

Test(rate, is_that_of_the_last_seconds)
{
    double rate = 0;
    int64_t now = 0;

    look(&rate, &now, 1, 10);
    cr_expect_float_eq(rate, 100, 1e-6, "%f", rate);
    look(&rate, &now, 4, 0);
    cr_expect_float_eq(rate, 20, 1e-6, "the average of half a second: %f", rate);
    look(&rate, &now, 100, 10);
    cr_expect_float_eq(rate, 100, 0.01, "it is even: %f", rate);
    look(&rate, &now, 1, 30);
    cr_expect_float_eq(rate, 120, 0.01, "one look does not move it far: %f", rate);
    look(&rate, &now, 10, 0);
    cr_expect_lt(rate, 50, "%f", rate);
    look(&rate, &now, 40, 0);
    cr_expect_lt(rate, 1, "%f", rate);
}

Test(rate, of_one_look_is_the_average_since_the_last)
{
    cr_expect_float_eq(progress_rate(0, 500, 5 * NS_PER_S, 5 * NS_PER_S), 100, 1e-6);
    cr_expect_float_eq(progress_rate(100, 60, 2 * NS_PER_S, 7 * NS_PER_S), 30, 1e-6);
    cr_expect_float_eq(progress_rate(0, 3, 60 * NS_PER_MS, 60 * NS_PER_MS), 50, 1e-6);
}

Test(size, has_three_digits_or_four_and_a_unit)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 KB"},
        {34512345, "34.5 MB"},
        {999949, "999.9 KB"},
        {999950, "1.0 MB"},
        {999999999, "1.0 GB"},
        {5000000000, "5.0 GB"},
        {12345678901234, "12.3 TB"},
        {UINT64_MAX, "18446744.1 TB"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[32];
        quantity_size(text, rows[i].bytes);
        cr_expect_str_eq(text, rows[i].text, "%s", text);
    }
}
