/* Which addresses may be connected to, fetch by fetch: the site is at a private one. */
#include "tests/crawler/fetching.h"

static const struct site_page pages[] = {
    {"/", .body = "<p>"},
};

#define GUARDED_TEST(fact)                               \
    static void fact(struct stage *s);                   \
    Test(guard, fact, .timeout = 30)                     \
    {                                                    \
        struct stage s = {.act = fact, .guarded = true}; \
        stage_play(&s, pages, COUNT(pages));             \
    }                                                    \
    static void fact(struct stage *s)

static struct host *site_host(struct stage *s)
{
    return host_of(s, site_url(s->site, "/", s->url));
}

static enum fetch_error error_of(struct stage *s, const char *host)
{
    char url[SITE_URL_SIZE];

    snprintf(url, sizeof url, "http://%s:%u/", host, site_port(s->site));
    cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
    return s->fetch.error;
}

GUARDED_TEST(refuses_a_private_address_that_no_seed_is_at)
{
    int64_t before = loop_time();

    cr_assert_eq(error_of(s, "127.0.0.1"), FETCH_PRIVATE);
    cr_assert_str_eq(s->fetch.message, "leads to a private address (--allow-private)");
    cr_assert(before <= s->fetch.started && s->fetch.started <= s->fetch.ended);
    cr_assert_eq(s->fetch.status, 0);
    cr_assert_eq(error_of(s, "localhost"), FETCH_PRIVATE);
    cr_assert_eq(site_accepted(s->site), 0);
    cr_assert(!site_host(s)->private_address);
}

GUARDED_TEST(lets_a_seed_be_at_one_and_then_others_too)
{
    site_host(s)->seed = true;
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "%s", s->fetch.message);
    cr_assert(site_host(s)->private_address);
    cr_assert(!site_host(s)->public_address);
    cr_assert_eq(error_of(s, "localhost"), FETCH_OK, "%s", s->fetch.message);
}

GUARDED_TEST(refuses_a_seed_that_was_public_before)
{
    site_host(s)->seed = site_host(s)->public_address = true;
    for (int i = 0; i < 2; i++)
        cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_PRIVATE, "%s", s->fetch.message);
    cr_assert(!site_host(s)->private_address);
    cr_assert_eq(error_of(s, "localhost"), FETCH_PRIVATE);
    cr_assert_eq(site_accepted(s->site), 0);
}

GUARDED_TEST(lets_all_be_at_one_once_it_is_allowed)
{
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_PRIVATE);
    fetcher_allow_private(s->fetcher);
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "%s", s->fetch.message);
    cr_assert(site_host(s)->private_address);
}
