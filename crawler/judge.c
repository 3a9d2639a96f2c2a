#include "crawler/judge.h"

void judge_init(struct judge *j, struct frontier *f, uint32_t depth, bool obey_nofollow,
                uint64_t *refused)
{
    *j = (struct judge){
        .frontier = f, .depth = depth, .obey_nofollow = obey_nofollow, .refused = refused};
    scope_init(&j->scope, SCOPE_HOST, f->seen.seed);
    seen_init(&j->outside, f->seen.seed);
    seen_init(&j->passed, f->seen.seed);
    seen_init(&j->waits[0], f->seen.seed);
    seen_init(&j->waits[1], f->seen.seed);
    url_queue_init(&j->waiting);
}

void judge_deinit(struct judge *j)
{
    scope_deinit(&j->scope);
    seen_deinit(&j->outside);
    seen_deinit(&j->passed);
    seen_deinit(&j->waits[0]);
    seen_deinit(&j->waits[1]);
    url_queue_deinit(&j->waiting);
}

void judge_sight(const struct judge *j, struct sight *s)
{
    s->fingerprint = seen_fingerprint(j->frontier->seen.seed, s->url.text, s->url.length);
    seen_prefetch(&j->frontier->seen, s->fingerprint);
}

static enum verdict refuse_outside(struct judge *j, const struct sight *s)
{
    if (j->open_seeds == 0)
        j->refused[VERDICT_SCOPE] += seen_add(&j->outside, s->fingerprint);
    else if (seen_add(&j->waits[s->todo.nofollow], s->fingerprint))
        url_queue_push(&j->waiting, &s->todo, s->url.text, s->url.length);
    return VERDICT_SCOPE;
}

/* What speaks against visiting a URL that is in scope. */
static enum verdict objection(const struct judge *j, const struct todo *todo)
{
    if (todo->depth > j->depth)
        return VERDICT_DEPTH;
    if (todo->nofollow && j->obey_nofollow)
        return VERDICT_NOFOLLOW;
    if (j->frontier->stopped)
        return VERDICT_LIMIT;
    return VERDICT_FOLLOW;
}

enum verdict judge_link(struct judge *j, const struct sight *s, bool *found)
{
    const struct todo *todo = &s->todo;

    *found = false;
    if (!todo->seed && !scope_holds(&j->scope, &s->url))
        return refuse_outside(j, s);

    enum verdict verdict = objection(j, todo);
    if (verdict == VERDICT_FOLLOW) {
        if (!frontier_add(j->frontier, &s->url, s->fingerprint, todo))
            return VERDICT_SEEN;
        j->open_seeds += todo->seed;
        *found = !seen_has(&j->passed, s->fingerprint);
        return verdict;
    }
    if (seen_has(&j->frontier->seen, s->fingerprint))
        return VERDICT_SEEN;
    *found = seen_add(&j->passed, s->fingerprint);
    j->refused[verdict] += *found;
    return verdict;
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

bool judge_waiting(struct judge *j, struct sight *s)
{
    const char *text;

    if (j->open_seeds)
        return false;
    if (j->waiting.count == 0) {
        forget_waits(j);
        return false;
    }
    size_t length = url_queue_pop(&j->waiting, &s->todo, &text);
    url_describe(&s->url, text, length);
    judge_sight(j, s);
    return true;
}
