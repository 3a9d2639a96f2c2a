/* UTF-8 as the Encoding standard decodes it (https://encoding.spec.whatwg.org/#utf-8-decoder). */
#ifndef PARSE_UTF8_H
#define PARSE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The code point that begins at s, before end, in *c: U+FFFD where the bytes are malformed. Returns
 * how many bytes it takes up. */
static inline size_t utf8_decode(const unsigned char *s, const unsigned char *end, uint32_t *c)
{
    unsigned char first = *s;
    size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    *c = 0xfffd;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
        return 1;
    uint32_t value = more ? first & (0x3fu >> more) : first;
    for (size_t i = 1; i <= more; i++, low = 0x80, high = 0xbf) {
        if (s + i == end || s[i] < low || s[i] > high)
            return i;
        value = value << 6 | (s[i] & 0x3fu);
    }
    *c = value;
    return more + 1;
}

#endif
