#include "crawler/robots_txt.h"

#include "tests/crawler/fetching.h"

#include <errno.h>
#include <stdio.h>

#define TEXT "text/plain"

static char padded[ROBOTS_MAX + 64 * 1024]; /* one rule within ROBOTS_MAX, one after */

/* Each of these paths stands for the /robots.txt of a host. */
static const struct site_page pages[] = {
    {"/rules", .type = TEXT, .body = "User-agent: *\nDisallow: /no\n"},
    {"/html", .body = "User-agent: *\nDisallow: /no\n"},
    {"/agent", .type = TEXT,
     .body = "User-agent: tester\nDisallow: /no\n\nUser-agent: *\nDisallow: /\n"},
    {"/empty", .type = TEXT, .body = ""},
    {"/padded", .type = TEXT, .body = padded, .length = sizeof padded},
    {"/slow", .type = TEXT, .body = "User-agent: *\nCrawl-delay: 1.5\n"},
    {"/slowest", .type = TEXT, .body = "User-agent: *\nCrawl-delay: 100000\n"},
    {"/401", 401, .body = "User-agent: *\nDisallow: /\n"},
    {"/410", 410, .body = ""},
    {"/429", 429, .body = "User-agent: *\nDisallow: /\n"},
    {"/500", 500, .body = "User-agent: *\nAllow: /\n"},
    {"/503", 503, .body = ""},
    {"/599", 599, .body = ""},
    {"/5", 301, .headers = "Location: {{BASE}}/4\r\n"},
    {"/4", 302, .headers = "Location: 3\r\n"},
    {"/3", 303, .headers = "Location: /2\r\n"},
    {"/2", 307, .headers = "Location: x/../1\r\n"},
    {"/1", 308, .headers = "Location: /rules\r\n"},
    {"/6", 301, .headers = "Location: /5\r\n"},
    {"/loop", 301, .headers = "Location: /loop\r\n"},
    {"/nowhere", 301, .body = ""},
    {"/file", 301, .headers = "Location: file:///etc/passwd\r\n"},
    {"/to500", 301, .headers = "Location: /500\r\n"},
    {"/close", .behaviour = SITE_CLOSE},
    {"/truncated", .type = TEXT, .body = "User-agent: *\nDisallow: /no\n",
     .behaviour = SITE_TRUNCATE},
    {"/hang", .behaviour = SITE_HANG},
};

static void pad(void)
{
    static const char first[] = "User-agent: *\nDisallow: /no\n", last[] = "\nDisallow: /yes\n";

    memset(padded, '#', sizeof padded);
    memcpy(padded, first, sizeof first - 1);
    memcpy(padded + sizeof padded - sizeof last, last, sizeof last - 1);
}

TestSuite(robots_txt, .init = pad);

struct visiting {
    struct frontier frontier;
    struct item item;
    struct host *host; /* that the last visit was to */
    unsigned retries;
    int64_t pause;
};

static void open_visiting(struct visiting *v, int64_t delay)
{
    const struct frontier_options options = {
        .concurrency = 1, .per_host = 1, .robots = true, .delay = delay};

    *v = (struct visiting){.item.kind = ITEM_ROBOTS};
    frontier_init(&v->frontier, loop_running(), &options);
}

static void close_visiting(struct visiting *v)
{
    frontier_deinit(&v->frontier);
}

static int visit_url(struct stage *s, struct visiting *v, char *url)
{
    struct url u;

    url_describe(&u, url, strlen(url));
    v->host = v->item.host = frontier_host(&v->frontier, &u);
    v->item.url = url;
    v->item.length = strlen(url);
    return robots_txt_visit(&v->item, &s->fetch, &v->frontier, "tester", v->retries, &v->pause);
}

static int visit(struct stage *s, struct visiting *v, const char *path)
{
    return visit_url(s, v, site_url(s->site, path, s->url));
}

static bool allows(const struct visiting *v, const char *path)
{
    return host_allows(v->host, path, strlen(path));
}

FETCH_TEST(robots_txt, keeps_the_rules)
{
    struct visiting v;

    open_visiting(&v, 0);
    cr_assert_eq(visit(s, &v, "/rules"), 0);
    cr_assert_eq(v.host->robots_state, ROBOTS_KNOWN);
    cr_assert(!allows(&v, "/no"));
    cr_assert(allows(&v, "/yes"));
    close_visiting(&v);
}

FETCH_TEST(robots_txt, keeps_what_status_and_body_mean)
{
    static const struct {
        const char *path;
        enum host_robots state;
        bool yes, no; /* may be fetched */
    } table[] = {
        {"/rules", ROBOTS_KNOWN, true, false},        {"/html", ROBOTS_KNOWN, true, false},
        {"/agent", ROBOTS_KNOWN, true, false},        {"/empty", ROBOTS_KNOWN, true, true},
        {"/missing", ROBOTS_KNOWN, true, true},       {"/401", ROBOTS_KNOWN, true, true},
        {"/410", ROBOTS_KNOWN, true, true},           {"/429", ROBOTS_KNOWN, true, true},
        {"/500", ROBOTS_UNAVAILABLE, false, false},   {"/503", ROBOTS_UNAVAILABLE, false, false},
        {"/599", ROBOTS_UNAVAILABLE, false, false},   {"/loop", ROBOTS_KNOWN, true, true},
        {"/nowhere", ROBOTS_KNOWN, true, true},       {"/file", ROBOTS_KNOWN, true, true},
        {"/to500", ROBOTS_UNAVAILABLE, false, false},
    };
    struct visiting v;

    open_visiting(&v, 0);
    for (size_t i = 0; i < COUNT(table); i++) {
        cr_assert_eq(visit(s, &v, table[i].path), 0, "%s", table[i].path);
        cr_assert_eq(v.host->robots_state, table[i].state, "%s", table[i].path);
        cr_assert_eq(allows(&v, "/yes"), table[i].yes, "%s", table[i].path);
        cr_assert_eq(allows(&v, "/no"), table[i].no, "%s", table[i].path);
    }
    close_visiting(&v);
}

FETCH_TEST(robots_txt, names_the_status_that_forbids_everything)
{
    struct visiting v;

    open_visiting(&v, 0);
    visit(s, &v, "/503");
    cr_assert(strstr(v.host->why, "503"), "%s", v.host->why);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, tells_why_it_allows_everything_where_nobody_would_expect_it)
{
    static const struct {
        const char *path, *why; /* NULL: none */
    } table[] = {
        {"/loop", "robots.txt redirects more than 5 times, so everything is allowed"},
        {"/nowhere", "robots.txt redirects nowhere, so everything is allowed"},
        {"/file", "robots.txt redirects nowhere, so everything is allowed"},
        {"/padded", "only the first 1024 KiB of robots.txt are read"},
        {"/missing", NULL},
        {"/rules", NULL},
    };
    struct visiting v;

    open_visiting(&v, 0);
    for (size_t i = 0; i < COUNT(table); i++) {
        cr_assert_eq(visit(s, &v, table[i].path), 0);
        if (table[i].why)
            cr_assert_str_eq(v.host->why, table[i].why);
        else
            cr_assert_null(v.host->why, "%s: %s", table[i].path, v.host->why);
    }
    close_visiting(&v);
}

FETCH_TEST(robots_txt, follows_five_redirects_also_to_another_host)
{
    struct visiting v;
    char url[SITE_URL_SIZE];

    open_visiting(&v, 0);
    snprintf(url, sizeof url, "http://localhost:%u/5", site_port(s->site)); /* then 127.0.0.1 */
    cr_assert_eq(visit_url(s, &v, url), 0);
    cr_assert_eq(v.host->robots_state, ROBOTS_KNOWN);
    cr_assert(!allows(&v, "/no"), "the rules hold for the host that was asked");
    cr_assert_eq(site_hits(s->site, "/rules"), 1);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, follows_no_sixth_redirect)
{
    struct visiting v;

    open_visiting(&v, 0);
    cr_assert_eq(visit(s, &v, "/6"), 0);
    cr_assert(allows(&v, "/no"));
    cr_assert_eq(site_hits(s->site, "/rules"), 0);
    cr_assert_eq(visit(s, &v, "/loop"), 0);
    cr_assert_eq(site_hits(s->site, "/loop"), 6);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, counts_the_host_as_unreachable_without_an_answer, .max_time = NS_PER_S / 10)
{
    static const struct {
        const char *path;
        enum fetch_error error;
    } table[] = {{"/close", FETCH_RESET}, {"/truncated", FETCH_RESET}, {"/hang", FETCH_TIMEOUT}};
    struct visiting v;

    open_visiting(&v, 0);
    for (size_t i = 0; i < COUNT(table); i++) {
        cr_assert_eq(visit(s, &v, table[i].path), 0);
        cr_assert_eq(v.host->robots_state, ROBOTS_UNREACHABLE, "%s", table[i].path);
        cr_assert_eq(v.host->error, (int)table[i].error, "%s", table[i].path);
        cr_assert_str_neq(v.host->why, "");
        cr_assert_gt(v.host->ask_again, loop_time() + 3600 * NS_PER_S);
    }
    close_visiting(&v);
}

FETCH_TEST(robots_txt, is_asked_for_again_a_minute_after_a_failed_lookup)
{
    struct visiting v;
    char url[128] = "http://";

    memset(url + 7, 'n', 70); /* longer than any name, so nobody is asked */
    strcpy(url + 77, ".test/robots.txt");
    open_visiting(&v, 0);
    v.retries = 2;
    cr_assert_eq(visit_url(s, &v, url), 0, "no retry");
    cr_assert_eq(v.host->robots_state, ROBOTS_UNREACHABLE);
    cr_assert_eq(v.host->error, FETCH_DNS);
    cr_assert_leq(v.host->ask_again, loop_time() + DNS_FAILURE_KEPT);
    cr_assert_gt(v.host->ask_again, loop_time() + DNS_FAILURE_KEPT / 2);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, is_tried_again_where_the_failure_may_pass)
{
    static const char *const paths[] = {"/503", "/to500", "/close", "/429"};
    struct visiting v;

    open_visiting(&v, 0);
    v.retries = 2;
    for (size_t i = 0; i < COUNT(paths); i++) {
        v.item.todo.attempts = 1;
        v.pause = -1;
        cr_assert_eq(visit(s, &v, paths[i]), -EAGAIN, "%s", paths[i]);
        cr_assert_gt(v.pause, 0, "%s", paths[i]);
        cr_assert_eq(v.host->robots_state, ROBOTS_UNKNOWN, "%s", paths[i]);
    }
    v.item.todo.attempts = 2;
    cr_assert_eq(visit(s, &v, paths[0]), 0);
    cr_assert_eq(v.host->robots_state, ROBOTS_UNAVAILABLE);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, sets_the_pace_of_the_host)
{
    static const struct {
        const char *path;
        int64_t delay;
    } table[] = {
        {"/close", 0},   {"/slow", 3 * NS_PER_S / 2}, {"/slowest", 30 * NS_PER_S}, {"/rules", 0},
        {"/missing", 0},
    };
    struct visiting v;

    open_visiting(&v, -1);
    for (size_t i = 0; i < COUNT(table); i++) {
        cr_assert_eq(visit(s, &v, table[i].path), 0);
        cr_assert_eq(v.host->delay, table[i].delay, "%s", table[i].path);
    }
    close_visiting(&v);
}

FETCH_TEST(robots_txt, does_not_change_the_pace_that_was_given)
{
    struct visiting v;

    open_visiting(&v, NS_PER_MS);
    cr_assert_eq(visit(s, &v, "/slow"), 0);
    cr_assert_eq(v.host->delay, NS_PER_MS);
    close_visiting(&v);
}

FETCH_TEST(robots_txt, is_read_whole_where_pages_are_cut, .max_body = 5)
{
    struct visiting v;

    open_visiting(&v, 0);
    cr_assert_eq(visit(s, &v, "/rules"), 0);
    cr_assert(allows(&v, "/yes"));
    cr_assert(!allows(&v, "/no"));
    close_visiting(&v);
}

FETCH_TEST(robots_txt, is_read_no_further_than_its_limit)
{
    struct visiting v;

    open_visiting(&v, 0);
    cr_assert_eq(visit(s, &v, "/padded"), 0);
    cr_assert_eq(s->fetch.taken, ROBOTS_MAX);
    cr_assert(allows(&v, "/yes"));
    cr_assert(!allows(&v, "/no"));
    close_visiting(&v);
}

struct cancelled_visit {
    struct task task;
    struct stage *stage;
    struct visiting visiting;
};

static int visit_in_task(void *arg)
{
    struct cancelled_visit *c = arg;

    return visit(c->stage, &c->visiting, "/hang");
}

FETCH_TEST(robots_txt, is_left_unknown_by_a_task_that_was_cancelled)
{
    static struct cancelled_visit c;

    c.stage = s;
    open_visiting(&c.visiting, 0);
    cr_assert_eq(task_start(&c.task, loop_running(), "visit", visit_in_task, &c), 0);
    while (!site_requests(s->site, 0))
        task_sleep(NS_PER_MS);
    task_cancel(&c.task);
    cr_assert_eq(task_join(&c.task), -ECANCELED);
    cr_assert_eq(c.visiting.host->robots_state, ROBOTS_UNKNOWN);
    close_visiting(&c.visiting);
}
