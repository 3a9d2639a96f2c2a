#include "crawler/follow.h"

#include "crawler/memory.h"
#include "loop/coro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_AT_ONCE 16
#define LINKS_A_TURN 1024

void follow_init(struct follow *f, struct frontier *frontier, const struct rules *rules,
                 struct crawl_sink *sink, struct stats *stats)
{
    *f = (struct follow){.sink = sink, .stats = stats};
    judge_init(&f->judge, frontier, rules, stats->refused);
    link_memo_init(&f->memo, frontier->seen.seed);
    if (query_rules_apply(&rules->query))
        f->spellings = memory_resize(NULL, LINKS_AT_ONCE * sizeof *f->spellings);
}

void follow_deinit(struct follow *f)
{
    judge_deinit(&f->judge);
    free(f->spellings);
}

const char *follow_referrer(const struct follow *f, uint64_t from)
{
    uint64_t further;

    return f->judge.trail && from ? trail_find(f->judge.trail, from, &further) : NULL;
}

static void report_refusal(struct follow *f, const struct sight *s, enum verdict verdict,
                           bool found)
{
    struct refusal r = {.url = s->url.text,
                        .verdict = verdict,
                        .why = s->why,
                        .from = follow_referrer(f, s->todo.from),
                        .depth = s->todo.depth,
                        .found = found};

    f->sink->refused(f->sink, &r);
}

/* The page that a trail leads over; NULL: it is a seed, or noted already. */
static void note(struct follow *f, const struct sight *s, enum verdict verdict,
                 const struct item *page)
{
    bool waits = f->judge.open_seeds || f->judge.awaited;
    bool leads = verdict == VERDICT_FOLLOW || s->found || s->refused || waits;

    if (f->judge.trail && page && leads)
        trail_add(f->judge.trail, s->todo.from, page->url, page->length, page->todo.from);
}

/* Hands one URL, met on that page, to the frontier, or not. */
static enum verdict consider(struct follow *f, struct sight *s, const struct item *page)
{
    struct judge *j = &f->judge;
    enum verdict verdict = s->todo.asset ? judge_asset(j, s) : judge_link(j, s);

    note(f, s, verdict, page);
    if (s->found) {
        struct finding finding = {.url = s->url.text,
                                  .length = s->url.length,
                                  .depth = s->todo.depth,
                                  .from = follow_referrer(f, s->todo.from)};
        f->stats->found++;
        f->sink->found(f->sink, &finding);
    }
    if (s->refused)
        report_refusal(f, s, verdict, false);
    return verdict;
}

/* Whether a URL of that verdict may be visited, as far as known now. */
static bool is_open(const struct follow *f, enum verdict verdict)
{
    const struct rules *rules = f->judge.rules;

    switch (verdict) {
    case VERDICT_FOLLOW:
    case VERDICT_SEEN:
    case VERDICT_DEPTH:
    case VERDICT_NOFOLLOW:
        return true;
    case VERDICT_SCOPE:
        return rules->check_external || rules->assets || f->judge.open_seeds || f->judge.awaited;
    default:
        return false;
    }
}

static void report_link(struct follow *f, const struct page *p, const struct link *link,
                        const struct sight *s, enum verdict verdict)
{
    struct linked l = {.page = p,
                       .link = link,
                       .to = s->url.text,
                       .length = s->url.length,
                       .fingerprint = s->fingerprint,
                       .depth = s->todo.depth,
                       .verdict = verdict,
                       .open = is_open(f, verdict)};

    f->sink->linked(f->sink, &l);
}

/* spelling: where to put another one; NULL: there is none. */
static void look_at(struct follow *f, struct sight *s, char *spelling)
{
    if (spelling)
        query_canonical(&s->url, spelling, &s->url, &f->judge.rules->query);
    judge_sight(&f->judge, s);
}

/* For the trail, where there is one. */
static uint64_t fingerprint(const struct follow *f, const struct item *item)
{
    if (!f->judge.trail || !item)
        return 0;
    return seen_fingerprint(f->judge.frontier->seen.seed, item->url, item->length);
}

void follow_seed(struct follow *f, const struct url *u, const struct todo *todo)
{
    struct sight s = {.url = *u, .todo = *todo};

    look_at(f, &s, f->spellings ? f->spellings[0] : NULL);
    consider(f, &s, NULL);
}

void follow_redirect(struct follow *f, struct page *p, const struct url *u, const struct todo *todo)
{
    struct sight s = {.url = *u, .todo = *todo};

    s.todo.from = fingerprint(f, p->item);
    look_at(f, &s, f->spellings ? f->spellings[0] : NULL);
    p->redirect = s.url.text;
    enum verdict verdict = consider(f, &s, p->item);
    if (f->sink->linked)
        report_link(f, p, &p->links.items[0], &s, verdict);
}

/* Considers some links of a page, having looked at all of them before. */
static void consider_some(struct follow *f, struct page *p, const struct link *links, size_t count,
                          const struct sight *like)
{
    struct sight sights[LINKS_AT_ONCE];

    for (size_t i = 0; i < count; i++) {
        const char *text = links_text(&p->links, links[i].url);
        struct sight *s = &sights[i];
        *s = *like;
        s->todo.nofollow |= links[i].nofollow;
        s->todo.asset = links[i].kind == LINK_ASSET ? like->todo.asset + 1 : 0;
        if (host_has(p->item->host, text, links[i].length))
            host_describe(p->item->host, &s->url, text, links[i].length);
        else
            url_describe(&s->url, text, links[i].length);
        look_at(f, s, f->spellings ? f->spellings[i] : NULL);
    }
    for (size_t i = 0; i < count; i++) {
        bool page = links[i].kind == LINK_FOLLOW; /* an asset may still be met as one */
        enum verdict verdict = consider(f, &sights[i], p->item);
        p->new_links += page && verdict == VERDICT_FOLLOW;
        f->stats->followed += page && verdict == VERDICT_FOLLOW;
        if (f->sink->linked)
            report_link(f, p, &links[i], &sights[i], verdict);
        if (page && (verdict == VERDICT_FOLLOW || verdict == VERDICT_SEEN))
            link_memo_add(&f->memo, links[i].key);
    }
}

/* Some links of a page, from the one at next on. */
struct turn {
    struct follow *follow;
    struct page *page;
    struct sight like;
    size_t next;
};

static void take_turn(void *arg)
{
    struct turn *t = arg;
    const struct links *l = &t->page->links;
    size_t end = l->count - t->next < LINKS_A_TURN ? l->count : t->next + LINKS_A_TURN;

    for (; t->next < end; t->next += LINKS_AT_ONCE) {
        size_t rest = end - t->next;
        consider_some(t->follow, t->page, &l->items[t->next],
                      rest < LINKS_AT_ONCE ? rest : LINKS_AT_ONCE, &t->like);
    }
}

/* A page may hold millions: others have their turn in between. */
ASYNC int follow_links(struct follow *f, struct page *p, const struct todo *todo)
{
    struct turn t = {.follow = f, .page = p, .like.todo = *todo};

    t.like.todo.from = fingerprint(f, p->item);
    if (f->judge.rules->settle && p->item->kind == ITEM_SITEMAP) /* it was no sight of its own */
        trail_settle(f->judge.trail, t.like.todo.from, p->item->url, p->item->length, 0, 0);

    while (t.next < p->links.count) {
        coro_call(take_turn, &t);
        if (t.next < p->links.count && task_yield() != 0)
            return -ECANCELED;
    }
    return 0;
}

ASYNC static void follow_waiting(struct follow *f)
{
    struct sight s;

    for (size_t i = 0; judge_waiting(&f->judge, &s); i++) {
        consider(f, &s, NULL);
        if (i % LINKS_A_TURN == LINKS_A_TURN - 1)
            task_yield();
    }
}

bool follow_passed(struct follow *f)
{
    struct sight s;
    int i = 0;

    for (; i < LINKS_A_TURN && judge_passed(&f->judge, &s); i++)
        if (scope_holds(&f->judge.scope, &s.url))
            consider(f, &s, NULL);
    return i > 0;
}

ASYNC void follow_seed_done(struct follow *f, const struct url *end)
{
    struct scope *scope = &f->judge.scope;

    if (end && scope_add(scope, end))
        f->sink->widened(f->sink, scope_name(scope, scope->count - 1), end->text);
    f->judge.open_seeds--;
    follow_waiting(f);
}

void follow_refuse(struct follow *f, const struct host *h, const struct todo *todo,
                   const char *path, size_t length, enum verdict verdict)
{
    size_t whole = h->origin_length + length;
    char *url = memory_resize(NULL, whole + 1);
    struct sight s = {.todo = *todo, .why = verdict == VERDICT_ROBOTS ? h->why : NULL};

    *(char *)mempcpy(mempcpy(url, h->origin, h->origin_length), path, length) = '\0';
    host_describe(h, &s.url, url, whole);
    report_refusal(f, &s, verdict, !todo->external || todo->asset);
    free(url);
}

ASYNC void follow_end(struct follow *f)
{
    struct sight s;
    enum verdict verdict;

    f->judge.open_seeds = 0;
    f->judge.awaited = false;
    follow_waiting(f);
    while (follow_passed(f))
        task_yield();
    while (judge_left(&f->judge, &s, &verdict))
        report_refusal(f, &s, verdict, true);
}
