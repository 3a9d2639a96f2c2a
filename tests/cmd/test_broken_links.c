#include "cmd/broken_links.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A crawl's events by hand: pages and targets are numbers. */
#define URLS 50
#define LINKS 400

static struct ok_statuses ok;
static struct broken_link told[LINKS];
static char told_from[LINKS][32], told_to[LINKS][32], told_rel[LINKS][32];
static size_t told_count;

static void note(void *arg, const struct broken_link *b)
{
    (void)arg;
    cr_assert_lt(told_count, LINKS);
    strcpy(told_from[told_count], b->from);
    strcpy(told_to[told_count], b->to);
    strcpy(told_rel[told_count], b->rel ? b->rel : "none");
    told[told_count++] = *b;
}

static const char *url_of(int n, char out[32])
{
    sprintf(out, "http://a/%d", n);
    return out;
}

/* As random as in a crawl, and never 0. */
static uint64_t fingerprint_of(int n)
{
    return seen_fingerprint(7, (const char *)&n, sizeof n);
}

static void link_with(struct broken_links *b, int from, int to, uint32_t line, bool open,
                      const char *rel)
{
    char source[32], target[32], text[32] = "";
    struct item item = {.url = source};
    struct page page = {.item = &item, .links = {.text = text}};
    struct link link = {.element = "a", .attribute = "href", .line = line, .rel = rel ? 1 : 0};
    struct linked l = {.page = &page,
                       .link = &link,
                       .to = url_of(to, target),
                       .length = strlen(url_of(to, target)),
                       .fingerprint = fingerprint_of(to),
                       .depth = 3,
                       .verdict = VERDICT_SEEN,
                       .open = open};
    struct listener *listener = broken_links_listener(b);

    item.length = strlen(url_of(from, source));
    if (rel)
        strcpy(text + 1, rel);
    listener->linked(listener, &l);
}

static void link_to(struct broken_links *b, int from, int to, uint32_t line)
{
    link_with(b, from, to, line, true, NULL);
}

/* status 0: no answer. */
static void visit(struct broken_links *b, int n, int status)
{
    char url[32];
    struct item item = {.url = url};
    struct fetch fetch = {.status = status};
    struct page page = {.item = &item, .fetch = &fetch, .fingerprint = fingerprint_of(n)};
    struct listener *listener = broken_links_listener(b);

    item.length = strlen(url_of(n, url));
    page.error = status ? FETCH_OK : FETCH_CONNECT;
    listener->visited(listener, &page);
}

static struct broken_links *begin(void)
{
    told_count = 0;
    return broken_links_new(&ok, note, NULL);
}

Test(broken_links, a_link_is_told_once_its_target_turns_out_broken)
{
    struct broken_links *b = begin();

    link_with(b, 1, 2, 14, true, "next");
    cr_expect_eq(told_count, 0);
    visit(b, 2, 404);
    cr_assert_eq(told_count, 1);
    cr_expect_str_eq(told_from[0], "http://a/1");
    cr_expect_str_eq(told_to[0], "http://a/2");
    cr_expect_str_eq(told_rel[0], "next");
    cr_expect_str_eq(told[0].element, "a");
    cr_expect_str_eq(told[0].attribute, "href");
    cr_expect_eq(told[0].line, 14);
    cr_expect_eq(told[0].depth, 3);
    cr_expect_eq(told[0].status, 404);
    cr_expect_null(told[0].error);
    broken_links_free(b);
}

Test(broken_links, a_link_to_what_is_known_to_be_broken_is_told_at_once)
{
    struct broken_links *b = begin();

    visit(b, 2, 0);
    link_to(b, 1, 2, 0);
    cr_assert_eq(told_count, 1);
    cr_expect_eq(told[0].status, 0);
    cr_expect_str_eq(told[0].error, "connect");
    broken_links_free(b);
}

Test(broken_links, links_that_waited_are_told_in_their_order)
{
    struct broken_links *b = begin();

    for (uint32_t line = 1; line <= 3; line++)
        link_to(b, (int)line, 9, line);
    visit(b, 9, 500);
    cr_assert_eq(told_count, 3);
    for (uint32_t line = 1; line <= 3; line++)
        cr_expect_eq(told[line - 1].line, line);
    broken_links_free(b);
}

Test(broken_links, nothing_is_told_of_links_to_other_targets)
{
    struct broken_links *b = begin();

    link_to(b, 1, 2, 0);                /* is fine */
    link_to(b, 1, 3, 0);                /* is never visited */
    link_with(b, 1, 4, 0, false, NULL); /* cannot be visited */
    visit(b, 2, 200);
    visit(b, 4, 404);
    link_to(b, 5, 2, 0);
    cr_expect_eq(told_count, 0);
    broken_links_free(b);
}

Test(broken_links, a_status_that_is_ok_breaks_no_link)
{
    struct broken_links *b = begin();

    cr_assert(ok_statuses_add(&ok, "403", 3));
    link_to(b, 1, 2, 0);
    visit(b, 2, 403);
    cr_expect_eq(told_count, 0);
    broken_links_free(b);
}

/* Each link's line is its number. */
static void play(unsigned seed)
{
    struct broken_links *b = begin();
    int status[URLS], to[LINKS];
    bool visited[URLS] = {false}, linked[LINKS] = {false}, heard[LINKS] = {false};
    static const int statuses[] = {200, 301, 404, 500, 0};

    srandom(seed);
    for (int i = 0; i < URLS; i++)
        status[i] = statuses[random() % 5];
    for (int i = 0; i < LINKS; i++)
        to[i] = (int)(random() % URLS);
    for (int i = 0; i < 2 * LINKS; i++) {
        int l = (int)(random() % LINKS), u = (int)(random() % URLS);
        if (!linked[l])
            link_with(b, l / 5, to[l], (uint32_t)l, true, l % 3 ? NULL : "up");
        linked[l] = true;
        if (random() % 8 == 0 && !visited[u]) {
            visit(b, u, status[u]);
            visited[u] = true;
        }
    }
    for (size_t i = 0; i < told_count; i++) {
        char from[32], target[32];
        int l = (int)told[i].line;
        cr_assert(!heard[l], "seed %u: link %d is told twice", seed, l);
        heard[l] = true;
        cr_assert_str_eq(told_from[i], url_of(l / 5, from));
        cr_assert_str_eq(told_to[i], url_of(to[l], target));
        cr_assert_str_eq(told_rel[i], l % 3 ? "none" : "up");
        cr_assert_eq(told[i].status, status[to[l]]);
    }
    for (int l = 0; l < LINKS; l++) {
        bool broken = visited[to[l]] && (status[to[l]] == 0 || status[to[l]] >= 400);
        cr_assert_eq(heard[l], linked[l] && broken, "seed %u: link %d", seed, l);
    }
    broken_links_free(b);
}

Test(broken_links, every_link_is_told_once_in_whatever_order_it_comes)
{
    for (unsigned seed = 1; seed <= 200; seed++)
        play(seed);
}

Test(broken_links, holds_many_targets)
{
    struct broken_links *b = begin();

    for (int i = 0; i < 20000; i++)
        link_to(b, 1, i, 0);
    for (int i = 0; i < 20000; i += 2)
        visit(b, i, 200);
    visit(b, 19999, 410);
    cr_expect_eq(told_count, 1);
    broken_links_free(b);
}
