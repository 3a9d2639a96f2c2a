#include "parse/charset.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

Test(charset, finds_encodings_by_their_labels)
{
    /* NULL: there is none. */
    static const char *const rows[][2] = {
        {"utf-8", "UTF-8"},
        {"UTF8", "UTF-8"},
        {"unicode-1-1-utf-8", "UTF-8"},
        {"latin1", "windows-1252"},
        {"us-ascii", "windows-1252"},
        {"iso-8859-1", "windows-1252"},
        {"iso-8859-9", "windows-1254"},
        {"iso-8859-11", "windows-874"},
        {"iso-8859-8-i", "ISO-8859-8-I"},
        {"visual", "ISO-8859-8"},
        {"sjis", "Shift_JIS"},
        {"x-x-big5", "Big5"},
        {"gb2312", "GBK"},
        {"ks_c_5601-1987", "EUC-KR"},
        {"koi8-ru", "KOI8-U"},
        {"utf-16", "UTF-16LE"},
        {"unicodefffe", "UTF-16BE"},
        {"x-user-defined", "x-user-defined"},
        {" \t\n\f\rutf-8 \t\n\f\r", "UTF-8"},
        {"utf-7", NULL},
        {"iso-2022-kr", "replacement"},
        {"HZ-GB-2312", "replacement"},
        {"utf-8 utf8", NULL},
        {"utf", NULL},
        {"\vutf-8", NULL},
        {"", NULL},
        {" ", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = charset_find(rows[i][0], strlen(rows[i][0]));
        cr_expect_str_eq(name ? name : "none", rows[i][1] ? rows[i][1] : "none", "%s", rows[i][0]);
    }
}

Test(charset, does_not_read_beyond_a_label)
{
    cr_assert_null(charset_find("utf-8", 4));
    cr_assert_not_null(charset_find("utf-88", 5));
}

static const struct {
    const char *charset, *bytes, *text;
} decoded[] = {
    {"UTF-8", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    /* Of a malformed sequence, the longest part that could begin one is one U+FFFD. */
    {"UTF-8", "\xff", "\xef\xbf\xbd"},
    {"UTF-8", "\xc3", "\xef\xbf\xbd"},
    {"UTF-8", "\xc3\"", "\xef\xbf\xbd\""},
    {"UTF-8", "\xe2\x82\"", "\xef\xbf\xbd\""},
    {"UTF-8", "\xf0\x9f\x98", "\xef\xbf\xbd"},
    {"UTF-8", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"UTF-8", "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"UTF-8", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"UTF-8", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"replacement", "plain", "\ufffd"},
    {"replacement", "", ""},
    {"windows-1252", "\x80\xe9", "\xe2\x82\xac\xc3\xa9"},
    {"windows-1252", "\x81\x8d\x8f\x90\x9d", "\xc2\x81\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d"},
    {"windows-1253", "\xe1\xaa", "\xce\xb1\xef\xbf\xbd"},
    {"windows-1255", "\xca", "\xd6\xba"},
    {"windows-1255", "\xf9\xd1", "\xd7\xa9\xd7\x81"}, /* not composed */
    {"windows-1258", "a\xcc", "a\xcc\x80"},           /* not composed */
    {"windows-874", "\x81\xa1\xfc", "\xc2\x81\xe0\xb8\x81\xef\xbf\xbd"},
    {"ISO-8859-8-I", "\xe0", "\xd7\x90"},
    {"ISO-8859-15", "\xa4", "\xe2\x82\xac"},
    {"KOI8-R", "\xd0", "\xd0\xbf"},
    {"KOI8-U", "\xa4\xae", "\xd1\x94\xd1\x9e"},
    {"macintosh", "\x8e\xc6\xf0", "\xc3\xa9\xe2\x88\x86\xef\xa3\xbf"},
    {"x-mac-cyrillic", "\xff", "\xe2\x82\xac"},
    {"x-user-defined", "a\x80\xff", "a\xef\x9e\x80\xef\x9f\xbf"},
    {"Shift_JIS", "\x93\xfa\x96{\xb1\x81\x60", "\xe6\x97\xa5\xe6\x9c\xac\xef\xbd\xb1\xef\xbd\x9e"},
    {"EUC-JP", "\xc6\xfc\x8e\xb1\x8f\xb0\xa1", "\xe6\x97\xa5\xef\xbd\xb1\xe4\xb8\x82"},
    {"ISO-2022-JP", "a\x1b$BF|\x1b(Bb",
     "a\xe6\x97\xa5"
     "b"},
    {"EUC-KR", "\xb0\xa1\x81\x41", "\xea\xb0\x80\xea\xb0\x82"},
    {"GBK", "\xd6\xd0\x80", "\xe4\xb8\xad\xe2\x82\xac"},
    {"gb18030", "\xd6\xd0\x81\x30\x81\x30", "\xe4\xb8\xad\xc2\x80"},
    {"Big5", "\xa4\xa4\xc6\xe7", "\xe4\xb8\xad\xe3\x81\x81"},
    {"Big5", "\x88\x62", "\xc3\x8a\xcc\x84"},
    /* A broken sequence swallows no ASCII. */
    {"Shift_JIS", "\x81\"\x93", "\xef\xbf\xbd\"\xef\xbf\xbd"},
    {"Shift_JIS", "\x81\xff>", "\xef\xbf\xbd>"},
    {"Shift_JIS", "\xa0\">", "\xef\xbf\xbd\">"},
    {"EUC-JP", "\xa4\">", "\xef\xbf\xbd\">"},
    {"EUC-JP", "\x8f\xa1\">", "\xef\xbf\xbd\">"},
    {"EUC-KR", "\xb0\">", "\xef\xbf\xbd\">"},
    {"GBK", "\xd6\">", "\xef\xbf\xbd\">"},
    {"GBK", "\xff<", "\xef\xbf\xbd<"},
    {"gb18030", "\x81\x30\">",
     "\xef\xbf\xbd"
     "0\">"},
    {"gb18030", "\x81\x30\x81\">",
     "\xef\xbf\xbd"
     "0\xef\xbf\xbd\">"},
    {"Big5", "\xa4\">", "\xef\xbf\xbd\">"},
    {"Big5", "\xa4", "\xef\xbf\xbd"},
    {"EUC-KR", "\xa2\xe8\">", "\ufffd\">"},
    /* The sets of ISO-2022-JP, rows of vendors among the double bytes, and its errors. */
    {"ISO-2022-JP", "\x1b$B-!y!\x1b(Ba", "\u2460\u7e8aa"},
    {"ISO-2022-JP", "\x1b$@F|\x1b(J\\~a\x1b(I1\x1b(B\\~", "\u65e5\u00a5\u203ea\uff71\\~"},
    {"ISO-2022-JP", "\x1b$BF|(!$\"\x1b(B\">", "\u65e5\u2500\u3042\">"},
    {"ISO-2022-JP", "\x1b$BF\x1b(Ba", "\ufffda"},
    {"ISO-2022-JP", "\x1b$BF\nF|F", "\ufffd\u65e5\ufffd"},
    {"ISO-2022-JP", "\x1b$B\x1b(Ba\x1b(Cb\x0e\xe9", "\ufffda\ufffd(Cb\ufffd\ufffd"},
};

Test(charset, decodes)
{
    for (size_t i = 0; i < COUNT(decoded); i++) {
        char *text;
        size_t length;
        int r = charset_decode(decoded[i].charset, decoded[i].bytes, strlen(decoded[i].bytes), 1000,
                               &text, &length);
        cr_assert_eq(r, 0, "row %zu: %d", i, r);
        cr_expect_str_eq(text, decoded[i].text, "row %zu, %s", i, decoded[i].charset);
        cr_expect_eq(length, strlen(text));
        free(text);
    }
}

/* Text goes through iconv a stretch at a time: what stands at the borders of one stays whole. */
Test(charset, decodes_characters_among_ascii_wherever_they_stand)
{
    static const struct {
        const char *charset, *bytes, *text;
    } rows[] = {
        {"Shift_JIS", "\x95\\", "\u8868"},
        {"Shift_JIS", "\xb1\x95\\", "\uff71\u8868"},
        {"Shift_JIS", "\x95\x81\x95", "\u666e\ufffd"},
        {"Big5", "\xa5\\\xa5\\", "\u529f\u529f"},
        {"gb18030", "\x94\x39\xfc\x36", "\U0001f600"},
        {"EUC-JP", "\x8f\xb0\xa1", "\u4e02"},
        {"EUC-KR", "\xb0\xa1\xa2\xe8", "\uac00\ufffd"},
    };
    for (size_t i = 0; i < COUNT(rows) * 30 * 20; i++) {
        char in[80], want[80], before[30] = "", behind[20] = "", *out;
        size_t length, row = i / 600;
        memset(before, 'a', i % 30);
        memset(behind, '"', i / 30 % 20);
        snprintf(in, sizeof(in), "%s%s%s", before, rows[row].bytes, behind);
        snprintf(want, sizeof(want), "%s%s%s", before, rows[row].text, behind);
        cr_assert_eq(charset_decode(rows[row].charset, in, strlen(in), 1000, &out, &length), 0);
        cr_expect_str_eq(out, want);
        free(out);
    }
}

Test(charset, tells_ascii_wherever_another_byte_stands)
{
    char text[40];
    for (size_t length = 0; length <= sizeof(text); length++) {
        memset(text, 'a', sizeof(text));
        cr_expect(charset_is_ascii(text, length));
        for (size_t i = 0; i < length; i++) {
            text[i] = '\x80';
            cr_expect_not(charset_is_ascii(text, length));
            cr_expect(charset_is_ascii(text, i));
            text[i] = '\x7f';
        }
    }
}

Test(charset, decodes_utf_16)
{
    static const struct {
        const char *charset, *bytes;
        size_t length;
        const char *text;
    } rows[] = {
        {"UTF-16LE", "a\0\xe5\x65", 4, "a\xe6\x97\xa5"},
        {"UTF-16BE", "\0a\x65\xe5", 4, "a\xe6\x97\xa5"},
        {"UTF-16LE", "\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80"},
        {"UTF-16BE", "\xd8\x3d\xde\x00", 4, "\xf0\x9f\x98\x80"},
        /* Half a pair, and half a unit. */
        {"UTF-16BE", "\xd8\x3d\0a", 4,
         "\xef\xbf\xbd"
         "a"},
        {"UTF-16BE", "\xde\x00\0a", 4,
         "\xef\xbf\xbd"
         "a"},
        {"UTF-16BE", "\xd8\x3d\xd8\x3d\xde\x00", 6, "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"UTF-16BE", "\0a\xd8\x3d", 4, "a\xef\xbf\xbd"},
        {"UTF-16LE", "a\0b", 3, "a\xef\xbf\xbd"},
        {"UTF-16LE", "", 0, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text;
        size_t length;
        cr_assert_eq(
            charset_decode(rows[i].charset, rows[i].bytes, rows[i].length, 1000, &text, &length),
            0);
        cr_expect_str_eq(text, rows[i].text, "row %zu", i);
        free(text);
    }
}

Test(charset, keeps_nul_bytes)
{
    static const char *const charsets[] = {"UTF-8", "windows-1252", "Shift_JIS"};
    for (size_t i = 0; i < COUNT(charsets); i++) {
        char *text;
        size_t length;
        cr_assert_eq(charset_decode(charsets[i], "a\0b", 3, 100, &text, &length), 0);
        cr_expect(length == 3 && memcmp(text, "a\0b", 4) == 0, "%s", charsets[i]);
        free(text);
    }
}

Test(charset, makes_no_text_above_the_limit)
{
    static const char *const charsets[] = {"UTF-8", "windows-1252", "Shift_JIS", "UTF-16LE"};
    for (size_t i = 0; i < COUNT(charsets); i++) {
        for (size_t max = 0; max < 60; max++) {
            char in[20], *text;
            size_t length;
            memset(in, 0xb1, sizeof(in)); /* two or three bytes in UTF-8, in each of them */
            int r = charset_decode(charsets[i], in, sizeof(in), max, &text, &length);
            cr_assert(r == 0 || r == -E2BIG);
            if (r == 0) {
                cr_expect_leq(length, max, "%s", charsets[i]);
                free(text);
            }
        }
    }
}

Test(charset, fills_the_limit_exactly)
{
    char *text;
    size_t length;
    cr_assert_eq(charset_decode("windows-1252", "\xe9", 1, 2, &text, &length), 0);
    free(text);
    cr_assert_eq(charset_decode("windows-1252", "\xe9", 1, 1, &text, &length), -E2BIG);
}

Test(charset, copies_no_text_that_is_fit_as_it_is)
{
    static const struct {
        const char *charset, *text;
        bool copied;
    } rows[] = {
        {"UTF-8", "a\xc3\xa9", false},     {"UTF-8", "a\xef\xbf\xbd", false},
        {"UTF-8", "a\xc3", true},          {"windows-1252", "plain", false},
        {"windows-1252", "a\xe9", true},   {"Shift_JIS", "plain", false},
        {"ISO-2022-JP", "\x1b$BF|", true}, {"replacement", "plain", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct charset_text t;
        cr_assert_eq(charset_text(&t, rows[i].charset, rows[i].text, strlen(rows[i].text)), 0);
        cr_expect_eq(t.at != rows[i].text, rows[i].copied, "row %zu", i);
        free(t.owned);
    }
}

Test(charset, encodes_queries)
{
    static const struct {
        const char *charset, *text, *bytes;
    } rows[] = {
        {"UTF-8", "\xc3\xa9", "\xc3\xa9"},
        {"UTF-16LE", "\xc3\xa9", "\xc3\xa9"},
        {"replacement", "\xc3\xa9", "\xc3\xa9"},
        {"windows-1252", "caf\xc3\xa9", "caf\xe9"},
        {"windows-1252", "\xc2\x81", "\x81"},
        {"windows-1251", "\xc3\xbf", "&#255;"},
        {"windows-1252", "\xf0\x9f\x98\x80", "&#128512;"},
        {"windows-1252", "\xff", "&#65533;"},
        {"windows-1253", "\xef\xbf\xbd", "&#65533;"},
        {"windows-1258", "\xe1\xba\xa1", "&#7841;"}, /* not decomposed */
        {"x-user-defined", "\xef\x9e\x80", "\x80"},
        {"KOI8-U", "\xd1\x9e", "\xae"},
        {"Shift_JIS", "\xe6\x97\xa5\xe6\x9c\xac", "\x93\xfa\x96{"},
        {"Shift_JIS", "a\xd7\xa9z", "a&#1513;z"},
        {"EUC-JP", "\xe6\x97\xa5", "\xc6\xfc"},
        {"ISO-2022-JP", "a\xe6\x97\xa5z", "a\x1b$BF|\x1b(Bz"},
        {"ISO-2022-JP", "\xe6\x97\xa5", "\x1b$BF|\x1b(B"},
        {"ISO-2022-JP", "\xe6\x97\xa5\xd7\xa9", "\x1b$BF|\x1b(B&#1513;"},
        {"EUC-KR", "\xea\xb0\x82", "\x81\x41"},
        {"GBK", "\xe4\xb8\xad\xe2\x82\xac", "\xd6\xd0\x80"},
        {"GBK", "\xf0\x9f\x98\x80", "&#128512;"},
        {"gb18030", "\xe2\x82\xac", "\xa2\xe3"},
        {"gb18030", "\ue5e5", "&#58853;"},
        {"gb18030", "\xf0\x9f\x98\x80", "\x94\x39\xfc\x36"},
        {"Big5", "\xe4\xb8\xad\xef\xbd\x9e", "\xa4\xa4\xa1\xe3"},
        {"Big5", "\u306e\ue000\U00020087", "\xc7\x55&#57344;&#131207;"},
        /* What iconv would only take for something else, or standards leave out. */
        {"Shift_JIS", "\u00a2\u2014\u00a5\u203e\u2212", "&#162;&#8212;\\~\x81\x7c"},
        {"Shift_JIS", "\xc2\x80\uff71\u2460\ue000", "\x80\xb1\x87\x40&#57344;"},
        {"EUC-JP", "\u4e02\xc2\x81\uff71", "&#19970;&#129;\x8e\xb1"},
        {"ISO-2022-JP", "\u2460\u00a5x", "\x1b$B-!\x1b(J\\\x1b(Bx"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char bytes[64];
        ptrdiff_t n = charset_encode(rows[i].charset, rows[i].text, strlen(rows[i].text), bytes,
                                     sizeof(bytes) - 1);
        cr_assert_geq(n, 0);
        bytes[n] = '\0';
        cr_expect_str_eq(bytes, rows[i].bytes, "row %zu", i);
    }
}

Test(charset, encodes_nothing_that_does_not_fit)
{
    char bytes[6] = "";
    cr_expect_eq(charset_encode("UTF-8", "abc", 3, bytes, 2), -ENAMETOOLONG);
    cr_expect_eq(charset_encode("windows-1251", "\xc3\xbf", 2, bytes, 5), -ENAMETOOLONG);
    cr_expect_eq(charset_encode("windows-1251", "\xc3\xbf", 2, bytes, 6), 6);
    cr_expect_eq(charset_encode("Shift_JIS", "\xe6\x97\xa5", 3, bytes, 1), -ENAMETOOLONG);
}

Test(charset, sniffs_html)
{
    static const char *const rows[][3] = {
        /* body, Content-Type, charset */
        {"<p>", NULL, "windows-1252"},
        {"<p>", "text/html", "windows-1252"},
        {"<p>", "text/html; charset=koi8-r", "KOI8-R"},
        {"<meta charset=koi8-r>", "text/html; charset=utf-8", "UTF-8"},
        {"<meta charset=koi8-r>", "text/html; charset=bogus", "KOI8-R"},
        {"\xef\xbb\xbf<meta charset=koi8-r>", "text/html; charset=koi8-r", "UTF-8"},
        {"\xff\xfe<", "text/html; charset=koi8-r", "UTF-16LE"},
        {"\xfe\xff<", NULL, "UTF-16BE"},
        {"<meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<META CHARSET='KOI8-R'>", NULL, "KOI8-R"},
        {"<meta/charset=\"koi8-r\"/>", NULL, "KOI8-R"},
        {"<meta x charset = koi8-r >", NULL, "KOI8-R"},
        {"<meta charset=koi8-r charset=utf-8>", NULL, "KOI8-R"},
        {"<meta charset=bogus><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<meta charset=utf-16>", NULL, "UTF-8"},
        {"<meta charset=x-user-defined>", NULL, "windows-1252"},
        {"<meta charset=koi8-r", NULL, "windows-1252"},
        {"<metacharset=koi8-r>", NULL, "windows-1252"},
        {"<meta http-equiv=content-type content='text/html; charset=koi8-r'>", NULL, "KOI8-R"},
        {"<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>", NULL, "KOI8-R"},
        {"<meta http-equiv=content-type content='charset charset = \"koi8-r\"x'>", NULL, "KOI8-R"},
        {"<meta http-equiv=content-type content='charset=\"koi8-r'>", NULL, "windows-1252"},
        {"<meta http-equiv=content-type content='charset=koi8-r;x'>", NULL, "KOI8-R"},
        {"<meta http-equiv=content-type content='charset='>", NULL, "windows-1252"},
        {"<meta http-equiv=refresh content='charset=koi8-r'>", NULL, "windows-1252"},
        {"<meta content='charset=koi8-r'>", NULL, "windows-1252"},
        {"<meta charset=koi8-r content='charset=utf-8' http-equiv=content-type>", NULL, "KOI8-R"},
        {"<meta charset=bogus content='charset=utf-8' http-equiv=content-type>", NULL,
         "windows-1252"},
        {"<!-- <meta charset=utf-8> --><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<!--><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<!-- <meta charset=koi8-r>", NULL, "windows-1252"},
        {"<a title='<meta charset=utf-8>'><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"</a title='<meta charset=utf-8>'><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<!x <meta charset=utf-8><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<?x <meta charset=utf-8><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"</ <meta charset=utf-8><meta charset=koi8-r>", NULL, "KOI8-R"},
        {"<script><meta charset=koi8-r></script>", NULL, "KOI8-R"},
        {"<?xml version='1.0' encoding='koi8-r'?>", NULL, "KOI8-R"},
        {"<?xml version='1.0' encoding='koi8-r'?><meta charset=utf-8>", NULL, "UTF-8"},
        {"", NULL, "windows-1252"},
        {"<", NULL, "windows-1252"},
        {"<a", NULL, "windows-1252"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t bom;
        cr_expect_str_eq(charset_sniff_html(rows[i][0], strlen(rows[i][0]), rows[i][1], &bom),
                         rows[i][2], "%s", rows[i][0]);
    }
}

Test(charset, prescans_1024_bytes)
{
    char body[1024 + 21];
    size_t bom;
    memset(body, ' ', sizeof(body));
    memcpy(body + 1024 - 20, "<meta charset=utf-8>", 20);
    cr_expect_str_eq(charset_sniff_html(body, sizeof(body), NULL, &bom), "UTF-8");
    memset(body, ' ', sizeof(body));
    memcpy(body + 1024 - 19, "<meta charset=utf-8>", 20);
    cr_expect_str_eq(charset_sniff_html(body, sizeof(body), NULL, &bom), "windows-1252");
}

Test(charset, tells_the_length_of_the_byte_order_mark)
{
    size_t bom;
    charset_sniff_html("\xef\xbb\xbfx", 4, NULL, &bom);
    cr_expect_eq(bom, 3);
    charset_sniff_xml("\xff\xfex", 3, NULL, &bom);
    cr_expect_eq(bom, 2);
    charset_sniff_css("\xef\xbbx", 3, NULL, &bom);
    cr_expect_eq(bom, 0);
}

Test(charset, sniffs_xml_and_css)
{
    static const struct {
        const char *(*sniff)(const char *, size_t, const char *, size_t *);
        const char *body, *type, *charset;
    } rows[] = {
        {charset_sniff_xml, "<a/>", "text/xml", "UTF-8"},
        {charset_sniff_xml, "<a/>", "text/xml; charset=koi8-r", "KOI8-R"},
        {charset_sniff_xml, "<?xml version='1.0' encoding = \"koi8-r\"?>", NULL, "KOI8-R"},
        {charset_sniff_xml, "<?xml version='1.0' encoding='koi8-r'?>", "a/b;charset=utf-8",
         "UTF-8"},
        {charset_sniff_xml, "<?xml version='1.0' encoding='utf-16'?>", NULL, "UTF-8"},
        {charset_sniff_xml, "<?xml version='1.0'?><a encoding='koi8-r'>", NULL, "UTF-8"},
        {charset_sniff_xml, "<?xml encoding=koi8-r?>", NULL, "UTF-8"},
        {charset_sniff_xml, "<meta charset=koi8-r>", NULL, "UTF-8"},
        {charset_sniff_css, "a{}", "text/css", "UTF-8"},
        {charset_sniff_css, "@charset \"koi8-r\";", NULL, "KOI8-R"},
        {charset_sniff_css, "@charset \"koi8-r\";", "text/css;charset=utf-8", "UTF-8"},
        {charset_sniff_css, "@charset 'koi8-r';", NULL, "UTF-8"},
        {charset_sniff_css, " @charset \"koi8-r\";", NULL, "UTF-8"},
        {charset_sniff_css, "@charset \"koi8-r\"", NULL, "UTF-8"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t bom;
        cr_expect_str_eq(rows[i].sniff(rows[i].body, strlen(rows[i].body), rows[i].type, &bom),
                         rows[i].charset, "row %zu", i);
    }
}

Test(charset, knows_utf_16_by_its_xml_declaration)
{
    size_t bom;
    cr_expect_str_eq(charset_sniff_xml("<\0?\0x\0m\0l\0", 10, NULL, &bom), "UTF-16LE");
    cr_expect_str_eq(charset_sniff_xml("\0<\0?\0x\0m\0l", 10, NULL, &bom), "UTF-16BE");
}
