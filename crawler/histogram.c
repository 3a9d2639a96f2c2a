/* Buckets: the values below 2 * HISTOGRAM_PARTS have one each; those of each further power of two
 * share HISTOGRAM_PARTS, whose width is 2^shift. So bucket i = PARTS * shift + (value >> shift) in
 * all cases, where value >> shift keeps the leading 7 bits, and is below PARTS in the first ones
 * alone.
 *
 * Invariant: the buckets' sum is count. */
#include "crawler/histogram.h"

#include <float.h>

#define PARTS_BITS 6
_Static_assert(HISTOGRAM_PARTS == 1 << PARTS_BITS, "PARTS_BITS fits");

static unsigned bucket_of(uint64_t value)
{
    unsigned shift = 63 - PARTS_BITS - (unsigned)__builtin_clzll(value | HISTOGRAM_PARTS);
    uint64_t i = HISTOGRAM_PARTS * shift + (value >> shift);
    return i < HISTOGRAM_BUCKETS ? (unsigned)i : HISTOGRAM_BUCKETS - 1;
}

/* The largest value in a bucket. */
static int64_t top_of(unsigned bucket)
{
    unsigned shift = bucket < 2 * HISTOGRAM_PARTS ? 0 : bucket / HISTOGRAM_PARTS - 1;
    return ((int64_t)(bucket - HISTOGRAM_PARTS * shift + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, int64_t value)
{
    if (value < 0)
        value = 0;
    h->count++;
    h->sum += (double)value;
    if (value > h->max)
        h->max = value;
    h->buckets[bucket_of((uint64_t)value)]++;
}

int64_t histogram_quantile(const struct histogram *h, double share)
{
    double wanted = share * (double)h->count;
    wanted -= wanted * 4 * DBL_EPSILON; /* 0.07 of 100 are 7, however 0.07 is rounded */
    if (h->count == 0 || wanted > (double)(h->count - 1))
        return h->max;
    uint64_t below = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        below += h->buckets[i];
        if (below > 0 && (double)below >= wanted)
            return top_of(i) < h->max ? top_of(i) : h->max;
    }
    return h->max;
}

double histogram_mean(const struct histogram *h)
{
    return h->count > 0 ? h->sum / (double)h->count : 0;
}
