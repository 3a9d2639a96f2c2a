/* Tests that fetch: one loop, one fetcher, and a site whose pages are a table. */
#ifndef TESTS_CRAWLER_FETCHING_H
#define TESTS_CRAWLER_FETCHING_H

#include "crawler/fetch.h"
#include "crawler/fetch_crew.h"
#include "loop/runner.h"
#include "tests/site.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct stage {
    void (*act)(struct stage *s);
    const char *selector;
    struct fetch_options options;
    bool guarded; /* no private address, which the site has */
    enum fetch_model model;
    unsigned crew; /* of so many, but for FETCH_ASYNC; 0: 8 */
    struct site *site;
    struct fetcher *fetcher;
    struct hosts hosts;
    struct fetch fetch;
    char url[SITE_URL_SIZE];
};

static inline int stage_main(void *arg)
{
    struct stage *s = arg;
    struct fetch_crew **crew = &s->options.crew;

    hosts_init(&s->hosts);
    cr_assert_eq(fetch_crew_open(crew, loop_running(), s->model, s->crew ? s->crew : 8), 0);
    cr_assert_eq(fetcher_open(&s->fetcher, loop_running(), &s->options), 0);
    fetch_init(&s->fetch, s->fetcher);
    s->act(s);
    fetch_deinit(&s->fetch);
    fetcher_close(s->fetcher);
    hosts_deinit(&s->hosts);
    fetch_crew_close(*crew);
    return 0;
}

static inline void stage_play(struct stage *s, const struct site_page *pages, size_t count)
{
    struct fetch_options *o = &s->options;

    o->concurrency = o->concurrency ? o->concurrency : 8;
    o->max_time = o->max_time ? o->max_time : 20 * NS_PER_S;
    o->connect_timeout = o->connect_timeout ? o->connect_timeout : 10 * NS_PER_S;
    o->max_body = o->max_body ? o->max_body : 16 << 20;
    o->user_agent = "tester/1";
    o->http_version = CURL_HTTP_VERSION_2TLS;
    o->allow_private = !s->guarded;
    s->site = site_open(pages, count);
    cr_assert_eq(runner_run(s->selector, stage_main, s), 0);
    site_close(s->site);
}

/* A test on the table pages, which must be in sight; then options of the fetcher. */
#define FETCH_TEST(suite, fact, ...)                              \
    static void fact(struct stage *s);                            \
    Test(suite, fact, .timeout = 30)                              \
    {                                                             \
        struct stage s = {.act = fact, .options = {__VA_ARGS__}}; \
        stage_play(&s, pages, COUNT(pages));                      \
    }                                                             \
    static void fact(struct stage *s)

static inline struct host *host_of(struct stage *s, const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    return hosts_get(&s->hosts, &u);
}

/* Fetches a path of the site. */
static inline struct fetch *get(struct stage *s, const char *path, enum fetch_body want)
{
    site_url(s->site, path, s->url);
    cr_assert_eq(fetch_get(&s->fetch, s->url, host_of(s, s->url), want), 0);
    return &s->fetch;
}

/* A fetch in a task of its own. */
struct fetching {
    struct task task;
    struct fetch fetch;
    struct host *host;
    char url[SITE_URL_SIZE];
};

static inline int fetch_in_task(void *arg)
{
    struct fetching *g = arg;

    return fetch_get(&g->fetch, g->url, g->host, BODY_LINKS);
}

static inline void fetching_start(struct stage *s, struct fetching *g, const char *path)
{
    site_url(s->site, path, g->url);
    g->host = host_of(s, g->url);
    fetch_init(&g->fetch, s->fetcher);
    cr_assert_eq(task_start(&g->task, loop_running(), "fetch", fetch_in_task, g), 0);
}

#endif
