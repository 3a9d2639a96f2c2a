/* Whole crawls, seen from their sink. */
#include "crawler/crawler.h"

#include "loop/runner.h"
#include "tests/site.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char film[256 * 1024]; /* the beginning of one that is said to be endless */

static const struct site_page pages[] = {
    {"/", .body = "<a href=/a><a href=/b><a href=/no><a href=/there><a href=http://b.test/>"},
    {"/a", .body = "<a href=/><a href=/c>"},
    {"/b", 404, .body = "<a href=/never>"},
    {"/c", .body = "<a href=/a>"},
    {"/there", 301, .headers = "Location: /c\r\n"},
    {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /no"},
    {"/busy", 503, .body = "later", .delay = 0.1},
    {"/second", .body = "<a href=/a>", .fail_first = 1},
    {"/film", .body = film, .behaviour = SITE_RAW},
    {"/loads", .body = "<img src=/c><script src=/x.js></script><a href=/page>"},
    {"/page", .body = "<img src=/page><img src=/loads?><link rel=stylesheet href=/moved.css>"
                      "<a href=/c><a href=/x.js>"},
    {"/moved.css", 302, .headers = "Location: /y.css\r\n"},
    {"/y.css", .type = "text/css", .body = "a { background: url(/y) }"},
    {"/x.js", .type = "text/html", .body = "<a href=/a>"},
    {"/styled", .body = "<link rel=stylesheet href=/1.css>"},
    {"/1.css", .type = "text/css", .body = "@import '/2.css'; p { src: url(/1) }"},
    {"/2.css", .type = "text/css", .body = "@import '/3.css'; p { src: url(/2) }"},
    {"/3.css", .type = "text/css", .body = "@import '/4.css';"},
    {"/4.css", .type = "text/css", .body = "@import '/5.css';"},
    {"/5.css", .type = "text/css", .body = "@import '/6.css'; @import '/1.css';"},
    {"/6.css", .type = "text/css", .body = "@import '/7.css';"},
    {"/deep", .body = "<a href=/deep/1>"},
    {"/deep/1", .body = "<a href=/deep/2>"},
    {"/deep/2", .body = "<a href=/deep/3>"},
    {"/deep/3", .body = "the end"},
};

/* One crawl, and what came of it. */
struct crawling {
    struct crawl_sink sink;
    struct crawl_options options;
    const char *seed;  /* a path of the site */
    const char *depth; /* NULL: no limit */
    bool stop_at_first_request;
    const char *upon;                 /* once these were visited, or anything if NULL, */
    size_t upon_outside;              /* and so many were refused as out of scope, */
    void (*then)(struct crawling *c); /* that happens; NULL: nothing */
    struct site *site;
    struct crawl *crawl;
    struct timer look;
    size_t found, refused, outside;
    char visited[512]; /* paths and statuses */
    struct stats stats;
    enum crawl_stop stopped;
};

static struct crawling *crawling_of(struct crawl_sink *s)
{
    return container_of(s, struct crawling, sink);
}

static void found(struct crawl_sink *s, const struct finding *f)
{
    cr_assert_eq(strlen(f->url), f->length);
    crawling_of(s)->found++;
}

static void visited(struct crawl_sink *s, const struct page *p)
{
    struct crawling *c = crawling_of(s);
    size_t n = strlen(c->visited);

    snprintf(c->visited + n, sizeof c->visited - n, "%s%s %d", n ? ", " : "",
             p->item->url + p->item->host->origin_length, p->fetch ? p->fetch->status : 0);
}

static void refused(struct crawl_sink *s, const struct refusal *r)
{
    crawling_of(s)->refused += r->verdict == VERDICT_ROBOTS;
    crawling_of(s)->outside += r->verdict == VERDICT_SCOPE;
}

static void visiting(struct crawl_sink *s, const struct item *item, const char *from)
{
    (void)s;
    (void)from;
    cr_assert_eq(item->kind, ITEM_PAGE);
}

static void met(struct crawl_sink *s, const struct host *h)
{
    (void)s;
    cr_assert_eq(h->robots_state, ROBOTS_KNOWN);
}

static void problem(struct crawl_sink *s, const char *url, const char *text)
{
    (void)s;
    cr_assert_fail("%s: %s", url, text);
}

static struct future *pressure(struct crawl_sink *s)
{
    (void)s;
    return NULL;
}

static void put_aside(struct crawl_sink *s, const struct host *h)
{
    (void)s;
    cr_assert_eq(h->robots_state, ROBOTS_UNREACHABLE);
}

static void look(struct handle *h)
{
    struct crawling *c = container_of(container_of(h, struct timer, handle), struct crawling, look);

    if (site_hits(c->site, c->seed))
        crawl_stop(c->crawl, STOP_SIGNAL);
    else
        loop_call_later(loop_running(), &c->look, NS_PER_MS);
}

static void wait_for_visits(struct handle *h)
{
    struct crawling *c = container_of(container_of(h, struct timer, handle), struct crawling, look);

    if ((c->upon ? strcmp(c->visited, c->upon) == 0 : *c->visited != '\0') &&
        c->outside >= c->upon_outside)
        c->then(c);
    else
        loop_call_later(loop_running(), &c->look, NS_PER_MS);
}

/* name: of the host, which the site answers to whatever it is. */
static void add_seed(struct crawling *c, const char *name, const char *path)
{
    char text[SITE_URL_SIZE];
    struct url u;

    snprintf(text, sizeof text, "http://%s:%u%s", name, site_port(c->site), path);
    url_describe(&u, text, strlen(text));
    crawl_seed(c->crawl, &u, NULL);
}

static int crawl(void *arg)
{
    struct crawling *c = arg;

    cr_assert_eq(crawl_new(&c->crawl, loop_running(), &c->options, &c->sink), 0);
    if (c->then)
        crawl_await_seeds(c->crawl, true);
    add_seed(c, "127.0.0.1", c->seed);
    timer_setup(&c->look, c->then ? wait_for_visits : look);
    if (c->stop_at_first_request || c->then)
        loop_call_later(loop_running(), &c->look, NS_PER_MS);
    cr_assert_eq(crawl_run(c->crawl), 0);
    loop_cancel_timer(loop_running(), &c->look);
    c->stats = *crawl_stats(c->crawl);
    c->stopped = crawl_stopped(c->crawl);
    crawl_free(c->crawl);
    return 0;
}

static void run(struct crawling *c)
{
    c->sink = (struct crawl_sink){.found = found,
                                  .visited = visited,
                                  .refused = refused,
                                  .visiting = visiting,
                                  .met = met,
                                  .pressure = pressure,
                                  .problem = problem,
                                  .put_aside = put_aside};
    c->options.concurrency = c->options.fetch.concurrency = 1; /* so the order is known */
    c->options.per_host = 1;
    c->options.rules.depth = c->depth ? (uint32_t)atoi(c->depth) : DEPTH_UNLIMITED;
    c->options.rules.traps = (struct trap_limits)TRAP_LIMITS_DEFAULT;
    c->options.max_redirects = 10;
    c->options.agent = c->options.fetch.user_agent = "tester";
    c->options.fetch.max_time = 20 * NS_PER_S;
    c->options.fetch.connect_timeout = 10 * NS_PER_S;
    c->options.fetch.max_body = 1 << 20;
    c->options.fetch.http_version = CURL_HTTP_VERSION_2TLS;
    if (!c->site)
        c->site = site_open(pages, COUNT(pages));
    cr_assert_eq(runner_run(NULL, crawl, c), 0);
    site_close(c->site);
}

TestSuite(crawler, .timeout = 30);

Test(crawler, visits_everything_once_and_ends)
{
    struct crawling c = {.seed = "/"};

    run(&c);
    cr_assert_str_eq(c.visited, "/ 200, /a 200, /b 404, /there 301, /c 200");
    cr_assert_eq(c.found, 6);
    cr_assert_eq(c.refused, 1);
    cr_assert_eq(c.stopped, STOP_NONE);
    cr_assert_eq(c.stats.pages, 5);
    cr_assert_eq(c.stats.found, 6);
    cr_assert_eq(c.stats.refused[VERDICT_SCOPE], 1);
    cr_assert_eq(c.stats.refused[VERDICT_ROBOTS], 1);
    cr_assert_eq(c.stats.refused[VERDICT_LIMIT], 0);
    cr_assert_eq(c.stats.statuses[2], 3);
}

Test(crawler, tries_again_and_takes_the_last_answer)
{
    struct crawling c = {.seed = "/second", .options.retries = 1};

    run(&c);
    cr_assert_str_eq(c.visited, "/second 200, /a 200, / 200, /c 200, /b 404, /there 301");
    cr_assert_eq(c.stats.retries, 1);
}

Test(crawler, tries_again_where_the_limit_of_pages_is_reached)
{
    struct crawling c = {.seed = "/second", .options = {.retries = 1, .max_pages = 1}};

    run(&c);
    cr_assert_str_eq(c.visited, "/second 200");
    cr_assert_eq(c.stopped, STOP_PAGES);
    cr_assert_eq(c.stats.refused[VERDICT_LIMIT], 1);
}

Test(crawler, records_what_a_fetch_came_to_that_is_not_tried_again_since_it_was_stopped)
{
    struct crawling c = {.seed = "/busy", .options.retries = 3, .stop_at_first_request = true};

    run(&c);
    cr_assert_str_eq(c.visited, "/busy 503");
    cr_assert_eq(c.stopped, STOP_SIGNAL);
    cr_assert_eq(c.stats.refused[VERDICT_LIMIT], 0);
    cr_assert_eq(c.stats.retries, 0);
}

Test(crawler, counts_the_bytes_that_it_read_and_not_those_announced)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n"
                               "Content-Length: 9000000000000000000\r\n\r\n";
    struct crawling c = {.seed = "/film", .options.quota = 1 << 20};

    memset(film, 'x', sizeof film - 1);
    memcpy(film, head, sizeof head - 1);
    run(&c);
    cr_assert_str_eq(c.visited, "/film 200");
    cr_assert_eq(c.stopped, STOP_NONE);
    cr_assert_gt(c.stats.bytes, 64 * 1024);
    cr_assert_lt(c.stats.bytes, sizeof film);
}

/* --- what pages load --- */

Test(crawler, checks_assets_once_all_pages_are_visited)
{
    struct crawling c = {.seed = "/loads", .options.rules.assets = true};

    run(&c);
    cr_assert_str_eq(c.visited,
                     "/loads 200, /page 200, /c 200, /x.js 200, /a 200, / 200, /b 404, "
                     "/there 301, /loads? 404, /moved.css 302, /y.css 200, /y 404",
                     "%s", c.visited);
    cr_assert_eq(c.found, 13);
    cr_assert_eq(c.stopped, STOP_NONE);
}

Test(crawler, looks_at_no_assets_unless_it_is_asked_to)
{
    struct crawling c = {.seed = "/page"};

    run(&c);
    cr_assert_null(strstr(c.visited, ".css"), "%s", c.visited);
}

Test(crawler, checks_the_assets_of_seeds_with_depth_0)
{
    struct crawling c = {.seed = "/page", .options.rules.assets = true, .depth = "0"};

    run(&c);
    cr_assert_str_eq(c.visited, "/page 200, /loads? 404, /moved.css 302, /y.css 200, /y 404", "%s",
                     c.visited);
    cr_assert_eq(c.found, 5, "the links of the page were not asked for");
}

Test(crawler, reads_style_sheets_that_style_sheets_import_but_not_without_end)
{
    struct crawling c = {.seed = "/styled", .options.rules.assets = true};

    run(&c);
    cr_assert_str_eq(c.visited,
                     "/styled 200, /1.css 200, /2.css 200, /1 404, /3.css 200, /2 404, "
                     "/4.css 200, /5.css 200, /6.css 200",
                     "%s", c.visited);
}

Test(crawler, visits_pages_before_assets_within_its_limit)
{
    struct crawling c = {.seed = "/loads", .options = {.rules.assets = true, .max_pages = 9}};

    run(&c);
    cr_assert_null(strstr(c.visited, "css"), "%s", c.visited);
    cr_assert_eq(c.stats.pages, 9);
    cr_assert_eq(c.stopped, STOP_PAGES);
    cr_assert_eq(c.stats.refused[VERDICT_LIMIT], 1);
}

/* --- seeds that come while it runs --- */

static void end_seeds(struct crawling *c)
{
    crawl_await_seeds(c->crawl, false);
}

static void stop(struct crawling *c)
{
    crawl_stop(c->crawl, STOP_SIGNAL);
}

static void add_c(struct crawling *c)
{
    add_seed(c, "127.0.0.1", "/c");
    crawl_await_seeds(c->crawl, false);
}

Test(crawler, waits_while_seeds_are_awaited)
{
    struct crawling c = {.seed = "/deep/3", .then = end_seeds};

    run(&c);
    cr_assert_str_eq(c.visited, "/deep/3 200");
    cr_assert_eq(c.stopped, STOP_NONE);
}

Test(crawler, takes_seeds_that_come_when_everything_is_visited)
{
    struct crawling c = {.seed = "/deep/3", .then = add_c};

    run(&c);
    cr_assert_eq(strncmp(c.visited, "/deep/3 200, /c 200, /a 200, ", 29), 0, "%s", c.visited);
    cr_assert_eq(c.stopped, STOP_NONE);
}

Test(crawler, goes_deeper_while_seeds_are_awaited)
{
    struct crawling c = {.seed = "/deep",
                         .depth = "2",
                         .upon = "/deep 200, /deep/1 200, /deep/2 200",
                         .then = end_seeds};

    run(&c);
    cr_assert_eq(c.found, 4);
    cr_assert_eq(c.stats.refused[VERDICT_DEPTH], 1);
}

static void add_deep_2(struct crawling *c)
{
    add_seed(c, "127.0.0.1", "/deep/2");
    crawl_await_seeds(c->crawl, false);
}

Test(crawler, follows_the_links_of_a_later_seed_as_those_of_any_seed)
{
    struct crawling c = {.seed = "/deep",
                         .depth = "2",
                         .upon = "/deep 200, /deep/1 200, /deep/2 200",
                         .then = add_deep_2};

    run(&c);
    cr_assert_str_eq(c.visited, "/deep 200, /deep/1 200, /deep/2 200, /deep/2 200, /deep/3 200",
                     "%s", c.visited);
    cr_assert_eq(c.found, 4);
    cr_assert_eq(c.stats.refused[VERDICT_DEPTH], 0);
}

Test(crawler, waits_for_no_seeds_once_it_is_stopped)
{
    struct crawling c = {.seed = "/deep/3", .then = stop};

    run(&c);
    cr_assert_str_eq(c.visited, "/deep/3 200");
    cr_assert_eq(c.stopped, STOP_SIGNAL);
}

static void nothing(struct crawling *c)
{
    (void)c;
}

Test(crawler, waits_for_no_seeds_once_a_limit_is_reached)
{
    static const struct crawl_options limits[] = {
        {.max_pages = 1}, {.quota = 1}, {.duration = NS_PER_MS}};
    static const enum crawl_stop stops[] = {STOP_PAGES, STOP_QUOTA, STOP_DURATION};

    for (size_t i = 0; i < COUNT(limits); i++) {
        struct crawling c = {.seed = "/deep", .options = limits[i], .then = nothing};
        run(&c);
        cr_assert_eq(c.stopped, stops[i], "row %zu: %d", i, c.stopped);
    }
}

static void add_other_host(struct crawling *c)
{
    add_seed(c, "localhost", "/deep/3");
    crawl_await_seeds(c->crawl, false);
}

/* Links from one name of the site to the other. */
static void run_with_other_host(struct crawling *c, const char *further)
{
    static char body[128 * 1024];
    static const struct site_page linking[] = {
        {"/", .body = body}, {"/x", .body = ""}, {"/deep/3", .body = ""}};
    struct site *s = site_open(linking, COUNT(linking));

    snprintf(body, sizeof body, "%s<a href=http://localhost:%u/x>", further, site_port(s));
    c->site = s;
    run(c);
}

Test(crawler, follows_what_a_later_seed_brings_into_scope)
{
    struct crawling c = {.seed = "/", .upon_outside = 2, .then = add_other_host};

    run_with_other_host(&c, "<a href=http://c.test/>");
    cr_assert_str_eq(c.visited, "/ 200, /deep/3 200, /x 200", "%s", c.visited);
    cr_assert_eq(c.found, 3);
    cr_assert_eq(c.outside, 2, "each was told at once");
}

Test(crawler, follows_that_one_of_many_links_that_a_later_seed_brings_into_scope)
{
    static char links[100 * 1024];
    struct crawling c = {.seed = "/", .upon_outside = 3001, .then = add_other_host};
    size_t n = 0;

    for (int i = 0; i < 3000; i++)
        n += (size_t)snprintf(links + n, sizeof links - n, "<a href=http://c.test/%d>", i);
    run_with_other_host(&c, links);
    cr_assert_str_eq(c.visited, "/ 200, /deep/3 200, /x 200", "%s", c.visited);
    cr_assert_eq(c.outside, 3001);
}

Test(crawler, visits_what_it_has_checked_outside_when_it_comes_into_scope)
{
    struct crawling c = {.seed = "/",
                         .options.rules.check_external = true,
                         .upon = "/ 200, /x 200",
                         .then = add_other_host};

    run_with_other_host(&c, "");
    cr_assert_str_eq(c.visited, "/ 200, /x 200, /deep/3 200, /x 200", "%s", c.visited);
}
