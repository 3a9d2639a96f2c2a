/* cmd/serve_site.c: the computed site keeps what its header says. */
#include "cmd/serve_site.h"
#include "tests/cmd/folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct serve_site site_of(uint32_t pages, uint32_t links, const char *size)
{
    struct serve_site site = {
        .pages = pages, .links = links, .seed = 1, .local = SERVE_SITE_LOCAL, .hosts = 1};
    cr_assert_eq(serve_site_law(&site.size, size, SERVE_SITE_BYTES), 0);
    return site;
}

/* The page as a string, made with that much room a piece; the caller frees. */
static char *page_in_pieces(const struct serve_site *site, uint32_t index, size_t room)
{
    struct serve_site_page p;
    serve_site_page_init(&p, site, index);
    char *text = malloc(p.size + room + 1), *end = text;
    for (size_t n; (n = serve_site_page_read(&p, end, room)) > 0; end += n)
        cr_assert_leq((size_t)(end - text) + n, p.size);
    cr_assert_eq((size_t)(end - text), p.size, "page %u: %zu bytes, announced %zu", index,
                 (size_t)(end - text), p.size);
    *end = '\0';
    return text;
}

static char *page_of(const struct serve_site *site, uint32_t index)
{
    return page_in_pieces(site, index, 1 << 20);
}

/* The page of a whole URL of the site, -1 if it is none. */
static int64_t find_url(const struct serve_site *site, const char *url, size_t n)
{
    unsigned host, port;
    int used = 0;
    char *text = strndup(url, n), scheme[6];
    int fields = sscanf(text, "%5[htps]://127.0.0.%u:%u%n", scheme, &host, &port, &used);
    free(text);
    if (fields != 3 || strcmp(scheme, site->secure ? "https" : "http") != 0 || host == 0 ||
        port != site->port)
        return -1;
    return serve_site_find(site, host - 1, url + used, n - (size_t)used);
}

/* The page that a link's text leads to from a page, by the rules of relative URLs. */
static int64_t resolve(const struct serve_site *site, uint32_t from, const char *href, size_t n)
{
    char path[2 * SERVE_SITE_PATH];
    unsigned host = serve_site_host(site, from);
    if (n >= 4 && strncmp(href, "http", 4) == 0)
        return find_url(site, href, n);
    if (n >= 3 && strncmp(href, "../", 3) == 0)
        return serve_site_find(site, host, href + 2, n - 2);
    if (href[0] == '/')
        return serve_site_find(site, host, href, n);
    size_t folder = serve_site_path(from, path);
    while (path[folder - 1] != '/')
        folder--;
    cr_assert_lt(folder + n, sizeof path);
    memcpy(path + folder, href, n);
    return serve_site_find(site, host, path, folder + n);
}

/* Of a site's pages, one after the other: FNV-1a. */
static uint64_t digest_of(const struct serve_site *site)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < site->pages; i++) {
        char *text = page_of(site, i);
        for (const char *c = text; *c; c++)
            digest = (digest ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
        free(text);
    }
    return digest;
}

Test(serve_site, its_bytes_are_those_that_they_have_always_been)
{
    static const struct {
        uint32_t pages, links;
        uint64_t seed;
        const char *size;
        uint64_t digest;
    } rows[] = {{1000, 30, 1, "5K", UINT64_C(0x116448740b9940ef)},
                {200, 31, 42, "lognormal:20K,1.5", UINT64_C(0x312a569252a625bb)},
                {3, 1000, 7, "0", UINT64_C(0xd98a1164c1712a7d)},
                {2, 0, 1, "uniform:1K..2K", UINT64_C(0xe98924668a0e406c)}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct serve_site site = site_of(rows[r].pages, rows[r].links, rows[r].size);
        site.seed = rows[r].seed;
        cr_expect_eq(digest_of(&site), rows[r].digest, "row %zu", r);
    }
}

/* Adds what a page leads to. */
static uint32_t follow(const struct serve_site *site, uint32_t page, bool *seen, uint32_t *queue,
                       uint32_t tail)
{
    enum serve_site_kind kind = serve_site_kind(site, page);
    uint32_t links = kind == SERVE_SITE_PAGE ? site->links : kind == SERVE_SITE_REDIRECT;
    for (uint32_t k = 0; k < links; k++) {
        uint32_t to =
            kind == SERVE_SITE_PAGE ? serve_site_link(site, page, k) : (page + 1) % site->pages;
        cr_assert_lt(to, site->pages);
        if (!seen[to])
            queue[tail++] = to;
        seen[to] = true;
    }
    return tail;
}

Test(serve_site, every_page_is_reached_from_the_first)
{
    static const struct {
        uint32_t pages, links;
        double local, errors, redirects;
    } rows[] = {{1, 0, SERVE_SITE_LOCAL, 0, 0},
                {1, 5, SERVE_SITE_LOCAL, 0, 0},
                {2, 1, SERVE_SITE_LOCAL, 0, 0},
                {50, 1, SERVE_SITE_LOCAL, 0, 0},
                {50, 2, SERVE_SITE_LOCAL, 0, 0},
                {1000, 30, SERVE_SITE_LOCAL, 0, 0},
                {101, 400, SERVE_SITE_LOCAL, 0, 0},
                {1000, 30, 0, 0, 0},
                {1000, 30, 1, 0, 0},
                {1000, 5, 1, 0, 1},
                {2000, 30, 0.5, 0.1, 0.2}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct serve_site site = site_of(rows[r].pages, rows[r].links, "1K");
        site.local = rows[r].local;
        site.errors = rows[r].errors;
        site.redirects = rows[r].redirects;
        bool *seen = calloc(site.pages, sizeof *seen);
        uint32_t *queue = calloc(site.pages, sizeof *queue), tail = 1;
        seen[0] = true;
        for (uint32_t head = 0; head < tail; head++)
            tail = follow(&site, queue[head], seen, queue, tail);
        cr_expect_eq(tail, site.pages, "row %zu: %u reached", r, tail);
        free(seen);
        free(queue);
    }
}

Test(serve_site, links_that_are_not_near_lead_all_over_the_site)
{
    struct serve_site site = site_of(1000, 30, "1K");
    unsigned quarters[4] = {0};
    for (uint32_t page = 0; page < site.pages; page++)
        for (uint32_t k = 10; k < 30; k++)
            quarters[serve_site_link(&site, page, k) / 250]++;
    for (size_t i = 0; i < 4; i++)
        cr_expect(quarters[i] > 4700 && quarters[i] < 5300, "quarter %zu: %u", i, quarters[i]);
}

Test(serve_site, a_page_holds_exactly_its_links_in_their_order)
{
    static const uint32_t pages[] = {0, 1, 98, 99, 100, 101, 9999, 12344};
    for (unsigned hosts = 1; hosts < SERVE_SITE_HOSTS; hosts += 84) {
        struct serve_site site = site_of(12345, 31, "5K");
        site.hosts = hosts;
        site.port = 54321;
        site.secure = hosts > 100;
        for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
            char *text = page_of(&site, pages[i]), *at = text;
            uint32_t k = 0;
            for (; (at = strstr(at, "href=\"")); k++) {
                at += strlen("href=\"");
                int64_t to = resolve(&site, pages[i], at, strcspn(at, "\""));
                cr_assert_lt(k, site.links);
                cr_expect_eq(to, serve_site_link(&site, pages[i], k), "page %u, link %u to %.50s",
                             pages[i], k, at);
            }
            cr_expect_eq(k, site.links, "page %u: %u links", pages[i], k);
            free(text);
        }
    }
}

Test(serve_site, links_are_relative_and_absolute)
{
    struct serve_site site = site_of(1000, 30, "5K");
    char *text = page_of(&site, 250);
    cr_expect(strstr(text, "href=\"/d"));
    cr_expect(strstr(text, "href=\"../d"));
    cr_expect(strstr(text, "href=\"p"));
    free(text);
}

Test(serve_site, a_page_is_as_long_as_the_law_says)
{
    static const struct {
        uint32_t links;
        const char *law;
        size_t size;
    } rows[] = {{0, "1K", 1024}, {30, "5K", 5120}, {30, "5000", 5000}, {7, "3M", 3 << 20}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct serve_site site = site_of(1000, rows[r].links, rows[r].law);
        for (uint32_t i = 0; i < site.pages; i += 333) {
            struct serve_site_page p;
            serve_site_page_init(&p, &site, i);
            cr_expect_eq(p.size, rows[r].size, "row %zu, page %u: %zu", r, i, p.size);
        }
    }
}

Test(serve_site, a_page_too_small_for_its_links_grows)
{
    static const struct {
        unsigned hosts;
        size_t most; /* bytes a link */
    } rows[] = {{1, 80}, {SERVE_SITE_HOSTS, 105}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct serve_site site = site_of(SERVE_SITE_PAGES, 1000, "0");
        site.hosts = rows[i].hosts;
        site.port = 65535;
        site.secure = true;
        char *text = page_in_pieces(&site, SERVE_SITE_PAGES - 1, SERVE_SITE_ROOM);
        cr_expect_eq(crawling_count(text, "<a href=\""), 1000);
        cr_expect_lt(strlen(text), 1000 * rows[i].most);
        free(text);
    }
}

Test(serve_site, sizes_follow_the_law)
{
    struct serve_site site = site_of(10001, 0, "uniform:1K..9K");
    size_t under = 0;
    for (uint32_t i = 0; i < site.pages; i++) {
        struct serve_site_page p;
        serve_site_page_init(&p, &site, i);
        cr_assert(p.size >= 1024 && p.size <= 9 * 1024, "page %u: %zu", i, p.size);
        under += p.size < 5 * 1024;
    }
    cr_expect(under > 4800 && under < 5200, "%zu under the mean", under);

    site = site_of(10001, 0, "lognormal:100K,1");
    size_t below = 0, within = 0;
    for (uint32_t i = 0; i < site.pages; i++) {
        struct serve_site_page p;
        serve_site_page_init(&p, &site, i);
        below += p.size < 100 * 1024;
        within += p.size > 100 * 1024 / M_E && p.size < 100 * 1024 * M_E;
    }
    cr_expect(below > 4800 && below < 5200, "%zu below the median", below);
    cr_expect(within > 6600 && within < 7050, "%zu within one sigma", within);
}

Test(serve_site, draws_are_bounded)
{
    struct serve_site site = site_of(100, 0, "lognormal:1G,9");
    cr_assert_eq(serve_site_law(&site.latency, "lognormal:1h,9", SERVE_SITE_SECONDS), 0);
    for (uint32_t i = 0; i < site.pages; i++) {
        struct serve_site_page p;
        serve_site_page_init(&p, &site, i);
        cr_expect_leq(p.size, (size_t)1 << 30);
        int64_t ns = serve_site_latency(&site, i);
        cr_expect(ns >= 0 && ns <= INT64_C(3600000000000));
    }
}

Test(serve_site, a_page_is_html_and_its_text_has_no_markup)
{
    struct serve_site site = site_of(500, 3, "4K");
    for (uint32_t i = 0; i < site.pages; i += 7) {
        char *text = page_of(&site, i);
        char title[64];
        snprintf(title, sizeof title, "<title>Page %u</title>", i);
        cr_expect_eq(strncmp(text, "<!DOCTYPE html>\n<html", 21), 0);
        cr_expect(strstr(text, title));
        cr_expect_str_eq(strstr(text, "</body>"), "</body>\n</html>\n");
        size_t tags = 0;
        for (char *c = text; (c = strchr(c, '<')); c++)
            tags++;
        cr_expect_eq(tags, 9 + 3 * 4 + 2, "page %u: %zu tags", i, tags);
        cr_expect_null(strchr(text, '&'));
        free(text);
    }
}

Test(serve_site, a_page_made_in_pieces_is_the_same)
{
    struct serve_site site = site_of(1000, 30, "20K");
    char *whole = page_of(&site, 123);
    for (size_t room = SERVE_SITE_ROOM; room < 3000; room += 97) {
        char *pieces = page_in_pieces(&site, 123, room);
        cr_expect_str_eq(pieces, whole, "in pieces of %zu", room);
        free(pieces);
    }
    free(whole);
}

Test(serve_site, the_seed_decides)
{
    struct serve_site a = site_of(1000, 30, "5K"), b = a, c = a;
    c.seed = 2;
    char *text_a = page_of(&a, 5), *text_b = page_of(&b, 5), *text_c = page_of(&c, 5);
    cr_expect_str_eq(text_a, text_b);
    cr_expect_str_neq(text_a, text_c);
    free(text_a);
    free(text_b);
    free(text_c);
}

Test(serve_site, every_path_is_found_again)
{
    struct serve_site site = site_of(SERVE_SITE_PAGES, 0, "0");
    static const uint32_t pages[] = {0, 1, 99, 100, 12345, SERVE_SITE_PAGES - 1};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char path[SERVE_SITE_PATH];
        size_t n = serve_site_path(pages[i], path);
        cr_expect_eq(strlen(path), n);
        cr_expect_eq(serve_site_find(&site, 0, path, n), pages[i], "%s", path);
    }
}

Test(serve_site, other_paths_are_not_found)
{
    struct serve_site site = site_of(1000, 0, "0");
    static const char *const paths[] = {
        "",
        "x",
        "//",
        "/?",
        "/p1.html",
        "/d0/p0.html",
        "/d0/p01.html",
        "/d1/p1.html",
        "/d0/p1.htm",
        "/d0/p1.html ",
        "/d0/p",
        "/d10/p1000.html",
        "/robots.txt",
        "/d0/p4294967297.html",
        "/d0/p18446744073709551617.html",
        "/d0/p99999999999999999999999999999999999999999999.html",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        cr_expect_eq(serve_site_find(&site, 0, paths[i], strlen(paths[i])), -1, "%s", paths[i]);
    cr_expect_eq(serve_site_find(&site, 0, "/d0/p12.html", 6), -1, "only n bytes count");
}

Test(serve_site, laws_are_read)
{
    static const struct {
        const char *text;
        enum serve_site_unit unit;
        int kind;
        double a, b;
    } rows[] = {
        {"0", SERVE_SITE_BYTES, SERVE_SITE_VALUE, 0, 0},
        {"4900", SERVE_SITE_BYTES, SERVE_SITE_VALUE, 4900, 0},
        {"1.5K", SERVE_SITE_BYTES, SERVE_SITE_VALUE, 1536, 0},
        {"uniform:1K..2M", SERVE_SITE_BYTES, SERVE_SITE_UNIFORM, 1 << 10, 1 << 21},
        {"uniform:1..1", SERVE_SITE_BYTES, SERVE_SITE_UNIFORM, 1, 1},
        {"lognormal:1G,0.75", SERVE_SITE_BYTES, SERVE_SITE_LOGNORMAL, 1 << 30, 0.75},
        {"2", SERVE_SITE_SECONDS, SERVE_SITE_VALUE, 2, 0},
        {"2s", SERVE_SITE_SECONDS, SERVE_SITE_VALUE, 2, 0},
        {"3m", SERVE_SITE_SECONDS, SERVE_SITE_VALUE, 180, 0},
        {"1h", SERVE_SITE_SECONDS, SERVE_SITE_VALUE, 3600, 0},
        {"uniform:250ms..0.5", SERVE_SITE_SECONDS, SERVE_SITE_UNIFORM, 0.25, 0.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct serve_site_law law;
        cr_assert_eq(serve_site_law(&law, rows[i].text, rows[i].unit), 0, "%s", rows[i].text);
        cr_expect_eq((int)law.kind, rows[i].kind, "%s", rows[i].text);
        cr_expect(fabs(law.a - rows[i].a) < 1e-9, "%s: %g", rows[i].text, law.a);
        cr_expect(fabs(law.b - rows[i].b) < 1e-9, "%s: %g", rows[i].text, law.b);
    }
}

Test(serve_site, what_is_no_law_is_refused)
{
    static const struct {
        const char *text;
        enum serve_site_unit unit;
    } rows[] = {
        {"", SERVE_SITE_BYTES},
        {"K", SERVE_SITE_BYTES},
        {"-1", SERVE_SITE_BYTES},
        {" 1", SERVE_SITE_BYTES},
        {"0x10", SERVE_SITE_BYTES},
        {"1e3", SERVE_SITE_BYTES},
        {"nan", SERVE_SITE_BYTES},
        {"1.", SERVE_SITE_BYTES},
        {".5", SERVE_SITE_BYTES},
        {"5KB", SERVE_SITE_BYTES},
        {"5s", SERVE_SITE_BYTES},
        {"5K", SERVE_SITE_SECONDS},
        {"1..2", SERVE_SITE_BYTES},
        {"uniform:1", SERVE_SITE_BYTES},
        {"uniform:1..", SERVE_SITE_BYTES},
        {"uniform:2..1", SERVE_SITE_BYTES},
        {"uniform:1..2..3", SERVE_SITE_BYTES},
        {"lognormal:1", SERVE_SITE_BYTES},
        {"lognormal:1,", SERVE_SITE_BYTES},
        {"lognormal:1,-1", SERVE_SITE_BYTES},
        {"normal:1,1", SERVE_SITE_BYTES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct serve_site_law law;
        cr_expect_eq(serve_site_law(&law, rows[i].text, rows[i].unit), -EINVAL, "%s", rows[i].text);
    }
}
