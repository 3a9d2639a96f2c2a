/* Values of HTTP response headers. */
#ifndef PARSE_HEADER_H
#define PARSE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const char *at;
    size_t length;
};

/* The essence of a Content-Type, e.g. "text/html", in lower case into out (NUL-terminated; "" where
 * there is none that makes sense), and its charset parameter (empty if none). WHATWG MIME Sniffing,
 * section 4.4. */
void header_content_type(const char *value, char out[static 64], struct span *charset);

/* The next link of a Link header (RFC 8288, section 3) from *cursor on: its target and its rel
 * parameter. False after the last. */
bool header_link_next(const char **cursor, struct span *target, struct span *rel);

/* Refresh, header or meta (HTML standard, "shared declarative refresh steps"): its URL. False where
 * it has none. */
bool header_refresh(const char *value, size_t length, struct span *url);

/* HTTP-date (RFC 9110, section 5.6.7) in its three forms, as Unix time; -1 where it is none. now,
 * the same, says which century two digits of a year mean. */
int64_t header_date(const char *value, int64_t now);

/* Retry-After (RFC 9110, section 10.2.3), both forms, as seconds from now (Unix time); -1 where it
 * makes no sense. A past date is 0. */
int64_t header_retry_after(const char *value, int64_t now);

/* Whether a space- or comma-separated list (rel, X-Robots-Tag, meta robots) holds a word, without
 * case. */
bool header_has_word(const char *list, size_t length, const char *word);

/* X-Robots-Tag: sets *nofollow and *noindex where it says so of everyone, or of agent (a product
 * token, compared without case; NULL: none). The name of an agent holds up to the next name, or to
 * the end of its line: several headers are to be joined by line feeds. */
void header_robots_tag(const char *value, const char *agent, bool *nofollow, bool *noindex);

/* Whether rel makes a link element or Link header one to follow: holds alternate, canonical, next,
 * prev, help, license, author, search or amphtml, and not stylesheet. */
bool header_rel_followed(const char *rel, size_t length);

#endif
