/* cmd/serve_site.c: shares, hosts and chance. */
#include "cmd/serve_site.h"
#include "tests/cmd/folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct serve_site site_of(uint32_t pages, uint32_t links, const char *size)
{
    struct serve_site site = {
        .pages = pages, .links = links, .seed = 1, .local = SERVE_SITE_LOCAL, .hosts = 1};
    cr_assert_eq(serve_site_law(&site.size, size, SERVE_SITE_BYTES), 0);
    return site;
}

Test(serve_shares, the_share_of_local_links_is_what_was_asked_for)
{
    static const struct {
        double local;
        uint32_t links, expected;
    } rows[] = {{SERVE_SITE_LOCAL, 30, 10},
                {SERVE_SITE_LOCAL, 31, 11},
                {0.3, 30, 9},
                {0.1, 30, 3},
                {0, 30, 1},
                {1, 30, 30},
                {0.5, 1, 1},
                {0.5, 3, 2},
                {0.07, 100, 7}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct serve_site site = site_of(1000000, rows[r].links, "1K");
        site.local = rows[r].local;
        uint32_t local = 0, far = 0;
        for (uint32_t k = 0; k < site.links; k++) {
            uint32_t ahead = (serve_site_link(&site, 777, k) + site.pages - 777) % site.pages;
            local += ahead == k + 1;
            far += ahead > site.links;
        }
        cr_expect_eq(local, rows[r].expected, "row %zu: %u", r, local);
        cr_expect_eq(local + far, site.links, "row %zu", r);
    }
}

/* Five sigma of a count of so many with that chance. */
static double slack(double n, double share)
{
    return 5 * sqrt(n * share * (1 - share));
}

Test(serve_shares, the_shares_of_errors_and_redirects_are_what_was_asked_for)
{
    static const struct {
        double errors, redirects;
    } rows[] = {{0, 0}, {0.05, 0.1}, {0.5, 0}, {0, 0.5}, {0.3, 0.7}, {1, 0}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct serve_site site = site_of(100001, 30, "1K");
        site.errors = rows[r].errors;
        site.redirects = rows[r].redirects;
        double count[4] = {0}, n = site.pages - 1;
        cr_expect_eq(serve_site_kind(&site, 0), SERVE_SITE_PAGE);
        for (uint32_t i = 1; i < site.pages; i++)
            count[serve_site_kind(&site, i)]++;
        double half = site.errors / 2;
        cr_expect_leq(fabs(count[SERVE_SITE_MISSING] - half * n), slack(n, half), "row %zu", r);
        cr_expect_leq(fabs(count[SERVE_SITE_BROKEN] - half * n), slack(n, half), "row %zu", r);
        cr_expect_leq(fabs(count[SERVE_SITE_REDIRECT] - site.redirects * n),
                      slack(n, site.redirects), "row %zu", r);
    }
}

Test(serve_shares, which_pages_are_errors_depends_on_the_seed_alone)
{
    struct serve_site a = site_of(1000, 30, "1K"), b = site_of(1000, 5, "9K"), c = a;
    a.errors = b.errors = c.errors = 0.5;
    c.seed = 2;
    unsigned other = 0;
    for (uint32_t i = 0; i < a.pages; i++) {
        cr_expect_eq(serve_site_kind(&a, i), serve_site_kind(&b, i), "page %u", i);
        other += serve_site_kind(&a, i) != serve_site_kind(&c, i);
    }
    cr_expect(other > 500, "%u differ", other); /* 5 of 8 do */
}

Test(serve_shares, a_page_is_on_one_host)
{
    struct serve_site site = site_of(1000, 30, "1K");
    site.hosts = 7;
    for (uint32_t i = 0; i < site.pages; i++) {
        char path[SERVE_SITE_PATH];
        size_t n = serve_site_path(i, path);
        for (unsigned host = 0; host < 9; host++)
            cr_expect_eq(serve_site_find(&site, host, path, n), host == i % 7 ? (int64_t)i : -1,
                         "%s on host %u", path, host);
    }
}

Test(serve_shares, urls_are_canonical)
{
    static const struct {
        unsigned hosts, port;
        bool secure;
        uint32_t page;
        const char *url;
    } rows[] = {
        {1, 8080, false, 0, "http://127.0.0.1:8080/"},
        {1, 8080, true, 5, "https://127.0.0.1:8080/d0/p5.html"},
        {1, 80, false, 100, "http://127.0.0.1/d1/p100.html"},
        {1, 443, false, 99, "http://127.0.0.1:443/d0/p99.html"},
        {3, 443, true, 1234, "https://127.0.0.2/d12/p1234.html"},
        {254, 65535, true, 999999777, "https://127.0.0.254:65535/d9999997/p999999777.html"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct serve_site site = site_of(SERVE_SITE_PAGES, 30, "1K");
        site.hosts = rows[i].hosts;
        site.port = rows[i].port;
        site.secure = rows[i].secure;
        char url[SERVE_SITE_URL];
        size_t n = serve_site_url(&site, rows[i].page, url);
        cr_expect_str_eq(url, rows[i].url);
        cr_expect_eq(n, strlen(url));
    }
}

Test(serve_shares, a_law_of_hosts_is_drawn_once_a_host)
{
    struct serve_site site = site_of(1000, 30, "1K");
    serve_site_law(&site.latency, "uniform:1ms..1h", SERVE_SITE_SECONDS);
    site.hosts = 5;
    site.latency_of_hosts = true;
    for (uint32_t i = 0; i < site.pages - 1; i++)
        for (uint32_t k = i + 1; k < i + 11 && k < site.pages; k++)
            cr_expect_eq(serve_site_latency(&site, i) == serve_site_latency(&site, k),
                         i % 5 == k % 5, "pages %u and %u", i, k);
}

/* The page as a string, with that chance; the caller frees. */
static char *page_by_chance(const struct serve_site *site, uint32_t index, uint64_t chance)
{
    struct serve_site_page p;
    serve_site_page_init(&p, site, index);
    p.chance = chance;
    char *text = malloc(p.size + SERVE_SITE_ROOM + 1);
    size_t n = serve_site_page_read(&p, text, p.size + SERVE_SITE_ROOM);
    cr_expect_eq(n, p.size);
    text[n] = '\0';
    return text;
}

Test(serve_shares, the_share_of_links_left_out_is_what_was_asked_for)
{
    static const double shares[] = {0.01, 0.25, 1};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct serve_site site = site_of(1000, 100, "20K");
        site.drop = shares[i];
        double links = 0, n = 500 * 100;
        for (uint32_t page = 0; page < 500; page++) {
            char *text = page_by_chance(&site, page, page / 2);
            links += (double)crawling_count(text, "<a href=");
            cr_expect_eq(crawling_count(text, "<p>"), 100);
            cr_expect_eq(crawling_count(text, "<p><a href=") + crawling_count(text, "<p>Page "),
                         100);
            free(text);
        }
        cr_expect_leq(fabs(links - n * (1 - site.drop)), slack(n, site.drop), "%g: %g links",
                      site.drop, links);
    }
}

Test(serve_shares, which_links_are_left_out_is_chance)
{
    struct serve_site site = site_of(1000, 30, "5K");
    site.drop = 0.5;
    char *a = page_by_chance(&site, 5, 1), *b = page_by_chance(&site, 5, 1),
         *c = page_by_chance(&site, 5, 2);
    cr_expect_str_eq(a, b);
    cr_expect_str_neq(a, c);
    free(a);
    free(b);
    free(c);
}
