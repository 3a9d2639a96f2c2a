/* cmd/report_tree.c: the site as a tree by path. */
#include "tests/cmd/reporting.h"

static void tell_of_folders(struct told *t)
{
    visit(t, 200, "http://h/");
    visit(t, 200, "http://h/docs/p10.html");
    visit(t, 200, "http://h/docs/p2.html");
    visit(t, 404, "http://h/docs/api/x");
    visit(t, 200, "http://h/docs/api/y?q=/a/b");
    visit(t, 200, "http://h/one/and/only");
    visit(t, 200, "http://h/chain/of/folders/a");
    visit(t, 200, "http://h/chain/of/folders/b");
    visit(t, 200, "http://elsewhere/a");
    visit(t, 200, "http://elsewhere/b");
}

/* The row of a folder has this count behind it. */
static void expect_folder(const char *html, const char *name, const char *pages)
{
    char row[80];

    snprintf(row, sizeof row, "<span class=\"p\">%s", name);
    const char *at = find(html, SITE, row), *end = at ? strstr(at, "</summary>") : NULL;
    const char *count_at = at ? strstr(at, pages) : NULL;
    cr_expect(count_at && end && count_at < end, "%s has no %s", name, pages);
}

Test(report_tree, counts_the_pages_of_a_folder_with_those_of_its_folders)
{
    char *html = page_of(tell_of_folders);

    expect_folder(html, "http://h/", ">8 pages<");
    expect_folder(html, "docs/", ">4 pages<");
    expect_folder(html, "api/", ">2 pages<");
    expect_folder(html, "docs/", ">4.00 KB<");
    expect_folder(html, "docs/", ">✕ 1<");
    free(html);
}

Test(report_tree, makes_no_folder_of_what_holds_one_page_and_one_of_a_chain)
{
    char *html = page_of(tell_of_folders);

    expect_has(html, "\">one/and/only</a>");
    expect_folder(html, "chain/of/folders/", ">2 pages<");
    free(html);
}

Test(report_tree, sorts_pages_as_people_count)
{
    char *html = page_of(tell_of_folders);

    cr_expect_lt(find(html, SITE, ">p2.html<"), find(html, SITE, ">p10.html<"));
    free(html);
}

Test(report_tree, puts_what_is_out_of_scope_behind_the_site)
{
    char *html = page_of(tell_of_folders);

    cr_expect_not_null(find(html, "<h3>Elsewhere", "<span class=\"p\">http://elsewhere/"));
    cr_expect_gt(find(html, SITE, "http://elsewhere/"), strstr(html, "<h3>Elsewhere"));
    free(html);
}

static void tell_of_many(struct told *t)
{
    for (int i = 0; i < 1200; i++)
        visit_made(t, "http://h/flat/%d", i);
    for (int i = 0; i < 3000; i++)
        visit_made(t, "http://h/wide/%d/%d", i / 3, i);
}

Test(report_tree, lists_some_of_many_and_counts_all)
{
    char *html = page_of(tell_of_many);

    expect_folder(html, "wide/", ">3,000 pages<");
    expect_folder(html, "flat/", ">1,200 pages<");
    cr_expect_eq(count(html, "class=\"row\""), 3 + 200 + 200 * (1 + 3));
    expect_has(html, "<li class=\"more\">and 1,000 more pages</li>");
    expect_has(html, "<li class=\"more\">and 800 more folders</li>");
    free(html);
}

static void tell_of_too_many(struct told *t)
{
    for (int i = 0; i < 210 * 120; i++)
        visit_made(t, "http://h/%d/%d", i / 120, i);
}

Test(report_tree, lists_fewer_of_each_where_there_are_too_many)
{
    char *html = page_of(tell_of_too_many);
    size_t rows = count(html, "class=\"row\"");

    cr_expect(rows > 10000 && rows <= 20000, "%zu rows", rows);
    expect_folder(html, "http://h/", ">25,200 pages<");
    free(html);
}

static void tell_of_depth(struct told *t)
{
    static char url[8200] = "http://h/";

    for (size_t n = 9; n + 3 < 8000; n += 2) {
        memcpy(url + n, "d/", 3);
        if (n % 16 == 9)
            visit(t, 200, url);
    }
}

Test(report_tree, nests_no_deeper_than_a_few_levels)
{
    char *html = page_of(tell_of_depth);

    cr_expect_leq(nesting(html, "details"), 12);
    expect_folder(html, "http://h/d/", ">500 pages<");
    free(html);
}
