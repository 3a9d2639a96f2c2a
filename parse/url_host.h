/* The host parser of the URL standard (https://url.spec.whatwg.org/#host-parsing), for url.c. */
#ifndef PARSE_URL_HOST_H
#define PARSE_URL_HOST_H

#include <stddef.h>

/* Writes the serialisation of the host that stands in in[0, length), tabs and newlines still in it,
 * to out, which has room for size bytes and holds some of the input when this fails. Returns the
 * length written, at least 1; -EINVAL, -ENAMETOOLONG, or -ENOMEM. */
ptrdiff_t url_host_parse(char *out, size_t size, const unsigned char *in, size_t length);

/* Writes n in decimal; returns its end. snprintf takes longer than the rest of a URL. */
static inline char *url_put_number(char *out, unsigned n)
{
    char digits[10];
    int count = 0;

    do
        digits[count++] = (char)('0' + n % 10);
    while (n /= 10);
    while (count)
        *out++ = digits[--count];
    return out;
}

#endif
