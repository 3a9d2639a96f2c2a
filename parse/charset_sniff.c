/* Which encoding a document is in. The prescan is the HTML standard's "prescan a byte stream to
 * determine its encoding" (section 13.2.3.2), step by step. */
#include "parse/charset.h"
#include "parse/header.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define PRESCAN 1024

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is(struct span s, const char *word)
{
    return s.length == strlen(word) && strncasecmp(s.at, word, s.length) == 0;
}

static bool begins(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0;
}

/* What a charset that is declared in ASCII can only mean. */
static const char *declared(struct span label)
{
    const char *name = charset_find(label.at, label.length);
    if (name && strncmp(name, "UTF-16", 6) == 0)
        return "UTF-8";
    return name;
}

/* Takes an attribute, its name and its value. False where the tag ends, or the bytes. */
static bool next_attribute(const char **at, const char *end, struct span *name, struct span *value)
{
    const char *p = *at;
    while (p < end && (is_space(*p) || *p == '/'))
        p++;
    *at = p;
    if (p == end || *p == '>')
        return false;
    name->at = p;
    while (p < end && !is_space(*p) && *p != '/' && *p != '>' && (*p != '=' || p == name->at))
        p++;
    name->length = (size_t)(p - name->at);
    while (p < end && is_space(*p))
        p++;
    *value = (struct span){p, 0};
    if (p < end && *p == '=') {
        do
            p++;
        while (p < end && is_space(*p));
        char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : '\0';
        value->at = p;
        while (p < end && (quote ? *p != quote : !is_space(*p) && *p != '>'))
            p++;
        value->length = (size_t)(p - value->at);
        if (quote && p < end)
            p++;
    }
    *at = p;
    return p < end;
}

/* "Extracting a character encoding from a meta element". */
static const char *charset_of_content(struct span content)
{
    const char *p = content.at, *end = p + content.length;
    for (;;) {
        while (p < end && !begins(p, end, "charset"))
            p++;
        if (p == end)
            return NULL;
        for (p += strlen("charset"); p < end && is_space(*p); p++)
            ;
        if (p < end && *p == '=')
            break;
    }
    do
        p++;
    while (p < end && is_space(*p));
    if (p == end)
        return NULL;
    const char *start = p;
    if (*p == '"' || *p == '\'') {
        const char *close = memchr(++start, *p, (size_t)(end - p - 1));
        return close ? charset_find(start, (size_t)(close - start)) : NULL;
    }
    while (p < end && !is_space(*p) && *p != ';')
        p++;
    return charset_find(start, (size_t)(p - start));
}

/* Reads the attributes of a meta element; NULL where it decides nothing. */
static const char *prescan_meta(const char **at, const char *end)
{
    bool seen_pragma = false, seen_content = false, seen_charset = false, is_pragma = false;
    const char *by_content = NULL, *charset = NULL;
    struct span name, value;
    while (next_attribute(at, end, &name, &value)) {
        if (is(name, "http-equiv") && !seen_pragma) {
            seen_pragma = true;
            is_pragma = is(value, "content-type");
        } else if (is(name, "content") && !seen_content) {
            seen_content = true;
            by_content = charset_of_content(value);
        } else if (is(name, "charset") && !seen_charset) {
            seen_charset = true;
            charset = charset_find(value.at, value.length);
        }
    }
    if (*at == end)
        return NULL;
    if (!seen_charset && is_pragma)
        charset = by_content;
    if (charset && strncmp(charset, "UTF-16", 6) == 0)
        return "UTF-8";
    if (charset && strcmp(charset, "x-user-defined") == 0)
        return "windows-1252";
    return charset;
}

static const char *skip_tag(const char *p, const char *end)
{
    struct span name, value;
    while (p < end && !is_space(*p) && *p != '>')
        p++;
    while (next_attribute(&p, end, &name, &value))
        ;
    return p;
}

static const char *skip_to(const char *p, const char *end, char c)
{
    const char *found = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
    return found ? found : end;
}

static const char *prescan(const char *p, const char *end)
{
    for (; (p = skip_to(p, end, '<')) < end; p++) {
        if (begins(p, end, "<!--")) {
            const char *close = memmem(p + 2, (size_t)(end - p - 2), "-->", 3);
            p = close ? close + 2 : end;
        } else if (begins(p, end, "<meta") && end - p > 5 && (is_space(p[5]) || p[5] == '/')) {
            p += 5;
            const char *charset = prescan_meta(&p, end);
            if (charset)
                return charset;
        } else if (end - p >= 3 && is_letter(p[1 + (p[1] == '/')])) {
            p = skip_tag(p, end);
        } else if (end - p >= 2 && strchr("!/?", p[1]) && p[1]) {
            p = skip_to(p, end, '>');
        }
        if (p == end)
            break;
    }
    return NULL;
}

/* "Get an XML encoding"; and UTF-16 without a mark, by how its declaration begins. */
static const char *xml_declaration(const char *p, const char *end)
{
    if (end - p >= 6 && memcmp(p, "<\0?\0x\0", 6) == 0)
        return "UTF-16LE";
    if (end - p >= 6 && memcmp(p, "\0<\0?\0x", 6) == 0)
        return "UTF-16BE";
    if (end - p < 5 || memcmp(p, "<?xml", 5) != 0)
        return NULL;
    end = skip_to(p, end, '>');
    p = memmem(p, (size_t)(end - p), "encoding", 8);
    if (!p)
        return NULL;
    for (p += 8; p < end && (unsigned char)*p <= ' '; p++)
        ;
    if (p == end || *p != '=')
        return NULL;
    for (p++; p < end && (unsigned char)*p <= ' '; p++)
        ;
    if (p == end || (*p != '"' && *p != '\''))
        return NULL;
    const char *close = skip_to(p + 1, end, *p);
    return close < end ? declared((struct span){p + 1, (size_t)(close - p - 1)}) : NULL;
}

static const char *css_declaration(const char *p, const char *end)
{
    static const char rule[] = "@charset \"";
    size_t n = sizeof(rule) - 1;
    if ((size_t)(end - p) < n || memcmp(p, rule, n) != 0)
        return NULL;
    const char *close = skip_to(p + n, end, '"');
    if (end - close < 2 || close[1] != ';')
        return NULL;
    return declared((struct span){p + n, (size_t)(close - p) - n});
}

/* The byte order mark, else the HTTP charset, else NULL. */
static const char *outer_charset(const char *body, size_t length, const char *content_type,
                                 size_t *bom)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *charset;
    } marks[] = {
        {"\xef\xbb\xbf", 3, "UTF-8"}, {"\xfe\xff", 2, "UTF-16BE"}, {"\xff\xfe", 2, "UTF-16LE"}};
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        *bom = marks[i].length;
        if (length >= *bom && memcmp(body, marks[i].bytes, *bom) == 0)
            return marks[i].charset;
    }
    *bom = 0;
    char essence[64];
    struct span charset;
    header_content_type(content_type, essence, &charset);
    return charset.at ? charset_find(charset.at, charset.length) : NULL;
}

const char *charset_sniff_html(const char *body, size_t length, const char *content_type,
                               size_t *bom)
{
    const char *end = body + (length < PRESCAN ? length : PRESCAN);
    const char *charset = outer_charset(body, length, content_type, bom);
    if (!charset)
        charset = prescan(body, end);
    if (!charset)
        charset = xml_declaration(body, end);
    return charset ? charset : "windows-1252";
}

const char *charset_sniff_xml(const char *body, size_t length, const char *content_type,
                              size_t *bom)
{
    const char *end = body + (length < PRESCAN ? length : PRESCAN);
    const char *charset = outer_charset(body, length, content_type, bom);
    if (!charset)
        charset = xml_declaration(body, end);
    return charset ? charset : "UTF-8";
}

const char *charset_sniff_css(const char *body, size_t length, const char *content_type,
                              size_t *bom)
{
    const char *end = body + (length < PRESCAN ? length : PRESCAN);
    const char *charset = outer_charset(body, length, content_type, bom);
    if (!charset)
        charset = css_declaration(body, end);
    return charset ? charset : "UTF-8";
}
