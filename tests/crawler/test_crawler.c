/* Whole crawls, seen from their sink. */
#include "crawler/crawler.h"

#include "loop/runner.h"
#include "tests/site.h"

#include <criterion/criterion.h>
#include <stdio.h>
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
};

/* One crawl, and what came of it. */
struct crawling {
    struct crawl_sink sink;
    struct crawl_options options;
    const char *seed; /* a path of the site */
    bool stop_at_first_request;
    struct site *site;
    struct crawl *crawl;
    struct timer look;
    size_t found, refused;
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

static int crawl(void *arg)
{
    struct crawling *c = arg;
    char text[SITE_URL_SIZE];
    struct url u;

    cr_assert_eq(crawl_new(&c->crawl, loop_running(), &c->options, &c->sink), 0);
    site_url(c->site, c->seed, text);
    url_describe(&u, text, strlen(text));
    crawl_seed(c->crawl, &u, NULL);
    timer_setup(&c->look, look);
    if (c->stop_at_first_request)
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
    c->options.rules.depth = DEPTH_UNLIMITED;
    c->options.rules.traps = (struct trap_limits)TRAP_LIMITS_DEFAULT;
    c->options.max_redirects = 10;
    c->options.agent = c->options.fetch.user_agent = "tester";
    c->options.fetch.max_time = 20 * NS_PER_S;
    c->options.fetch.connect_timeout = 10 * NS_PER_S;
    c->options.fetch.max_body = 1 << 20;
    c->options.fetch.http_version = CURL_HTTP_VERSION_2TLS;
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
