/* A queue of URLs, first in, first out: their text lies packed in chunks, which are freed as they
 * are emptied. A URL takes its text and, as a rule, two bytes. */
#ifndef CRAWLER_URL_QUEUE_H
#define CRAWLER_URL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Style sheets are read that are imported so deep: one may import others without end. */
#define ASSET_STYLES 5

/* What is known of a URL that is still to be visited. */
struct todo {
    uint32_t depth;     /* links away from a seed; of a sitemap: see sitemaps.c */
    uint16_t redirects; /* that led here */
    uint16_t attempts;  /* fetches of it that failed so far */
    bool seed;          /* a seed, or where a seed redirects to */
    bool nofollow;      /* the link says that it is not to be followed */
    bool external;      /* out of scope: fetched for its status alone */
    uint8_t asset; /* what a page loads, 1, or what its style sheets load, 2 and more: the same,
                      but for style sheets up to ASSET_STYLES */
    uint64_t from; /* the fingerprint of the page that it was met on; 0: none is kept */
};

struct url_queue {
    struct url_chunk *first, *last;
    size_t count;
};

void url_queue_init(struct url_queue *q);
void url_queue_deinit(struct url_queue *q);

/* The text holds no NUL. */
void url_queue_push(struct url_queue *q, const struct todo *todo, const char *text, size_t length);

/* Takes the first one, which must be there. *text, NUL-terminated, stays valid until the next call
 * on this queue. Returns its length. */
size_t url_queue_pop(struct url_queue *q, struct todo *todo, const char **text);

#endif
