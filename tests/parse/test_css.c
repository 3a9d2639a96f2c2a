#include "parse/css.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>

/* The URLs of a style sheet, escapes resolved, each in brackets. */
static const char *urls_of(const char *text)
{
    static char all[512];
    struct css c;
    struct span raw;
    size_t n = 0;
    css_init(&c, text, strlen(text));
    while (css_next(&c, &raw)) {
        cr_assert_lt(n + 2 + CSS_UNESCAPED(raw.length), sizeof(all));
        all[n++] = '[';
        n += css_unescape(raw, all + n);
        all[n++] = ']';
    }
    all[n] = '\0';
    return all;
}

static const struct {
    const char *text, *urls;
} rows[] = {
    {"a{b:url(x)}", "[x]"},
    {"a{b:url( \n x\t )}", "[x]"},
    {"a{b:url(\"x\")}", "[x]"},
    {"a{b:url( 'x' )}", "[x]"},
    {"a{b:URL(x)}", "[x]"},
    {"a{b:url(x),url(y)}", "[x][y]"},
    {"a{b:url()}", ""},
    {"a{b:url('')}", ""},
    {"a{b:url(x", "[x]"},
    {"a{b:url('x", "[x]"},
    {"@import 'x';", "[x]"},
    {"@import \"x\" screen;", "[x]"},
    {"@IMPORT url(x) layer(y) supports(z: 'w');", "[x]"},
    {"@import 'x' supports(content: 'y'); a{b:'z'}", "[x]"},
    {"@import/**/'x'", "[x]"},
    {"@import; a{b:'x'}", ""},
    {"@charset 'x';", ""},
    {"@namespace url(x);", ""},
    {"@namespace p 'x'; @import 'y';", "[y]"},
    {"a{b:image-set('x' 1x, url(y) 2x, 'z' type('image/png'))}", "[x][y][z]"},
    {"a{b:-webkit-image-set('x' 1x)}", "[x]"},
    {"a{b:image-set('x') 'y'}", "[x]"},
    {"a{b:src('x')}", "[x]"},
    {"@font-face{src:url(x) format('woff'),local('y')}", "[x]"},
    {"a{b:'url(x)'}", ""},
    {"/*url(x)*/a{b:url(y)}", "[y]"},
    {"/*url(x)", ""},
    {"/**/url(x)/**/", "[x]"},
    {"a/b{c:url(x)}", "[x]"},
    /* Other functions whose names end like it. */
    {"curl(x) -url(x) my-url(x) url\\0(x) 1url(x) #url(x) @url(x) \xc3\xa9url(x)", ""},
    {"url (x)", ""},
    /* Escapes. */
    {"u\\72l(x)", "[x]"},
    {"\\75\\72 \\6c(x)", "[x]"},
    {"url(a\\)b)", "[a)b]"},
    {"url(\\61\\62 c)", "[abc]"},
    {"url(\\000061 b)", "[ab]"},
    {"url('a\\'b')", "[a'b]"},
    {"url('a\\\nb')", "[ab]"},
    {"url(\\e9)", "[\xc3\xa9]"},
    {"url(\\0)", "[\xef\xbf\xbd]"},
    {"url(\\d800)", "[\xef\xbf\xbd]"},
    {"url(\\110000)", "[\xef\xbf\xbd]"},
    {"url(\\1F600)", "[\xf0\x9f\x98\x80]"},
    /* What is no url token is passed over up to its end. */
    {"url(a b) url(c)", "[c]"},
    {"url(a\"b) url(c)", "[c]"},
    {"url(a(b) url(c)", "[c]"},
    {"url(a\\\n) url(c)", "[c]"},
    {"url(a b\\)) url(c)", "[c]"},
    {"url(\x01) url(c)", "[c]"},
    {"a{b:url('x\n);c:url(y)}", "[y]"},
    {"a{b:'\n;c:url(y)}", "[y]"},
    {"\\", ""},
    {"\\\nurl(x)", "[x]"},
    {"<!-- url(x) -->", "[x]"},
    {")))url(x)", "[x]"},
};

Test(css, finds_urls_where_the_syntax_has_them)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(urls_of(rows[i].text), rows[i].urls, "%s", rows[i].text);
}

Test(css, takes_nul_for_a_replacement_character)
{
    static const char text[] = "a\0url(x) url(\0y) url(\\\0z)";
    char plain[CSS_UNESCAPED(8)];
    struct css c;
    struct span raw;
    css_init(&c, text, sizeof(text) - 1);
    cr_assert(css_next(&c, &raw));
    cr_expect_eq(css_unescape(raw, plain), 4);
    cr_expect_eq(memcmp(plain, "\xef\xbf\xbdy", 4), 0);
    cr_assert(css_next(&c, &raw));
    cr_expect_eq(css_unescape(raw, plain), 4);
    cr_expect_eq(memcmp(plain, "\xef\xbf\xbdz", 4), 0);
    cr_expect_not(css_next(&c, &raw));
}

Test(css, resolves_urls_of_a_style_sheet)
{
    cr_expect_str_eq(links_of("text/css", "@import 'a'; b{c:url(../d\\ e)}", true),
                     "http://h.example/dir/a http://h.example/d%20e ");
}

Test(css, leaves_out_parts_of_the_same_document)
{
    cr_expect_str_eq(links_of("text/css", "a{fill:url(#b);mask:url(c#d)}", true),
                     "http://h.example/dir/c ");
}

Test(css, counts_lines)
{
    struct links l;
    const char *text = "a{b:url(x)}\n\n@import\n 'y'; c{d:url(z)}";
    links_init(&l);
    find_links(&l, "text/css", text, strlen(text), true);
    cr_assert_eq(l.count, 3);
    cr_expect_eq(l.items[0].line, 1);
    cr_expect_eq(l.items[1].line, 4);
    cr_expect_eq(l.items[2].line, 4);
    links_deinit(&l);
}

Test(css, has_nothing_to_follow)
{
    cr_expect_str_eq(links_of("text/css", "a{b:url(x)}", false), "");
}

Test(css, obeys_its_charset_rule)
{
    cr_expect_str_eq(links_of("text/css", "@charset \"windows-1252\";a{b:url(\xe9)}", true),
                     "http://h.example/dir/%C3%A9 ");
}

Test(css, takes_time_in_proportion_to_its_length)
{
    enum { LENGTH = 4 << 20 };
    static const char *const patterns[] = {"url(",     "url(\"", "/*", "\"\\", "image-set(",
                                           "@import ", "\\",     "(",  "'\n",  "u\\72l(x"};
    char *text = malloc(LENGTH);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        struct css c;
        struct span url;
        size_t n = strlen(patterns[i]);
        for (size_t at = 0; at < LENGTH; at++)
            text[at] = patterns[i][at % n];
        css_init(&c, text, LENGTH);
        while (css_next(&c, &url))
            cr_assert_leq(url.length, LENGTH);
        cr_assert_eq(c.at, c.end);
    }
    free(text);
}
