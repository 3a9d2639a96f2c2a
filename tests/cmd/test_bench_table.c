/* What people read of a benchmark: cmd/bench_table.c, cmd/bench_notes.c. */
#include "cmd/bench_print.h"
#include "cmd/quantity.h"
#include "tests/cmd/benching.h"
#include "tests/cmd/folder.h"

#include <stdio.h>

#define WIDTH 100

/* The whole text. The caller frees. */
static char *table_of(const struct bench_result *r)
{
    struct text t = {0};

    bench_print_table(&t, r);
    text_add_char(&t, '\0');
    return t.data;
}

/* Copies the n-th line that begins with a number, and which that is; "" where there is none. */
static void find_row(const char *text, const char *number, size_t n, char line[static 256])
{
    for (const char *at = text; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] != '\0')) {
        size_t blanks = strspn(at, " "), length = strcspn(at, "\n");
        if (length >= 256 || strncmp(at + blanks, number, strlen(number)) != 0 ||
            at[blanks + strlen(number)] != ' ' || n-- > 0)
            continue;
        memcpy(line, at, length);
        line[length] = '\0';
        return;
    }
    *line = '\0';
}

/* Leaves one blank of several. */
static void squeeze(char *line)
{
    char *to = line;

    for (const char *at = line; *at; at++)
        if (*at != ' ' || at[1] != ' ')
            *to++ = *at;
    *to = '\0';
}

static void expect_in(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "\"%s\" is not in:\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
    cr_expect_null(strstr(text, part), "\"%s\" is in:\n%s", part, text);
}

/* --- layout --- */

static void expect_lines_fit(const char *text)
{
    for (const char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
        int length = 0;
        for (const char *c = at; c < end; c++)
            length += ((unsigned char)*c & 0xc0) != 0x80;
        cr_assert_leq(length, WIDTH, "%d columns: %.*s", length, (int)(end - at), at);
        cr_assert(length == 0 || end[-1] != ' ', "a blank at its end: %.*s", (int)(end - at), at);
    }
}

static void expect_ascii(const char *text)
{
    for (const char *at = text; *at; at++)
        cr_assert((*at >= ' ' && *at < 0x7f) || *at == '\n', "%02x at %s", (unsigned char)*at, at);
}

Test(bench_table, is_no_wider_than_100_columns)
{
    struct bench_result *results[] = {benching_result(), benching_most()};

    for (size_t i = 0; i < COUNT(results); i++) {
        char *text = table_of(results[i]);
        expect_lines_fit(text);
        expect_ascii(text);
        free(text);
        benching_free(results[i]);
    }
}

Test(bench_table, is_no_wider_of_absurd_figures)
{
    for (size_t i = 0; i < 2 * COUNT(benching_absurd); i++) {
        struct bench_result *r = benching_result();
        double n = benching_absurd[i / 2];
        benching_set(r, n);
        r->machine.load = r->machine.memory_bytes = n;
        for (unsigned k = 0; k < BENCHING_LEVELS && i % 2;
             k++) /* and such as stand beside others */
            r->curves[0].levels[k].median.pages_per_second = pow(10, k);
        r->curves[0].levels[BENCHING_LEVELS - 1].concurrency = UINT32_MAX;
        r->curves[0].knee = r->curves[0].best = UINT32_MAX;
        char *text = table_of(r);
        expect_lines_fit(text);
        expect_ascii(text);
        expect_not_in(text, " nan");
        expect_not_in(text, " inf ");
        free(text);
        benching_free(r);
    }
}

/* The cells of a row: where each ends, and where its point is. */
struct cells {
    size_t count, ends[20], points[20];
};

static void find_cells(struct cells *c, const char *line)
{
    c->count = 0;
    for (const char *at = line; *at;) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        if (length == 0 || strchr("kb", *at)) /* the marks */
            break;
        cr_assert_lt(c->count, 20);
        const char *point = memchr(at, '.', length);
        c->points[c->count] = point ? (size_t)(point - line) : 0;
        at += length;
        c->ends[c->count++] = (size_t)(at - line);
    }
}

Test(bench_table, has_columns_with_one_right_edge_and_points_below_each_other)
{
    struct bench_result *r = benching_result();
    char *text = table_of(r);

    for (size_t block = 0; block < 4; block++) {
        struct cells first, other;
        char line[256];
        find_row(text, "1", block, line);
        find_cells(&first, line);
        cr_expect_eq(first.count, block % 2 ? 14 : 13, "%s", line);
        for (unsigned i = 1; i < BENCHING_LEVELS; i++) {
            char number[QUANTITY_SIZE];
            quantity_count(number, 1u << i);
            find_row(text, number, block, line);
            find_cells(&other, line);
            cr_assert_eq(other.count, first.count, "%s", line);
            for (size_t k = 0; k < first.count; k++) {
                cr_expect_eq(other.ends[k], first.ends[k], "cell %zu: %s", k, line);
                if (first.points[k])
                    cr_expect_eq(other.points[k], first.points[k], "cell %zu: %s", k, line);
            }
        }
    }
    free(text);
    benching_free(r);
}

/* --- figures --- */

Test(bench_table, shows_every_figure_of_a_level)
{
    struct bench_result *r = benching_result();
    struct bench_level *l = &r->curves[0].levels[6];
    struct cells cells;
    char line[256], *end;

    l->median.server_cpu = 0.625;
    l->median.little = 63.25;
    char *text = table_of(r);
    const double rates[] = {64,
                            l->median.pages_per_second,
                            0,
                            l->per_task,
                            l->median.mb_per_second,
                            l->median.links_per_second,
                            l->efficiency,
                            l->median.user_us,
                            l->median.system_us,
                            l->median.switches,
                            l->median.rss_bytes / 1e6,
                            l->memory_each / 1e3,
                            62.5};
    const double times[] = {64,
                            1e3 * l->median.latency.p50,
                            1e3 * l->median.latency.p90,
                            1e3 * l->median.latency.p99,
                            1e3 * l->median.latency.p999,
                            1e3 * l->median.latency.max,
                            1e3 * l->median.first_byte.p50,
                            1e3 * l->median.first_byte.p99,
                            1e3 * l->median.connect.p50,
                            1e3 * l->median.connect.p99,
                            64,
                            l->median.in_flight,
                            63.25,
                            0};
    for (size_t block = 0; block < 2; block++) {
        const double *expected = block ? times : rates;
        find_row(text, "64", block, line);
        find_cells(&cells, line);
        for (size_t i = 0; i < cells.count; i++) {
            char cell[32] = "", *to = cell;
            for (size_t at = i ? cells.ends[i - 1] : 0; at < cells.ends[i]; at++)
                if (line[at] != ',')
                    *to++ = line[at];
            if (block == 0 && i == 2) /* the runs */
                cr_expect_str_eq(cell + strspn(cell, " "), "-2+1");
            else
                cr_expect_float_eq(strtod(cell, &end), expected[i], 0.015 * expected[i] + 1e-9,
                                   "%zu, %zu: %s instead of %g", block, i, cell, expected[i]);
        }
    }
    free(text);
    benching_free(r);
}

Test(bench_table, has_a_dash_for_what_is_not_known)
{
    struct bench_result *r = benching_result();
    struct bench_level *l = &r->curves[0].levels[0];
    char line[256];

    l->median.server_cpu = -1;
    l->median.connect.there = false;
    l->run_count = 1;
    char *text = table_of(r);
    find_row(text, "1", 0, line);
    cr_expect_str_eq(line + strlen(line) - 2, " -", "%s", line);
    size_t dashes = 0;
    for (const char *at = line; (at = strstr(at, " -")); at++)
        dashes++;
    cr_expect_eq(dashes, 3, "the server's share, memory for each, and the range of one run: %s",
                 line);
    dashes = 0;
    find_row(text, "1", 1, line);
    for (const char *at = line; (at = strstr(at, " -")); at++)
        dashes++;
    cr_expect_eq(dashes, 2, "connect: %s", line);
    free(text);
    benching_free(r);
}

Test(bench_table, marks_the_knee_and_the_best)
{
    static const struct {
        unsigned knee, best;
        const char *at_32, *at_512;
    } rows[] = {
        {32, 512, " knee", " best"},
        {512, 32, " best", " knee"},
        {512, 512, "8", " knee+best"}, /* of the server's 58 % */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_result *r = benching_result();
        char line[256];
        r->curve_count = 1;
        r->curves[0].knee = rows[i].knee;
        r->curves[0].best = rows[i].best;
        char *text = table_of(r);
        find_row(text, "32", 0, line);
        cr_expect_str_eq(line + strlen(line) - strlen(rows[i].at_32), rows[i].at_32, "%s", line);
        find_row(text, "512", 0, line);
        cr_expect_str_eq(line + strlen(line) - strlen(rows[i].at_512), rows[i].at_512, "%s", line);
        free(text);
        benching_free(r);
    }
}

Test(bench_table, tells_tenths_of_milliseconds_below_100)
{
    static const struct {
        double mean;
        const char *cells;
    } rows[] = {
        {0.0003, " 0.27 0.41 0.69"},
        {0.003, " 2.7 4.1 6.9"},
        {0.03, " 27.3 41.4 69.0"},
        {0.3, " 273 414 690"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_result *r = benching_result();
        char line[256];
        r->curve_count = 1;
        for (unsigned k = 0; k < BENCHING_LEVELS; k++)
            r->curves[0].levels[k].median.latency = benching_times(rows[i].mean);
        char *text = table_of(r);
        find_row(text, "8", 1, line);
        squeeze(line);
        expect_in(line, rows[i].cells);
        free(text);
        benching_free(r);
    }
}

Test(bench_table, tells_times_in_seconds_where_fetches_take_some)
{
    struct bench_result *r = benching_result();
    char line[256];

    r->curve_count = 1;
    for (unsigned i = 0; i < BENCHING_LEVELS; i++)
        r->curves[0].levels[i].median.latency = benching_times(2);
    char *text = table_of(r);
    expect_in(text, "whole fetch, s");
    find_row(text, "8", 1, line);
    squeeze(line);
    expect_in(line, " 1.8 2.8 4.6");
    free(text);
    benching_free(r);
}

/* --- what is said around them --- */

Test(bench_table, names_the_curves_only_where_there_are_several)
{
    struct bench_result *r = benching_result();

    char *text = table_of(r);
    expect_in(text, "\nasync on epoll\n");
    expect_in(text, "\nthreads on epoll\n");
    free(text);
    r->curve_count = 1;
    text = table_of(r);
    expect_not_in(text, "async on epoll");
    free(text);
    benching_free(r);
}

Test(bench_table, says_where_it_was_measured)
{
    static const char *const facts[] = {
        "AMD EPYC 7R13",        "2 cores",    "Linux 6.1.0",     "libcurl 7.88.1",
        "2024-05-17T09:21:44Z", "load 0.08",  "30 links a page", "size 10K",
        "medians of 3 runs",    "closed loop"};
    struct bench_result *r = benching_result();
    char *text = table_of(r);

    for (size_t i = 0; i < COUNT(facts); i++)
        expect_in(text, facts[i]);
    free(text);
    benching_free(r);
}

Test(bench_table, shows_no_byte_of_a_url_that_steers_a_terminal)
{
    struct bench_result *r = benching_result();
    char url[300] = "http://h/\33[31m\1";

    memset(url + strlen(url), 'a', 200);
    r->site.url = url;
    char *text = table_of(r);
    expect_lines_fit(text);
    expect_in(text, "http://h/\xef\xbf\xbd[31m\xef\xbf\xbd");
    expect_in(text, "aaa...");
    cr_expect_null(strchr(text, '\33'));
    cr_expect_null(strchr(text, '\1'));
    free(text);
    benching_free(r);
}

Test(bench_table, says_what_a_curve_comes_to)
{
    struct bench_result *r = benching_result();
    char *text = table_of(r);

    expect_in(text, "32 in flight: 16,739 pages/s, 96 % of the best, 17,499 at 512\n");
    expect_in(text, "lambda 6,212 pages/s, sigma 0.352, kappa 1.1e-05, peak at 243, R2 0.9994\n");
    free(text);
    r->curves[0].knee = 512;
    r->curves[0].usl.peak = 0;
    text = table_of(r);
    expect_in(text, "512 in flight: 17,499 pages/s, the best\n");
    expect_in(text, "kappa 1.1e-05, no peak,");
    free(text);
    benching_free(r);
}

Test(bench_table, finds_nothing_wrong_on_a_quiet_machine)
{
    struct bench_result *r = benching_result();

    r->curve_count = 1;
    char *text = table_of(r);
    expect_not_in(text, "doubt");
    expect_not_in(text, "errors    timeout");
    free(text);
    benching_free(r);
}

static void load_server(struct bench_level *levels)
{
    for (unsigned i = 6; i < BENCHING_LEVELS; i++)
        levels[i].median.server_cpu = 0.96;
}

static void load_server_now_and_then(struct bench_level *levels)
{
    levels[0].median.server_cpu = levels[1].median.server_cpu = 0.92;
    levels[4].median.server_cpu = levels[5].median.server_cpu = levels[6].median.server_cpu = 0.97;
    levels[10].median.server_cpu = 0.91;
}

static void load_server_once(struct bench_level *levels)
{
    levels[6].median.server_cpu = 0.96;
}

static void let_little_be_off(struct bench_level *levels)
{
    levels[9].median.little = 1.07 * levels[9].median.in_flight;
}

static void let_little_be_less(struct bench_level *levels)
{
    levels[9].median.little = 0.93 * levels[9].median.in_flight;
}

static void let_runs_differ(struct bench_level *levels)
{
    levels[2].runs[0].pages_per_second = 1.21 * levels[2].median.pages_per_second;
}

static void lose_plateau(struct bench_level *levels)
{
    levels[9].median.short_plateau = levels[10].median.short_plateau = true;
}

static void fail_some(struct bench_level *levels)
{
    levels[3].runs[0].errors[FETCH_TIMEOUT] = 2;
    levels[3].runs[1].errors[FETCH_TIMEOUT] = 1;
    levels[10].runs[1].errors[FETCH_TIMEOUT] = 1234;
    levels[4].runs[2].statuses[5] = 7;
}

Test(bench_table, says_what_is_wrong)
{
    static const struct {
        void (*change)(struct bench_level *levels);
        const char *line;
    } rows[] = {
        {load_server, "The server took up to 96 % of its core at 64 to 1,024: it was the limit.\n"},
        {load_server_now_and_then, "up to 97 % of its core at 1, 2, 16 to 64 and 1,024: it was"},
        {load_server_once, "The server took 96 % of its core at 64: it was the limit.\n"},
        {let_little_be_off, "Little's law is off by 7 % at 512: "},
        {let_little_be_less, "Little's law is off by 7 % at 512: "},
        {let_runs_differ, "Runs differ by 23 % at 4: the machine was not quiet.\n"},
        {lose_plateau, "No plateau at 512 and 1,024: the whole crawl counts there"},
        {fail_some, "errors    timeout 2 at 8, 1,234 at 1,024; 5xx 7 at 16\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_result *r = benching_result();
        r->curve_count = 1;
        rows[i].change(r->curves[0].levels);
        char *text = table_of(r);
        expect_in(text, rows[i].line);
        free(text);
        benching_free(r);
    }
}

Test(bench_table, says_when_the_machine_was_busy_before)
{
    struct bench_result *r = benching_result();

    r->machine.load = 1.04;
    char *text = table_of(r);
    expect_in(text, "The load was 1.0 before it began: the machine was not quiet.\n");
    free(text);
    r->machine.load = 0.96; /* of two cores */
    text = table_of(r);
    expect_not_in(text, "The load was");
    free(text);
    benching_free(r);
}

Test(bench_table, says_when_the_crawls_found_different_pages)
{
    struct bench_result *r = benching_result();

    r->same_urls = false;
    char *text = table_of(r);
    expect_in(text, "The crawls found different pages");
    free(text);
    benching_free(r);
}

Test(bench_table, counts_the_errors_of_the_worst_run)
{
    struct bench_result *r = benching_result();
    char line[256];

    fail_some(r->curves[0].levels);
    char *text = table_of(r);
    find_row(text, "1,024", 1, line);
    cr_expect_str_eq(line + strlen(line) - 6, " 1,234", "%s", line);
    free(text);
    benching_free(r);
}
