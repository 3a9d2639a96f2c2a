#include "crawler/retry.h"

#include "parse/header.h"

#include <stdio.h>
#include <time.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_PAUSE (NS_PER_S / 2)
#define MAX_PAUSE (300 * NS_PER_S)
#define MAX_DOUBLINGS 9

static bool passing(const struct fetch *f)
{
    switch (f->error) {
    case FETCH_OK:
        break;
    case FETCH_CONNECT:
    case FETCH_TIMEOUT:
    case FETCH_RESET:
        return true;
    default:
        return false;
    }
    switch (f->status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

/* From 3/4 to 5/4 of the pause, so that what failed together does not come back together. */
static int64_t jitter(int64_t pause, const struct item *item)
{
    uint64_t dice = XXH3_64bits_withSeed(item->url, item->length, item->todo.attempts);

    return pause / 4 * 3 + (int64_t)(dice % (uint64_t)(pause / 2));
}

/* What Retry-After asks for; 0: nothing that makes sense. */
static int64_t asked(const struct fetch *f)
{
    const char *after = fetch_header(f, HEADER_RETRY_AFTER);
    int64_t seconds = after ? header_retry_after(after, time(NULL)) : 0;

    if (seconds <= 0)
        return 0;
    return seconds > MAX_PAUSE / NS_PER_S ? MAX_PAUSE : seconds * NS_PER_S;
}

int64_t retry_pause(const struct fetch *f, const struct item *item, unsigned retries)
{
    unsigned attempts = item->todo.attempts;

    if (!passing(f) || attempts >= retries)
        return -1;

    int64_t pause =
        jitter(FIRST_PAUSE << (attempts < MAX_DOUBLINGS ? attempts : MAX_DOUBLINGS), item);
    int64_t after = asked(f);
    if (pause < after)
        pause = after;
    return pause < MAX_PAUSE ? pause : MAX_PAUSE;
}

static int kind_of(const struct fetch *f)
{
    if (f->given_back)
        return OUTCOME_GIVEN_BACK;
    switch (f->error) {
    case FETCH_OK:
        if (f->status == 429)
            return OUTCOME_LIMITED;
        return f->status == 503 ? OUTCOME_BUSY : OUTCOME_ANSWER;
    case FETCH_CONNECT:
        return OUTCOME_REFUSED;
    case FETCH_TIMEOUT:
        return OUTCOME_TIMEOUT;
    case FETCH_RESET:
        return f->status ? OUTCOME_ANSWER : OUTCOME_SILENT;
    default:
        return OUTCOME_OTHER;
    }
}

static void put_aside(struct frontier *frontier, struct host *h, const struct fetch *f)
{
    char why[CURL_ERROR_SIZE + 128];
    const char *error = fetch_error_name(f->error);

    if (h->pace.trouble)
        snprintf(why, sizeof why, "put aside: no answer for %lld s (%s: %s)",
                 (long long)((f->ended - h->pace.trouble) / NS_PER_S), error, f->message);
    else
        snprintf(why, sizeof why, "put aside: it never answered (%s: %s)", error, f->message);
    frontier_put_aside(frontier, h, f->error, why);
}

int64_t retry_heard(struct frontier *frontier, struct item *item, const struct fetch *f,
                    unsigned retries)
{
    int64_t pause = retry_pause(f, item, retries);
    bool timed = frontier->options.gentle && !item->host->private_address;
    struct outcome o = {
        .kind = kind_of(f),
        .last = pause < 0,
        .began = f->started,
        .ended = f->ended,
    };

    if (timed && o.kind == OUTCOME_ANSWER && item->kind == ITEM_PAGE)
        o.first_byte = fetch_first_byte(f);
    if (o.kind == OUTCOME_BUSY || o.kind == OUTCOME_LIMITED)
        o.retry_after = asked(f);
    switch (frontier_heard(frontier, item, &o)) {
    case PACE_AGAIN:
        return 0;
    case PACE_PUT_ASIDE:
        put_aside(frontier, item->host, f);
        return -1;
    default:
        return pause;
    }
}
