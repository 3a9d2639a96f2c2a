#include "crawler/url_queue.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct url_queue queue;

static void open_queue(void)
{
    url_queue_init(&queue);
}

static void close_queue(void)
{
    url_queue_deinit(&queue);
}

TestSuite(url_queue, .init = open_queue, .fini = close_queue);

static void push(const char *text)
{
    const struct todo todo = {.depth = (uint32_t)strlen(text)};
    url_queue_push(&queue, &todo, text, strlen(text));
}

static void expect(const char *text)
{
    struct todo todo;
    const char *got;

    cr_assert_gt(queue.count, 0, "no %s", text);
    cr_assert_eq(url_queue_pop(&queue, &todo, &got), strlen(text));
    cr_assert_str_eq(got, text);
    cr_assert_eq(todo.depth, strlen(text));
}

Test(url_queue, gives_back_in_order)
{
    push("/1");
    push("/two");
    expect("/1");
    push("/");
    expect("/two");
    expect("/");
    cr_assert_eq(queue.count, 0);
}

Test(url_queue, keeps_all_that_is_known_of_a_url)
{
    static const struct todo todos[] = {
        {.depth = 0},
        {.depth = 0, .seed = true},
        {.depth = 1, .nofollow = true},
        {.depth = 62, .seed = true, .nofollow = true},
        {.depth = 63},
        {.depth = 63, .seed = true, .nofollow = true},
        {.depth = 64, .nofollow = true},
        {.depth = 3, .redirects = 9},
        {.depth = 3, .attempts = 3, .nofollow = true},
        {.depth = UINT32_MAX, .redirects = UINT16_MAX, .attempts = 3, .seed = true},
    };
    enum { N = sizeof todos / sizeof *todos };
    const char *text;

    for (int i = 0; i < N; i++)
        url_queue_push(&queue, &todos[i], "/", 1);
    for (int i = 0; i < N; i++) {
        struct todo got;
        cr_assert_eq(url_queue_pop(&queue, &got, &text), 1);
        cr_assert_str_eq(text, "/");
        cr_assert_eq(got.depth, todos[i].depth, "%d", i);
        cr_assert_eq(got.redirects, todos[i].redirects, "%d", i);
        cr_assert_eq(got.attempts, todos[i].attempts, "%d", i);
        cr_assert_eq(got.seed, todos[i].seed, "%d", i);
        cr_assert_eq(got.nofollow, todos[i].nofollow, "%d", i);
    }
}

Test(url_queue, can_be_empty_many_times)
{
    char text[64];

    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "/%030d", i);
        push(text);
        expect(text);
        cr_assert_eq(queue.count, 0);
    }
}

Test(url_queue, holds_many)
{
    char text[64];

    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "/%d", i);
        push(text);
    }
    cr_assert_eq(queue.count, 20000);
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "/%d", i);
        expect(text);
    }
}

Test(url_queue, takes_texts_of_any_length)
{
    static const size_t lengths[] = {65535, 0, 3999, 4000, 1, 70000, 3970, 12, 65535};
    enum { N = sizeof lengths / sizeof *lengths };
    char *texts[N];

    for (int i = 0; i < N; i++) {
        texts[i] = calloc(1, lengths[i] + 1);
        memset(texts[i], 'a' + i, lengths[i]);
        push(texts[i]);
    }
    for (int i = 0; i < N; i++) {
        expect(texts[i]);
        free(texts[i]);
    }
}

Test(url_queue, leaves_the_text_valid_until_the_next_call)
{
    struct todo todo;
    const char *text;

    push("/only");
    url_queue_pop(&queue, &todo, &text);
    cr_assert_str_eq(text, "/only");
    cr_assert_not_null(queue.first, "the chunk of the text is kept");
}

Test(url_queue, frees_chunks_as_they_are_emptied)
{
    char text[1024] = {0};

    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 100; i++)
        push(text);
    cr_assert_neq(queue.first, queue.last);
    for (int i = 0; i < 100; i++)
        expect(text);
    cr_assert_eq(queue.first, queue.last);
}
