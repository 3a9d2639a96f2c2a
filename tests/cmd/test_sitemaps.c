/* Crawls that start from sitemaps too. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>

#define XML "application/xml"
#define ROBOTS(text)                                      \
    {                                                     \
        "/robots.txt", .type = "text/plain", .body = text \
    }
#define LOC(url) "<url><loc>" url "</loc></url>"
#define SITEMAP(name, entries)                                    \
    {                                                             \
        name, .type = XML, .body = "<urlset>" entries "</urlset>" \
    }
#define LISTED(url) "<sitemap><loc>" url "</loc></sitemap>"
#define INDEX(name, entries)                                                  \
    {                                                                         \
        name, .type = XML, .body = "<sitemapindex>" entries "</sitemapindex>" \
    }

/* What a crawl of a site with --sitemaps and further options requests. */
static void expect_crawl(const struct site_page *pages, size_t count, const char *option,
                         const char *fetched, const char *found)
{
    struct site *s = site_open(pages, count);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", option), &r);
    expect_fetched(s, fetched);
    expect_found(s, &r, found);
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}
#define expect_crawled(pages, option, fetched, found) \
    expect_crawl(pages, COUNT(pages), option, fetched, found)

Test(sitemaps, are_those_of_robots_txt_and_the_one_by_convention)
{
    static const struct site_page pages[] = {
        ROBOTS("Sitemap: {{BASE}}/a.xml\nUser-agent: *\nDisallow: /no\nsitemap: /b.txt\n"
               "Sitemap: a.xml#again\n"),
        SITEMAP("/a.xml", LOC("{{BASE}}/1") LOC("{{BASE}}/no")),
        {"/b.txt", .type = "text/plain", .body = "{{BASE}}/2\n{{BASE}}/1\n"},
        SITEMAP("/sitemap.xml", LOC("/3")),
        {"/", .body = "<a href=4>"},
    };
    expect_crawled(pages, NULL, "/ /1 /2 /3 /4 /a.xml /b.txt /sitemap.xml", "/ /1 /2 /3 /4 /no");
}

Test(sitemaps, are_asked_for_alone)
{
    static const struct site_page pages[] = {ROBOTS("Sitemap: /a.xml"),
                                             SITEMAP("/a.xml", LOC("/1")),
                                             SITEMAP("/sitemap.xml", LOC("/2")),
                                             {"/"}};
    expect_crawled(pages, "--no-sitemaps", "/", "/");
}

Test(sitemaps, where_robots_txt_is_ignored_are_the_one_by_convention)
{
    static const struct site_page pages[] = {ROBOTS("Sitemap: /a.xml"),
                                             SITEMAP("/a.xml", LOC("/1")),
                                             SITEMAP("/sitemap.xml", LOC("/2")),
                                             {"/"}};
    expect_crawled(pages, "--ignore-robots", "/ /2 /sitemap.xml", "/ /2");
}

Test(sitemaps, give_seeds_at_depth_0)
{
    static const struct site_page pages[] = {SITEMAP("/sitemap.xml", LOC("/1")),
                                             {"/", .body = "<a href=/2>"},
                                             {"/1", .body = "<a href=/3>"}};
    expect_crawled(pages, "-l0", "/ /1 /sitemap.xml", "/ /1");
    expect_crawled(pages, "-l1", "/ /1 /2 /3 /sitemap.xml", "/ /1 /2 /3");
}

Test(sitemaps, are_no_pages)
{
    static const struct site_page pages[] = {SITEMAP("/sitemap.xml", LOC("/1") LOC("/2")), {"/"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", "-n2", "-c1"), &r);
    expect_fetched(s, "/ /1 /sitemap.xml");
    expect_said(&r, "2 pages");
    result_free(&r);
    site_close(s);
}

Test(sitemaps, that_a_page_links_to_are_pages_as_well)
{
    static const struct site_page pages[] = {
        SITEMAP("/sitemap.xml", LOC("/1")), {"/", .body = "<a href=/sitemap.xml>"}, {"/1"}};
    expect_crawled(pages, NULL, "/ /1 /sitemap.xml /sitemap.xml", "/ /1 /sitemap.xml");
}

Test(sitemaps, may_be_listed_in_indexes_each_once)
{
    static const struct site_page pages[] = {
        ROBOTS("Sitemap: /index.xml"),
        INDEX("/index.xml",
              LISTED("/index.xml") LISTED("/a.xml") LISTED("/2.xml") LISTED("/a.xml")),
        INDEX("/2.xml", LISTED("/index.xml") LISTED("/3.xml")),
        INDEX("/3.xml", LISTED("/a.xml") LISTED("/b.xml")),
        SITEMAP("/a.xml", LOC("/1")),
        SITEMAP("/b.xml", LOC("/2")),
        {"/"},
    };
    expect_crawled(pages, NULL, "/ /1 /2 /2.xml /3.xml /a.xml /b.xml /index.xml /sitemap.xml",
                   "/ /1 /2");
}

Test(sitemaps, are_read_below_three_indexes_and_no_more)
{
    static const struct site_page pages[] = {
        INDEX("/sitemap.xml", LISTED("/2.xml")),
        INDEX("/2.xml", LISTED("/3.xml")),
        INDEX("/3.xml", LISTED("/4.xml") LISTED("/a.xml")),
        INDEX("/4.xml", LISTED("/5.xml")),
        SITEMAP("/5.xml", LOC("/5")),
        SITEMAP("/a.xml", LOC("/1")),
        {"/"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps"), &r);
    expect_fetched(s, "/ /1 /2.xml /3.xml /4.xml /a.xml /sitemap.xml");
    expect_said(&r, "/4.xml: sitemaps below too many indexes are left out");
    result_free(&r);
    site_close(s);
}

Test(sitemaps, have_entries_that_are_judged_as_links)
{
    static const struct site_page pages[] = {
        SITEMAP("/sitemap.xml",
                LOC("http://other.test/") LOC("file:///etc/passwd") LOC("https://{{BASE}}/")
                    LOC("javascript:1") LOC("/1") LOC("//u:p@other.test/2") LOC("") LOC("/")),
        {"/"},
        {"/1"},
    };
    expect_crawled(pages, NULL, "/ /1 /sitemap.xml", "/ /1");
}

Test(sitemaps, may_be_named_on_other_hosts_but_not_listed_there)
{
    static char robots[SITE_URL_SIZE], index[SITE_URL_SIZE];
    static const struct site_page there[] = {
        {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /\n"},
        SITEMAP("/named.xml", LOC("/not-in-scope")),
        SITEMAP("/listed.xml", LOC("/never")),
    };
    static const struct site_page pages[] = {
        ROBOTS(robots),
        {"/index.xml", .type = XML, .body = index},
        {"/"},
    };
    struct site *other = site_open(there, COUNT(there)), *s;
    struct result r;
    sprintf(robots, "Sitemap: /index.xml\nSitemap: http://127.0.0.1:%u/named.xml\n",
            site_port(other));
    sprintf(index, "<sitemapindex>" LISTED("http://localhost:%u/listed.xml") "</sitemapindex>",
            site_port(other));
    s = site_open(pages, COUNT(pages));
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps"), &r);
    expect_fetched(other, "/named.xml");
    expect_found(s, &r, "/");
    expect_said(&r, "/index.xml: sitemaps on other hosts are left out");
    result_free(&r);
    site_close(s);
    site_close(other);
}

Test(sitemaps, of_where_a_seed_redirects_to_are_read)
{
    static char away[SITE_URL_SIZE];
    static const struct site_page there[] = {SITEMAP("/sitemap.xml", LOC("/1")), {"/"}, {"/1"}};
    static const struct site_page pages[] = {{"/", 301, .headers = away}};
    struct site *other = site_open(there, COUNT(there)), *s = site_open(pages, COUNT(pages));
    struct result r;
    sprintf(away, "Location: http://127.0.0.1:%u/\r\n", site_port(other));
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", "-q"), &r);
    expect_fetched(s, "/ /sitemap.xml");
    expect_fetched(other, "/ /1 /sitemap.xml");
    result_free(&r);
    site_close(s);
    site_close(other);
}

Test(sitemaps, may_be_redirected_five_times)
{
    static const struct site_page pages[] = {
        ROBOTS("Sitemap: /6.xml\nSitemap: /loop.xml"),
        {"/6.xml", 301, .headers = "Location: /5.xml\r\n"},
        {"/5.xml", 302, .headers = "Location: /4.xml\r\n"},
        {"/4.xml", 303, .headers = "Location: /3.xml\r\n"},
        {"/3.xml", 307, .headers = "Location: /2.xml\r\n"},
        {"/2.xml", 308, .headers = "Location: /1.xml\r\n"},
        {"/1.xml", 308, .headers = "Location: /0.xml\r\n"},
        {"/loop.xml", 301, .headers = "Location: /loop.xml\r\n"},
        SITEMAP("/0.xml", LOC("/never")),
        {"/"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps"), &r);
    expect_fetched(s, "/ /1.xml /2.xml /3.xml /4.xml /5.xml /6.xml /loop.xml /sitemap.xml");
    expect_said(&r, "/1.xml: too many redirects of a sitemap");
    result_free(&r);
    site_close(s);
}

/* "<urlset><url><loc>/1</loc></url></urlset>", once and twice through gzip. */
static const char gzip[] =
    "\037\213\010\000\000\000\000\000\002\003\263\051\055\312\051\116\055\261\263\001"
    "\322\166\066\071\371\311\166\372\206\066\372\040\332\106\037\054\244\017\125\000"
    "\000\072\255\216\254\051\000\000\000";
static const char gzip_twice[] =
    "\037\213\010\000\000\000\000\000\002\003\223\357\346\140\000\001\046\346\315\232"
    "\272\247\064\375\164\067\156\146\274\124\146\146\371\363\144\331\257\066\263\137"
    "\012\267\334\344\165\226\360\207\062\060\130\255\355\133\243\011\124\010\000\170"
    "\170\272\157\061\000\000\000";

Test(sitemaps, may_be_compressed_or_only_say_so)
{
    static const struct site_page pages[] = {
        ROBOTS("Sitemap: /a.gz\nSitemap: /b.gz\nSitemap: /c.gz\nSitemap: /d.gz\n"),
        {"/a.gz", .type = "application/x-gzip", .body = gzip, .length = sizeof gzip - 1},
        {"/b.gz", .type = "video/mp4", .body = gzip_twice, .length = sizeof gzip_twice - 1},
        {"/c.gz", .type = "application/gzip", .body = "<urlset>" LOC("/2") "</urlset>"},
        {"/d.gz", .type = XML, .headers = "Content-Encoding: gzip\r\n", .body = gzip_twice,
         .length = sizeof gzip_twice - 1},
        {"/"},
    };
    expect_crawled(pages, NULL, "/ /1 /2 /a.gz /b.gz /c.gz /d.gz /sitemap.xml", "/ /1 /2");
}

Test(sitemaps, are_read_whole_where_pages_are_cut)
{
    static const struct site_page pages[] = {SITEMAP("/sitemap.xml", LOC("/1") LOC("/2")), {"/"}};
    expect_crawled(pages, "--max-body=9", "/ /1 /2 /sitemap.xml", "/ /1 /2");
}

Test(sitemaps, of_another_process_are_the_same)
{
    static const struct site_page pages[] = {
        INDEX("/sitemap.xml", LISTED("/a.xml") LISTED("/b.xml")),
        {"/a.xml", .body = "<urlset>" LOC("/1") "</urlset>"},
        {"/b.xml", .body = "<html><a href=/never>"},
        {"/"},
    };
    expect_crawled(pages, "--isolate", "/ /1 /a.xml /b.xml /sitemap.xml", "/ /1");
}

Test(sitemaps, are_tried_again_as_pages_are)
{
    static const struct site_page pages[] = {
        {"/sitemap.xml", .type = XML, .body = "<urlset>" LOC("/1") "</urlset>", .fail_first = 1},
        {"/"},
    };
    expect_crawled(pages, NULL, "/ /1 /sitemap.xml /sitemap.xml", "/ /1");
}

Test(sitemaps, that_nobody_named_may_be_missing_forbidden_or_something_else)
{
    static const struct site_page answers[] = {
        {"/sitemap.xml", 404},
        {"/sitemap.xml", 403, .type = XML, .body = "<urlset>" LOC("/1") "</urlset>"},
        {"/sitemap.xml", .body = "<!doctype html><a href=/1>not found</a>"},
        {"/sitemap.xml", .type = "text/plain", .body = "not found"},
        {"/sitemap.xml", .type = "application/json", .body = "{}"},
        {"/sitemap.xml", .type = XML, .body = ""},
        {"/sitemap.xml", 302, .headers = "Location: /\r\n"},
        {"/sitemap.xml", .behaviour = SITE_CLOSE},
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct site_page pages[] = {answers[i], {"/"}};
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", "--retry=0"), &r);
        expect_found(s, &r, "/");
        cr_expect_null(strstr(r.err, "sitemap"), "row %zu: %s", i, r.err);
        expect_status(&r, 0);
        result_free(&r);
        site_close(s);
    }
}

Test(sitemaps, that_robots_txt_names_and_that_are_none_get_one_line_each)
{
    static const struct {
        struct site_page page;
        const char *said;
    } cases[] = {
        {{"/a", 404}, "/a: answered 404"},
        {{"/a", .body = "<!doctype html><a href=/1>"}, "/a: not a sitemap"},
        {{"/a", .type = "text/plain", .body = "/1\n"}, "/a: not a sitemap"},
        {{"/a", .type = XML, .body = "<urlset>" LOC("/x") "<url><loc>/1"}, "/a: not well-formed"},
        {{"/a", .behaviour = SITE_CLOSE}, "/a: "},
        {{"/a", 301}, "/a: redirect without a usable Location"},
        {{"/a", 301, .headers = "Location: file:///etc/passwd\r\n"}, "/a: redirect without"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct site_page pages[] = {ROBOTS("Sitemap: /a"), cases[i].page, {"/"}};
        struct site *s = site_open(pages, COUNT(pages));
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", "--retry=0"), &r);
        const char *line = strstr(r.err, cases[i].said);
        cr_expect_not_null(line, "row %zu: %s", i, r.err);
        cr_expect(!line || !strstr(line + 1, "/a:"), "row %zu: %s", i, r.err);
        cr_expect_eq(site_hits(s, "/1"), 0, "row %zu", i);
        expect_status(&r, 0);
        result_free(&r);
        site_close(s);
    }
}

Test(sitemaps, by_convention_obey_robots_txt_and_named_ones_need_not)
{
    static const struct site_page pages[] = {
        ROBOTS("User-agent: *\nDisallow: /*.xml\nSitemap: /a.xml"),
        INDEX("/a.xml", LISTED("/b.xml")),
        SITEMAP("/b.xml", LOC("/1")),
        SITEMAP("/sitemap.xml", LOC("/2")),
        {"/"},
        {"/1"},
    };
    expect_crawled(pages, NULL, "/ /1 /a.xml /b.xml", "/ /1");
}

Test(sitemaps, are_not_asked_for_where_robots_txt_is_not_to_be_had)
{
    static const struct site_page pages[] = {
        {"/robots.txt", 500, .body = "Sitemap: /a.xml"}, SITEMAP("/a.xml", LOC("/1")), {"/"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "--sitemaps", "--retry=0"), &r);
    expect_fetched(s, "");
    result_free(&r);
    site_close(s);
}

Test(sitemaps, are_read_by_one_worker_while_others_visit_pages)
{
    static const struct site_page pages[] = {
        ROBOTS("Sitemap: /a.xml\nSitemap: /b.xml"),
        {"/a.xml", .behaviour = SITE_HANG},
        {"/b.xml", .behaviour = SITE_HANG},
        {"/", .body = "<a href=1>"},
        {"/1", .body = "<a href=2>"},
        {"/2"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct program *p = crawling_start(s, ARGS("{{BASE}}/", "--sitemaps", "-c4"));
    struct result r;
    crawling_await_hits(s, "/2", 1);
    cr_expect_eq(site_hits(s, "/a.xml") + site_hits(s, "/b.xml"), 1);
    program_signal(p, SIGKILL);
    program_wait(p, RUN_SECONDS, &r);
    result_free(&r);
    site_close(s);
}

Test(sitemaps, hold_the_crawl_until_they_are_read)
{
    static const struct site_page pages[] = {
        {"/sitemap.xml", .type = XML, .body = "<urlset>" LOC("/1") "</urlset>", .delay = 0.1},
        {"/"}};
    expect_crawled(pages, "-l0", "/ /1 /sitemap.xml", "/ /1");
}
