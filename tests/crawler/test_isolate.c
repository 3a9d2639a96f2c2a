#include "crawler/isolate.h"

#include "parse/html_tag.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *text_or_null(const struct links *l, uint32_t offset)
{
    return offset ? links_text(l, offset) : "(none)";
}

static void expect_same_link(const struct links *a, const struct links *b, size_t i,
                             const char *what)
{
    const struct link *x = &a->items[i], *y = &b->items[i];
    cr_assert_str_eq(links_text(a, x->url), links_text(b, y->url), "%s, link %zu", what, i);
    cr_assert_str_eq(text_or_null(a, x->rel), text_or_null(b, y->rel), "%s, rel %zu", what, i);
    cr_assert_str_eq(x->element, y->element, "%s, element %zu: %s", what, i, x->element);
    cr_assert_str_eq(x->attribute, y->attribute, "%s, attribute %zu: %s", what, i, x->attribute);
    cr_assert(x->length == y->length && x->line == y->line && x->kind == y->kind &&
                  x->nofollow == y->nofollow,
              "%s, link %zu", what, i);
}

static void expect_same(const struct links *a, const struct links *b, const char *what)
{
    cr_assert_eq(a->count, b->count, "%s: %zu links, not %zu", what, b->count, a->count);
    for (size_t i = 0; i < a->count; i++)
        expect_same_link(a, b, i, what);
    cr_assert_str_eq(text_or_null(a, a->title), text_or_null(b, b->title), "%s: title", what);
    cr_assert_str_eq(text_or_null(a, a->canonical), text_or_null(b, b->canonical), "%s: canonical",
                     what);
    cr_assert(!a->charset == !b->charset && (!a->charset || strcmp(a->charset, b->charset) == 0),
              "%s: charset", what);
    cr_assert(a->other == b->other && a->error == b->error && a->nofollow == b->nofollow &&
                  a->noindex == b->noindex,
              "%s", what);
}

/* Reads a copy of just that length, so that a sanitizer sees who reads on. */
static int read_copy(struct links *out, const char *answer, size_t length)
{
    char *copy = malloc(length ? length : 1);
    memcpy(copy, answer, length);
    int r = isolate_read(out, copy, length);
    free(copy);
    return r;
}

static void expect_round_trip(const struct links *l, const char *what)
{
    struct links back;
    char *answer;
    size_t length;
    links_init(&back);
    cr_assert_eq(isolate_write(l, &answer, &length), 0);
    cr_assert_eq(read_copy(&back, answer, length), 0, "%s", what);
    expect_same(l, &back, what);
    links_deinit(&back);
    free(answer);
}

#define ALL_OF_HTML                                                                             \
    "<title> A  title </title><meta name=robots content=noindex,nofollow>"                      \
    "<link rel='canonical home' href=/c><link rel=stylesheet href=s.css><base href=/b/>"        \
    "<a href=x>x</a><a href=y rel=nofollow>y</a><a href=z rel=nofollow>z</a><a href=mailto:a>m" \
    "<area href=?q><img src=i srcset='j 1x, k 2x'><iframe src=//other.example:8080/></iframe>"  \
    "<svg><a xlink:href=v /><image href=w /><feImage href=f /></svg>"                           \
    "<div style='background:url(bg)'><video poster=p><source src=t></video><object data=o>"     \
    "<meta http-equiv=refresh content='3; url=next'><style>@import 'st'</style>"

static const struct {
    const char *type, *body;
    size_t length;
} documents[] = {
    {"text/html", ALL_OF_HTML, 0},
    {"text/html", "", 0},
    {"text/html", "<title></title>", 0},
    {"text/html; charset=shift_jis", "<title>\x83\x65\x83\x58\x83\x67</title><a href='?\x83\x65'>",
     0},
    {"text/html; charset=windows-1251", "<a href='?\xef\xf0' rel='\xef\xf0'>", 0},
    {"text/html; charset=utf-16le", "<\0a\0 \0h\0r\0e\0f\0=\0x\0>\0", 18},
    {"text/css", "@import 'a.css'; b { background: url(c.png) }", 0},
    {"application/xml",
     "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://a/1</loc>"
     "</url><url><loc>http://a/2</loc><image><loc>http://a/i</loc></image></url></urlset>",
     0},
    {"application/xml", "<urlset><url><loc>http://a/1</loc></url><url><loc", 0},
    {"application/rss+xml",
     "<rss><channel><item><link>http://a/1</link><enclosure url='http://a/e'/></item></channel>"
     "</rss>",
     0},
    {"application/atom+xml", "<feed><entry><link rel='self' href='/e'/></entry></feed>", 0},
    {"text/plain", "http://a/1\nhttp://a/2\n", 0},
    {"image/png", "\x89PNG", 0},
};

static void find_document(struct links *l, size_t i, bool assets)
{
    size_t length = documents[i].length ? documents[i].length : strlen(documents[i].body);
    links_init(l);
    cr_assert_eq(find_links(l, documents[i].type, documents[i].body, length, assets), 0);
}

Test(isolate, brings_the_same_links_of_every_kind_of_document)
{
    for (size_t i = 0; i < 2 * COUNT(documents); i++) {
        struct links l;
        find_document(&l, i / 2, i % 2);
        expect_round_trip(&l, documents[i / 2].body);
        links_deinit(&l);
    }
}

Test(isolate, knows_the_name_of_every_element)
{
    struct links l;
    struct url base;
    links_init(&l);
    url_describe(&base, DOCUMENT, strlen(DOCUMENT));
    for (enum html_element e = 0; e < HTML_ELEMENT_COUNT; e++) {
        struct link like = {
            .element = html_element_name(e), .attribute = "style", .kind = LINK_ASSET};
        cr_assert_eq(links_add(&l, "x", 1, &base, NULL, like), 0);
    }
    expect_round_trip(&l, "all elements");
    links_deinit(&l);
}

Test(isolate, adds_to_the_links_that_are_there)
{
    struct links l, all;
    struct url base;
    char *answer;
    size_t length;
    find_document(&l, 0, true);
    links_init(&all);
    url_describe(&base, DOCUMENT, strlen(DOCUMENT));
    struct link like = {.element = "", .attribute = "link"};
    cr_assert_eq(links_add(&all, "first", 5, &base, NULL, like), 0);
    cr_assert_eq(isolate_write(&l, &answer, &length), 0);
    cr_assert_eq(read_copy(&all, answer, length), 0);
    cr_assert_eq(all.count, l.count + 1);
    cr_assert_str_eq(links_text(&all, all.items[0].url), "http://h.example/dir/first");
    cr_assert_str_eq(links_text(&all, all.items[1].url), links_text(&l, l.items[0].url));
    cr_assert_str_eq(links_text(&all, all.canonical), "http://h.example/c");
    free(answer);
    links_deinit(&all);
    links_deinit(&l);
}

/* --- answers that are none --- */

/* A worker's lies about the first document; at: where that word stands in the text. */
static void set_text(struct links *l, const char *word, const char *instead)
{
    char *at = memmem(l->text, l->text_length, word, strlen(word));
    cr_assert_not_null(at, "%s", word);
    memcpy(at, instead, strlen(instead));
}

static void url_far_away(struct links *l)
{
    l->items[1].url = 0x7fffffff;
}
static void url_at_the_end(struct links *l)
{
    l->items[1].url = (uint32_t)l->text_length;
}
static void url_too_long(struct links *l)
{
    l->items[1].length = UINT32_MAX;
}
static void url_past_the_end(struct links *l)
{
    l->items[1].url = (uint32_t)l->text_length - 2;
}
static void url_cut(struct links *l)
{
    l->items[1].length = 4;
}
static void url_with_its_end(struct links *l)
{
    l->items[1].length++;
}
static void url_empty(struct links *l)
{
    l->items[1].length = 0;
}
static void url_in_capitals(struct links *l)
{
    set_text(l, "http://h.example/b/x", "HTTP://h.example/b/x");
}
static void url_of_another_scheme(struct links *l)
{
    set_text(l, "http://h.example/b/x", "file");
}
static void url_with_dots(struct links *l)
{
    set_text(l, "http://h.example/b/x", "http://h.example/./x");
}
static void url_with_a_line_feed(struct links *l)
{
    set_text(l, "http://h.example/b/x", "http://h.example/b\nx");
}
static void url_with_a_password(struct links *l)
{
    set_text(l, "http://h.example/b/x", "http://h:x@mple/b/xy");
}
static void title_far_away(struct links *l)
{
    l->title = 0x7fffffff;
}
static void title_past_the_end(struct links *l)
{
    l->title = (uint32_t)l->text_length;
}
static void title_without_end(struct links *l)
{
    l->title = (uint32_t)l->text_length - 1;
    l->text[l->title] = 'x';
}
static void title_of_odd_bytes(struct links *l)
{
    set_text(l, "A title", "A\xfftitle");
}
static void rel_far_away(struct links *l)
{
    l->items[1].rel = UINT32_MAX;
}
static void rel_of_odd_bytes(struct links *l)
{
    set_text(l, "nofollow", "n\xc0\x80low");
}
static void unknown_kind(struct links *l)
{
    l->items[0].kind = (enum link_kind)7;
}
static void unknown_charset(struct links *l)
{
    l->charset = "nonsense";
}
static void charset_by_another_name(struct links *l)
{
    l->charset = "utf8";
}
static void unknown_error(struct links *l)
{
    l->error = -EIO;
}
static void positive_error(struct links *l)
{
    l->error = E2BIG;
}
static void too_much_else(struct links *l)
{
    l->other = SIZE_MAX;
}

static void expect_refusal(void (*lie)(struct links *l), const char *what)
{
    struct links l, out;
    char *answer;
    size_t length;
    find_document(&l, 0, true);
    lie(&l);
    cr_assert_eq(isolate_write(&l, &answer, &length), 0);
    links_init(&out);
    cr_expect_eq(read_copy(&out, answer, length), -EPROTO, "%s", what);
    cr_expect(out.count == 0 && out.text_length == 1 && !out.title && !out.canonical &&
                  !out.charset && !out.error && !out.nofollow && out.other == 0,
              "%s leaves something behind", what);
    free(answer);
    links_deinit(&out);
    links_deinit(&l);
}

#define LIE(name)   \
    {               \
        name, #name \
    }

Test(isolate, refuses_what_no_parser_answers)
{
    static const struct {
        void (*lie)(struct links *l);
        const char *name;
    } lies[] = {
        LIE(url_far_away),
        LIE(url_at_the_end),
        LIE(url_too_long),
        LIE(url_past_the_end),
        LIE(url_cut),
        LIE(url_with_its_end),
        LIE(url_empty),
        LIE(url_in_capitals),
        LIE(url_of_another_scheme),
        LIE(url_with_dots),
        LIE(url_with_a_line_feed),
        LIE(url_with_a_password),
        LIE(title_far_away),
        LIE(title_past_the_end),
        LIE(title_without_end),
        LIE(title_of_odd_bytes),
        LIE(rel_far_away),
        LIE(rel_of_odd_bytes),
        LIE(unknown_kind),
        LIE(unknown_charset),
        LIE(charset_by_another_name),
        LIE(unknown_error),
        LIE(positive_error),
        LIE(too_much_else),
    };
    for (size_t i = 0; i < COUNT(lies); i++)
        expect_refusal(lies[i].lie, lies[i].name);
}

Test(isolate, refuses_an_answer_of_any_other_length)
{
    struct links l, out;
    char *answer;
    size_t length;
    find_document(&l, 0, true);
    links_init(&out);
    cr_assert_eq(isolate_write(&l, &answer, &length), 0);
    for (size_t n = 0; n < length; n++)
        cr_assert_eq(read_copy(&out, answer, n), -EPROTO, "%zu bytes of %zu", n, length);
    answer = realloc(answer, length + 1);
    answer[length] = '\0';
    cr_assert_eq(read_copy(&out, answer, length + 1), -EPROTO);
    free(answer);
    links_deinit(&out);
    links_deinit(&l);
}

/* What was let through is as good as what a parser in this process would have found. */
static void expect_sound(const struct links *l)
{
    for (size_t i = 0; i < l->count; i++) {
        char buffer[URL_BUFFER];
        struct url url;
        const char *text = links_text(l, l->items[i].url);
        cr_assert_eq(strlen(text), l->items[i].length);
        cr_assert_eq(url_parse(&url, buffer, sizeof buffer, text, strlen(text), NULL, NULL, 0), 0);
        cr_assert_str_eq(buffer, text);
        cr_assert_lt(l->items[i].rel, l->text_length);
    }
    cr_assert(l->title < l->text_length && l->canonical < l->text_length);
}

Test(isolate, is_sound_whichever_byte_of_an_answer_is_another)
{
    static const unsigned char values[] = {0x00, 0x01, 0x0a, 0x2f, 0x7f, 0x80, 0xff};
    struct links l, out;
    char *answer;
    size_t length, refused = 0;
    find_document(&l, 0, true);
    links_init(&out);
    cr_assert_eq(isolate_write(&l, &answer, &length), 0);
    for (size_t i = 0; i < length * COUNT(values); i++) {
        char *byte = &answer[i / COUNT(values)], former = *byte;
        *byte = (char)values[i % COUNT(values)];
        int r = read_copy(&out, answer, length);
        cr_assert(r == 0 || (r == -EPROTO && out.count == 0), "byte %zu", i / COUNT(values));
        refused += r != 0;
        expect_sound(&out);
        links_clear(&out);
        *byte = former;
    }
    cr_assert_gt(refused, length);
    free(answer);
    links_deinit(&out);
    links_deinit(&l);
}
