/* What is to be printed: --print, --json, --csv, --write-out, -0, --sorted. */
#ifndef CMD_PRINT_OPTIONS_H
#define CMD_PRINT_OPTIONS_H

#include "cmd/crawl_options.h"
#include "cmd/records.h"

/* Reads them, having said in a line what is wrong if it returns false. Borrows the arguments; the
 * template is to be freed. Adds to rules what the records ask of a crawl. */
bool print_options_read(struct records_options *out, const struct crawl_arguments *a,
                        struct rules *rules);

#endif
