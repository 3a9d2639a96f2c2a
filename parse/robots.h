/* robots.txt: RFC 9309. */
#ifndef PARSE_ROBOTS_H
#define PARSE_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a robots.txt that are read; the RFC asks for 500 KiB at least (section 2.5). */
#define ROBOTS_MAX (1024 * 1024)

/* Wildcards that are matched, runs of them counted once. Of the rules beyond, those that allow are
 * left out, and those that forbid end at their first wildcard. */
#define ROBOTS_WILDCARDS_MAX 16384

struct robots; /* the rules for one agent */

/* Keeps the rules for agent out of a robots.txt: those of all groups that name it, else those of
 * all groups for "*" (section 2.2.1). agent is a product token, compared without case. Never fails
 * for what the text holds. Returns 0 or -ENOMEM. */
int robots_parse(struct robots **out, const char *text, size_t length, const char *agent);
void robots_free(struct robots *r); /* NULL is allowed */

/* Whether a URL may be fetched. path is the canonical URL from its path on, query included. The
 * longest match wins, allow on a tie; /robots.txt itself is always allowed (section 2.2.2). Rules
 * without wildcards are found, however many there are; the time for the others is linear in the
 * path's length for each of them. */
bool robots_allowed(const struct robots *r, const char *path, size_t length);

/* Crawl-delay of the same groups in seconds, the longest of several; 0 if there is none, or it is
 * no number. */
double robots_crawl_delay(const struct robots *r);

/* The Sitemap lines, as they stand there (they belong to no group); NULL after the last. */
const char *robots_sitemap(const struct robots *r, size_t i);

#endif
