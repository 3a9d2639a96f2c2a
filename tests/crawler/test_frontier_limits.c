/* Depth, limits, stops and cancelled workers. */
#include "tests/crawler/takers.h"

/* --- depth --- */

FRONTIER_TEST(frontier_limits, hands_out_by_depth, .by_depth = true)
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

/* A redirect leads to what was met as a link before. */
static bool bring_up(struct frontier *f, const char *text, uint32_t depth)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    return frontier_bring_up(f, &u, seen_fingerprint(f->seen.seed, text, strlen(text)),
                             &(struct todo){.depth = depth});
}

FRONTIER_TEST(frontier_limits, hands_out_once_and_before_what_is_deeper_what_is_brought_up,
              .by_depth = true)
{
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/1", 1);
    add_at(f, "http://a/near", 1);
    cr_expect(!bring_up(f, "http://a/near", 1), "it is that deep");
    cr_expect(!bring_up(f, "http://a/0", 0), "it was handed out");
    cr_expect(bring_up(f, "http://a/near", 0));
    cr_expect(!bring_up(f, "http://a/near", 0), "it is there already");
    done(f, t);
    t = taken(f, "http://a/near");
    cr_expect_eq(t->item.todo.depth, 0);
    assert_nothing_to_take(f);
    done(f, t);
    done(f, taken(f, "http://a/1"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, ends_where_all_that_is_deeper_was_brought_up, .by_depth = true)
{
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/near", 1);
    cr_expect(bring_up(f, "http://a/near", 0));
    done(f, t);
    done(f, taken(f, "http://a/near"));
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, goes_no_deeper_while_a_retry_of_this_depth_waits, .by_depth = true)
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

FRONTIER_TEST(frontier_limits, goes_deeper_while_it_is_held, .by_depth = true)
{
    frontier_hold(f);
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/1", 1);
    done(f, t);
    done(f, taken(f, "http://a/1"));
    add_at(f, "http://a/2", 2);
    done(f, taken(f, "http://a/2"));
    cr_assert_eq(f->depth, 2);
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, begins_at_its_depth_again_with_a_seed_that_comes_when_all_is_done,
              .by_depth = true)
{
    const struct todo seed = {.seed = true};

    frontier_hold(f);
    add_at(f, "http://a/1", 1);
    done(f, taken(f, "http://a/1"));
    add_todo(f, "http://b/", &seed);
    struct taker *t = taken(f, "http://b/");
    add_at(f, "http://b/1", 1);
    assert_nothing_to_take(f);
    done(f, t);
    done(f, taken(f, "http://b/1"));
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, begins_nothing_again_with_a_seed_that_comes_meanwhile,
              .by_depth = true)
{
    const struct todo seed = {.seed = true};

    add_at(f, "http://a/1", 1);
    struct taker *t = taken(f, "http://a/1");
    add_todo(f, "http://b/", &seed);
    cr_assert_eq(f->depth, 1);
    done(f, t);
    done(f, taken(f, "http://b/"));
    cr_assert(f->finished.done);
}

/* --- idle --- */

static unsigned idles;

static void note_idle(struct frontier *f)
{
    (void)f;
    idles++;
}

/* Has one thing more, of any depth, the first time. */
static void add_more(struct frontier *f)
{
    const struct todo todo = {.depth = 7, .asset = true};
    static const char text[] = "http://a/more";
    struct url u;

    url_describe(&u, text, strlen(text));
    if (idles++ == 0)
        frontier_add_beside(f, &u, &todo);
}

FRONTIER_TEST(frontier_limits, asks_for_more_once_nothing_is_queued_or_in_flight)
{
    f->idle = add_more;
    add(f, "http://a/1");
    add(f, "http://a/2");
    done(f, taken(f, "http://a/1"));
    struct taker *t = taken(f, "http://a/2");
    cr_assert_eq(idles, 0);
    done(f, t);
    cr_assert_eq(idles, 1);
    cr_assert(!f->finished.done);
    t = taken(f, "http://a/more");
    cr_assert(t->item.todo.asset);
    done(f, t);
    cr_assert_eq(idles, 2);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, asks_for_more_after_the_last_depth_alone, .by_depth = true)
{
    f->idle = add_more;
    add(f, "http://a/0");
    struct taker *t = taken(f, "http://a/0");
    add_at(f, "http://a/1", 1);
    done(f, t);
    cr_assert_eq(idles, 0);
    done(f, taken(f, "http://a/1"));
    cr_assert_eq(idles, 1);
    done(f, taken(f, "http://a/more"));
    cr_assert(f->finished.done);
    cr_assert_eq(f->depth, 1);
}

FRONTIER_TEST(frontier_limits, asks_for_more_while_a_worker_waits)
{
    struct taker *t = taker(f);

    f->idle = add_more;
    frontier_hold(f);
    frontier_release(f);
    settle();
    cr_assert(!waits(t));
    cr_assert_str_eq(t->item.url, "http://a/more");
    done(f, t);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, asks_for_more_although_it_is_held)
{
    f->idle = note_idle;
    frontier_hold(f);
    add(f, "http://a/1");
    done(f, taken(f, "http://a/1"));
    cr_assert_eq(idles, 1);
    cr_assert(!f->finished.done);
    frontier_release(f);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, asks_for_nothing_more_once_it_is_stopped, .max_pages = 1)
{
    f->idle = note_idle;
    add(f, "http://a/1");
    done(f, taken(f, "http://a/1"));
    cr_assert(f->finished.done);
    cr_assert_eq(idles, 0);
}

FRONTIER_TEST(frontier_limits, hands_out_again_what_is_added_beside_the_seen)
{
    static const char text[] = "http://a/";
    const struct todo todo = {.external = true};
    struct url u;

    url_describe(&u, text, strlen(text));
    frontier_add_beside(f, &u, &todo);
    done(f, taken(f, text));
    cr_assert(add(f, text));
    done(f, taken(f, text));
    frontier_add_beside(f, &u, &todo);
    done(f, taken(f, text));
    frontier_stop(f);
    frontier_add_beside(f, &u, &todo);
    cr_assert_eq(f->queued, 0);
}

FRONTIER_TEST(frontier_limits, asks_for_robots_txt_of_a_host_found_one_link_away, .by_depth = true,
              .robots = true)
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

FRONTIER_TEST(frontier_limits, stops_after_that_many_pages, .max_pages = 2, .robots = true)
{
    add(f, "http://a/1");
    add(f, "http://a/2");
    add(f, "http://a/3");
    add(f, "http://a/4");
    meet(f, "http://a/robots.txt");
    done(f, taken(f, "http://a/1"));
    struct taker *two = taken(f, "http://a/2");
    cr_assert_eq(f->dropped, 2);
    cr_assert(!add(f, "http://b/"), "it takes nothing more");
    cr_assert(!f->finished.done);
    done(f, two);
    cr_assert(f->finished.done);
    cr_assert_eq(f->pages, 2);
}

FRONTIER_TEST(frontier_limits, counts_no_page_that_robots_txt_forbids, .max_pages = 1,
              .robots = true)
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

FRONTIER_TEST(frontier_limits, retries_the_last_page_of_a_limit_too, .max_pages = 1)
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

FRONTIER_TEST(frontier_limits, can_be_stopped_while_a_limit_waits_for_a_retry, .max_pages = 1)
{
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/1"), NS_PER_S * 3600);
    frontier_stop(f);
    cr_assert(f->finished.done);
    cr_assert_eq(f->dropped, 1);
}

FRONTIER_TEST(frontier_limits, forgets_everything_when_it_is_stopped, .by_depth = true)
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

FRONTIER_TEST(frontier_limits, forgets_a_retry_that_is_due_when_it_is_stopped)
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

FRONTIER_TEST(frontier_limits, is_finished_at_once_when_it_is_stopped_with_nothing_in_flight)
{
    add(f, "http://a/1");
    frontier_stop(f);
    cr_assert(f->finished.done);
    frontier_stop(f);
    cr_assert_eq(f->dropped, 1);
}

FRONTIER_TEST(frontier_limits, that_was_stopped_does_not_wait_for_who_holds_it)
{
    frontier_hold(f);
    add(f, "http://a/1");
    struct taker *t = taken(f, "http://a/1");
    frontier_stop(f);
    cr_assert(!f->finished.done, "one is in flight");
    done(f, t);
    cr_assert(f->finished.done);
}

FRONTIER_TEST(frontier_limits, that_had_its_pages_does_not_wait_for_who_holds_it, .max_pages = 1)
{
    frontier_hold(f);
    add(f, "http://a/1");
    retry(f, taken(f, "http://a/1"), 0);
    cr_assert(!f->finished.done);
    done(f, awaited(f, "http://a/1"));
    cr_assert(f->finished.done);
}

/* --- workers that are cancelled --- */

FRONTIER_TEST(frontier_limits, does_not_serve_a_worker_that_was_cancelled)
{
    struct taker *gone = taker(f);

    task_cancel(&gone->task);
    cr_assert_eq(task_join(&gone->task), -ECANCELED);
    add(f, "http://a/");
    done(f, taken(f, "http://a/"));
    forget(gone);
}

FRONTIER_TEST(frontier_limits, takes_back_what_a_worker_was_given_when_it_was_cancelled,
              .robots = true)
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
