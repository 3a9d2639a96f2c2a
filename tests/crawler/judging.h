/* Tests of a judge, which hands what it follows to a frontier that nobody serves. */
#ifndef TESTS_CRAWLER_JUDGING_H
#define TESTS_CRAWLER_JUDGING_H

#include "crawler/judge.h"

#include <criterion/criterion.h>
#include <string.h>

static struct loop *loop;
static struct frontier frontier;
static struct judge judge;
static uint64_t refused[VERDICT_COUNT];
static struct rules rules;
static struct sight last; /* that was judged */
#define found last.found

static inline void open_judge(void)
{
    const struct frontier_options options = {.concurrency = 1, .per_host = 1};

    cr_assert_eq(loop_open(&loop, NULL), 0);
    frontier_init(&frontier, loop, &options);
    rules = (struct rules){
        .depth = 2, .traps = TRAP_LIMITS_DEFAULT, .keep_trail = true, .tell_refused = true};
    judge_init(&judge, &frontier, &rules, refused);
}

static inline void close_judge(void)
{
    judge_deinit(&judge);
    frontier_deinit(&frontier);
    loop_close(loop);
}

static inline enum verdict judge_as(const char *text, struct todo todo)
{
    last = (struct sight){.todo = todo};
    url_describe(&last.url, text, strlen(text));
    judge_sight(&judge, &last);
    return judge_link(&judge, &last);
}

static inline enum verdict link_at(const char *text, uint32_t depth)
{
    return judge_as(text, (struct todo){.depth = depth});
}

static inline enum verdict nofollow(const char *text)
{
    return judge_as(text, (struct todo){.depth = 1, .nofollow = true});
}

static inline void widen(const char *text)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    scope_add(&judge.scope, &u);
}

/* A seed that was visited, so that it widens the scope no more. */
static inline void seed(const char *text)
{
    widen(text);
    cr_assert_eq(judge_as(text, (struct todo){.seed = true}), VERDICT_FOLLOW);
    cr_assert(found);
    judge.open_seeds--;
}

static inline enum verdict asset_at(const char *text, uint32_t depth)
{
    last = (struct sight){.todo = {.depth = depth, .asset = true, .nofollow = true}};
    url_describe(&last.url, text, strlen(text));
    judge_sight(&judge, &last);
    return judge_asset(&judge, &last);
}

/* What the frontier hands out next, at once; NULL: nothing. */
static inline const struct item *next_item(void)
{
    static struct item item;

    if (frontier.queued == 0)
        return NULL;
    cr_assert_eq(frontier_next(&frontier, &item), 0);
    frontier_done(&frontier, &item);
    return &item;
}

static inline void assert_next(const char *url)
{
    const struct item *item = next_item();

    cr_assert_not_null(item, "nothing, not %s", url);
    cr_assert_str_eq(item->url, url);
}

/* The links that waited have their turn; how many are followed. */
static inline size_t let_wait_end(void)
{
    struct sight s;
    size_t followed = 0;

    while (judge_waiting(&judge, &s))
        followed += judge_link(&judge, &s) == VERDICT_FOLLOW;
    return followed;
}

#endif
