/* How a crawl came to where it is: kept only for who asks, for it takes the text of all pages that
 * led to something new.
 *
 * A settled trail takes the text of all URLs, and for each the best of all links to it: that of the
 * page with the least depth, and among those of the one that sorts first. Once everything was
 * visited in the order of depths, the same site leaves the same trail. */
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

/* The same for a settled trail: the best note counts. depth is the URL's; the page must have been
 * noted. */
void trail_settle(struct trail *t, uint64_t fingerprint, const char *url, size_t length,
                  uint64_t from, uint32_t depth);

/* The URL of that fingerprint, NUL-terminated and valid until the next note, with where it was met
 * in *from; NULL: it was never noted. */
const char *trail_find(const struct trail *t, uint64_t fingerprint, uint64_t *from);

/* The depth of a URL in a settled trail; UINT32_MAX: it was never noted. */
uint32_t trail_depth(const struct trail *t, uint64_t fingerprint);

#endif
