/* What is judged beside the pages, or once more: links out of scope and assets that are checked,
 * seeds that come later. */
#include "tests/crawler/judging.h"

TestSuite(judge_later, .init = open_judge, .fini = close_judge);

Test(judge_later, has_links_out_of_scope_checked_on_request)
{
    struct item item = {0};

    rules.check_external = true;
    seed("http://a/");
    cr_assert_eq(link_at("http://b/", 1), VERDICT_SCOPE);
    cr_assert(!found && last.refused);
    cr_assert_eq(link_at("http://b/", 1), VERDICT_SCOPE);
    cr_assert_eq(nofollow("http://b/2"), VERDICT_SCOPE);
    cr_assert_eq(frontier.queued, 2);
    cr_assert_eq(frontier_next(&frontier, &item), 0);
    frontier_done(&frontier, &item);
    cr_assert_eq(frontier_next(&frontier, &item), 0);
    cr_assert_str_eq(item.url, "http://b/");
    cr_assert(item.todo.external);
    item_deinit(&item);
}

Test(judge_later, has_a_link_out_of_scope_checked_where_only_another_said_nofollow)
{
    rules.check_external = true;
    nofollow("http://b/");
    cr_assert_eq(frontier.queued, 0);
    link_at("http://b/", 1);
    link_at("http://b/", 1);
    cr_assert_eq(frontier.queued, 1);
    cr_assert_eq(refused[VERDICT_SCOPE], 1);
}

Test(judge_later, checks_nothing_out_of_scope_that_filters_exclude_or_that_is_private)
{
    char wrong[256];

    rules.check_external = true;
    cr_assert(filter_add(&judge.filter, VERDICT_EXCLUDE, "[.]pdf$", wrong));
    cr_assert_eq(link_at("http://b/x.pdf", 1), VERDICT_SCOPE);
    cr_assert_eq(link_at("http://10.0.0.1/", 1), VERDICT_SCOPE);
    cr_assert_eq(frontier.queued, 0);
    cr_assert_eq(refused[VERDICT_SCOPE], 2);
    cr_assert_eq(refused[VERDICT_EXCLUDE], 0, "each has one verdict");
}

Test(judge_later, visits_as_a_page_what_a_later_seed_claims_of_what_was_checked)
{
    rules.check_external = true;
    link_at("http://b/", 1);
    assert_next("http://b/");
    widen("http://b/");
    cr_assert_eq(judge_as("http://b/", (struct todo){.seed = true}), VERDICT_FOLLOW);
    cr_assert(found);
    const struct item *item = next_item();
    cr_assert(item && item->todo.seed && !item->todo.external);
    cr_assert_eq(link_at("http://b/", 1), VERDICT_SEEN);
}

/* --- assets --- */

Test(judge_later, finds_assets_once_in_scope_or_not_however_deep)
{
    seed("http://a/");
    cr_assert_eq(asset_at("http://a/x.png", 9), VERDICT_FOLLOW);
    cr_assert(found);
    cr_assert_eq(asset_at("http://a/x.png", 1), VERDICT_SEEN);
    cr_assert(!found);
    cr_assert_eq(asset_at("http://cdn/x.js", 1), VERDICT_FOLLOW);
    cr_assert(found);
    cr_assert_eq(refused[VERDICT_SCOPE], 0);
    cr_assert_eq(frontier.queued, 1, "they wait");
    cr_assert(judge_check_assets(&judge));
    assert_next("http://a/");
    const struct item *item = next_item();
    cr_assert_str_eq(item->url, "http://a/x.png");
    cr_assert(item->todo.asset && !item->todo.external);
    cr_assert_eq(item->todo.depth, 9);
    item = next_item();
    cr_assert_str_eq(item->url, "http://cdn/x.js");
    cr_assert(item->todo.asset && item->todo.external);
    cr_assert(!judge_check_assets(&judge));
    cr_assert_eq(asset_at("http://cdn/x.js", 1), VERDICT_SEEN);
}

Test(judge_later, visits_an_asset_that_is_a_page_too_as_a_page)
{
    seed("http://a/");
    cr_assert_eq(asset_at("http://a/first", 1), VERDICT_FOLLOW);
    cr_assert_eq(link_at("http://a/first", 1), VERDICT_FOLLOW);
    cr_assert(!found, "it was as an asset");
    cr_assert_eq(link_at("http://a/second", 1), VERDICT_FOLLOW);
    cr_assert_eq(asset_at("http://a/second", 1), VERDICT_SEEN);
    cr_assert(!judge_check_assets(&judge));
    assert_next("http://a/");
    assert_next("http://a/first");
    assert_next("http://a/second");
}

Test(judge_later, checks_as_an_asset_what_may_not_be_visited_as_a_page)
{
    static const char *const urls[] = {"http://a/1", "http://a/2", "http://a/3"};
    struct sight s;
    enum verdict verdict;

    seed("http://a/");
    asset_at("http://a/1", 1);
    cr_assert_eq(link_at("http://a/1", 9), VERDICT_DEPTH);
    cr_assert(!found);
    cr_assert_eq(nofollow("http://a/2"), VERDICT_NOFOLLOW);
    cr_assert_eq(asset_at("http://a/2", 1), VERDICT_FOLLOW);
    cr_assert(!found, "it was as a link");
    cr_assert_eq(link_at("http://a/3", 9), VERDICT_DEPTH);
    cr_assert_eq(asset_at("http://a/3", 1), VERDICT_FOLLOW);
    cr_assert_eq(refused[VERDICT_DEPTH] + refused[VERDICT_NOFOLLOW], 0);
    judge_check_assets(&judge);
    assert_next("http://a/");
    for (size_t i = 0; i < 3; i++)
        assert_next(urls[i]);
    cr_assert(!judge_left(&judge, &s, &verdict));
    cr_assert_eq(link_at("http://a/3", 1), VERDICT_FOLLOW, "a nearer link makes it a page");
    cr_assert_eq(refused[VERDICT_DEPTH], 0);
}

Test(judge_later, lets_filters_and_addresses_decide_on_assets)
{
    char wrong[256];

    cr_assert(filter_add(&judge.filter, VERDICT_EXCLUDE, "[.]gif$", wrong));
    seed("http://a/");
    cr_assert_eq(asset_at("http://b/x.gif", 1), VERDICT_EXCLUDE);
    cr_assert(!found && last.refused);
    cr_assert_eq(asset_at("http://b/x.gif", 1), VERDICT_EXCLUDE);
    cr_assert(!last.refused, "once");
    cr_assert_eq(asset_at("http://127.0.0.1/x.png", 1), VERDICT_PRIVATE);
    cr_assert(!judge_check_assets(&judge));
}

Test(judge_later, fetches_once_what_is_an_asset_and_a_link_out_of_scope)
{
    rules.check_external = true;
    asset_at("http://b/1", 1);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SCOPE);
    cr_assert(last.refused, "it is told as external, too");
    cr_assert_eq(link_at("http://b/2", 1), VERDICT_SCOPE);
    cr_assert_eq(asset_at("http://b/2", 1), VERDICT_SEEN);
    cr_assert(found);
    assert_next("http://b/2");
    cr_assert(judge_check_assets(&judge));
    assert_next("http://b/1");
    cr_assert_null(next_item());
}

Test(judge_later, names_assets_that_a_limit_left)
{
    struct sight s;
    enum verdict verdict;

    seed("http://a/");
    asset_at("http://a/x.png", 1);
    asset_at("http://a/page", 1);
    link_at("http://a/page", 1);
    frontier_stop(&frontier);
    cr_assert_eq(asset_at("http://a/y.png", 1), VERDICT_LIMIT);
    cr_assert(found);
    cr_assert(judge_left(&judge, &s, &verdict));
    cr_assert_str_eq(s.url.text, "http://a/x.png");
    cr_assert_eq(verdict, VERDICT_LIMIT);
    cr_assert(judge_left(&judge, &s, &verdict));
    cr_assert_str_eq(s.url.text, "http://a/y.png");
    cr_assert(!judge_left(&judge, &s, &verdict));
    cr_assert_eq(refused[VERDICT_LIMIT], 2);
}

/* --- seeds that come later --- */

/* The links that scope refused; how many are followed now. */
static size_t look_again(void)
{
    struct sight s;
    size_t followed = 0;

    while (judge_passed(&judge, &s))
        followed += judge_link(&judge, &s) == VERDICT_FOLLOW;
    return followed;
}

Test(judge_later, looks_again_at_what_scope_refused_while_seeds_were_awaited)
{
    seed("http://a/");
    judge.awaited = true;
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SCOPE);
    cr_assert(last.refused, "that is its word for now");
    cr_assert_eq(link_at("http://c/1", 1), VERDICT_SCOPE);
    seed("http://b/");
    cr_assert_eq(look_again(), 0, "more may come");
    judge.awaited = false;
    cr_assert_eq(look_again(), 1);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SEEN);
    cr_assert_eq(link_at("http://c/1", 1), VERDICT_SCOPE);
    cr_assert(!last.refused);
    cr_assert_eq(judge.passed.links.count, 0, "nothing is kept any more");
}

Test(judge_later, keeps_nothing_where_no_seeds_are_awaited)
{
    seed("http://a/");
    link_at("http://b/1", 1);
    cr_assert_eq(judge.passed.links.count, 0);
}

Test(judge_later, looks_again_at_links_that_nofollow_would_hide)
{
    seed("http://a/");
    judge.awaited = true;
    nofollow("http://b/1");
    link_at("http://b/1", 1);
    nofollow("http://b/2");
    seed("http://b/");
    judge.awaited = false;
    cr_assert_eq(look_again(), 1);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SEEN);
    cr_assert_eq(nofollow("http://b/2"), VERDICT_NOFOLLOW);
}

Test(judge_later, visits_a_seed_again_that_a_link_had_led_to_farther_away)
{
    seed("http://a/");
    link_at("http://a/x", 2);
    cr_assert_eq(judge_as("http://a/x", (struct todo){.seed = true}), VERDICT_FOLLOW);
    cr_assert(!found, "it was");
    cr_assert_eq(judge.open_seeds, 1);
    cr_assert_eq(judge_as("http://a/x", (struct todo){.seed = true}), VERDICT_SEEN, "once");
    cr_assert_eq(judge_as("http://a/", (struct todo){.seed = true}), VERDICT_SEEN);
    assert_next("http://a/");
    assert_next("http://a/x");
    const struct item *item = next_item();
    cr_assert_str_eq(item->url, "http://a/x");
    cr_assert(item->todo.seed);
    cr_assert_null(next_item());
}

Test(judge_later, visits_no_seed_again_where_no_depth_was_given)
{
    rules.depth = DEPTH_UNLIMITED;
    seed("http://a/");
    link_at("http://a/x", 2);
    cr_assert_eq(judge_as("http://a/x", (struct todo){.seed = true}), VERDICT_SEEN);
    cr_assert_eq(frontier.queued, 2);
}
