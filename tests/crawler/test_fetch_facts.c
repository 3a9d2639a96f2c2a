/* What is said of an exchange once it is over. */
#include "crawler/fetch_private.h"
#include "tests/crawler/fetching.h"

#include <time.h>

static const struct site_page pages[] = {
    {"/", .body = "<a href=/b>", .headers = "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n"},
    {"/old", .body = "HTTP/1.0 200 OK\r\n\r\nold", .behaviour = SITE_RAW},
    {"/slow", .body = "at last", .delay = 0.15},
    {"/hang", .behaviour = SITE_HANG},
    {"/reset", .body = "half of it", .behaviour = SITE_TRUNCATE},
};

static struct fetch_facts facts_of(const struct fetch *f)
{
    struct fetch_facts facts;

    fetch_facts_read(f, &facts);
    return facts;
}

FETCH_TEST(fetch_facts, a_first_exchange_tells_its_steps_in_order)
{
    struct fetch_facts facts = facts_of(get(s, "/slow", BODY_LINKS));

    cr_expect_geq(facts.dns, 0);
    cr_expect_geq(facts.connect, facts.dns);
    cr_expect_geq(facts.first_byte, facts.connect);
    cr_expect_geq(facts.first_byte, 140 * NS_PER_MS);
    cr_expect_geq(facts.total, facts.first_byte);
    cr_expect_eq(facts.tls, -1);
    cr_expect_str_eq(facts.ip, "127.0.0.1");
    cr_expect_str_eq(facts.http, "1.1");
}

FETCH_TEST(fetch_facts, a_reused_connection_was_not_made_for_it)
{
    get(s, "/", BODY_LINKS);
    struct fetch_facts facts = facts_of(get(s, "/", BODY_LINKS));

    cr_expect_eq(facts.dns, -1);
    cr_expect_eq(facts.connect, -1);
    cr_expect_gt(facts.first_byte, 0);
    cr_expect_geq(facts.total, facts.first_byte);
    cr_expect_str_eq(facts.ip, "127.0.0.1");
}

FETCH_TEST(fetch_facts, an_exchange_began_when_the_clock_on_the_wall_said_so)
{
    struct timespec before;

    clock_gettime(CLOCK_REALTIME, &before);
    int64_t start = facts_of(get(s, "/slow", BODY_LINKS)).start;
    int64_t late = start - (before.tv_sec * NS_PER_S + before.tv_nsec);
    cr_expect_gt(late, -50 * NS_PER_MS, "%lld", (long long)late);
    cr_expect_lt(late, 140 * NS_PER_MS, "%lld", (long long)late);
}

FETCH_TEST(fetch_facts, an_answer_has_the_version_that_it_names)
{
    cr_expect_str_eq(facts_of(get(s, "/old", BODY_LINKS)).http, "1.0");
}

FETCH_TEST(fetch_facts, without_an_answer_it_has_no_first_byte_and_no_version,
           .max_time = 100 * NS_PER_MS)
{
    struct fetch_facts facts = facts_of(get(s, "/hang", BODY_LINKS));

    cr_expect_eq(facts.first_byte, -1);
    cr_expect_null(facts.http);
    cr_expect_geq(facts.total, 100 * NS_PER_MS);
    cr_expect_str_eq(facts.ip, "127.0.0.1");
}

FETCH_TEST(fetch_facts, an_answer_that_breaks_off_had_a_first_byte)
{
    struct fetch_facts facts = facts_of(get(s, "/reset", BODY_LINKS));

    cr_expect_gt(facts.first_byte, 0);
    cr_expect_str_eq(facts.http, "1.1");
}

FETCH_TEST(fetch_facts, what_was_never_connected_has_no_former_ones)
{
    get(s, "/", BODY_LINKS);
    const char *refused = "http://127.0.0.1:1/";
    cr_assert_eq(fetch_get(&s->fetch, refused, host_of(s, refused), BODY_LINKS), 0);
    struct fetch_facts facts = facts_of(&s->fetch);

    cr_expect_eq(facts.connect, -1);
    cr_expect_eq(facts.first_byte, -1);
    cr_expect_null(facts.http);
}

FETCH_TEST(fetch_facts, what_libcurl_was_not_asked_for_has_no_former_ones)
{
    const char *untakable = "http://a!b/";

    get(s, "/", BODY_LINKS);
    cr_assert_eq(fetch_get(&s->fetch, untakable, host_of(s, untakable), BODY_LINKS), 0);
    struct fetch_facts facts = facts_of(&s->fetch);

    cr_expect_eq(s->fetch.error, FETCH_HTTP);
    cr_expect_eq(facts.dns, -1);
    cr_expect_str_eq(facts.ip, "");
    cr_expect_null(facts.http);
    cr_expect_geq(facts.total, 0);
}

FETCH_TEST(fetch_facts, last_modified_is_kept)
{
    cr_expect_str_eq(fetch_header(get(s, "/", BODY_LINKS), HEADER_LAST_MODIFIED),
                     "Sat, 01 Jan 2000 00:00:00 GMT");
}

FETCH_TEST(fetch_facts, the_times_alone_are_those_of_the_facts)
{
    static const char *const paths[] = {"/slow", "/", "/reset", "/hang"};

    s->fetcher->options.max_time = 200 * NS_PER_MS;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct fetch_facts facts = facts_of(get(s, paths[i], BODY_LINKS));
        struct fetch_times times;
        fetch_times_read(&s->fetch, &times);
        cr_expect_eq(times.total, facts.total, "%s", paths[i]);
        cr_expect_eq(times.connect, facts.connect, "%s", paths[i]);
        cr_expect_eq(times.first_byte, facts.first_byte, "%s", paths[i]);
    }
}

/* --- how many are in flight --- */

FETCH_TEST(fetch_facts, the_area_grows_by_what_each_exchange_takes)
{
    uint64_t before = fetcher_area(s->fetcher);
    struct fetch *f = get(s, "/slow", BODY_LINKS);
    uint64_t after = fetcher_area(s->fetcher);

    cr_expect_eq(after - before, (uint64_t)(f->ended - f->started));
    cr_expect_eq(fetcher_area(s->fetcher), after, "nothing is in flight");
    get(s, "/slow", BODY_LINKS);
    cr_expect_eq(fetcher_area(s->fetcher) - after, (uint64_t)(f->ended - f->started));
}

FETCH_TEST(fetch_facts, what_has_not_ended_is_in_flight_too)
{
    struct fetching two[2];

    for (size_t i = 0; i < COUNT(two); i++)
        fetching_start(s, &two[i], "/hang");
    while (site_in_flight(s->site) < COUNT(two))
        task_sleep(NS_PER_MS);
    uint64_t before = fetcher_area(s->fetcher);
    int64_t begin = loop_time();
    task_sleep(20 * NS_PER_MS);
    uint64_t area = fetcher_area(s->fetcher) - before;
    int64_t time = loop_time() - begin;
    cr_expect_leq((uint64_t)(2 * 19 * NS_PER_MS), area);
    cr_expect_leq(area, (uint64_t)(2 * time + NS_PER_MS));
    for (size_t i = 0; i < COUNT(two); i++) {
        task_cancel(&two[i].task);
        task_join(&two[i].task);
        fetch_deinit(&two[i].fetch);
    }
    before = fetcher_area(s->fetcher);
    cr_expect_eq(fetcher_area(s->fetcher), before, "they have ended");
}
