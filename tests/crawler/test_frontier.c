#include "crawler/frontier.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test of a frontier runs as a coroutine of a loop. */
struct scene {
    void (*act)(struct frontier *f);
    struct frontier_options options;
};

static int play(void *arg)
{
    struct scene *s = arg;
    struct frontier f;

    if (s->options.concurrency == 0)
        s->options.concurrency = 16;
    s->options.per_host = 2;
    frontier_init(&f, loop_running(), &s->options);
    s->act(&f);
    frontier_deinit(&f);
    return 0;
}

#define FRONTIER_TEST(fact, ...)                     \
    static void fact(struct frontier *f);            \
    Test(frontier, fact, .timeout = 20)              \
    {                                                \
        struct scene s = {fact, {__VA_ARGS__}};      \
        cr_assert_eq(runner_run(NULL, play, &s), 0); \
    }                                                \
    static void fact(struct frontier *f)

static bool add_at(struct frontier *f, const char *text, uint32_t depth)
{
    struct url u;
    struct todo todo = {.depth = depth};

    url_describe(&u, text, strlen(text));
    return frontier_add(f, &u, &todo);
}

static bool add(struct frontier *f, const char *text)
{
    return add_at(f, text, 0);
}

/* Everything that is ready has its turn. */
static void settle(void)
{
    for (int i = 0; i < 4; i++)
        task_yield();
}

/* A worker that takes one item. */
struct taker {
    struct task task;
    struct frontier *frontier;
    struct item item;
    int64_t when;
};

static int take(void *arg)
{
    struct taker *t = arg;
    int r = frontier_next(t->frontier, &t->item);

    t->when = loop_time();
    return r;
}

static struct taker *taker(struct frontier *f)
{
    struct taker *t = calloc(1, sizeof *t);

    t->frontier = f;
    cr_assert_eq(task_start(&t->task, f->loop, "taker", take, t), 0);
    settle();
    return t;
}

static bool waits(const struct taker *t)
{
    return !t->task.future.done;
}

static void forget(struct taker *t)
{
    task_cancel(&t->task);
    task_join(&t->task);
    item_deinit(&t->item);
    free(t);
}

/* Takes what is there to be taken at once, which must be that URL. */
static struct taker *taken(struct frontier *f, const char *url)
{
    struct taker *t = taker(f);

    cr_assert(!waits(t), "nothing to take, not %s", url);
    cr_assert_str_eq(t->item.url, url);
    return t;
}

/* Waits for that URL. */
static struct taker *awaited(struct frontier *f, const char *url)
{
    struct taker *t = taker(f);

    cr_assert_eq(await(&t->task.future), 0);
    cr_assert_str_eq(t->item.url, url);
    return t;
}

static void assert_nothing_to_take(struct frontier *f)
{
    struct taker *t = taker(f);

    if (!waits(t))
        cr_assert_fail("there is %s", t->item.url);
    forget(t);
}

static void done(struct frontier *f, struct taker *t)
{
    frontier_done(f, &t->item);
    forget(t);
}

static void retry(struct frontier *f, struct taker *t, int64_t pause)
{
    frontier_retry(f, &t->item, pause);
    forget(t);
}

/* Takes the robots.txt of a host, which turns out to allow everything. */
static void meet(struct frontier *f, const char *robots_txt)
{
    struct taker *t = taken(f, robots_txt);

    host_set_rules(t->item.host, NULL);
    done(f, t);
}

/* --- the end --- */

FRONTIER_TEST(that_nothing_was_added_to_is_finished_once_it_is_released)
{
    frontier_hold(f);
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(is_finished_with_the_last_item_and_not_before)
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

FRONTIER_TEST(is_not_finished_while_it_is_held)
{
    frontier_hold(f);
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(is_finished_in_the_end_whatever_happens_to_retries)
{
    add(f, "http://a/");
    retry(f, taken(f, "http://a/"), NS_PER_MS);
    cr_assert(!f->finished.done, "it waits for its pause");
    done(f, awaited(f, "http://a/"));
    cr_assert(f->finished.done);
}

/* --- what is handed out --- */

FRONTIER_TEST(takes_a_url_once)
{
    cr_assert(add(f, "http://a/"));
    cr_assert(!add(f, "http://a/"));
    done(f, taken(f, "http://a/"));
    cr_assert(!add(f, "http://a/"), "it was visited");
    cr_assert(add(f, "https://a/"), "another origin");
}

FRONTIER_TEST(keeps_what_is_known_of_a_url)
{
    const struct todo todo = {.depth = 7, .redirects = 3, .seed = true};
    struct url u;

    url_describe(&u, "http://a/?q", strlen("http://a/?q"));
    frontier_add(f, &u, &todo);
    struct taker *t = taken(f, "http://a/?q");
    cr_assert_eq(t->item.kind, ITEM_PAGE);
    cr_assert_eq(t->item.todo.depth, 7);
    cr_assert_eq(t->item.todo.redirects, 3);
    cr_assert_eq(t->item.todo.attempts, 0);
    cr_assert(t->item.todo.seed);
    cr_assert_eq(t->item.length, strlen("http://a/?q"));
    done(f, t);
}

FRONTIER_TEST(wakes_a_worker_that_waits)
{
    struct taker *t = taker(f);

    cr_assert(waits(t));
    add(f, "http://a/");
    settle();
    cr_assert(!waits(t));
    cr_assert_str_eq(t->item.url, "http://a/");
    done(f, t);
}

FRONTIER_TEST(gives_hosts_their_turns)
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

FRONTIER_TEST(lets_others_go_on_while_many_items_need_no_waiting)
{
    struct item item = {0};
    struct task t;
    char url[32];

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

FRONTIER_TEST(asks_a_host_for_its_robots_txt_before_anything_else, .robots = true)
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

FRONTIER_TEST(serves_other_hosts_while_one_waits_for_its_robots_txt, .robots = true)
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

FRONTIER_TEST(asks_for_a_robots_txt_once, .robots = true)
{
    add(f, "http://a/1");
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/1"));
    add(f, "http://a/2");
    done(f, taken(f, "http://a/2"));
}

FRONTIER_TEST(asks_again_for_the_robots_txt_that_failed, .robots = true)
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

FRONTIER_TEST(asks_a_host_that_did_not_answer_once_more_after_that_time, .robots = true)
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

FRONTIER_TEST(has_no_more_in_flight_for_a_host_than_its_share)
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

FRONTIER_TEST(has_one_in_flight_for_a_host_that_was_not_met)
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

FRONTIER_TEST(leaves_workers_for_known_hosts_where_many_are_being_met, .concurrency = 4)
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

FRONTIER_TEST(starts_no_sooner_on_a_host_than_the_delay, .delay = 20 * NS_PER_MS)
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

FRONTIER_TEST(keeps_the_delay_that_robots_txt_asks_for, .robots = true, .delay = -1)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    struct taker *t = taken(f, "http://a/robots.txt");
    host_set_rules(t->item.host, NULL);
    t->item.host->delay = 20 * NS_PER_MS;
    done(f, t);
    struct taker *one = taken(f, "http://a/1"), *two = awaited(f, "http://a/2");
    cr_assert_geq(two->when - one->when, 19 * NS_PER_MS);
    done(f, one);
    done(f, two);
}

FRONTIER_TEST(retries_after_the_pause_and_before_what_is_new)
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

FRONTIER_TEST(holds_no_worker_while_a_retry_waits)
{
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/1"), NS_PER_S * 3600);
    cr_assert_eq(f->in_flight, 0);
    add(f, "http://a/2");
    done(f, taken(f, "http://a/2"));
    assert_nothing_to_take(f);
}

/* --- depth --- */

FRONTIER_TEST(hands_out_by_depth, .by_depth = true)
{
    add(f, "http://a/0");
    add(f, "http://b/0");
    struct taker *a = taken(f, "http://a/0"), *b = taken(f, "http://b/0");
    add_at(f, "http://a/1", 1);
    add_at(f, "http://b/1", 1);
    add_at(f, "http://a/00", 0); /* where a redirect leads */
    done(f, a);
    a = taken(f, "http://a/00");
    assert_nothing_to_take(f);
    done(f, b);
    assert_nothing_to_take(f);
    done(f, a);
    a = taken(f, "http://a/1");
    add_at(f, "http://a/2", 2);
    b = taken(f, "http://b/1");
    done(f, a);
    assert_nothing_to_take(f);
    done(f, b);
    done(f, taken(f, "http://a/2"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(goes_no_deeper_while_a_retry_of_this_depth_waits, .by_depth = true)
{
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/1", 1);
    retry(f, t, 5 * NS_PER_MS);
    assert_nothing_to_take(f);
    done(f, awaited(f, "http://a/0"));
    done(f, taken(f, "http://a/1"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(goes_no_deeper_while_seeds_may_still_come, .by_depth = true)
{
    frontier_hold(f);
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/1", 1);
    done(f, t);
    assert_nothing_to_take(f);
    frontier_release(f);
    done(f, taken(f, "http://a/1"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(asks_for_robots_txt_of_a_host_found_one_link_away, .by_depth = true, .robots = true)
{
    add(f, "http://a/0");
    meet(f, "http://a/robots.txt");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://b/1", 1);
    done(f, t);
    meet(f, "http://b/robots.txt");
    done(f, taken(f, "http://b/1"));
    cr_assert(f->finished.done);
}

/* --- limits --- */

FRONTIER_TEST(stops_after_that_many_pages, .max_pages = 2, .robots = true)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    add(f, "http://a/4");
    meet(f, "http://a/robots.txt");
    struct taker *one = taken(f, "http://a/1"), *two = taken(f, "http://a/2");
    cr_assert_eq(f->dropped, 2);
    cr_assert(!add(f, "http://b/"), "it takes nothing more");
    done(f, one);
    cr_assert(!f->finished.done);
    done(f, two);
    cr_assert(f->finished.done);
    cr_assert_eq(f->pages, 2);
}

FRONTIER_TEST(counts_no_page_that_robots_txt_forbids, .max_pages = 1, .robots = true)
{
    static const char rules[] = "User-agent: *\nDisallow: /no";
    struct robots *robots;

    add(f, "http://a/no");
    add(f, "http://a/yes");
    add(f, "http://a/more");
    struct taker *t = taken(f, "http://a/robots.txt");
    cr_assert_eq(robots_parse(&robots, rules, sizeof rules - 1, "x"), 0);
    host_set_rules(t->item.host, robots);
    done(f, t);
    done(f, taken(f, "http://a/no"));
    done(f, taken(f, "http://a/yes"));
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 1);
}

FRONTIER_TEST(retries_the_last_page_of_a_limit_too, .max_pages = 1)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    retry(f, taken(f, "http://a/1"), NS_PER_MS);
    cr_assert_eq(f->dropped, 1);
    cr_assert(!f->finished.done);
    retry(f, awaited(f, "http://a/1"), NS_PER_MS);
    done(f, awaited(f, "http://a/1"));
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 1);
    cr_assert_eq(f->pages, 1);
}

FRONTIER_TEST(can_be_stopped_while_a_limit_waits_for_a_retry, .max_pages = 1)
{
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/1"), NS_PER_S * 3600);
    frontier_stop(f);
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 1);
}

FRONTIER_TEST(forgets_everything_when_it_is_stopped, .by_depth = true)
{
    add(f, "http://a/1");
    add(f, "http://b/1");
    struct taker *a = taken(f, "http://a/1"), *b = taken(f, "http://b/1");
    add(f, "http://a/2");          /* is queued */
    add_at(f, "http://a/deep", 1); /* is one deeper */
    retry(f, b, NS_PER_S * 3600);  /* is parked */
    frontier_stop(f);
    cr_assert_eq(f->dropped, 3);
    assert_nothing_to_take(f);
    cr_assert(!f->finished.done, "one is in flight");
    retry(f, a, 0);
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 4, "and is not tried again");
}

FRONTIER_TEST(forgets_a_retry_that_is_due_when_it_is_stopped)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    retry(f, taken(f, "http://a/1"), 0);
    struct taker *t = taken(f, "http://a/2");
    task_sleep(NS_PER_MS);
    frontier_stop(f);
    cr_assert_eq(f->dropped, 1);
    done(f, t);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(is_finished_at_once_when_it_is_stopped_with_nothing_in_flight)
{
    add(f, "http://a/1");
    frontier_stop(f);
    cr_assert(f->finished.done);
    frontier_stop(f);
    cr_assert_eq(f->dropped, 1);
}

FRONTIER_TEST(that_was_stopped_waits_for_who_holds_it)
{
    frontier_hold(f);
    frontier_stop(f);
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

/* --- workers that are cancelled --- */

FRONTIER_TEST(does_not_serve_a_worker_that_was_cancelled)
{
    struct taker *gone = taker(f);

    task_cancel(&gone->task);
    cr_assert_eq(task_join(&gone->task), -ECANCELED);
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    forget(gone);
}

FRONTIER_TEST(takes_back_what_a_worker_was_given_when_it_was_cancelled, .robots = true)
{
    struct taker *gone = taker(f);

    add(f, "http://a/");
    task_cancel(&gone->task); /* it was woken, and did not run yet */
    cr_assert_eq(task_join(&gone->task), -ECANCELED);
    cr_assert_str_eq(gone->item.url, "http://a/robots.txt");
    forget(gone);
    struct taker *t = awaited(f, "http://a/robots.txt");
    gone = taker(f);
    host_set_rules(t->item.host, NULL);
    frontier_done(f, &t->item);
    task_cancel(&gone->task);
    cr_assert_eq(task_join(&gone->task), -ECANCELED);
    cr_assert_str_eq(gone->item.url, "http://a/");
    forget(gone);
    forget(t);
    done(f, awaited(f, "http://a/"));
    cr_assert(f->finished.done);
}
