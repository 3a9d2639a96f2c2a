/* The table of figures is the only place that says which there are. What is not finite is not
 * known, so that no format has to write it. */
#include "cmd/bench_fields.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#define FIGURE(g, n, k, member)                                                            \
    {                                                                                      \
        .group = g, .name = n, .kind = k, .offset = offsetof(struct bench_figures, member) \
    }
#define TIME(g, member)                                                                            \
    {                                                                                              \
        .group = #g, .name = #member, .kind = BENCH_TIME,                                          \
        .offset = offsetof(struct bench_times, member), .times = offsetof(struct bench_figures, g) \
    }
#define TIMES(g) TIME(g, p50), TIME(g, p90), TIME(g, p99), TIME(g, p999), TIME(g, max)
#define OF_LEVEL(n, k, member)                                                                 \
    {                                                                                          \
        .name = n, .kind = k, .of_level = true, .offset = offsetof(struct bench_level, member) \
    }

const struct bench_field bench_fields[] = {
    FIGURE(NULL, "pages", BENCH_COUNT, pages),
    FIGURE(NULL, "seconds", BENCH_REAL, seconds),
    FIGURE(NULL, "plateau_seconds", BENCH_REAL, plateau),
    FIGURE(NULL, "short_plateau", BENCH_FLAG, short_plateau),
    FIGURE(NULL, "pages_per_second", BENCH_REAL, pages_per_second),
    FIGURE(NULL, "mb_per_second", BENCH_REAL, mb_per_second),
    FIGURE(NULL, "links_per_second", BENCH_REAL, links_per_second),
    TIMES(latency),
    TIMES(connect),
    TIMES(first_byte),
    FIGURE("cpu_us_per_page", "user", BENCH_REAL, user_us),
    FIGURE("cpu_us_per_page", "system", BENCH_REAL, system_us),
    FIGURE(NULL, "switches_per_page", BENCH_REAL, switches),
    FIGURE(NULL, "rss_bytes", BENCH_POSITIVE, rss_bytes),
    FIGURE(NULL, "connections", BENCH_REAL, connections),
    OF_LEVEL("efficiency", BENCH_REAL, efficiency),
    OF_LEVEL("per_task", BENCH_REAL, per_task),
    OF_LEVEL("memory_each_bytes", BENCH_POSITIVE, memory_each),
    FIGURE(NULL, "in_flight", BENCH_REAL, in_flight),
    FIGURE(NULL, "little", BENCH_REAL, little),
    FIGURE(NULL, "server_cpu", BENCH_REAL, server_cpu),
    {.name = NULL},
};

void bench_add_number(struct text *out, double n)
{
    int magnitude = n == 0 ? 0 : (int)floor(log10(fabs(n)));
    int decimals = magnitude > 5 ? 0 : magnitude < -7 ? 12 : 5 - magnitude;

    if (magnitude >= 15) {
        text_add_format(out, "%.5e", n);
        return;
    }
    text_add_format(out, "%.*f", decimals, n);
    if (decimals > 0) {
        while (out->data[out->length - 1] == '0')
            out->length--;
        out->length -= out->data[out->length - 1] == '.';
    }
}

static bool add_real(struct text *out, double n, double least)
{
    if (!isfinite(n) || n < least)
        return false;
    bench_add_number(out, n);
    return true;
}

bool bench_field_add(struct text *out, const struct bench_field *f, const struct bench_level *level,
                     const struct bench_figures *figures)
{
    const char *base = f->of_level ? (const char *)level : (const char *)figures;

    if (!base)
        return false;
    switch (f->kind) {
    case BENCH_COUNT:
        text_add_number(out, (int64_t) * (const uint64_t *)(const void *)(base + f->offset));
        return true;
    case BENCH_FLAG:
        if (!*(const bool *)(base + f->offset))
            return false;
        text_add_string(out, "true");
        return true;
    case BENCH_TIME:
        base += f->times;
        if (!((const struct bench_times *)(const void *)base)->there)
            return false;
        break;
    default:
        break;
    }
    return add_real(out, *(const double *)(const void *)(base + f->offset),
                    f->kind == BENCH_POSITIVE ? DBL_MIN : 0);
}

const char *bench_error_name(unsigned kind)
{
    return kind + 1 < FETCH_ERROR_COUNT    ? fetch_error_name((enum fetch_error)(kind + 1))
           : kind + 1 == FETCH_ERROR_COUNT ? "4xx"
                                           : "5xx";
}

uint64_t bench_error_count(const struct bench_figures *f, unsigned kind)
{
    return kind + 1 < FETCH_ERROR_COUNT ? f->errors[kind + 1]
                                        : f->statuses[kind + 5 - FETCH_ERROR_COUNT];
}
