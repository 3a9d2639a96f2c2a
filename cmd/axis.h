/* The y axis of a picture made of characters: round numbers at its ends, ticks as many rows apart
 * as any two others (but those within a decade). */
#ifndef CMD_AXIS_H
#define CMD_AXIS_H

#include "cmd/quantity.h"

#include <stdbool.h>

#define AXIS_TICKS 8

struct axis {
    bool logarithmic;
    double low, high; /* of a logarithmic one: logarithms to base 10 */
    struct axis_tick {
        double at; /* a share of the axis */
        char label[QUANTITY_SIZE];
    } ticks[AXIS_TICKS];
    size_t tick_count, rows;
};

/* Whether the figure can have a place on such an axis. */
bool axis_holds(bool logarithmic, double n);

/* From 0 to most, a count; in about so many rows. */
void axis_linear(struct axis *a, double most, size_t rows);

/* Of times in seconds, by whole decades, or of few of them by 1, 2, 5; least above most: there are
 * none. */
void axis_logarithmic(struct axis *a, double least, double most, size_t rows);

/* The place of a figure, as a share; NaN where it has none. */
double axis_at(const struct axis *a, double n);

#endif
