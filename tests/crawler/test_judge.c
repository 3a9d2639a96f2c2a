#include "crawler/judge.h"

#include <criterion/criterion.h>
#include <string.h>

static struct loop *loop;
static struct frontier frontier;
static struct judge judge;
static uint64_t refused[VERDICT_COUNT];
static struct rules rules;
static struct sight last; /* that was judged */
#define found last.found

static void open_judge(void)
{
    const struct frontier_options options = {.concurrency = 1, .per_host = 1};

    cr_assert_eq(loop_open(&loop, NULL), 0);
    frontier_init(&frontier, loop, &options);
    rules = (struct rules){.depth = 2, .traps = TRAP_LIMITS_DEFAULT, .keep_trail = true, .tell_refused = true};
    judge_init(&judge, &frontier, &rules, refused);
}

static void close_judge(void)
{
    judge_deinit(&judge);
    frontier_deinit(&frontier);
    loop_close(loop);
}

TestSuite(judge, .init = open_judge, .fini = close_judge);

static enum verdict judge_as(const char *text, struct todo todo)
{
    last = (struct sight){.todo = todo};
    url_describe(&last.url, text, strlen(text));
    judge_sight(&judge, &last);
    return judge_link(&judge, &last);
}

static enum verdict link_at(const char *text, uint32_t depth)
{
    return judge_as(text, (struct todo){.depth = depth});
}

static enum verdict nofollow(const char *text)
{
    return judge_as(text, (struct todo){.depth = 1, .nofollow = true});
}

static void widen(const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    scope_add(&judge.scope, &u);
}

/* A seed that was visited, so that it widens the scope no more. */
static void seed(const char *text)
{
    widen(text);
    cr_assert_eq(judge_as(text, (struct todo){.seed = true}), VERDICT_FOLLOW);
    cr_assert(found);
    judge.open_seeds--;
}

static enum verdict asset_at(const char *text, uint32_t depth)
{
    last = (struct sight){.todo = {.depth = depth, .asset = true, .nofollow = true}};
    url_describe(&last.url, text, strlen(text));
    judge_sight(&judge, &last);
    return judge_asset(&judge, &last);
}

/* What the frontier hands out next, at once; NULL: nothing. */
static const struct item *next_item(void)
{
    static struct item item;

    if (frontier.queued == 0)
        return NULL;
    cr_assert_eq(frontier_next(&frontier, &item), 0);
    frontier_done(&frontier, &item);
    return &item;
}

static void assert_next(const char *url)
{
    const struct item *item = next_item();

    cr_assert_not_null(item, "nothing, not %s", url);
    cr_assert_str_eq(item->url, url);
}

/* The links that waited have their turn; how many are followed. */
static size_t let_wait_end(void)
{
    struct sight s;
    size_t followed = 0;

    while (judge_waiting(&judge, &s))
        followed += judge_link(&judge, &s) == VERDICT_FOLLOW;
    return followed;
}

Test(judge, follows_a_link_in_scope_once)
{
    seed("http://a/");
    cr_assert_eq(link_at("http://a/1", 1), VERDICT_FOLLOW);
    cr_assert(found);
    cr_assert_eq(link_at("http://a/1", 1), VERDICT_SEEN);
    cr_assert(!found);
    cr_assert_eq(link_at("http://a/", 1), VERDICT_SEEN);
    cr_assert_eq(frontier.queued, 2);
}

Test(judge, refuses_what_is_outside_and_counts_each_url_once)
{
    seed("http://a/");
    cr_assert_eq(link_at("http://b/", 1), VERDICT_SCOPE);
    cr_assert(!found);
    cr_assert_eq(link_at("http://b/", 2), VERDICT_SCOPE);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SCOPE);
    cr_assert_eq(refused[VERDICT_SCOPE], 2);
    cr_assert_eq(frontier.queued, 1);
}

Test(judge, reports_what_is_too_deep_and_does_not_visit_it)
{
    seed("http://a/");
    cr_assert_eq(link_at("http://a/2", 2), VERDICT_FOLLOW);
    cr_assert_eq(link_at("http://a/3", 3), VERDICT_DEPTH);
    cr_assert(found, "it is of the site");
    cr_assert_eq(link_at("http://a/3", 3), VERDICT_DEPTH);
    cr_assert(!found);
    cr_assert_eq(refused[VERDICT_DEPTH], 1);
    cr_assert_eq(link_at("http://a/2", 3), VERDICT_SEEN);
}

Test(judge, visits_what_was_too_deep_at_first_sight)
{
    seed("http://a/");
    link_at("http://a/x", 3);
    cr_assert_eq(link_at("http://a/x", 1), VERDICT_FOLLOW);
    cr_assert(!found, "it was printed before");
}

Test(judge, obeys_nofollow)
{
    seed("http://a/");
    cr_assert_eq(nofollow("http://a/x"), VERDICT_NOFOLLOW);
    cr_assert(found);
    cr_assert_eq(nofollow("http://a/x"), VERDICT_NOFOLLOW);
    cr_assert(!found);
    cr_assert_eq(refused[VERDICT_NOFOLLOW], 1);
    cr_assert_eq(link_at("http://a/x", 1), VERDICT_FOLLOW, "another link says nothing of it");
    cr_assert_eq(refused[VERDICT_NOFOLLOW], 0, "so it is not refused after all");
    cr_assert_eq(nofollow("http://a/x"), VERDICT_SEEN);
}

Test(judge, may_be_told_to_ignore_nofollow)
{
    rules.ignore_nofollow = true;
    seed("http://a/");
    cr_assert_eq(nofollow("http://a/x"), VERDICT_FOLLOW);
}

Test(judge, refuses_everything_once_the_frontier_is_stopped)
{
    seed("http://a/");
    link_at("http://a/x", 1);
    frontier_stop(&frontier);
    cr_assert_eq(link_at("http://a/x", 1), VERDICT_SEEN);
    cr_assert_eq(link_at("http://a/y", 1), VERDICT_LIMIT);
    cr_assert(found);
    cr_assert_eq(link_at("http://b/", 1), VERDICT_SCOPE);
    cr_assert_eq(refused[VERDICT_LIMIT], 1);
}

Test(judge, lets_filters_decide_before_anything_is_found)
{
    char wrong[256];

    cr_assert(filter_add(&judge.filter, VERDICT_INCLUDE, "/docs/", wrong));
    cr_assert(filter_add(&judge.filter, VERDICT_EXCLUDE, "[.]pdf$", wrong));
    seed("http://a/");
    cr_assert_eq(link_at("http://a/x", 1), VERDICT_INCLUDE);
    cr_assert(!found && last.refused);
    cr_assert_eq(link_at("http://a/docs/x.pdf", 1), VERDICT_EXCLUDE);
    cr_assert_eq(link_at("http://a/docs/x.pdf", 1), VERDICT_EXCLUDE);
    cr_assert(!last.refused, "once");
    cr_assert_eq(link_at("http://a/docs/x", 1), VERDICT_FOLLOW);
    cr_assert_eq(refused[VERDICT_INCLUDE], 1);
    cr_assert_eq(refused[VERDICT_EXCLUDE], 1);
}

Test(judge, names_the_trap)
{
    rules.traps.max_repeats = 2;
    seed("http://a/");
    cr_assert_eq(link_at("http://a/x/x/", 1), VERDICT_FOLLOW);
    cr_assert_eq(link_at("http://a/x/x/x/", 1), VERDICT_TRAP);
    cr_assert(last.refused && !found);
    cr_assert_not_null(strstr(last.why, "--max-repeats"), "%s", last.why);
    cr_assert_eq(link_at("http://a/x/x/x/", 1), VERDICT_TRAP);
    cr_assert(!last.refused);
    cr_assert_eq(judge.trapped[TRAP_REPEATS], 1);
    cr_assert_eq(refused[VERDICT_TRAP], 1);
}

Test(judge, lets_no_page_name_a_private_address)
{
    widen("http://192.168.1.1/");
    seed("http://a/");
    cr_assert_eq(link_at("http://192.168.1.1/", 1), VERDICT_PRIVATE);
    cr_assert_eq(judge_as("http://10.0.0.1/", (struct todo){.seed = true, .redirects = 1}),
                 VERDICT_PRIVATE, "nor where a seed redirects to");
    judge.private_allowed = true;
    cr_assert_eq(link_at("http://192.168.1.1/2", 1), VERDICT_FOLLOW);
}

Test(judge, has_links_out_of_scope_checked_on_request)
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

Test(judge, has_a_link_out_of_scope_checked_where_only_another_said_nofollow)
{
    rules.check_external = true;
    nofollow("http://b/");
    cr_assert_eq(frontier.queued, 0);
    link_at("http://b/", 1);
    link_at("http://b/", 1);
    cr_assert_eq(frontier.queued, 1);
    cr_assert_eq(refused[VERDICT_SCOPE], 1);
}

Test(judge, checks_nothing_out_of_scope_that_filters_exclude_or_that_is_private)
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

Test(judge, visits_as_a_page_what_a_later_seed_claims_of_what_was_checked)
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

Test(judge, finds_assets_once_in_scope_or_not_however_deep)
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

Test(judge, visits_an_asset_that_is_a_page_too_as_a_page)
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

Test(judge, checks_as_an_asset_what_may_not_be_visited_as_a_page)
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

Test(judge, lets_filters_and_addresses_decide_on_assets)
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

Test(judge, fetches_once_what_is_an_asset_and_a_link_out_of_scope)
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

Test(judge, names_assets_that_a_limit_left)
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

/* --- what comes to an end --- */

Test(judge, names_what_was_not_visited_as_the_crawl_ended)
{
    struct sight s;
    enum verdict verdict;

    seed("http://a/");
    link_at("http://a/deep", 3);
    nofollow("http://a/unfollowed");
    nofollow("http://a/followed");
    link_at("http://a/followed", 1);
    cr_assert(judge_left(&judge, &s, &verdict));
    cr_assert_str_eq(s.url.text, "http://a/deep");
    cr_assert_eq(verdict, VERDICT_DEPTH);
    cr_assert(judge_left(&judge, &s, &verdict));
    cr_assert_str_eq(s.url.text, "http://a/unfollowed");
    cr_assert_eq(verdict, VERDICT_NOFOLLOW);
    cr_assert(!judge_left(&judge, &s, &verdict));
}

Test(judge, takes_a_seed_from_anywhere)
{
    cr_assert_eq(judge_as("http://b/", (struct todo){.seed = true}), VERDICT_FOLLOW);
    cr_assert(found);
    cr_assert_eq(judge.open_seeds, 1);
    cr_assert_eq(judge_as("http://b/", (struct todo){.seed = true}), VERDICT_SEEN);
    cr_assert_eq(judge.open_seeds, 1);
}

Test(judge, keeps_the_final_word_while_seeds_may_still_widen_the_scope)
{
    seed("http://a/");
    judge.open_seeds = 1;
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SCOPE);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SCOPE);
    cr_assert_eq(link_at("http://c/1", 1), VERDICT_SCOPE);
    cr_assert_eq(refused[VERDICT_SCOPE], 0);
    cr_assert_eq(let_wait_end(), 0, "one is open");
    widen("http://b/");
    judge.open_seeds = 0;
    cr_assert_eq(let_wait_end(), 1);
    cr_assert_eq(refused[VERDICT_SCOPE], 1);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SEEN);
}

Test(judge, follows_a_link_that_waited_where_only_another_said_nofollow)
{
    seed("http://a/");
    judge.open_seeds = 1;
    nofollow("http://b/1");
    nofollow("http://b/2");
    link_at("http://b/1", 1);
    widen("http://b/");
    judge.open_seeds = 0;
    cr_assert_eq(let_wait_end(), 1);
    cr_assert_eq(link_at("http://b/1", 1), VERDICT_SEEN);
    cr_assert_eq(nofollow("http://b/2"), VERDICT_NOFOLLOW);
}

Test(judge, lets_a_link_wait_again_for_a_later_seed)
{
    seed("http://a/");
    judge.open_seeds = 1;
    link_at("http://b/1", 1);
    judge.open_seeds = 0;
    cr_assert_eq(let_wait_end(), 0);
    judge.open_seeds = 1;
    link_at("http://b/1", 1);
    widen("http://b/");
    judge.open_seeds = 0;
    cr_assert_eq(let_wait_end(), 1);
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

Test(judge, looks_again_at_what_scope_refused_while_seeds_were_awaited)
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

Test(judge, keeps_nothing_where_no_seeds_are_awaited)
{
    seed("http://a/");
    link_at("http://b/1", 1);
    cr_assert_eq(judge.passed.links.count, 0);
}

Test(judge, looks_again_at_links_that_nofollow_would_hide)
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

Test(judge, visits_a_seed_again_that_a_link_had_led_to_farther_away)
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

Test(judge, visits_no_seed_again_where_no_depth_was_given)
{
    rules.depth = DEPTH_UNLIMITED;
    seed("http://a/");
    link_at("http://a/x", 2);
    cr_assert_eq(judge_as("http://a/x", (struct todo){.seed = true}), VERDICT_SEEN);
    cr_assert_eq(frontier.queued, 2);
}
