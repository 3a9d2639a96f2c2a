#include "crawler/retry.h"

#include "parse/header.h"

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

int64_t retry_pause(const struct fetch *f, const struct item *item, unsigned retries)
{
    unsigned attempts = item->todo.attempts;

    if (!passing(f) || attempts >= retries)
        return -1;

    int64_t pause =
        jitter(FIRST_PAUSE << (attempts < MAX_DOUBLINGS ? attempts : MAX_DOUBLINGS), item);
    const char *after = fetch_header(f, HEADER_RETRY_AFTER);
    int64_t asked = after ? header_retry_after(after, time(NULL)) : -1;
    if (asked > pause / NS_PER_S)
        pause = asked > MAX_PAUSE / NS_PER_S ? MAX_PAUSE : asked * NS_PER_S;
    return pause < MAX_PAUSE ? pause : MAX_PAUSE;
}
