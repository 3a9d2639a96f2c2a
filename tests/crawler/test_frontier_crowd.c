/* Many workers on one frontier, with everything that may happen, at random: what must hold all the
 * time, and in the end. */
#include "crawler/frontier.h"

#include "loop/runner.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 24
#define HOSTS 9
#define URLS 600

struct crowd {
    struct frontier frontier;
    struct task tasks[WORKERS];
    unsigned dice, added;
    unsigned handled[URLS];
    unsigned in_flight[HOSTS];
    int64_t next_start[HOSTS];
    bool asked[HOSTS]; /* for its robots.txt */
    uint32_t depth;    /* of what was handed out last */
    bool stalls;       /* some fetches time out, or give their slot back */
};

static unsigned roll(struct crowd *c)
{
    c->dice = c->dice * 1103515245u + 12345u;
    return c->dice >> 16;
}

static void add_random(struct crowd *c, uint32_t depth)
{
    char text[64];
    struct url u;
    const struct todo todo = {.depth = depth};

    if (c->added == URLS)
        return;
    snprintf(text, sizeof text, "http://host%u/%u", roll(c) % HOSTS, c->added++);
    url_describe(&u, text, strlen(text));
    uint64_t fingerprint = seen_fingerprint(c->frontier.seen.seed, text, strlen(text));
    cr_assert(frontier_add(&c->frontier, &u, fingerprint, &todo));
}

static void check_start(struct crowd *c, const struct item *item, unsigned host)
{
    const struct frontier *f = &c->frontier;
    int64_t next = item->host->next_start;

    c->in_flight[host]++;
    cr_assert_leq(c->in_flight[host], f->options.per_host, "%s", item->url);
    cr_assert(c->stalls || f->meeting <= f->max_meeting);
    /* Equal where this worker runs so late that the next start was made already. */
    cr_assert(next == c->next_start[host] || next - c->next_start[host] >= f->options.delay);
    c->next_start[host] = next;
    if (item->kind == ITEM_ROBOTS)
        return;
    cr_assert(c->asked[host], "%s came before its robots.txt", item->url);
    cr_assert(!f->options.by_depth || item->todo.depth >= c->depth, "%s", item->url);
    c->depth = item->todo.depth;
}

/* How a fetch ends: with an answer, as a rule. */
static enum pace_advice hear(struct crowd *c, struct item *item, int64_t began)
{
    static const int kinds[] = {OUTCOME_BUSY, OUTCOME_REFUSED, OUTCOME_TIMEOUT, OUTCOME_GIVEN_BACK,
                                OUTCOME_OTHER};
    struct outcome o = {.kind = OUTCOME_ANSWER, .began = began, .ended = loop_time()};

    if (c->stalls && roll(c) % 8 == 0)
        o.kind = kinds[roll(c) % 5];
    return frontier_heard(&c->frontier, item, &o);
}

static int work(void *arg)
{
    struct crowd *c = arg;
    struct item item = {0};
    unsigned host, number = 0;

    while (frontier_next(&c->frontier, &item) == 0) {
        int n = sscanf(item.url, "http://host%u/%u", &host, &number);
        cr_assert_eq(n, item.kind == ITEM_PAGE ? 2 : 1);
        check_start(c, &item, host);
        int64_t began = loop_time();
        if (roll(c) % 4)
            task_sleep(roll(c) % 3 * NS_PER_MS / 4);
        c->in_flight[host]--;
        bool again = hear(c, &item, began) == PACE_AGAIN;
        if (again || (roll(c) % 4 == 0 && item.todo.attempts < 3)) {
            frontier_retry(&c->frontier, &item, roll(c) % 3 * NS_PER_MS / 2);
            continue;
        }
        if (item.kind == ITEM_ROBOTS) {
            c->asked[host] = true;
            host_set_rules(item.host, NULL);
        } else {
            c->handled[number]++;
            for (unsigned i = roll(c) % 4; i > 0; i--)
                add_random(c, item.todo.depth + 1);
        }
        frontier_done(&c->frontier, &item);
    }
    item_deinit(&item);
    return 0;
}

static void assert_nothing_left(const struct frontier *f)
{
    cr_assert_eq(f->queued, 0);
    cr_assert_eq(f->queued_deeper, 0);
    cr_assert_eq(f->in_flight, 0);
    cr_assert_eq(f->meeting, 0);
    cr_assert(list_empty(&f->ring) && list_empty(&f->strangers) && list_empty(&f->stalled) &&
              list_empty(&f->deeper) && list_empty(&f->parked) && list_empty(&f->waiting));
}

struct setting {
    struct frontier_options options;
    bool stalls;
};

static int crawl(void *arg)
{
    const struct setting *s = arg;
    struct crowd *c = calloc(1, sizeof *c);

    cr_assert(c);
    c->stalls = s->stalls;
    c->dice = 1;
    frontier_init(&c->frontier, loop_running(), &s->options);
    for (int i = 0; i < WORKERS; i++)
        cr_assert_eq(task_start(&c->tasks[i], loop_running(), "worker", work, c), 0);
    for (int i = 0; i < 40; i++)
        add_random(c, 0);
    cr_assert_eq(await(&c->frontier.finished), 0);
    for (int i = 0; i < WORKERS; i++)
        task_cancel(&c->tasks[i]);
    for (int i = 0; i < WORKERS; i++)
        task_join(&c->tasks[i]);
    assert_nothing_left(&c->frontier);
    cr_assert_gt(c->added, 100);
    for (unsigned i = 0; i < c->added; i++)
        cr_assert_eq(c->handled[i], 1, "URL %u was handled %u times", i, c->handled[i]);
    frontier_deinit(&c->frontier);
    free(c);
    return 0;
}

static void crawl_with(struct frontier_options options)
{
    struct setting s = {.options = options};

    s.options.robots = true;
    for (int stalls = 0; stalls < 2; stalls++) {
        s.stalls = stalls;
        cr_assert_eq(runner_run(NULL, crawl, &s), 0);
    }
}

TestSuite(frontier_crowd, .timeout = 60);

Test(frontier_crowd, ends_with_each_url_handled_once)
{
    crawl_with((struct frontier_options){.concurrency = WORKERS, .per_host = 3});
}

Test(frontier_crowd, ends_where_few_hosts_may_be_met_at_once)
{
    crawl_with((struct frontier_options){.concurrency = 2, .per_host = 1});
}

Test(frontier_crowd, ends_where_it_goes_by_depth)
{
    crawl_with((struct frontier_options){.concurrency = WORKERS, .per_host = 3, .by_depth = true});
}

Test(frontier_crowd, ends_where_hosts_have_a_delay)
{
    crawl_with((struct frontier_options){
        .concurrency = 4, .per_host = 3, .delay = NS_PER_MS, .by_depth = true});
}
