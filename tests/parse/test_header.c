#include "parse/header.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* "essence|charset" of a Content-Type. */
static const char *content_type(const char *value)
{
    static char both[256];
    char essence[64];
    struct span charset;
    header_content_type(value, essence, &charset);
    snprintf(both, sizeof(both), "%s|%.*s", essence, (int)charset.length,
             charset.at ? charset.at : "");
    return both;
}

Test(header, reads_content_types)
{
    static const char *const rows[][2] = {
        {"text/html", "text/html|"},
        {" Text/HTML ", "text/html|"},
        {"text/html; charset=utf-8", "text/html|utf-8"},
        {"text/html;charset=\"utf-8\"", "text/html|utf-8"},
        {"text/html;CHARSET = UTF-8 ; x=y", "text/html|UTF-8"},
        {"text/html; x=\"; charset=a\"; charset=b", "text/html|b"},
        {"text/html; charset=a; charset=b", "text/html|a"},
        {"text/html; charset=; charset=b", "text/html|b"},
        {"text/html; charset=\"a", "text/html|a"},
        {"text/html; charset", "text/html|"},
        {"text/html;;; charset=a", "text/html|a"},
        {"image/svg+xml", "image/svg+xml|"},
        {"", "|"},
        {"text", "|"},
        {"text/", "|"},
        {"/html", "|"},
        {"text html", "|"},
        {"text/html x", "|"},
        {"*/*", "|"},
        {"a/0123456789012345678901234567890123456789012345678901234567890",
         "a/0123456789012345678901234567890123456789012345678901234567890|"},
        {"a/01234567890123456789012345678901234567890123456789012345678901", "|"},
        {"text/plain, text/html;charset=a", "text/html|a"},
        {"text/html;charset=a, text/html", "text/html|a"},
        {"text/html;charset=a, text/plain", "text/plain|"},
        {"text/html, */*", "text/html|"},
        {"text/html;x=\"a,b/c\"", "text/html|"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(content_type(rows[i][0]), rows[i][1], "%s", rows[i][0]);
    cr_expect_str_eq(content_type(NULL), "|");
}

/* "target rel, target rel, " of a Link header. */
static const char *link_header(const char *value)
{
    static char all[512];
    struct span target, rel;
    all[0] = '\0';
    while (header_link_next(&value, &target, &rel)) {
        size_t n = strlen(all);
        snprintf(all + n, sizeof(all) - n, "%.*s %.*s, ", (int)target.length, target.at,
                 (int)rel.length, rel.at ? rel.at : "");
    }
    return all;
}

Test(header, reads_link_headers)
{
    static const char *const rows[][2] = {
        {"</a>; rel=next", "/a next, "},
        {"</a>; rel=\"next prev\"", "/a next prev, "},
        {"</a>;title=\"x, </b>; rel=y\";rel=next", "/a next, "},
        {"</a>; rel=next; rel=prev", "/a next, "},
        {"</a>; rel=next, </b>; rel=prev", "/a next, /b prev, "},
        {"</a>", "/a , "},
        {"</a>;REL=next", "/a next, "},
        {", ,</a>,,", "/a , "},
        {"junk; rel=x, </a>; rel=next", "/a next, "},
        {"</a;,b>; rel=next", "/a;,b next, "},
        {"</a>; title=\"\\\"; rel=x\"; rel=next", "/a next, "},
        {"</a>; rel=\"next", "/a next, "},
        {"</a", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(link_header(rows[i][0]), rows[i][1], "%s", rows[i][0]);
}

Test(header, finds_the_url_of_a_refresh)
{
    /* NULL: it has none. */
    static const char *const rows[][2] = {
        {"0; url=a", "a"},    {"0;url=a", "a"},      {"0,url=a", "a"},
        {"0 url=a", "a"},     {" 5 ; URL = a", "a"}, {"0;url='a'b", "a"},
        {"0;url=\"a", "a"},   {"0;url='a\"", "a\""}, {"0;'a'", "a"},
        {"0;a", "a"},         {"0;;a", ";a"},        {"0;url", "url"},
        {"0;ur=a", "ur=a"},   {"0;u'a'", "u'a'"},    {".5;url=a", "a"},
        {"1.5.5;url=a", "a"}, {"0;url=", ""},        {"0;url=a ", "a "},
        {"0", NULL},          {"0;", NULL},          {"", NULL},
        {"a", NULL},          {"0x;url=a", NULL},    {"-1;url=a", NULL},
        {";url=a", NULL},     {"0url=a", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct span url = {NULL, 0};
        bool found = header_refresh(rows[i][0], strlen(rows[i][0]), &url);
        cr_expect_eq(found, rows[i][1] != NULL, "%s", rows[i][0]);
        if (found && rows[i][1]) {
            bool same =
                url.length == strlen(rows[i][1]) && memcmp(url.at, rows[i][1], url.length) == 0;
            cr_expect(same, "%s: %.*s", rows[i][0], (int)url.length, url.at);
        }
    }
}

Test(header, reads_a_refresh_no_further_than_its_length)
{
    struct span url;
    cr_assert(header_refresh("0;url=abc", 7, &url));
    cr_assert_eq(url.length, 1);
}

Test(header, reads_retry_after)
{
    const int64_t now = 784111770; /* Sun, 06 Nov 1994 08:49:30 GMT */
    static const struct {
        const char *value;
        int64_t seconds;
    } rows[] = {
        {"0", 0},
        {"120", 120},
        {" 7 ", 7},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 7},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 7},
        {"Sun Nov  6 08:49:37 1994", 7},
        {"Sun, 06 NOV 1994 08:50:30 GMT", 60},
        {"Sun, 06 Nov 1994 08:49:30 GMT", 0},
        {"Sun, 06 Nov 1984 08:49:37 GMT", 0},
        {"Monday, 06-Nov-84 08:49:37 GMT", 0},
        {"Sun, 31 Foo 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 25:49:37 GMT", -1},
        {"Sun, 06 Nov 1994", -1},
        {"-5", -1},
        {"1.5", -1},
        {"5 minutes", -1},
        {"soon", -1},
        {"", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(header_retry_after(rows[i].value, now), rows[i].seconds, "%s", rows[i].value);
}

Test(header, takes_two_digits_of_a_year_for_the_past_when_they_are_far_ahead)
{
    const int64_t now = 1717200000; /* 1 June 2024 */
    cr_expect_eq(header_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now), 0);
    cr_expect_gt(header_retry_after("Sunday, 06-Nov-72 08:49:37 GMT", now), 0);
}

Test(header, does_not_overflow_on_long_retry_after)
{
    cr_assert_gt(header_retry_after("99999999999999999999999999", 0), INT32_MAX);
}

Test(header, finds_whole_words_in_lists)
{
    static const struct {
        const char *list, *word;
        bool found;
    } rows[] = {
        {"nofollow", "nofollow", true},     {"a NoFollow b", "nofollow", true},
        {"a,nofollow,b", "nofollow", true}, {" \t\n,nofollow", "nofollow", true},
        {"nofollowed", "nofollow", false},  {"dofollow", "follow", false},
        {"no follow", "nofollow", false},   {"", "nofollow", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(header_has_word(rows[i].list, strlen(rows[i].list), rows[i].word),
                     rows[i].found, "%s", rows[i].list);
}

Test(header, reads_x_robots_tag)
{
    static const struct {
        const char *value;
        bool nofollow, noindex;
    } rows[] = {
        {"", false, false},
        {"nofollow", true, false},
        {"noindex", false, true},
        {"none", true, true},
        {"all", false, false},
        {"NoFollow", true, false},
        {"noindex, nofollow", true, true},
        {"noindex,nofollow", true, true},
        {"noindex nofollow", true, true},
        {" ,, nofollow ,", true, false},
        {"nofollowing, no-follow, xnone", false, false},
        /* A name holds up to the next one, or to the end of its line. */
        {"skitter: nofollow", true, false},
        {"SKITTER :nofollow", true, false},
        {"skitter/1.0: noindex, nofollow", true, true},
        {"*: nofollow", true, false},
        {"googlebot: nofollow", false, false},
        {"googlebot: noindex, nofollow", false, false},
        {"skitterbot: nofollow", false, false},
        {"skit: nofollow", false, false},
        {"bot2: nofollow", false, false},
        {"googlebot: nofollow, skitter: noindex", false, true},
        {"skitter: noindex, googlebot: nofollow", false, true},
        {"noindex, googlebot: nofollow", false, true},
        {"googlebot: noindex\nnofollow", true, false},
        {"googlebot: noindex,\nnofollow", true, false},
        {"nofollow\ngooglebot: noindex", true, false},
        {"skitter: noindex\ngooglebot: nofollow\n", false, true},
        /* Rules with a value, which may hold commas and colons. */
        {"unavailable_after: 25 Jun 2010 15:00:00 PST", false, false},
        {"unavailable_after: Friday, 25-Jun-10 15:00:00 GMT, nofollow", true, false},
        {"googlebot: unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, nofollow", false, false},
        {"skitter: unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, nofollow", true, false},
        {"max-snippet: -1, max-image-preview: none, max-video-preview: 5", false, false},
        {"max-snippet:20, nofollow", true, false},
        {":nofollow", false, false},
        {"nofollow:", false, false},
        {"::, nofollow", true, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool nofollow = false, noindex = false;
        header_robots_tag(rows[i].value, "skitter", &nofollow, &noindex);
        cr_expect_eq(nofollow, rows[i].nofollow, "nofollow of \"%s\"", rows[i].value);
        cr_expect_eq(noindex, rows[i].noindex, "noindex of \"%s\"", rows[i].value);
    }
}

Test(header, reads_x_robots_tag_for_everyone_where_there_is_no_agent)
{
    bool nofollow = false, noindex = true;
    header_robots_tag("bot: nofollow", NULL, &nofollow, &noindex);
    cr_expect(!nofollow);
    cr_expect(noindex, "what was set stays");
    header_robots_tag("nofollow", NULL, &nofollow, &noindex);
    cr_expect(nofollow);
}

Test(header, follows_documents_and_not_what_belongs_to_a_page)
{
    static const struct {
        const char *rel;
        bool followed;
    } rows[] = {
        {"alternate", true}, {"CANONICAL", true},   {"next", true},
        {"prev", true},      {"help", true},        {"license", true},
        {"author", true},    {"search", true},      {"amphtml", true},
        {"me next", true},   {"stylesheet", false}, {"alternate stylesheet", false},
        {"icon", false},     {"preload", false},    {"preconnect", false},
        {"nextpage", false}, {"", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(header_rel_followed(rows[i].rel, strlen(rows[i].rel)), rows[i].followed, "%s",
                     rows[i].rel);
    cr_expect_not(header_rel_followed(NULL, 0)); /* a Link header's that has none */
}
