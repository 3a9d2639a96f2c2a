/* The URL parser: one pass from the input to the caller's buffer.
 *
 * Of the standard's state machine only the states remain that http and https reach. Bytes that may
 * stand as they are get copied in runs, by a table of classes; the others take a turn of the slow
 * loop. Tabs and newlines are passed over wherever they stand.
 *
 * Invariants:
 *  1. in <= end and out <= limit; one byte behind limit belongs to the NUL.
 *  2. What stands in [buffer, out) is canonical, but for dot segments in a path that is not yet at
 *     its end. Then they are resolved in place, if there are any: each byte moves once. */
#include "parse/url.h"
#include "parse/charset.h"
#include "parse/url_host.h"
#include "parse/url_path.h"
#include "parse/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum byte_class {
    PATH = 1, /* stands in a path as it is */
    QUERY = 2,
    USERINFO = 4,
    SCHEME = 8, /* may stand in a scheme */
    SLASH = 16,
    END = 32,      /* of whatever it does not stand in as it is */
    DIVIDER = 64,  /* of the parts of an authority */
    IGNORED = 128, /* tab, newline */
};

#define __ 0
#define IG IGNORED
#define EN END
#define AL (PATH | QUERY | USERINFO | SCHEME)
#define MK (PATH | QUERY | USERINFO)
#define PQ (PATH | QUERY)
#define PU (PATH | USERINFO)
#define Q_ QUERY
#define SL (PATH | QUERY | SLASH)
#define BS (QUERY | SLASH)
#define QM (QUERY | END)
#define CO (PATH | QUERY | DIVIDER)

static const uint8_t classes[256] = {
    __, __, __, __, __, __, __, __, __, IG, IG, __, __, IG, __, __, /* controls */
    __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, __, /* controls */
    __, MK, __, EN, MK, MK, MK, PU, MK, MK, MK, AL, MK, AL, AL, SL, /*  !"#$%&'()*+,-./ */
    AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, CO, PQ, __, PQ, __, QM, /* 0123456789:;<=>? */
    CO, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, /* @ABCDEFGHIJKLMNO */
    AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, CO, BS, CO, Q_, MK, /* PQRSTUVWXYZ[\]^_ */
    Q_, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, /* `abcdefghijklmno */
    AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, Q_, PQ, Q_, MK, __, /* pqrstuvwxyz{|}~  */
};

struct parser {
    const unsigned char *in, *end;
    char *buffer, *out, *limit;
    const char *charset; /* that the query is encoded in; NULL: UTF-8 */
    unsigned flags;
    struct url url; /* its offsets are set as their places are reached */
};

enum scheme { SCHEME_NONE, SCHEME_HTTP, SCHEME_HTTPS, SCHEME_OTHER };

static bool next_is(const struct parser *p, unsigned class)
{
    return p->in < p->end && classes[*p->in] & class;
}

static uint32_t offset(const struct parser *p)
{
    return (uint32_t)(p->out - p->buffer);
}

static int put(struct parser *p, const char *s, size_t length)
{
    if (length > (size_t)(p->limit - p->out))
        return -ENAMETOOLONG;
    p->out = mempcpy(p->out, s, length);
    return 0;
}

static int put_percent(struct parser *p, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char encoded[] = {'%', digits[c >> 4], digits[c & 15]};
    return put(p, encoded, sizeof(encoded));
}

/* The bytes of the next character, those of U+FFFD where they are malformed. Returns how many;
 * moves on. */
static size_t next_character(struct parser *p, unsigned char bytes[static 4])
{
    uint32_t c;
    const unsigned char *start = p->in;
    size_t length = utf8_decode(start, p->end, &c);
    p->in += length;
    if (c == 0xfffd) {
        memcpy(bytes, "\xef\xbf\xbd", 3);
        return 3;
    }
    memcpy(bytes, start, length);
    return length;
}

/* Percent-encodes what charset_encode() made. A "&#" there begins the mark of a character that the
 * charset lacks, for '#' ends a query; but not among the double bytes of ISO-2022-JP, which stand
 * between escape sequences. */
static int put_bytes(struct parser *p, const char *s, size_t length)
{
    bool escapes = strcmp(p->charset, "ISO-2022-JP") == 0, shifted = false, mark = false;
    int r = 0;
    for (size_t i = 0; i < length && r == 0; i++) {
        unsigned char c = (unsigned char)s[i];
        char next = i + 1 < length ? s[i + 1] : '\0';
        if (c == 0x1b && escapes)
            shifted = next == '$';
        if (c == '&' && next == '#' && !shifted)
            mark = true;
        bool plain = classes[c] & QUERY && !(mark && (c == '&' || c == ';'));
        if (c == ';')
            mark = false;
        r = plain ? put(p, &s[i], 1) : put_percent(p, c);
    }
    return r;
}

/* A piece of the query, in the charset of the document. */
static int put_recoded(struct parser *p)
{
    unsigned char piece[256];
    char encoded[sizeof(piece) * 6];
    size_t length = 0;
    while (p->in < p->end && *p->in != '#' && length <= sizeof(piece) - 4) {
        if (*p->in >= 0x80)
            length += next_character(p, piece + length);
        else if (next_is(p, IGNORED))
            p->in++;
        else
            piece[length++] = *p->in++;
    }
    ptrdiff_t n = charset_encode(p->charset, (char *)piece, length, encoded, sizeof(encoded));
    return n < 0 ? (int)n : put_bytes(p, encoded, (size_t)n);
}

/* Whatever does not stand as it is; a backslash gets here in a path only. */
static int put_encoded(struct parser *p)
{
    if (*p->in < 0x80) {
        unsigned char c = *p->in++;
        if (classes[c] & IGNORED)
            return 0;
        return c == '\\' ? put(p, "/", 1) : put_percent(p, c);
    }
    if (p->charset)
        return put_recoded(p);
    unsigned char c[4];
    size_t length = next_character(p, c);
    int r = 0;
    for (size_t i = 0; i < length && r == 0; i++)
        r = put_percent(p, c[i]);
    return r;
}

/* The classes that four bytes have in common. */
static unsigned common_classes(const unsigned char *s)
{
    return classes[s[0]] & classes[s[1]] & classes[s[2]] & classes[s[3]];
}

/* Writes the input up to end, or to where the component ends: bytes of the class plain as they are,
 * others percent-encoded. */
static int put_component(struct parser *p, const unsigned char *end, unsigned plain)
{
    for (;;) {
        const unsigned char *in = p->in, *full = end;
        if (full - in > p->limit - p->out)
            full = in + (p->limit - p->out);
        char *out = p->out;
        for (; full - in >= 4 && common_classes(in) & plain; in += 4, out += 4)
            memcpy(out, in, 4);
        while (in < full && classes[*in] & plain)
            *out++ = (char)*in++;
        p->in = in;
        p->out = out;
        if (in == end || (classes[*in] & (END | plain)) == END)
            return 0;
        int r = put_encoded(p);
        if (r < 0)
            return r;
    }
}

/* Passes over a scheme and its colon, if there is one. */
static enum scheme read_scheme(struct parser *p)
{
    const unsigned char *colon = p->in, *end = p->end;
    while (colon < end && classes[*colon] & (SCHEME | IGNORED))
        colon++;
    if (colon == end || *colon != ':')
        return SCHEME_NONE;
    char name[6] = "";
    size_t n = 0;
    for (const unsigned char *s = p->in; s < colon && n < sizeof(name); s++)
        if (!(classes[*s] & IGNORED))
            name[n++] = (char)(*s | 0x20);
    if (name[0] < 'a')
        return SCHEME_NONE;
    p->in = colon + 1;
    if (n == 4 && memcmp(name, "http", 4) == 0)
        return SCHEME_HTTP;
    return n == 5 && memcmp(name, "https", 5) == 0 ? SCHEME_HTTPS : SCHEME_OTHER;
}

static size_t skip_slashes(struct parser *p)
{
    size_t n = 0;
    for (; next_is(p, SLASH | IGNORED); p->in++)
        n += (classes[*p->in] & SLASH) != 0;
    return n;
}

/* user:password@, at the '@'; whatever of it is empty is left out. */
static int parse_userinfo(struct parser *p, const unsigned char *at_sign)
{
    const char *start = p->out;
    const unsigned char *colon = memchr(p->in, ':', (size_t)(at_sign - p->in));
    int r = put_component(p, colon ? colon : at_sign, USERINFO);
    if (r == 0 && colon) {
        char *password = p->out;
        p->in = colon + 1;
        if ((r = put(p, ":", 1)) == 0)
            r = put_component(p, at_sign, USERINFO);
        if (p->out == password + 1)
            p->out = password;
    }
    return r < 0 || p->out == start ? r : put(p, "@", 1);
}

/* Behind the ':'; the default port is left out. */
static int parse_port(struct parser *p, const unsigned char *end)
{
    uint32_t n = 0;
    bool given = false;
    for (; p->in < end; p->in++) {
        if (classes[*p->in] & IGNORED)
            continue;
        if (*p->in < '0' || *p->in > '9')
            return -EINVAL;
        n = n * 10 + (*p->in - '0');
        given = true;
        if (n > 65535)
            return -EINVAL;
    }
    if (!given || n == p->url.port_number)
        return 0;
    char text[sizeof(":65535")] = ":";
    p->url.port_number = (uint16_t)n;
    return put(p, text, (size_t)(url_put_number(text + 1, (unsigned)n) - text));
}

/* From behind the slashes to where the path begins. */
static int parse_authority(struct parser *p)
{
    const unsigned char *end = p->in, *host = end, *last = p->end, *at_sign = NULL, *colon = NULL;
    for (bool bracket = false;; end++) {
        while (end < last && !(classes[*end] & (SLASH | END | DIVIDER)))
            end++;
        if (end == last || !(classes[*end] & DIVIDER))
            break;
        if (*end == '@') {
            at_sign = end;
            host = end + 1;
            colon = NULL;
            bracket = false;
        } else if (*end != ':') {
            bracket = *end == '[';
        } else if (!bracket && !colon) {
            colon = end;
        }
    }

    const char *scheme = p->url.https ? "https://" : "http://";
    int r = put(p, scheme, strlen(scheme));
    p->url.userinfo = offset(p);
    if (r == 0 && at_sign && !(p->flags & URL_DROP_USERINFO))
        r = parse_userinfo(p, at_sign);
    if (r < 0)
        return r;

    p->url.host = offset(p);
    ptrdiff_t n = url_host_parse(p->out, (size_t)(p->limit - p->out), host,
                                 (size_t)((colon ? colon : end) - host));
    if (n < 0)
        return (int)n;
    p->out += n;
    p->url.port = offset(p);
    p->url.port_number = p->url.https ? 443 : 80;
    p->in = colon ? colon + 1 : end;
    return parse_port(p, end);
}

/* The segments of a path; out stands behind a '/'. */
static int parse_segments(struct parser *p)
{
    char *segment = p->out;
    int r = put_component(p, p->end, PATH);
    if (r < 0)
        return r;
    p->out = url_resolve_dots(p->buffer + p->url.path, segment, p->out);
    p->url.query = offset(p);
    return 0;
}

/* Takes over the first length bytes of base, and its offsets. */
static int inherit(struct parser *p, const struct url *base, uint32_t length)
{
    uint32_t dropped = p->flags & URL_DROP_USERINFO ? base->host - base->userinfo : 0;
    uint32_t rest = base->userinfo + dropped;
    p->url = *base;
    if (dropped == 0)
        return put(p, base->text, length);
    p->url.host -= dropped;
    p->url.port -= dropped;
    p->url.path -= dropped;
    p->url.query -= dropped;
    int r = put(p, base->text, base->userinfo);
    return r < 0 ? r : put(p, base->text + rest, length - rest);
}

/* The path of an input that begins with neither a scheme nor a slash. */
static int parse_relative(struct parser *p, const struct url *base)
{
    if (p->in == p->end || *p->in == '#')
        return inherit(p, base, base->length);
    if (*p->in == '?')
        return inherit(p, base, base->query);
    const char *path = base->text + base->path;
    const char *slash = memrchr(path, '/', base->query - base->path);
    int r = inherit(p, base, (uint32_t)(slash + 1 - base->text));
    return r < 0 ? r : parse_segments(p);
}

/* A path from its '/' on, be that missing too, with an authority or that of base before it. */
static int parse_absolute(struct parser *p, const struct url *base, bool authority)
{
    int r = authority ? parse_authority(p) : inherit(p, base, base->path);
    if (r < 0)
        return r;
    p->url.path = offset(p);
    if (authority && next_is(p, SLASH))
        p->in++;
    r = put(p, "/", 1);
    return r < 0 ? r : parse_segments(p);
}

/* Whether the scheme and the authority are those of base, letter for letter. Then they are
 * canonical and need not be read. */
static bool begins_with_origin(const struct parser *p, const struct url *base)
{
    size_t length = (size_t)(p->end - p->in), n = base->path;
    return length >= n && *p->in == *base->text && memcmp(p->in, base->text, n) == 0 &&
           base->userinfo == base->host && (length == n || classes[p->in[n]] & (SLASH | END));
}

/* All that stands before the query. */
static int parse_start(struct parser *p, const struct url *base)
{
    if (base && begins_with_origin(p, base)) {
        p->in += base->path;
        p->in += next_is(p, SLASH);
        return parse_absolute(p, base, false);
    }
    enum scheme scheme = read_scheme(p);
    if (scheme == SCHEME_OTHER)
        return -EPROTONOSUPPORT;
    if (scheme == SCHEME_NONE && !base)
        return -EINVAL;
    p->url.https = scheme == SCHEME_NONE ? base->https : scheme == SCHEME_HTTPS;
    bool relative = base && base->https == p->url.https;
    size_t slashes = skip_slashes(p);
    return relative && slashes == 0 ? parse_relative(p, base)
                                    : parse_absolute(p, base, !relative || slashes > 1);
}

static int parse_query(struct parser *p, const char *charset)
{
    if (charset && strcmp(charset, "UTF-8") != 0)
        p->charset = charset;
    p->in++;
    int r = put(p, "?", 1);
    return r < 0 ? r : put_component(p, p->end, QUERY);
}

int url_parse(struct url *out, char *buffer, size_t size, const char *input, size_t length,
              const struct url *base, const char *charset, unsigned flags)
{
    if (size == 0)
        return -ENAMETOOLONG;
    struct parser p = {
        .in = (const unsigned char *)input,
        .end = (const unsigned char *)input + length,
        .buffer = buffer,
        .out = buffer,
        .limit = buffer + (size < URL_BUFFER ? size : URL_BUFFER) - 1,
        .flags = flags,
    };
    while (p.in < p.end && *p.in <= ' ')
        p.in++;
    while (p.in < p.end && p.end[-1] <= ' ')
        p.end--;

    int r = parse_start(&p, base);
    if (r == 0 && p.in < p.end && *p.in == '?')
        r = parse_query(&p, charset);
    if (r < 0)
        return r;
    *p.out = '\0';
    p.url.text = buffer;
    p.url.length = offset(&p);
    *out = p.url;
    return 0;
}

void url_describe(struct url *out, const char *text, size_t length)
{
    struct url u = {.text = text, .length = (uint32_t)length, .https = text[4] == 's'};
    u.userinfo = u.https ? 8 : 7;
    const char *path = memchr(text + u.userinfo, '/', length - u.userinfo);
    u.path = (uint32_t)(path - text);
    const char *at_sign = memchr(text + u.userinfo, '@', u.path - u.userinfo);
    u.host = at_sign ? (uint32_t)(at_sign + 1 - text) : u.userinfo;
    u.port = u.path;
    u.port_number = u.https ? 443 : 80;
    const char *bracket = memrchr(text + u.host, ']', u.path - u.host);
    const char *colon = bracket ? bracket + 1 : memchr(text + u.host, ':', u.path - u.host);
    if (colon && *colon == ':') {
        u.port = (uint32_t)(colon - text);
        u.port_number = (uint16_t)atoi(colon + 1);
    }
    const char *query = memchr(path, '?', length - u.path);
    u.query = query ? (uint32_t)(query - text) : u.length;
    *out = u;
}

bool url_same_host(const struct url *a, const struct url *b)
{
    size_t length = a->port - a->host;
    return length == b->port - b->host && memcmp(a->text + a->host, b->text + b->host, length) == 0;
}

const char *url_strerror(int error)
{
    switch (error) {
    case -EINVAL:
        return "not a valid URL";
    case -EPROTONOSUPPORT:
        return "neither http nor https";
    case -ENAMETOOLONG:
        return "URL too long";
    default:
        return "out of memory";
    }
}
