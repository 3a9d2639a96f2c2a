/* Many fetches at once: connections, multi handles, cancellation. */
#include "crawler/fetch_multi.h"

#include "tests/crawler/fetching.h"
#include "tests/loop/backends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 200

static const struct site_page pages[] = {
    {"/", .body = "<p>"},
    {"/slow", .body = "at last", .delay = 0.1},
    {"/hang", .behaviour = SITE_HANG},
    {"/close", .behaviour = SITE_CLOSE},
    {"/last", .body = "<p>", .headers = "Connection: close\r\n"},
};

static void start_all(struct stage *s, struct fetching *all, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        fetching_start(s, &all[i], path);
}

static void join_all(struct fetching *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(task_join(&all[i].task), 0);
        cr_assert_eq(all[i].fetch.error, FETCH_OK, "%s", all[i].fetch.message);
        fetch_deinit(&all[i].fetch);
    }
}

/* Until the site has had that many requests in all. */
static void await_requests(struct stage *s, size_t count)
{
    while (!site_requests(s->site, count - 1))
        task_sleep(NS_PER_MS);
}

static void await_connected(struct stage *s, size_t count)
{
    while (site_connected(s->site) != count)
        task_sleep(NS_PER_MS);
}

/* --- connections --- */

FETCH_TEST(multi, uses_a_connection_again)
{
    for (int i = 0; i < 20; i++)
        cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
    cr_assert_eq(site_accepted(s->site), 1);
    cr_assert_eq(s->fetch.multi->connections, 1);
}

FETCH_TEST(multi, uses_a_connection_again_for_another_fetch)
{
    static struct fetching one;

    get(s, "/", BODY_LINKS);
    start_all(s, &one, 1, "/");
    join_all(&one, 1);
    cr_assert_eq(site_accepted(s->site), 1);
}

FETCH_TEST(multi, connects_anew_where_the_server_has_closed)
{
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(get(s, "/last", BODY_LINKS)->error, FETCH_OK);
        cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
        cr_assert_eq(get(s, "/close", BODY_LINKS)->error, FETCH_RESET);
    }
    await_connected(s, 0);
    cr_assert_eq(s->fetch.multi->connections, 0);
    cr_assert_eq(s->fetch.multi->active, 0);
}

FETCH_TEST(multi, opens_no_more_connections_than_fetches_at_once, .concurrency = MANY)
{
    static struct fetching all[MANY];

    for (int round = 0; round < 3; round++) {
        start_all(s, all, MANY, "/slow");
        join_all(all, MANY);
    }
    cr_assert_eq(site_accepted(s->site), MANY);
    cr_assert_eq(site_most_in_flight(s->site), MANY);
}

/* That MANY fetches of a host are on as few handles as hold so many each. */
static void expect_spread(struct stage *s, const char *path, size_t share)
{
    static struct fetching all[MANY];
    struct multi *multis[MANY];
    size_t count = 0;

    start_all(s, all, MANY, path);
    await_requests(s, MANY);
    for (size_t i = 0; i < MANY; i++) {
        size_t known = 0;
        cr_expect_leq(all[i].fetch.multi->active, share);
        while (known < count && multis[known] != all[i].fetch.multi)
            known++;
        if (known == count)
            multis[count++] = all[i].fetch.multi;
    }
    join_all(all, MANY);
    cr_expect_eq(count, (MANY + share - 1) / share);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(multis[i]->active, 0);
}

FETCH_TEST(multi, spreads_many_fetches_of_a_host_over_several_handles, .concurrency = MANY)
{
    expect_spread(s, "/slow", MULTI_SHARE);
}

FETCH_TEST(multi, gives_a_handle_as_many_streams_as_one_connection_takes, .concurrency = MANY)
{
    host_of(s, site_url(s->site, "/slow", s->url))->multiplexes = true;
    expect_spread(s, "/slow", MULTI_STREAMS);
}

static void on_selector(struct stage *s)
{
    static struct fetching all[MANY];

    for (int round = 0; round < 2; round++) {
        start_all(s, all, MANY, "/");
        join_all(all, MANY);
        cr_assert_eq(get(s, "/close", BODY_LINKS)->error, FETCH_RESET);
    }
    cr_assert_eq(site_hits(s->site, "/"), 2 * MANY);
}

Test(multi, works_with_every_selector, .timeout = 60)
{
    for (const struct selector_ops *const *ops = selectors; *ops; ops++) {
        struct stage s = {
            .act = on_selector, .selector = (*ops)->name, .options.concurrency = MANY};
        if (backend_works(*ops))
            stage_play(&s, pages, COUNT(pages));
    }
}

/* --- connections that never came about --- */

/* An address where nothing is answered: a listener with a full backlog. */
struct black_hole {
    int fds[4];
    char url[64];
};

static bool open_black_hole(struct black_hole *b, int family, unsigned port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                              .sin6_port = htons((uint16_t)port)};
    struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;

    b->fds[0] = socket(family, SOCK_STREAM, 0);
    if (b->fds[0] < 0 || bind(b->fds[0], a, size) != 0 || listen(b->fds[0], 0) != 0)
        return false;
    getsockname(b->fds[0], a, &size);
    snprintf(b->url, sizeof b->url, "http://127.0.0.1:%u/", ntohs(v4.sin_port));
    for (size_t i = 1; i < COUNT(b->fds); i++) {
        b->fds[i] = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(b->fds[i], a, size);
    }
    return true;
}

static void close_black_hole(struct black_hole *b)
{
    for (size_t i = 0; i < COUNT(b->fds); i++)
        close(b->fds[i]);
}

FETCH_TEST(multi, gives_up_a_connection_after_connect_timeout, .connect_timeout = 30 * NS_PER_MS)
{
    struct black_hole hole;

    cr_assert(open_black_hole(&hole, AF_INET, 0));
    for (int i = 0; i < 3; i++) {
        struct fetch *f = &s->fetch;
        cr_assert_eq(fetch_get(f, hole.url, host_of(s, hole.url), BODY_LINKS), 0);
        cr_assert_eq(f->error, FETCH_TIMEOUT, "%s", f->message);
        cr_assert(strstr(f->message, "--connect-timeout"), "%s", f->message);
        cr_assert_eq(f->multi->active, 0);
        cr_assert_eq(f->multi->connections, 0, "%u are left", f->multi->connections);
        cr_assert_eq(get(s, "/close", BODY_LINKS)->error, FETCH_RESET);
    }
    close_black_hole(&hole);
}

FETCH_TEST(multi, forgets_the_address_that_answered_too_late)
{
    struct black_hole hole;
    char resolve[64], url[64];

    if (!open_black_hole(&hole, AF_INET6, site_port(s->site)))
        cr_skip_test("no IPv6 here");
    snprintf(resolve, sizeof resolve, "two.test:%u:::1,127.0.0.1", site_port(s->site));
    snprintf(url, sizeof url, "http://two.test:%u/", site_port(s->site));
    struct curl_slist *list = curl_slist_append(NULL, resolve);
    struct fetcher *fetcher;
    struct fetch f;
    s->options.resolve = list;
    cr_assert_eq(fetcher_open(&fetcher, loop_running(), &s->options), 0);
    fetch_init(&f, fetcher);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(fetch_get(&f, url, host_of(s, url), BODY_LINKS), 0);
        cr_assert_eq(f.error, FETCH_OK, "%s", f.message);
    }
    cr_assert_eq(f.multi->connections, 1, "%u are left", f.multi->connections);
    fetch_deinit(&f);
    fetcher_close(fetcher);
    curl_slist_free_all(list);
    close_black_hole(&hole);
}

/* --- cancellation --- */

FETCH_TEST(multi, closes_what_a_cancelled_task_has_open)
{
    static struct fetching g;

    get(s, "/", BODY_LINKS);
    fetching_start(s, &g, "/hang");
    await_requests(s, 2);
    task_cancel(&g.task);
    cr_assert_eq(task_join(&g.task), -ECANCELED);
    await_connected(s, 0);
    cr_assert_eq(g.fetch.multi->active, 0);
    cr_assert_eq(g.fetch.multi->connections, 0);
    fetch_deinit(&g.fetch);
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "others go on");
}

FETCH_TEST(multi, starts_nothing_for_a_task_that_was_cancelled_before)
{
    static struct fetching never, early;

    fetching_start(s, &never, "/");
    task_cancel(&never.task);
    fetching_start(s, &early, "/");
    task_yield(); /* its wish was taken down, but nothing was done yet */
    task_cancel(&early.task);
    cr_assert_eq(task_join(&never.task), -ECANCELED);
    cr_assert_eq(task_join(&early.task), -ECANCELED);
    get(s, "/slow", BODY_LINKS);
    cr_assert_eq(site_hits(s->site, "/"), 0);
    fetch_deinit(&never.fetch);
    fetch_deinit(&early.fetch);
}

FETCH_TEST(multi, bears_a_cancellation_at_any_moment)
{
    static struct fetching g;

    for (int moment = 0; moment < 12; moment++) {
        fetching_start(s, &g, "/");
        for (int i = 0; i < moment; i++)
            task_yield();
        task_cancel(&g.task);
        int r = task_join(&g.task);
        cr_assert(r == -ECANCELED || r == 0);
        if (g.fetch.multi)
            cr_assert_eq(g.fetch.multi->active, 0);
        fetch_deinit(&g.fetch);
    }
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
}

FETCH_TEST(multi, bears_a_cancellation_in_the_step_in_which_the_answer_comes)
{
    static struct fetching g;

    fetching_start(s, &g, "/slow");
    await_requests(s, 1);
    while (site_in_flight(s->site)) /* holds the loop up, so that the answer waits in its socket */
        usleep(1000);
    task_cancel(&g.task);
    cr_assert_eq(task_join(&g.task), -ECANCELED);
    cr_assert_eq(g.fetch.multi->active, 0, "%u", g.fetch.multi->active);
    fetch_deinit(&g.fetch);
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
}

/* --- what goes to seeds alone --- */

static bool got_secrets(struct stage *s, size_t request)
{
    const char *head = site_requests(s->site, request);
    bool header = strstr(head, "\r\nX-Secret: 1\r\n");
    bool credentials = strstr(head, "\r\nAuthorization: Basic dTpw\r\n");

    cr_assert_eq(header, credentials, "%s", head);
    cr_assert(strstr(head, header ? "\r\nuser-agent: other\r\n" : "\r\nUser-Agent: tester/1\r\n"),
              "%s", head);
    return header;
}

static void fetch_as_seed_or_not(struct stage *s)
{
    char other[SITE_URL_SIZE];

    snprintf(other, sizeof other, "http://localhost:%u/", site_port(s->site));
    host_of(s, site_url(s->site, "/", s->url))->seed = true;
    for (int i = 0; i < 3; i++) {
        get(s, "/", BODY_LINKS);
        cr_assert_eq(fetch_get(&s->fetch, other, host_of(s, other), BODY_LINKS), 0);
        cr_assert_eq(s->fetch.error, FETCH_OK);
    }
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(got_secrets(s, i), i % 2 == 0, "request %zu", i);
}

Test(multi, sends_headers_and_credentials_to_the_origins_of_seeds_alone, .timeout = 30)
{
    struct stage s = {.act = fetch_as_seed_or_not, .options.credentials = "u:p"};

    s.options.headers = curl_slist_append(NULL, "X-Secret: 1");
    s.options.headers = curl_slist_append(s.options.headers, "user-agent: other");
    stage_play(&s, pages, COUNT(pages));
    curl_slist_free_all(s.options.headers);
}

FETCH_TEST(multi, sends_a_seed_its_own_credentials, .credentials = "u:p")
{
    struct host *h = host_of(s, site_url(s->site, "/", s->url));

    h->seed = true;
    h->credentials = strdup("a:b");
    get(s, "/", BODY_LINKS);
    const char *head = site_requests(s->site, 0);
    cr_assert(strstr(head, "\r\nAuthorization: Basic YTpi\r\n"), "%s", head);
}
