/* Bytes to text: decoders on top of iconv.
 *
 * iconv differs from the Encoding standard in what it does with errors and in that it composes
 * accents. So errors are handled here: never does a broken sequence swallow an ASCII character,
 * which could be the quote behind an attribute. Runs of ASCII, most of any document, are copied and
 * never see iconv, which would take twenty times as long. */
#include "parse/charset.h"
#include "parse/charset_private.h"
#include "parse/utf8.h"

#include <endian.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080) /* those of bytes outside of ASCII */

size_t charset_put_utf8(uint32_t c, char *out)
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    return n;
}

static const unsigned char *skip_ascii(const unsigned char *p, const unsigned char *end)
{
    for (uint64_t word; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        if (word & HIGH_BITS)
            return p + __builtin_ctzll(le64toh(word & HIGH_BITS)) / 8;
    }
    while (p < end && *p < 0x80)
        p++;
    return p;
}

bool charset_is_ascii(const char *in, size_t length)
{
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    return skip_ascii(p, end) == end;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Passes over characters of two or three bytes whose first byte leaves the others free. */
static const unsigned char *skip_common(const unsigned char *p, const unsigned char *end)
{
    while (end - p >= 3) {
        if (*p >= 0xc2 && *p <= 0xdf && is_tail(p[1]))
            p += 2;
        else if (*p >= 0xe1 && *p <= 0xef && *p != 0xed && is_tail(p[1]) && is_tail(p[2]))
            p += 3;
        else
            break;
    }
    return p;
}

bool charset_is_utf8(const char *in, size_t length)
{
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    while ((p = skip_common(skip_ascii(p, end), end)) < end) {
        uint32_t c;
        size_t n = utf8_decode(p, end, &c);
        if (c == REPLACEMENT && (n != 3 || memcmp(p, "\xef\xbf\xbd", 3) != 0))
            return false;
        p += n;
    }
    return true;
}

struct buffer {
    char *at;
    size_t length, capacity, max;
};

/* Makes room for n more bytes and a NUL. */
static int reserve(struct buffer *b, size_t n)
{
    if (n < b->capacity - b->length)
        return 0;
    if (n > b->max - b->length)
        return -E2BIG;
    size_t capacity = b->length + n + 1;
    if (capacity < b->capacity * 2)
        capacity = b->capacity * 2 <= b->max ? b->capacity * 2 : b->max + 1;
    char *at = realloc(b->at, capacity);
    if (!at)
        return -ENOMEM;
    b->at = at;
    b->capacity = capacity;
    return 0;
}

static int put(struct buffer *b, uint32_t c)
{
    char utf8[4];
    size_t n = charset_put_utf8(c == MALFORMED ? REPLACEMENT : c, utf8);
    int r = reserve(b, n);
    if (r == 0) {
        memcpy(b->at + b->length, utf8, n);
        b->length += n;
    }
    return r;
}

/* Copies ASCII from *at on. */
static int put_ascii(struct buffer *b, const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = skip_ascii(*at, end);
    size_t n = (size_t)(p - *at);
    int r = reserve(b, n);
    if (r == 0) {
        memcpy(b->at + b->length, *at, n);
        b->length += n;
        *at = p;
    }
    return r;
}

static int decode_utf8(struct buffer *b, const unsigned char *p, const unsigned char *end)
{
    int r = 0;
    while (r == 0 && p < end) {
        r = put_ascii(b, &p, end);
        if (r < 0 || p == end)
            break;
        uint32_t c;
        p += utf8_decode(p, end, &c);
        r = put(b, c);
    }
    return r;
}

static int decode_utf16(struct buffer *b, const unsigned char *p, const unsigned char *end,
                        bool big_endian)
{
    uint32_t high = 0; /* a surrogate that waits for its other half */
    int r = 0;
    for (; r == 0 && end - p >= 2; p += 2) {
        uint32_t c = big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
        if (high && c >> 10 == 0x37) {
            r = put(b, 0x10000 + ((high & 0x3ff) << 10 | (c & 0x3ff)));
            high = 0;
            continue;
        }
        if (high)
            r = put(b, MALFORMED);
        high = c >> 10 == 0x36 ? c : 0;
        if (r == 0 && !high)
            r = put(b, c >> 10 == 0x37 ? MALFORMED : c);
    }
    if (r == 0 && (high || p < end))
        r = put(b, MALFORMED);
    return r;
}

static int decode_single(struct buffer *b, const struct encoding *e, const unsigned char *p,
                         const unsigned char *end)
{
    uint32_t table[128];
    int r = 0;
    encoding_table(e, table);
    while (r == 0 && p < end) {
        r = put_ascii(b, &p, end);
        if (r == 0 && p < end)
            r = put(b, table[*p++ - 0x80]);
    }
    return r;
}

static bool is_lead(enum kind kind, unsigned char c)
{
    switch (kind) {
    case DOUBLE:
        return c >= 0x81 && c <= 0xfe;
    case SHIFT_JIS:
        return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc);
    case EUC_JP:
        return c == 0x8e || c == 0x8f || (c >= 0xa1 && c <= 0xfe);
    default:
        return false;
    }
}

/* Takes what iconv refused: a sequence up to its last byte outside of ASCII, else one byte. Where
 * ASCII follows, iconv has passed over what it refused (glibc's UHC does). */
static int put_refused(struct buffer *b, const struct encoding *e, const unsigned char **at,
                       const unsigned char *end)
{
    const unsigned char *p = *at;
    if (*p < 0x80)
        return put(b, MALFORMED);
    bool three = *p == 0x8f && e->kind == EUC_JP;
    uint32_t c = encoding_exception(e, *p);
    if (is_lead(e->kind, *p) && end - p >= 2 && p[1] >= 0x80)
        p++;
    if (three && p > *at && end - p >= 2 && p[1] >= 0x80)
        p++;
    *at = p + 1;
    return put(b, c);
}

/* The end of what goes through iconv at once: where eight bytes of ASCII follow. The first four may
 * be one character. */
static const unsigned char *skip_stretch(const unsigned char *p, const unsigned char *end)
{
    if (end - p < 12)
        return end;
    for (p += 4; end - p >= 8; p++) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (!(word & HIGH_BITS))
            return p;
    }
    return end;
}

/* Decodes what begins outside of ASCII, and moves on; not more than needs no state to go on. */
static int put_stretch(struct buffer *b, const struct encoding *e, iconv_t cd,
                       const unsigned char **at, const unsigned char *end)
{
    const unsigned char *stretch = skip_stretch(*at, end);
    int r = reserve(b, (size_t)(stretch - *at) + 16);
    if (r == -E2BIG)
        r = reserve(b, b->max - b->length);
    if (r < 0)
        return r;
    char *in = (char *)(uintptr_t)*at, *out = b->at + b->length;
    size_t in_left = (size_t)(stretch - *at), out_left = b->capacity - b->length - 1;
    size_t converted = iconv(cd, &in, &in_left, &out, &out_left);
    int error = converted == (size_t)-1 ? errno : 0;
    bool stuck = (const unsigned char *)in == *at;
    *at = (const unsigned char *)in;
    if (error != E2BIG)
        iconv(cd, NULL, NULL, &out, &out_left); /* a letter may wait for an accent */
    b->length = (size_t)(out - b->at);
    if (error == E2BIG)
        return stuck ? -E2BIG : 0;
    if (error == EILSEQ || (error == EINVAL && stretch == end))
        return put_refused(b, e, at, end);
    return 0; /* a character that goes on behind the stretch begins the next one */
}

static int decode_multi(struct buffer *b, const struct encoding *e, const unsigned char *p,
                        const unsigned char *end)
{
    iconv_t cd = iconv_open("UTF-8", e->iconv);
    int r = 0;
    while (r == 0 && p < end) {
        r = put_ascii(b, &p, end);
        if (r == 0 && p < end)
            r = cd == (iconv_t)-1 ? put_refused(b, e, &p, end) : put_stretch(b, e, cd, &p, end);
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    return r;
}

/* The set that an escape sequence at p begins: its last byte, '$' for double bytes; 0: none. */
static char escape_of(const unsigned char *p, const unsigned char *end)
{
    if (end - p < 3)
        return '\0';
    if (p[1] == '(' && (p[2] == 'B' || p[2] == 'J' || p[2] == 'I'))
        return (char)p[2];
    return p[1] == '$' && (p[2] == '@' || p[2] == 'B') ? '$' : '\0';
}

static bool is_7bit(unsigned char c)
{
    return c >= 0x21 && c <= 0x7e;
}

/* Decodes double bytes, as the same rows of Shift_JIS. */
static int put_pairs(struct buffer *b, iconv_t cd, const unsigned char **at,
                     const unsigned char *end)
{
    const struct encoding *shift_jis = encoding_of("Shift_JIS");
    unsigned char pairs[256];
    const unsigned char *p = *at, *q = pairs;
    size_t n = 0;
    for (; n < sizeof(pairs) && end - p >= 2 && is_7bit(p[0]) && is_7bit(p[1]); p += 2) {
        unsigned pointer = (p[0] - 0x21u) * 94 + (p[1] - 0x21u);
        unsigned lead = pointer / 188, trail = pointer % 188;
        pairs[n++] = (unsigned char)(lead + (lead < 0x1f ? 0x81 : 0xc1));
        pairs[n++] = (unsigned char)(trail + (trail < 0x3f ? 0x40 : 0x41));
    }
    *at = p;
    if (n == 0) { /* where the second byte alone is wrong, both are taken, but for an escape */
        bool two = is_7bit(*p) && end - p >= 2 && p[1] != 0x1b;
        *at = p + 1 + two;
        return put(b, MALFORMED);
    }
    int r = 0;
    while (r == 0 && q < pairs + n) {
        r = cd == (iconv_t)-1 ? put_refused(b, shift_jis, &q, pairs + n)
                              : put_stretch(b, shift_jis, cd, &q, pairs + n);
        q += (q - pairs) % 2; /* the rest of a pair that was refused */
    }
    return r;
}

/* One character of the sets of single bytes. */
static int put_7bit(struct buffer *b, char set, unsigned char c)
{
    if (set == 'I')
        return put(b, c >= 0x21 && c <= 0x5f ? 0xff61u - 0x21 + c : MALFORMED);
    if (c >= 0x80 || c == 0x0e || c == 0x0f)
        return put(b, MALFORMED);
    return put(b, set == 'J' && c == '\\' ? 0xa5 : set == 'J' && c == '~' ? 0x203e : c);
}

/* The standard's decoder of ISO-2022-JP; iconv's knows fewer characters. */
static int decode_iso_2022_jp(struct buffer *b, const unsigned char *p, const unsigned char *end)
{
    iconv_t cd = iconv_open("UTF-8", encoding_of("Shift_JIS")->iconv);
    char set = 'B';
    bool escaped = false; /* and nothing stood behind it yet: another one is an error */
    int r = 0;
    while (r == 0 && p < end) {
        char next = *p == 0x1b ? escape_of(p, end) : '\0';
        if (next) {
            r = escaped ? put(b, MALFORMED) : 0;
            set = next;
            p += 3;
        } else if (*p == 0x1b) {
            r = put(b, MALFORMED);
            p++;
        } else if (set == '$') {
            r = put_pairs(b, cd, &p, end);
        } else {
            r = put_7bit(b, set, *p++);
        }
        escaped = next != '\0';
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    return r;
}

int charset_decode(const char *charset, const char *in, size_t length, size_t max, char **out,
                   size_t *out_length)
{
    const struct encoding *e = encoding_of(charset);
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    struct buffer b = {.max = max};
    int r = reserve(&b, length < max ? length : max);
    if (r < 0)
        return r;
    if (!e || e->kind == UTF8)
        r = decode_utf8(&b, p, end);
    else if (e->kind == UTF16LE || e->kind == UTF16BE)
        r = decode_utf16(&b, p, end, e->kind == UTF16BE);
    else if (e->kind == SINGLE || e->kind == USER_DEFINED)
        r = decode_single(&b, e, p, end);
    else if (e->kind == UNREADABLE)
        r = length > 0 ? put(&b, MALFORMED) : 0;
    else if (e->kind == ISO_2022_JP)
        r = decode_iso_2022_jp(&b, p, end);
    else
        r = decode_multi(&b, e, p, end);
    if (r < 0) {
        free(b.at);
        return r;
    }
    b.at[b.length] = '\0';
    *out = b.at;
    *out_length = b.length;
    return 0;
}

int charset_text(struct charset_text *t, const char *charset, const char *in, size_t length)
{
    const struct encoding *e = encoding_of(charset);
    bool plain = false;
    if (!e || e->kind == UTF8)
        plain = charset_is_utf8(in, length);
    else if (e->kind != UTF16LE && e->kind != UTF16BE && e->kind != ISO_2022_JP &&
             e->kind != UNREADABLE)
        plain = charset_is_ascii(in, length);
    *t = (struct charset_text){.at = in, .length = length};
    if (plain)
        return 0;
    /* No charset makes more than four bytes of two. */
    int r = charset_decode(charset, in, length, length * 4 + 4, &t->owned, &t->length);
    t->at = t->owned;
    return r;
}
