/* What is followed and what is refused, by which rule, and how the program explains it. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

#define PAGES_MOST 16
#define OTHER "http://other.localhost:{{PORT}}"

static const struct site_page pages[] = {
    {"/", .body = "<a href=/a/?utm_source=x&id=1><a href=/a/?id=1&gclid=2><a href=/b.pdf>"
                  "<a href=/no><a href=/skip rel=nofollow><a href=http://127.0.0.2:1/out>"},
    {"/a/", .body = "<a href=b>"},
    {"/a/?id=1", .body = "<a href=b><a href=../c>"},
    {"/a/?utm_source=x&id=1", .body = "<a href=b>"},
    {"/a/?id=1&gclid=2", .body = "<a href=b>"},
    {"/a/b", .body = "<a href=/c><a href=/a/d>"},
    {"/a/d", .body = "<a href=/robbed>"},
    {"/b.pdf", .type = "application/pdf", .body = "%PDF"},
    {"/c", .body = "<a href=/>"},
    {"/no", .body = "no"},
    {"/skip", .body = "skipped"},
    {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /robbed"},
};

static struct site *site;

static void open_site(void)
{
    site = site_open(pages, COUNT(pages));
}

static void close_site(void)
{
    site_close(site);
}

TestSuite(rules, .init = open_site, .fini = close_site);

static void expect_crawl(const char *what, const char *const args[], const char *found)
{
    struct result r;

    crawling_run(site, args, &r);
    expect_text(crawling_found(site, &r), found, what);
    cr_expect_eq(r.status, 0, "%s: status %d: %s", what, r.status, r.err);
    result_free(&r);
}

Test(rules, filters_what_is_followed)
{
    expect_crawl("an exclude", ARGS("-q", "--exclude", "[.]pdf$", "--exclude", "/a/", "{{BASE}}/"),
                 "/ /no /skip");
    expect_crawl("an include", ARGS("-q", "--include", "/a/", "{{BASE}}/"),
                 "/ /a/?id=1&gclid=2 /a/?utm_source=x&id=1 /a/b /a/d");
    expect_crawl("both", ARGS("-q", "--include=/a/", "--exclude=d$", "{{BASE}}/c", "{{BASE}}/a/"),
                 "/a/ /a/b /c");
}

Test(rules, makes_queries_canonical_before_anything_is_seen)
{
    expect_crawl("tracking",
                 ARGS("-q", "--drop-params", "tracking", "--exclude=no|skip|pdf", "{{BASE}}/"),
                 "/ /a/?id=1 /a/b /a/d /c /robbed");
    expect_crawl("names",
                 ARGS("-q", "--drop-params", "utm_source,gclid", "--exclude=no|skip|pdf|/[bd]$",
                      "{{BASE}}/"),
                 "/ /a/?id=1 /c");
    expect_crawl("whole queries",
                 ARGS("-q", "--drop-query", "--exclude=no|skip|pdf|/[bd]$", "{{BASE}}/"), "/ /a/");
    expect_crawl("a seed's too", ARGS("-q", "--drop-query", "-l", "0", "{{BASE}}/c?x"), "/c");
}

Test(rules, keeps_below_a_prefix)
{
    expect_crawl("a folder", ARGS("-q", "--scope", "prefix", "{{BASE}}/a/"), "/a/ /a/b /a/d");
    expect_crawl("a page in it", ARGS("-q", "--scope", "prefix", "{{BASE}}/a/b"), "/a/b /a/d");
}

Test(rules, says_why_nothing_was_found)
{
    static const struct {
        const char *args[5], *said;
    } cases[] = {
        {{"{{BASE}}/c", "--exclude", "."}, "no link was followed: an --exclude matches\n"},
        {{"{{BASE}}/c", "--include=x"}, "no link was followed: no --include matches\n"},
        {{"{{BASE}}/a/b", "-l0"}, NULL}, /* nobody asked for any */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        crawling_run(site, cases[i].args, &r);
        if (cases[i].said)
            expect_said(&r, cases[i].said);
        else
            cr_expect_null(strstr(r.err, "no link was followed"), "%s", r.err);
        result_free(&r);
    }
}

Test(rules, says_the_scope_at_the_start)
{
    struct result r;

    crawling_run(site, ARGS("--scope=prefix", "-D", "Example.org", "{{BASE}}/a/b"), &r);
    expect_said(&r, "scope: below .example.org 127.0.0.1:");
    expect_said(&r, "/a/\n");
    result_free(&r);
}

Test(rules, prints_each_refused_url_once_with_its_rule_and_where_it_was_met)
{
    struct result r;

    crawling_run_shell(
        site,
        "\"$SKITTER\" -q --print refused --max-params 1 --exclude pdf $BASE/ $BASE/a/d | "
        "sed \"s#$BASE##g\" | sort | tr '\\t\\n' ' ;'",
        &r);
    cr_expect_str_eq(r.out,
                     "/a/?id=1&gclid=2 trap /;/a/?utm_source=x&id=1 trap /;/b.pdf exclude /;"
                     "/robbed robots /a/d;/skip nofollow /;http://127.0.0.2:1/out scope /;",
                     "%s", r.out);
    result_free(&r);
}

Test(rules, prints_what_a_limit_left_unvisited)
{
    struct result r;

    crawling_run_shell(site,
                       "\"$SKITTER\" -q --print refused -n 1 -c 1 $BASE/a/ $BASE/c $BASE/a/d | "
                       "sed \"s#$BASE##g\" | sort | tr '\\t\\n' ' ;'",
                       &r);
    cr_expect_str_eq(r.out, "/a/b limit /a/;/a/d limit ;/c limit ;", "%s", r.out);
    result_free(&r);
}

Test(rules, fetches_links_out_of_scope_once_for_their_status)
{
    static const struct site_page outside[] = {
        {"/x", 404},
        {"/y", .body = "<a href=/z>"},
        {"/moved", 301, .headers = "Location: /y2\r\n"},
        {"/y2", .body = "<a href=/z>"},
    };
    struct site *other = site_open(outside, COUNT(outside));
    char body[4 * SITE_URL_SIZE], text[SITE_URL_SIZE];
    struct result r;

    site_url(other, "", text);
    snprintf(body, sizeof body, "<a href=%s/x><a href=%s/y><a href=%s/moved><a href=/again>", text,
             text, text);
    const struct site_page inside[] = {{"/", .body = body}, {"/again", .body = body}};
    struct site *s = site_open(inside, 2);
    crawling_run(s, ARGS("-v", "--check-external", "{{BASE}}/"), &r);
    expect_found(s, &r, "/ /again");
    expect_text(crawling_fetched(other), "/moved /x /y /y2", "fetched outside");
    expect_said(&r, "/x: 404");
    expect_said(&r, "refused: 4 scope");
    result_free(&r);
    site_close(s);
    site_close(other);
}

/* The records of --why, with a space between. */
static void expect_answer(const char *url, const char *const args[], int status, const char *answer)
{
    struct result r;
    char *line, *rest, text[2048] = "", base[SITE_URL_SIZE];
    size_t skip = strlen(site_url(site, "", base));

    crawling_run(site, args, &r);
    for (line = strtok_r(r.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *at = strncmp(line, base, skip) == 0 ? line + skip : line;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? " " : "", at);
    }
    cr_expect_str_eq(text, answer, "%s: %s, not %s", url, text, answer);
    expect_status(&r, status);
    result_free(&r);
}

Test(rules, explains_a_url_that_would_be_fetched)
{
    expect_answer("/c", ARGS("-q", "--why", "{{BASE}}/a/d", "{{BASE}}/"), 0,
                  "/ /a/?utm_source=x&id=1 /a/b /a/d follow\tit would be fetched");
    cr_expect_eq(site_hits(site, "/a/d"), 0, "it is known before it is fetched");
    expect_answer("a seed", ARGS("-q", "--why", "{{BASE}}/", "{{BASE}}/"), 0,
                  "/ follow\tit would be fetched");
}

Test(rules, explains_a_url_that_would_not_be)
{
    expect_answer("robots.txt", ARGS("-q", "--why", "{{BASE}}/robbed", "{{BASE}}/a/"), 1,
                  "/a/ /a/b /a/d /robbed robots\trobots.txt forbids it (--ignore-robots)");
    expect_answer("nofollow", ARGS("-q", "--why={{BASE}}/skip", "{{BASE}}/"), 1,
                  "/ /skip nofollow\tits link, or the page, says nofollow (--ignore-robots)");
    expect_answer("depth", ARGS("-q", "-l1", "--why={{BASE}}/a/b", "{{BASE}}/a/d", "{{BASE}}/"), 1,
                  "/ /a/?utm_source=x&id=1 /a/b depth\tfurther away than --depth");
    expect_answer("scope", ARGS("-q", "--why=http://127.0.0.2:1/out", "{{BASE}}/"), 1,
                  "/ http://127.0.0.2:1/out scope\tout of scope (--scope, -D)");
    expect_answer("limit", ARGS("-q", "-n1", "-c1", "--why={{BASE}}/c", "{{BASE}}/", "{{BASE}}/c"),
                  1, "/c limit\tthe crawl was stopped before its turn");
    expect_answer("nowhere", ARGS("-q", "--why={{BASE}}/nowhere", "{{BASE}}/"), 1,
                  "unknown\tno page that was visited leads to it");
}

Test(rules, refuses_arguments_that_are_none)
{
    static const struct {
        const char *option, *value, *said;
    } cases[] = {
        {"--include", "(", "--include (: "},
        {"--exclude", "[", "--exclude [: "},
        {"-D", "", "-D : expected a domain"},
        {"-D", "example.org,", "expected a domain"},
        {"-D", "http://a/", "expected a domain"},
        {"--scope", "site", "host|domain|prefix|any"},
        {"--why", "ftp://a/", "--why ftp://a/: "},
        {"--rate", "0", "--rate 0: expected a rate"},
        {"--rate", "5/d", "--rate 5/d: expected a rate"},
        {"--drop-params", "a,,b", "a name is empty"},
        {"--max-url", "0", "--max-url 0: expected a whole number"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        crawling_run(NULL, ARGS(cases[i].option, cases[i].value, "http://127.0.0.1:1/"), &r);
        expect_status(&r, 2);
        expect_said(&r, cases[i].said);
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err);
        result_free(&r);
    }
}
