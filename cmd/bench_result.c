/* What follows from the runs. A figure of a level is the median of that figure over its runs, so
 * the figures of a level need not be of the same run. */
#include "cmd/bench_result.h"

#include "crawler/memory.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KNEE_SHARE 0.95

#define AT(field) offsetof(struct bench_figures, field)
static const size_t numbers[] = {
    AT(seconds),     AT(plateau),   AT(pages_per_second), AT(mb_per_second), AT(links_per_second),
    AT(user_us),     AT(system_us), AT(switches),         AT(rss_bytes),     AT(in_flight),
    AT(connections), AT(little),    AT(server_cpu),
};
static const size_t times[] = {AT(latency), AT(connect), AT(first_byte)};
#undef AT
#define AT(field) offsetof(struct bench_times, field)
static const size_t quantiles[] = {AT(p50), AT(p90), AT(p99), AT(p999), AT(max)};
#undef AT

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of an even number the mean of the middle two; 0 where there is none. Sorts them. */
static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count > 0 ? values[(count - 1) / 2] / 2 + values[count / 2] / 2 : 0;
}

static const void *at(const struct bench_figures *f, size_t offset)
{
    return (const char *)f + offset;
}

static double median_number(const struct bench_level *l, size_t offset, double *room)
{
    for (unsigned i = 0; i < l->run_count; i++)
        room[i] = *(const double *)at(&l->runs[i], offset);
    return median(room, l->run_count);
}

/* Rounded up, so that an error that one of two runs had is not lost. */
static uint64_t median_count(const struct bench_level *l, size_t offset, double *room)
{
    for (unsigned i = 0; i < l->run_count; i++)
        room[i] = (double)*(const uint64_t *)at(&l->runs[i], offset);
    return (uint64_t)(median(room, l->run_count) + 0.5);
}

/* Of the runs that have such times. */
static void median_times(struct bench_times *out, const struct bench_level *l, size_t offset,
                         double *room)
{
    for (size_t q = 0; q < COUNT(quantiles); q++) {
        size_t count = 0;
        for (unsigned i = 0; i < l->run_count; i++) {
            const struct bench_times *t = at(&l->runs[i], offset);
            if (t->there)
                room[count++] = *(const double *)((const char *)t + quantiles[q]);
        }
        *(double *)((char *)out + quantiles[q]) = median(room, count);
        out->there = count > 0;
    }
}

static void derive_medians(struct bench_level *l)
{
    struct bench_figures *m = &l->median;
    double *room = memory_new(l->run_count * sizeof *room);
    unsigned short_ones = 0;

    for (size_t i = 0; i < COUNT(numbers); i++)
        *(double *)((char *)m + numbers[i]) = median_number(l, numbers[i], room);
    for (size_t i = 0; i < COUNT(times); i++)
        median_times((struct bench_times *)((char *)m + times[i]), l, times[i], room);
    m->pages = median_count(l, offsetof(struct bench_figures, pages), room);
    for (size_t e = 0; e < FETCH_ERROR_COUNT; e++)
        m->errors[e] =
            median_count(l, offsetof(struct bench_figures, errors) + e * sizeof *m->errors, room);
    for (size_t s = 0; s < COUNT(m->statuses); s++)
        m->statuses[s] = median_count(
            l, offsetof(struct bench_figures, statuses) + s * sizeof *m->statuses, room);
    for (unsigned i = 0; i < l->run_count; i++)
        short_ones += l->runs[i].short_plateau;
    m->short_plateau = 2 * short_ones >= l->run_count;
    free(room);
}

static void leave_out_empty_levels(struct bench_curve *c)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < c->level_count; i++) {
        if (c->levels[i].run_count > 0)
            c->levels[kept++] = c->levels[i];
        else
            free(c->levels[i].runs);
    }
    c->level_count = kept;
}

static void derive_levels(struct bench_curve *c)
{
    const struct bench_level *least = c->levels;

    for (unsigned i = 0; i < c->level_count; i++) {
        struct bench_level *l = &c->levels[i];
        double more = l->median.rss_bytes - least->median.rss_bytes;
        l->per_task = l->median.pages_per_second / l->concurrency;
        l->efficiency = least->per_task > 0 ? l->per_task / least->per_task : 0;
        l->memory_each = i > 0 && more > 0 ? more / (l->concurrency - least->concurrency) : 0;
    }
}

static void derive_knee(struct bench_curve *c)
{
    double best = -1;

    c->best = c->knee = 0;
    for (unsigned i = 0; i < c->level_count; i++)
        if (c->levels[i].median.pages_per_second > best) {
            best = c->levels[i].median.pages_per_second;
            c->best = c->levels[i].concurrency;
        }
    for (unsigned i = c->level_count; i-- > 0;)
        if (c->levels[i].median.pages_per_second >= KNEE_SHARE * best)
            c->knee = c->levels[i].concurrency;
}

static void derive_law(struct bench_curve *c)
{
    struct usl_point points[BENCH_LEVELS];

    for (unsigned i = 0; i < c->level_count; i++)
        points[i] =
            (struct usl_point){c->levels[i].concurrency, c->levels[i].median.pages_per_second};
    c->usl = (struct usl){0};
    c->fits = usl_fit(&c->usl, points, c->level_count);
}

void bench_result_derive(struct bench_result *r)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < r->curve_count; i++) {
        struct bench_curve *c = &r->curves[i];
        leave_out_empty_levels(c);
        if (c->level_count == 0)
            continue;
        for (unsigned l = 0; l < c->level_count; l++)
            derive_medians(&c->levels[l]);
        derive_levels(c);
        derive_knee(c);
        derive_law(c);
        if (kept != i)
            r->curves[kept] = *c;
        kept++;
    }
    r->curve_count = kept;
}

void bench_result_deinit(struct bench_result *r)
{
    for (unsigned i = 0; i < r->curve_count; i++) {
        struct bench_curve *c = &r->curves[i];
        while (c->level_count > 0)
            free(c->levels[--c->level_count].runs);
    }
    r->curve_count = 0;
}

const struct bench_level *bench_level_of(const struct bench_curve *c, unsigned concurrency)
{
    for (unsigned i = 0; i < c->level_count; i++)
        if (c->levels[i].concurrency == concurrency)
            return &c->levels[i];
    return NULL;
}
