/* --include and --exclude: PCRE2 patterns on canonical URLs. */
#ifndef CRAWLER_FILTER_H
#define CRAWLER_FILTER_H

#include "crawler/scope.h"

/* Steps of a match from one place in the URL, about a millisecond of them. */
#define FILTER_MATCH_LIMIT 100000

struct filter; /* NULL: there is none, everything passes */

/* Adds a pattern: VERDICT_INCLUDE or VERDICT_EXCLUDE. *f is made with the first one. False: it is
 * no pattern; wrong then holds a clause that says where and why. */
bool filter_add(struct filter **f, enum verdict kind, const char *pattern, char wrong[static 256]);
void filter_free(struct filter *f); /* NULL is allowed */

/* VERDICT_FOLLOW; VERDICT_EXCLUDE: an exclude matches; VERDICT_INCLUDE: there are includes, and
 * none matches. A match that reaches its limit counts against the URL. */
enum verdict filter_judge(struct filter *f, const char *url, size_t length);

#endif
