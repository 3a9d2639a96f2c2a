/* Dot segments of a path (https://url.spec.whatwg.org/#path-state), for url.c. */
#ifndef PARSE_URL_PATH_H
#define PARSE_URL_PATH_H

/* Resolves, in place, the dot segments of a canonical URL's path from segment on, which a '/'
 * stands before; path is the '/' that the path begins with, behind at least eight bytes of the URL.
 * "%2e" is a dot. Returns the new end. Linear: each byte moves once. */
char *url_resolve_dots(const char *path, char *segment, char *end);

#endif
