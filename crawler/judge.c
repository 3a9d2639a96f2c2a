/* A verdict is final where the URL itself decides: such URLs are in outside or barred. One that
 * depth, nofollow or the end of the crawl speaks against is held: a later link may still lead the
 * crawl there, and then it does not count as refused any more.
 *
 * What is fetched for its status alone is not among the frontier's seen URLs, so that a link or a
 * seed may still claim it as a page: it is in externals or assets, and fetched once if it is in
 * both. Assets are handed over when all pages are done, without those that turned out to be pages.
 * An asset was found, and passes the rules about URLs, so it is never held nor found again. */
#include "crawler/judge.h"

#include "crawler/address.h"

#define ASSETS_AT_ONCE 8192 /* a few ms of the loop's time */

enum { HELD_DEPTH, HELD_NOFOLLOW, HELD_LIMIT, HELD_COUNT };

static const enum verdict held_verdicts[HELD_COUNT] = {VERDICT_DEPTH, VERDICT_NOFOLLOW,
                                                       VERDICT_LIMIT};

static void waiting_init(struct waiting_links *w, uint64_t seed)
{
    url_queue_init(&w->links);
    seen_init(&w->had[0], seed);
    seen_init(&w->had[1], seed);
}

static void waiting_deinit(struct waiting_links *w)
{
    url_queue_deinit(&w->links);
    seen_deinit(&w->had[0]);
    seen_deinit(&w->had[1]);
}

static void waiting_add(struct waiting_links *w, const struct sight *s)
{
    if (seen_add(&w->had[s->todo.nofollow], s->fingerprint))
        url_queue_push(&w->links, &s->todo, s->url.text, s->url.length);
}

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
    url_queue_init(&j->kept);
    seen_init(&j->externals, seed);
    seen_init(&j->assets, seed);
    url_queue_init(&j->unchecked);
    seen_init(&j->seeds, seed);
    waiting_init(&j->waiting, seed);
    waiting_init(&j->passed, seed);
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
    url_queue_deinit(&j->kept);
    seen_deinit(&j->externals);
    seen_deinit(&j->assets);
    url_queue_deinit(&j->unchecked);
    seen_deinit(&j->seeds);
    waiting_deinit(&j->waiting);
    waiting_deinit(&j->passed);
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

static bool is_asset(const struct judge *j, uint64_t fingerprint)
{
    return j->assets.count && seen_has(&j->assets, fingerprint);
}

static bool is_typed(const struct todo *todo)
{
    return todo->seed && todo->redirects == 0;
}

/* A seed may be private, and then all may; where it redirects to may not. */
static bool is_private(const struct judge *j, const struct sight *s)
{
    return !is_typed(&s->todo) && !j->private_allowed && address_url_is_private(&s->url);
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

/* Has a URL out of scope fetched for its status alone. */
static void check_outside(struct judge *j, struct sight *s)
{
    if (objection(j, &s->todo) != VERDICT_FOLLOW || is_asset(j, s->fingerprint) ||
        seen_has(&j->externals, s->fingerprint) || seen_has(&j->barred, s->fingerprint))
        return;
    bool visited = objection_to_url(j, s) == VERDICT_FOLLOW;
    s->why = NULL;
    s->todo.external = visited;
    seen_add(visited ? &j->externals : &j->barred, s->fingerprint);
    if (visited)
        frontier_add_beside(j->frontier, &s->url, &s->todo);
}

static enum verdict refuse_outside(struct judge *j, struct sight *s)
{
    if (j->open_seeds) {
        waiting_add(&j->waiting, s);
        return VERDICT_SCOPE;
    }
    if (j->awaited)
        waiting_add(&j->passed, s);
    s->refused = seen_add(&j->outside, s->fingerprint);
    j->refused[VERDICT_SCOPE] += s->refused;
    if (j->rules->check_external)
        check_outside(j, s);
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
    bool asset = is_asset(j, s->fingerprint);

    if (!frontier_add(j->frontier, &s->url, s->fingerprint, &s->todo))
        return VERDICT_SEEN;
    j->open_seeds += s->todo.seed;
    s->found = held == HELD_COUNT && !asset;
    if (held != HELD_COUNT && !asset)
        j->refused[held_verdicts[held]]--;
    return VERDICT_FOLLOW;
}

/* A seed that a link had led to is nearer than that link said. Only who gives a depth minds. */
static bool is_nearer(struct judge *j, const struct sight *s)
{
    bool deep = j->rules->depth != DEPTH_UNLIMITED && j->rules->depth > 0;

    return deep && is_typed(&s->todo) && seen_add(&j->seeds, s->fingerprint);
}

static enum verdict visit_again(struct judge *j, const struct sight *s)
{
    if (j->frontier->stopped)
        return VERDICT_SEEN;
    frontier_add_beside(j->frontier, &s->url, &s->todo);
    j->open_seeds++;
    return VERDICT_FOLLOW;
}

/* A redirect at this depth may lead to what a link put off to the next one. */
static enum verdict bring_up(struct judge *j, struct sight *s)
{
    s->todo.external = false;
    if (frontier_bring_up(j->frontier, &s->url, s->fingerprint, &s->todo))
        j->open_seeds += s->todo.seed;
    return VERDICT_SEEN;
}

static void begin(struct judge *j, struct sight *s)
{
    s->found = s->refused = false;
    s->why = NULL;
    if (j->rules->settle)
        trail_settle(j->trail, s->fingerprint, s->url.text, s->url.length, s->todo.from,
                     s->todo.depth);
}

enum verdict judge_link(struct judge *j, struct sight *s)
{
    enum verdict verdict = VERDICT_FOLLOW;

    begin(j, s);
    bool nearer = s->todo.seed && is_nearer(j, s);
    if (seen_has(&j->frontier->seen, s->fingerprint))
        return nearer ? visit_again(j, s) : bring_up(j, s);
    if (!s->todo.seed && !scope_holds(&j->scope, &s->url))
        return refuse_outside(j, s);
    s->todo.external = false;

    int held = held_for(j, s->fingerprint);
    bool known = held != HELD_COUNT || is_asset(j, s->fingerprint);
    if (!known)
        verdict = objection_to_url(j, s);
    if (verdict != VERDICT_FOLLOW)
        return bar(j, s, verdict);
    verdict = objection(j, &s->todo);
    if (verdict == VERDICT_FOLLOW)
        return follow(j, s, held);
    return known ? verdict : hold(j, s, verdict);
}

enum verdict judge_asset(struct judge *j, struct sight *s)
{
    enum verdict verdict = VERDICT_FOLLOW;

    begin(j, s);
    if (seen_has(&j->frontier->seen, s->fingerprint) || is_asset(j, s->fingerprint))
        return VERDICT_SEEN;
    int held = held_for(j, s->fingerprint);
    if (held == HELD_COUNT)
        verdict = objection_to_url(j, s);
    else
        j->refused[held_verdicts[held]]--;
    if (verdict != VERDICT_FOLLOW)
        return bar(j, s, verdict);
    s->found = held == HELD_COUNT;
    seen_add(&j->assets, s->fingerprint);
    if (seen_has(&j->externals, s->fingerprint))
        return VERDICT_SEEN;
    url_queue_push(&j->unchecked, &s->todo, s->url.text, s->url.length);
    return j->frontier->stopped ? VERDICT_LIMIT : VERDICT_FOLLOW;
}

bool judge_visits(const struct judge *j, uint64_t fingerprint)
{
    return seen_has(&j->frontier->seen, fingerprint) || seen_has(&j->assets, fingerprint) ||
           seen_has(&j->externals, fingerprint);
}

/* Takes the next URL of the queue into the sight. */
static void take(struct judge *j, struct url_queue *q, struct sight *s)
{
    const char *text;
    size_t length = url_queue_pop(q, &s->todo, &text);

    url_describe(&s->url, text, length);
    judge_sight(j, s);
}

/* The next one; false: there was none. Links are let wait anew then: what has had its final word
 * may wait for other seeds at its next sight. */
static bool waiting_take(struct judge *j, struct waiting_links *w, struct sight *s)
{
    if (w->links.count == 0 && w->had[0].count == 0 && w->had[1].count == 0)
        return false;
    if (w->links.count == 0) {
        waiting_deinit(w);
        waiting_init(w, j->outside.seed);
        return false;
    }
    take(j, &w->links, s);
    return true;
}

bool judge_waiting(struct judge *j, struct sight *s)
{
    return j->open_seeds == 0 && waiting_take(j, &j->waiting, s);
}

bool judge_passed(struct judge *j, struct sight *s)
{
    return !j->awaited && waiting_take(j, &j->passed, s);
}

/* The next asset whose turn has not come, which is no page. */
static bool take_asset(struct judge *j, struct sight *s)
{
    while (j->unchecked.count) {
        take(j, &j->unchecked, s);
        s->todo.external = !scope_holds(&j->scope, &s->url);
        if (!seen_has(&j->frontier->seen, s->fingerprint))
            return true;
    }
    return false;
}

bool judge_check_assets(struct judge *j)
{
    struct sight s;
    size_t i = 0;

    for (; i < ASSETS_AT_ONCE && take_asset(j, &s); i++)
        frontier_add_beside(j->frontier, &s.url, &s.todo);
    return i > 0;
}

bool judge_left(struct judge *j, struct sight *s, enum verdict *verdict)
{
    s->refused = true;
    s->why = NULL;
    while (j->kept.count) {
        take(j, &j->kept, s);
        if (seen_has(&j->frontier->seen, s->fingerprint) || is_asset(j, s->fingerprint))
            continue;
        *verdict = held_verdicts[held_for(j, s->fingerprint)];
        return true;
    }
    *verdict = VERDICT_LIMIT;
    while (take_asset(j, s)) {
        j->refused[VERDICT_LIMIT]++;
        if (j->rules->tell_refused)
            return true;
    }
    return false;
}
