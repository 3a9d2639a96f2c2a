#include "cmd/write_sitemap.h"

#include "tests/cmd/telling.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define URLSET HEAD "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
#define INDEX HEAD "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"

struct visits {
    const struct visit *items;
    size_t count;
};

static struct write_sitemap *open_sitemap(struct telling *t)
{
    return write_sitemap_new(&(struct sitemap_files){t->output, t->path, telling_further, t});
}

static void tell_all(struct telling *t)
{
    const struct visits *v = t->what;
    struct write_sitemap *w = open_sitemap(t);
    struct listener *l = write_sitemap_listener(w);
    for (size_t i = 0; i < v->count; i++)
        telling_visit(l, &v->items[i]);
    l->ended(l, NULL);
    write_sitemap_free(w);
}

static void expect_sitemap(const struct visit *visits, size_t count, const char *expected)
{
    struct visits v = {visits, count};
    struct telling t = {.what = &v, .tell = tell_all};
    telling_run(&t, "s.xml");
    cr_expect_eq(t.error, 0);
    expect_text(crawling_read_file(t.folder, "s.xml"), expected, "the sitemap");
    crawling_remove_folder(t.folder);
}

Test(sitemap, lists_the_pages_that_answered_2xx_in_the_order_of_their_visits)
{
    static const struct visit visits[] = {
        {"http://a/b", 200},
        {"http://a/", 204},
        {"http://a/moved", 301},
        {"http://a/missing", 404},
        {"http://a/cut", 200, .error = FETCH_RESET},
        {"http://a/gone", .error = FETCH_DNS},
        {"http://a/i.png", 200, .asset = true},
        {"http://b/", 200, .external = true},
        {"http://a/a", 200},
    };
    expect_sitemap(visits, COUNT(visits),
                   URLSET "<url><loc>http://a/b</loc></url>\n"
                          "<url><loc>http://a/</loc></url>\n"
                          "<url><loc>http://a/a</loc></url>\n"
                          "</urlset>\n");
}

Test(sitemap, escapes_what_is_markup_in_a_url)
{
    static const struct visit visits[] = {{"http://a/'?a=1&b=2&lt;", 200}};
    expect_sitemap(visits, 1,
                   URLSET "<url><loc>http://a/&#39;?a=1&amp;b=2&amp;lt;</loc></url>\n"
                          "</urlset>\n");
}

Test(sitemap, without_pages_is_empty)
{
    expect_sitemap(NULL, 0, URLSET "</urlset>\n");
}

static const struct {
    const char *last_modified, *lastmod;
} dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
    {"Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"},
    {"Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"},
    {"Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"},
    {"Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
    {"Fri, 31 Dec 9999 23:59:60 GMT", NULL},
    {"Wed, 31 Dec 1969 23:59:59 GMT", NULL},
    {"yesterday", NULL},
    {"0", NULL},
    {"", NULL},
};

Test(sitemap, has_lastmod_in_utc_where_last_modified_is_a_date)
{
    for (size_t i = 0; i < COUNT(dates); i++) {
        struct visit v = {"http://a/", 200, .last_modified = dates[i].last_modified};
        char expected[512];
        snprintf(expected, sizeof expected,
                 URLSET "<url><loc>http://a/</loc>%s%s%s</url>\n</urlset>\n",
                 dates[i].lastmod ? "<lastmod>" : "", dates[i].lastmod ? dates[i].lastmod : "",
                 dates[i].lastmod ? "</lastmod>" : "");
        expect_sitemap(&v, 1, expected);
    }
}

/* --- several of them --- */

struct many {
    size_t count, length; /* of URLs, and of each of them */
};

static void tell_many(struct telling *t)
{
    const struct many *m = t->what;
    struct write_sitemap *w = open_sitemap(t);
    struct listener *l = write_sitemap_listener(w);
    char *url = malloc(m->length + 1);
    memset(url, 'x', m->length);
    memcpy(url, "http://a:8/", 11);
    url[m->length] = '\0';
    for (size_t i = 0; i < m->count; i++) {
        sprintf(url + m->length - 8, "%08zu", i);
        telling_visit(l, &(struct visit){url, 200});
        if (i % 1000 == 999) /* as a crawl waits: see output_pressure */
            output_flush(t->output);
    }
    l->ended(l, NULL);
    free(url);
    write_sitemap_free(w);
}

static size_t count_files(const char *folder)
{
    static const char *const names[] = {"s.xml", "s-1.xml", "s-2.xml", "s-3.xml", "s-4.xml"};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        count += access(path, F_OK) == 0;
    }
    return count;
}

/* How many URLs a file lists, which must be a whole sitemap. */
static size_t count_urls(const char *folder, const char *name)
{
    char *text = crawling_read_file(folder, name);
    cr_assert_not_null(text, "no %s", name);
    size_t length = strlen(text), urls = crawling_lines(text) - 3;
    cr_expect_eq(strncmp(text, URLSET, strlen(URLSET)), 0, "%s does not begin well", name);
    cr_expect_str_eq(text + length - 10, "</urlset>\n", "%s does not end well", name);
    cr_expect_leq(length, 50u << 20, "%s has %zu bytes", name, length);
    free(text);
    return urls;
}

Test(sitemaps, are_one_as_long_as_it_holds_them)
{
    struct many m = {50000, 30};
    struct telling t = {.what = &m, .tell = tell_many};
    telling_run(&t, "s.xml");
    cr_expect_eq(count_urls(t.folder, "s.xml"), 50000);
    cr_expect_eq(count_files(t.folder), 1);
    crawling_remove_folder(t.folder);
}

Test(sitemaps, are_several_with_an_index_beyond_fifty_thousand_urls)
{
    struct many m = {100001, 30};
    struct telling t = {.what = &m, .tell = tell_many};
    telling_run(&t, "s.xml");
    cr_expect_eq(t.error, 0);
    expect_text(crawling_read_file(t.folder, "s.xml"),
                INDEX "<sitemap><loc>http://a:8/s-1.xml</loc></sitemap>\n"
                      "<sitemap><loc>http://a:8/s-2.xml</loc></sitemap>\n"
                      "<sitemap><loc>http://a:8/s-3.xml</loc></sitemap>\n"
                      "</sitemapindex>\n",
                "the index");
    cr_expect_eq(count_urls(t.folder, "s-1.xml"), 50000);
    cr_expect_eq(count_urls(t.folder, "s-2.xml"), 50000);
    cr_expect_eq(count_urls(t.folder, "s-3.xml"), 1);
    cr_expect_eq(count_files(t.folder), 4);
    char *last = crawling_read_file(t.folder, "s-3.xml");
    cr_expect_not_null(strstr(last, "00100000</loc>"));
    free(last);
    crawling_remove_folder(t.folder);
}

Test(sitemaps, are_several_beyond_fifty_megabytes)
{
    struct many m = {1000, 60000};
    struct telling t = {.what = &m, .tell = tell_many};
    telling_run(&t, "s.xml");
    size_t first = count_urls(t.folder, "s-1.xml");
    cr_expect_gt(first, 870);
    cr_expect_eq(first + count_urls(t.folder, "s-2.xml"), 1000);
    crawling_remove_folder(t.folder);
}

Test(sitemaps, are_named_after_the_file_and_in_the_index_as_a_url_holds_it)
{
    static const char *const names[][3] = {
        {"my map&1.xml", "my map&1-2.xml", "http://a:8/my%20map%261-2.xml"},
        {"plain", "plain-2.xml", "http://a:8/plain-2.xml"},
        {"é?.xml", "é?-2.xml", "http://a:8/%C3%A9%3F-2.xml"},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct many m = {50001, 30};
        struct telling t = {.what = &m, .tell = tell_many};
        telling_run(&t, names[i][0]);
        char *index = crawling_read_file(t.folder, names[i][0]);
        cr_assert_not_null(index);
        cr_expect_not_null(strstr(index, names[i][2]), "%s", index);
        cr_expect_eq(count_urls(t.folder, names[i][1]), 1);
        free(index);
        crawling_remove_folder(t.folder);
    }
}

/* --- and what may go wrong with that --- */

static void tell_and_look(struct telling *t)
{
    tell_many(t);
    cr_expect_eq(telling_flush(t), 0);
    cr_expect_eq(count_files(t->folder), 0, "one has its name before the end");
}

Test(sitemaps, take_their_names_at_the_end)
{
    struct many m = {50001, 30};
    struct telling t = {.what = &m, .tell = tell_and_look};
    telling_run(&t, "s.xml");
    cr_expect_eq(count_files(t.folder), 3);
    crawling_remove_folder(t.folder);
}

Test(sitemaps, that_are_given_up_leave_nothing_behind)
{
    struct many m = {50001, 30};
    struct telling t = {.what = &m, .tell = tell_many, .gives_up = true};
    telling_run(&t, "s.xml");
    cr_expect_eq(rmdir(t.folder), 0, "%s is not empty", t.folder);
    free(t.folder);
}

Test(sitemaps, are_one_in_what_is_no_file)
{
    struct many m = {50001, 30};
    struct telling t = {.what = &m, .tell = tell_many};
    telling_run(&t, "/dev/null");
    cr_expect_eq(t.error, 0);
    cr_expect_neq(access("/dev/null-1.xml", F_OK), 0);
    cr_expect_neq(access("/dev/null-1.xml.part", F_OK), 0);
    crawling_remove_folder(t.folder);
}
