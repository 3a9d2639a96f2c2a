/* Memory or the end: a crawl without it cannot go on, so these stop the program with one line. */
#ifndef CRAWLER_MEMORY_H
#define CRAWLER_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size); /* zeroed */
void *memory_resize(void *p, size_t size);
char *memory_copy(const char *text, size_t length); /* NUL-terminated */

/* So many bytes will be allocated in small pieces: the heap is extended at once, in huge pages
 * where the system has them. Spread over thousands of small ones, each piece that is used costs a
 * search for its page too. No promise: where it fails, nothing is different. */
void memory_expect(size_t bytes);

/* Says so and ends the program with status 3. */
_Noreturn void memory_out(void);

#endif
