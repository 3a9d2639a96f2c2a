#include "crawler/retry.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define RETRIES 20

/* The pause after a fetch of that URL which ended so. */
static int64_t pause_after(enum fetch_error error, int status, const char *retry_after,
                           unsigned attempts, char *url)
{
    struct fetch f = {.error = error, .status = status};
    struct item item = {.url = url, .length = strlen(url), .todo.attempts = (uint16_t)attempts};

    if (retry_after)
        f.headers[HEADER_RETRY_AFTER] =
            (struct fetch_value){.text = (char *)retry_after, .there = true};
    return retry_pause(&f, &item, RETRIES);
}

static int64_t asked(const char *retry_after)
{
    char url[] = "http://a/";
    return pause_after(FETCH_OK, 503, retry_after, 0, url);
}

Test(retry, tries_again_what_may_pass)
{
    static const struct {
        enum fetch_error error;
        int status;
        bool again;
    } table[] = {
        {FETCH_OK, 200, false},      {FETCH_OK, 301, false},      {FETCH_OK, 404, false},
        {FETCH_OK, 408, true},       {FETCH_OK, 410, false},      {FETCH_OK, 429, true},
        {FETCH_OK, 500, true},       {FETCH_OK, 501, false},      {FETCH_OK, 502, true},
        {FETCH_OK, 503, true},       {FETCH_OK, 504, true},       {FETCH_OK, 505, false},
        {FETCH_CONNECT, 0, true},    {FETCH_TIMEOUT, 0, true},    {FETCH_TIMEOUT, 200, true},
        {FETCH_RESET, 200, true},    {FETCH_RESET, 404, true},    {FETCH_DNS, 0, false},
        {FETCH_TLS, 0, false},       {FETCH_HTTP, 0, false},      {FETCH_DECODE, 503, false},
        {FETCH_REDIRECTS, 0, false}, {FETCH_TOO_LARGE, 0, false},
    };
    char url[] = "http://a/";

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t pause = pause_after(table[i].error, table[i].status, NULL, 0, url);
        cr_assert_eq(pause >= 0, table[i].again, "%s %d", fetch_error_name(table[i].error),
                     table[i].status);
    }
}

Test(retry, doubles_the_pause_within_its_jitter_and_up_to_five_minutes)
{
    char url[64];

    for (unsigned attempts = 0; attempts < RETRIES; attempts++) {
        int64_t middle = NS_PER_S / 2 << (attempts < 9 ? attempts : 9);
        for (int i = 0; i < 50; i++) {
            snprintf(url, sizeof url, "http://a/%d", i);
            int64_t pause = pause_after(FETCH_TIMEOUT, 0, NULL, attempts, url);
            cr_assert_geq(pause, middle / 4 * 3);
            cr_assert_leq(pause, middle / 4 * 5);
            cr_assert_leq(pause, 300 * NS_PER_S);
        }
    }
}

Test(retry, spreads_what_failed_together)
{
    char a[] = "http://a/1", b[] = "http://a/2";

    cr_assert_neq(pause_after(FETCH_RESET, 0, NULL, 0, a), pause_after(FETCH_RESET, 0, NULL, 0, b));
}

Test(retry, ends_after_its_tries)
{
    char url[] = "http://a/";

    cr_assert_geq(pause_after(FETCH_RESET, 0, NULL, RETRIES - 1, url), 0);
    cr_assert_eq(pause_after(FETCH_RESET, 0, NULL, RETRIES, url), -1);
    cr_assert_eq(pause_after(FETCH_OK, 503, "1", RETRIES, url), -1);
}

Test(retry, waits_as_long_as_it_is_asked_to)
{
    char date[64];
    time_t now = time(NULL) + 100;

    cr_assert_eq(asked("7"), 7 * NS_PER_S);
    cr_assert_eq(asked("120"), 120 * NS_PER_S);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
    cr_assert_geq(asked(date), 95 * NS_PER_S);
    cr_assert_leq(asked(date), 100 * NS_PER_S);
}

Test(retry, waits_no_longer_than_five_minutes)
{
    cr_assert_eq(asked("301"), 300 * NS_PER_S);
    cr_assert_eq(asked("1000000000000"), 300 * NS_PER_S);
    cr_assert_eq(asked("99999999999999999999999999"), asked("99999999999999999999999999"));
    cr_assert_leq(asked("99999999999999999999999999"), 300 * NS_PER_S);
}

Test(retry, waits_its_own_pause_where_less_or_nonsense_is_asked)
{
    static const char *const values[] = {NULL, "",     "0",
                                         "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        cr_assert_geq(asked(values[i]), NS_PER_S / 8 * 3, "%s", values[i]);
        cr_assert_leq(asked(values[i]), NS_PER_S / 8 * 5, "%s", values[i]);
    }
}

/* --- what the frontier hears --- */

static struct host after;   /* what is known of a host, after one fetch, */
static int64_t pause_heard; /* and how long its URL is to wait */

static int hear(void *arg)
{
    struct fetch *f = arg;
    const struct frontier_options options = {.concurrency = 8, .per_host = 8};
    struct frontier frontier;
    struct item item = {.url = (char[]){"http://a/x"}, .length = 10};
    struct url u;

    frontier_init(&frontier, loop_running(), &options);
    url_describe(&u, item.url, item.length);
    item.host = frontier_host(&frontier, &u);
    f->started = loop_time();
    f->ended = f->started + NS_PER_MS;
    pause_heard = retry_heard(&frontier, &item, f, RETRIES);
    after = *item.host;
    frontier_deinit(&frontier);
    return 0;
}

Test(retry, tells_the_frontier_what_an_outcome_means_for_the_host)
{
    static const struct {
        struct fetch fetch;
        bool answered, met, halved;
        unsigned timeouts, misses, given_back;
    } table[] = {
        {{.status = 200}, .answered = true, .met = true},
        {{.status = 404}, .answered = true, .met = true},
        {{.status = 500}, .answered = true, .met = true},
        {{.status = 429}, .answered = true, .met = true, .halved = true},
        {{.status = 503}, .answered = true, .met = true, .halved = true},
        {{.error = FETCH_CONNECT}, .halved = true, .misses = 1},
        {{.error = FETCH_TIMEOUT}, .timeouts = 1, .misses = 1},
        {{.error = FETCH_TIMEOUT, .status = 200}, .timeouts = 1, .misses = 1},
        {{.error = FETCH_TIMEOUT, .given_back = true}, .given_back = 1},
        {{.error = FETCH_RESET}, .misses = 1},
        {{.error = FETCH_RESET, .status = 200}, .answered = true, .met = true},
        {{.error = FETCH_DNS}, .met = false},
        {{.error = FETCH_TLS}, .met = false},
        {{.error = FETCH_HTTP}, .met = false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fetch f = table[i].fetch;
        f.message = "";
        cr_assert_eq(runner_run(NULL, hear, &f), 0);
        const struct host *h = &after;
        cr_expect_eq(pause_heard == 0, table[i].given_back, "row %zu", i);
        cr_expect_eq(h->pace.answered, table[i].answered, "row %zu", i);
        cr_expect_eq(h->met, table[i].met, "row %zu", i);
        cr_expect_eq(pace_share(&h->pace, 8), table[i].halved ? 4 : 8, "row %zu", i);
        cr_expect_eq(h->pace.timeouts, table[i].timeouts, "row %zu", i);
        cr_expect_eq(h->pace.misses, table[i].misses, "row %zu", i);
        cr_expect_eq(h->given_back, table[i].given_back, "row %zu", i);
    }
}
