#include "crawler/trap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct trap_limits limits = TRAP_LIMITS_DEFAULT;
static struct traps *traps;

static void open_traps(void)
{
    traps = traps_new(&limits, 1);
}

static void close_traps(void)
{
    traps_free(traps);
}

TestSuite(trap, .init = open_traps, .fini = close_traps);

static enum trap judge_at(const char *text, uint32_t depth)
{
    struct url u;
    url_describe(&u, text, strlen(text));
    return traps_judge(traps, &u, depth);
}

static enum trap judge(const char *text)
{
    return judge_at(text, 1);
}

/* The number of URLs that pass, of those that the format makes from 0, 1, 2 ... up to n. */
static int passed(int n, uint32_t depth, const char *format)
{
    char url[1000];
    int count = 0;
    for (int i = 0; i < n; i++) {
        snprintf(url, sizeof url, format, i, i);
        count += judge_at(url, depth) == TRAP_NONE;
    }
    return count;
}

Test(trap, is_a_long_url)
{
    char url[9000] = "http://h/";
    memset(url + 9, 'a', 8192 - 9);
    cr_assert_eq(judge(url), TRAP_NONE);
    url[8192] = 'a';
    cr_assert_eq(judge(url), TRAP_LENGTH);
}

Test(trap, is_a_path_that_repeats)
{
    static const struct {
        const char *url;
        enum trap trap;
    } table[] = {
        {"http://h/a/a/a/a/a/a", TRAP_NONE},
        {"http://h/a/a/a/a/a/a/", TRAP_NONE},
        {"http://h/a/a/a/a/a/a/a", TRAP_REPEATS},
        {"http://h/a/a/a/a/a/a/a/", TRAP_REPEATS},
        {"http://h/a/b/a/b/a/b/a/b/a/b/a/b/", TRAP_NONE},
        {"http://h/a/b/a/b/a/b/a/b/a/b/a/b/a", TRAP_REPEATS},
        {"http://h/x/a/c/a/d/a/e/a/f/a/g/a/i/a/j", TRAP_REPEATS},
        {"http://h/a/aa/aaa/aaaa/aaaaa/aaaaaa/aaaaaaa/aaaaaaaa", TRAP_NONE},
        {"http://h/a?/a/a/a/a/a/a/a/a/a/a", TRAP_NONE},
        {"http://h///////", TRAP_REPEATS},
        {"http://h/", TRAP_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        cr_assert_eq(judge(table[i].url), table[i].trap, "%s", table[i].url);
}

Test(trap, is_found_behind_thousands_of_segments)
{
    static char url[URL_BUFFER] = "http://h/start";
    char *out = url + strlen(url);
    limits.max_url = URL_MAX;
    for (int i = 0; i < 10000; i++)
        out += sprintf(out, "/%x", i);
    cr_assert_eq(judge(url), TRAP_NONE);
    strcpy(out, "/start/start/start/start/start");
    cr_assert_eq(judge(url), TRAP_NONE);
    strcat(out, "/start");
    cr_assert_eq(judge(url), TRAP_REPEATS);
}

Test(trap, is_none_in_more_segments_than_are_counted)
{
    static char url[URL_BUFFER] = "http://h";
    char *out = url + strlen(url);
    limits.max_url = URL_MAX;
    for (int i = 0; i < 13000; i++)
        out += sprintf(out, "/%04x", i);
    cr_assert_eq(judge(url), TRAP_NONE);
}

Test(trap, is_a_query_of_many_parameters)
{
    char url[2000] = "http://h/?a=1";
    for (int i = 1; i < 64; i++)
        strcat(url, "&a=1");
    cr_assert_eq(judge(url), TRAP_NONE);
    strcat(url, "&&&");
    cr_assert_eq(judge(url), TRAP_NONE);
    strcat(url, "b");
    cr_assert_eq(judge(url), TRAP_PARAMS);
}

Test(trap, is_one_more_of_many_filters_upon_filters)
{
    char url[200];
    limits.max_similar = 20;
    for (int i = 0; i < 30; i++) {
        snprintf(url, sizeof url, "http://h/shop/%d?a=%d&b&c&d&e&f&g&h", i, i);
        cr_assert_eq(judge(url), TRAP_NONE, "eight are not many");
    }
    for (int i = 0; i < 30; i++) {
        snprintf(url, sizeof url, "http://h/shop/%d?a&b&c&d&e&f&g&h&i%d=%d", i, i, i);
        cr_assert_eq(judge(url), i < 20 ? TRAP_NONE : TRAP_SIMILAR, "%d", i);
    }
    cr_assert_eq(judge("http://h/other?a&b&c&d&e&f&g&h&i"), TRAP_NONE);
}

Test(trap, is_the_same_url_under_more_and_more_session_ids)
{
    static const char *const formats[] = {
        "http://h/1?PHPSESSID=%d",
        "http://h/2?a=b&jsessionid=%d&c=d",
        "http://h/3;jsessionid=%d",
        "http://h/4;JSESSIONID=%d?a=b",
        "http://h/5;x=y;jsessionid=%d;z/6?a=b",
        "http://h/6?ASPSESSIONIDQQABCDEF=%d",
        "http://h/7?CFID=%d&CFTOKEN=%d",
        "http://h/8?osCsid=%d",
        "http://h/9?zenid=%d",
        "http://h/a/?sid=0123456789abcdef%d",
        "http://h/b/?Session=ABCDEFGHIJKLMNO%d",
        "http://h/c/?session_id=0123456789abcdef%d",
        "http://h/d/(S(abc%d))/x",
        "http://h/e;jsessionid=%d?PHPSESSID=%d",
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        cr_assert_eq(passed(20, 1, formats[i]), 16, "%s", formats[i]);
    cr_assert_eq(judge("http://h/1?PHPSESSID=x"), TRAP_SESSIONS);
}

Test(trap, is_no_name_that_may_mean_something_else)
{
    static const char *const formats[] = {
        "http://h/?sid=%d",
        "http://h/?session=%d",
        "http://h/?session_id=%d",
        "http://h/?sessionid=%d",
        "http://h/?sid=the-long-name-of-story-%d",
        "http://h/?sid=short%d",
        "http://h/?sidebar=0123456789abcdef%d",
        "http://h/?x=0123456789abcdef%d",
        "http://h/?x=PHPSESSID&y=%d",
        "http://h/?x=;jsessionid=%d",
        "http://h/jsessionid=%d",
        "http://h/x;v=%d",
        "http://h/(S%d)/x",
        "http://h/%d?PHPSESSID=",
        "http://h/%d;jsessionid=1234567",
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        cr_assert_eq(passed(100, 1, formats[i]), 100, "%s", formats[i]);
}

Test(trap, counts_sessions_for_each_url_alone)
{
    cr_assert_eq(passed(16, 1, "http://h/?PHPSESSID=%d"), 16);
    cr_assert_eq(judge("http://h/?PHPSESSID=x"), TRAP_SESSIONS);
    cr_assert_eq(judge("http://h/a?PHPSESSID=x"), TRAP_NONE);
    cr_assert_eq(judge("http://h/?a=b&PHPSESSID=x"), TRAP_NONE);
    cr_assert_eq(judge("http://h:81/?PHPSESSID=x"), TRAP_NONE);
}

Test(trap, is_far_away_where_only_numbers_differ)
{
    static const char *const formats[] = {
        "http://h/1/page%d.html",
        "http://h/2/%d/%d/",
        "http://h/3?page=%d",
        "http://h/4?a=b&from=x%d&to",
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        cr_assert_eq(passed(10100, TRAP_FAR + 1, formats[i]), 10000, "%s", formats[i]);
    cr_assert_eq(judge_at("http://h/1/page7x.html", TRAP_FAR + 1), TRAP_NONE);
    cr_assert_eq(judge_at("http://h/1/x/page7.html", TRAP_FAR + 1), TRAP_NONE);
    cr_assert_eq(judge_at("http://h/3?page=1&x=1", TRAP_FAR + 1), TRAP_NONE);
    cr_assert_eq(judge_at("http://g/3?page=1", TRAP_FAR + 1), TRAP_NONE);
    cr_assert_eq(judge_at("http://h/3?page=123456", TRAP_FAR), TRAP_NONE);
}

Test(trap, is_no_archive_that_is_near)
{
    cr_assert_eq(passed(1000000, TRAP_FAR, "http://h/d%d/p%d.html"), 1000000);
}

Test(trap, is_a_chain_only_behind_as_many_links)
{
    char url[100];
    for (uint32_t i = 0;; i++) {
        snprintf(url, sizeof url, "http://h/chain/%u", i);
        if (judge_at(url, i) == TRAP_NONE)
            continue;
        cr_assert_eq(i, TRAP_FAR + 1 + limits.max_similar);
        return;
    }
}

Test(trap, is_one_host_more_of_a_domain)
{
    limits.max_hosts = 100;
    cr_assert_eq(passed(200, 1, "http://h%d.example.co.uk/"), 100);
    cr_assert_eq(judge("http://more.example.co.uk/"), TRAP_HOSTS);
    cr_assert_eq(judge("http://a.b.c.example.co.uk:81/"), TRAP_HOSTS);
    cr_assert_eq(judge("http://h7.example.co.uk/another?page"), TRAP_NONE);
    cr_assert_eq(judge("http://h7.example.co.uk:81/"), TRAP_NONE);
    cr_assert_eq(passed(200, 1, "http://site%d.co.uk/"), 200);
    cr_assert_eq(passed(200, 1, "http://me%d.github.io/"), 200);
    cr_assert_eq(passed(200, 1, "http://10.0.0.%d/"), 200);
}

/* Floods of fingerprints take the place of small counts only, and no count gets too high. */
Test(trap, takes_a_bounded_memory_and_never_counts_too_much)
{
    cr_assert_eq(passed(10, 1, "http://often/?PHPSESSID=%d"), 10);
    cr_assert_eq(passed(300000, 1, "http://h/%d?PHPSESSID=1"), 300000);
    cr_assert_eq(passed(10, 1, "http://often/?PHPSESSID=x%d"), 6);
}

Test(trap, has_a_phrase_for_each)
{
    for (enum trap t = 0; t < TRAP_COUNT; t++) {
        cr_assert_not_null(trap_phrase(t), "%d", t);
        for (enum trap o = 0; o < t; o++)
            cr_assert_str_neq(trap_phrase(t), trap_phrase(o));
    }
    cr_assert_str_eq(trap_phrase(TRAP_LENGTH), "longer than --max-url");
}

/* As far as there is any here. */
Test(trap, is_none_in_real_documentation)
{
    static char line[URL_BUFFER];
    char url[URL_BUFFER + 10];
    FILE *f = popen("find -L /usr/share/doc /usr/include -type f 2>/dev/null | head -n 20000", "r");
    cr_assert_not_null(f);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(url, sizeof url, "http://h%s", line);
        cr_assert_eq(judge_at(url, TRAP_FAR + 1), TRAP_NONE, "%s", url);
    }
    pclose(f);
}
