/* Manners that depend on how fetches end: shares, pauses, and slots that are given back. */
#include "tests/crawler/takers.h"

#include "crawler/fetch.h"

/* Ends it with that outcome, and puts it back, as a crawler does. */
static void ends(struct frontier *f, struct taker *t, int kind)
{
    heard(f, t, kind);
    retry(f, t, 0);
}

/* A host that has answered to a page, of a frontier that goes on. */
static struct host *known(struct frontier *f, const char *url)
{
    frontier_hold(f);
    add(f, url);
    struct taker *t = taken(f, url);
    struct host *h = t->item.host;
    done(f, t);
    return h;
}

static struct robots *rules(const char *text)
{
    struct robots *r;

    cr_assert_eq(robots_parse(&r, text, strlen(text), "x"), 0);
    return r;
}

/* --- hosts that stall --- */

FRONTIER_TEST(frontier_manners, meets_a_host_by_an_answer_to_a_page, .robots = true)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    meet(f, "http://a/robots.txt");
    struct taker *one = taken(f, "http://a/1");
    assert_nothing_to_take(f);
    done(f, one);
    one = taken(f, "http://a/2");
    done(f, taken(f, "http://a/3"));
    done(f, one);
}

FRONTIER_TEST(frontier_manners, goes_on_with_a_page_where_robots_txt_was_answered, .concurrency = 2,
              .robots = true)
{
    add(f, "http://a/");
    add(f, "http://b/");
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/"));
    meet(f, "http://b/robots.txt");
    done(f, taken(f, "http://b/"));
}

FRONTIER_TEST(frontier_manners, counts_a_host_that_timed_out_among_the_doubtful, .concurrency = 2)
{
    known(f, "http://a/");
    add(f, "http://a/1");
    add(f, "http://a/2");
    struct taker *one = taken(f, "http://a/1"), *two = taken(f, "http://a/2");
    add(f, "http://b/");
    ends(f, one, OUTCOME_TIMEOUT);
    assert_nothing_to_take(f); /* but what is in flight is one already */
    cr_assert(frontier_crowded(f));
    done(f, two);
    cr_assert(!frontier_crowded(f));
    done(f, awaited(f, "http://b/"));
    done(f, awaited(f, "http://a/1"));
    cr_assert_eq(f->meeting, 0);
    cr_assert_eq(f->in_flight + f->queued, 0);
}

FRONTIER_TEST(frontier_manners, queues_who_gave_a_slot_back_behind_those_that_wait,
              .concurrency = 2)
{
    add(f, "http://a/");
    add(f, "http://b/");
    add(f, "http://c/");
    struct taker *a = taken(f, "http://a/");
    ends(f, a, OUTCOME_GIVEN_BACK);
    struct taker *b = taken(f, "http://b/");
    settle();
    ends(f, b, OUTCOME_GIVEN_BACK);
    done(f, awaited(f, "http://c/"));
    a = awaited(f, "http://a/");
    cr_assert_eq(a->item.todo.attempts, 0);
    done(f, a);
    done(f, awaited(f, "http://b/"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_manners, lets_who_had_no_slot_yet_go_before_those_that_stalled,
              .concurrency = 2)
{
    add(f, "http://a/");
    add(f, "http://b/");
    struct taker *t = taken(f, "http://a/");
    ends(f, t, OUTCOME_GIVEN_BACK);
    t = taken(f, "http://b/");
    settle();
    add(f, "http://c/"); /* after a has come back */
    ends(f, t, OUTCOME_GIVEN_BACK);
    done(f, awaited(f, "http://c/"));
    done(f, awaited(f, "http://a/"));
    done(f, awaited(f, "http://b/"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_manners, has_four_times_the_patience_with_a_host_that_gave_its_slot_back)
{
    int64_t patience = 0;

    add(f, "http://a/");
    for (int i = 0; i < 6; i++) {
        struct taker *t = awaited(f, "http://a/");
        cr_assert(frontier_patience(f, t->item.host) == 4 * patience ||
                  (i == 0 && frontier_patience(f, t->item.host) > 0));
        patience = frontier_patience(f, t->item.host);
        ends(f, t, OUTCOME_GIVEN_BACK);
    }
    done(f, awaited(f, "http://a/"));
    add(f, "http://a/2");
    struct taker *t = taken(f, "http://a/2");
    cr_assert(!t->item.host->doubtful);
    ends(f, t, OUTCOME_TIMEOUT);
    t = awaited(f, "http://a/2");
    cr_assert(t->item.host->doubtful);
    cr_assert_leq(frontier_patience(f, t->item.host), NS_PER_S, "it begins anew");
    done(f, t);
}

FRONTIER_TEST(frontier_manners, has_more_patience_where_answers_take_longer)
{
    static const struct {
        int64_t took, least, most; /* ms */
    } table[] = {{1, 50, 50}, {40, 150, 170}, {300, 1150, 1210}, {20000, 2000, 2000}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char url[] = "http://a0/";
        url[8] = (char)('0' + i);
        add(f, url);
        struct taker *t = taken(f, url);
        for (int k = 0; k < 60; k++) {
            struct outcome o = {.kind = OUTCOME_ANSWER, .began = 1};
            o.ended = 1 + table[i].took * NS_PER_MS;
            frontier_heard(f, &t->item, &o);
        }
        int64_t patience = frontier_patience(f, t->item.host) / NS_PER_MS;
        cr_expect_geq(patience, table[i].least, "row %zu: %d", i, (int)patience);
        cr_expect_leq(patience, table[i].most, "row %zu: %d", i, (int)patience);
        done(f, t);
    }
}

FRONTIER_TEST(frontier_manners, gives_strangers_and_known_hosts_their_turns, .concurrency = 4)
{
    known(f, "http://a/");
    known(f, "http://b/");
    add(f, "http://a/1");
    add(f, "http://c/");
    add(f, "http://b/1");
    struct taker *all[3];
    bool stranger = false;
    for (int i = 0; i < 3; i++)
        all[i] = taker(f);
    for (int i = 0; i < 2; i++)
        stranger |= strcmp(all[i]->item.url, "http://c/") == 0;
    cr_assert(stranger);
    for (int i = 0; i < 3; i++)
        done(f, all[i]);
}

FRONTIER_TEST(frontier_manners, lets_what_needs_no_fetch_go_by_while_strangers_wait,
              .concurrency = 2, .robots = true)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    struct taker *t = taken(f, "http://a/robots.txt");
    host_set_rules(t->item.host, rules("User-agent: *\nDisallow: /"));
    add(f, "http://b/");
    done(f, t);
    for (int i = 0; i < 3; i++) {
        t = taken(f, i == 0 ? "http://a/1" : i == 1 ? "http://a/2" : "http://a/3");
        frontier_done(f, &t->item);
        forget(t);
    }
    meet(f, "http://b/robots.txt");
    done(f, taken(f, "http://b/"));
    cr_assert(f->finished.done);
}

/* --- shares and pauses --- */

FRONTIER_TEST(frontier_manners, halves_the_share_of_a_host_that_is_busy)
{
    known(f, "http://a/");
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    struct taker *one = taken(f, "http://a/1"), *two = taken(f, "http://a/2");
    heard(f, one, OUTCOME_BUSY);
    frontier_done(f, &one->item);
    forget(one);
    assert_nothing_to_take(f);
    done(f, two);
    two = taken(f, "http://a/3");
    done(f, two);
}

FRONTIER_TEST(frontier_manners, meets_a_public_host_gently, .gentle = true, .per_host = 8)
{
    char url[32];

    known(f, "http://a/");
    for (int i = 0; i < 30; i++) {
        snprintf(url, sizeof url, "http://a/%d", i);
        add(f, url);
    }
    struct taker *all[40], *t;
    unsigned begun = 0, ended = 0;
    for (unsigned share = 2; share <= 10; share++) { /* each answer makes room for two */
        for (t = taker(f); !waits(t); t = taker(f))
            all[begun++] = t;
        forget(t);
        cr_assert_eq(begun - ended, share < 8 ? share : 8, "%u", begun - ended);
        done(f, all[ended++]);
    }
    while (ended < begun)
        done(f, all[ended++]);
}

FRONTIER_TEST(frontier_manners, has_the_full_share_of_a_private_host_at_once, .gentle = true,
              .per_host = 4)
{
    char url[32];

    add(f, "http://a/");
    struct taker *t = taken(f, "http://a/");
    t->item.host->private_address = true;
    done(f, t);
    struct taker *all[4];
    for (int i = 0; i < 4; i++) {
        snprintf(url, sizeof url, "http://a/%d", i);
        add(f, url);
        all[i] = taken(f, url);
    }
    for (int i = 0; i < 4; i++)
        done(f, all[i]);
}

FRONTIER_TEST(frontier_manners, pauses_a_host_that_says_retry_after_and_no_other)
{
    known(f, "http://a/");
    known(f, "http://b/");
    add(f, "http://a/1");
    add(f, "http://a/2");
    struct taker *t = taken(f, "http://a/1");
    struct outcome o = {.kind = OUTCOME_BUSY, .began = t->when, .retry_after = 30 * NS_PER_MS};
    o.ended = loop_time();
    frontier_heard(f, &t->item, &o);
    frontier_done(f, &t->item);
    forget(t);
    assert_nothing_to_take(f);
    add(f, "http://b/1");
    done(f, taken(f, "http://b/1"));
    t = awaited(f, "http://a/2");
    cr_assert_geq(t->when - o.ended, 29 * NS_PER_MS);
    done(f, t);
}

FRONTIER_TEST(frontier_manners, keeps_all_starts_apart, .spacing = 20 * NS_PER_MS, .robots = true)
{
    static const char *const urls[] = {"http://a/robots.txt", "http://a/1", "http://b/robots.txt",
                                       "http://b/1"};
    int64_t first = 0;

    add(f, "http://a/1");
    add(f, "http://b/1");
    for (int i = 0; i < 4; i++) {
        struct taker *t = awaited(f, urls[i]);
        first = i ? first : t->when;
        cr_assert_geq(t->when - first, (20 * i - 6) * NS_PER_MS, "%s", urls[i]);
        if (t->item.kind == ITEM_ROBOTS)
            host_set_rules(t->item.host, NULL);
        done(f, t);
    }
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_manners, keeps_nothing_apart_that_is_not_fetched, .spacing = 3600 * NS_PER_S,
              .delay = 3600 * NS_PER_S)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/yes");
    add(f, "http://a/last");
    frontier_host(f, &(struct url){.text = "http://a/", .path = 8})->rules =
        rules("User-agent: *\nDisallow: /\nAllow: /yes");
    for (int i = 0; i < 2; i++) {
        struct taker *t = taken(f, i ? "http://a/2" : "http://a/1");
        frontier_done(f, &t->item);
        forget(t);
    }
    done(f, taken(f, "http://a/yes"));
    assert_nothing_to_take(f);
}

/* --- hosts that answer no more --- */

static unsigned told;

static void put_aside(struct frontier *f, struct host *h)
{
    (void)f;
    told++;
    cr_assert_str_eq(h->why, "gone");
}

FRONTIER_TEST(frontier_manners, lets_all_urls_fail_of_a_host_that_is_put_aside)
{
    struct host *h = known(f, "http://a/");

    f->put_aside = put_aside;
    for (int i = 1; i < 6; i++)
        add(f, (const char *[]){"http://a/1", "http://a/2", "http://a/3", "http://a/4",
                                "http://a/5"}[i - 1]);
    struct taker *one = taken(f, "http://a/1"), *two = taken(f, "http://a/2");
    h->pace.resume = loop_time() + 3600 * NS_PER_S;
    frontier_put_aside(f, h, FETCH_TIMEOUT, "gone");
    frontier_done(f, &one->item);
    forget(one);
    for (int i = 3; i < 6; i++) {
        one = taken(f, (const char *[]){"http://a/3", "http://a/4", "http://a/5"}[i - 3]);
        cr_assert_eq(one->item.host->robots_state, ROBOTS_UNREACHABLE);
        cr_assert_eq(one->item.host->error, FETCH_TIMEOUT);
        frontier_done(f, &one->item);
        forget(one);
    }
    frontier_done(f, &two->item);
    forget(two);
    cr_assert_eq(f->in_flight + f->queued, 0);
    cr_assert_eq(told, 1);
}

FRONTIER_TEST(frontier_manners, tries_another_url_each_time_while_it_waits_for_a_host)
{
    struct host *h = known(f, "http://a/");

    h->pace.trouble = loop_time();
    h->pace.share = 1;
    add(f, "http://a/1");
    add(f, "http://a/2");
    struct taker *t = taken(f, "http://a/1");
    assert_nothing_to_take(f);
    cr_assert_eq(heard(f, t, OUTCOME_TIMEOUT), PACE_AGAIN);
    retry(f, t, 0);
    settle();
    assert_nothing_to_take(f); /* it pauses */
    h->pace.resume = loop_time();
    add(f, "http://a/3");
    t = awaited(f, "http://a/2");
    assert_nothing_to_take(f);
    done(f, t);
    cr_assert_eq(h->pace.trouble, 0);
    t = taken(f, "http://a/1");
    cr_assert_eq(t->item.todo.attempts, 0);
    done(f, t);
}
