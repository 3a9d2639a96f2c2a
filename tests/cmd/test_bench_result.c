/* cmd/bench_result.c, cmd/bench_say.c: what follows from the runs, and what is said of it. */
#include "cmd/bench_result.h"
#include "tests/cmd/folder.h"

#include <math.h>

static struct bench_result *result;

static void open_result(void)
{
    result = calloc(1, sizeof *result);
}

static void close_result(void)
{
    bench_result_deinit(result);
    free(result);
}

TestSuite(bench_result, .init = open_result, .fini = close_result);

static struct bench_curve *add_curve(const char *model, const char *selector)
{
    struct bench_curve *c = &result->curves[result->curve_count++];
    c->model = model;
    c->selector = selector;
    return c;
}

static struct bench_level *add_level(struct bench_curve *c, unsigned concurrency, unsigned runs)
{
    struct bench_level *l = &c->levels[c->level_count++];
    l->concurrency = concurrency;
    l->run_count = runs;
    l->runs = calloc(runs + 1, sizeof *l->runs);
    return l;
}

/* A level of one run with such a rate and p50 in ms. */
static struct bench_figures *add_rate(struct bench_curve *c, unsigned concurrency, double rate,
                                      double p50)
{
    struct bench_figures *f = add_level(c, concurrency, 1)->runs;
    f->pages = 1000;
    f->pages_per_second = rate;
    f->latency = (struct bench_times){.p50 = p50 / 1e3, .there = true};
    f->server_cpu = 0.5;
    return f;
}

static bool near(double value, double wanted)
{
    return fabs(value - wanted) <= 1e-9 * fabs(wanted);
}

/* The double of that name is the median of these. */
#define EXPECT_MEDIAN(field, expected, ...)                                               \
    do {                                                                                  \
        const double values[] = {__VA_ARGS__};                                            \
        struct bench_level *l = add_level(add_curve("async", "epoll"), 1, COUNT(values)); \
        for (size_t v = 0; v < COUNT(values); v++)                                        \
            l->runs[v].field = values[v];                                                 \
        bench_result_derive(result);                                                      \
        cr_assert(near(l->median.field, expected), #field ": %g", l->median.field);       \
        bench_result_deinit(result);                                                      \
    } while (0)

Test(bench_result, a_figure_is_the_median_of_its_runs)
{
    EXPECT_MEDIAN(seconds, 7, 7);
    EXPECT_MEDIAN(plateau, 5, 9, 1, 5);
    EXPECT_MEDIAN(pages_per_second, 2.5, 100, 2, 3, 1);
    EXPECT_MEDIAN(mb_per_second, 2, 2, 2, 2, 1000, 0);
    EXPECT_MEDIAN(links_per_second, 1.5, 1, 2);
    EXPECT_MEDIAN(user_us, 4, 4, 4.5, 3);
    EXPECT_MEDIAN(system_us, 4, 4, 4.5, 3);
    EXPECT_MEDIAN(switches, 4, 4, 4.5, 3);
    EXPECT_MEDIAN(rss_bytes, 4e9, 4e9, 5e9, 3e9);
    EXPECT_MEDIAN(connections, 64, 65, 64, 63);
    EXPECT_MEDIAN(in_flight, 64, 65, 64, 63);
    EXPECT_MEDIAN(little, 64, 65, 64, 63);
    EXPECT_MEDIAN(server_cpu, -1, -1, -1, -1);
}

Test(bench_result, each_figure_has_a_median_of_its_own)
{
    struct bench_level *l = add_level(add_curve("async", "epoll"), 1, 3);
    for (unsigned i = 0; i < 3; i++) {
        l->runs[i].seconds = i;
        l->runs[i].plateau = (i + 1) % 3;
    }
    bench_result_derive(result);
    cr_assert_eq(l->median.seconds, 1);
    cr_assert_eq(l->median.plateau, 1);
}

Test(bench_result, times_are_medians_of_the_runs_that_have_them)
{
    struct bench_level *l = add_level(add_curve("async", "epoll"), 1, 4);
    for (unsigned i = 0; i < 3; i++) {
        double s = i + 1;
        l->runs[i].latency = (struct bench_times){s, 10 * s, 100 * s, 1000 * s, 10000 * s, true};
    }
    l->runs[2].first_byte = (struct bench_times){.p99 = 9, .there = true};
    bench_result_derive(result);
    const struct bench_times *t = &l->median.latency;
    cr_assert(t->there);
    cr_assert(near(t->p50, 2) && near(t->p90, 20) && near(t->p99, 200) && near(t->p999, 2000) &&
              near(t->max, 20000));
    cr_assert(l->median.first_byte.there);
    cr_assert(near(l->median.first_byte.p99, 9));
    cr_assert(!l->median.connect.there);
    cr_assert_eq(l->median.connect.p50, 0);
}

Test(bench_result, counts_are_medians_too_and_none_is_lost_by_rounding)
{
    struct bench_level *l = add_level(add_curve("async", "epoll"), 1, 2);
    l->runs[0].pages = UINT64_C(10000000000);
    l->runs[1].pages = UINT64_C(10000000002);
    l->runs[0].errors[FETCH_TIMEOUT] = 1;
    l->runs[1].errors[FETCH_ERROR_COUNT - 1] = 6;
    l->runs[0].statuses[5] = l->runs[1].statuses[5] = 7;
    bench_result_derive(result);
    cr_assert_eq(l->median.pages, UINT64_C(10000000001));
    cr_assert_eq(l->median.errors[FETCH_TIMEOUT], 1);
    cr_assert_eq(l->median.errors[FETCH_ERROR_COUNT - 1], 3);
    cr_assert_eq(l->median.errors[FETCH_RESET], 0);
    cr_assert_eq(l->median.statuses[5], 7);
    cr_assert_eq(l->median.statuses[2], 0);
}

Test(bench_result, a_plateau_is_short_if_it_was_in_half_of_the_runs)
{
    static const struct {
        unsigned runs, short_ones;
        bool is_short;
    } rows[] = {{1, 0, false}, {1, 1, true}, {2, 1, true}, {3, 1, false},
                {3, 2, true},  {4, 2, true}, {5, 2, false}};
    struct bench_curve *c = add_curve("async", "epoll");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_level *l = add_level(c, 1u << i, rows[i].runs);
        for (unsigned k = 0; k < rows[i].short_ones; k++)
            l->runs[k].short_plateau = true;
    }
    bench_result_derive(result);
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_assert_eq(c->levels[i].median.short_plateau, rows[i].is_short, "%zu", i);
}

Test(bench_result, deriving_twice_changes_nothing)
{
    struct bench_curve *c = add_curve("async", "epoll"), once;
    for (unsigned n = 1; n <= 64; n *= 2)
        add_rate(c, n, 1000 * sqrt(n), n);
    bench_result_derive(result);
    once = *c;
    bench_result_derive(result);
    cr_assert(memcmp(&once, c, sizeof once) == 0);
}

Test(bench_result, levels_and_curves_without_runs_are_left_out)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_level(add_curve("threads", "epoll"), 1, 0);
    add_curve("sync", "epoll");
    struct bench_curve *last = add_curve("processes", "epoll");
    add_level(c, 1, 0);
    add_rate(c, 2, 100, 1);
    add_level(c, 4, 0);
    add_rate(c, 8, 400, 1);
    add_rate(last, 16, 500, 1);
    bench_result_derive(result);
    cr_assert_eq(result->curve_count, 2);
    cr_assert_eq(c->level_count, 2);
    cr_assert_eq(c->levels[0].concurrency, 2);
    cr_assert_eq(c->levels[1].concurrency, 8);
    cr_assert_eq(c->levels[1].efficiency, 1);
    cr_assert_str_eq(result->curves[1].model, "processes");
    cr_assert_eq(result->curves[1].levels[0].concurrency, 16);
}

Test(bench_result, nothing_follows_from_nothing)
{
    bench_result_derive(result);
    cr_assert_eq(result->curve_count, 0);
}

Test(bench_result, efficiency_is_what_each_does_beside_the_least_level)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 4, 400, 1);
    add_rate(c, 8, 600, 1);
    add_rate(c, 16, 3200, 1);
    bench_result_derive(result);
    cr_assert(near(c->levels[0].efficiency, 1));
    cr_assert(near(c->levels[1].efficiency, 0.75));
    cr_assert(near(c->levels[2].efficiency, 2));
    cr_assert(near(c->levels[0].per_task, 100));
    cr_assert(near(c->levels[1].per_task, 75));
}

Test(bench_result, a_level_without_pages_divides_nothing_by_zero)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 0, 1);
    add_rate(c, 2, 100, 1);
    add_rate(c, 4, 200, 1);
    bench_result_derive(result);
    cr_assert_eq(c->levels[0].efficiency, 0);
    cr_assert_eq(c->levels[1].efficiency, 0);
    cr_assert(!c->fits);
    cr_assert_eq(c->knee, 4);
}

Test(bench_result, memory_each_is_what_is_there_beyond_the_least_level)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 2, 1, 1)->rss_bytes = 10e6;
    add_rate(c, 4, 1, 1)->rss_bytes = 9e6;
    add_rate(c, 102, 1, 1)->rss_bytes = 12e6;
    bench_result_derive(result);
    cr_assert_eq(c->levels[0].memory_each, 0);
    cr_assert_eq(c->levels[1].memory_each, 0);
    cr_assert(near(c->levels[2].memory_each, 20e3));
}

Test(bench_result, the_knee_is_the_least_level_within_a_twentieth_of_the_best)
{
    static const struct {
        double rates[6];
        unsigned knee, best;
    } rows[] = {
        {{100, 200, 400, 800, 1600, 3200}, 32, 32},
        {{100, 949, 950, 990, 1000, 500}, 4, 16},
        {{960, 970, 980, 990, 1000, 900}, 1, 16},
        {{1000, 500, 1000, 960, 10, 10}, 1, 1},
        {{100, 951, 100, 100, 1000, 100}, 2, 16},
        {{5, 4, 3, 2, 1, 0.5}, 1, 1},
        {{7, 7, 7, 7, 7, 7}, 1, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench_curve *c = add_curve("async", "epoll");
        for (unsigned l = 0; l < 6; l++)
            add_rate(c, 1u << l, rows[i].rates[l], 1);
    }
    bench_result_derive(result);
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_assert_eq(result->curves[i].knee, rows[i].knee, "%zu: %u", i, result->curves[i].knee);
        cr_assert_eq(result->curves[i].best, rows[i].best, "%zu: %u", i, result->curves[i].best);
    }
}

Test(bench_result, the_law_is_that_of_the_medians)
{
    struct usl law = {.lambda = 1000, .sigma = 0.02, .kappa = 0.0003};
    struct bench_curve *c = add_curve("async", "epoll");
    for (unsigned n = 1; n <= 1024; n *= 2) {
        struct bench_level *l = add_level(c, n, 3);
        for (unsigned i = 0; i < 3; i++)
            l->runs[i].pages_per_second = usl_at(&law, n) * (1 + 0.5 * (i == 0) - 0.5 * (i == 1));
    }
    bench_result_derive(result);
    cr_assert(c->fits);
    cr_assert_float_eq(c->usl.sigma, 0.02, 1e-8);
    cr_assert_float_eq(c->usl.kappa, 0.0003, 1e-10);
}

Test(bench_result, two_levels_have_no_law)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 100, 1);
    add_rate(c, 2, 200, 1);
    bench_result_derive(result);
    cr_assert(!c->fits);
}

static const char *said(void)
{
    static char out[BENCH_SENTENCE];
    bench_result_derive(result);
    bench_result_say(result, out);
    return out;
}

#define EXPECT_SAID(sentence) cr_assert_str_eq(said(), sentence, "%s", said())

Test(bench_result, the_knee_is_recommended_because_more_only_wait)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 5000, 0.2);
    add_rate(c, 8, 16240.4, 0.404);
    add_rate(c, 64, 16744, 3.12);
    add_rate(c, 256, 16700, 14);
    EXPECT_SAID("Use 8: 16,240 pages/s, 97 % of the best (64 in flight); from there on each fetch "
                "only waits longer (p50 0.40 ms at 8, 3.1 ms at 64).");
}

Test(bench_result, a_rate_that_falls_again_is_said)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 19.94, 50);
    add_rate(c, 2, 90, 50);
    add_rate(c, 1024, 30, 34000);
    EXPECT_SAID("Use 2: 90.0 pages/s, the best; from there on each fetch only waits longer (p50 50 "
                "ms at 2, 34.0 s at 1,024), and at 1,024 it is slower, 30.0 pages/s.");
}

Test(bench_result, more_may_be_better_than_the_highest_level)
{
    struct bench_curve *c = add_curve("async", "epoll");
    for (unsigned n = 1; n <= 1024; n *= 2)
        add_rate(c, n, 19.5 * n, 50);
    EXPECT_SAID("Use 1,024, or more: 19,968 pages/s, and they still grow with each level, for what "
                "takes time is waiting for the server.");
}

Test(bench_result, growth_with_a_dip_is_not_growth_with_each_level)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 100, 1);
    add_rate(c, 2, 90, 1);
    add_rate(c, 4, 200, 1)->server_cpu = 0.95;
    EXPECT_SAID("Use 4, or more: 200 pages/s, and they still grow at the highest level, though the "
                "server took 95 % of a core.");
}

Test(bench_result, a_server_that_was_the_limit_is_named)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 5000, 0.2);
    add_rate(c, 8, 16240, 0.4)->server_cpu = 0.96;
    add_rate(c, 64, 16300, 3.1)->server_cpu = 0.955;
    EXPECT_SAID("Use 8: 16,240 pages/s, 99 % of the best (64 in flight); the server was the limit, "
                "at 96 % of a core, so the crawler could do more.");
}

Test(bench_result, a_server_that_is_not_ours_is_no_limit)
{
    struct bench_curve *c = add_curve("async", "epoll");
    for (unsigned n = 1; n <= 4; n *= 2)
        add_rate(c, n, 1000, 1)->server_cpu = -1;
    EXPECT_SAID("Use 1: 1,000 pages/s, the best; more in flight bring nothing.");
}

Test(bench_result, one_level_is_no_advice)
{
    add_rate(add_curve("async", "epoll"), 64, 16240, 3);
    EXPECT_SAID("At 64 in flight, the one level that was measured, it is 16,240 pages/s.");
}

Test(bench_result, fetches_that_fail_at_the_knee_are_told)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 100, 1);
    struct bench_figures *f = add_rate(c, 2, 200, 1);
    f->errors[FETCH_TIMEOUT] = 20;
    f->errors[FETCH_RESET] = 10;
    add_rate(c, 4, 200, 1)->errors[FETCH_TIMEOUT] = 900;
    EXPECT_SAID("Use 2: 200 pages/s, the best; more in flight bring nothing; but 3 % of the "
                "fetches failed there.");
}

Test(bench_result, no_pages_are_no_advice)
{
    struct bench_curve *c = add_curve("async", "epoll");
    add_rate(c, 1, 0, 1);
    add_rate(c, 2, 0, 1);
    EXPECT_SAID("No page came at any level.");
}

Test(bench_result, without_curves_it_says_so)
{
    EXPECT_SAID("Nothing was measured.");
}

/* A level with such a cost: us a page, and bytes for each in flight beyond a first level of 1. */
static void add_cost(struct bench_curve *c, unsigned concurrency, double cpu, double each)
{
    struct bench_figures *f = add_rate(c, concurrency, 1000, 1);
    f->user_us = 0.75 * cpu;
    f->system_us = 0.25 * cpu;
    f->rss_bytes = 1e6 + (concurrency - 1) * each;
}

static const char *second_sentence(void)
{
    const char *end = strstr(said(), ". ");
    return end ? end + 2 : "";
}

#define EXPECT_SECOND(sentence) cr_assert_str_eq(second_sentence(), sentence, "%s", said())

Test(bench_result, two_models_are_compared_at_the_largest_level_of_both)
{
    struct bench_curve *a = add_curve("async", "epoll"), *t = add_curve("threads", "epoll");
    add_cost(a, 1, 60, 0);
    add_cost(a, 256, 41, 24e3);
    add_cost(a, 1024, 40, 24e3);
    add_cost(t, 1, 90, 0);
    add_cost(t, 256, 78, 130e3);
    EXPECT_SECOND("At 256 in flight async takes 41 us of CPU a page and 24.0 KB a fetch, threads "
                  "78 us and 130.0 KB: 1.9 and 5.4 times as much.");
}

Test(bench_result, more_models_are_compared_with_the_first)
{
    struct bench_curve *a = add_curve("async", "epoll"), *t = add_curve("threads", "epoll");
    struct bench_curve *p = add_curve("processes", "epoll"), *s = add_curve("sync", "epoll");
    struct bench_curve *all[] = {a, t, p};
    for (size_t i = 0; i < COUNT(all); i++) {
        add_cost(all[i], 1, 50 + i, 0);
        add_cost(all[i], 64, 40 + 40 * i, 10e3 + 1e6 * i);
    }
    add_cost(s, 1, 30, 0);
    EXPECT_SECOND("At 64 in flight async takes 40 us of CPU a page and 10.0 KB a fetch, threads 80 "
                  "us and 1.0 MB: 2.0 and 101 times as much; processes 120 us and 2.0 MB: 3.0 and "
                  "201 times as much; at 1 in flight async takes 50 us of CPU a page, sync 30 us: "
                  "0.60 times as much.");
}

Test(bench_result, selectors_are_compared_by_their_names)
{
    struct bench_curve *a = add_curve("async", "epoll"), *b = add_curve("async", "poll");
    add_cost(a, 1, 40, 0);
    add_cost(b, 1, 44, 0);
    EXPECT_SECOND("At 1 in flight epoll takes 40 us of CPU a page, poll 44 us: 1.1 times as much.");
}

Test(bench_result, models_on_selectors_have_both_names)
{
    struct bench_curve *a = add_curve("async", "epoll"), *b = add_curve("threads", "poll");
    add_cost(a, 1, 40, 0);
    add_cost(b, 1, 44, 0);
    EXPECT_SECOND("At 1 in flight async on epoll takes 40 us of CPU a page, threads on poll 44 us: "
                  "1.1 times as much.");
}

Test(bench_result, the_advice_is_for_async_which_a_crawl_is)
{
    struct bench_curve *t = add_curve("threads", "epoll"), *a = add_curve("async", "epoll");
    add_rate(t, 1, 1000, 1);
    add_rate(t, 2, 1000, 1);
    add_rate(a, 1, 1000, 1);
    add_rate(a, 2, 3000, 1);
    cr_assert_eq(strncmp(said(), "Use 2, or more: 3,000 pages/s, and", 34), 0, "%s", said());
}

Test(bench_result, the_advice_names_a_model_that_a_crawl_is_not)
{
    struct bench_curve *t = add_curve("threads", "epoll");
    add_rate(t, 1, 1000, 1);
    add_rate(t, 2, 1000, 1);
    EXPECT_SAID("Use 1: 1,000 pages/s with threads, the best; more in flight bring nothing.");
}

Test(bench_result, models_without_a_level_in_common_are_not_compared)
{
    struct bench_curve *a = add_curve("async", "epoll"), *t = add_curve("threads", "epoll");
    add_cost(a, 1, 40, 0);
    add_cost(t, 2, 44, 0);
    EXPECT_SECOND("");
}

Test(bench_result, what_finds_no_room_is_left_out_as_a_whole)
{
    for (unsigned i = 0; i < BENCH_CURVES; i++) {
        struct bench_curve *c =
            add_curve(i % 2 ? "processes" : "async", i % 3 ? "io_uring" : "poll");
        add_cost(c, 1, 40, 0);
        add_cost(c, 1024, 1e9, 1e12);
    }
    const char *sentence = said();
    size_t length = strlen(sentence);
    cr_assert_lt(length, BENCH_SENTENCE);
    cr_assert_gt(length, BENCH_SENTENCE / 2);
    cr_assert_str_eq(sentence + length - 14, "times as much.");
}
