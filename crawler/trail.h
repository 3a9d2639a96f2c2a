/* How a crawl came to each URL: kept only for who asks, for it takes the text of all of them. */
#ifndef CRAWLER_TRAIL_H
#define CRAWLER_TRAIL_H

#include <stddef.h>
#include <stdint.h>

struct trail;

struct trail *trail_new(void);
void trail_free(struct trail *t); /* NULL is allowed */

/* Notes that a URL, of that fingerprint, was met on the page with the fingerprint from (0: it is a
 * seed). The first note counts. */
void trail_add(struct trail *t, uint64_t fingerprint, const char *url, size_t length,
               uint64_t from);

/* The URL of that fingerprint, NUL-terminated and valid until the next trail_add, with where it was
 * met in *from; NULL: it never was. */
const char *trail_find(const struct trail *t, uint64_t fingerprint, uint64_t *from);

#endif
