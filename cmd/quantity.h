/* Quantities as people read them. */
#ifndef CMD_QUANTITY_H
#define CMD_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

#define QUANTITY_SIZE 32

/* "1,234,567" */
void quantity_count(char out[static QUANTITY_SIZE], uint64_t n);

/* Bytes: "34.5 MB" */
void quantity_size(char out[static QUANTITY_SIZE], uint64_t bytes);

/* "12,345.6", in at most so many characters (4 .. QUANTITY_SIZE - 1): digits after the point are
 * left out first, then thousands are counted, "12.3k", "4M". "-": no number, or none below 10^18.
 */
void quantity_number(char out[static QUANTITY_SIZE], double n, int decimals, size_t most);

/* Three digits that count, or all before the point: "12,346", "12.3", "1.23", "0.0123". "-": no
 * number, or none below 10^18. */
void quantity_figure(char out[static QUANTITY_SIZE], double n);

#endif
