/* Character references (HTML standard, section 13.2.5.72 and on): &amp; &#38; &#x26; and the 2,231
 * names of its table, the 106 without a semicolon included. */
#ifndef PARSE_REFERENCE_H
#define PARSE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

/* Resolves the references of length bytes of UTF-8 into out, which has room for
 * REFERENCE_RESOLVED(length) bytes and does not overlap in (two references are shorter than what
 * they stand for), and makes U+FFFD of each NUL. In an attribute's value a name without its
 * semicolon stays as it is before '=', a letter or a digit. Takes time linear in length, allocates
 * nothing. Returns the length written. */
size_t reference_resolve(const char *in, size_t length, bool attribute, char *out);
#define REFERENCE_RESOLVED(length) (3 * (length))

#endif
