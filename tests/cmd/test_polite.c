/* Hosts that ask for a rest, that stall, or that answer no more. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>

static size_t times_said(const struct result *r, const char *text)
{
    size_t n = 0;
    for (const char *at = r->err; (at = strstr(at, text)); at++)
        n++;
    return n;
}

Test(polite, retry_after_is_for_the_whole_host_and_for_no_other)
{
    static const struct site_page tired[] = {
        {"/", .body = "<a href=/busy><a href=/late>"},
        {"/busy", .headers = "Retry-After: 1\r\n", .fail_first = 1},
        {"/late"},
    };
    static const struct site_page fresh[] = {
        {"/", .body = "<a href=/1>", .delay = 0.05},
        {"/1", .body = "<a href=/2>", .delay = 0.05},
        {"/2", .body = "<a href=/end>", .delay = 0.05},
        {"/end"},
    };
    struct site *a = site_open(tired, COUNT(tired)), *b = site_open(fresh, COUNT(fresh));
    char other[SITE_URL_SIZE];
    struct result r;
    struct program *p =
        crawling_start(a, ARGS("{{BASE}}/", site_url(b, "/", other), "--per-host", "1", "-q"));
    crawling_await_hits(b, "/end", 1);
    cr_expect_eq(site_hits(a, "/busy"), 1);
    cr_expect_eq(site_hits(a, "/late"), 0);
    program_wait(p, PATIENCE, &r);
    cr_expect_eq(site_hits(a, "/busy"), 2);
    cr_expect_eq(site_hits(a, "/late"), 1);
    cr_expect(r.seconds >= 1 && r.seconds < 1 + 4 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
    site_close(a);
    site_close(b);
}

Test(polite, a_host_that_is_busy_has_less_in_flight)
{
    static const struct {
        unsigned busy; /* so often, at first */
        size_t least, most;
    } cases[] = {{0, 8, 8}, {1, 4, 6}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct site_page pages[13] = {
            {"/", .fail_first = cases[i].busy,
             .body = "<a href=a><a href=b><a href=c><a href=d><a href=e><a href=f><a href=g>"
                     "<a href=h><a href=i><a href=j><a href=k><a href=l>"}};
        static const char *const paths[] = {"/a", "/b", "/c", "/d", "/e", "/f",
                                            "/g", "/h", "/i", "/j", "/k", "/l"};
        for (size_t k = 0; k < 12; k++)
            pages[k + 1] = (struct site_page){paths[k], .delay = 0.05};
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
        size_t most = site_most_in_flight(s);
        cr_expect(most >= cases[i].least && most <= cases[i].most, "row %zu: %zu in flight", i,
                  most);
        expect_fetched(s, i ? "/ / /a /b /c /d /e /f /g /h /i /j /k /l"
                            : "/ /a /b /c /d /e /f /g /h /i /j /k /l");
        result_free(&r);
        site_close(s);
    }
}

Test(polite, hosts_that_stall_keep_none_waiting)
{
    static const struct site_page pit[] = {{"/robots.txt", .behaviour = SITE_HANG}};
    static const struct site_page late_pit[] = {{"/", .behaviour = SITE_HANG}};
    static const struct site_page pages[] = {{"/", .body = "<a href=/end>"}, {"/end"}};
    enum { PITS = 6 };
    struct site *pits[PITS], *good = site_open(pages, COUNT(pages));
    char seeds[PITS][SITE_URL_SIZE];
    for (int i = 0; i < PITS; i++) {
        pits[i] = site_open(i % 2 ? late_pit : pit, 1);
        site_url(pits[i], "/", seeds[i]);
    }
    double began = crawling_now();
    struct program *p =
        crawling_start(good, ARGS("-c4", "-q", "-m", "20", seeds[0], seeds[1], seeds[2], seeds[3],
                                  seeds[4], seeds[5], "{{BASE}}/"));
    crawling_await_hits(good, "/end", 1);
    cr_expect_lt(crawling_now() - began, 10, "%g s", crawling_now() - began);
    struct result r;
    program_signal(p, SIGTERM);
    program_signal(p, SIGTERM);
    program_wait(p, PATIENCE, &r);
    result_free(&r);
    for (int i = 0; i < PITS; i++)
        site_close(pits[i]);
    site_close(good);
}

Test(polite, a_host_that_comes_back_loses_nothing_but_what_failed_before)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=a><a href=b><a href=c><a href=d><a href=e><a href=f><a href=g>"},
        {"/a", .behaviour = SITE_CLOSE},
        {"/b", .behaviour = SITE_CLOSE},
        {"/c", .behaviour = SITE_CLOSE},
        {"/d", .behaviour = SITE_CLOSE},
        {"/e", .behaviour = SITE_CLOSE},
        {"/f"},
        {"/g"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--retry=0", "--per-host=1"), &r);
    expect_said(&r, "/e: reset: ");
    expect_said(&r, "3 2xx, 5 reset");
    cr_expect_eq(site_hits(s, "/g"), 1);
    cr_expect_geq(r.seconds, 1, "%g s", r.seconds); /* it was waited for, with /e in hand */
    cr_expect_lt(r.seconds, 1.5 + 4 * AT_ONCE, "%g s", r.seconds);
    cr_expect_eq(times_said(&r, "put aside"), 0);
    result_free(&r);
    site_close(s);
}

Test(polite, a_host_that_never_answers_is_put_aside_with_a_word)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=/end>"}, {"/end"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s,
                 ARGS("--ignore-robots", "--retry=0", "http://127.0.0.1:1/1",
                      "http://127.0.0.1:1/2", "http://127.0.0.1:1/3", "http://127.0.0.1:1/4",
                      "http://127.0.0.1:1/5", "http://127.0.0.1:1/6", "http://127.0.0.1:1/7",
                      "{{BASE}}/"),
                 &r);
    cr_expect_eq(times_said(&r, "http://127.0.0.1:1: put aside: it never answered (connect: "), 1);
    expect_said(&r, "http://127.0.0.1:1/7: connect: put aside: it never answered");
    expect_said(&r, "2 2xx, 7 connect");
    expect_status(&r, 0);
    cr_expect_lt(r.seconds, 2 + 2 * AT_ONCE);
    result_free(&r);
    site_close(s);
}

Test(polite, fetches_no_more_a_second_than_asked_for_over_all_hosts)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=a><a href=b><a href=c>"}, {"/a"}, {"/b"}, {"/c"}};
    static const char *const rates[] = {"20", "20/s", "1200/m", "72000/h"};

    for (size_t i = 0; i < COUNT(rates); i++) {
        struct site *s = site_open(pages, COUNT(pages)), *other = site_open(pages, COUNT(pages));
        char seed[SITE_URL_SIZE];
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", site_url(other, "/", seed), "--rate", rates[i], "-q"),
                     &r);
        expect_status(&r, 0);
        /* Eight pages and two robots.txt: nine times 50 ms between them. */
        cr_expect(r.seconds >= 0.44 && r.seconds < 0.45 + 3 * AT_ONCE, "%s: %g s", rates[i],
                  r.seconds);
        cr_expect_eq(crawling_lines(r.out), 8);
        result_free(&r);
        site_close(s);
        site_close(other);
    }
}
