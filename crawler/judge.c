/* A verdict is final where the URL itself decides: such URLs are in outside or barred. One that
 * depth, nofollow or the end of the crawl speaks against is held: a later link may still lead the
 * crawl there, and then it does not count as refused any more. */
#include "crawler/judge.h"

#include "crawler/address.h"

enum { HELD_DEPTH, HELD_NOFOLLOW, HELD_LIMIT, HELD_COUNT };

static const enum verdict held_verdicts[HELD_COUNT] = {VERDICT_DEPTH, VERDICT_NOFOLLOW,
                                                       VERDICT_LIMIT};

void judge_init(struct judge *j, struct frontier *f, const struct rules *rules, uint64_t *refused)
{
    uint64_t seed = f->seen.seed;

    *j = (struct judge){.frontier = f, .rules = rules, .refused = refused};
    scope_init(&j->scope, rules->scope, seed);
    j->traps = traps_new(&rules->traps, seed);
    if (rules->keep_trail)
        j->trail = trail_new();
    seen_init(&j->outside, seed);
    seen_init(&j->barred, seed);
    for (int i = 0; i < HELD_COUNT; i++)
        seen_init(&j->held[i], seed);
    seen_init(&j->waits[0], seed);
    seen_init(&j->waits[1], seed);
    url_queue_init(&j->kept);
    url_queue_init(&j->waiting);
}

void judge_deinit(struct judge *j)
{
    scope_deinit(&j->scope);
    filter_free(j->filter);
    traps_free(j->traps);
    trail_free(j->trail);
    seen_deinit(&j->outside);
    seen_deinit(&j->barred);
    for (int i = 0; i < HELD_COUNT; i++)
        seen_deinit(&j->held[i]);
    seen_deinit(&j->waits[0]);
    seen_deinit(&j->waits[1]);
    url_queue_deinit(&j->kept);
    url_queue_deinit(&j->waiting);
}

void judge_sight(const struct judge *j, struct sight *s)
{
    s->fingerprint = seen_fingerprint(j->frontier->seen.seed, s->url.text, s->url.length);
    seen_prefetch(&j->frontier->seen, s->fingerprint);
}

/* Why it is held; HELD_COUNT: it is not. */
static int held_for(const struct judge *j, uint64_t fingerprint)
{
    int i = 0;

    while (i < HELD_COUNT && !(j->held[i].count && seen_has(&j->held[i], fingerprint)))
        i++;
    return i;
}

/* A seed may be private, and then all may; where it redirects to may not. */
static bool is_private(const struct judge *j, const struct sight *s)
{
    bool typed = s->todo.seed && s->todo.redirects == 0;

    return !typed && !j->private_allowed && address_url_is_private(&s->url);
}

/* What the URL itself says against visiting it. A trap is asked once, for it counts. */
static enum verdict objection_to_url(struct judge *j, struct sight *s)
{
    enum verdict verdict = VERDICT_FOLLOW;
    enum trap trap = TRAP_LENGTH; /* before filters, which might take long for such a one */

    if (is_private(j, s))
        return VERDICT_PRIVATE;
    if (s->todo.seed)
        return VERDICT_FOLLOW;
    if (s->url.length <= j->rules->traps.max_url) {
        verdict = filter_judge(j->filter, s->url.text, s->url.length);
        if (verdict != VERDICT_FOLLOW)
            return verdict;
        if (seen_has(&j->barred, s->fingerprint))
            return VERDICT_TRAP;
        trap = traps_judge(j->traps, &s->url, s->todo.depth);
    }
    if (trap == TRAP_NONE)
        return VERDICT_FOLLOW;
    s->why = trap_phrase(trap);
    s->trap = trap;
    return VERDICT_TRAP;
}

static enum verdict bar(struct judge *j, struct sight *s, enum verdict verdict)
{
    s->refused = seen_add(&j->barred, s->fingerprint);
    j->refused[verdict] += s->refused;
    if (verdict == VERDICT_TRAP)
        j->trapped[s->trap] += s->refused;
    return verdict;
}

/* What speaks against visiting a URL that passes the rules about URLs. */
static enum verdict objection(const struct judge *j, const struct todo *todo)
{
    if (todo->depth > j->rules->depth)
        return VERDICT_DEPTH;
    if (todo->nofollow && !j->rules->ignore_nofollow)
        return VERDICT_NOFOLLOW;
    if (j->frontier->stopped)
        return VERDICT_LIMIT;
    return VERDICT_FOLLOW;
}

static enum verdict refuse_outside(struct judge *j, struct sight *s)
{
    const struct todo *todo = &s->todo;

    if (j->open_seeds) {
        if (seen_add(&j->waits[todo->nofollow], s->fingerprint))
            url_queue_push(&j->waiting, todo, s->url.text, s->url.length);
        return VERDICT_SCOPE;
    }
    s->refused = seen_add(&j->outside, s->fingerprint);
    j->refused[VERDICT_SCOPE] += s->refused;
    if (s->refused && j->rules->check_external && objection(j, todo) == VERDICT_FOLLOW &&
        objection_to_url(j, s) == VERDICT_FOLLOW) {
        s->todo.external = true; /* for its status alone */
        frontier_add(j->frontier, &s->url, s->fingerprint, &s->todo);
    }
    s->why = NULL;
    return VERDICT_SCOPE;
}

/* Found, and not to be visited as things are. */
static enum verdict hold(struct judge *j, struct sight *s, enum verdict verdict)
{
    int i = 0;

    while (held_verdicts[i] != verdict)
        i++;
    seen_add(&j->held[i], s->fingerprint);
    j->refused[verdict]++;
    s->found = true;
    if (j->rules->tell_refused)
        url_queue_push(&j->kept, &s->todo, s->url.text, s->url.length);
    return verdict;
}

static enum verdict follow(struct judge *j, struct sight *s, int held)
{
    if (!frontier_add(j->frontier, &s->url, s->fingerprint, &s->todo))
        return VERDICT_SEEN;
    j->open_seeds += s->todo.seed;
    s->found = held == HELD_COUNT;
    if (!s->found)
        j->refused[held_verdicts[held]]--;
    return VERDICT_FOLLOW;
}

enum verdict judge_link(struct judge *j, struct sight *s)
{
    enum verdict verdict = VERDICT_FOLLOW;

    s->found = s->refused = false;
    s->why = NULL;
    if (j->rules->settle)
        trail_settle(j->trail, s->fingerprint, s->url.text, s->url.length, s->todo.from,
                     s->todo.depth);
    if (seen_has(&j->frontier->seen, s->fingerprint))
        return VERDICT_SEEN;
    if (!s->todo.seed && !scope_holds(&j->scope, &s->url))
        return refuse_outside(j, s);
    s->todo.external = false;

    int held = held_for(j, s->fingerprint);
    if (held == HELD_COUNT)
        verdict = objection_to_url(j, s);
    if (verdict != VERDICT_FOLLOW)
        return bar(j, s, verdict);
    verdict = objection(j, &s->todo);
    if (verdict == VERDICT_FOLLOW)
        return follow(j, s, held);
    return held == HELD_COUNT ? hold(j, s, verdict) : verdict;
}

/* What waited has had its final word: at its next sight it may wait for other seeds. */
static void forget_waits(struct judge *j)
{
    for (int i = 0; i < 2; i++) {
        if (j->waits[i].count == 0)
            continue;
        seen_deinit(&j->waits[i]);
        seen_init(&j->waits[i], j->outside.seed);
    }
}

/* Takes the next URL of the queue into the sight. */
static void take(struct judge *j, struct url_queue *q, struct sight *s)
{
    const char *text;
    size_t length = url_queue_pop(q, &s->todo, &text);

    url_describe(&s->url, text, length);
    judge_sight(j, s);
}

bool judge_waiting(struct judge *j, struct sight *s)
{
    if (j->open_seeds)
        return false;
    if (j->waiting.count == 0) {
        forget_waits(j);
        return false;
    }
    take(j, &j->waiting, s);
    return true;
}

bool judge_left(struct judge *j, struct sight *s, enum verdict *verdict)
{
    while (j->kept.count) {
        take(j, &j->kept, s);
        if (seen_has(&j->frontier->seen, s->fingerprint))
            continue;
        *verdict = held_verdicts[held_for(j, s->fingerprint)];
        s->refused = true;
        s->why = NULL;
        return true;
    }
    return false;
}
