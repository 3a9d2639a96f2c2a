#include "cmd/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_STEPS 5   /* of a linear axis, */
#define MOST_DECADES 6 /* and of a logarithmic one */
#define FEW_DECADES 2
#define HAIR 1e-9 /* what rounding takes from a whole number or adds to it */

bool axis_holds(bool logarithmic, double n)
{
    return n < 1e15 && (logarithmic ? n > 1e-9 : n >= 0);
}

double axis_at(const struct axis *a, double n)
{
    if (!axis_holds(a->logarithmic, n))
        return NAN;
    return ((a->logarithmic ? log10(n) : n) - a->low) / (a->high - a->low);
}

/* As many rows between any two ticks, and so many in all or a few less. */
static size_t choose_rows(size_t rows, size_t steps)
{
    return (rows - 1) / steps * steps + 1;
}

/* --- linear --- */

/* The next of 1, 2, 5, 10, 20 ... after one of them. */
static double next_step(double step)
{
    double digit = step / pow(10, floor(log10(step) + HAIR));

    return step * (digit > 1.5 && digit < 3 ? 2.5 : 2);
}

static void label_count(char out[static QUANTITY_SIZE], double n, double step)
{
    if (n >= 1e6)
        snprintf(out, QUANTITY_SIZE, "%gM", n / 1e6);
    else if (step < 1e-4)
        snprintf(out, QUANTITY_SIZE, "%g", n);
    else
        quantity_number(out, n, step < 1 ? (int)ceil(-log10(step) - HAIR) : 0, 12);
}

void axis_linear(struct axis *a, double most, size_t rows)
{
    double step;
    size_t steps;

    most = most > 1e-12 ? most : 1;
    step = pow(10, floor(log10(most)) - 1);
    while (most / step > MOST_STEPS + HAIR)
        step = next_step(step);
    steps = (size_t)ceil(most / step - HAIR);
    *a = (struct axis){
        .high = step * (double)steps, .tick_count = steps + 1, .rows = choose_rows(rows, steps)};
    for (size_t i = 0; i <= steps; i++) {
        a->ticks[i].at = (double)i / (double)steps;
        label_count(a->ticks[i].label, step * (double)i, step);
    }
}

/* --- logarithmic --- */

static void label_time(char out[static QUANTITY_SIZE], double seconds)
{
    static const struct {
        double of;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    char number[QUANTITY_SIZE];
    size_t i = 0;

    while (i < 3 && seconds < (1 - HAIR) * units[i].of)
        i++;
    quantity_number(number, seconds / units[i].of, 0, 7);
    snprintf(out, QUANTITY_SIZE, "%.20s %s", number, units[i].name);
}

static void add_tick(struct axis *a, double seconds)
{
    struct axis_tick *t = &a->ticks[a->tick_count];
    double at = axis_at(a, seconds);

    if (at < -HAIR || at > 1 + HAIR)
        return;
    t->at = fmin(fmax(at, 0), 1);
    label_time(t->label, seconds);
    a->tick_count++;
}

/* Of few decades 2 and 5 are ticks too, and may be its ends. */
static void choose_few(struct axis *a, double least, double most)
{
    static const double digits[] = {1, 2, 5, 10};
    double decade = pow(10, a->low), above = pow(10, a->high - 1);

    for (size_t i = 0; i < 3 && digits[i] * decade <= least * (1 + HAIR); i++)
        a->low = log10(digits[i] * decade);
    for (size_t i = 4; i-- > 1 && digits[i] * above >= most * (1 - HAIR);)
        if (log10(digits[i] * above) > a->low + HAIR)
            a->high = log10(digits[i] * above);
    for (; decade < pow(10, a->high) * (1 + HAIR); decade *= 10)
        for (size_t i = 0; i < 3; i++)
            add_tick(a, digits[i] * decade);
}

void axis_logarithmic(struct axis *a, double least, double most, size_t rows)
{
    double low, decades, step, steps;

    if (least > most)
        least = most = 1e-3;
    low = floor(log10(least) + HAIR);
    decades = fmax(ceil(log10(most) - HAIR) - low, 1);
    step = ceil(decades / MOST_DECADES);
    steps = ceil(decades / step);
    *a = (struct axis){.logarithmic = true,
                       .low = low,
                       .high = low + step * steps,
                       .rows = choose_rows(rows, (size_t)steps)};
    if (decades <= FEW_DECADES) {
        choose_few(a, least, most);
        return;
    }
    for (double i = 0; i <= steps; i++)
        add_tick(a, pow(10, low + step * i));
}
