#include "crawler/scope.h"

#include <criterion/criterion.h>
#include <string.h>

static struct scope scope;

static void open_scope(void)
{
    scope_init(&scope, SCOPE_HOST, 1);
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

Test(scope, holds_the_hosts_that_were_added)
{
    static const struct {
        const char *url;
        bool held;
    } table[] = {
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
    };

    add("http://example.com/x");
    add("http://a:81/");
    add("https://[::1]/");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        cr_assert_eq(holds(table[i].url), table[i].held, "%s", table[i].url);
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
