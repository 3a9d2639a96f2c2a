#include "crawler/trail.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void add(struct trail *t, uint64_t fingerprint, const char *url, uint64_t from)
{
    trail_add(t, fingerprint, url, strlen(url), from);
}

Test(trail, keeps_where_a_url_was_first_met)
{
    struct trail *t = trail_new();
    uint64_t from;

    add(t, 1, "http://a/", 0);
    add(t, 2, "http://a/b", 1);
    add(t, 2, "http://a/b", 3);
    cr_assert_str_eq(trail_find(t, 2, &from), "http://a/b");
    cr_assert_eq(from, 1);
    cr_assert_str_eq(trail_find(t, 1, &from), "http://a/");
    cr_assert_eq(from, 0);
    cr_assert_null(trail_find(t, 3, &from));
    trail_free(t);
}

Test(trail, grows)
{
    struct trail *t = trail_new();
    char url[32];
    uint64_t from;

    for (uint64_t i = 1; i <= 5000; i++) {
        snprintf(url, sizeof url, "http://a/%d", (int)i);
        add(t, i << 20, url, i);
    }
    for (uint64_t i = 1; i <= 5000; i++) {
        snprintf(url, sizeof url, "http://a/%d", (int)i);
        cr_assert_str_eq(trail_find(t, i << 20, &from), url);
        cr_assert_eq(from, i);
    }
    trail_free(t);
}
