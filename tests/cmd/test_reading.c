/* How a crawl reads its pages: with the scanner at once, in a thread, by way of Gumbo's tree; and
 * that links which it knows already are not missed where they are others. */
#include "tests/cmd/crawling.h"

/* Text, n times; the caller frees. */
static char *repeat(const char *head, const char *text, size_t n, const char *tail)
{
    char *all = malloc(strlen(head) + n * strlen(text) + strlen(tail) + 1), *p = stpcpy(all, head);
    while (n--)
        p = stpcpy(p, text);
    strcpy(p, tail);
    return all;
}

/* Crawls from / and compares what was found; err: what standard error says, or NULL. */
static void expect_crawl(const struct site_page *pages, size_t count, const char *option,
                         const char *found, const char *err)
{
    struct site *s = site_open(pages, count);
    struct result r;
    const char *args[] = {"{{BASE}}/", "-q", option, NULL};
    if (err)
        args[1] = "-v";
    crawling_run(s, args, &r);
    expect_text(crawling_found(s, &r), found, option);
    cr_expect_eq(r.status, 0, "status %d: %s", r.status, r.err);
    cr_expect(!err || strstr(r.err, err), "%s", r.err);
    result_free(&r);
    site_close(s);
}

Test(reading, a_page_too_deep_for_a_tree)
{
    char *deep = repeat("", "<x>", 100000, "<b>text<a href=/a>");
    struct site_page pages[] = {{"/", .body = deep}, {"/a"}};
    expect_crawl(pages, 2, "--parser=fast", "/ /a", NULL);
    expect_crawl(pages, 2, "--parser=gumbo", "/", "/: not all links could be read: ");
    free(deep);
}

Test(reading, a_page_too_long_to_read_at_once)
{
    char *text = repeat("<a href=/a>", "0123456789abcdef", 40000, "<a href=b><base href=/c/>");
    struct site_page pages[] = {{"/", .body = text}, {"/a"}, {"/c/b"}};
    expect_crawl(pages, 3, "--parser=fast", "/ /a /c/b", NULL);
    expect_crawl(pages, 3, "--parser=gumbo", "/ /a /c/b", NULL);
    expect_crawl(pages, 3, "--isolate", "/ /a /c/b", NULL);
    free(text);
}

Test(reading, the_same_relative_link_in_each_directory)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=d/1><a href=d/2><a href=e/1><a href=e/f/1><a href=/e/2>"},
        {"/d/1", .body = "<a href=x><a href=/y>"},
        {"/d/2", .body = "<a href=x><a href=/y><a href='?q'>"},
        {"/e/1", .body = "<a href=x><a href=/y><a href='?q'>"},
        {"/e/2", .body = "<base href=/g/><a href=x>"},
        {"/e/f/1", .body = "<a href=x><a href=../x>"},
        {"/d/x"},
        {"/y"},
        {"/d/2?q"},
        {"/e/x"},
        {"/e/1?q"},
        {"/g/x"},
        {"/e/f/x"},
    };
    expect_crawl(pages, COUNT(pages), "-c1",
                 "/ /d/1 /d/2 /d/2?q /d/x /e/1 /e/1?q /e/2 /e/f/1 /e/f/x /e/x /g/x /y", NULL);
}

Test(reading, a_link_that_only_others_must_not_follow)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a rel=nofollow href=/n><a href=/1>"},
        {"/1", .body = "<a rel=nofollow href=/n><a href=/2>"},
        {"/2", .body = "<a href=/n>"},
        {"/n", .body = "<a href=/deep>"},
        {"/deep"},
    };
    expect_crawl(pages, COUNT(pages), "-c1", "/ /1 /2 /deep /n", NULL);
}

Test(reading, all_links_are_counted)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/1><a href=/1><a href=#1><a href=#2>"},
        {"/1", .body = "<a href=/><a href=/1><a href=#1><a href=#2>"},
    };
    expect_crawl(pages, COUNT(pages), "-c1", "/ /1", "/1: 200, 4 links");
}
