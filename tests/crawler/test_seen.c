#include "crawler/seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MANY 100000

static struct seen seen;

static void open_set(void)
{
    seen_init(&seen, 42);
}

static void close_set(void)
{
    seen_deinit(&seen);
}

TestSuite(seen, .init = open_set, .fini = close_set);

static bool add(const char *url)
{
    return seen_add(&seen, seen_fingerprint(seen.seed, url, strlen(url)));
}

static bool has(const char *url)
{
    return seen_has(&seen, seen_fingerprint(seen.seed, url, strlen(url)));
}

static const char *number(unsigned i)
{
    static char text[32];
    snprintf(text, sizeof text, "http://a/%u", i);
    return text;
}

Test(seen, holds_nothing_at_first)
{
    cr_assert(!has(""));
    cr_assert(!has("http://a/"));
}

Test(seen, says_once_that_a_url_is_new)
{
    cr_assert(add("http://a/"));
    cr_assert(!add("http://a/"));
    cr_assert(has("http://a/"));
    cr_assert(!has("http://a"));
    cr_assert_eq(seen.count, 1);
}

Test(seen, takes_no_notice_of_what_follows_the_length)
{
    cr_assert(seen_add(&seen, seen_fingerprint(seen.seed, "http://a/b", 9)));
    cr_assert(has("http://a/"));
    cr_assert(!has("http://a/b"));
}

Test(seen, forgets_none_while_it_grows)
{
    for (unsigned i = 0; i < MANY; i++) {
        cr_assert(add(number(i)), "%u is said to be there", i);
        if (i % 1000 == 0)
            cr_assert(has(number(i / 2)), "%u is lost", i / 2);
    }
    for (unsigned i = 0; i < MANY; i++)
        cr_assert(!add(number(i)), "%u is lost", i);
    cr_assert(!has(number(MANY)));
    cr_assert_eq(seen.count, MANY);
}

Test(seen, takes_at_most_13_5_bytes_a_url)
{
    for (unsigned i = 0; i < MANY; i++) {
        add(number(i));
        if (seen.count > 1024)
            cr_assert_leq(2 * seen.size * sizeof *seen.slots, 27 * seen.count);
    }
}

Test(seen, has_other_fingerprints_with_another_seed)
{
    struct seen other;
    uint64_t first = 0, second = 0;

    seen_init(&other, 43);
    add("http://a/");
    seen_add(&other, seen_fingerprint(other.seed, "http://a/", 9));
    for (size_t i = 0; i < seen.size; i++) {
        first |= seen.slots[i];
        second |= other.slots[i];
    }
    cr_assert_neq(first, second);
    seen_deinit(&other);
}
