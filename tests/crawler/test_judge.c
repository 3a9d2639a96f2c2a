#include "tests/crawler/judging.h"

TestSuite(judge, .init = open_judge, .fini = close_judge);

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
