/* Bytes to text, as the HTML and Encoding standards decide: byte order mark, then the HTTP charset,
 * then the meta prescan of the first 1024 bytes, then windows-1252. Conversion by iconv. */
#ifndef PARSE_CHARSET_H
#define PARSE_CHARSET_H

#include <stddef.h>

/* The Encoding standard's name for a label (https://encoding.spec.whatwg.org/#names-and-labels),
 * static, e.g. "windows-1252" for "latin1"; NULL for an unknown label, and for "replacement". */
const char *charset_find(const char *label, size_t length);

/* The encoding of an HTML document. content_type may be NULL. Sets *bom to the length of the byte
 * order mark. */
const char *charset_sniff_html(const char *body, size_t length, const char *content_type,
                               size_t *bom);

/* Converts to UTF-8, with U+FFFD for what is malformed, into a new buffer that the caller frees,
 * NUL-terminated. Returns 0, -ENOMEM, or -E2BIG if it would be longer than max. */
int charset_decode(const char *charset, const char *in, size_t length, size_t max, char **out,
                   size_t *out_length);

/* The Encoding standard's encoder in its "html" mode, for queries: converts UTF-8 to charset, with
 * "&#NNN;" for what it cannot hold. Returns the length written, or -ENAMETOOLONG. */
ptrdiff_t charset_encode(const char *charset, const char *in, size_t length, char *out,
                         size_t size);

#endif
