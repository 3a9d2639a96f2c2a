/* The curves of a benchmark in a terminal: cmd/bench_chart.c. Places are in characters, counted
 * from the left and, rows, from the top. */
#include "cmd/bench_print.h"
#include "cmd/quantity.h"
#include "parse/utf8.h"
#include "tests/cmd/benching.h"
#include "tests/cmd/folder.h"

#include <stdio.h>

/* The whole text. The caller frees. */
static char *chart_of(const struct bench_result *r, enum bench_ink ink, size_t columns,
                      bool colours)
{
    struct text t = {0};

    bench_print_chart(&t, r, ink, columns, colours);
    text_add_char(&t, '\0');
    return t.data;
}

/* Takes out SGR sequences; returns whether there were any. */
static bool strip_colours(char *text)
{
    char *to = text;
    bool any = false;

    for (const char *at = text; *at;) {
        if (*at == '\33') {
            at += strcspn(at, "m") + 1;
            any = true;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return any;
}

/* The characters of a text of no colours, by row and column; ' ' beyond the end of a line. */
struct screen {
    size_t rows, width; /* of the longest line */
    uint32_t cells[200][200];
    size_t blank_ends; /* lines that end in a blank */
};

static struct screen *show(const char *text)
{
    struct screen *s = calloc(1, sizeof *s);
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);

    cr_assert_not_null(s);
    for (size_t column = 0; at < end;) {
        uint32_t c;
        at += utf8_decode(at, end, &c);
        cr_assert_neq(c, 0xfffd, "no UTF-8: %s", text);
        cr_assert_lt(s->rows, 200);
        cr_assert_lt(column, 200);
        if (c != '\n') {
            s->cells[s->rows][column++] = c;
            continue;
        }
        s->blank_ends += column > 0 && s->cells[s->rows][column - 1] == ' ';
        s->width = column > s->width ? column : s->width;
        s->rows++;
        column = 0;
    }
    return s;
}

/* Where the rows of the n-th picture are: those that have its y axis, and the x axis below. */
static void find_picture(const struct screen *s, size_t n, size_t axis, size_t *first, size_t *last)
{
    *first = 0;
    for (size_t row = 0; row < s->rows; row++) {
        bool within = s->cells[row][axis] == '|' || s->cells[row][axis] == '+';
        if (within && *first == 0)
            *first = row;
        if (!within && *first) {
            *last = row - 1;
            if (n-- == 0)
                return;
            *first = 0;
        }
    }
    cr_assert_fail("there is no such picture");
}

/* The rows, one after another from the left, in which the character stands, in ASCII with a gutter
 * of as many columns as "in flight" has. Returns their count. */
#define AXIS 10
static size_t find_marks(const char *text, size_t picture, char mark, size_t rows[static 64])
{
    struct screen *s = show(text);
    size_t first, last, count = 0;

    find_picture(s, picture, AXIS, &first, &last);
    for (size_t column = AXIS + 1; column < 130; column++)
        for (size_t row = first; row < last && count < 64; row++)
            if (s->cells[row][column] == (unsigned char)mark)
                rows[count++] = row;
    free(s);
    return count;
}

static struct bench_result *one_curve(void)
{
    struct bench_result *r = benching_result();

    r->curve_count = 1;
    return r;
}

/* --- what it is made of --- */

static void expect_fits(const struct bench_result *r, enum bench_ink ink, size_t columns)
{
    for (int colours = 0; colours < 2; colours++) {
        char *text = chart_of(r, ink, columns, colours);
        cr_expect_eq(strip_colours(text), colours);
        struct screen *s = show(text);
        cr_assert_leq(s->width, columns, "%s", text);
        cr_assert_eq(s->blank_ends, 0, "%s", text);
        cr_assert_gt(s->rows, 20);
        free(s);
        free(text);
    }
}

Test(bench_chart, is_no_wider_than_the_terminal)
{
    struct bench_result *results[] = {one_curve(), benching_result(), benching_most()};

    for (size_t i = 0; i < COUNT(results); i++) {
        for (size_t columns = 40; columns <= 120; columns++) {
            expect_fits(results[i], BENCH_ASCII, columns);
            expect_fits(results[i], BENCH_BRAILLE, columns);
        }
        benching_free(results[i]);
    }
}

Test(bench_chart, is_no_wider_of_a_long_last_level)
{
    struct bench_result *r = one_curve();

    r->curves[0].levels[BENCHING_LEVELS - 1].concurrency = 65536;
    for (size_t columns = 40; columns <= 120; columns++)
        expect_fits(r, BENCH_ASCII, columns);
    benching_free(r);
}

Test(bench_chart, is_no_wider_of_absurd_figures)
{
    for (size_t i = 0; i < 4 * COUNT(benching_absurd); i++) {
        struct bench_result *r = one_curve();
        double n = benching_absurd[i / 4];
        benching_set(r, n);
        for (unsigned k = 0; k < BENCHING_LEVELS && i % 2;
             k++) /* and such as stand beside others */
            r->curves[0].levels[k].median.pages_per_second = pow(10, (int)k - 2);
        for (unsigned k = 0; k < BENCHING_LEVELS && i % 2; k++)
            r->curves[0].levels[2 * k % 11].median.latency = benching_times(pow(10, (int)k - 6));
        r->curves[0].levels[BENCHING_LEVELS - 1].concurrency = i % 4 / 2 ? UINT32_MAX : 1024;
        r->curves[0].knee = UINT32_MAX;
        expect_fits(r, BENCH_ASCII, 40);
        expect_fits(r, BENCH_BRAILLE, 120);
        char *text = chart_of(r, BENCH_ASCII, 80, false);
        cr_expect_null(strstr(text, "nan"), "%s", text);
        cr_expect_null(strstr(text, "inf "), "%s", text);
        free(text);
        benching_free(r);
    }
}

Test(bench_chart, uses_no_fewer_than_40_columns_and_no_more_than_120)
{
    static const struct {
        size_t asked, used;
    } rows[] = {{0, 40}, {39, 40}, {121, 120}, {SIZE_MAX, 120}};
    struct bench_result *r = benching_result();

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *asked = chart_of(r, BENCH_ASCII, rows[i].asked, false);
        char *used = chart_of(r, BENCH_ASCII, rows[i].used, false);
        cr_expect_str_eq(asked, used);
        free(asked);
        free(used);
    }
    benching_free(r);
}

Test(bench_chart, is_ascii_where_there_is_no_braille)
{
    struct bench_result *results[] = {one_curve(), benching_result(), benching_most()};

    for (size_t i = 0; i < COUNT(results); i++) {
        char *text = chart_of(results[i], BENCH_ASCII, 90, false);
        for (const char *at = text; *at; at++)
            cr_assert((*at >= ' ' && *at < 0x7f) || *at == '\n', "%s", at);
        free(text);
        benching_free(results[i]);
    }
}

Test(bench_chart, differs_by_colours_alone)
{
    struct bench_result *r = benching_result();
    char *plain = chart_of(r, BENCH_BRAILLE, 80, false),
         *text = chart_of(r, BENCH_BRAILLE, 80, true);

    strip_colours(text);
    cr_expect_str_eq(text, plain);
    free(plain);
    free(text);
    benching_free(r);
}

Test(bench_chart, is_nothing_where_nothing_was_measured)
{
    struct bench_result *r = benching_result();

    for (unsigned i = 0; i < 2; i++)
        r->curves[i].level_count = 0;
    char *text = chart_of(r, BENCH_ASCII, 80, false);
    cr_expect_str_eq(text, "");
    free(text);
    r->curve_count = 0;
    text = chart_of(r, BENCH_ASCII, 80, false);
    cr_expect_str_eq(text, "");
    free(text);
    benching_free(r);
}

/* --- what it shows --- */

Test(bench_chart, rises_where_the_rate_does)
{
    struct bench_result *r = one_curve();
    size_t rows[64];

    for (unsigned i = 0; i < BENCHING_LEVELS; i++)
        r->curves[0].levels[i].median.pages_per_second = 100 * i;
    char *text = chart_of(r, BENCH_ASCII, 80, false);
    size_t count = find_marks(text, 0, 'o', rows);
    cr_expect_eq(count, BENCHING_LEVELS, "%s", text);
    for (size_t i = 1; i < count; i++)
        cr_expect_lt(rows[i], rows[i - 1], "%s", text);
    cr_expect_eq(rows[0] - rows[count - 1], 15, "from 0 to the top:\n%s", text);
    free(text);
    benching_free(r);
}

Test(bench_chart, falls_where_the_rate_does)
{
    struct bench_result *r = one_curve();
    size_t rows[64];

    for (unsigned i = 0; i < BENCHING_LEVELS; i++)
        r->curves[0].levels[i].median.pages_per_second = 1000 - 100 * i;
    char *text = chart_of(r, BENCH_ASCII, 80, false);
    size_t count = find_marks(text, 0, 'o', rows);
    for (size_t i = 1; i < count; i++)
        cr_expect_gt(rows[i], rows[i - 1], "%s", text);
    free(text);
    benching_free(r);
}

Test(bench_chart, has_as_many_rows_between_one_decade_of_latency_and_the_next)
{
    struct bench_result *r = one_curve();
    size_t rows[64];

    r->curves[0].level_count = 5;
    for (unsigned i = 0; i < 5; i++)
        r->curves[0].levels[i].median.latency = benching_same(1e-4 * pow(10, i));
    char *text = chart_of(r, BENCH_ASCII, 80, false);
    size_t count = find_marks(text, 1, '+', rows); /* p99 covers the others */
    cr_assert_eq(count, 5, "%zu:\n%s", count, text);
    for (size_t i = 1; i < count; i++)
        cr_expect_eq(rows[i - 1] - rows[i], 3, "%s", text);
    free(text);
    benching_free(r);
}

Test(bench_chart, leaves_out_what_was_not_measured)
{
    struct bench_result *r = one_curve();
    size_t rows[64];

    r->curves[0].levels[4].median.latency.there = false;
    r->curves[0].levels[5].median.pages_per_second = NAN;
    char *text = chart_of(r, BENCH_ASCII, 80, false);
    cr_expect_eq(find_marks(text, 0, 'o', rows), BENCHING_LEVELS - 1, "%s", text);
    cr_expect_eq(find_marks(text, 1, '+', rows), BENCHING_LEVELS - 1, "%s", text);
    free(text);
    benching_free(r);
}

/* The column in which the label of a level has its middle. */
static size_t middle_of(const char *text, const char *label)
{
    const char *line = strstr(text, "\nin flight "), *at = line;

    do
        cr_assert_not_null(at = strstr(at + 1, label), "no %s:\n%s", label, text);
    while (at[-1] != ' ' || (at[strlen(label)] != ' ' && at[strlen(label)] != '\n'));
    return (size_t)(at - line) - 1 + (strlen(label) - 1) / 2;
}

Test(bench_chart, marks_the_knee_at_its_level)
{
    static const unsigned knees[] = {1, 2, 32, 256, 1024};

    for (size_t i = 0; i < COUNT(knees); i++) {
        struct bench_result *r = one_curve();
        char label[QUANTITY_SIZE], knee[64];
        r->curves[0].knee = knees[i];
        r->curves[0].fits = false;
        char *text = chart_of(r, BENCH_ASCII, 80, false);
        struct screen *s = show(text);
        quantity_count(label, knees[i]);
        size_t column = middle_of(text, label), dots = 0;
        for (size_t row = 1; row < 18; row++)
            dots += s->cells[row][column] == ':';
        cr_expect_gt(dots, 2, "knee %s, column %zu:\n%s", label, column, text);
        snprintf(knee, sizeof knee, "knee %s", label);
        cr_expect_not_null(strstr(text, knee), "%s", text);
        free(s);
        free(text);
        benching_free(r);
    }
}

Test(bench_chart, names_every_curve_with_a_mark_of_its_own)
{
    struct bench_result *r = benching_most();

    for (int ink = BENCH_ASCII; ink <= BENCH_BRAILLE; ink++) {
        char *text = chart_of(r, (enum bench_ink)ink, 80, false), marks[BENCH_CURVES][4];
        for (unsigned i = 0; i < r->curve_count; i++) {
            char name[64], knee[QUANTITY_SIZE];
            quantity_count(knee, r->curves[i].knee);
            snprintf(name, sizeof name, " %s on %s, knee %s", r->curves[i].model,
                     r->curves[i].selector, knee);
            char *at = strstr(text, name);
            cr_assert_not_null(at, "no%s:\n%s", name, text);
            memcpy(marks[i], at - 3, 4);
            marks[i][3] = '\0';
            for (unsigned k = 0; k < i; k++)
                cr_expect_str_neq(marks[k], marks[i], "%u and %u", k, i);
        }
        free(text);
    }
    benching_free(r);
}

Test(bench_chart, has_round_numbers_on_its_axes)
{
    static const struct {
        double rate;
        const char *labels[3];
    } rows[] = {
        {17499, {"    20,000 +", "     5,000 +", "         0 +"}},
        {0.31, {"       0.4 +", "       0.1 +", "       0.0 +"}},
        {42, {"        50 +", "        10 +", "         0 +"}},
        {1e7, {"       10M +", "        2M +", "         0 +"}},
        {100, {"       100 +", "        20 +", "         0 +"}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_result *r = one_curve();
        for (unsigned k = 0; k < BENCHING_LEVELS; k++)
            r->curves[0].levels[k].median.pages_per_second = rows[i].rate;
        char *text = chart_of(r, BENCH_ASCII, 80, false);
        for (size_t k = 0; k < 3; k++)
            cr_expect_not_null(strstr(text, rows[i].labels[k] + 1), "%s:\n%s", rows[i].labels[k],
                               text);
        cr_expect_not_null(strstr(text, "\n   100 us +"), "%s", text);
        free(text);
        benching_free(r);
    }
}

Test(bench_chart, names_levels_that_do_not_overlap)
{
    struct bench_result *r = benching_most(); /* 32 levels */

    for (size_t columns = 40; columns <= 120; columns += 8) {
        char *text = chart_of(r, BENCH_ASCII, columns, false);
        const char *line = strstr(text, "\nin flight "), *end = strchr(line + 1, '\n');
        long former = 0;
        for (const char *at = line + strlen("\nin flight "); at < end; at += strcspn(at, " \n")) {
            char number[16] = "", *to = number;
            at += strspn(at, " ");
            for (const char *digit = at; *digit != ' ' && *digit != '\n'; digit++)
                if (*digit != ',')
                    *to++ = *digit;
            cr_expect_gt(atol(number), former, "%s", line);
            cr_expect_eq(atol(number) % 32, 0, "%s", line);
            former = atol(number);
        }
        cr_expect_gt(former, 32);
        free(text);
    }
    benching_free(r);
}
