/* What pages load, and what is out of scope: found, and fetched for its status alone. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

/* In a row, {{BASE}} is the site itself. */
static const struct site_page pages[] = {
    {"/", .body = "<link rel=stylesheet href=/s.css><script src=/x.js></script>"
                  "<img src=/i.png srcset='/i2.png 2x, /i3.png 3x'><a href=/page><a href=/both>"
                  "<img src=/both><p style='background: url(/bg.png)'>"
                  "<style>@import '/t.css'; p { background: url(\"/bg2.png\") }</style>"
                  "<video src=/v.mp4 poster=/p.jpg></video>"},
    {"/page", .body = "<img src=/i.png><img src=/old.png><img src=/gone.png><img src=/later>"
                      "<img src=/robbed.png><script src=/x.js></script><a href=/later>"},
    {"/both", .body = "<a href=/from-both>"},
    {"/later", .body = "<a href=/from-later>"},
    {"/from-both", .body = ""},
    {"/from-later", .body = ""},
    {"/s.css", .type = "text/css", .body = "p { background: url(/font.woff) }"},
    {"/t.css", .type = "text/css", .body = ""},
    {"/x.js", .type = "text/html", .body = "<a href=/no>"},
    {"/old.png", 302, .headers = "Location: /new.png\r\n"},
    {"/new.png", .type = "image/png", .body = "a picture"},
    {"/i.png", .type = "image/png", .body = "a picture"},
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

TestSuite(assets, .init = open_site, .fini = close_site);

#define PAGES "/ /both /from-both /from-later /later /page"

Test(assets, are_left_alone_unless_they_are_asked_for)
{
    struct result r;

    crawling_run(site, ARGS("-q", "{{BASE}}/"), &r);
    expect_found(site, &r, PAGES);
    expect_fetched(site, PAGES);
    result_free(&r);
}

Test(assets, are_found_and_fetched_each_once_and_not_followed)
{
    struct result r;

    crawling_run(site, ARGS("--assets", "{{BASE}}/"), &r);
    expect_status(&r, 0);
    expect_found(site, &r,
                 "/ /bg.png /bg2.png /both /font.woff /from-both /from-later /gone.png /i.png "
                 "/i2.png /i3.png "
                 "/later /new.png /old.png /p.jpg /page /robbed.png /s.css /t.css /v.mp4 /x.js");
    expect_fetched(
        site, "/ /bg.png /bg2.png /both /font.woff /from-both /from-later /gone.png /i.png /i2.png "
              "/i3.png /later /new.png /old.png /p.jpg /page /s.css /t.css /v.mp4 /x.js");
    expect_said(&r, "refused: 1 robots");
    result_free(&r);
}

Test(assets, are_fetched_when_all_pages_are)
{
    struct result r;
    char *order;

    crawling_run(site, ARGS("-q", "--assets", "-c", "1", "-n", "6", "{{BASE}}/"), &r);
    expect_fetched(site, PAGES);
    result_free(&r);
    order = site_order(site);
    cr_expect_null(strstr(order, "png"), "%s", order);
    free(order);
}

Test(assets, belong_to_their_page_whatever_the_depth)
{
    struct result r;

    crawling_run(site, ARGS("-q", "--assets", "-l", "0", "{{BASE}}/page"), &r);
    expect_found(site, &r, "/gone.png /i.png /later /new.png /old.png /page /robbed.png /x.js");
    expect_fetched(site, "/gone.png /i.png /later /new.png /old.png /page /x.js");
    result_free(&r);
}

Test(assets, are_left_out_by_filters_as_links_are)
{
    struct result r;

    crawling_run(site, ARGS("-q", "--assets", "--exclude", "[.](png|jpg)$", "{{BASE}}/"), &r);
    expect_found(
        site, &r,
        "/ /both /font.woff /from-both /from-later /later /page /s.css /t.css /v.mp4 /x.js");
    result_free(&r);
    crawling_run(site, ARGS("-q", "--assets", "--include", "page|png", "-l1", "{{BASE}}/"), &r);
    expect_found(site, &r,
                 "/ /bg.png /bg2.png /gone.png /i.png /i2.png /i3.png /new.png /old.png /page "
                 "/robbed.png");
    result_free(&r);
}

Test(assets, are_the_same_however_pages_are_read)
{
    static const char *const ways[][3] = {
        {"--parser", "gumbo"}, {"--isolate"}, {"--parser", "gumbo", "--isolate"}};
    struct result one, r;

    crawling_run_shell(site, "\"$SKITTER\" -q --assets $BASE/ | sort", &one);
    for (size_t i = 0; i < COUNT(ways); i++) {
        char command[128];
        snprintf(command, sizeof command, "\"$SKITTER\" -q --assets %s %s %s $BASE/ | sort",
                 ways[i][0], ways[i][1] ? ways[i][1] : "", ways[i][2] ? ways[i][2] : "");
        crawling_run_shell(site, command, &r);
        cr_expect_str_eq(r.out, one.out, "%s: %s", command, r.out);
        result_free(&r);
    }
    result_free(&one);
}

/* Another host: another port is one. */
static const struct site_page outside[] = {
    {"/a.png", .type = "image/png", .body = "a picture"},
    {"/b", .body = "<a href=/no><img src=/no.png>"},
    {"/c", .body = ""},
    {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /robbed"},
};

/* Runs with a page of that body, in which each {{THERE}} is the other site's address. */
static void run_beside(const char *page, const char *const args[], struct result *r,
                       struct site **other)
{
    static const char mark[] = "{{THERE}}";
    char there[SITE_URL_SIZE], *body;
    const char *at;
    size_t size;
    FILE *f = open_memstream(&body, &size);

    *other = site_open(outside, COUNT(outside));
    site_url(*other, "", there);
    for (; (at = strstr(page, mark)); page = at + strlen(mark))
        fprintf(f, "%.*s%s", (int)(at - page), page, there);
    fputs(page, f);
    fclose(f);
    const struct site_page here[] = {{"/", .body = body}};
    struct site *s = site_open(here, 1);
    crawling_run(s, args, r);
    site_close(s);
    free(body);
}

Test(assets, are_found_and_fetched_out_of_scope_too)
{
    struct result r;
    struct site *other;

    run_beside("<img src={{THERE}}/a.png><img src={{THERE}}/robbed.png><a href={{THERE}}/b>",
               ARGS("--assets", "{{BASE}}/"), &r, &other);
    cr_expect_not_null(strstr(r.out, "/a.png\n"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "/robbed.png\n"), "%s", r.out);
    cr_expect_null(strstr(r.out, "/b\n"), "%s", r.out);
    expect_fetched(other, "/a.png");
    expect_said(&r, "1 scope");
    expect_said(&r, "1 robots");
    result_free(&r);
    site_close(other);
}

Test(assets, that_are_links_out_of_scope_too_are_fetched_once)
{
    struct result r;
    struct site *other;

    run_beside("<img src={{THERE}}/a.png><a href={{THERE}}/a.png>"
               "<a href={{THERE}}/b><img src={{THERE}}/b>",
               ARGS("-q", "--assets", "--check-external", "{{BASE}}/"), &r, &other);
    expect_fetched(other, "/a.png /b");
    cr_expect_eq(crawling_lines(r.out), 3, "%s", r.out);
    result_free(&r);
    site_close(other);
}

Test(external, links_are_fetched_where_one_of_them_says_nofollow)
{
    struct result r;
    struct site *other;

    run_beside("<a rel=nofollow href={{THERE}}/b><a href={{THERE}}/b>"
               "<a rel=nofollow href={{THERE}}/c>",
               ARGS("-q", "--check-external", "{{BASE}}/"), &r, &other);
    expect_fetched(other, "/b");
    result_free(&r);
    site_close(other);
}

Test(external, links_are_followed_after_all_where_a_later_seed_brings_them_into_scope)
{
    static const char *const ways[] = {"-q", "--check-external", "-l2", "--sorted"};
    char body[256], seed[SITE_URL_SIZE];
    const struct site_page names[] = {{"/", .body = body},
                                      {"/other", .body = "<a href=/more>"},
                                      {"/more", .body = ""},
                                      {"/seed", .body = ""},
                                      {"/next", .body = ""}};
    struct site *s = site_open(names, COUNT(names));
    struct result r;

    snprintf(body, sizeof body, "<a href=http://localhost:%u/other><a href=/next>", site_port(s));
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct program *p = crawling_start(s, ARGS(ways[i], "-"));
        size_t hits = site_hits(s, "/next"), more = site_hits(s, "/more");
        program_write(p, strcat(site_url(s, "/", seed), "\n"));
        crawling_await_hits(s, "/next", hits + 1);
        snprintf(seed, sizeof seed, "http://localhost:%u/seed\n", site_port(s));
        program_write(p, seed);
        program_end_input(p);
        program_wait(p, RUN_SECONDS, &r);
        expect_status(&r, 0);
        cr_expect_eq(crawling_lines(r.out), 5, "%s: %s", ways[i], r.out);
        cr_expect_eq(site_hits(s, "/more"), more + 1, "%s", ways[i]);
        result_free(&r);
    }
    site_close(s);
}
