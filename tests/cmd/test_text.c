/* cmd/text.c: what comes from outside comes out as UTF-8 that steers no terminal. */
#include "cmd/text.h"
#include "parse/utf8.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

typedef void add_text(struct text *t, const char *string, size_t length);

static void expect(add_text *f, const char *string, size_t length, const char *want)
{
    struct text t = {0};
    f(&t, string, length);
    text_add_char(&t, '\0');
    cr_expect_str_eq(t.data, want, "\"%s\" became \"%s\", not \"%s\"", string, t.data, want);
    text_deinit(&t);
}

Test(text, grows_and_keeps_its_memory)
{
    struct text t = {0};
    for (size_t i = 0; i < 5000; i++) {
        text_add(&t, "abc", 3);
        text_add_string(&t, "de");
        text_add_char(&t, 'f');
    }
    cr_expect_eq(t.length, 30000);
    for (size_t i = 0; i < t.length; i++)
        cr_assert_eq(t.data[i], "abcdef"[i % 6]);
    char *data = t.data;
    t.length = 0;
    text_add(&t, "x", 1);
    cr_expect_eq(t.data, data);
    cr_expect_eq(t.length, 1);
    text_deinit(&t);
    cr_expect(!t.data && t.length == 0 && t.capacity == 0);
}

Test(text, adds_nothing_to_nothing)
{
    struct text t = {0};
    text_add(&t, NULL, 0);
    text_add_plain(&t, "", 0);
    cr_expect_eq(t.length, 0);
    text_deinit(&t);
}

Test(text, writes_numbers)
{
    static const struct {
        int64_t n;
        const char *text;
    } rows[] = {{0, "0"},
                {7, "7"},
                {-1, "-1"},
                {1234567890, "1234567890"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = {0};
        text_add_number(&t, rows[i].n);
        cr_expect_eq(t.length, strlen(rows[i].text), "%s", rows[i].text);
        cr_expect_eq(memcmp(t.data, rows[i].text, t.length), 0, "%s", rows[i].text);
        text_deinit(&t);
    }
}

Test(text, writes_seconds_as_curl_does)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {{0, "0.000000"},
                {999, "0.000000"},
                {1000, "0.000001"},
                {-999, "0.000000"},
                {-1000, "-0.000001"},
                {123456789, "0.123456"},
                {30 * INT64_C(1000000000), "30.000000"},
                {INT64_C(1763752676123456789), "1763752676.123456"},
                {INT64_MAX, "9223372036.854775"},
                {INT64_MIN, "-9223372036.854775"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = {0};
        text_add_seconds(&t, rows[i].ns);
        cr_expect_eq(t.length, strlen(rows[i].text), "%s", rows[i].text);
        cr_expect_eq(memcmp(t.data, rows[i].text, t.length), 0, "%s", rows[i].text);
        text_deinit(&t);
    }
}

Test(text, writes_what_formats_cannot_hold_in_their_ways)
{
    static const struct {
        const char *text, *plain, *json, *markup;
    } rows[] = {
        {"", "", "\"\"", ""},
        {"plain ~", "plain ~", "\"plain ~\"", "plain ~"},
        {"a\"b\\c", "a\"b\\c", "\"a\\\"b\\\\c\"", "a&quot;b\\c"},
        {"<a href='x'>&", "<a href='x'>&", "\"<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;"},
        {"a\tb\nc\r", "a" BAD "b" BAD "c" BAD, "\"a\\u0009b\\u000ac\\u000d\"",
         "a" BAD "b" BAD "c" BAD},
        {"\x1b[m\x7f", BAD "[m" BAD, "\"\\u001b[m\\u007f\"", BAD "[m" BAD},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\xb7", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\xb7",
         "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\xb7\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\xb7"},
        {"\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xd8\x9c\xe2\x81\xa6", BAD BAD BAD BAD BAD,
         "\"\\u009b\\u202e\\u2028\\u061c\\u2066\"", BAD BAD BAD BAD BAD},
        {"\xff"
         "a\xc3",
         BAD "a" BAD, "\"" BAD "a" BAD "\"", BAD "a" BAD},
        {BAD, BAD, "\"" BAD "\"", BAD},
        {"\xed\xa0\x80", BAD BAD BAD, "\"" BAD BAD BAD "\"", BAD BAD BAD}, /* a surrogate */
        {"\xc0\xaf", BAD BAD, "\"" BAD BAD "\"", BAD BAD},                 /* overlong */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].text);
        expect(text_add_plain, rows[i].text, length, rows[i].plain);
        expect(text_add_json, rows[i].text, length, rows[i].json);
        expect(text_add_markup, rows[i].text, length, rows[i].markup);
    }
}

Test(text, finds_every_byte_at_every_place)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t length = 1; length < 20; length++) {
            for (size_t place = 0; place < length; place++) {
                char string[20], want[40], *end = want;
                memset(string, 'x', length);
                string[place] = (char)byte;
                memset(want, 'x', sizeof want);
                want[0] = '"';
                end += 1 + place;
                if (byte == '"' || byte == '\\')
                    end += sprintf(end, "\\%c", (int)byte);
                else if (byte < 0x20 || byte == 0x7f)
                    end += sprintf(end, "\\u%04x", byte);
                else
                    end += sprintf(end, "%s", byte < 0x80 ? (char[]){(char)byte, 0} : BAD);
                *end = 'x';
                strcpy(end + (length - place - 1), "\"");
                expect(text_add_json, string, length, want);
            }
        }
    }
}

/* Valid UTF-8 without what steers a terminal. */
static bool is_safe(const struct text *t)
{
    const unsigned char *s = (const unsigned char *)t->data, *end = s + t->length;
    while (s < end) {
        uint32_t c;
        size_t n = utf8_decode(s, end, &c);
        if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
            (c == 0xfffd && (n != 3 || memcmp(s, BAD, 3) != 0)))
            return false;
        s += n;
    }
    return true;
}

Test(text, is_safe_whatever_comes)
{
    static add_text *const adds[] = {text_add_plain, text_add_json, text_add_markup};
    static const char alphabet[] = "ab\"\\<\x1b\x9b\xc2\xc3\xe2\x80\xae\xed\xf0\x9f\xf4\xff";
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char string[32];
        size_t length = (size_t)rand() % sizeof string;
        for (size_t k = 0; k < length; k++)
            string[k] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        for (size_t a = 0; a < 3; a++) {
            struct text t = {0};
            adds[a](&t, string, length);
            cr_assert(is_safe(&t), "%.*s", (int)t.length, t.data);
            text_deinit(&t);
        }
    }
}

Test(text, takes_nul_for_a_control)
{
    expect(text_add_plain, "a\0b", 3, "a" BAD "b");
    expect(text_add_json, "a\0b", 3, "\"a\\u0000b\"");
}
