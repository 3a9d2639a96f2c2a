/* Finding bytes of HTML, sixteen at a time where the machine can. For the scanner. */
#ifndef PARSE_HTML_BYTES_H
#define PARSE_HTML_BYTES_H

#include "parse/html_tag.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum byte_class {
    SPACE = 1,
    NAME_END = 2,  /* of an attribute's name */
    VALUE_END = 4, /* of an unquoted value */
    LETTER = 8,
    TAG_END = 16, /* of a tag's name */
    ODD = 32,     /* makes a value raw: '&', NUL */
};

#define S_ (SPACE | NAME_END | VALUE_END | TAG_END)
#define SL (NAME_END | TAG_END)
#define EQ NAME_END
#define GT (NAME_END | VALUE_END | TAG_END)
#define L_ LETTER

static const uint8_t html_byte_classes[256] = {
    ['\t'] = S_, ['\n'] = S_, ['\f'] = S_,  ['\r'] = S_, [' '] = S_, ['/'] = SL, ['='] = EQ,
    ['>'] = GT,  ['&'] = ODD, ['\0'] = ODD, ['A'] = L_,  ['B'] = L_, ['C'] = L_, ['D'] = L_,
    ['E'] = L_,  ['F'] = L_,  ['G'] = L_,   ['H'] = L_,  ['I'] = L_, ['J'] = L_, ['K'] = L_,
    ['L'] = L_,  ['M'] = L_,  ['N'] = L_,   ['O'] = L_,  ['P'] = L_, ['Q'] = L_, ['R'] = L_,
    ['S'] = L_,  ['T'] = L_,  ['U'] = L_,   ['V'] = L_,  ['W'] = L_, ['X'] = L_, ['Y'] = L_,
    ['Z'] = L_,  ['a'] = L_,  ['b'] = L_,   ['c'] = L_,  ['d'] = L_, ['e'] = L_, ['f'] = L_,
    ['g'] = L_,  ['h'] = L_,  ['i'] = L_,   ['j'] = L_,  ['k'] = L_, ['l'] = L_, ['m'] = L_,
    ['n'] = L_,  ['o'] = L_,  ['p'] = L_,   ['q'] = L_,  ['r'] = L_, ['s'] = L_, ['t'] = L_,
    ['u'] = L_,  ['v'] = L_,  ['w'] = L_,   ['x'] = L_,  ['y'] = L_, ['z'] = L_,
};

static inline bool is(char c, unsigned class)
{
    return html_byte_classes[(unsigned char)c] & class;
}

#ifdef __SSE2__
/* A bit for each of 16 bytes that is c, or at most a space. */
static inline unsigned hits(__m128i block, char c)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
}

static inline unsigned low_hits(__m128i block)
{
    const __m128i space = _mm_set1_epi8(' ');
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(block, space), block));
}

static inline __m128i block_at(const char *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* The same for each of 64 bytes. */
static inline uint64_t hits_of_64(const char *p, char c)
{
    return hits(block_at(p), c) | (uint64_t)hits(block_at(p + 16), c) << 16 |
           (uint64_t)hits(block_at(p + 32), c) << 32 | (uint64_t)hits(block_at(p + 48), c) << 48;
}
#endif

/* The next byte c, or end. Most are near, so that calling memchr would cost more than looking. */
static inline const char *find(const char *p, const char *end, char c)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned found = hits(block_at(p), c);
        if (found)
            return p + __builtin_ctz(found);
    }
#endif
    const char *found = memchr(p, c, (size_t)(end - p));
    return found ? found : end;
}

/* A name, as it stands in the document, and its first bytes: see html_word. */
struct name {
    const char *at;
    size_t length;
    uint64_t word;
};

/* Reads a name that begins at p: up to the first byte of that class after it, or end. */
static inline struct name read_name(const char *p, const char *end, enum byte_class class)
{
    struct name n = {.at = p};
    const char *stop = p + 1;
#ifdef __SSE2__
    if (end - p >= 16) {
        __m128i block = block_at(p);
        unsigned found = hits(block, '>') | hits(block, '/') | low_hits(block);
        if (class == NAME_END)
            found |= hits(block, '=');
        found &= ~1u;
        stop = p + (found ? __builtin_ctz(found) : 16);
        if (stop < end && is(*stop, class)) {
            n.length = (size_t)(stop - p);
            n.word = html_word((uint64_t)_mm_cvtsi128_si64(block), n.length);
            return n;
        }
    }
#endif
    while (stop < end && !is(*stop, class))
        stop++;
    n.length = (size_t)(stop - p);
    for (size_t i = 0; i < n.length && i < 8; i++)
        n.word |= (uint64_t)(unsigned char)p[i] << 8 * i;
    n.word = html_word(n.word, n.length);
    return n;
}

/* The quote that ends a value, or end. Sets *raw if the value holds a reference or NUL. */
static inline const char *find_quote(const char *p, const char *end, char quote, bool *raw)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i block = block_at(p);
        unsigned found = hits(block, quote), odd = hits(block, '&') | hits(block, '\0');
        if (found) {
            *raw |= odd & ((found & -found) - 1);
            return p + __builtin_ctz(found);
        }
        *raw |= odd;
    }
#endif
    for (; p < end && *p != quote; p++)
        *raw |= is(*p, ODD);
    return p;
}

static inline const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && is(*p, SPACE))
        p++;
    return p;
}

#endif
