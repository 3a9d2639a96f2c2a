/* --limit-rate: all bodies together come at that rate. */
#include "crawler/fetch_multi.h"
#include "tests/crawler/fetching.h"

#include <errno.h>
#include <zlib.h>

#define KIB 1024
#define AT_ONCE 4

static char letters[100 * KIB], chunks[120 * KIB], squeezed[64 * KIB];

static struct site_page pages[] = {
    {"/squeezed", .headers = "Content-Encoding: gzip\r\n", .body = squeezed},
    {"/chunks", .body = chunks, .behaviour = SITE_RAW},
    {"/truncated", .body = letters, .length = sizeof letters, .behaviour = SITE_TRUNCATE},
    {"/", .body = "<p>"},
    {"/long", .body = letters, .length = sizeof letters},
};

static void write_letters(void)
{
    z_stream z = {.next_in = (unsigned char *)letters,
                  .avail_in = sizeof letters,
                  .next_out = (unsigned char *)squeezed,
                  .avail_out = sizeof squeezed};
    char *out = stpcpy(chunks, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                               "Content-Type: text/html\r\n\r\n");

    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i < sizeof letters / KIB; i++)
        out += sprintf(out, "400\r\n%.1024s\r\n", letters);
    strcpy(out, "0\r\n\r\n");
    for (size_t i = 0; i < sizeof letters; i++)
        letters[i] = (char)('a' + i * i % 23);
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    pages[0].length = z.total_out;
    deflateEnd(&z);
}

TestSuite(throttle, .init = write_letters);

static double seconds_since(int64_t then)
{
    return (double)(loop_time() - then) / (double)NS_PER_S;
}

FETCH_TEST(throttle, keeps_the_rate_of_all_fetches_together, .limit_rate = 500 * KIB)
{
    struct fetching all[AT_ONCE];
    int64_t before = loop_time();

    for (size_t i = 0; i < AT_ONCE; i++)
        fetching_start(s, &all[i], "/long");
    for (size_t i = 0; i < AT_ONCE; i++) {
        cr_assert_eq(task_join(&all[i].task), 0);
        cr_assert_eq(all[i].fetch.error, FETCH_OK, "%s", all[i].fetch.message);
        cr_assert_eq(all[i].fetch.body_length, sizeof letters);
        fetch_deinit(&all[i].fetch);
    }
    double rate = AT_ONCE * sizeof letters / seconds_since(before);
    cr_expect(rate > 375 * KIB && rate < 625 * KIB, "%g bytes a second", rate);
}

FETCH_TEST(throttle, leaves_bodies_as_they_are, .limit_rate = 1000 * KIB)
{
    static const struct {
        const char *path;
        enum fetch_error error;
        size_t length;
    } table[] = {
        {"/long", FETCH_OK, sizeof letters},
        {"/squeezed", FETCH_OK, sizeof letters},
        {"/chunks", FETCH_OK, sizeof letters},
        {"/truncated", FETCH_RESET, sizeof letters / 2},
        {"/", FETCH_OK, 3},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, BODY_LINKS);
        cr_assert_eq(f->error, table[i].error, "%s: %s", table[i].path, f->message);
        cr_assert_eq(f->body_length, table[i].length, "%s: %zu", table[i].path, f->body_length);
        cr_assert(i == 2 || i == 4 || memcmp(f->body, letters, f->body_length) == 0);
    }
}

FETCH_TEST(throttle, cuts_a_body_that_it_held_back, .limit_rate = 1000 * KIB, .max_body = 50 * KIB)
{
    static const char *const paths[] = {"/long", "/squeezed", "/chunks"};

    for (size_t i = 0; i < COUNT(paths); i++) {
        struct fetch *f = get(s, paths[i], BODY_LINKS);
        cr_assert_eq(f->error, FETCH_OK, "%s: %s", paths[i], f->message);
        cr_assert(f->truncated);
        cr_assert_eq(f->body_length, 50 * KIB);
        cr_assert_eq(f->multi->active, 0);
    }
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
}

FETCH_TEST(throttle, does_not_hold_back_what_it_can_pay, .limit_rate = 100 << 20)
{
    int64_t before = loop_time();

    for (int i = 0; i < 10; i++)
        cr_assert_eq(get(s, "/long", BODY_LINKS)->body_length, sizeof letters);
    cr_expect_lt(seconds_since(before), 0.5);
}

FETCH_TEST(throttle, leaves_the_deadline_as_it_is, .limit_rate = 20 * KIB,
           .max_time = 100 * NS_PER_MS)
{
    struct fetch *f = get(s, "/long", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_TIMEOUT);
    cr_assert(f->body_length > 0 && f->body_length < sizeof letters);
    cr_expect_lt((double)(f->ended - f->started) / (double)NS_PER_S, 0.5);
}

FETCH_TEST(throttle, lets_a_task_be_cancelled_at_any_moment, .limit_rate = 200 * KIB)
{
    for (int moment = 0; moment < 20; moment++) {
        struct fetching g;
        fetching_start(s, &g, "/long");
        task_sleep(moment * NS_PER_MS);
        task_cancel(&g.task);
        cr_assert_eq(task_join(&g.task), -ECANCELED);
        fetch_deinit(&g.fetch);
    }
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
}
