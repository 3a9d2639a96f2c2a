#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static struct links list;
static struct url base;

static void init(void)
{
    links_init(&list);
    url_describe(&base, DOCUMENT, strlen(DOCUMENT));
}

static void deinit(void)
{
    links_deinit(&list);
}

TestSuite(links, .init = init, .fini = deinit);

static int add(const char *raw)
{
    struct link like = {.element = "a", .attribute = "href", .line = 7};
    return links_add(&list, raw, strlen(raw), &base, NULL, like);
}

Test(links, has_an_empty_text_at_offset_0_from_the_start)
{
    cr_assert_str_eq(links_text(&list, 0), "");
    cr_assert_eq(add("x"), 0);
    cr_assert_str_eq(links_text(&list, 0), "");
    links_clear(&list);
    cr_assert_str_eq(links_text(&list, 0), "");
}

Test(links, resolves_what_is_added)
{
    cr_assert_eq(add("../x#y"), 0);
    cr_assert_eq(list.count, 1);
    cr_expect_str_eq(links_text(&list, list.items[0].url), "http://h.example/x");
    cr_expect_eq(list.items[0].length, strlen("http://h.example/x"));
    cr_expect_str_eq(list.items[0].element, "a");
    cr_expect_eq(list.items[0].line, 7);
}

Test(links, drops_userinfo)
{
    cr_assert_eq(add("http://user:pw@b/"), 0);
    cr_expect_str_eq(links_text(&list, list.items[0].url), "http://b/");
}

Test(links, counts_what_is_no_http_url)
{
    cr_assert_eq(add("mailto:x"), 0);
    cr_assert_eq(add("http://["), 0);
    cr_expect_eq(list.count, 0);
    cr_expect_eq(list.other, 2);
    cr_expect_eq(list.text_length, 1);
}

Test(links, counts_what_is_too_long)
{
    char *raw = malloc(10 << 20);
    memset(raw, 'a', 10 << 20);
    cr_assert_eq(links_add(&list, raw, 10 << 20, &base, NULL, (struct link){0}), 0);
    cr_expect_eq(list.count, 0);
    cr_expect_eq(list.other, 1);
    free(raw);
}

Test(links, holds_urls_that_grow_when_they_are_encoded)
{
    char raw[3 * 5000 + 1] = "";
    for (int i = 0; i < 5000; i++)
        memcpy(raw + 3 * i, "\xe2\x82\xac", 4);
    cr_assert_eq(add(raw), 0);
    cr_expect_eq(list.items[0].length, strlen("http://h.example/dir/") + 9 * 5000);
    /* In a charset that lacks it, each becomes %26%238364%3B. */
    raw[0] = '?';
    memmove(raw + 1, raw + 3, 3 * 1000);
    cr_assert_eq(links_add(&list, raw, 1 + 3 * 1000, &base, "KOI8-R", (struct link){0}), 0);
    cr_expect_eq(list.items[1].length, strlen(DOCUMENT "?") + 13 * 1000);
}

Test(links, keeps_every_link_while_it_grows)
{
    enum { TIMES = 100000 };
    char raw[16];
    for (int i = 0; i < TIMES; i++) {
        sprintf(raw, "%d", i);
        cr_assert_eq(add(raw), 0);
    }
    cr_assert_eq(list.count, TIMES);
    for (int i = 0; i < TIMES; i++) {
        sprintf(raw, "%d", i);
        cr_assert_str_eq(links_text(&list, list.items[i].url) + strlen("http://h.example/dir/"),
                         raw);
    }
}

Test(links, takes_no_more_text_than_its_limit)
{
    int r = 0;
    list.max_text = 10000;
    while (r == 0 && list.count < 10000)
        r = add("xxxxxxxxxx");
    cr_assert_eq(r, -E2BIG);
    cr_expect_leq(list.text_length, 10000);
    /* Each takes 32 bytes; the last of them found no room, not even a little too much. */
    cr_expect_geq(list.text_length, 10000 - 32);
}

Test(links, adds_texts_and_refuses_those_above_the_limit)
{
    uint32_t offset = 0;
    cr_assert_eq(links_add_text(&list, "abcdef", 3, &offset), 0);
    cr_expect_str_eq(links_text(&list, offset), "abc");
    list.max_text = list.text_length + 3;
    cr_expect_eq(links_add_text(&list, "abc", 3, &offset), -E2BIG);
    cr_expect_eq(links_add_text(&list, "ab", 2, &offset), 0);
}

Test(links, forgets_everything_but_its_memory_and_limit_when_cleared)
{
    uint32_t offset;
    add("x");
    add("mailto:x");
    links_add_text(&list, "t", 1, &offset);
    list.title = offset;
    list.error = -E2BIG;
    list.nofollow = true;
    list.max_text = 5000;
    const struct link *items = list.items;
    links_clear(&list);
    cr_expect_eq(list.count, 0);
    cr_expect_eq(list.other, 0);
    cr_expect_eq(list.title, 0);
    cr_expect_eq(list.error, 0);
    cr_expect_not(list.nofollow);
    cr_expect_eq(list.text_length, 1);
    cr_expect_eq(list.max_text, 5000);
    cr_expect_eq(list.items, items);
    cr_assert_eq(add("y"), 0);
    cr_expect_str_eq(links_text(&list, list.items[0].url), "http://h.example/dir/y");
}

Test(links, does_not_keep_the_memory_of_a_huge_document)
{
    for (int i = 0; i < 100000; i++)
        add("x");
    links_clear(&list);
    cr_expect_eq(list.capacity, 0);
    cr_expect_eq(list.text_capacity, 0);
}

Test(links, knows_documents_by_their_type)
{
    static const struct {
        const char *type;
        enum document_kind kind;
    } rows[] = {
        {NULL, DOCUMENT_HTML},
        {"", DOCUMENT_HTML},
        {"nonsense", DOCUMENT_HTML},
        {"unknown/unknown", DOCUMENT_HTML},
        {"text/html", DOCUMENT_HTML},
        {"TEXT/HTML; charset=utf-8", DOCUMENT_HTML},
        {"application/xhtml+xml", DOCUMENT_HTML},
        {"application/vnd.wap.xhtml+xml", DOCUMENT_HTML},
        {"text/xml", DOCUMENT_XML},
        {"application/xml", DOCUMENT_XML},
        {"application/x-xml", DOCUMENT_XML},
        {"application/rss+xml; charset=utf-8", DOCUMENT_XML},
        {"application/atom+xml", DOCUMENT_XML},
        {"application/rdf+xml", DOCUMENT_XML},
        {"application/gzip", DOCUMENT_XML},
        {"application/x-gzip", DOCUMENT_XML},
        {"application/x-gunzip", DOCUMENT_XML},
        {"application/gzipped", DOCUMENT_XML},
        {"application/gzip-compressed", DOCUMENT_XML},
        {"application/x-gzip-compressed", DOCUMENT_XML},
        {"gzip/document", DOCUMENT_XML},
        {"text/plain", DOCUMENT_TEXT},
        {"text/css", DOCUMENT_CSS},
        {"image/svg+xml", DOCUMENT_OTHER},
        {"image/png", DOCUMENT_OTHER},
        {"application/pdf", DOCUMENT_OTHER},
        {"application/json", DOCUMENT_OTHER},
        {"application/octet-stream", DOCUMENT_OTHER},
        {"text/javascript", DOCUMENT_OTHER},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(document_kind(rows[i].type), rows[i].kind, "%s", rows[i].type);
}

static const char sitemap[] = "<urlset><url><loc>http://a/</loc></url></urlset>";

Test(links, tells_a_document_without_type_by_how_it_begins)
{
    static const char *const rows[][2] = {
        {"<a href=http://a/>", "http://a/ "},
        {"text <a href=http://a/>", "http://a/ "},
        {sitemap, "http://a/ "},
        {"\xef\xbb\xbf \n<?xml version='1.0'?><rss><channel><item><link>http://a/</link></item>"
         "</channel></rss>",
         "http://a/ "},
        {"<!-- x --><feed><entry><link href=http://a/></entry></feed>", ""},
        {"https://a/\nhttps://b/\n", "https://a/ https://b/ "},
        {"\x7f"
         "ELF\x01\x02<a href=http://a/>",
         ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_str_eq(links_of(NULL, rows[i][0], false), rows[i][1], "%s", rows[i][0]);
    cr_expect_str_eq(links_of(NULL, "@import 'http://a/';", true), "http://a/ ");
}

Test(links, looks_into_plain_text_for_a_sitemap_alone)
{
    cr_expect_str_eq(links_of("text/plain", sitemap, false), "http://a/ ");
    cr_expect_str_eq(links_of("text/plain", "http://a/\n", false), "http://a/ ");
    cr_expect_str_eq(links_of("text/plain", "<a href=http://a/>", false), "");
}

Test(links, finds_nothing_in_other_documents)
{
    cr_expect_str_eq(links_of("application/json", "<a href=http://a/>", false), "");
    cr_expect_str_eq(links_of("image/svg+xml", "<svg><a href='http://a/'/></svg>", false), "");
}

Test(links, appends_to_what_is_there)
{
    cr_assert_eq(add("y"), 0);
    cr_assert_eq(find_links(&list, "text/html", "<a href=x>", 10, false), 0);
    cr_assert_eq(list.count, 2);
    cr_expect_str_eq(links_text(&list, list.items[0].url), "http://h.example/dir/y");
    cr_expect_str_eq(links_text(&list, list.items[1].url), "http://h.example/dir/x");
}

Test(links, says_when_a_document_has_too_many)
{
    char html[20000] = "";
    list.max_text = 2000;
    for (int i = 0; i < 1000; i++)
        strcat(html, "<a href=x>");
    cr_assert_eq(find_links(&list, "text/html", html, strlen(html), false), 0);
    cr_expect(list.count > 0 && list.count < 1000, "%zu", list.count);
    cr_expect_eq(list.error, -E2BIG);
}
