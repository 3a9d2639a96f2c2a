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

#endif
