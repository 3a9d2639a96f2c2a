/* Bytes to text, as the HTML and Encoding standards decide. Conversion by iconv. */
#ifndef PARSE_CHARSET_H
#define PARSE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The Encoding standard's name for a label (https://encoding.spec.whatwg.org/#names-and-labels),
 * static, e.g. "windows-1252" for "latin1"; NULL for an unknown label. */
const char *charset_find(const char *label, size_t length);

/* The encoding of a document: byte order mark, then the HTTP charset, then what it says itself,
 * then the default of its kind. content_type may be NULL. Sets *bom to the length of the byte order
 * mark. For HTML: the meta prescan of the first 1024 bytes, windows-1252; for XML: its declaration,
 * UTF-8; for CSS: @charset, UTF-8. */
const char *charset_sniff_html(const char *body, size_t length, const char *content_type,
                               size_t *bom);
const char *charset_sniff_xml(const char *body, size_t length, const char *content_type,
                              size_t *bom);
const char *charset_sniff_css(const char *body, size_t length, const char *content_type,
                              size_t *bom);

/* Converts to UTF-8, with U+FFFD for what is malformed, into a new buffer that the caller frees,
 * NUL-terminated. Returns 0, -ENOMEM, or -E2BIG if it would be longer than max. */
int charset_decode(const char *charset, const char *in, size_t length, size_t max, char **out,
                   size_t *out_length);

/* Whether it is nothing but ASCII, which means the same in every encoding but UTF-16 and (escape
 * sequences) ISO-2022-JP. */
bool charset_is_ascii(const char *in, size_t length);

/* Whether it is well-formed UTF-8, so that charset_decode would change nothing. */
bool charset_is_utf8(const char *in, size_t length);

/* Writes a code point in UTF-8, up to four bytes; returns how many. */
size_t charset_put_utf8(uint32_t c, char *out);

/* A text in UTF-8: the input itself where it is that already, else what charset_decode makes of it.
 * The caller frees owned (NULL in the first case). Returns 0 or -ENOMEM. */
struct charset_text {
    const char *at;
    size_t length;
    char *owned;
};
int charset_text(struct charset_text *t, const char *charset, const char *in, size_t length);

/* The Encoding standard's encoder in its "html" mode, for queries: converts UTF-8 to charset, with
 * "&#NNN;" for what it cannot hold. Returns the length written, or -ENAMETOOLONG. */
ptrdiff_t charset_encode(const char *charset, const char *in, size_t length, char *out,
                         size_t size);

#endif
