#include "cmd/sorted.h"
#include "loop/runner.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A crawl that does not run: it knows its seeds. */
static void ignore_found(struct crawl_sink *s, const struct finding *f)
{
    (void)s, (void)f;
}

static void ignore_refused(struct crawl_sink *s, const struct refusal *r)
{
    (void)s, (void)r;
}

static struct crawl_sink sink = {.found = ignore_found, .refused = ignore_refused};
static const struct crawl_options options = {
    .concurrency = 1,
    .per_host = 1,
    .rules = {.depth = DEPTH_UNLIMITED,
              .settle = true,
              .keep_trail = true,
              .traps = TRAP_LIMITS_DEFAULT},
    .fetch = {.concurrency = 1, .user_agent = "tester", .allow_private = true},
};

static struct text out; /* what comes, a line of JSON each */

static void note(void *arg, const struct record *r)
{
    (void)arg;
    record_add_json(&out, r);
    text_add_char(&out, '\n');
}

static void expect_out(const char *expected)
{
    text_add_char(&out, '\0');
    cr_expect_str_eq(out.data, expected);
    out.length = 0;
}

static void seed(struct crawl *c, const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    crawl_seed(c, &u, NULL);
}

static void add_url(struct sorted *s, const char *url)
{
    struct record r;

    record_begin(&r, RECORD_URL);
    record_set_text(&r, FIELD_URL, url);
    sorted_add(s, &r);
}

static void add_link(struct sorted *s, const char *from, const char *to, int line,
                     enum verdict verdict)
{
    struct record r;

    record_begin(&r, RECORD_LINK);
    record_set_text(&r, FIELD_FROM, from);
    record_set_text(&r, FIELD_TO, to);
    record_set_number(&r, FIELD_LINE, line);
    record_set_text(&r, FIELD_VERDICT, verdict_name(verdict));
    sorted_add(s, &r);
}

struct scene {
    void (*act)(struct sorted *s, struct crawl *c);
};

static int play(void *arg)
{
    struct scene *scene = arg;
    struct crawl *c;
    struct sorted *s = sorted_new();

    cr_assert_eq(crawl_new(&c, loop_running(), &options, &sink), 0);
    scene->act(s, c);
    crawl_free(c);
    sorted_free(s);
    text_deinit(&out);
    return 0;
}

#define SORTED_TEST(fact)                                \
    static void fact(struct sorted *s, struct crawl *c); \
    Test(sorted, fact)                                   \
    {                                                    \
        struct scene scene = {fact};                     \
        cr_assert_eq(runner_run(NULL, play, &scene), 0); \
    }                                                    \
    static void fact(struct sorted *s, struct crawl *c)

SORTED_TEST(nothing_comes_of_nothing)
{
    sorted_each(s, c, note, NULL);
    cr_expect_eq(out.length, 0);
}

SORTED_TEST(urls_come_in_the_order_of_their_bytes)
{
    add_url(s, "http://a/b");
    add_url(s, "http://a/");
    add_url(s, "http://a/Z");
    add_url(s, "http://a/a%20");
    sorted_each(s, c, note, NULL);
    expect_out("{\"v\":1,\"type\":\"url\",\"url\":\"http://a/\"}\n"
               "{\"v\":1,\"type\":\"url\",\"url\":\"http://a/Z\"}\n"
               "{\"v\":1,\"type\":\"url\",\"url\":\"http://a/a%20\"}\n"
               "{\"v\":1,\"type\":\"url\",\"url\":\"http://a/b\"}\n");
}

SORTED_TEST(links_come_by_page_then_by_target_among_the_urls)
{
    add_link(s, "http://a/b", "http://a/", 1, VERDICT_DEPTH);
    add_link(s, "http://a/", "http://a/d", 2, VERDICT_DEPTH);
    add_link(s, "http://a/", "http://a/c", 3, VERDICT_DEPTH);
    add_url(s, "http://a/a");
    sorted_each(s, c, note, NULL);
    expect_out("{\"v\":1,\"type\":\"link\",\"from\":\"http://a/\",\"to\":\"http://a/c\",\"line\":3,"
               "\"verdict\":\"depth\"}\n"
               "{\"v\":1,\"type\":\"link\",\"from\":\"http://a/\",\"to\":\"http://a/d\",\"line\":2,"
               "\"verdict\":\"depth\"}\n"
               "{\"v\":1,\"type\":\"url\",\"url\":\"http://a/a\"}\n"
               "{\"v\":1,\"type\":\"link\",\"from\":\"http://a/b\",\"to\":\"http://a/\",\"line\":1,"
               "\"verdict\":\"depth\"}\n");
}

SORTED_TEST(what_differs_from_run_to_run_is_left_out)
{
    static const enum field differing[] = {
        FIELD_NEW_LINKS,  FIELD_ATTEMPTS,        FIELD_TIME_START,
        FIELD_TIME_DNS,   FIELD_TIME_TLS,        FIELD_TIME_CONNECT,
        FIELD_TIME_TOTAL, FIELD_TIME_FIRST_BYTE, FIELD_TIME_PARSE};
    struct record r;

    record_begin(&r, RECORD_PAGE);
    record_set_text(&r, FIELD_URL, "http://a/");
    record_set_number(&r, FIELD_STATUS, 200);
    record_set_text(&r, FIELD_IP, "127.0.0.1");
    record_set_text(&r, FIELD_HTTP, "1.1");
    record_set_text(&r, FIELD_MESSAGE, "after 3 ms");
    record_set_text(&r, FIELD_ERROR, "connect");
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
        record_set_number(&r, differing[i], 7);
    sorted_add(s, &r);
    sorted_each(s, c, note, NULL);
    expect_out("{\"v\":1,\"type\":\"page\",\"url\":\"http://a/\",\"status\":200,"
               "\"error\":\"connect\"}\n");
}

SORTED_TEST(depth_and_referrer_are_the_settled_ones)
{
    struct record r;

    record_begin(&r, RECORD_URL);
    record_set_text(&r, FIELD_URL, "http://127.0.0.1/");
    record_set_number(&r, FIELD_DEPTH, 7);
    record_set_text(&r, FIELD_REFERRER, "http://127.0.0.1/elsewhere");
    sorted_add(s, &r);
    seed(c, "http://127.0.0.1/");
    sorted_each(s, c, note, NULL);
    expect_out("{\"v\":1,\"type\":\"url\",\"url\":\"http://127.0.0.1/\",\"depth\":0}\n");
}

SORTED_TEST(a_link_to_what_was_followed_says_so)
{
    seed(c, "http://127.0.0.1/b");
    add_link(s, "http://127.0.0.1/", "http://127.0.0.1/b", 1, VERDICT_SEEN);
    add_link(s, "http://127.0.0.1/", "http://127.0.0.1/b", 2, VERDICT_NOFOLLOW);
    add_link(s, "http://127.0.0.1/", "http://127.0.0.1/c", 3, VERDICT_NOFOLLOW);
    sorted_each(s, c, note, NULL);
    expect_out("{\"v\":1,\"type\":\"link\",\"from\":\"http://127.0.0.1/\","
               "\"to\":\"http://127.0.0.1/b\",\"depth\":0,\"line\":1,\"verdict\":\"follow\"}\n"
               "{\"v\":1,\"type\":\"link\",\"from\":\"http://127.0.0.1/\","
               "\"to\":\"http://127.0.0.1/b\",\"depth\":0,\"line\":2,\"verdict\":\"follow\"}\n"
               "{\"v\":1,\"type\":\"link\",\"from\":\"http://127.0.0.1/\","
               "\"to\":\"http://127.0.0.1/c\",\"line\":3,\"verdict\":\"nofollow\"}\n");
}

/* Links of the same page to the same target, with verdicts as they may be in one run or another. */
SORTED_TEST(the_order_of_events_does_not_show)
{
    enum { LINKS = 40 };
    struct text first = {0};
    enum verdict verdicts[] = {VERDICT_FOLLOW, VERDICT_SEEN, VERDICT_DEPTH};

    (void)s; /* there is one for each run */
    seed(c, "http://127.0.0.1/b");
    for (int run = 0; run < 20; run++) {
        struct sorted *again = sorted_new();
        int order[LINKS];
        for (int i = 0; i < LINKS; i++) {
            int j = (int)(random() % (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
        for (int i = 0; i < LINKS; i++)
            add_link(again, "http://127.0.0.1/", "http://127.0.0.1/b", order[i] * 50,
                     verdicts[random() % 3]);
        sorted_each(again, c, note, NULL);
        sorted_free(again);
        if (run == 0)
            text_add(&first, out.data, out.length);
        cr_assert_eq(out.length, first.length);
        cr_assert_eq(memcmp(out.data, first.data, first.length), 0);
        out.length = 0;
    }
    text_deinit(&first);
}
