/* Sitemaps in the frontier, and where they end. What they hold is tried from outside. */
#include "crawler/sitemaps.h"

#include "crawler/crawler.h"
#include "tests/crawler/takers.h"

#include <stdio.h>

/* --- as work of the frontier --- */

static void add_sitemap(struct frontier *f, const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    frontier_add_sitemap(f, &u, &(struct todo){.depth = 7});
}

FRONTIER_TEST(sitemaps, come_before_pages_and_one_at_a_time)
{
    frontier_hold(f);
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    add(f, "http://a/1");
    add(f, "http://a/2");
    add_sitemap(f, "http://a/s");
    add_sitemap(f, "http://a/t");
    frontier_release(f);
    struct taker *s = taken(f, "http://a/s");
    cr_assert_eq(s->item.kind, ITEM_SITEMAP);
    cr_assert_eq(s->item.todo.depth, 7);
    struct taker *page = taken(f, "http://a/1");
    cr_assert_eq(page->item.kind, ITEM_PAGE);
    done(f, s);
    struct taker *t = taken(f, "http://a/t");
    done(f, page);
    done(f, taken(f, "http://a/2"));
    cr_assert(!f->finished.done, "one is in flight");
    done(f, t);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(sitemaps, wait_for_robots_txt_and_for_nothing_else, .robots = true)
{
    add_sitemap(f, "http://a/s");
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/s"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(sitemaps, may_be_tried_again)
{
    add_sitemap(f, "http://a/s");
    retry(f, taken(f, "http://a/s"), NS_PER_MS);
    cr_assert(!f->finished.done);
    struct taker *s = awaited(f, "http://a/s");
    cr_assert_eq(s->item.kind, ITEM_SITEMAP);
    cr_assert_eq(s->item.todo.attempts, 1);
    done(f, s);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(sitemaps, hold_the_next_depth_back, .by_depth = true)
{
    add_sitemap(f, "http://a/s");
    add_at(f, "http://a/1", 1);
    struct taker *s = taken(f, "http://a/s");
    assert_nothing_to_take(f);
    done(f, s);
    done(f, taken(f, "http://a/1"));
}

FRONTIER_TEST(sitemaps, are_no_pages_for_the_limit, .max_pages = 1)
{
    add_sitemap(f, "http://a/s");
    done(f, taken(f, "http://a/s"));
    add(f, "http://a/1");
    add_sitemap(f, "http://a/t");
    add_sitemap(f, "http://a/u");
    struct taker *t = taken(f, "http://a/t");
    done(f, taken(f, "http://a/1"));
    done(f, t);
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 0);
}

FRONTIER_TEST(sitemaps, are_forgotten_when_it_stops)
{
    add_sitemap(f, "http://a/s");
    add_sitemap(f, "http://b/s");
    retry(f, taken(f, "http://a/s"), NS_PER_S);
    frontier_stop(f);
    add_sitemap(f, "http://a/t");
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 0);
}

/* --- of a host --- */

static size_t problems;
static char last[64];

static void note(struct crawl_sink *sink, const char *url, const char *text)
{
    (void)sink;
    cr_assert_str_eq(url, "http://a/robots.txt");
    snprintf(last, sizeof last, "%s", text);
    problems++;
}

static struct crawl_sink sink = {.problem = note};

struct reading {
    struct scope scope;
    struct sitemaps sitemaps;
    struct host *host;
};

static void begin(struct reading *r, struct frontier *f)
{
    struct url u;

    url_describe(&u, "http://a/", 9);
    scope_init(&r->scope, SCOPE_HOST, 0);
    sitemaps_init(&r->sitemaps, f, &r->scope, &sink);
    r->host = frontier_host(f, &u);
}

static void end(struct reading *r)
{
    sitemaps_deinit(&r->sitemaps);
    scope_deinit(&r->scope);
}

static void set_rules(struct reading *r, const char *robots_txt)
{
    struct robots *rules;

    cr_assert_eq(robots_parse(&rules, robots_txt, strlen(robots_txt), "tester"), 0);
    host_set_rules(r->host, rules);
    sitemaps_met(&r->sitemaps, r->host);
}

FRONTIER_TEST(sitemaps, begin_once_robots_txt_is_known, .robots = true)
{
    struct reading r;

    begin(&r, f);
    sitemaps_want(&r.sitemaps, r.host);
    cr_assert_eq(f->queued, 0);
    host_set_unavailable(r.host, "a reason");
    sitemaps_met(&r.sitemaps, r.host);
    cr_assert_eq(f->queued, 0, "nor where nothing may be fetched");
    set_rules(&r, "Sitemap: /s\n");
    cr_assert_eq(f->queued, 2);
    sitemaps_want(&r.sitemaps, r.host);
    sitemaps_met(&r.sitemaps, r.host);
    cr_assert_eq(f->queued, 2, "and only once");
    end(&r);
}

FRONTIER_TEST(sitemaps, of_hosts_that_nobody_asked_for_are_left_alone, .robots = true)
{
    struct reading r;

    begin(&r, f);
    set_rules(&r, "Sitemap: /s\n");
    cr_assert_eq(f->queued, 0);
    sitemaps_want(&r.sitemaps, r.host);
    cr_assert_eq(f->queued, 2);
    end(&r);
}

FRONTIER_TEST(sitemaps, with_no_http_address_are_a_problem, .robots = true)
{
    struct reading r;

    begin(&r, f);
    sitemaps_want(&r.sitemaps, r.host);
    set_rules(&r, "Sitemap: file:///etc/passwd\nSitemap: http://[/\nSitemap: ftp://a/s\n");
    cr_assert_eq(f->queued, 1, "the one by convention");
    cr_assert_eq(problems, 1);
    cr_assert_str_eq(last, "a Sitemap line has no http(s) address");
    end(&r);
}

FRONTIER_TEST(sitemaps, are_no_more_than_50000_a_host, .robots = true)
{
    static char robots_txt[(SITEMAPS_MOST + 10) * 16], *at = robots_txt;
    struct reading r;

    for (int i = 0; i < SITEMAPS_MOST + 10; i++)
        at += sprintf(at, "Sitemap:/%d\n", i);
    begin(&r, f);
    sitemaps_want(&r.sitemaps, r.host);
    set_rules(&r, robots_txt);
    cr_assert_eq(f->queued, SITEMAPS_MOST);
    cr_assert_eq(problems, 1);
    cr_assert_str_eq(last, "more sitemaps than are read of one host");
    end(&r);
}
