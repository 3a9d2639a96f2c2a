#include "cmd/quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void quantity_size(char out[static QUANTITY_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double n = (double)bytes;
    size_t unit = 0;

    for (; n >= 999.95 && unit < 4; unit++) /* which would round to 1000.0 */
        n /= 1000;
    snprintf(out, QUANTITY_SIZE, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

void quantity_count(char out[static QUANTITY_SIZE], uint64_t n)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, n);

    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
}

/* The same with digits after the point. Returns the length. */
static size_t write_decimals(char out[static QUANTITY_SIZE], double n, int decimals)
{
    char plain[QUANTITY_SIZE];
    size_t length = (size_t)snprintf(plain, sizeof plain, "%.*f", decimals, n);
    size_t digits = strcspn(plain, "."), sign = n < 0;
    char *end = out;

    for (size_t i = 0; i < length; i++) {
        if (i > sign && i < digits && (digits - i) % 3 == 0)
            *end++ = ',';
        *end++ = plain[i];
    }
    *end = '\0';
    return (size_t)(end - out);
}

/* So many after the point that three count. */
static int decimals_of(double n)
{
    return fabs(n) < 9.995 ? 2 : fabs(n) < 99.95 ? 1 : 0;
}

void quantity_number(char out[static QUANTITY_SIZE], double n, int decimals, size_t most)
{
    static const char units[] = {'\0', 'k', 'M', 'G', 'T', 'P'};

    snprintf(out, QUANTITY_SIZE, "-");
    if (!(fabs(n) < 1e18)) /* nor NaN */
        return;
    for (size_t unit = 0; unit < sizeof units; unit++, n /= 1000) {
        if (unit > 0 && fabs(n) >= 999.5)
            continue;
        for (int d = unit ? decimals_of(n) : decimals; d >= 0; d--) {
            size_t length = write_decimals(out, n, d);
            if (length + (unit > 0) > most)
                continue;
            out[length] = units[unit];
            out[length + 1] = '\0';
            return;
        }
    }
    snprintf(out, QUANTITY_SIZE, "-");
}

void quantity_figure(char out[static QUANTITY_SIZE], double n)
{
    if (fabs(n) < 0.9995)
        snprintf(out, QUANTITY_SIZE, "%.3g", n);
    else
        quantity_number(out, n, decimals_of(n), QUANTITY_SIZE - 1);
}
