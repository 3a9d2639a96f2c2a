#include "parse/srcset.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The URLs of a srcset, each with a space behind it. */
static const char *urls_of(const char *value)
{
    static char all[256];
    struct srcset s = {value, value + strlen(value)};
    struct span url;
    size_t n = 0;
    while (srcset_next(&s, &url) && n + url.length + 2 < sizeof(all)) {
        memcpy(all + n, url.at, url.length);
        n += url.length;
        all[n++] = ' ';
    }
    all[n] = '\0';
    return all;
}

static const struct {
    const char *value, *urls;
} rows[] = {
    {"", ""},
    {" , ,, ", ""},
    {"a", "a "},
    {"a, b", "a b "},
    {"a,b", "a,b "},
    {"a,", "a "},
    {"a,,,b", "a,,,b "},
    {"a,,, b", "a b "},
    {"\n\ta\f1x\r, b 2x", "a b "},
    {"a 1x, b 2x", "a b "},
    {"a 1x,b 2x", "a b "},
    {"a 100w, b 200w", "a b "},
    {"a 100w 50h", "a "},
    {"a 50h 100w", "a "},
    /* Descriptors that make a candidate invalid. */
    {"a 50h, b", "b "},
    {"a 0w, b", "b "},
    {"a 0h 1w, b", "b "},
    {"a -1w, b", "b "},
    {"a 1.5w, b", "b "},
    {"a w, b", "b "},
    {"a 1w 2w, b", "b "},
    {"a 1x 2x, b", "b "},
    {"a 1w 1x, b", "b "},
    {"a 1x 1h, b", "b "},
    {"a 1y, b", "b "},
    {"a foo, b", "b "},
    {"a x, b", "b "},
    {"a +1x, b", "b "},
    {"a -1x, b", "b "},
    {"a 1.x, b", "b "},
    {"a 1ex, b", "b "},
    {"a e1x, b", "b "},
    {"a NaNx, b", "b "},
    {"a -x, b", "b "},
    {"a .x, b", "b "},
    /* Numbers that are valid. */
    {"a 0x", "a "},
    {"a -0x", "a "},
    {"a -0.0e5x", "a "},
    {"a .5x", "a "},
    {"a 1.5e+2x", "a "},
    {"a 1E-2x", "a "},
    {"a 007w", "a "},
    /* Parentheses keep commas and spaces together. */
    {"a (, b), c", "c "},
    {"a 1x(, b), c", "c "},
    {"a ((, b), c", "c "},
    {"a (, b", ""},
    {"a(,b), c", "a(,b) c "},
    {"data:image/gif;base64,AAAA 1x, b 2x", "data:image/gif;base64,AAAA b "},
};

Test(srcset, splits_candidates_and_drops_invalid_ones)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(urls_of(rows[i].value), rows[i].urls, "\"%s\"", rows[i].value);
}

Test(srcset, takes_time_in_proportion_to_its_length)
{
    enum { LENGTH = 4 << 20 };
    static const char *const patterns[] = {"a (", "a 1x, ", ",", "a,", "(", "a ()"};
    char *value = malloc(LENGTH);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        size_t n = strlen(patterns[i]);
        for (size_t at = 0; at < LENGTH; at++)
            value[at] = patterns[i][at % n];
        struct srcset s = {value, value + LENGTH};
        struct span url;
        while (srcset_next(&s, &url))
            cr_assert_leq(url.length, LENGTH);
        cr_assert_eq(s.at, s.end);
    }
    free(value);
}
