#include "parse/query.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char buffer[URL_BUFFER];

/* What becomes of a query; NULL: it stays. */
static const char *canonical(const char *query, const struct query_rules *r)
{
    static char text[URL_BUFFER];
    struct url u, out;

    snprintf(text, sizeof text, "http://h/p%s", query);
    url_describe(&u, text, strlen(text));
    if (!query_canonical(&out, buffer, &u, r))
        return NULL;
    struct url again;
    url_describe(&again, buffer, strlen(buffer));
    cr_assert_eq(out.text, buffer);
    cr_assert_eq(out.length, again.length);
    cr_assert_eq(out.query, again.query);
    cr_assert_eq(out.path, again.path);
    cr_assert_eq(memcmp(buffer, "http://h/p", 10), 0);
    cr_assert(!query_canonical(&again, text, &out, r), "%s: a second time", query);
    return buffer + 10;
}

struct fact {
    const char *query, *becomes;
};

static void check(const struct fact *f, const struct query_rules *r)
{
    for (; f->query; f++) {
        const char *got = canonical(f->query, r);
        cr_assert_eq(!got, !f->becomes, "%s: %s", f->query, got ? got : "stays");
        if (got)
            cr_assert_str_eq(got, f->becomes, "%s: %s", f->query, got);
    }
}

Test(query, is_dropped_whole)
{
    static const struct fact facts[] = {{"?a=b", ""}, {"?", ""}, {"", NULL}, {NULL, NULL}};
    check(facts, &(struct query_rules){.drop = true});
}

Test(query, is_sorted_by_names_alone)
{
    static const struct fact facts[] = {
        {"?b=1&a=2", "?a=2&b=1"},
        {"?a=2&b=1", NULL},
        {"?a=2&a=1&A=3", "?A=3&a=2&a=1"},
        {"?b&a&b=2&a=1&b=1", "?a&a=1&b&b=2&b=1"},
        {"?ab=1&a=1&a-=1", "?a=1&a-=1&ab=1"},
        {"?a=1&b=2&b=1", NULL},
        {"?b=1&=2", "?=2&b=1"},
        {"?a==b&a=b=", NULL},
        {"?%61=1&a=1&b", NULL},
        {"?b&%61", "?%61&b"},
        {"?a=1&&b=2", "?a=1&b=2"},
        {"?&a", "?a"},
        {"?a&", "?a"},
        {"?&&", ""},
        {"?", ""},
        {"?a?b&a/b", "?a/b&a?b"},
        {"", NULL},
        {NULL, NULL},
    };
    check(facts, &(struct query_rules){.sort = true});
}

Test(query, loses_what_only_tracks)
{
    static const struct fact facts[] = {
        {"?utm_source=a&utm_medium=b", ""},
        {"?a=1&gclid=x&b=2", "?a=1&b=2"},
        {"?fbclid=x&b=2", "?b=2"},
        {"?b=2&msclkid", "?b=2"},
        {"?_hsenc=1&mc_eid=2&mc_cid=3&c=4&yclid=5", "?c=4"},
        {"?utm_=1", NULL},
        {"?utm=1", NULL},
        {"?xutm_source=1", NULL},
        {"?UTM_source=1", NULL},
        {"?gclid2=1&gcli=1&ref=1&source=1&id=1&campaign=1", NULL},
        {"?a=utm_x&b=gclid", NULL},
        {"?a=1&&b=2", NULL},
        {"?a=1&&utm_x=1&b=2&", "?a=1&&b=2&"},
        {"?&utm_x=1&", ""},
        {"?b=1&a=1", NULL},
        {NULL, NULL},
    };
    check(facts, &(struct query_rules){.tracking = true});
}

Test(query, loses_the_parameters_that_are_named)
{
    static const char *const names[] = {"sid", "b", "%62"};
    static const struct fact facts[] = {
        {"?a=1&b=2&c=3", "?a=1&c=3"},  {"?b&b=&b=1", ""},  {"?sid=x&%62=1&B=1", "?B=1"},
        {"?bb=1&a=b&sidx=1&si", NULL}, {"?gclid=1", NULL}, {NULL, NULL},
    };
    check(facts, &(struct query_rules){.names = names, .name_count = 3});
}

Test(query, may_be_under_several_rules)
{
    static const char *const names[] = {"b"};
    static const struct fact facts[] = {
        {"?c=1&b=2&utm_x=3&a=4", "?a=4&c=1"},
        {"?a=4&c=1", NULL},
        {NULL, NULL},
    };
    check(facts,
          &(struct query_rules){.sort = true, .tracking = true, .names = names, .name_count = 1});
}

Test(query, rules_say_whether_they_change_anything)
{
    cr_assert(!query_rules_apply(&(struct query_rules){.names = NULL}));
    cr_assert(query_rules_apply(&(struct query_rules){.drop = true}));
    cr_assert(query_rules_apply(&(struct query_rules){.sort = true}));
    cr_assert(query_rules_apply(&(struct query_rules){.tracking = true}));
    cr_assert(query_rules_apply(&(struct query_rules){.name_count = 1}));
}

/* Parameters n-1 to 0, with a name of five digits each. */
static char *falling(int n)
{
    static char query[URL_BUFFER];
    char *out = query;
    for (int i = n; i--;)
        out += sprintf(out, "%c%05d", i == n - 1 ? '?' : '&', i);
    return query;
}

Test(query, is_sorted_up_to_so_many_parameters)
{
    const char *got = canonical(falling(QUERY_SORTED), &(struct query_rules){.sort = true});
    cr_assert_not_null(got);
    for (int i = 0; i < QUERY_SORTED; i++)
        cr_assert_eq(atoi(got + 6 * i + 1), i);
    cr_assert_null(canonical(falling(QUERY_SORTED + 1), &(struct query_rules){.sort = true}));
}

Test(query, of_the_longest_url_loses_parameters_too)
{
    char *query = falling(10900);
    strcat(query, "&utm_x=1");
    const char *got = canonical(query, &(struct query_rules){.sort = true, .tracking = true});
    cr_assert_eq(strlen(got), 6 * 10900);
}
