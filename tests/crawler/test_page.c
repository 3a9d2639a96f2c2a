#include "crawler/page.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* A page at http://a/dir/x as if it had been fetched. */
struct visit {
    struct hosts hosts;
    struct item item;
    struct fetch fetch;
    struct page page;
};

static void header(struct visit *v, enum fetch_header h, const char *value)
{
    v->fetch.headers[h] = (struct fetch_value){.text = (char *)value, .there = true};
}

static void begin(struct visit *v, int status, const char *body)
{
    static char url[] = "http://a/dir/x";
    struct url u;

    memset(v, 0, sizeof *v);
    hosts_init(&v->hosts);
    url_describe(&u, url, strlen(url));
    v->item = (struct item){.host = hosts_get(&v->hosts, &u), .url = url, .length = strlen(url)};
    v->fetch.status = status;
    v->fetch.body = (char *)body;
    v->fetch.body_length = strlen(body);
    header(v, HEADER_CONTENT_TYPE, "text/html");
    page_init(&v->page);
    page_begin(&v->page, &v->item);
    v->page.fetch = &v->fetch;
}

static void end(struct visit *v)
{
    page_deinit(&v->page);
    hosts_deinit(&v->hosts);
}

static const char *link_url(const struct visit *v, size_t i)
{
    cr_assert_lt(i, v->page.links.count);
    return links_text(&v->page.links, v->page.links.items[i].url);
}

static int find_in_thread(void *arg)
{
    struct visit *v = arg;

    return page_find_links(&v->page, &(struct page_reader){.agent = "tester"});
}

static void find(struct visit *v)
{
    cr_assert_eq(runner_run(NULL, find_in_thread, v), 0);
}

Test(page, has_links_in_a_body_or_in_headers_of_a_2xx_answer)
{
    static const struct {
        int status;
        const char *body;
        enum fetch_header header;
        bool links;
    } table[] = {
        {200, "<a href=y>", HEADER_CONTENT_TYPE, true},
        {204, "", HEADER_CONTENT_TYPE, false},
        {200, "", HEADER_LINK, true},
        {200, "", HEADER_REFRESH, true},
        {206, "", HEADER_CONTENT_LOCATION, true},
        {200, "", HEADER_LOCATION, false},
        {404, "<a href=y>", HEADER_LINK, false},
        {301, "<a href=y>", HEADER_LINK, false},
        {0, "", HEADER_LINK, false},
    };
    struct visit v;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        begin(&v, table[i].status, table[i].body);
        header(&v, table[i].header, "x");
        cr_assert_eq(page_has_links(&v.page), table[i].links, "row %zu", i);
        end(&v);
    }
}

Test(page, finds_links_of_headers_and_body_resolved_against_its_url)
{
    struct visit v;

    begin(&v, 200, "<a href=body><a href=/body?2>");
    header(&v, HEADER_LINK, "<next>; rel=next, <style.css>; rel=stylesheet, </help>; rel=help");
    header(&v, HEADER_REFRESH, "5; url=refresh");
    header(&v, HEADER_CONTENT_LOCATION, "//b/location");
    find(&v);
    cr_assert_eq(v.page.links.count, 6);
    cr_assert_str_eq(link_url(&v, 0), "http://a/dir/next");
    cr_assert_str_eq(link_url(&v, 1), "http://a/help");
    cr_assert_str_eq(link_url(&v, 2), "http://a/dir/refresh");
    cr_assert_str_eq(link_url(&v, 3), "http://b/location");
    cr_assert_str_eq(link_url(&v, 4), "http://a/dir/body");
    cr_assert_str_eq(link_url(&v, 5), "http://a/body?2");
    end(&v);
}

Test(page, says_nofollow_in_its_head_or_in_its_header)
{
    static const struct {
        const char *tag, *body;
        bool nofollow;
    } table[] = {
        {NULL, "<a href=x>", false},
        {"noindex", "<a href=x>", false},
        {"noindex, nofollow", "<a href=x>", true},
        {"TESTER: none", "<a href=x>", true},
        {"other: nofollow", "<a href=x>", false},
        {"noindex", "<meta name=robots content=none>", true},
        {"nofollow", "<meta name=robots content=follow><a href=x>", true},
        {"nofollow", "", true},
    };
    struct visit v;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        begin(&v, 200, table[i].body);
        if (table[i].tag)
            header(&v, HEADER_X_ROBOTS_TAG, table[i].tag);
        find(&v);
        cr_assert_eq(v.page.links.nofollow, table[i].nofollow, "row %zu", i);
        end(&v);
    }
}

Test(page, that_is_a_sitemap_has_its_entries_alone)
{
    struct visit v;

    begin(&v, 200, "<urlset><url><loc>/1</loc></url></urlset>");
    header(&v, HEADER_LINK, "<next>; rel=next");
    header(&v, HEADER_X_ROBOTS_TAG, "nofollow");
    v.item.kind = ITEM_SITEMAP;
    find(&v);
    cr_assert_eq(v.page.links.count, 1);
    cr_assert_str_eq(link_url(&v, 0), "http://a/1");
    cr_assert(!v.page.links.nofollow);
    end(&v);
}

Test(page, forgets_the_links_of_the_former_visit)
{
    struct visit v;

    begin(&v, 200, "<a href=y>");
    find(&v);
    v.page.error = FETCH_REDIRECTS;
    page_begin(&v.page, &v.item);
    cr_assert_eq(v.page.links.count, 0);
    cr_assert_null(v.page.fetch);
    cr_assert_eq(v.page.error, FETCH_OK);
    cr_assert_str_eq(v.page.message, "");
    end(&v);
}

Test(page, leaves_its_memory_to_the_page_that_is_read_next)
{
    struct page_spare spare = {.count = 0};
    struct visit a, b;

    begin(&a, 200, "<a href=y>");
    begin(&b, 200, "<a href=z>");
    a.page.spare = b.page.spare = &spare;
    find(&a);
    const char *text = a.page.links.text;
    page_end(&a.page);
    cr_assert_eq(a.page.links.count, 0);
    find(&b);
    cr_assert_eq(b.page.links.text, text);
    cr_assert_eq(b.page.links.count, 1);
    cr_assert_str_eq(link_url(&b, 0), "http://a/dir/z");
    end(&a);
    end(&b);
}

Test(page, holds_no_more_memory_for_others_than_a_few_pages_need)
{
    struct page_spare spare = {.count = 0};
    struct visit many[16];

    for (int i = 0; i < 16; i++) {
        begin(&many[i], 200, "<a href=y>");
        many[i].page.spare = &spare;
        find(&many[i]);
    }
    for (int i = 0; i < 16; i++) {
        page_end(&many[i].page);
        cr_assert_eq(many[i].page.links.capacity, 0);
        end(&many[i]);
    }
    cr_assert_lt(spare.count, 16);
    while (spare.count)
        links_deinit(&spare.links[--spare.count]);
}

Test(page, finds_where_a_redirect_leads)
{
    static const struct {
        const char *location, *url; /* NULL: nowhere */
    } table[] = {
        {"/y", "http://a/y"},
        {"y?z#fragment", "http://a/dir/y?z"},
        {"//b", "http://b/"},
        {"https://u:p@a/", "https://a/"},
        {" /spaced path ", "http://a/spaced%20path"},
        {"", "http://a/dir/x"},
        {NULL, NULL},
        {"http://[", NULL},
        {"file:///etc/passwd", NULL},
        {"javascript:alert(1)", NULL},
    };
    struct visit v;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        begin(&v, 301, "");
        if (table[i].location)
            header(&v, HEADER_LOCATION, table[i].location);
        cr_assert_eq(page_find_redirect(&v.page), table[i].url != NULL, "%s", table[i].location);
        if (table[i].url)
            cr_assert_str_eq(link_url(&v, 0), table[i].url);
        end(&v);
    }
}
