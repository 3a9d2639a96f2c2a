/* Text to bytes, for queries: the Encoding standard's encoders, on top of iconv. */
#include "parse/charset.h"
#include "parse/charset_private.h"
#include "parse/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* What takes encoded bytes; length counts on where they do not fit. */
struct sink {
    char *at;
    size_t length, size;
};

static void sink_put(struct sink *s, const char *bytes, size_t n)
{
    if (n <= s->size && s->length <= s->size - n)
        memcpy(s->at + s->length, bytes, n);
    s->length += n;
}

static void sink_put_reference(struct sink *s, uint32_t c)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "&#%u;", (unsigned)c);
    sink_put(s, text, (size_t)n);
}

static void encode_single(struct sink *s, const struct encoding *e, const unsigned char *p,
                          const unsigned char *end)
{
    uint32_t table[128];
    encoding_table(e, table);
    while (p < end) {
        uint32_t c;
        unsigned i = 0;
        p += utf8_decode(p, end, &c);
        while (i < 128 && (table[i] != c || c == REPLACEMENT))
            i++;
        char byte = (char)(c < 0x80 ? c : 0x80 + i);
        if (c < 0x80 || i < 128)
            sink_put(s, &byte, 1);
        else
            sink_put_reference(s, c);
    }
}

static bool is_big5(const struct encoding *e)
{
    return strcmp(e->name, "Big5") == 0;
}

/* What encode_multi works with. */
struct encoder {
    const struct encoding *e;
    iconv_t to, from;
    char set; /* of ISO-2022-JP: 'B' ASCII, 'J' Roman, '$' double bytes */
};

static bool convert(iconv_t cd, const void *in, size_t length, void *out, size_t *n)
{
    char *from = (char *)(uintptr_t)in, *to = out;
    size_t left = *n, room = *n;
    bool converted = cd != (iconv_t)-1 && iconv(cd, &from, &length, &to, &left) != (size_t)-1;
    if (cd != (iconv_t)-1)
        iconv(cd, NULL, NULL, converted ? &to : NULL, &left);
    *n = room - left;
    return converted;
}

/* The bytes of a character; none if the encoding lacks it. iconv also gives what looks alike, so it
 * has to find the way back. */
static size_t bytes_of(const struct encoder *s, uint32_t c, char bytes[static 16])
{
    bool japanese = s->e->kind == SHIFT_JIS || s->e->kind == EUC_JP || s->e->kind == ISO_2022_JP;
    if (c < 0x80 || (japanese && (c == 0xa5 || c == 0x203e))) {
        bytes[0] = (char)(c == 0xa5 ? '\\' : c == 0x203e ? '~' : c);
        return 1;
    }
    if (c == encoding_exception(s->e, 0x80) && strcmp(s->e->name, "gb18030") != 0) {
        bytes[0] = '\x80';
        return 1;
    }
    bool is_private = c >= 0xe000 && c <= 0xf8ff;
    if (is_private && (japanese || is_big5(s->e) || c == 0xe5e5))
        return 0;
    if (japanese && c == 0x2212)
        c = 0xff0d;
    wchar_t wide = (wchar_t)c, back[8];
    size_t n = 16, m = sizeof(back);
    if (!convert(s->to, &wide, sizeof(wide), bytes, &n) || !convert(s->from, bytes, n, back, &m) ||
        m != sizeof(*back) || *back != wide)
        return 0;
    bool left_out = n == 1   ? c < 0xa0
                    : n == 3 ? true /* of JIS X 0212 */
                    : n == 4 ? strcmp(s->e->name, "GBK") == 0
                             : is_big5(s->e) && (unsigned char)*bytes < 0xa1;
    return left_out ? 0 : n;
}

/* Puts ISO-2022-JP into another set. */
static void shift(struct encoder *s, struct sink *out, char set)
{
    static const char *const escapes[] = {"\x1b(B", "\x1b(J", "\x1b$B"};
    if (s->set != set)
        sink_put(out, escapes[set == 'B' ? 0 : set == 'J' ? 1 : 2], 3);
    s->set = set;
}

static struct encoder open_encoder(const struct encoding *e, const char *iconv_name)
{
    return (struct encoder){e, iconv_open(iconv_name, "WCHAR_T"), iconv_open("WCHAR_T", iconv_name),
                            'B'};
}

static void close_encoder(struct encoder *s)
{
    if (s->to != (iconv_t)-1)
        iconv_close(s->to);
    if (s->from != (iconv_t)-1)
        iconv_close(s->from);
}

static void encode_character(struct encoder *s, struct sink *out, uint32_t c)
{
    char bytes[16];
    size_t n = bytes_of(s, c, bytes);
    if (n == 0 && is_big5(s->e)) { /* kana and others that not every Big5 has */
        struct encoder wide = open_encoder(s->e, s->e->iconv);
        n = bytes_of(&wide, c, bytes);
        close_encoder(&wide);
    }
    bool shifts = s->e->kind == ISO_2022_JP;
    if (shifts && n == 2 && (unsigned char)*bytes == 0x8e)
        n = 0; /* half a katakana */
    if (shifts && n == 2) {
        shift(s, out, '$');
        bytes[0] &= 0x7f;
        bytes[1] &= 0x7f;
    } else if (shifts) {
        shift(s, out, n > 0 && c >= 0x80 ? 'J' : 'B');
    }
    if (n > 0)
        sink_put(out, bytes, n);
    else
        sink_put_reference(out, c);
}

static void encode_multi(struct sink *out, const struct encoding *e, const unsigned char *p,
                         const unsigned char *end)
{
    const char *name = e->kind == ISO_2022_JP ? encoding_of("EUC-JP")->iconv
                       : is_big5(e)           ? "CP950"
                                              : e->iconv;
    struct encoder s = open_encoder(e, name);
    while (p < end) {
        uint32_t c;
        p += utf8_decode(p, end, &c);
        encode_character(&s, out, c);
    }
    if (e->kind == ISO_2022_JP)
        shift(&s, out, 'B');
    close_encoder(&s);
}

ptrdiff_t charset_encode(const char *charset, const char *in, size_t length, char *out, size_t size)
{
    const struct encoding *e = charset ? encoding_of(charset) : NULL;
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    struct sink s = {.at = out, .size = size};
    if (!e || e->kind == UTF8 || e->kind == UTF16LE || e->kind == UTF16BE || e->kind == UNREADABLE)
        sink_put(&s, in, length);
    else if (e->kind == SINGLE || e->kind == USER_DEFINED)
        encode_single(&s, e, p, end);
    else
        encode_multi(&s, e, p, end);
    return s.length <= size ? (ptrdiff_t)s.length : -ENAMETOOLONG;
}
