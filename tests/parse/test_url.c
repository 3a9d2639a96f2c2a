#include "parse/url.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define BASE "http://h.example/a/b/c.html?q"

/* A canonical URL in an allocation of just its size. */
static struct url described(const char *text)
{
    struct url u;
    url_describe(&u, strdup(text), strlen(text));
    return u;
}

/* Parses a copy of just the input's length into a buffer of just the size, so that a sanitizer sees
 * who reads or writes on. The text is the caller's to free; NULL for an error. */
static int parse(struct url *out, const char *input, size_t length, const struct url *base,
                 size_t size, const char *charset, unsigned flags)
{
    char *copy = malloc(length > 0 ? length : 1), *buffer = malloc(size > 0 ? size : 1);
    memcpy(copy, input, length);
    int r = url_parse(out, buffer, size, copy, length, base, charset, flags);
    free(copy);
    if (r < 0) {
        free(buffer);
        out->text = NULL;
    }
    return r;
}

/* What becomes of an input, or the sentence for its error; the next call overwrites it. base may be
 * NULL. */
static const char *resolve_in(const char *input, const char *base, const char *charset,
                              unsigned flags)
{
    static char result[1024];
    struct url u, b;
    if (base)
        b = described(base);
    int r = parse(&u, input, strlen(input), base ? &b : NULL, URL_BUFFER, charset, flags);
    snprintf(result, sizeof(result), "%s", r < 0 ? url_strerror(r) : u.text);
    free((char *)u.text);
    if (base)
        free((char *)b.text);
    return result;
}

static const char *resolve(const char *input, const char *base)
{
    return resolve_in(input, base, NULL, 0);
}

struct row {
    const char *input, *url;
};

static void check(const struct row *rows, size_t count, const char *base)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(resolve(rows[i].input, base), rows[i].url, "\"%s\": %s, not %s",
                         rows[i].input, resolve(rows[i].input, base), rows[i].url);
}

#define INVALID "not a valid URL"
#define OTHER "neither http nor https"

Test(url, resolves_relative_inputs)
{
    static const struct row rows[] = {
        {"", BASE},
        {"#f", BASE},
        {"?", "http://h.example/a/b/c.html?"},
        {"?x?y", "http://h.example/a/b/c.html?x?y"},
        {"x", "http://h.example/a/b/x"},
        {"x/", "http://h.example/a/b/x/"},
        {"x?y#z?w", "http://h.example/a/b/x?y"},
        {"/x", "http://h.example/x"},
        {"/", "http://h.example/"},
        {"//x", "http://x/"},
        {"//x/y", "http://x/y"},
        {"///x", "http://x/"},
        {"http:x", "http://h.example/a/b/x"},
        {"HTTP:/x", "http://h.example/x"},
        {"http:", BASE},
        {"https:x", "https://x/"},
        {"https:/x", "https://x/"},
        {":", "http://h.example/a/b/:"},
        {"1:2", "http://h.example/a/b/1:2"},
        {"x y:z", "http://h.example/a/b/x%20y:z"},
        {"x/y:z", "http://h.example/a/b/x/y:z"},
    };
    check(rows, COUNT(rows), BASE);
}

Test(url, resolves_inputs_that_begin_like_their_base)
{
    static const struct row rows[] = {
        {"http://h.example:81", "http://h.example:81/"},
        {"http://h.example:81/", "http://h.example:81/"},
        {"http://h.example:81//x/../y", "http://h.example:81//y"},
        {"http://h.example:81\\x", "http://h.example:81/x"},
        {"http://h.example:81?x#y", "http://h.example:81/?x"},
        {"http://h.example:81#y", "http://h.example:81/"},
        {"http://h.example:81x", INVALID},
        {"http://h.example:81@x", "http://h.example:81@x/"},
        {"http://h.example:81\n2/x", "http://h.example:812/x"},
        {"http://h.example:8", "http://h.example:8/"},
    };
    check(rows, COUNT(rows), "http://h.example:81/a/b/c.html?q");
    cr_assert_str_eq(resolve("http://h/x", "http://u@h/y"), "http://h/x");
    cr_assert_str_eq(resolve("http://u@h/x", "http://u@h/y"), "http://u@h/x");
}

/* Paths are searched for dots several bytes at a time. */
Test(url, resolves_dot_segments_wherever_they_stand)
{
    static const char *const segments[] = {"/./", "/%2e/", "/x/.%2e/"};
    for (size_t i = 0; i < COUNT(segments) * 40; i++) {
        size_t before = 1 + i % 40, n = strlen(segments[i / 40]);
        for (size_t behind = 0; behind < 20; behind++) {
            char input[80] = "/", want[100] = "http://h.example/";
            memset(input + 1, 'a', before);
            memcpy(input + 1 + before, segments[i / 40], n);
            memset(input + 1 + before + n, 'b', behind);
            memset(want + 17, 'a', before);
            want[17 + before] = '/';
            memset(want + 18 + before, 'b', behind);
            cr_expect_str_eq(resolve(input, BASE), want, "of %s", input);
        }
    }
}

Test(url, resolves_dot_segments)
{
    static const struct row rows[] = {
        {".", "http://h.example/a/b/"},
        {"./", "http://h.example/a/b/"},
        {"./x", "http://h.example/a/b/x"},
        {"..", "http://h.example/a/"},
        {"../", "http://h.example/a/"},
        {"../x#.", "http://h.example/a/x"},
        {"../../x", "http://h.example/x"},
        {"../../../../x", "http://h.example/x"},
        {"../../..", "http://h.example/"},
        {"/x/./y/../z", "http://h.example/x/z"},
        {"/x/y/..", "http://h.example/x/"},
        {"/x/y/.", "http://h.example/x/y/"},
        {"/x//../y", "http://h.example/x/y"},
        {"/x//./y", "http://h.example/x//y"},
        {"//y/../x", "http://y/x"},
        {"%2e", "http://h.example/a/b/"},
        {"%2E%2e/x", "http://h.example/a/x"},
        {".%2e/%2E./x", "http://h.example/x"},
        {"...", "http://h.example/a/b/..."},
        {"%2e%2e%2e", "http://h.example/a/b/%2e%2e%2e"},
        {"..x/.y/z../%2/%2x", "http://h.example/a/b/..x/.y/z../%2/%2x"},
        {"..?..", "http://h.example/a/?.."},
        {".\t.\n/x", "http://h.example/a/x"},
        {"..\\x\\.\\y", "http://h.example/a/x/y"},
    };
    check(rows, COUNT(rows), BASE);
}

Test(url, reads_absolute_inputs)
{
    static const struct row rows[] = {
        {"http://x", "http://x/"},
        {"http://b%c3%bc.x:81", "http://xn--b-eha.x:81/"},
        {"http://0x7f.1:81/y", "http://127.0.0.1:81/y"},
        {"http://u@[::0001]:81?y", "http://u@[::1]:81/?y"},
        {"http://a[b:c]:81/", INVALID},
        {"HtTpS://X", "https://x/"},
        {"http:x", "http://x/"},
        {"http:/x", "http://x/"},
        {"http:////x//y", "http://x//y"},
        {"http:\\\\x\\y?\\z", "http://x/y?\\z"},
        {"http://x?y", "http://x/?y"},
        {"http://x#y", "http://x/"},
        {"  \f\x1fhttp://x \x01", "http://x/"},
        {"ht\ntp\t:\r//x\n/\ty", "http://x/y"},
        {"http://x:80", "http://x/"},
        {"https://x:80", "https://x:80/"},
        {"https://x:443/", "https://x/"},
        {"http://x:/", "http://x/"},
        {"http://x:0/", "http://x:0/"},
        {"http://x:0000000000000000008\n1/", "http://x:81/"},
        {"http://x:65535/", "http://x:65535/"},
        {"http://x:65536/", INVALID},
        {"http://x:99999999999999999999/", INVALID},
        {"http://x:-1/", INVALID},
        {"http://x:8a/", INVALID},
        {"http://", INVALID},
        {"http:///", INVALID},
        {"http://:80", INVALID},
        {"http://u@", INVALID},
        {"http://u@/x", INVALID},
        {"", INVALID},
        {"x", INVALID},
        {"//x", INVALID},
        {":http://x", INVALID},
        {"mailto:x", OTHER},
        {"java\nscript:x", OTHER},
        {"file:///x", OTHER},
        {"a+b-c.1:x", OTHER},
        {"httpss://x", OTHER},
    };
    check(rows, COUNT(rows), NULL);
}

Test(url, percent_encodes_by_component)
{
    static const struct row rows[] = {
        {"/ \"#", "http://h.example/%20%22"},
        {"/<>`{}^|", "http://h.example/%3C%3E%60%7B%7D%5E|"},
        {"/!$&'()*+,-.:;=@[]_~", "http://h.example/!$&'()*+,-.:;=@[]_~"},
        {"/%zz%%4%41", "http://h.example/%zz%%4%41"},
        {"/\x01\x7f", "http://h.example/%01%7F"},
        {"/\xc3\xa9", "http://h.example/%C3%A9"},
        {"?< \"'>", "http://h.example/a/b/c.html?%3C%20%22%27%3E"},
        {"?`{}^|\\/?:@[]", "http://h.example/a/b/c.html?`{}^|\\/?:@[]"},
        {"?\xf0\x9f\x98\x80", "http://h.example/a/b/c.html?%F0%9F%98%80"},
    };
    check(rows, COUNT(rows), BASE);
}

Test(url, takes_malformed_utf8_for_replacement_characters)
{
    static const struct row rows[] = {
        {"/\xff", "http://h.example/%EF%BF%BD"},
        {"/\xe3\x83", "http://h.example/%EF%BF%BD"},
        {"/\xe3\x83x", "http://h.example/%EF%BF%BDx"},
        {"/\xe3\t\x83\x84", "http://h.example/%EF%BF%BD%EF%BF%BD%EF%BF%BD"},
        {"/\xc0\x80", "http://h.example/%EF%BF%BD%EF%BF%BD"},
        {"/\xed\xa0\x80", "http://h.example/%EF%BF%BD%EF%BF%BD%EF%BF%BD"},
        {"/\xf4\x90\x80\x80", "http://h.example/%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD"},
        {"//\xff/", INVALID},
    };
    check(rows, COUNT(rows), BASE);
}

Test(url, takes_a_nul_for_a_byte_like_others)
{
    struct url u;
    parse(&u, "http://x/\0y", 11, NULL, URL_BUFFER, NULL, 0);
    cr_assert_str_eq(u.text, "http://x/%00y");
    free((char *)u.text);
    cr_expect_eq(parse(&u, "http://x\0y", 10, NULL, URL_BUFFER, NULL, 0), -EINVAL);
}

Test(url, reads_userinfo)
{
    static const struct row rows[] = {
        {"http://u@x", "http://u@x/"},
        {"http://u:p@x", "http://u:p@x/"},
        {"http://:p@x", "http://:p@x/"},
        {"http://u:@x", "http://u@x/"},
        {"http://:@x", "http://x/"},
        {"http://@x", "http://x/"},
        {"http://u:p:q@x", "http://u:p%3Aq@x/"},
        {"http://u@v@x", "http://u%40v@x/"},
        {"http://u;=[]^|'!@x", "http://u%3B%3D%5B%5D%5E%7C'!@x/"},
        {"http://u:\t@x", "http://u@x/"},
        {"http://u:p@x:81", "http://u:p@x:81/"},
        {"http://u@x@", INVALID},
        {"http://a\\@x", "http://a/@x"},
        {"http://a#@x/", "http://a/"},
        {"http://a?@x", "http://a/?@x"},
    };
    check(rows, COUNT(rows), NULL);
}

Test(url, drops_userinfo_on_demand)
{
    static const struct {
        const char *input, *base, *url;
    } rows[] = {
        {"https://u:p@x:81/y", NULL, "https://x:81/y"},
        {"https://u@v@x", NULL, "https://x/"},
        {"y?z", "http://u:p@x:81/a/b?c", "http://x:81/a/y?z"},
        {"?z", "http://u:p@x/a/b?c", "http://x/a/b?z"},
        {"#z", "http://u:p@x/a/b?c", "http://x/a/b?c"},
        {"/y/..", "http://u@x/a", "http://x/"},
        {"//y", "http://u@x/a", "http://y/"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(resolve_in(rows[i].input, rows[i].base, NULL, URL_DROP_USERINFO),
                         rows[i].url, "row %zu", i);
}

Test(url, inherits_userinfo)
{
    cr_assert_str_eq(resolve("y", "http://u:p@x:81/a/b"), "http://u:p@x:81/a/y");
}

Test(url, encodes_the_query_in_the_documents_charset)
{
    static const struct {
        const char *charset, *input, *url;
    } rows[] = {
        {"windows-1252", "/\xc3\xa9?\xc3\xa9'x", "http://h.example/%C3%A9?%E9%27x"},
        {"windows-1252", "/?\xe6\x97\xa5;\xc3\xa9#", "http://h.example/?%26%2326085%3B;%E9"},
        {"windows-1252", "/?\xc3\xa9&\xe6\x97\xa5;", "http://h.example/?%E9&%26%2326085%3B;"},
        {"windows-1252", "/?\xc3\n\xa9", "http://h.example/?%26%2365533%3B%26%2365533%3B"},
        {"Shift_JIS", "/?\xe6\x97\xa5\n\xe6\x9c\xac", "http://h.example/?%93%FA%96{"},
        {"ISO-2022-JP", "/?\xce\x93&\xce\x94;", "http://h.example/?%1B$B&%23%1B(B&%1B$B&$%1B(B;"},
        {"UTF-8", "/?\xc3\xa9", "http://h.example/?%C3%A9"},
        {"UTF-16LE", "/?\xc3\xa9", "http://h.example/?%C3%A9"},
        {"Big5", "/?abc&#\xc3\xa9", "http://h.example/?abc&"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(resolve_in(rows[i].input, BASE, rows[i].charset, 0), rows[i].url,
                         "row %zu: %s", i, resolve_in(rows[i].input, BASE, rows[i].charset, 0));
}

Test(url, encodes_a_long_query_whole)
{
    char input[3002] = "?";
    struct url u, base = described(BASE);
    for (size_t i = 0; i < 1500; i++)
        memcpy(input + 1 + 2 * i, "\xc3\xa9", 2);
    parse(&u, input, 3001, &base, URL_BUFFER, "windows-1252", 0);
    cr_assert_eq(u.length, base.query + 1 + 3 * 1500);
    for (size_t i = u.query + 1; i < u.length; i += 3)
        cr_assert_eq(memcmp(u.text + i, "%E9", 3), 0);
    free((char *)u.text);
    free((char *)base.text);
}

static void expect_same(const struct url *a, const struct url *b)
{
    cr_expect_eq(a->userinfo, b->userinfo, "userinfo of %s", a->text);
    cr_expect_eq(a->host, b->host, "host of %s", a->text);
    cr_expect_eq(a->port, b->port, "port of %s", a->text);
    cr_expect_eq(a->path, b->path, "path of %s", a->text);
    cr_expect_eq(a->query, b->query, "query of %s", a->text);
    cr_expect_eq(a->length, b->length, "length of %s", a->text);
    cr_expect_eq(a->port_number, b->port_number, "port number of %s", a->text);
    cr_expect_eq(a->https, b->https, "scheme of %s", a->text);
}

Test(url, says_where_the_parts_are)
{
    struct url u = described("https://user:pw@host:81/path?query");
    const struct url want = {u.text, 8, 16, 20, 23, 28, 34, 81, true};
    expect_same(&u, &want);
    free((char *)u.text);
}

Test(url, parses_and_describes_alike)
{
    static const char *const inputs[] = {
        "http://x",
        "https://x:81?",
        "http://u@[::1]:81/a?b",
        "http://u:p@x/a/../b?c@d:1",
        "",
        "?",
        "?x/y",
        "x/../..?/",
        "/@:1",
        "//[1::2]/?",
        "../..//",
        "#",
        "https://x/a?b?c#d",
        "http:x?y",
        "//u:p@y:81",
        "\\\\u:@y:443\\z",
    };
    static const char *const bases[] = {"http://u:p@h:8/a/b/c?d", "https://h/"};
    for (size_t i = 0; i < COUNT(inputs) * COUNT(bases) * 2; i++) {
        struct url u, again, base = described(bases[i % 2]);
        const char *input = inputs[i / 4];
        unsigned flags = i & 2 ? URL_DROP_USERINFO : 0;
        cr_assert_eq(parse(&u, input, strlen(input), &base, URL_BUFFER, NULL, flags), 0);
        url_describe(&again, u.text, u.length);
        expect_same(&u, &again);
        cr_expect_eq(strlen(u.text), u.length, "%s", u.text);
        free((char *)u.text);
        free((char *)base.text);
    }
}

Test(url, fits_a_buffer_of_just_its_length)
{
    static const char *const inputs[] = {
        "http://x",    "https://u:p@x:81/a?b", "http://1",
        "http://[::]", "http://x/\xc3\xa9",    "http://b\xc3\xbc.x/",
    };
    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct url u, tight;
        size_t length = strlen(inputs[i]);
        parse(&u, inputs[i], length, NULL, URL_BUFFER, NULL, 0);
        cr_assert_eq(parse(&tight, inputs[i], length, NULL, u.length + 1, NULL, 0), 0, "%s",
                     inputs[i]);
        cr_expect_str_eq(tight.text, u.text);
        for (size_t size = 0; size <= u.length; size++) {
            struct url none;
            cr_expect_eq(parse(&none, inputs[i], length, NULL, size, NULL, 0), -ENAMETOOLONG,
                         "%s in %zu", inputs[i], size);
        }
        free((char *)u.text);
        free((char *)tight.text);
    }
}

Test(url, accepts_what_is_as_long_as_the_limit)
{
    size_t size = URL_MAX + 1;
    char *input = malloc(size);
    struct url u;
    memset(input, 'a', size);
    memcpy(input, "http://x/", 9);
    cr_assert_eq(parse(&u, input, URL_MAX, NULL, 2 * URL_BUFFER, NULL, 0), 0);
    cr_assert_eq(u.length, URL_MAX);
    free((char *)u.text);
    cr_assert_eq(parse(&u, input, size, NULL, 2 * URL_BUFFER, NULL, 0), -ENAMETOOLONG);
    input[100] = '#';
    cr_assert_eq(parse(&u, input, size, NULL, URL_BUFFER, NULL, 0), 0);
    free((char *)u.text);
    free(input);
}

/* Each of these parts over and over, for a mebibyte: what is quadratic takes minutes. */
Test(url, takes_time_linear_in_the_input)
{
    static const char *const parts[][2] = {
        {"", "../"},       {"", "a/../"},
        {"", "%2e%2E/"},   {"", "\t"},
        {"http://", "u@"}, {"http://", ":"},
        {"http://", "["},  {"http://", "%61"},
        {"http://", "1."}, {"http://x:", "0"},
        {"", "x"},         {"", "//"},
        {"?", "\xc3\xa9"}, {"http://", "\xc3\xbc."},
    };
    size_t size = 1 << 20;
    char *input = malloc(size);
    struct url base = described(BASE);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct url u;
        size_t n = strlen(parts[i][0]), step = strlen(parts[i][1]);
        memcpy(input, parts[i][0], n);
        for (; n + step <= size; n += step)
            memcpy(input + n, parts[i][1], step);
        parse(&u, input, n, &base, URL_BUFFER, NULL, 0);
        free((char *)u.text);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    cr_assert_lt(end.tv_sec - start.tv_sec, 5);
    free((char *)base.text);
    free(input);
}

Test(url, compares_hosts)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"http://x/a", "http://x/b?c", true},      {"http://u:p@x/", "http://x/", true},
        {"http://x:81/", "http://x:81/y", true},   {"http://x/", "https://x/", true},
        {"http://x/", "http://x:81/", true},       {"http://x.y/", "http://x/", false},
        {"http://x/", "http://y/", false},         {"http://x/", "http://xy/", false},
        {"http://[::1]/", "http://[::1]/a", true}, {"http://[::1]/", "http://[::2]/", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct url a = described(rows[i].a), b = described(rows[i].b);
        cr_expect_eq(url_same_host(&a, &b), rows[i].same, "%s, %s", rows[i].a, rows[i].b);
        free((char *)a.text);
        free((char *)b.text);
    }
}
