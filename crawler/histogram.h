/* Distributions of times that may span nanoseconds to hours, in a fixed size: a log-linear
 * histogram, as HdrHistogram has it. Each power of two is divided into HISTOGRAM_PARTS buckets of
 * the same width, so what is read is off by at most 1 / HISTOGRAM_PARTS, which is 1.6 %. */
#ifndef CRAWLER_HISTOGRAM_H
#define CRAWLER_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PARTS 64

/* Values of 43 bits: more than two hours, in ns. What is larger counts as the largest. */
#define HISTOGRAM_BUCKETS (HISTOGRAM_PARTS * (43 - 6 + 1))

/* All zero: empty. */
struct histogram {
    uint64_t count;
    int64_t max; /* exact */
    double sum;  /* exact but for rounding */
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

/* A negative value counts as 0. */
void histogram_add(struct histogram *h, int64_t value);

/* The least value that no less than the share of all (0.99) are at or below, off as said; the
 * largest of all is exact. 0 where there is none. */
int64_t histogram_quantile(const struct histogram *h, double share);

/* 0 where there is none. */
double histogram_mean(const struct histogram *h);

#endif
