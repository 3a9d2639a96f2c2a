/* Pages made to hurt the scanner: it ends, finds what is behind, and takes no more memory than it
 * may. That time is linear is tests/bench/parse's to show. */
#include "parse/html.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static struct links found;

static void init(void)
{
    links_init(&found);
}

static void deinit(void)
{
    links_deinit(&found);
}

TestSuite(html_hostile, .init = init, .fini = deinit);

/* A page: head, times copies of a piece, tail. */
static void find_repeated(const char *head, const char *piece, size_t times, const char *tail)
{
    size_t n = strlen(piece);
    char *html = malloc(strlen(head) + n * times + strlen(tail) + 1), *p = stpcpy(html, head);
    for (size_t i = 0; i < times; i++)
        p = mempcpy(p, piece, n);
    strcpy(p, tail);
    cr_assert_eq(find_links(&found, "text/html", html, (size_t)(p - html) + strlen(tail), true), 0);
    free(html);
}

/* The one link of a page is http://h.example/dir/x. */
static void expect_x(const char *what)
{
    cr_expect_eq(found.count, 1, "%s: %zu links", what, found.count);
    if (found.count > 0)
        cr_expect_str_eq(links_text(&found, found.items[0].url), "http://h.example/dir/x", "%s",
                         what);
    cr_expect_eq(found.error, 0, "%s", what);
}

Test(html_hostile, finds_the_link_behind_a_million_of_anything)
{
    static const char *const pieces[] = {
        "<div>",
        "<b>",
        "<font color=x><p>",
        "<table>",
        "<table><tr><td>",
        "<svg>",
        "<a>",
        "<p",
        "<svg><desc>",
        "<math><mi>",
        "</x>",
        "<template>",
        "<form>",
        "<meta ",
        "<base ",
        "<select><option></select>",
        "<!-->",
        "<?>",
        "<![CDATA[>",
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        links_clear(&found);
        find_repeated("", pieces[i], 1000000, "><a href=x>");
        expect_x(pieces[i]);
    }
}

Test(html_hostile, forgets_no_foreign_element_that_lies_deep)
{
    find_repeated("<svg>", "<g>", 100000, "<style><a href=x></style>");
    expect_x("in svg, style is no raw text");
    links_clear(&found);
    find_repeated("<svg>", "<g>", 200, "");
    links_clear(&found);
    find_repeated("<svg><g><g><g>", "</g>", 3, "</svg><style><a href=y></style><a href=x>");
    expect_x("closed");
}

Test(html_hostile, stops_at_two_million_links)
{
    find_repeated("", "<a href=x>", 10000000, "");
    cr_expect_eq(found.error, -E2BIG);
    cr_expect(found.count > 1000000 && found.count <= 2u << 20, "%zu", found.count);
    cr_expect_leq(found.text_length, found.max_text);
}

Test(html_hostile, obeys_a_base_behind_more_links_than_it_takes)
{
    found.max_text = 1000;
    find_repeated("", "<a href=x>", 1000, "<base href=/b/>");
    cr_expect_eq(found.error, -E2BIG);
    cr_assert_gt(found.count, 10);
    cr_expect_str_eq(links_text(&found, found.items[0].url), "http://h.example/b/x");
}

Test(html_hostile, passes_over_an_attribute_of_16_mebibytes)
{
    find_repeated("<p title='", "x", 16 << 20, "'><a href=x>");
    expect_x("title");
    links_clear(&found);
    find_repeated("<a href='data:", "x", 16 << 20, "'><a href=x>");
    expect_x("data:");
    cr_expect_eq(found.other, 1);
    links_clear(&found);
    find_repeated("<a href='", "x", 16 << 20, "'><a href=x>");
    expect_x("too long a URL");
    links_clear(&found);
    find_repeated("<a rel='", "&amp;", 3 << 20, "'><a href=x>");
    expect_x("references");
}

Test(html_hostile, reads_100_000_candidates_of_a_srcset)
{
    find_repeated("<img srcset='", "x 1x, ", 100000, "'>");
    cr_expect_eq(found.count, 100000);
    links_clear(&found);
    find_repeated("<img srcset='", "(", 1000000, " 1x'><a href=x>");
    expect_x("too long a URL");
}

Test(html_hostile, reads_one_tag_with_a_hundred_thousand_attributes)
{
    char *html = malloc(4 << 20), *p = stpcpy(html, "<a ");
    for (int i = 0; i < 100000; i++)
        p += sprintf(p, "a%d=b ", i);
    strcpy(p, "href=x href=y>");
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), true), 0);
    free(html);
    expect_x("href is the last one");
}

Test(html_hostile, ends_where_nothing_is_closed)
{
    static const char *const heads[] = {"<!--",        "<p ",          "<p a='",
                                        "<p a=",       "</p ",         "<!x",
                                        "<script>",    "<style>",      "<title>",
                                        "<textarea>",  "<?",           "<svg><![CDATA[",
                                        "<plaintext>", "<script><!--", "<script><!--<script>"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        links_clear(&found);
        find_repeated("<a href=x>", heads[i], 1, "");
        find_repeated(heads[i], "-- <a href=y ", 400000, "");
        expect_x(heads[i]);
    }
}
