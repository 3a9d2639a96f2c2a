#include "crawler/scope.h"

#include <criterion/criterion.h>
#include <string.h>

static struct scope scope;

static void open_scope(void)
{
    scope_init(&scope, SCOPE_HOST, 1);
}

static void open_as(enum scope_mode mode)
{
    scope_deinit(&scope);
    scope_init(&scope, mode, 1);
}

static void close_scope(void)
{
    scope_deinit(&scope);
}

TestSuite(scope, .init = open_scope, .fini = close_scope);

static struct url url(const char *text)
{
    struct url u;
    url_describe(&u, text, strlen(text));
    return u;
}

static bool add(const char *text)
{
    struct url u = url(text);
    return scope_add(&scope, &u);
}

static bool holds(const char *text)
{
    struct url u = url(text);
    return scope_holds(&scope, &u);
}

static bool add_domain(const char *text)
{
    return scope_add_domain(&scope, text, strlen(text));
}

struct fact {
    const char *url;
    bool held;
};

static void check(const struct fact *facts)
{
    for (; facts->url; facts++)
        cr_assert_eq(holds(facts->url), facts->held, "%s", facts->url);
}

Test(scope, holds_the_hosts_that_were_added)
{
    static const struct fact table[] = {
        {"http://example.com/", true},
        {"http://example.com/a?b", true},
        {"https://example.com/", true},
        {"http://www.example.com/", false},
        {"http://notexample.com/", false},
        {"http://example.com.evil/", false},
        {"http://example.co/", false},
        {"http://example.com:81/", false},
        {"https://example.com:80/", false},
        {"http://a:81/", true},
        {"https://a:81/", true},
        {"http://a/", false},
        {"http://a:8/", false},
        {"http://[::1]/", true},
        {"http://[::1]:1/", false},
        {NULL, false},
    };

    add("http://example.com/x");
    add("http://a:81/");
    add("https://[::1]/");
    check(table);
}

Test(scope, holds_the_registrable_domains_that_were_added_on_any_port)
{
    static const struct fact table[] = {
        {"http://example.co.uk/", true},
        {"https://a.b.example.co.uk:8080/x?y", true},
        {"http://example.co.uk./", true},
        {"http://www.example.co.uk.:81/", true},
        {"http://example.com/", false},
        {"http://co.uk/", false},
        {"http://other.co.uk/", false},
        {"http://notexample.co.uk/", false},
        {"http://example.co.uk.evil.com/", false},
        {"http://user@evil.com/example.co.uk/", false},
        {"http://me.github.io/", true},
        {"http://x.me.github.io/", true},
        {"http://you.github.io/", false},
        {"http://github.io/", false},
        {"http://a.example.xn--55qx5d.cn/", true},
        {"http://other.xn--55qx5d.cn/", false},
        {"http://a.b.unlisted/", true},
        {"http://c.unlisted/", false},
        {NULL, false},
    };
    open_as(SCOPE_DOMAIN);
    add("http://www.example.co.uk:81/x");
    add("https://x.me.github.io/");
    add("https://example.xn--55qx5d.cn/");
    add("https://b.unlisted/");
    for (int i = 0; i < 2; i++) /* asked again, the memo answers */
        check(table);
}

Test(scope, has_domains_of_their_own_in_suffixes_addresses_and_names_without_dots)
{
    static const struct fact table[] = {
        {"http://github.io:81/", true},
        {"http://me.github.io/", false},
        {"http://com/", true},
        {"http://example.com/", false},
        {"http://10.0.0.1/", true},
        {"http://11.0.0.1/", false},
        {"http://[::1]:81/", true},
        {"http://[2::1]/", false},
        {"http://localhost:81/", true},
        {"http://a.localhost/", false},
        {"http://host1/", true},
        {"http://a.host1/", false},
        {"http://x.y1/", true},
        {"http://www.x.y1/", true},
        {NULL, false},
    };
    open_as(SCOPE_DOMAIN);
    add("http://github.io/");
    add("http://com/");
    add("http://10.0.0.1/");
    add("http://[::1]/");
    add("http://localhost/");
    add("http://host1/");
    add("http://x.y1/");
    check(table);
    cr_assert_str_eq(scope_name(&scope, 0), "github.io");
    cr_assert_str_eq(scope_name(&scope, 2), "10.0.0.1");
    cr_assert_str_eq(scope_name(&scope, 3), "[::1]");
}

Test(scope, names_its_domains_once)
{
    open_as(SCOPE_DOMAIN);
    cr_assert(add("https://www.example.com:81/x"));
    cr_assert(!add("http://a.example.com./"));
    cr_assert_str_eq(scope_name(&scope, 0), "example.com");
    cr_assert_null(scope_name(&scope, 1));
}

Test(scope, takes_a_host_of_any_length_for_a_domain)
{
    char text[4096] = "http://";
    open_as(SCOPE_DOMAIN);
    for (int i = 0; i < 500; i++)
        strcat(text, "a.b.");
    strcat(text, "example.com/");
    cr_assert(add(text));
    cr_assert(holds(text));
    cr_assert(!holds("http://example.com/"));
}

Test(scope, holds_what_is_below_the_folders_of_seeds)
{
    static const struct fact table[] = {
        {"http://a/docs/", true},          {"https://a/docs/", true},
        {"http://a/docs/b/c?d", true},     {"http://user@a/docs/x", true},
        {"http://a/docs?x=/docs/", false}, {"http://a/docs", false},
        {"http://a/docs2/", false},        {"http://a/", false},
        {"http://a/x/docs/", false},       {"http://a:81/docs/", false},
        {"http://b/docs/", false},         {"http://b:81/1/2/3", true},
        {"http://b:81/1/2/3/4/", true},    {"http://b:81/1/2", false},
        {"http://b:81/1/?/2/", false},     {NULL, false},
    };
    open_as(SCOPE_PREFIX);
    cr_assert(add("http://a/docs/index.html?x=/y/"));
    cr_assert(!add("https://a/docs/"));
    cr_assert(add("http://b:81/1/2/3"));
    cr_assert(add("http://b:81/5/6/7/8/"));
    cr_assert_str_eq(scope_name(&scope, 0), "a/docs/");
    cr_assert_str_eq(scope_name(&scope, 1), "b:81/1/2/");
    check(table);
}

Test(scope, holds_everything_where_it_is_any)
{
    open_as(SCOPE_ANY);
    cr_assert(!add("http://a/"));
    cr_assert(holds("https://b:81/c?d"));
    cr_assert_null(scope_name(&scope, 0));
}

Test(scope, holds_further_domains_and_what_is_under_them)
{
    static const struct fact table[] = {
        {"http://seed/", true},
        {"http://seed:81/", false},
        {"http://example.com/", true},
        {"https://www.example.com:81/x", true},
        {"http://a.b.c.example.com./", true},
        {"http://notexample.com/", false},
        {"http://example.com.evil/", false},
        {"http://com/", false},
        {"http://example/", false},
        {"http://b.net/", true},
        {"http://sub.b.net/", true},
        {"http://xn--bcher-kva.example/", true},
        {"http://10.0.0.1/", true},
        {"http://0.0.0.1/", false},
        {"http://[::1]:81/", true},
        {"http://[::2]/", false},
        {NULL, false},
    };
    static const enum scope_mode modes[] = {SCOPE_HOST, SCOPE_DOMAIN, SCOPE_PREFIX};

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        open_as(modes[i]);
        add("http://seed/");
        cr_assert(add_domain(".EXAMPLE.com"));
        cr_assert(add_domain("*.b.net."));
        cr_assert(add_domain("b\303\274cher.example"));
        cr_assert(add_domain("10.0.0.1"));
        cr_assert(add_domain("[::1]"));
        check(table + (modes[i] == SCOPE_DOMAIN ? 2 : 0));
        cr_assert_str_eq(scope_name(&scope, 1), ".example.com");
        cr_assert_str_eq(scope_name(&scope, 2), ".b.net");
    }
}

Test(scope, refuses_what_is_no_domain)
{
    static const char *const table[] = {
        "",         ".",        "..",        "...", "*",         "*.",   "a/b",  "/",
        "a/",       "http://a", "http://a/", "//a", "a:80",      "a:",   ":80",  "u@a",
        "a?b",      "a#b",      "a b",       " a",  "a\tb",      "a\\b", "a\nb", "a%00b",
        "[::1]:80", "[::1",     "[",         "[]",  "1.2.3.4.5", "a<b",  "..a",  "999.1.1.1",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        cr_assert(!add_domain(table[i]), "%s", table[i]);
    cr_assert_null(scope_name(&scope, 0));
    char long_one[5000];
    memset(long_one, 'a', sizeof long_one);
    cr_assert(!scope_add_domain(&scope, long_one, sizeof long_one));
}

Test(scope, may_be_given_a_domain_that_is_followed_by_others)
{
    cr_assert(scope_add_domain(&scope, "a.org,b.net", 5));
    cr_assert(holds("http://a.org/"));
    cr_assert(!holds("http://b.net/"));
}

Test(scope, knows_a_domain_twice_but_names_it_once)
{
    cr_assert(add_domain("a.org"));
    cr_assert(add_domain(".A.org."));
    cr_assert_str_eq(scope_name(&scope, 0), ".a.org");
    cr_assert_null(scope_name(&scope, 1));
}

Test(scope, holds_nothing_at_first)
{
    cr_assert(!holds("http://a/"));
    cr_assert_null(scope_name(&scope, 0));
}

Test(scope, names_its_hosts_in_order)
{
    cr_assert(add("http://b:81/x"));
    cr_assert(add("https://a/"));
    cr_assert(!add("http://a/y"));
    cr_assert_str_eq(scope_name(&scope, 0), "b:81");
    cr_assert_str_eq(scope_name(&scope, 1), "a");
    cr_assert_null(scope_name(&scope, 2));
}

Test(scope, has_a_word_for_each_verdict)
{
    for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
        cr_assert_not_null(verdict_name(v), "%d", v);
        for (enum verdict w = 0; w < v; w++)
            cr_assert_str_neq(verdict_name(v), verdict_name(w));
    }
}
