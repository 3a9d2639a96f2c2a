/* Text from outside goes through add_safe: whatever it holds, what comes out is UTF-8 that steers
 * no terminal. What may stay is copied in runs as long as they come. */
#include "cmd/text.h"

#include "crawler/memory.h"
#include "parse/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How a format writes what it cannot hold as it is. */
enum escape {
    ESCAPE_PLAIN,  /* U+FFFD */
    ESCAPE_JSON,   /* \uXXXX */
    ESCAPE_MARKUP, /* U+FFFD, and &, <, >, " and ' as references */
};

void text_deinit(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

/* Where the next n bytes go; they count as added. */
static char *extend(struct text *t, size_t n)
{
    if (t->capacity - t->length < n) {
        t->capacity = 2 * t->capacity + n + 256;
        t->data = memory_resize(t->data, t->capacity);
    }
    t->length += n;
    return t->data + t->length - n;
}

void text_add(struct text *t, const char *data, size_t length)
{
    if (length > 0)
        memcpy(extend(t, length), data, length);
}

void text_add_string(struct text *t, const char *string)
{
    text_add(t, string, strlen(string));
}

void text_add_char(struct text *t, char c)
{
    *extend(t, 1) = c;
}

/* Writes n so that it ends at end, with that many digits or more. Returns where it begins. */
static char *digits(char *end, uint64_t n, int least)
{
    for (; n > 0; n /= 10, least--)
        *--end = (char)('0' + n % 10);
    while (least-- > 0)
        *--end = '0';
    return end;
}

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

void text_add_number(struct text *t, int64_t n)
{
    char buffer[24], *end = buffer + sizeof buffer, *start = digits(end, magnitude(n), 1);

    if (n < 0)
        *--start = '-';
    text_add(t, start, (size_t)(end - start));
}

void text_add_format(struct text *t, const char *format, ...)
{
    char line[501];
    va_list list;

    va_start(list, format);
    int n = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    text_add(t, line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void text_add_seconds(struct text *t, int64_t ns)
{
    char buffer[24], *end = buffer + sizeof buffer;
    uint64_t us = magnitude(ns) / 1000;
    char *start = digits(end, us % 1000000, 6);

    *--start = '.';
    start = digits(start, us / 1000000, 1);
    if (ns < 0 && us > 0)
        *--start = '-';
    text_add(t, start, (size_t)(end - start));
}

/* Controls, and what changes the direction of text or ends a line. */
static bool steers(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Whether eight bytes are ASCII that no format but markup escapes. A borrow from one byte to the
 * next can only make it false. */
static bool are_plain(const unsigned char *s)
{
    uint64_t w;

    memcpy(&w, s, sizeof w);
    uint64_t control = w - ALL(' '), del = w + ALL(1);
    uint64_t quote = (w ^ ALL('"')) - ALL(1), backslash = (w ^ ALL('\\')) - ALL(1);
    return ((w | control | del | quote | backslash) & ALL(0x80)) == 0;
}

static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Where what is not plain may begin. The last eight bytes are looked at at once, so that few are
 * left to be looked at one by one. */
static const unsigned char *skip_plain(const unsigned char *s, const unsigned char *end)
{
    size_t length = (size_t)(end - s);

    while (end - s >= 8 && are_plain(s))
        s += 8;
    if (length >= 8 && end - s < 8 && are_plain(end - 8))
        return end;
    while (s < end && is_plain(*s))
        s++;
    return s;
}

static const char *reference_of(uint32_t c)
{
    return c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#39;"
                       : NULL;
}

static bool is_escaped(uint32_t c, enum escape how)
{
    return c == 0xfffd || steers(c) || (how == ESCAPE_JSON && (c == '"' || c == '\\')) ||
           (how == ESCAPE_MARKUP && reference_of(c));
}

static void add_escaped(struct text *t, uint32_t c, enum escape how)
{
    static const char hex[] = "0123456789abcdef";

    if (how == ESCAPE_JSON && (c == '"' || c == '\\'))
        text_add(t, (char[]){'\\', (char)c}, 2);
    else if (how == ESCAPE_JSON && c != 0xfffd)
        text_add(t,
                 (char[]){'\\', 'u', hex[c >> 12], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]},
                 6);
    else if (how == ESCAPE_MARKUP && reference_of(c))
        text_add_string(t, reference_of(c));
    else
        text_add(t, "\xef\xbf\xbd", 3);
}

static void add_safe(struct text *t, const char *string, size_t length, enum escape how)
{
    const unsigned char *s = (const unsigned char *)string, *end = s + length, *run = s;

    while (how == ESCAPE_MARKUP ? s < end : (s = skip_plain(s, end)) < end) {
        uint32_t c;
        size_t n = utf8_decode(s, end, &c);
        if (is_escaped(c, how)) {
            text_add(t, (const char *)run, (size_t)(s - run));
            add_escaped(t, c, how);
            run = s + n;
        }
        s += n;
    }
    text_add(t, (const char *)run, (size_t)(s - run));
}

void text_add_plain(struct text *t, const char *string, size_t length)
{
    add_safe(t, string, length, ESCAPE_PLAIN);
}

void text_add_json(struct text *t, const char *string, size_t length)
{
    text_add_char(t, '"');
    add_safe(t, string, length, ESCAPE_JSON);
    text_add_char(t, '"');
}

void text_add_markup(struct text *t, const char *string, size_t length)
{
    add_safe(t, string, length, ESCAPE_MARKUP);
}
