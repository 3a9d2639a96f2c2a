#include "parse/charset.h"
#include "parse/reference.h"
#include "parse/reference_names.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
    const char *in, *out;
} in_text[] = {
    {"", ""},
    {"plain", "plain"},
    {"&", "&"},
    {"&&amp;&", "&&&"},
    {"&;", "&;"},
    {"& amp;", "& amp;"},
    {"a&amp;b&lt;c&gt;", "a&b<c>"},
    /* The table: its ends, its longest names, two code points, what differs in case alone. */
    {"&AElig;&zwnj;", "\u00c6\u200c"},
    {"&CounterClockwiseContourIntegral;", "\u2233"},
    {"&CounterClockwiseContourIntegralx;", "&CounterClockwiseContourIntegralx;"},
    {"&nGt;&nLt;", "\u226b\u20d2\u226a\u20d2"},
    {"&fjlig;&ThickSpace;", "fj\u205f\u200a"},
    {"&dagger;&Dagger;", "\u2020\u2021"},
    {"&frac12;&sup1;&there4;", "\u00bd\u00b9\u2234"},
    {"&unknown;&Amp;&x;", "&unknown;&Amp;&x;"},
    /* The longest name counts, and only some may lack their semicolon. */
    {"&not;&notin;&notinva;", "\u00ac\u2209\u2209"},
    {"&not &notin &notinva &notit;", "\u00ac \u00acin \u00acinva \u00acit;"},
    {"&ampamp;", "&amp;"},
    {"&Aacutex &Aacut", "\u00c1x &Aacut"},
    {"&copy=1", "\u00a9=1"},
    {"&hellip &hellip", "&hellip &hellip"},
    {"&l &lt &lt", "&l < <"},
    {"&am\u00e9;", "&am\u00e9;"},
    /* Numbers. */
    {"&#65;&#x41;&#X41;&#0065;", "AAAA"},
    {"&#65B&#x41g", "ABAg"},
    {"&#x41", "A"},
    {"&#;&#x;&#xg;&#a;&#", "&#;&#x;&#xg;&#a;&#"},
    {"&#x", "&#x"},
    {"&#&#38;&#x&#x26;", "&#&&#x&"},
    {"&#0;&#x0;", "\ufffd\ufffd"},
    {"&#xd7ff;&#xd800;&#xdfff;&#xe000;", "\ud7ff\ufffd\ufffd\ue000"},
    {"&#x10ffff;&#x110000;", "\U0010ffff\ufffd"},
    {"&#4294967361;&#x100000041;", "\ufffd\ufffd"},
    {"&#99999999999999999999999999999999;", "\ufffd"},
    {"&#x7f;&#x80;&#x81;&#x8d;&#x92;&#x9f;&#xa0;", "\x7f\u20ac\xc2\x81\xc2\x8d\u2019\u0178\u00a0"},
    {"&#13;&#xfffe;", "\r\ufffe"},
};

static const struct row in_attribute[] = {
    {"?a=1&amp;b=2", "?a=1&b=2"},
    {"?a=1&b=2&c", "?a=1&b=2&c"},
    {"?a=1&copy=2&copy2=3&copyx", "?a=1&copy=2&copy2=3&copyx"},
    {"?a=1&copy;=2&copy&copy;x", "?a=1\u00a9=2\u00a9\u00a9x"},
    {"&not &notit; &notin;", "\u00ac &notit; \u2209"},
    {"&copy", "\u00a9"},
    {"&#38x&#38=&#x26=", "&x&=&="},
};

static void check(const struct row *row, bool attribute)
{
    size_t length = strlen(row->in);
    char *in = malloc(length + 1), *out = malloc(REFERENCE_RESOLVED(length) + 1);
    memcpy(in, row->in, length); /* without its NUL, for sanitizers */
    in = realloc(in, length ? length : 1);
    size_t n = reference_resolve(in, length, attribute, out);
    out[n] = '\0';
    cr_expect_str_eq(out, row->out, "of %s", row->in);
    free(in);
    free(out);
}

Test(reference, resolves_names_and_numbers_in_text)
{
    for (size_t i = 0; i < sizeof(in_text) / sizeof(*in_text); i++)
        check(&in_text[i], false);
}

Test(reference, keeps_what_looks_like_a_query_in_an_attribute)
{
    for (size_t i = 0; i < sizeof(in_attribute) / sizeof(*in_attribute); i++)
        check(&in_attribute[i], true);
}

Test(reference, makes_a_replacement_character_of_each_nul)
{
    char out[REFERENCE_RESOLVED(sizeof("\0a&\0#1;&amp\0") - 1)];
    size_t n = reference_resolve("\0a&\0#1;&amp\0", sizeof("\0a&\0#1;&amp\0") - 1, true, out);
    cr_assert_eq(n, strlen("\ufffda&\ufffd#1;&\ufffd"));
    cr_assert_eq(memcmp(out, "\ufffda&\ufffd#1;&\ufffd", n), 0);
}

static const struct {
    const char *name;
    uint32_t code, second;
    bool bare;
} names[] = {
#define NAME(name, code, second, bare)    \
    {                                     \
#name, 0x##code, 0x##second, bare \
    }
    REFERENCE_NAMES};
static const size_t count = sizeof(names) / sizeof(*names);

Test(reference, has_the_2231_names_of_the_standard)
{
    size_t bare = 0;
    for (size_t i = 0; i < count; i++)
        bare += names[i].bare;
    cr_assert_eq(count, 2125);
    cr_assert_eq(bare, 106);
}

Test(reference, finds_every_name_of_its_table)
{
    for (size_t i = 0; i < count; i++) {
        char in[64], want[16], out[REFERENCE_RESOLVED(sizeof(in))];
        size_t length = (size_t)snprintf(in, sizeof(in), "&%s;", names[i].name);
        size_t n = charset_put_utf8(names[i].code, want);
        if (names[i].second)
            n += charset_put_utf8(names[i].second, want + n);
        cr_expect_eq(reference_resolve(in, length, true, out), n, "of %s", in);
        cr_expect_eq(memcmp(out, want, n), 0, "of %s", in);
        size_t without = reference_resolve(in, length - 1, true, out);
        cr_expect_eq(without == n && memcmp(out, want, n) == 0, names[i].bare, "of %s", in);
    }
}

/* Ten thousand times the work, within the time limit of a test, only if it is linear. */
Test(reference, takes_hostile_text_in_linear_time)
{
    static const char *const pieces[] = {
        "&", "&#", "&#x", "&not", "&a", "&#1111", "&CounterClockwiseContourIntegra", "a",
    };
    size_t length = 1 << 20;
    char *in = malloc(length), *out = malloc(REFERENCE_RESOLVED(length));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        size_t n = strlen(pieces[i]);
        for (size_t k = 0; k < length; k++)
            in[k] = pieces[i][k % n];
        cr_expect_gt(reference_resolve(in, length, false, out), 0);
        cr_expect_gt(reference_resolve(in, length, true, out), 0);
    }
    memset(in, '1', length);
    memcpy(in, "&#", 2);
    cr_expect_eq(reference_resolve(in, length, true, out), 3);
    free(in);
    free(out);
}
