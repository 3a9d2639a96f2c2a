#include "parse/link_memo.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>

static struct link_memo memo;
static struct links found;

static void init(void)
{
    link_memo_init(&memo, 42);
    links_init(&found);
}

static void deinit(void)
{
    links_deinit(&found);
}

TestSuite(link_memo, .init = init, .fini = deinit);

/* Finds the links of a page at that URL. */
static void find_at(const char *page, const char *type, const char *html)
{
    struct url url;
    url_describe(&url, page, strlen(page));
    struct document d = {
        .body = html, .length = strlen(html), .url = &url, .content_type = type, .memo = &memo};
    links_clear(&found);
    cr_assert_eq(document_links(&found, &d), 0);
}

/* Finds them, and remembers them all as seen. */
static void see_at(const char *page, const char *html)
{
    find_at(page, "text/html", html);
    for (size_t i = 0; i < found.count; i++)
        link_memo_add(&memo, found.items[i].key);
}

static void expect_at(const char *page, const char *html, size_t count, size_t known)
{
    find_at(page, "text/html", html);
    cr_expect_eq(found.count, count, "%s at %s: %zu", html, page, found.count);
    cr_expect_eq(found.known, known, "%s at %s: %zu known", html, page, found.known);
}

Test(link_memo, leaves_out_what_was_seen_from_the_same_directory)
{
    see_at("http://a/d/1", "<a href=x>");
    expect_at("http://a/d/2", "<a href=x><a href=y>", 1, 1);
    cr_expect_str_eq(links_text(&found, found.items[0].url), "http://a/d/y");
}

Test(link_memo, knows_nothing_that_was_only_found)
{
    find_at("http://a/d/1", "text/html", "<a href=x>");
    expect_at("http://a/d/2", "<a href=x>", 1, 0);
}

Test(link_memo, takes_a_relative_link_of_another_directory_for_another_one)
{
    see_at("http://a/d/1", "<a href=x>");
    expect_at("http://a/e/1", "<a href=x>", 1, 0);
    expect_at("http://a/d/e/1", "<a href=x>", 1, 0);
    expect_at("http://b/d/1", "<a href=x>", 1, 0);
    expect_at("https://a/d/1", "<a href=x>", 1, 0);
    expect_at("http://a/d/?/x/", "<a href=x>", 0, 1);
}

Test(link_memo, knows_an_absolute_path_all_over_the_origin)
{
    see_at("http://a/d/1", "<a href=/x><a href=http://b/>");
    expect_at("http://a/e/f/1", "<a href=/x><a href=http://b/>", 0, 2);
    expect_at("http://c/e/f/1", "<a href=/x>", 1, 0);
}

Test(link_memo, goes_by_the_base_of_the_page)
{
    see_at("http://a/d/1", "<a href=x>");
    expect_at("http://a/e/1", "<base href=/d/><a href=x>", 0, 1);
    expect_at("http://a/d/2", "<base href=/e/><a href=x>", 1, 0);
    expect_at("http://a/d/2", "<a href=x><base href=/e/>", 1, 0);
    expect_at("http://a/d/2", "<base href=ftp://a/><a href=x>", 0, 0);
}

Test(link_memo, tells_charsets_apart)
{
    see_at("http://a/d/1", "<meta charset=utf-8><a href='x?&#xe9;'>");
    expect_at("http://a/d/2", "<meta charset=windows-1251><a href='x?&#xe9;'>", 1, 0);
}

Test(link_memo, does_not_remember_what_is_relative_to_the_very_page)
{
    see_at("http://a/d/1", "<a href='?q'><a href=''><a href=' x'>");
    expect_at("http://a/d/2", "<a href='?q'><a href=''><a href=' x'>", 3, 0);
}

Test(link_memo, counts_one_fragment_for_all_of_a_page)
{
    expect_at("http://a/d/1", "<a href=#1><a href=#2><a href=#3>", 1, 2);
    cr_expect_str_eq(links_text(&found, found.items[0].url), "http://a/d/1");
    expect_at("http://a/d/2", "<a href=#1>", 1, 0);
}

Test(link_memo, is_for_html_alone)
{
    see_at("http://a/d/1", "<a href=/x>");
    find_at("http://a/d/2", "application/xml", "<urlset><url><loc>http://a/x</loc></url></urlset>");
    cr_expect_eq(found.count, 1);
    cr_expect_null(found.memo);
}
