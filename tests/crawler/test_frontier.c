#include "tests/crawler/takers.h"

#include <stdio.h>

/* --- the end --- */

FRONTIER_TEST(frontier, that_nothing_was_added_to_is_finished_once_it_is_released)
{
    frontier_hold(f);
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, is_finished_with_the_last_item_and_not_before)
{
    add(f, "http://a/1");
    struct taker *one = taken(f, "http://a/1");
    add(f, "http://b/2");
    done(f, one);
    cr_assert(!f->finished.done, "one is queued");
    struct taker *two = taken(f, "http://b/2");
    cr_assert(!f->finished.done, "one is in flight");
    add(f, "http://a/3");
    done(f, two);
    cr_assert(!f->finished.done, "the last one had led to a third");
    done(f, taken(f, "http://a/3"));
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 0);
}

FRONTIER_TEST(frontier, is_not_finished_while_it_is_held)
{
    frontier_hold(f);
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, is_finished_in_the_end_whatever_happens_to_retries)
{
    add(f, "http://a/");
    retry(f, taken(f, "http://a/"), NS_PER_MS);
    cr_assert(!f->finished.done, "it waits for its pause");
    done(f, awaited(f, "http://a/"));
    cr_assert(f->finished.done);
}

/* --- what is handed out --- */

FRONTIER_TEST(frontier, takes_a_url_once)
{
    cr_assert(add(f, "http://a/"));
    cr_assert(!add(f, "http://a/"));
    done(f, taken(f, "http://a/"));
    cr_assert(!add(f, "http://a/"), "it was visited");
    cr_assert(add(f, "https://a/"), "another origin");
}

FRONTIER_TEST(frontier, keeps_what_is_known_of_a_url)
{
    const struct todo todo = {.depth = 7, .redirects = 3, .seed = true};

    add_todo(f, "http://a/?q", &todo);
    struct taker *t = taken(f, "http://a/?q");
    cr_assert_eq(t->item.kind, ITEM_PAGE);
    cr_assert_eq(t->item.todo.depth, 7);
    cr_assert_eq(t->item.todo.redirects, 3);
    cr_assert_eq(t->item.todo.attempts, 0);
    cr_assert(t->item.todo.seed);
    cr_assert_eq(t->item.length, strlen("http://a/?q"));
    done(f, t);
}

FRONTIER_TEST(frontier, wakes_a_worker_that_waits)
{
    struct taker *t = taker(f);

    cr_assert(waits(t));
    add(f, "http://a/");
    settle();
    cr_assert(!waits(t));
    cr_assert_str_eq(t->item.url, "http://a/");
    done(f, t);
}

FRONTIER_TEST(frontier, gives_hosts_their_turns)
{
    static const char *const urls[] = {"http://a/1", "http://a/2", "http://b/1", "http://b/2"};
    static const char *const turns[] = {"http://a/1", "http://b/1", "http://a/2", "http://b/2"};

    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    add(f, "http://b/");
    done(f, taken(f, "http://b/"));
    for (int i = 0; i < 4; i++)
        add(f, urls[i]);
    for (int i = 0; i < 4; i++)
        done(f, taken(f, turns[i]));
}

FRONTIER_TEST(frontier, lets_others_go_on_while_many_items_need_no_waiting)
{
    struct item item = {0};
    struct task t;
    char url[32];

    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    for (int i = 0; i < 200; i++) {
        snprintf(url, sizeof url, "http://a/%d", i);
        add(f, url);
    }
    struct taker other = {.frontier = f};
    cr_assert_eq(task_start(&t, f->loop, "other", take, &other), 0);
    for (int i = 0; i < 128; i++) {
        cr_assert_eq(frontier_next(f, &item), 0);
        frontier_done(f, &item);
    }
    cr_assert(t.future.done, "128 items went by in one step of the loop");
    item_deinit(&item);
    item_deinit(&other.item);
}

/* --- robots.txt --- */

FRONTIER_TEST(frontier, asks_a_host_for_its_robots_txt_before_anything_else, .robots = true)
{
    add(f, "http://a:81/x");
    struct taker *t = taken(f, "http://a:81/robots.txt");
    cr_assert_eq(t->item.kind, ITEM_ROBOTS);
    assert_nothing_to_take(f);
    host_set_rules(t->item.host, NULL);
    done(f, t);
    done(f, taken(f, "http://a:81/x"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, serves_other_hosts_while_one_waits_for_its_robots_txt, .robots = true)
{
    add(f, "http://slow/1");
    add(f, "http://slow/2");
    struct taker *slow = taken(f, "http://slow/robots.txt");
    add(f, "http://b/1");
    meet(f, "http://b/robots.txt");
    done(f, taken(f, "http://b/1"));
    assert_nothing_to_take(f);
    host_set_rules(slow->item.host, NULL);
    done(f, slow);
    done(f, taken(f, "http://slow/1"));
}

FRONTIER_TEST(frontier, asks_for_a_robots_txt_once, .robots = true)
{
    add(f, "http://a/1");
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/1"));
    add(f, "http://a/2");
    done(f, taken(f, "http://a/2"));
}

FRONTIER_TEST(frontier, asks_again_for_the_robots_txt_that_failed, .robots = true)
{
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/robots.txt"), NS_PER_MS);
    assert_nothing_to_take(f);
    struct taker *t = awaited(f, "http://a/robots.txt");
    cr_assert_eq(t->item.kind, ITEM_ROBOTS);
    cr_assert_eq(t->item.todo.attempts, 1);
    host_set_rules(t->item.host, NULL);
    done(f, t);
    done(f, taken(f, "http://a/1"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, asks_a_host_that_did_not_answer_once_more_after_that_time, .robots = true)
{
    add(f, "http://a/1");
    struct taker *t = taken(f, "http://a/robots.txt");
    struct host *h = t->item.host;
    host_set_unreachable(h, 1, "no such name", loop_time() + NS_PER_S * 3600);
    done(f, t);
    done(f, taken(f, "http://a/1"));
    add(f, "http://a/2");
    t = taken(f, "http://a/2");
    h->ask_again = loop_time();
    add(f, "http://a/3");
    done(f, t);
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/3"));
    cr_assert(f->finished.done);
}

/* --- manners --- */

FRONTIER_TEST(frontier, has_no_more_in_flight_for_a_host_than_its_share)
{
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    struct taker *one = taken(f, "http://a/1"), *two = taken(f, "http://a/2");
    assert_nothing_to_take(f);
    done(f, one);
    one = taken(f, "http://a/3");
    done(f, two);
    done(f, one);
}

FRONTIER_TEST(frontier, takes_a_new_share_for_hosts_that_it_serves_already)
{
    struct taker *t[4];
    char url[32];

    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    for (int i = 0; i < 6; i++) {
        snprintf(url, sizeof url, "http://a/%d", i);
        add(f, url);
    }
    t[0] = taken(f, "http://a/0");
    t[1] = taken(f, "http://a/1");
    t[2] = taker(f);
    cr_assert(waits(t[2]));
    frontier_set_per_host(f, 4);
    settle();
    cr_assert(!waits(t[2]), "a worker that waits is served at once");
    t[3] = taken(f, "http://a/3");
    frontier_set_per_host(f, 2);
    done(f, t[0]);
    done(f, t[1]);
    assert_nothing_to_take(f);
    done(f, t[2]);
    done(f, taken(f, "http://a/4"));
    done(f, t[3]);
    done(f, taken(f, "http://a/5"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, has_one_in_flight_for_a_host_that_was_not_met)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    struct taker *one = taken(f, "http://a/1");
    assert_nothing_to_take(f);
    done(f, one);
    one = taken(f, "http://a/2");
    done(f, taken(f, "http://a/3"));
    done(f, one);
}

FRONTIER_TEST(frontier, leaves_workers_for_known_hosts_where_many_are_being_met, .concurrency = 4)
{
    add(f, "http://known/");
    done(f, taken(f, "http://known/"));
    add(f, "http://a/");
    add(f, "http://b/");
    add(f, "http://c/");
    add(f, "http://d/");
    struct taker *a = taken(f, "http://a/"), *b = taken(f, "http://b/");
    assert_nothing_to_take(f);
    add(f, "http://known/2");
    done(f, taken(f, "http://known/2"));
    done(f, a);
    struct taker *c = taken(f, "http://c/");
    assert_nothing_to_take(f);
    retry(f, b, 0); /* it waits for its turn again */
    struct taker *d = taken(f, "http://d/");
    assert_nothing_to_take(f);
    done(f, c);
    done(f, awaited(f, "http://b/"));
    done(f, d);
    cr_assert(f->finished.done);
    cr_assert_eq(f->meeting, 0);
}

FRONTIER_TEST(frontier, starts_no_sooner_on_a_host_than_the_delay, .delay = 20 * NS_PER_MS)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://b/1");
    struct taker *one = taken(f, "http://a/1"), *other = taken(f, "http://b/1");
    int64_t first = one->when;
    done(f, one);
    done(f, other);
    assert_nothing_to_take(f);
    struct taker *two = awaited(f, "http://a/2");
    cr_assert_geq(two->when - first, 19 * NS_PER_MS);
    done(f, two);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, keeps_the_delay_that_robots_txt_asks_for, .robots = true, .delay = -1)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    struct taker *t = taken(f, "http://a/robots.txt");
    host_set_rules(t->item.host, NULL);
    t->item.host->delay = 20 * NS_PER_MS;
    done(f, t);
    struct taker *one = taken(f, "http://a/1");
    int64_t first = one->when;
    done(f, one);
    struct taker *two = awaited(f, "http://a/2");
    cr_assert_geq(two->when - first, 19 * NS_PER_MS);
    done(f, two);
}

FRONTIER_TEST(frontier, retries_after_the_pause_and_before_what_is_new)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    int64_t before = loop_time();
    retry(f, taken(f, "http://a/1"), 20 * NS_PER_MS);
    struct taker *two = taken(f, "http://a/2");
    struct taker *again = taker(f); /* the host has not answered yet: one at a time */
    task_sleep(30 * NS_PER_MS);
    cr_assert(waits(again));
    done(f, two);
    settle();
    cr_assert(!waits(again));
    cr_assert_str_eq(again->item.url, "http://a/1");
    cr_assert_eq(again->item.todo.attempts, 1);
    cr_assert_geq(again->when - before, 20 * NS_PER_MS);
    done(f, again);
    done(f, taken(f, "http://a/3"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier, holds_no_worker_while_a_retry_waits)
{
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/1"), NS_PER_S * 3600);
    cr_assert_eq(f->in_flight, 0);
    add(f, "http://a/2");
    done(f, taken(f, "http://a/2"));
    assert_nothing_to_take(f);
}
