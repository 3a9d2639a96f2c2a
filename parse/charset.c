/* The encodings and their labels; decoders and encoders on top of iconv.
 *
 * iconv differs from the Encoding standard in what it does with errors, in bytes that a single-byte
 * charset leaves undefined, in that it composes accents, and in a few mappings. So single-byte
 * charsets are turned into tables, byte by byte, and errors are handled here: never does a broken
 * sequence swallow an ASCII character, which could be the quote behind an attribute. */
#include "parse/charset.h"
#include "parse/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#define MALFORMED UINT32_MAX
#define REPLACEMENT 0xfffd

enum kind {
    UTF8,
    UTF16LE,
    UTF16BE,
    USER_DEFINED,
    SINGLE, /* one byte a character, by a table */
    DOUBLE, /* one byte, or several that begin with 81 to FE */
    SHIFT_JIS,
    EUC_JP,
    ISO_2022_JP,
};

static const struct encoding {
    const char *name;
    enum kind kind;
    const char *iconv;  /* iconv's name for what comes nearest */
    const char *labels; /* in lower case, separated by spaces */
} encodings[] = {
    {"UTF-8", UTF8, "UTF-8",
     "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"},
    {"windows-1252", SINGLE, "CP1252",
     "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
     "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252"},
    {"IBM866", SINGLE, "CP866", "866 cp866 csibm866 ibm866"},
    {"ISO-8859-2", SINGLE, "ISO-8859-2",
     "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"},
    {"ISO-8859-3", SINGLE, "ISO-8859-3",
     "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"},
    {"ISO-8859-4", SINGLE, "ISO-8859-4",
     "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"},
    {"ISO-8859-5", SINGLE, "ISO-8859-5",
     "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
     "iso_8859-5:1988"},
    {"ISO-8859-6", SINGLE, "ISO-8859-6",
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
     "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"},
    {"ISO-8859-7", SINGLE, "ISO-8859-7",
     "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
     "iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
    {"ISO-8859-8", SINGLE, "ISO-8859-8",
     "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
     "iso_8859-8 iso_8859-8:1988 visual"},
    {"ISO-8859-8-I", SINGLE, "ISO-8859-8", "csiso88598i iso-8859-8-i logical"},
    {"ISO-8859-10", SINGLE, "ISO-8859-10",
     "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    {"ISO-8859-13", SINGLE, "ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    {"ISO-8859-14", SINGLE, "ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    {"ISO-8859-15", SINGLE, "ISO-8859-15",
     "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
    {"ISO-8859-16", SINGLE, "ISO-8859-16", "iso-8859-16"},
    {"KOI8-R", SINGLE, "KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r"},
    {"KOI8-U", SINGLE, "KOI8-U", "koi8-ru koi8-u"},
    {"macintosh", SINGLE, "MACINTOSH", "csmacintosh mac macintosh x-mac-roman"},
    {"windows-874", SINGLE, "CP874",
     "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"},
    {"windows-1250", SINGLE, "CP1250", "cp1250 windows-1250 x-cp1250"},
    {"windows-1251", SINGLE, "CP1251", "cp1251 windows-1251 x-cp1251"},
    {"windows-1253", SINGLE, "CP1253", "cp1253 windows-1253 x-cp1253"},
    {"windows-1254", SINGLE, "CP1254",
     "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 "
     "latin5 windows-1254 x-cp1254"},
    {"windows-1255", SINGLE, "CP1255", "cp1255 windows-1255 x-cp1255"},
    {"windows-1256", SINGLE, "CP1256", "cp1256 windows-1256 x-cp1256"},
    {"windows-1257", SINGLE, "CP1257", "cp1257 windows-1257 x-cp1257"},
    {"windows-1258", SINGLE, "CP1258", "cp1258 windows-1258 x-cp1258"},
    {"x-mac-cyrillic", SINGLE, "MAC-UK", "x-mac-cyrillic x-mac-ukrainian"},
    {"GBK", DOUBLE, "GB18030",
     "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"},
    {"gb18030", DOUBLE, "GB18030", "gb18030"},
    {"Big5", DOUBLE, "BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
    {"EUC-JP", EUC_JP, "EUC-JP-MS", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
    {"ISO-2022-JP", ISO_2022_JP, "ISO-2022-JP", "csiso2022jp iso-2022-jp"},
    {"Shift_JIS", SHIFT_JIS, "CP932",
     "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
    {"EUC-KR", DOUBLE, "UHC",
     "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 "
     "ksc_5601 windows-949"},
    {"UTF-16BE", UTF16BE, "UTF-16BE", "unicodefffe utf-16be"},
    {"UTF-16LE", UTF16LE, "UTF-16LE",
     "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"},
    {"x-user-defined", USER_DEFINED, "", "x-user-defined"},
};

/* Where the standard maps a byte otherwise than iconv. */
static const struct exception {
    const char *name;
    unsigned char byte;
    uint16_t character;
} exceptions[] = {
    {"KOI8-U", 0xae, 0x45e},     {"KOI8-U", 0xbe, 0x40e},       {"macintosh", 0xc6, 0x2206},
    {"macintosh", 0xf0, 0xf8ff}, {"windows-1255", 0xca, 0x5ba}, {"x-mac-cyrillic", 0xff, 0x20ac},
    {"GBK", 0x80, 0x20ac},       {"gb18030", 0x80, 0x20ac},     {"Shift_JIS", 0x80, 0x80},
};

static const struct encoding *find(const char *label, size_t length)
{
    for (size_t i = 0; i < sizeof(encodings) / sizeof(*encodings); i++) {
        for (const char *p = encodings[i].labels; *p; p += *p == ' ') {
            size_t n = strcspn(p, " ");
            if (n == length && strncasecmp(p, label, n) == 0)
                return &encodings[i];
            p += n;
        }
    }
    return NULL;
}

const char *charset_find(const char *label, size_t length)
{
    static const char spaces[] = " \t\n\f\r";
    while (length > 0 && *label && strchr(spaces, *label)) {
        label++;
        length--;
    }
    while (length > 0 && label[length - 1] && strchr(spaces, label[length - 1]))
        length--;
    const struct encoding *e = find(label, length);
    return e ? e->name : NULL;
}

static uint32_t exception(const struct encoding *e, unsigned char byte)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
        if (exceptions[i].byte == byte && strcmp(exceptions[i].name, e->name) == 0)
            return exceptions[i].character;
    return MALFORMED;
}

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
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (p < end && *p < 0x80)
        p++;
    return p;
}

bool charset_is_utf8(const char *in, size_t length)
{
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    while ((p = skip_ascii(p, end)) < end) {
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

/* The characters of the bytes from 0x80 on. */
static void make_table(const struct encoding *e, uint32_t table[static 128])
{
    iconv_t cd = iconv_open("WCHAR_T", e->iconv);
    for (unsigned i = 0; i < 128; i++) {
        wchar_t wide[2] = {0};
        char byte = (char)(0x80 + i), *in = &byte, *out = (char *)wide;
        size_t in_left = 1, out_left = sizeof(wide);
        table[i] = e->kind == USER_DEFINED ? 0xf780 + i : exception(e, (unsigned char)byte);
        if (table[i] != MALFORMED)
            continue;
        if (cd != (iconv_t)-1 && iconv(cd, &in, &in_left, &out, &out_left) != (size_t)-1) {
            iconv(cd, NULL, NULL, &out, &out_left); /* it may wait for an accent */
            table[i] = (uint32_t)wide[0];
        } else if (i < 0x20) {
            table[i] = 0x80 + i;
        }
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
}

static int decode_single(struct buffer *b, const struct encoding *e, const unsigned char *p,
                         const unsigned char *end)
{
    uint32_t table[128];
    int r = 0;
    make_table(e, table);
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

/* Takes what iconv refused: a sequence up to its last byte outside of ASCII, else one byte. */
static int put_refused(struct buffer *b, const struct encoding *e, const unsigned char **at,
                       const unsigned char *end)
{
    const unsigned char *p = *at;
    bool three = *p == 0x8f && e->kind == EUC_JP;
    uint32_t c = exception(e, *p);
    if (is_lead(e->kind, *p) && end - p >= 2 && p[1] >= 0x80)
        p++;
    if (three && p > *at && end - p >= 2 && p[1] >= 0x80)
        p++;
    *at = p + 1;
    return put(b, c);
}

static int decode_multi(struct buffer *b, const struct encoding *e, const unsigned char *p,
                        const unsigned char *end)
{
    iconv_t cd = iconv_open("UTF-8", e->iconv);
    int r = 0;
    while (r == 0 && p < end) {
        r = reserve(b, (size_t)(end - p) + 16);
        if (r == -E2BIG)
            r = reserve(b, b->max - b->length);
        if (r < 0)
            break;
        char *in = (char *)(uintptr_t)p, *out = b->at + b->length;
        size_t in_left = (size_t)(end - p), out_left = b->capacity - b->length - 1;
        errno = EILSEQ;
        if (cd != (iconv_t)-1)
            iconv(cd, &in, &in_left, &out, &out_left);
        bool stuck = (const unsigned char *)in == p;
        p = (const unsigned char *)in;
        b->length = (size_t)(out - b->at);
        if (in_left == 0 && cd != (iconv_t)-1) {
            iconv(cd, NULL, NULL, &out, &out_left); /* a letter that waits for an accent */
            b->length = (size_t)(out - b->at);
        } else if (errno == E2BIG)
            r = stuck ? -E2BIG : 0;
        else
            r = *p < 0x80 && cd == (iconv_t)-1 ? put_ascii(b, &p, end) : put_refused(b, e, &p, end);
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    return r;
}

int charset_decode(const char *charset, const char *in, size_t length, size_t max, char **out,
                   size_t *out_length)
{
    const struct encoding *e = find(charset, strlen(charset));
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
    const struct encoding *e = find(charset, strlen(charset));
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    bool plain = false;
    if (!e || e->kind == UTF8)
        plain = charset_is_utf8(in, length);
    else if (e->kind != UTF16LE && e->kind != UTF16BE && e->kind != ISO_2022_JP)
        plain = skip_ascii(p, end) == end;
    *t = (struct charset_text){.at = in, .length = length};
    if (plain)
        return 0;
    /* No charset makes more than four bytes of two. */
    int r = charset_decode(charset, in, length, length * 4 + 4, &t->owned, &t->length);
    t->at = t->owned;
    return r;
}

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
    make_table(e, table);
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

static void encode_multi(struct sink *s, const struct encoding *e, const unsigned char *p,
                         const unsigned char *end)
{
    bool gbk = strcmp(e->name, "GBK") == 0;
    /* The encoder of Big5 leaves out what Hong Kong added. */
    iconv_t cd = iconv_open(strcmp(e->name, "Big5") == 0 ? "CP950" : e->iconv, "WCHAR_T");
    char bytes[16], *out = bytes;
    size_t out_left = sizeof(bytes);
    while (p < end) {
        uint32_t c;
        p += utf8_decode(p, end, &c);
        wchar_t wide = (wchar_t)c;
        char *in = (char *)&wide;
        size_t in_left = sizeof(wide);
        out = bytes;
        out_left = sizeof(bytes);
        if (gbk && c == 0x20ac) {
            sink_put(s, "\x80", 1);
            continue;
        }
        bool held = cd != (iconv_t)-1 && iconv(cd, &in, &in_left, &out, &out_left) != (size_t)-1;
        if (!held && cd != (iconv_t)-1)
            iconv(cd, NULL, NULL, &out, &out_left); /* back to ASCII */
        if (held && gbk && out - bytes == 4)
            held = false;
        else
            sink_put(s, bytes, (size_t)(out - bytes));
        if (!held)
            sink_put_reference(s, c);
    }
    out = bytes;
    out_left = sizeof(bytes);
    if (cd == (iconv_t)-1)
        return;
    iconv(cd, NULL, NULL, &out, &out_left);
    sink_put(s, bytes, (size_t)(out - bytes));
    iconv_close(cd);
}

ptrdiff_t charset_encode(const char *charset, const char *in, size_t length, char *out, size_t size)
{
    const struct encoding *e = charset ? find(charset, strlen(charset)) : NULL;
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    struct sink s = {.at = out, .size = size};
    if (!e || e->kind == UTF8 || e->kind == UTF16LE || e->kind == UTF16BE)
        sink_put(&s, in, length);
    else if (e->kind == SINGLE || e->kind == USER_DEFINED)
        encode_single(&s, e, p, end);
    else
        encode_multi(&s, e, p, end);
    return s.length <= size ? (ptrdiff_t)s.length : -ENAMETOOLONG;
}
