#include "crawler/judge.h"

#include <criterion/criterion.h>
#include <string.h>

static struct loop *loop;
static struct frontier frontier;
static struct judge judge;
static uint64_t refused[VERDICT_COUNT];
static bool found; /* by the last judgement */

static void open_judge(void)
{
    const struct frontier_options options = {.concurrency = 1, .per_host = 1};

    cr_assert_eq(loop_open(&loop, NULL), 0);
    frontier_init(&frontier, loop, &options);
    judge_init(&judge, &frontier, 2, true, refused);
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
    struct sight s = {.todo = todo};

    url_describe(&s.url, text, strlen(text));
    judge_sight(&judge, &s);
    return judge_link(&judge, &s, &found);
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

/* The links that waited have their turn; how many are followed. */
static size_t let_wait_end(void)
{
    struct sight s;
    size_t followed = 0;

    while (judge_waiting(&judge, &s))
        followed += judge_link(&judge, &s, &found) == VERDICT_FOLLOW;
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
    cr_assert_eq(nofollow("http://a/x"), VERDICT_SEEN);
}

Test(judge, may_be_told_to_ignore_nofollow)
{
    judge.obey_nofollow = false;
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
