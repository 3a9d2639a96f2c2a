/* Tests of a frontier: coroutines that take items one by one and look at what is left. */
#ifndef TESTS_CRAWLER_TAKERS_H
#define TESTS_CRAWLER_TAKERS_H

#include "crawler/frontier.h"
#include "loop/runner.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A test of a frontier runs as a coroutine of a loop. */
struct scene {
    void (*act)(struct frontier *f);
    struct frontier_options options;
};

static inline int play(void *arg)
{
    struct scene *s = arg;
    struct frontier f;

    if (s->options.concurrency == 0)
        s->options.concurrency = 16;
    if (s->options.per_host == 0)
        s->options.per_host = 2;
    frontier_init(&f, loop_running(), &s->options);
    s->act(&f);
    frontier_deinit(&f);
    return 0;
}

#define FRONTIER_TEST(suite, fact, ...)              \
    static void fact(struct frontier *f);            \
    Test(suite, fact, .timeout = 20)                 \
    {                                                \
        struct scene s = {fact, {__VA_ARGS__}};      \
        cr_assert_eq(runner_run(NULL, play, &s), 0); \
    }                                                \
    static void fact(struct frontier *f)

static inline bool add_todo(struct frontier *f, const char *text, const struct todo *todo)
{
    struct url u;

    url_describe(&u, text, strlen(text));
    return frontier_add(f, &u, seen_fingerprint(f->seen.seed, text, strlen(text)), todo);
}

static inline bool add_at(struct frontier *f, const char *text, uint32_t depth)
{
    return add_todo(f, text, &(struct todo){.depth = depth});
}

static inline bool add(struct frontier *f, const char *text)
{
    return add_at(f, text, 0);
}

/* Everything that is ready has its turn. */
static inline void settle(void)
{
    for (int i = 0; i < 4; i++)
        task_yield();
}

/* A worker that takes one item. */
struct taker {
    struct task task;
    struct frontier *frontier;
    struct item item;
    int64_t when;
};

static inline int take(void *arg)
{
    struct taker *t = arg;
    int r = frontier_next(t->frontier, &t->item);

    t->when = loop_time();
    return r;
}

static inline struct taker *taker(struct frontier *f)
{
    struct taker *t = calloc(1, sizeof *t);

    t->frontier = f;
    cr_assert_eq(task_start(&t->task, f->loop, "taker", take, t), 0);
    settle();
    return t;
}

static inline bool waits(const struct taker *t)
{
    return !t->task.future.done;
}

static inline void forget(struct taker *t)
{
    task_cancel(&t->task);
    task_join(&t->task);
    item_deinit(&t->item);
    free(t);
}

/* Takes what is there to be taken at once, which must be that URL. */
static inline struct taker *taken(struct frontier *f, const char *url)
{
    struct taker *t = taker(f);

    cr_assert(!waits(t), "nothing to take, not %s", url);
    cr_assert_str_eq(t->item.url, url);
    return t;
}

/* Waits for that URL. */
static inline struct taker *awaited(struct frontier *f, const char *url)
{
    struct taker *t = taker(f);

    cr_assert_eq(await(&t->task.future), 0);
    cr_assert_str_eq(t->item.url, url);
    return t;
}

static inline void assert_nothing_to_take(struct frontier *f)
{
    struct taker *t = taker(f);

    if (!waits(t))
        cr_assert_fail("there is %s", t->item.url);
    forget(t);
}

/* It ended so. */
static inline enum pace_advice heard(struct frontier *f, struct taker *t, int kind)
{
    struct outcome o = {.kind = kind, .began = t->when, .ended = loop_time()};

    return frontier_heard(f, &t->item, &o);
}

/* It was answered. */
static inline void done(struct frontier *f, struct taker *t)
{
    heard(f, t, OUTCOME_ANSWER);
    frontier_done(f, &t->item);
    forget(t);
}

static inline void retry(struct frontier *f, struct taker *t, int64_t pause)
{
    frontier_retry(f, &t->item, pause);
    forget(t);
}

/* Takes the robots.txt of a host, which turns out to allow everything. */
static inline void meet(struct frontier *f, const char *robots_txt)
{
    struct taker *t = taken(f, robots_txt);

    host_set_rules(t->item.host, NULL);
    done(f, t);
}

#endif
