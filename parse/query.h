/* Queries made canonical: other spellings of a URL that lead to the same page. Only on request,
 * since a server may see a difference. */
#ifndef PARSE_QUERY_H
#define PARSE_QUERY_H

#include "parse/url.h"

/* One parameter, as offsets into the URL's text: its name, and behind a '=' its value, if
 * name_end < end. */
struct query_parameter {
    uint16_t at, name_end, end;
};

/* The parameter behind the '?' or '&' at *at, which is u->query at first and then moved on; false
 * after the last. It may be empty. */
bool query_next(const struct url *u, uint32_t *at, struct query_parameter *p);

#define QUERY_SORTED 1024 /* a query of more parameters than that keeps their order */

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

/* Writes the URL with its query made canonical to buffer (of URL_BUFFER bytes, not where u lies)
 * and describes it in *out. Parameters stand between '&', a name before '='; names are compared as
 * bytes, percent-encoded ones not decoded. Empty parameters ("a=1&&b=2") go where they are sorted,
 * else they stay; a query that is left without any other goes, and its '?' with it. False: there is
 * nothing to change, and what stands in buffer means nothing. */
bool query_canonical(struct url *out, char *buffer, const struct url *u,
                     const struct query_rules *r);

#endif
