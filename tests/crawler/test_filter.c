#include "crawler/filter.h"

#include <criterion/criterion.h>
#include <string.h>

static struct filter *filter;
static char wrong[256];

static void close_filter(void)
{
    filter_free(filter);
}

TestSuite(filter, .fini = close_filter);

static void include(const char *pattern)
{
    cr_assert(filter_add(&filter, VERDICT_INCLUDE, pattern, wrong), "%s", wrong);
}

static void exclude(const char *pattern)
{
    cr_assert(filter_add(&filter, VERDICT_EXCLUDE, pattern, wrong), "%s", wrong);
}

static enum verdict judge(const char *url)
{
    return filter_judge(filter, url, strlen(url));
}

Test(filter, lets_everything_pass_where_there_is_none)
{
    cr_assert_eq(judge("http://a/"), VERDICT_FOLLOW);
}

Test(filter, excludes_what_one_pattern_matches_anywhere)
{
    exclude("\\.pdf$");
    exclude("/private/");
    cr_assert_eq(judge("http://a/b.pdf"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://a/private/b"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://a/b.pdf?c"), VERDICT_FOLLOW);
}

Test(filter, includes_what_one_pattern_matches)
{
    include("^http://a/x");
    include("[?&]page=\\d+");
    cr_assert_eq(judge("http://a/xyz"), VERDICT_FOLLOW);
    cr_assert_eq(judge("http://b/?page=2"), VERDICT_FOLLOW);
    cr_assert_eq(judge("http://b/?page="), VERDICT_INCLUDE);
}

Test(filter, excludes_what_is_included_too)
{
    include("/docs/");
    exclude("/old/");
    cr_assert_eq(judge("http://a/docs/"), VERDICT_FOLLOW);
    cr_assert_eq(judge("http://a/docs/old/"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://a/old/"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://a/"), VERDICT_INCLUDE);
}

Test(filter, knows_groups_references_and_lookaround)
{
    exclude("/(\\w+)/\\1/(?!end)");
    cr_assert_eq(judge("http://a/b/b/c"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://a/b/b/end"), VERDICT_FOLLOW);
    cr_assert_eq(judge("http://a/b/c/c2"), VERDICT_FOLLOW);
}

Test(filter, reads_no_further_than_the_url)
{
    exclude("c");
    cr_assert_eq(filter_judge(filter, "http://a/bc", 10), VERDICT_FOLLOW);
    cr_assert_eq(filter_judge(filter, "http://a/bc", 11), VERDICT_EXCLUDE);
}

Test(filter, says_what_is_wrong_with_a_pattern)
{
    static const struct {
        const char *pattern, *clause;
    } table[] = {
        {"a(b", "missing closing parenthesis"},
        {"[z-a]", "range out of order in character class"},
        {"*a", "quantifier does not follow a repeatable item"},
        {"(*UTF)a", "using UTF is disabled by the application"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cr_assert(!filter_add(&filter, VERDICT_EXCLUDE, table[i].pattern, wrong));
        cr_assert_not_null(strstr(wrong, table[i].clause), "%s: %s", table[i].pattern, wrong);
        cr_assert_not_null(strstr(wrong, ", at character "), "%s", wrong);
        cr_assert_null(filter);
    }
}

Test(filter, stays_as_it_was_after_a_wrong_pattern)
{
    exclude("a");
    cr_assert(!filter_add(&filter, VERDICT_INCLUDE, "(", wrong));
    cr_assert_eq(judge("http://b/"), VERDICT_FOLLOW);
    cr_assert_eq(judge("http://a/"), VERDICT_EXCLUDE);
}

/* Patterns that would take longer than the universe lasts. */
static const char *const catastrophic[] = {
    "(a+)+$", "(*NO_JIT)(a+)+$", "(([a-z])+)+[A-Z]", "(a|aa)+$", "(?:a?){60}a{60}$", "(.*)*\\d",
};

static const char *long_url(void)
{
    static char url[8193] = "http://";
    memset(url + 7, 'a', sizeof url - 9);
    url[sizeof url - 2] = '!';
    return url;
}

Test(filter, counts_a_match_that_reaches_its_limit_against_the_url)
{
    for (size_t i = 0; i < sizeof catastrophic / sizeof *catastrophic; i++) {
        exclude(catastrophic[i]);
        cr_assert_eq(judge(long_url()), VERDICT_EXCLUDE, "%s", catastrophic[i]);
        filter_free(filter);
        filter = NULL;
        include(catastrophic[i]);
        cr_assert_eq(judge(long_url()), VERDICT_INCLUDE, "%s", catastrophic[i]);
        filter_free(filter);
        filter = NULL;
    }
}

Test(filter, asks_the_other_includes_where_one_reached_its_limit)
{
    include("(a+)+$");
    include("!");
    cr_assert_eq(judge(long_url()), VERDICT_FOLLOW);
}

Test(filter, judges_an_honest_pattern_on_a_long_url)
{
    exclude("^http://[^/]*/?.*!$");
    exclude("(?:a|b)*#");
    include("(?:a|b)*!");
    cr_assert_eq(judge(long_url()), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://b/ab!"), VERDICT_EXCLUDE);
    cr_assert_eq(judge("http://b/ab!x"), VERDICT_FOLLOW);
}
