/* When a crawl ends, and with which status. */
#include "tests/cmd/crawling.h"
#include "tests/loop/backends.h"

#include <signal.h>
#include <stdio.h>

/* A crawl of a page that answers so late, and that is the last one. Returns how long after it the
 * program ended: the least of a few tries, since the machine may be busy. */
static double lateness(double delay, const char *option, int tries)
{
    struct site_page pages[] = {
        {"/", .body = "<a href=/late>"},
        {"/late", .body = "<a href=/><a href=/late#x><a href=http://127.0.0.1:1/>", .delay = delay},
    };
    double least = 1e9;
    while (tries-- > 0 && least > AT_ONCE) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", option), &r);
        expect_said(&r, "skitter: 2 pages");
        expect_said(&r, "complete");
        expect_found(s, &r, "/ /late");
        expect_status(&r, 0);
        cr_expect_geq(r.seconds, delay);
        least = r.seconds - delay < least ? r.seconds - delay : least;
        result_free(&r);
        site_close(s);
    }
    return least;
}

Test(end, comes_at_once_after_a_last_page_that_takes_3_s)
{
    double late = lateness(3, "-v", 3);
    cr_expect_lt(late, AT_ONCE, "%g s late", late);
}

BACKEND_TEST(end, comes_at_once_with_every_selector)
{
    char option[64];
    snprintf(option, sizeof option, "--selector=%s", ops->name);
    double late = lateness(0.2, option, 5);
    cr_expect_lt(late, AT_ONCE, "%s: %g s late", option, late);
}

Test(end, comes_at_once_with_every_depth_and_concurrency)
{
    static const char *const options[] = {"-l1", "-c1", "--retry=0", "-n2", "--ignore-robots"};
    for (size_t i = 0; i < COUNT(options); i++) {
        double late = lateness(0.2, options[i], 5);
        cr_expect_lt(late, AT_ONCE, "%s: %g s late", options[i], late);
    }
}

/* A port where nobody listens. */
static void closed_url(char url[SITE_URL_SIZE])
{
    static const struct site_page none[] = {{"/"}};
    struct site *s = site_open(none, 1);
    site_url(s, "/", url);
    site_close(s);
}

Test(end, comes_at_once_after_the_tries_at_an_unreachable_host)
{
    static const struct {
        const char *retries;
        double pauses;
    } cases[] = {{"0", 0}, {"1", 0.625}, {"2", 1.875}};
    char url[SITE_URL_SIZE];
    closed_url(url);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        crawling_run(NULL, ARGS(url, "--retry", cases[i].retries), &r);
        expect_status(&r, 1);
        expect_said(&r, ": connect: ");
        expect_said(&r, "skitter: no page answered 2xx: http://127.0.0.1:");
        cr_expect_lt(r.seconds, cases[i].pauses + 2 * AT_ONCE, "%s: %g s", cases[i].retries,
                     r.seconds);
        cr_expect_eq(crawling_lines(r.out), 1);
        result_free(&r);
    }
}

Test(end, does_not_wait_for_other_pages_of_an_unreachable_host)
{
    char url[SITE_URL_SIZE], more[SITE_URL_SIZE + 8];
    closed_url(url);
    snprintf(more, sizeof more, "%s?more", url);
    struct result r;
    crawling_run(NULL, ARGS(url, more, "-c1", "--retry=1"), &r);
    expect_status(&r, 1);
    cr_expect_lt(r.seconds, 0.625 + 2 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
}

/* --- exit statuses --- */

Test(status, tells_how_it_went)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=broken>"},
        {"/broken", 500},
        {"/to", 302, .headers = "Location: /\r\n"},
        {"/nowhere", 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
    };
    static const struct {
        const char *args[4];
        int status;
        const char *said;
    } cases[] = {
        {{"{{BASE}}/"}, 0, "1 2xx, 1 5xx"},
        {{"{{BASE}}/to"}, 0, "1 2xx, 1 3xx"},
        {{"{{BASE}}/missing", "{{BASE}}/"}, 0, "1 4xx"},
        {{"{{BASE}}/", "http://["}, 0, "seed 2: http://["},
        {{"{{BASE}}/missing"}, 1, "no page answered 2xx: http://127.0.0.1:"},
        {{"{{BASE}}/missing"}, 1, "/missing: answered 404"},
        {{"{{BASE}}/missing", "-q"}, 1, "/missing: answered 404"},
        {{"{{BASE}}/nowhere", "--max-redirs=0"}, 1, "too many redirects"},
        {{"http://["}, 2, "http://["},
        {{"--no-such-option", "{{BASE}}/"}, 2, "unknown option --no-such-option"},
        {{"{{BASE}}/", "-o", "/nowhere/at/all"}, 3, "/nowhere/at/all: No such file"},
        {{"{{BASE}}/", "-o", "/dev/full"}, 3, "/dev/full: No space left on device"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        const char *args[8] = {"--retry=0"};
        memcpy(args + 1, cases[i].args, sizeof cases[i].args);
        crawling_run(s, args, &r);
        cr_expect_eq(r.status, cases[i].status, "row %zu: status %d: %s", i, r.status, r.err);
        expect_said(&r, cases[i].said);
        result_free(&r);
    }
    site_close(s);
}

/* --- signals --- */

static const struct site_page signalled[] = {
    {"/", .body = "<a href=/late><a href=/hang>"},
    {"/late", .body = "<a href=/last>", .delay = 0.5},
    {"/hang", .behaviour = SITE_HANG},
};

/* Waits for the end, and returns how long after the moment it came. */
static double wait_since(struct program *p, double moment, struct result *r)
{
    program_wait(p, PATIENCE, r);
    cr_assert_not(r->timed_out, "it does not end: %s", r->err);
    return crawling_now() - moment;
}

Test(signal, lets_a_page_in_flight_finish_and_prints_what_it_leads_to)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct site *s = site_open(signalled, COUNT(signalled));
        struct program *p = crawling_start(s, ARGS("{{BASE}}/late"));
        struct result r;
        crawling_await_hits(s, "/late", 1);
        program_signal(p, signals[i]);
        double late = wait_since(p, crawling_now(), &r);
        expect_status(&r, 128 + signals[i]);
        expect_found(s, &r, "/last /late");
        expect_fetched(s, "/late");
        expect_said(&r, signals[i] == SIGINT ? "interrupted" : "terminated");
        cr_expect_lt(late, 0.5 + AT_ONCE, "%g s", late);
        result_free(&r);
        site_close(s);
    }
}

Test(signal, cuts_what_is_in_flight_after_2_s)
{
    static const char *const seeds[] = {"{{BASE}}/hang", "{{BASE}}/"};
    for (size_t i = 0; i < COUNT(seeds); i++) {
        struct site *s = site_open(signalled, COUNT(signalled));
        struct program *p = crawling_start(s, ARGS(seeds[i]));
        struct result r;
        crawling_await_hits(s, "/hang", 1);
        program_signal(p, SIGINT);
        double late = wait_since(p, crawling_now(), &r);
        expect_status(&r, 130);
        cr_expect(late > 1.9 && late < 2 + AT_ONCE, "%g s", late);
        expect_found(s, &r, i == 0 ? "/hang" : "/ /hang /last /late");
        result_free(&r);
        site_close(s);
    }
}

Test(signal, ends_the_program_at_once_when_it_is_the_second)
{
    static const int signals[][2] = {{SIGINT, SIGINT}, {SIGINT, SIGTERM}, {SIGTERM, SIGTERM}};
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct site *s = site_open(signalled, COUNT(signalled));
        struct program *p = crawling_start(s, ARGS("{{BASE}}/hang"));
        struct result r;
        crawling_await_hits(s, "/hang", 1);
        program_signal(p, signals[i][0]);
        crawling_sleep(0.1); /* so that they are two */
        program_signal(p, signals[i][1]);
        double late = wait_since(p, crawling_now(), &r);
        expect_status(&r, 128 + signals[i][1]);
        cr_expect_lt(late, AT_ONCE, "%g s", late);
        result_free(&r);
        site_close(s);
    }
}

Test(signal, ends_a_crawl_that_waits_for_a_pause_at_once)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/a>", .headers = "Retry-After: 60\r\n", .fail_first = 1}};
    struct site *s = site_open(pages, 1);
    struct program *p = crawling_start(s, ARGS("{{BASE}}/"));
    struct result r;
    crawling_await_hits(s, "/", 1);
    crawling_sleep(0.1); /* until the answer is there */
    program_signal(p, SIGTERM);
    double late = wait_since(p, crawling_now(), &r);
    expect_status(&r, 143);
    cr_expect_lt(late, AT_ONCE, "%g s", late);
    result_free(&r);
    site_close(s);
}
