/* Bytes a second over all fetches together (--limit-rate). Each part of a body has its price in
 * time; while what came is not paid off, the next part is refused, which pauses its fetch, and the
 * fetches that are paused go on one after another, a part each. */
#include "crawler/fetch_private.h"

/* Few enough bytes at a time that the rate is kept evenly. */
#define PARTS_A_SECOND 64
#define LEAST_PART 1024

#define CREDIT (50 * NS_PER_MS) /* what a timer that came late is forgiven */

static void resume(struct handle *h)
{
    struct fetch_throttle *t =
        container_of(container_of(h, struct timer, handle), struct fetch_throttle, resume);
    int64_t now = loop_time();

    while (!list_empty(&t->paused) && t->paid <= now) {
        struct fetch *f = container_of(list_pop(&t->paused), struct fetch, held);
        CURLcode result = curl_easy_pause(f->easy, CURLPAUSE_CONT);
        if (result != CURLE_OK) { /* the part that it kept was not taken: nobody else ends it */
            fetch_multi_remove(f->multi, f->easy);
            f->fetcher->multis.done(f->easy, result);
        }
    }
    if (!list_empty(&t->paused))
        loop_call_at(t->loop, &t->resume, t->paid);
}

void fetch_throttle_init(struct fetch_throttle *t, struct loop *l, uint64_t rate)
{
    *t = (struct fetch_throttle){.loop = l, .rate = rate};
    list_init(&t->paused);
    timer_setup(&t->resume, resume);
}

void fetch_throttle_deinit(struct fetch_throttle *t)
{
    loop_cancel_timer(t->loop, &t->resume);
}

long fetch_throttle_part(const struct fetch_throttle *t)
{
    uint64_t part = t->rate / PARTS_A_SECOND;

    if (t->rate == 0 || part > CURL_MAX_WRITE_SIZE)
        return CURL_MAX_WRITE_SIZE;
    return part < LEAST_PART ? LEAST_PART : (long)part;
}

bool fetch_throttle_refuses(struct fetch_throttle *t, struct fetch *f)
{
    if (t->rate == 0 || t->paid <= loop_time())
        return false;
    if (list_empty(&t->paused))
        loop_call_at(t->loop, &t->resume, t->paid);
    list_add(&t->paused, &f->held);
    return true;
}

void fetch_throttle_take(struct fetch_throttle *t, size_t bytes)
{
    if (t->rate == 0)
        return;
    int64_t since = loop_time() - CREDIT;
    t->paid = (t->paid > since ? t->paid : since) +
              (int64_t)((double)bytes / (double)t->rate * (double)NS_PER_S);
}
