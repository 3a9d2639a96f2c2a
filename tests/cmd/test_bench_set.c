/* cmd/bench_set.c: what a crawl has to see, and whether two saw the same. */
#include "cmd/bench_set.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void add(struct bench_set *s, const char *url, int status, uint64_t links)
{
    bench_set_add(s, url, strlen(url), status, links);
}

Test(bench_set, the_order_does_not_matter)
{
    struct bench_set a = {0}, b = {0};
    add(&a, "http://a/1", 200, 3);
    add(&a, "http://a/2", 404, 0);
    add(&a, "http://a/3", 200, 2);
    add(&b, "http://a/3", 200, 2);
    add(&b, "http://a/1", 200, 3);
    add(&b, "http://a/2", 404, 0);
    cr_assert(bench_set_equal(&a, &b));
}

Test(bench_set, urls_are_counted_and_of_2xx_pages_links_too)
{
    struct bench_set s = {0};
    add(&s, "http://a/1", 200, 30);
    add(&s, "http://a/2", 204, 4);
    add(&s, "http://a/3", 302, 100);
    add(&s, "http://a/4", 404, 100);
    add(&s, "http://a/5", 0, 100);
    cr_assert_eq(s.urls, 5);
    cr_assert_eq(s.links, 34);
}

Test(bench_set, a_difference_is_seen)
{
    static const struct {
        const char *url;
        int status;
        uint64_t links;
    } others[] = {
        {"http://a/3", 200, 5},                         /* another URL, */
        {"http://a/2", 500, 5},                         /* another status, */
        {"http://a/2", 0, 5},   {"http://a/2", 200, 4}, /* a link less, */
        {"http://a/1", 200, 5},                         /* one page twice */
    };
    struct bench_set a = {0}, none = {0};
    add(&a, "http://a/1", 200, 5);
    add(&a, "http://a/2", 200, 5);
    cr_assert(!bench_set_equal(&a, &none));
    for (size_t i = 0; i < COUNT(others); i++) {
        struct bench_set b = {0};
        add(&b, "http://a/1", 200, 5);
        add(&b, others[i].url, others[i].status, others[i].links);
        cr_assert(!bench_set_equal(&a, &b), "%zu", i);
        cr_assert(!bench_set_equal(&b, &a), "%zu", i);
    }
}

Test(bench_set, statuses_that_change_places_are_seen)
{
    struct bench_set a = {0}, b = {0};
    add(&a, "http://a/1", 404, 0);
    add(&a, "http://a/2", 500, 0);
    add(&b, "http://a/1", 500, 0);
    add(&b, "http://a/2", 404, 0);
    cr_assert(!bench_set_equal(&a, &b));
}

Test(bench_set, only_so_many_bytes_of_the_url_count)
{
    struct bench_set a = {0}, b = {0};
    bench_set_add(&a, "http://a/1", 9, 200, 0);
    bench_set_add(&b, "http://a/2", 9, 200, 0);
    cr_assert(bench_set_equal(&a, &b));
}

/* By a queue of pages, each of which is looked up among all before: the plainest crawl. */
static void crawl_plainly(struct bench_set *out, const struct serve_site *site)
{
    uint32_t *queue = calloc(site->pages, sizeof *queue), count = 1;
    *out = (struct bench_set){0};
    for (uint32_t at = 0; at < count; at++) {
        uint32_t page = queue[at], leads = 0;
        int status = 0;
        char url[SERVE_SITE_URL];
        serve_site_url(site, page, url);
        switch (serve_site_kind(site, page)) {
        case SERVE_SITE_PAGE:
            status = 200;
            leads = site->links;
            break;
        case SERVE_SITE_MISSING:
            status = 404;
            break;
        case SERVE_SITE_BROKEN:
            status = 500;
            break;
        case SERVE_SITE_REDIRECT:
            status = 302;
            leads = 1;
            break;
        }
        add(out, url, status, leads);
        for (uint32_t k = 0; k < leads; k++) {
            uint32_t to = status == 200            ? serve_site_link(site, page, k)
                          : page + 1 < site->pages ? page + 1
                                                   : 0;
            uint32_t i = 0;
            while (i < count && queue[i] != to)
                i++;
            if (i == count)
                queue[count++] = to;
        }
    }
    free(queue);
}

static struct serve_site site_of(uint32_t pages, uint32_t links, double errors, double redirects,
                                 unsigned hosts)
{
    return (struct serve_site){
        .pages = pages,
        .links = links,
        .seed = 1,
        .local = 1.0 / 3,
        .errors = errors,
        .redirects = redirects,
        .hosts = hosts,
        .port = 8080,
    };
}

Test(bench_set, a_site_s_set_is_what_the_plainest_crawl_sees)
{
    static const uint32_t pages[] = {1, 2, 3, 63, 64, 65, 128, 129, 500};
    static const uint32_t links[] = {0, 1, 2, 7};
    static const double shares[][2] = {{0, 0}, {0.1, 0.1}, {0.6, 0}, {0, 0.7}, {0.5, 0.5}, {1, 0}};
    for (size_t p = 0; p < COUNT(pages); p++)
        for (size_t l = 0; l < COUNT(links); l++)
            for (size_t s = 0; s < COUNT(shares); s++)
                for (unsigned i = 0; i < 8; i++) {
                    struct serve_site site =
                        site_of(pages[p], links[l], shares[s][0], shares[s][1], 1 + i % 3);
                    struct bench_set set, plain;
                    site.seed = i;
                    bench_set_of_site(&set, &site);
                    crawl_plainly(&plain, &site);
                    cr_assert(bench_set_equal(&set, &plain),
                              "%u pages of %u links, errors %g, redirects %g, seed %u: %" PRIu64
                              " URLs, should be %" PRIu64,
                              pages[p], links[l], shares[s][0], shares[s][1], i, set.urls,
                              plain.urls);
                }
}

Test(bench_set, a_site_without_errors_is_seen_as_a_whole)
{
    struct serve_site site = site_of(12345, 30, 0, 0, 1);
    struct bench_set set;
    bench_set_of_site(&set, &site);
    cr_assert_eq(set.urls, 12345);
    cr_assert_eq(set.links, 12345 * 30);
}

Test(bench_set, errors_and_redirects_have_no_links)
{
    struct serve_site site = site_of(12345, 30, 0.1, 0.2, 1);
    struct bench_set set;
    bench_set_of_site(&set, &site);
    cr_assert_eq(set.links % 30, 0);
    cr_assert(set.links / 30 > set.urls * 0.68 && set.links / 30 < set.urls * 0.72);
}

Test(bench_set, what_only_errors_lead_to_is_not_in_it)
{
    struct serve_site site = site_of(1000, 1, 0.5, 0, 1);
    struct bench_set set;
    bench_set_of_site(&set, &site);
    uint32_t error = 0;
    while (serve_site_kind(&site, error) == SERVE_SITE_PAGE)
        error++;
    cr_assert_eq(set.urls, error + 1);
}

Test(bench_set, a_chain_of_redirects_ends_at_the_first_page)
{
    struct serve_site site = site_of(200, 1, 0, 1, 1);
    struct bench_set set;
    bench_set_of_site(&set, &site);
    cr_assert_eq(set.urls, 200);
    cr_assert_eq(set.links, 1);
}

Test(bench_set, sites_that_differ_have_different_sets)
{
    struct serve_site sites[] = {
        site_of(1000, 30, 0.1, 0.1, 1),  site_of(999, 30, 0.1, 0.1, 1),
        site_of(1000, 29, 0.1, 0.1, 1),  site_of(1000, 30, 0.11, 0.1, 1),
        site_of(1000, 30, 0.1, 0.11, 1), site_of(1000, 30, 0.1, 0.1, 2),
        site_of(1000, 30, 0.1, 0.1, 1),  site_of(1000, 30, 0.1, 0.1, 1),
    };
    struct bench_set sets[COUNT(sites)];
    sites[6].port = 8081;
    sites[7].secure = true;
    for (size_t i = 0; i < COUNT(sites); i++) {
        bench_set_of_site(&sets[i], &sites[i]);
        for (size_t j = 0; j < i; j++)
            cr_assert(!bench_set_equal(&sets[i], &sets[j]), "%zu and %zu", i, j);
    }
}

Test(bench_set, links_that_a_wrong_server_leaves_out_are_in_it)
{
    struct serve_site site = site_of(1000, 30, 0, 0, 1);
    struct bench_set right, wrong;
    bench_set_of_site(&right, &site);
    site.drop = 0.01;
    bench_set_of_site(&wrong, &site);
    cr_assert(bench_set_equal(&right, &wrong));
}
