/* Memory or the end: a crawl without it cannot go on, so these stop the program with one line. */
#ifndef CRAWLER_MEMORY_H
#define CRAWLER_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size); /* zeroed */
void *memory_resize(void *p, size_t size);
char *memory_copy(const char *text, size_t length); /* NUL-terminated */

/* Says so and ends the program with status 3. */
_Noreturn void memory_out(void);

#endif
