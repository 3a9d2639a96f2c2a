/* The set of URLs that were seen, as 64-bit fingerprints (XXH3 with a seed of the run, so that no
 * site can prepare collisions). Two URLs share a fingerprint with a chance of about n²/2^65: at 10
 * million URLs, 3 in a million that one is missed. 10 to 13.4 bytes a URL, outside a growth step:
 * with what a queued URL takes beside its text (url_queue.h), below 16. */
#ifndef CRAWLER_SEEN_H
#define CRAWLER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen {
    uint64_t *slots; /* 0: free */
    size_t size, count;
    uint64_t seed;
};

void seen_init(struct seen *s, uint64_t seed);
void seen_deinit(struct seen *s);

/* A seed for a run: random, or of the clock where there is no randomness yet. */
uint64_t seen_random_seed(void);

/* Of a URL; the same in all sets with the same seed. */
uint64_t seen_fingerprint(uint64_t seed, const char *url, size_t length);

/* Adds a fingerprint and says whether it was new. */
bool seen_add(struct seen *s, uint64_t fingerprint);

bool seen_has(const struct seen *s, uint64_t fingerprint);

/* Has its slot brought near: for who asks for several, one after another. */
void seen_prefetch(const struct seen *s, uint64_t fingerprint);

#endif
