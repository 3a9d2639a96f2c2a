/* Fetches of doubtful hosts, with others that wait for their slot, and without. */
#include "tests/crawler/fetching.h"

#include "crawler/frontier.h"
#include "loop/server.h"
#include "loop/stream.h"

#include <arpa/inet.h>
#include <stdio.h>

static char letters[6 * 1024];

static const struct site_page pages[] = {
    {"/letters", .body = letters, .length = sizeof letters},
    {"/hang", .behaviour = SITE_HANG},
    {"/slow", .body = "at last", .delay = 0.12},
};

/* A frontier of two hosts. The first is in the hands of a worker; the second waits, if at all. */
struct doubts {
    struct frontier frontier;
    struct item item;
    struct host *host;
};

static void add(struct frontier *f, const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    cr_assert(
        frontier_add(f, &u, seen_fingerprint(f->seen.seed, text, strlen(text)), &(struct todo){0}));
}

static void open_doubts(struct doubts *d, const char *url, bool crowded)
{
    const struct frontier_options options = {.concurrency = 2, .per_host = 8};

    *d = (struct doubts){0};
    frontier_init(&d->frontier, loop_running(), &options);
    add(&d->frontier, url);
    cr_assert_eq(frontier_next(&d->frontier, &d->item), 0);
    if (crowded)
        add(&d->frontier, "http://other/");
    cr_assert_eq(frontier_crowded(&d->frontier), crowded);
}

static void close_doubts(struct doubts *d)
{
    frontier_deinit(&d->frontier);
    item_deinit(&d->item);
}

static struct fetch *get_with(struct stage *s, const char *url, int64_t patience, bool crowded)
{
    struct doubts d;

    open_doubts(&d, url, crowded);
    d.frontier.usual = patience / 4;
    s->fetch.doubted = patience ? d.item.host : NULL;
    cr_assert_eq(fetch_get(&s->fetch, url, d.item.host, BODY_LINKS), 0);
    close_doubts(&d);
    return &s->fetch;
}

FETCH_TEST(fetch_patience, is_over_where_nothing_comes_while_others_wait)
{
    struct fetch *f = get_with(s, site_url(s->site, "/hang", s->url), 50 * NS_PER_MS, true);

    cr_assert_eq(f->error, FETCH_TIMEOUT);
    cr_assert(f->given_back);
    cr_assert_geq(f->ended - f->started, 50 * NS_PER_MS);
}

FETCH_TEST(fetch_patience, has_no_end_where_nobody_waits, .max_time = 100 * NS_PER_MS)
{
    struct fetch *f = get_with(s, site_url(s->site, "/hang", s->url), 50 * NS_PER_MS, false);

    cr_assert_eq(f->error, FETCH_TIMEOUT);
    cr_assert(!f->given_back);
    cr_assert_geq(f->ended - f->started, 100 * NS_PER_MS);
}

FETCH_TEST(fetch_patience, has_no_end_with_a_host_that_is_known)
{
    struct fetch *f = get_with(s, site_url(s->site, "/slow", s->url), 0, true);

    cr_assert_eq(f->error, FETCH_OK);
    cr_assert_eq(f->status, 200);
}

FETCH_TEST(fetch_patience, lasts_for_an_answer_in_time)
{
    struct fetch *f = get_with(s, site_url(s->site, "/slow", s->url), 2 * NS_PER_S, true);

    cr_assert_eq(f->error, FETCH_OK);
    cr_assert(!f->given_back);
}

FETCH_TEST(fetch_patience, is_no_longer_than_max_time, .max_time = 50 * NS_PER_MS)
{
    struct fetch *f = get_with(s, site_url(s->site, "/hang", s->url), 2 * NS_PER_S, true);

    cr_assert_eq(f->error, FETCH_TIMEOUT);
    cr_assert(!f->given_back);
}

FETCH_TEST(fetch_patience, lasts_for_what_is_held_back_to_keep_the_rate, .limit_rate = 20 * 1024)
{
    struct fetch *f = get_with(s, site_url(s->site, "/letters", s->url), 20 * NS_PER_MS, true);

    cr_assert(!f->given_back);
    cr_assert_eq(f->taken, sizeof letters);
}

/* --- bodies that trickle --- */

struct dripping {
    struct server *server;
    size_t bytes; /* every 10 ms */
    char url[64];
};

static int drip(struct stream *stream, void *arg)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 32768\r\n\r\n";
    static char body[32768];
    struct dripping *d = arg;
    const char *request;

    if (stream_read_until(stream, "\r\n\r\n", &request) <= 0)
        return 0;
    int r = stream_write(stream, head, sizeof head - 1);
    for (size_t sent = 0; r == 0 && sent < sizeof body; sent += d->bytes) {
        r = stream_write(stream, body, d->bytes);
        if (r == 0)
            r = stream_drain(stream);
        if (r == 0)
            r = task_sleep(10 * NS_PER_MS);
    }
    return r;
}

static void open_dripping(struct dripping *d)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    cr_assert_eq(server_open(&d->server, loop_running(), (struct sockaddr *)&address,
                             sizeof address, 4, drip, d),
                 0);
    snprintf(d->url, sizeof d->url, "http://127.0.0.1:%u/", server_port(d->server));
}

FETCH_TEST(fetch_patience, is_over_where_next_to_nothing_comes)
{
    struct dripping d = {.bytes = 1};

    open_dripping(&d);
    struct fetch *f = get_with(s, d.url, 50 * NS_PER_MS, true);
    cr_assert(f->given_back);
    cr_assert_eq(f->status, 200);
    server_close(d.server);
}

FETCH_TEST(fetch_patience, lasts_for_a_body_that_comes)
{
    struct dripping d = {.bytes = 2048};

    open_dripping(&d);
    struct fetch *f = get_with(s, d.url, 100 * NS_PER_MS, true);
    cr_assert(!f->given_back);
    cr_assert_eq(f->error, FETCH_OK);
    cr_assert_eq(f->taken, 32768);
    server_close(d.server);
}
