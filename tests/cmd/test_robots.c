/* What robots.txt keeps a crawl from, and what it does not. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>

#define RULES(text)                                       \
    {                                                     \
        "/robots.txt", .type = "text/plain", .body = text \
    }

Test(robots, is_the_first_fetch_of_each_origin)
{
    static const struct site_page pages[] = {
        RULES("User-agent: *\nAllow: /\n"), {"/", .body = "<a href=a>"}, {"/a"}};
    struct site *s = site_open(pages, COUNT(pages)), *other = site_open(pages, COUNT(pages));
    char seed[SITE_URL_SIZE];
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "{{BASE}}/a", site_url(other, "/", seed), "-q"), &r);
    for (int i = 0; i < 2; i++) {
        char *order = site_order(i ? other : s);
        cr_expect_eq(strncmp(order, "/robots.txt /", 13), 0, "%s", order);
        cr_expect_eq(site_hits(i ? other : s, "/robots.txt"), 1);
        cr_expect_eq(site_hits(i ? other : s, "/a"), 1);
        free(order);
    }
    result_free(&r);
    site_close(s);
    site_close(other);
}

Test(robots, that_forbids_everything_ends_the_crawl_at_once_with_1_and_a_clear_line)
{
    static const struct site_page pages[] = {RULES("User-agent: *\nDisallow: /\n"), {"/"}, {"/a"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "{{BASE}}/a"), &r);
    expect_status(&r, 1);
    cr_expect_lt(r.seconds, 2 * AT_ONCE);
    expect_said(&r, "skitter: no page answered 2xx: http://127.0.0.1:");
    expect_said(&r, "/: robots.txt forbids it");
    expect_fetched(s, "");
    expect_found(s, &r, "/ /a");
    result_free(&r);
    site_close(s);
}

Test(robots, keeps_from_fetching_but_not_from_printing)
{
    static const struct site_page pages[] = {
        RULES("User-agent: *\nDisallow: /no\nAllow: /no/yes\nDisallow: /*.gif$\n"),
        {"/", .body = "<a href=no><a href=no/yes><a href=a.gif><a href='a.gif?x'><a href=r>"},
        {"/r", 302, .headers = "Location: /no/redirected\r\n"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/"), &r);
    expect_fetched(s, "/ /a.gif?x /no/yes /r");
    expect_found(s, &r, "/ /a.gif /a.gif?x /no /no/redirected /no/yes /r");
    expect_said(&r, "3 robots");
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(robots, is_not_even_read_where_it_is_ignored)
{
    static const struct site_page pages[] = {RULES("User-agent: *\nDisallow: /\n"), {"/"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--ignore-robots"), &r);
    cr_expect_eq(site_hits(s, "/robots.txt"), 0);
    cr_expect_eq(site_hits(s, "/"), 1);
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(robots, is_matched_by_what_stands_before_the_slash_of_the_agent)
{
    static const struct site_page pages[] = {
        RULES("User-agent: skitter\nDisallow: /a\n\nUser-agent: ROBO\nDisallow: /b\n\n"
              "User-agent: *\nDisallow: /c\n"),
        {"/", .body = "<a href=a><a href=b><a href=c>"},
        {"/a"},
        {"/b"},
        {"/c"},
    };
    static const char *const agents[][2] = {
        {NULL, "/ /b /c"},    {"robo", "/ /a /c"},        {"Robo/2.0 (x)", "/ /a /c"},
        {"robot", "/ /a /b"}, {"Mozilla/5.0", "/ /a /b"},
    };
    for (size_t i = 0; i < COUNT(agents); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-q", agents[i][0] ? "-A" : NULL, agents[i][0]), &r);
        expect_text(crawling_fetched(s), agents[i][1], agents[i][0] ? agents[i][0] : "skitter");
        result_free(&r);
        site_close(s);
    }
}

Test(robots, that_answers_4xx_or_nowhere_allows_everything)
{
    static const struct site_page answers[] = {
        {"/robots.txt", 401, .body = "User-agent: *\nDisallow: /\n"},
        {"/robots.txt", 403},
        {"/robots.txt", 404, .type = "text/plain", .body = "User-agent: *\nDisallow: /\n"},
        {"/robots.txt", 410},
        {"/robots.txt", 302, .headers = "Location: /nothing\r\n"},
        {"/robots.txt", 302, .headers = "Location: /robots.txt\r\n"}, /* without end */
        {"/robots.txt", .body = "<html>Welcome to a page that is no robots.txt</html>"},
        {"/robots.txt"},
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct site_page pages[] = {answers[i], {"/"}};
        struct site *s = site_open(pages, 2);
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/"), &r);
        cr_expect_eq(r.status, 0, "row %zu: status %d: %s", i, r.status, r.err);
        cr_expect_eq(site_hits(s, "/"), 1, "row %zu", i);
        result_free(&r);
        site_close(s);
    }
}

Test(robots, that_fails_forbids_everything_after_its_retries)
{
    static const struct {
        struct site_page answer;
        const char *said;
    } cases[] = {
        {{"/robots.txt", 500}, "robots.txt answers 500"},
        {{"/robots.txt", 503, .body = "User-agent: *\nAllow: /"}, "robots.txt answers 503"},
        {{"/robots.txt", .behaviour = SITE_CLOSE}, ": reset: "},
        {{"/robots.txt", .behaviour = SITE_TRUNCATE, .body = "User-agent: *\n"}, ": reset: "},
        {{"/robots.txt", .behaviour = SITE_HANG}, ": timeout: "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct site_page pages[] = {cases[i].answer, {"/"}};
        struct site *s = site_open(pages, 2);
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "{{BASE}}/a", "--retry", "1", "-m", "0.3"), &r);
        cr_expect_eq(r.status, 1, "row %zu: status %d", i, r.status);
        cr_expect_eq(site_hits(s, "/"), 0, "row %zu", i);
        cr_expect_eq(site_hits(s, "/robots.txt"), 2, "row %zu", i);
        expect_said(&r, cases[i].said);
        expect_found(s, &r, "/ /a");
        cr_expect_lt(r.seconds, 1.3 + AT_ONCE);
        result_free(&r);
        site_close(s);
    }
}

Test(robots, that_comes_at_the_second_try_counts)
{
    static const struct site_page pages[] = {
        {"/robots.txt", .body = "User-agent: *\nDisallow: /no\n", .fail_first = 1},
        {"/", .body = "<a href=no><a href=yes>"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
    expect_fetched(s, "/ /yes");
    result_free(&r);
    site_close(s);
}

Test(robots, may_be_redirected_five_times_and_to_another_host)
{
    static char away[SITE_URL_SIZE];
    static const struct site_page there[] = {
        {"/rules", .body = "User-agent: *\nDisallow: /no\n"},
    };
    static struct site_page pages[] = {
        {"/robots.txt", 301, .headers = "Location: /2\r\n"},
        {"/2", 302, .headers = "Location: {{BASE}}/3\r\n"},
        {"/3", 307, .headers = "Location: /4\r\n"},
        {"/4", 308, .headers = "Location: /5\r\n"},
        {"/5", 302, .headers = away},
        {"/", .body = "<a href=/no><a href=/yes>"},
    };
    struct site *other = site_open(there, COUNT(there)), *s = site_open(pages, COUNT(pages));
    struct result r;
    sprintf(away, "Location: http://127.0.0.1:%u/rules\r\n", site_port(other));
    crawling_run(s, ARGS("{{BASE}}/", "-q", "-u", "me:secret"), &r);
    expect_fetched(s, "/ /2 /3 /4 /5 /yes");
    cr_expect_eq(crawling_heads(other, "Authorization"), 0);
    result_free(&r);
    site_close(s);
    site_close(other);
}

Test(robots, crawl_delay_is_obeyed_unless_a_delay_is_given)
{
    static const struct site_page pages[] = {RULES("User-agent: *\nCrawl-delay: 0.3\n"),
                                             {"/", .body = "<a href=a><a href=b>"}};
    static const struct {
        const char *option;
        double least, most;
    } cases[] = {{"-q", 0.6, 0.9}, {"--delay=100ms", 0.3, 0.3}, {"--delay=0", 0, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-c8", cases[i].option), &r);
        cr_expect(r.seconds >= cases[i].least && r.seconds < cases[i].most + 2 * AT_ONCE,
                  "%s: %g s", cases[i].option, r.seconds);
        expect_fetched(s, "/ /a /b");
        result_free(&r);
        site_close(s);
    }
}

Test(robots, after_five_redirects_allows_everything_and_says_so)
{
    static const struct site_page pages[] = {
        {"/robots.txt", 302, .headers = "Location: /robots.txt?again\r\n"},
        {"/robots.txt?again", 302, .headers = "Location: /robots.txt\r\n"},
        {"/"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    char said[SITE_URL_SIZE + 100];
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/"), &r);
    strcat(site_url(s, "", said), ": robots.txt redirects more than 5 times");
    expect_said(&r, said);
    cr_expect_eq(site_hits(s, "/robots.txt") + site_hits(s, "/robots.txt?again"), 6);
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(robots, that_is_slow_holds_no_host_but_its_own)
{
    static const struct site_page slow[] = {{"/robots.txt", .behaviour = SITE_HANG}, {"/"}};
    static const struct site_page pages[] = {
        {"/", .body = "<a href=1>"}, {"/1", .body = "<a href=2>"}, {"/2"}};
    struct site *other = site_open(slow, COUNT(slow)), *s = site_open(pages, COUNT(pages));
    char seed[SITE_URL_SIZE];
    struct program *p = crawling_start(s, ARGS(site_url(other, "/", seed), "{{BASE}}/"));
    struct result r;
    crawling_await_hits(other, "/robots.txt", 1);
    crawling_await_hits(s, "/2", 1);
    cr_expect_eq(site_hits(other, "/"), 0);
    program_signal(p, SIGKILL);
    program_wait(p, RUN_SECONDS, &r);
    result_free(&r);
    site_close(s);
    site_close(other);
}

/* --- nofollow --- */

Test(robots, nofollow_comes_in_links_heads_and_headers)
{
#define TAG(text) .headers = "X-Robots-Tag: " text "\r\n"
    static const struct site_page pages[] = {
        {"/", .body = "<a href=a><a href=b><a href=c><a href=d><a href=e><a href=f><a href=g>"
                      "<a href=h><a href=i>"},
        {"/a", .body = "<a href=a1 rel='x NoFollow'><a href=a2>"},
        {"/b", .body = "<META NAME=Robots CONTENT='NOINDEX,NOFOLLOW'><a href=b1>"},
        {"/c", .body = "<meta name=robots content=all><meta name=robots content=none><a href=c1>"},
        {"/d", TAG("noindex, nofollow"), .body = "<a href=d1>"},
        {"/e", TAG("googlebot: noindex\r\nX-Robots-Tag: none"), .body = "<a href=e1>"},
        {"/f", TAG("Skitter: nofollow"), .body = "<a href=f1>"},
        {"/g", TAG("googlebot: nofollow"), .body = "<a href=g1>"},
        {"/h", TAG("unavailable_after: Fri, 25 Jun 2010 15:00:00 PST"), .body = "<a href=h1>"},
        {"/i", TAG("noindex"), .body = "<a href=i1>"},
    };
    static const char *const cases[][2] = {
        {"-q", "/ /a /a2 /b /c /d /e /f /g /g1 /h /h1 /i /i1"},
        {"--ignore-robots", "/ /a /a1 /a2 /b /b1 /c /c1 /d /d1 /e /e1 /f /f1 /g /g1 /h /h1 /i /i1"},
        {"--isolate", "/ /a /a2 /b /c /d /e /f /g /g1 /h /h1 /i /i1"},
        {"-Arobo", "/ /a /a2 /b /c /d /e /f /f1 /g /g1 /h /h1 /i /i1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", cases[i][0]), &r);
        expect_text(crawling_fetched(s), cases[i][1], cases[i][0]);
        result_free(&r);
        site_close(s);
    }
}
