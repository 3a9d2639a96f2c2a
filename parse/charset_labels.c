/* The encodings, their labels, and the tables of those with one byte a character.
 *
 * Tables are made by iconv, which differs from the Encoding standard in bytes that a charset leaves
 * undefined and in a few mappings. */
#include "parse/charset.h"
#include "parse/charset_private.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

static const struct encoding encodings[] = {
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
    {"replacement", UNREADABLE, "",
     "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement"},
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

uint32_t encoding_exception(const struct encoding *e, unsigned char byte)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
        if (exceptions[i].byte == byte && strcmp(exceptions[i].name, e->name) == 0)
            return exceptions[i].character;
    return MALFORMED;
}

const struct encoding *encoding_of(const char *name)
{
    for (size_t i = 0; i < sizeof(encodings) / sizeof(*encodings); i++)
        if (encodings[i].name == name)
            return &encodings[i];
    return find(name, strlen(name));
}

void encoding_table(const struct encoding *e, uint32_t table[static 128])
{
    char bytes[256] = {0}, *in = bytes; /* NULs between them, for iconv composes accents */
    wchar_t wide[256], *out = wide;
    size_t in_left = sizeof(bytes), out_left = sizeof(wide);
    for (unsigned i = 0; i < 128; i++)
        bytes[2 * i] = (char)(0x80 + i);
    iconv_t cd = iconv_open("WCHAR_T", e->iconv);
    memset(wide, 0xff, sizeof(wide));
    while (cd != (iconv_t)-1 && in_left > 0 &&
           iconv(cd, &in, &in_left, (char **)&out, &out_left) == (size_t)-1) {
        in++; /* it is undefined */
        in_left--;
        out++;
        out_left -= sizeof(*out);
    }
    for (unsigned i = 0; i < 128; i++) {
        table[i] = (uint32_t)wide[2 * i];
        uint32_t otherwise = encoding_exception(e, (unsigned char)(0x80 + i));
        if (e->kind == USER_DEFINED)
            table[i] = 0xf780 + i;
        else if (otherwise != MALFORMED)
            table[i] = otherwise;
        else if (table[i] == MALFORMED && i < 0x20)
            table[i] = 0x80 + i;
    }
    if (cd != (iconv_t)-1)
        iconv_close(cd);
}
