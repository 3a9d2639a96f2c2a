#include "cmd/quantity.h"

#include <inttypes.h>
#include <stdio.h>

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
