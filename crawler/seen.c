/* Open addressing with linear probing. A fingerprint's home is fingerprint * size / 2^64, so the
 * table is sorted up to short runs: it may have any size, and growing reads and writes in order.
 *
 * Invariant: about 3/5 to 4/5 of the slots are taken, once there are more than MIN_SIZE. */
#include "crawler/seen.h"

#include "crawler/memory.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MIN_SIZE 1024

uint64_t seen_random_seed(void)
{
    uint64_t seed;

    return getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed ? seed
                                                                       : (uint64_t)loop_time();
}

static size_t home(uint64_t fingerprint, size_t size)
{
    return (size_t)(((__uint128_t)fingerprint * size) >> 64);
}

/* The slot that holds the fingerprint, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t size, uint64_t fingerprint)
{
    size_t i = home(fingerprint, size);
    while (slots[i] && slots[i] != fingerprint)
        i = i + 1 == size ? 0 : i + 1;
    return &slots[i];
}

static void grow(struct seen *s)
{
    size_t size = s->size + s->size / 3;
    uint64_t *slots = memory_new(size * sizeof *slots);

    for (size_t i = 0; i < s->size; i++)
        if (s->slots[i])
            *find(slots, size, s->slots[i]) = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->size = size;
}

uint64_t seen_fingerprint(uint64_t seed, const char *url, size_t length)
{
    uint64_t f = XXH3_64bits_withSeed(url, length, seed);
    return f ? f : 1;
}

void seen_init(struct seen *s, uint64_t seed)
{
    *s = (struct seen){.size = MIN_SIZE, .seed = seed};
    s->slots = memory_new(s->size * sizeof *s->slots);
}

void seen_deinit(struct seen *s)
{
    free(s->slots);
}

bool seen_add(struct seen *s, uint64_t f)
{
    uint64_t *slot = find(s->slots, s->size, f);

    if (*slot)
        return false;
    if (s->count + 1 > s->size / 5 * 4) {
        grow(s);
        slot = find(s->slots, s->size, f);
    }
    *slot = f;
    s->count++;
    return true;
}

bool seen_has(const struct seen *s, uint64_t fingerprint)
{
    return *find(s->slots, s->size, fingerprint) != 0;
}

void seen_prefetch(const struct seen *s, uint64_t fingerprint)
{
    __builtin_prefetch(&s->slots[home(fingerprint, s->size)]);
}
