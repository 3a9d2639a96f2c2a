#include "parse/html_gumbo.h"
#include "tests/parse/links_of.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static struct links found;

static void init_found(void)
{
    read_tree = true;
    links_init(&found);
}

static void deinit_found(void)
{
    links_deinit(&found);
}

TestSuite(html_gumbo, .init = init_found, .fini = deinit_found);

/* Finds the links of times copies of a piece and a tail. */
static void find_repeated(const char *piece, size_t times, const char *tail)
{
    size_t n = strlen(piece);
    char *html = malloc(n * times + strlen(tail) + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(html + i * n, piece, n);
    strcpy(html + n * times, tail);
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), false), 0);
    free(html);
}

Test(html_gumbo, walks_a_deep_tree)
{
    find_repeated("<x>", 30000, "<a href=x>");
    cr_expect_eq(found.count, 1);
    cr_expect_eq(found.error, 0);
}

Test(html_gumbo, gives_up_on_a_stack_too_deep_for_its_text)
{
    find_repeated("<x>", 100000, "<b>text<a href=x>");
    cr_expect_eq(found.count, 0);
    cr_expect_eq(found.error, -ETIME);
}

Test(html_gumbo, gives_up_when_time_is_up)
{
    char *html = malloc(1 << 20), *p = html + sprintf(html, "<a href=x ");
    for (int i = 0; i < 60000; i++)
        p += sprintf(p, "a%d ", i);
    strcpy(p, ">");
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), false), 0);
    free(html);
    cr_expect_eq(found.count, 0);
    cr_expect_eq(found.error, -ETIME);
}

Test(html_gumbo, gives_up_when_memory_is_used_up)
{
    char *html = malloc(1 << 20), *p = html + sprintf(html, "<a href=x>");
    for (int i = 0; i < 6000; i++)
        p += sprintf(p, "<font color=%d><p>", i);
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), false), 0);
    free(html);
    cr_expect_eq(found.count, 0);
    cr_expect(found.error == -E2BIG || found.error == -ETIME);
}

Test(html_gumbo, survives_what_breaks_an_assertion)
{
    static const char html[] = "<a href=x><table><svg><select><foreignObject><select><thead>";
    cr_assert_eq(find_links(&found, "text/html", html, strlen(html), false), 0);
    cr_expect_eq(found.count, 0);
    cr_expect_eq(found.error, -EBADMSG);
    links_clear(&found);
    cr_assert_eq(find_links(&found, "text/html", "<a href=x>", 10, false), 0);
    cr_expect_eq(found.count, 1);
    cr_expect_eq(found.error, 0);
}
