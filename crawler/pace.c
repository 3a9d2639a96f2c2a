/* Invariants: 1 <= share, and share grows only by answers to fetches that began after it was last
 * cut. misses, failures and timeouts are 0 after an answer, and so is trouble. */
#include "crawler/pace.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

#define NOISE (50 * MS) /* by so much an answer may be late, however quick the best one was */
#define LEAST_ROUND 4   /* answers to tell a slow host by */
#define MOST_ASKED (300 * SECOND)
#define FIRST_GAP (50 * MS)
#define MOST_GAP (500 * MS)
#define FIRST_REST (500 * MS) /* after a 429 */
#define LIMITED_ROUNDS 4      /* of answers, after a 429, until the share grows by one */
#define FREE_MISSES 2 /* fetches in a row that fail before there are gaps */
#define MOST_DOUBLINGS 5

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void pace_init(struct pace *p, bool gentle)
{
    *p = (struct pace){
        .share = gentle ? PACE_GENTLE : UINT32_MAX, .threshold = UINT32_MAX, .gentle = gentle};
}

static void wait_until(struct pace *p, int64_t when)
{
    if (p->resume < when)
        p->resume = when;
}

/* Whether an outcome says something about the share as it is now. */
static bool is_news(const struct pace *p, const struct outcome *o)
{
    return o->began >= p->cut;
}

static void shrink(struct pace *p, unsigned full, unsigned share, int64_t now)
{
    unsigned half = pace_share(p, full) / 2;

    p->threshold = half ? half : 1;
    p->share = share ? share : p->threshold;
    p->answers = p->round = 0;
    p->cut = now;
}

static void halve(struct pace *p, unsigned full, const struct outcome *o)
{
    if (is_news(p, o))
        shrink(p, full, 0, o->ended);
}

static void grow(struct pace *p, unsigned full, const struct outcome *o)
{
    unsigned rounds = p->limited ? LIMITED_ROUNDS : 1;

    if (p->share >= full || o->in_flight < p->share)
        return; /* more would not be used */
    if ((p->limited || p->share >= p->threshold) && ++p->answers < rounds * p->share)
        return;
    p->share++;
    p->answers = 0;
    p->limited &= p->share < full;
}

static bool is_slow(const struct pace *p, int64_t first_byte)
{
    return first_byte > 2 * p->best + NOISE;
}

/* Some pages take longer than others, so a round is as slow as its quickest answer. A host that is
 * slow whatever the share gets used to. */
static void end_round(struct pace *p, unsigned full, const struct outcome *o)
{
    bool slow = is_slow(p, p->quickest);

    p->round = 0;
    p->best += (p->quickest - p->best) / 8;
    if (slow)
        halve(p, full, o);
}

/* Whether the answer was quick. */
static bool clock_answer(struct pace *p, unsigned full, const struct outcome *o)
{
    unsigned share = pace_share(p, full);

    if (o->first_byte <= 0)
        return true;
    if (!p->best || o->first_byte < p->best)
        p->best = o->first_byte;
    bool slow = is_slow(p, o->first_byte);
    if (!p->round || o->first_byte < p->quickest)
        p->quickest = o->first_byte;
    if (++p->round >= LEAST_ROUND && p->round >= share)
        end_round(p, full, o);
    return !slow;
}

/* Any answer, also one that says no. */
static void answered(struct pace *p)
{
    p->answered = true;
    p->timeouts = p->misses = p->failures = p->probes = 0;
    p->trouble = 0;
}

static void busy(struct pace *p, unsigned full, const struct outcome *o)
{
    bool limited = o->kind == OUTCOME_LIMITED && is_news(p, o);

    answered(p);
    halve(p, full, o);
    p->limited |= limited;
    if (o->retry_after > 0)
        wait_until(p, o->ended + least(o->retry_after, MOST_ASKED));
    else if (limited)
        wait_until(p, o->ended + (FIRST_REST << least(p->limits++, MOST_DOUBLINGS)));
}

/* Once the host is waited for, one fetch at a time tells whether it is back. */
static enum pace_advice probe_failed(struct pace *p, const struct outcome *o)
{
    if (o->began < p->resume)
        return PACE_AGAIN;
    p->probes++;

    int64_t left = p->trouble + PACE_WAIT - o->ended;
    if (left <= 0 && p->probes >= PACE_PROBES)
        return PACE_PUT_ASIDE;
    int64_t pause = SECOND << least(p->probes, MOST_DOUBLINGS);
    wait_until(p, o->ended + (left > 0 && p->probes >= PACE_PROBES ? least(pause, left) : pause));
    return PACE_AGAIN;
}

/* Without an answer. What was in flight together counts as one. */
static enum pace_advice miss(struct pace *p, unsigned full, const struct outcome *o)
{
    if (p->trouble)
        return probe_failed(p, o);
    if (o->began < p->missed)
        return PACE_NONE;
    p->missed = o->ended;
    p->misses++;
    p->failures += o->last;
    if (p->failures >= PACE_FAILURES && o->more) {
        if (!p->answered)
            return PACE_PUT_ASIDE;
        shrink(p, full, 1, o->ended);
        p->trouble = o->ended;
        wait_until(p, o->ended + SECOND);
        return PACE_AGAIN;
    }
    if (p->misses > FREE_MISSES)
        wait_until(p,
                   o->ended + least(FIRST_GAP << least(p->misses - FREE_MISSES - 1, 4), MOST_GAP));
    return PACE_NONE;
}

enum pace_advice pace_heard(struct pace *p, unsigned full, const struct outcome *o)
{
    if (p->gentle && !o->gentle)
        p->share = UINT32_MAX; /* it turns out not to be public */
    p->gentle = o->gentle;
    switch (o->kind) {
    case OUTCOME_ANSWER:
        answered(p);
        p->limits = 0;
        if (is_news(p, o) && (!p->gentle || clock_answer(p, full, o)))
            grow(p, full, o);
        return PACE_NONE;
    case OUTCOME_BUSY:
    case OUTCOME_LIMITED:
        busy(p, full, o);
        return PACE_NONE;
    case OUTCOME_REFUSED:
        halve(p, full, o);
        return miss(p, full, o);
    case OUTCOME_TIMEOUT:
        if (++p->timeouts == 2)
            shrink(p, full, 1, o->ended);
        return miss(p, full, o);
    case OUTCOME_SILENT:
        return miss(p, full, o);
    case OUTCOME_GIVEN_BACK:
        return PACE_AGAIN;
    default:
        return PACE_NONE;
    }
}
