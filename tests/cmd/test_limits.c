/* How far a crawl goes, how fast it may, and how often it tries. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

/* What was fetched at every one of these. */
static const char *const concurrencies[] = {"1", "2", "32"};

/* A page / that links to /01 ... and those pages, all alike. */
struct flat_site {
    struct site_page pages[41];
    char paths[41][8], body[1024];
};

static struct site *flat_site_open(struct flat_site *f, size_t links, struct site_page like)
{
    char *end = f->body;
    *end = '\0';
    f->pages[0] = (struct site_page){"/", .body = f->body};
    for (size_t i = 1; i <= links; i++) {
        sprintf(f->paths[i], "/%02zu", i);
        end += sprintf(end, "<a href=%s>", f->paths[i]);
        f->pages[i] = like;
        f->pages[i].path = f->paths[i];
    }
    return site_open(f->pages, links + 1);
}

static size_t fetched(struct site *s)
{
    char *order = crawling_fetched(s);
    size_t n = *order != '\0';
    for (const char *at = order; (at = strchr(at, ' ')); at++)
        n++;
    free(order);
    return n;
}

/* --- depth --- */

Test(depth, is_the_least_distance_at_every_concurrency)
{
    /* /t is two links away by way of a slow page, and four by way of quick ones. */
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/slow><a href=/1>"},
        {"/slow", .body = "<a href=/t>", .delay = 0.1},
        {"/1", .body = "<a href=/2>"},
        {"/2", .body = "<a href=/3>"},
        {"/3", .body = "<a href=/t>"},
        {"/t", .body = "<a href=/u>", .delay = 0.05},
        {"/u", .body = "<a href=/v>"},
        {"/v", .body = "<a href=/w>"},
    };
    for (size_t i = 0; i < COUNT(concurrencies); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-l", "3", "-q", "-c", concurrencies[i]), &r);
        expect_fetched(s, "/ /1 /2 /3 /slow /t /u");
        expect_found(s, &r, "/ /1 /2 /3 /slow /t /u /v");
        result_free(&r);
        site_close(s);
    }
}

Test(depth, 0_is_the_seeds_alone)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=a>"}};
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--depth=0", "{{BASE}}/b", "-q"), &r);
    expect_fetched(s, "/ /b");
    result_free(&r);
    site_close(s);
}

/* --- pages, time, bytes --- */

Test(max_pages, counts_every_fetch_but_those_of_robots_txt)
{
    static const struct site_page pages[] = {
        {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /no\n"},
        {"/", .body = "<a href=no/1><a href=no/2><a href=no/3><a href=r><a href=missing>"
                      "<a href=ok><a href=more>"},
        {"/r", 302, .headers = "Location: /ok\r\n"},
    };
    for (size_t i = 0; i < COUNT(concurrencies); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-n", "4", "-c", concurrencies[i]), &r);
        cr_expect_eq(fetched(s), 4, "-c %s: %zu fetches", concurrencies[i], fetched(s));
        expect_found(s, &r, "/ /missing /more /no/1 /no/2 /no/3 /ok /r");
        expect_said(&r, "stopped by --max-pages");
        expect_status(&r, 0);
        result_free(&r);
        site_close(s);
    }
}

Test(max_pages, of_just_as_many_as_there_are_leaves_the_crawl_complete)
{
    struct flat_site f;
    struct site *s = flat_site_open(&f, 9, (struct site_page){.body = "<a href=/>"});
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-n10"), &r);
    cr_expect_eq(fetched(s), 10);
    expect_said(&r, "complete");
    result_free(&r);
    site_close(s);
}

Test(duration, stops_the_crawl_and_lets_those_in_flight_end)
{
    struct flat_site f;
    struct site *s = flat_site_open(&f, 40, (struct site_page){.delay = 0.1, .body = "<a href=x>"});
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--duration", "250ms", "--per-host", "2"), &r);
    cr_expect(fetched(s) > 2 && fetched(s) < 20, "%zu fetches", fetched(s));
    cr_expect_geq(r.seconds, 0.25);
    cr_expect_lt(r.seconds, 0.35 + 2 * AT_ONCE);
    expect_said(&r, "stopped by --duration");
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(quota, stops_the_crawl_after_so_many_bytes)
{
    static char body[4097];
    struct flat_site f;
    memset(body, 'x', sizeof body - 1);
    struct site *s = flat_site_open(&f, 40, (struct site_page){.body = body});
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--quota", "10K", "-c", "1"), &r);
    cr_expect_eq(fetched(s), 4, "%zu fetches", fetched(s)); /* the first is short */
    expect_said(&r, "stopped by --quota");
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(max_body, cuts_a_page_and_keeps_the_links_before)
{
    static char body[64 * 1024];
    static const struct site_page pages[] = {{"/", .body = body}};
    memset(body, ' ', sizeof body - 1);
    memcpy(body, "<a href=a>", 10);
    memcpy(body + sizeof body - 16, "<a href=b>", 10);
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--max-body", "32K"), &r);
    expect_found(s, &r, "/ /a");
    expect_said(&r, "1 cut at --max-body");
    result_free(&r);
    site_close(s);
}

/* --- how many at once, and how often --- */

Test(per_host, bounds_the_fetches_in_flight_of_a_host)
{
    static const struct {
        const char *args[5];
        size_t most;
    } cases[] = {
        {{NULL}, 8},
        {{"--per-host", "3"}, 3},
        {{"-c", "5"}, 5},
        {{"-c", "20"}, 20},
        {{"-c", "20", "--per-host=4"}, 4},
        {{"-c", "20", "http://localhost:1/"}, 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct flat_site f;
        struct site *s = flat_site_open(&f, 40, (struct site_page){.delay = 0.02});
        struct result r;
        const char *args[10] = {"{{BASE}}/", "-q", "--retry=0"};
        memcpy(args + 3, cases[i].args, sizeof cases[i].args);
        crawling_run(s, args, &r);
        size_t most = site_most_in_flight(s);
        cr_expect_eq(most, cases[i].most, "row %zu: %zu in flight", i, most);
        cr_expect_eq(fetched(s), 41);
        result_free(&r);
        site_close(s);
    }
}

Test(delay, keeps_the_starts_of_a_host_apart)
{
    struct flat_site f;
    struct site *s = flat_site_open(&f, 4, (struct site_page){.body = ""});
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-q", "--delay", "100ms"), &r);
    cr_expect_eq(fetched(s), 5);
    cr_expect_geq(r.seconds, 0.5); /* robots.txt and five pages: five pauses */
    cr_expect_lt(r.seconds, 0.5 + 2 * AT_ONCE);
    result_free(&r);
    site_close(s);
}

Test(retry, tries_again_after_growing_pauses)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=a>", .fail_first = 2}};
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/"), &r);
    cr_expect_eq(site_hits(s, "/"), 3);
    expect_found(s, &r, "/ /a");
    cr_expect(r.seconds > 1.1 && r.seconds < 2.5, "%g s", r.seconds);
    expect_said(&r, "2 tried again");
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(retry, is_for_what_may_pass)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=a><a href=b><a href=c><a href=d><a href=e><a href=f><a href=g>"
                      "<a href=h><a href=i><a href=j><a href=k><a href=l><a href=m><a href=n>"},
        {"/a", 408},
        {"/b", 429},
        {"/c", 500},
        {"/d", 502},
        {"/e", 503},
        {"/f", 504},
        {"/g", 429},
        {"/h", .behaviour = SITE_RESET, .body = "body"},
        {"/i", .behaviour = SITE_TRUNCATE, .body = "body"},
        {"/j", .behaviour = SITE_HANG},
        {"/k", 403},
        {"/l", 404},
        {"/m", 501},
        {"/n", 410},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--retry", "1", "-m", "0.5s", "-c20", "-q"), &r);
    expect_fetched(s, "/ /a /a /b /b /c /c /d /d /e /e /f /f /g /g /h /h /i /i /j /j /k /l /m /n");
    cr_expect_lt(r.seconds, 2.5);
    result_free(&r);
    site_close(s);
}

Test(retry, is_for_a_connection_that_ends_without_an_answer)
{
    static const struct site_page pages[] = {
        {"/robots.txt", 404, .headers = "Connection: close\r\n"}, /* so that each is a new one */
        {"/", .behaviour = SITE_CLOSE},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--retry", "1"), &r);
    expect_fetched(s, "/ /");
    expect_said(&r, "/: reset: ");
    expect_status(&r, 1);
    result_free(&r);
    site_close(s);
}

Test(retry, waits_as_long_as_retry_after_says)
{
    static const struct site_page pages[] = {
        {"/", .headers = "Retry-After: 1\r\n", .fail_first = 1},
    };
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
    cr_expect_eq(site_hits(s, "/"), 2);
    cr_expect(r.seconds >= 1 && r.seconds < 1 + 2 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
    site_close(s);
}

Test(retry, of_0_is_none)
{
    static const struct site_page pages[] = {{"/", .fail_first = 1}};
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--retries=0"), &r);
    cr_expect_eq(site_hits(s, "/"), 1);
    expect_said(&r, "no page answered 2xx: ");
    expect_said(&r, "answered 503");
    expect_status(&r, 1);
    result_free(&r);
    site_close(s);
}

Test(max_time, of_0_is_no_limit_as_curls)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=/a>"}, {"/a", .delay = 0.1}};
    struct site *s = site_open(pages, 2);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-m", "0", "--connect-timeout", "0"), &r);
    expect_said(&r, "2 2xx");
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}
