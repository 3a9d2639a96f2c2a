/* The tokens of CSS as far as they decide where a URL stands: strings, comments, names, functions,
 * url tokens and their recovery. Nothing is nested on the stack, each byte is looked at once.
 *
 * Strings are URLs behind @import, and directly inside of url(), src() and image-set(). */
#include "parse/css.h"
#include "parse/charset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_newline(char c)
{
    return c == '\n' || c == '\r' || c == '\f';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || is_newline(c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* NUL is U+FFFD (CSS Syntax Level 3, section 3.3). */
static bool is_name(char c)
{
    return c == '\0' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    char lower = (char)(c | 0x20);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* What may not stand in a url token that is not quoted, beside spaces. */
static bool is_bad_in_url(char c)
{
    return c == '"' || c == '\'' || c == '(' || c == '\x7f' ||
           ((unsigned char)c < ' ' && c != '\0' && !is_space(c));
}

static const char *skip_space(const char *p, const char *end)
{
    if (p < end && is_space(*p))
        p += p + 1 < end && p[0] == '\r' && p[1] == '\n' ? 2 : 1;
    return p;
}

/* Whether an escape begins at p. */
static bool is_escape(const char *p, const char *end)
{
    return end - p >= 2 && p[0] == '\\' && !is_newline(p[1]);
}

/* Past the escape at p. */
static const char *skip_escape(const char *p, const char *end)
{
    if (hex_value(*++p) < 0)
        return p + 1;
    for (int i = 0; i < 6 && p < end && hex_value(*p) >= 0; i++)
        p++;
    return skip_space(p, end);
}

static const char *skip_name(const char *p, const char *end)
{
    while (p < end && (is_name(*p) || is_escape(p, end)))
        p = *p == '\\' ? skip_escape(p, end) : p + 1;
    return p;
}

size_t css_unescape(struct span raw, char *out)
{
    const char *p = raw.at, *end = p + raw.length;
    size_t n = 0;
    while (p < end) {
        if (*p == '\\' && !is_escape(p, end)) {
            p = skip_space(p + 1, end);
        } else if (*p != '\\' || hex_value(p[1]) < 0) {
            p += *p == '\\';
            if (*p != '\0')
                out[n++] = *p;
            else
                n += charset_put_utf8(0xfffd, out + n);
            p++;
        } else {
            const char *digit = p + 1;
            uint32_t c = 0;
            for (p = skip_escape(p, end); digit < p && hex_value(*digit) >= 0; digit++)
                c = c << 4 | (uint32_t)hex_value(*digit);
            n += charset_put_utf8(c == 0 || c > 0x10ffff || c >> 11 == 0x1b ? 0xfffd : c, out + n);
        }
    }
    return n;
}

/* Whether a name is word, its escapes resolved. */
static bool name_is(struct span name, const char *word)
{
    char plain[CSS_UNESCAPED(160)];
    if (name.length > 160)
        return false;
    size_t n = css_unescape(name, plain);
    return n == strlen(word) && strncasecmp(plain, word, n) == 0;
}

void css_init(struct css *c, const char *text, size_t length)
{
    *c = (struct css){.at = text, .end = text + length};
}

/* Reads the string whose quote c stands on. False if a newline breaks it off. */
static bool read_string(struct css *c, struct span *string)
{
    const char *p = c->at + 1, *start = p;
    while (p < c->end && *p != *c->at && !is_newline(*p)) {
        if (is_escape(p, c->end))
            p = skip_escape(p, c->end);
        else
            p = *p == '\\' ? skip_space(p + 1, c->end) : p + 1;
    }
    bool whole = p == c->end || !is_newline(*p);
    *string = (struct span){start, (size_t)(p - start)};
    c->at = p < c->end && whole ? p + 1 : p;
    return whole;
}

/* Reads a url token from behind its parenthesis. False where it is a bad one. */
static bool read_url(struct css *c, struct span *url)
{
    const char *p = c->at, *end = c->end;
    while (p < end && is_space(*p))
        p++;
    const char *start = p;
    while (p < end && *p != ')' && !is_space(*p) && !is_bad_in_url(*p) &&
           (*p != '\\' || is_escape(p, end)))
        p = *p == '\\' ? skip_escape(p, end) : p + 1;
    *url = (struct span){start, (size_t)(p - start)};
    while (p < end && is_space(*p))
        p++;
    bool good = p == end || *p == ')';
    while (p < end && *p != ')')
        p = is_escape(p, end) ? skip_escape(p, end) : p + 1;
    c->at = p < end ? p + 1 : p;
    return good;
}

/* Reads a name, and what makes it more than a name. True if that is a URL. */
static bool read_name(struct css *c, struct span *url)
{
    struct span name = {c->at, 0};
    c->at = skip_name(c->at, c->end);
    name.length = (size_t)(c->at - name.at);
    if (name.length == 0)
        c->at++; /* a backslash that escapes nothing */
    /* A name that begins like a number is a unit. */
    if (c->at == c->end || *c->at != '(' || is_digit(*name.at))
        return false;
    c->at++;
    bool is_url = name_is(name, "url");
    if (is_url) {
        const char *p = c->at;
        while (p < c->end && is_space(*p))
            p++;
        if (p == c->end || (*p != '"' && *p != '\''))
            return read_url(c, url);
    }
    c->depth++;
    if (c->url_depth == 0 && (is_url || name_is(name, "src") || name_is(name, "image-set") ||
                              name_is(name, "-webkit-image-set")))
        c->url_depth = c->depth;
    return false;
}

static void read_at_keyword(struct css *c)
{
    struct span name = {++c->at, 0};
    c->at = skip_name(c->at, c->end);
    name.length = (size_t)(c->at - name.at);
    c->import = name_is(name, "import");
    c->skip = name_is(name, "namespace");
}

/* Reads one token. True if it is a URL. */
static bool read_token(struct css *c, struct span *url)
{
    switch (*c->at) {
    case '"':
    case '\'':
        return read_string(c, url) && (c->import || (c->depth > 0 && c->depth == c->url_depth));
    case '@':
        read_at_keyword(c);
        return false;
    case '#':
        c->at = skip_name(c->at + 1, c->end);
        return false;
    case '/':
        if (c->end - c->at >= 2 && c->at[1] == '*') {
            const char *close = memmem(c->at + 2, (size_t)(c->end - c->at - 2), "*/", 2);
            c->at = close ? close + 2 : c->end;
            return false;
        }
        break;
    case '(':
        c->depth++;
        break;
    case ')':
        if (c->depth == c->url_depth)
            c->url_depth = 0;
        if (c->depth > 0)
            c->depth--;
        break;
    case ';':
    case '{':
    case '}':
        c->import = c->skip = false;
        break;
    default:
        if (is_name(*c->at) || *c->at == '\\')
            return read_name(c, url);
    }
    c->at++;
    return false;
}

bool css_next(struct css *c, struct span *url)
{
    while (c->at < c->end)
        if (read_token(c, url) && !c->skip && url->length > 0) {
            c->import = false;
            return true;
        }
    return false;
}

static uint32_t count_lines(const char *p, const char *end)
{
    uint32_t n = 0;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        p++;
        n++;
    }
    return n;
}

int css_links(struct links *out, const char *text, size_t length, const struct url *base,
              const char *charset, struct link like)
{
    struct css c;
    struct span raw;
    const char *counted = text;
    int r = 0;
    css_init(&c, text, length);
    while (r == 0 && css_next(&c, &raw)) {
        if (like.line > 0)
            like.line += count_lines(counted, raw.at);
        counted = raw.at;
        if (*raw.at == '#')
            continue; /* a part of this very document */
        if (!memchr(raw.at, '\\', raw.length) && !memchr(raw.at, '\0', raw.length)) {
            r = links_add(out, raw.at, raw.length, base, charset, like);
            continue;
        }
        char *plain = malloc(CSS_UNESCAPED(raw.length));
        if (!plain)
            return -ENOMEM;
        r = links_add(out, plain, css_unescape(raw, plain), base, charset, like);
        free(plain);
    }
    return r;
}

int css_document_links(struct links *out, const struct document *d)
{
    struct charset_text text;
    size_t bom;
    if (!d->assets)
        return 0;
    out->charset = charset_sniff_css(d->body, d->length, d->content_type, &bom);
    int r = charset_text(&text, out->charset, d->body + bom, d->length - bom);
    if (r < 0)
        return r;
    struct link like = {.element = "", .attribute = "", .line = 1, .kind = LINK_ASSET};
    r = css_links(out, text.at, text.length, d->url, out->charset, like);
    free(text.owned);
    if (r == -E2BIG)
        out->error = r;
    return r == -E2BIG ? 0 : r;
}
