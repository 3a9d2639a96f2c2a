/* URLs as browsers read them: the WHATWG URL standard for http and https, relative resolution
 * included (https://url.spec.whatwg.org/#concept-basic-url-parser). The result is the standard's
 * serialisation without the fragment: two URLs are the same when these strings are. */
#ifndef PARSE_URL_H
#define PARSE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest serialisation that is accepted, and the buffer size that always suffices, with its NUL.
 */
#define URL_MAX 65535
#define URL_BUFFER (URL_MAX + 1)

/* A parsed URL: text and where its parts lie in it, as offsets.
 *
 *     https://user:pw@host:81/path?query
 *     |       |       |   |  |    |     |
 *     0    userinfo host port path query length
 *
 * port is the offset of the ':' and equals path where there is none; userinfo equals host where
 * there is none; query is the offset of the '?' and equals length where there is none. */
struct url {
    const char *text; /* NUL-terminated, in the caller's buffer */
    uint32_t userinfo, host, port, path, query, length;
    uint16_t port_number; /* the default one filled in */
    bool https;
};

enum url_flags {
    URL_DROP_USERINFO = 1, /* leave user:password@ out of the result */
};

/* Parses length bytes of input, relative to base unless that is NULL, into buffer, and describes
 * the result in *out. Invalid UTF-8 counts as U+FFFD. charset is the document's encoding as
 * charset_find() names it, for the query; NULL is UTF-8. Allocates nothing (but for a host name
 * outside ASCII, within libidn2).
 *
 * Returns 0;
 * -EINVAL           the standard calls it a failure
 * -EPROTONOSUPPORT  another scheme than http and https
 * -ENAMETOOLONG     the result does not fit the buffer, or is longer than URL_MAX, before its dot
 *                   segments are resolved
 * -ENOMEM           within libidn2 */
int url_parse(struct url *out, char *buffer, size_t size, const char *input, size_t length,
              const struct url *base, const char *charset, unsigned flags);

/* Describes text that is already in canonical form (that url_parse made), without copying it. Such
 * text is trusted: anything else is undefined. */
void url_describe(struct url *out, const char *text, size_t length);

/* Whether both name the same host, on whatever port. */
bool url_same_host(const struct url *a, const struct url *b);

/* One sentence for an error of url_parse. */
const char *url_strerror(int error);

#endif
