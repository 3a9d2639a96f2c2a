/* What the frontier learns from how fetches end. */
#include "crawler/frontier.h"

/* What a doubtful host may take for its answer at first, if others wait: four times what is usual
 * for such hosts, within these bounds. */
#define LEAST_PATIENCE (50 * NS_PER_MS)
#define MOST_PATIENCE (2 * NS_PER_S)
#define MOST_STEPS 8

int64_t frontier_patience(const struct frontier *f, const struct host *h)
{
    int64_t first = 4 * f->usual;

    first = first > MOST_PATIENCE ? MOST_PATIENCE : first < LEAST_PATIENCE ? LEAST_PATIENCE : first;
    return first << 2 * (h->given_back < MOST_STEPS ? h->given_back : MOST_STEPS);
}

static void learn_usual(struct frontier *f, const struct outcome *o)
{
    int64_t took = o->ended - o->began;

    f->usual += (took - f->usual) / 8;
}

enum pace_advice frontier_heard(struct frontier *f, struct item *item, struct outcome *o)
{
    struct host *h = item->host;

    item->heard = true;
    o->gentle = f->options.gentle && !h->private_address;
    o->in_flight = h->in_flight;
    o->more = h->now.count + h->next.count > 0;
    if (h->doubtful && o->kind == OUTCOME_ANSWER)
        learn_usual(f, o);
    if (item->kind == ITEM_PAGE && o->kind >= OUTCOME_ANSWER && o->kind <= OUTCOME_LIMITED) {
        h->met = true;
        h->given_back = 0;
    }
    h->given_back += o->kind == OUTCOME_GIVEN_BACK;
    enum pace_advice advice = pace_heard(&h->pace, f->options.per_host, o);
    item->uncounted = advice == PACE_AGAIN;
    return advice;
}

void frontier_put_aside(struct frontier *f, struct host *h, int error, const char *why)
{
    host_set_unreachable(h, error, why, INT64_MAX);
    if (f->put_aside)
        f->put_aside(f, h);
}

bool frontier_crowded(const struct frontier *f)
{
    return f->meeting >= f->max_meeting && (!list_empty(&f->strangers) || !list_empty(&f->stalled));
}
