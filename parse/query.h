/* Queries made canonical: other spellings of a URL that lead to the same page. Only on request,
 * since a server may see a difference. */
#ifndef PARSE_QUERY_H
#define PARSE_QUERY_H

#include "parse/url.h"

struct query_rules {
    bool drop;                /* the whole query */
    bool sort;                /* parameters by name, those of one name as they stood */
    bool tracking;            /* drop the parameters that only track: utm_*, gclid, fbclid, ... */
    const char *const *names; /* of parameters to drop; borrowed */
    size_t name_count;
};

/* Whether they change anything at all. */
static inline bool query_rules_apply(const struct query_rules *r)
{
    return r->drop || r->sort || r->tracking || r->name_count;
}

/* Writes the URL with its query made canonical to buffer (of URL_BUFFER bytes) and describes it in
 * *out. A query that has lost all its parameters loses its '?'. Parameters stand between '&', a
 * name before '='; names are compared as bytes, percent-encoded ones not decoded. False: there is
 * nothing to change, nothing was written. */
bool query_canonical(struct url *out, char *buffer, const struct url *u,
                     const struct query_rules *r);

#endif
