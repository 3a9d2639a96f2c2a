/* Hosts: domain names, IPv4 in all its spellings, IPv6.
 *
 * Almost every host is a name in lower case ASCII: one pass copies it, and one look at its last
 * label tells that it is no IPv4 address. Whatever else it may be takes the slow way, which starts
 * over. Names outside ASCII go through libidn2 label by label, so that its limits (lengths,
 * hyphens) hold for the labels it has to convert only. */
#include "parse/url_host.h"
#include "parse/charset.h"
#include "parse/utf8.h"

#include <arpa/inet.h>
#include <errno.h>
#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A longer name outside ASCII cannot be one of DNS (253 bytes of ASCII), and libidn2 refuses it. */
#define IDN_MAX 1024

/* What a byte of a domain becomes, 0 for forbidden domain code points and all outside ASCII. */
static const char domain_byte[256] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0!\"\0$\0&'()*+,-.\0"
    "0123456789"
    "\0;\0=\0\0"
    "\0abcdefghijklmnopqrstuvwxyz\0\0\0\0_"
    "`abcdefghijklmnopqrstuvwxyz{\0}~";

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Copies without tabs and newlines. */
static ptrdiff_t copy(char *out, size_t size, const unsigned char *in, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (in[i] == '\t' || in[i] == '\n' || in[i] == '\r')
            continue;
        if (n == size)
            return -ENAMETOOLONG;
        out[n++] = (char)in[i];
    }
    return (ptrdiff_t)n;
}

static size_t percent_decode(char *s, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++, n++) {
        int high, low;
        if (s[i] == '%' && length - i > 2 && (high = hex_value((unsigned char)s[i + 1])) >= 0 &&
            (low = hex_value((unsigned char)s[i + 2])) >= 0) {
            s[n] = (char)(high << 4 | low);
            i += 2;
        } else {
            s[n] = s[i];
        }
    }
    return n;
}

/* What UTS 46 has mapped otherwise since Unicode 15.1 and 16 than libidn2's tables do: to nothing
 * (0), or to the place in another range. And the dots, which must be there before the name is split
 * into labels. */
static uint32_t map_early(uint32_t c)
{
    static const struct {
        uint32_t first, last, to;
    } ranges[] = {
        {0x4c0, 0x4c0, 0x4cf},      {0x10a0, 0x10c5, 0x2d00},   {0x115f, 0x1160, 0},
        {0x17b4, 0x17b5, 0},        {0x180e, 0x180e, 0},        {0x1e9e, 0x1e9e, 0xdf},
        {0x206a, 0x206f, 0},        {0x2132, 0x2132, 0x214e},   {0x2183, 0x2183, 0x2184},
        {0x3002, 0x3002, '.'},      {0x3164, 0x3164, 0},        {0xff0e, 0xff0e, '.'},
        {0xff61, 0xff61, '.'},      {0xffa0, 0xffa0, 0},        {0x1d173, 0x1d17a, 0},
        {0x2f868, 0x2f868, 0x36fc}, {0x2f874, 0x2f874, 0x5f53}, {0x2f91f, 0x2f91f, 0x243ab},
        {0x2f95f, 0x2f95f, 0x7aee}, {0x2f9bf, 0x2f9bf, 0x45d7},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges) && ranges[i].first <= c; i++)
        if (c <= ranges[i].last)
            return ranges[i].to ? ranges[i].to + c - ranges[i].first : 0;
    return c;
}

/* Copies a name, in lower case as far as it is ASCII; no character grows. */
static void prepare(char *out, const char *in, size_t length)
{
    const unsigned char *p = (const unsigned char *)in, *end = p + length;
    while (p < end) {
        uint32_t c;
        size_t n = utf8_decode(p, end, &c);
        uint32_t mapped = map_early(c);
        if (n > 1 && mapped != c)
            out += mapped ? charset_put_utf8(mapped, out) : 0;
        else if (n == 1 && domain_byte[*p])
            *out++ = domain_byte[*p];
        else
            out = mempcpy(out, p, n);
        p += n;
    }
    *out = '\0';
}

/* Whether a label may not be left to transitional processing: it maps four characters elsewhere,
 * and does not test the direction of right-to-left scripts (here: U+0580 to U+07FF). */
static bool is_delicate(const char *label)
{
    static const char deviations[][4] = {"\xc3\x9f", "\xcf\x82", "\xe2\x80\x8c", "\xe2\x80\x8d"};
    for (size_t i = 0; i < sizeof(deviations) / sizeof(*deviations); i++)
        if (strstr(label, deviations[i]))
            return true;
    for (const unsigned char *s = (const unsigned char *)label; *s; s++)
        if (*s >= 0xd6 && *s <= 0xdf)
            return true;
    return false;
}

static bool is_a_label(const char *label)
{
    return strncmp(label, "xn--", 4) == 0;
}

/* libidn2 adds the rules of IDNA 2008, which refuse what UTS 46 allows, symbols for one, but leaves
 * them out of transitional processing; and its round trip refuses most ASCII punctuation. */
static int convert_label(const char *label, uint8_t **out)
{
    const uint8_t *in = (const uint8_t *)label;
    int flags = is_a_label(label) ? 0 : IDN2_NO_ALABEL_ROUNDTRIP;
    int rc = idn2_lookup_u8(in, out, flags | IDN2_NONTRANSITIONAL);
    bool idna2008 = rc == IDN2_DISALLOWED || rc == IDN2_UNASSIGNED || rc == IDN2_CONTEXTO ||
                    rc == IDN2_CONTEXTO_NO_RULE;
    if (idna2008 && !is_delicate(label))
        rc = idn2_lookup_u8(in, out, flags | IDN2_TRANSITIONAL);
    if (rc == IDN2_HYPHEN_STARTEND) /* a rule of its mapping: what needs none can do without */
        rc = idn2_lookup_u8(in, out, flags | IDN2_NO_TR46 | IDN2_NFC_INPUT);
    return rc == IDN2_OK ? 0 : rc == IDN2_MALLOC ? -ENOMEM : -EINVAL;
}

static bool is_ascii(const char *s)
{
    while (*s && !(*s & 0x80))
        s++;
    return *s == '\0';
}

/* A domain outside ASCII to its ASCII form, in place. */
static ptrdiff_t to_ascii(char *host, size_t size, size_t length)
{
    char name[IDN_MAX], *rest = name, *label;
    if (length >= sizeof(name) || memchr(host, '\0', length))
        return -EINVAL;
    prepare(name, host, length);

    char *out = host;
    while ((label = strsep(&rest, "."))) {
        uint8_t *converted = NULL;
        if (is_a_label(label) || !is_ascii(label)) {
            int r = convert_label(label, &converted);
            if (r < 0)
                return r;
        }
        const char *ascii = converted ? (const char *)converted : label;
        size_t n = strlen(ascii);
        bool fits = n + 1 <= size - (size_t)(out - host);
        if (fits) {
            out = mempcpy(out, ascii, n);
            *out++ = '.';
        }
        idn2_free(converted);
        if (!fits)
            return -ENAMETOOLONG;
    }
    return out - host - 1;
}

/* One number of an IPv4 address, capped where it is too great anyway. -1 if it is none. */
static int64_t ipv4_number(const char *s, const char *end)
{
    int base = 10;
    if (s == end)
        return -1;
    if (end - s >= 2 && s[0] == '0' && s[1] == 'x') {
        base = 16;
        s += 2;
    } else if (end - s >= 2 && s[0] == '0') {
        base = 8;
        s++;
    }
    int64_t value = 0;
    for (; s < end; s++) {
        int digit = hex_value((unsigned char)*s);
        if (digit < 0 || digit >= base)
            return -1;
        value = value * base + digit;
        if (value > UINT32_MAX)
            value = INT64_C(1) + UINT32_MAX;
    }
    return value;
}

/* The standard's ends-in-a-number checker; length does not count a dot at the end. */
static bool ends_in_number(const char *host, size_t length)
{
    const char *end = host + length, *dot = memrchr(host, '.', length);
    const char *last = dot ? dot + 1 : host, *s = last;
    if (s == end || *s < '0' || *s > '9')
        return false;
    while (s < end && *s >= '0' && *s <= '9')
        s++;
    return s == end || ipv4_number(last, end) >= 0;
}

static ptrdiff_t parse_ipv4(char *host, size_t size, size_t length)
{
    const char *s = host, *end = host + length;
    uint32_t address = 0;
    for (int part = 0;; part++) {
        const char *dot = memchr(s, '.', (size_t)(end - s));
        int64_t n = ipv4_number(s, dot ? dot : end);
        if (n < 0 || part > 3 || n > (dot ? 255 : UINT32_MAX >> 8 * part))
            return -EINVAL;
        if (!dot) {
            address |= (uint32_t)n;
            break;
        }
        address |= (uint32_t)n << (24 - 8 * part);
        s = dot + 1;
    }
    char text[INET_ADDRSTRLEN], *out = text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out = url_put_number(out, address >> shift & 255);
        if (shift)
            *out++ = '.';
    }
    size_t n = (size_t)(out - text);
    if (n > size)
        return -ENAMETOOLONG;
    memcpy(host, text, n);
    return (int)n;
}

/* The longest run of two or more zero pieces, the first of equals; its length, 0 if there is none.
 */
static int longest_zeros(const uint16_t piece[static 8], int *at)
{
    int longest = 1;
    *at = -1;
    for (int i = 0, run = 0; i < 8; i++) {
        run = piece[i] == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            *at = i + 1 - run;
        }
    }
    return *at < 0 ? 0 : longest;
}

/* host is "[...]". What inet_pton() takes is just what the standard takes; what inet_ntop() makes
 * of addresses that hold an IPv4 one is not. */
static ptrdiff_t parse_ipv6(char *host, size_t size, size_t length)
{
    char text[INET6_ADDRSTRLEN + 2];
    struct in6_addr address;
    if (length < 4 || host[length - 1] != ']' || length - 2 >= INET6_ADDRSTRLEN ||
        memchr(host, '\0', length))
        return -EINVAL;
    memcpy(text, host + 1, length - 2);
    text[length - 2] = '\0';
    if (inet_pton(AF_INET6, text, &address) != 1)
        return -EINVAL;

    uint16_t piece[8];
    for (int i = 0; i < 8; i++)
        piece[i] = (uint16_t)(address.s6_addr[2 * i] << 8 | address.s6_addr[2 * i + 1]);
    int zeros_at, zeros = longest_zeros(piece, &zeros_at);
    char *out = text;
    *out++ = '[';
    for (int i = 0; i < 8;) {
        if (i == zeros_at) {
            out = stpcpy(out, i == 0 ? "::" : ":");
            i += zeros;
        } else {
            size_t left = (size_t)(text + sizeof(text) - out);
            out += snprintf(out, left, i < 7 ? "%x:" : "%x", piece[i]);
            i++;
        }
    }
    *out++ = ']';
    size_t n = (size_t)(out - text);
    if (n > size)
        return -ENAMETOOLONG;
    memcpy(host, text, n);
    return (ptrdiff_t)n;
}

/* Any host, read the long way. */
static ptrdiff_t parse_general(char *out, size_t size, const unsigned char *in, size_t length)
{
    ptrdiff_t n = copy(out, size, in, length);
    if (n > 0 && out[0] == '[')
        return parse_ipv6(out, size, (size_t)n);
    if (n > 0)
        n = (ptrdiff_t)percent_decode(out, (size_t)n);
    for (ptrdiff_t i = 0; i < n; i++) {
        if (out[i] & 0x80) {
            n = to_ascii(out, size, (size_t)n);
            break;
        }
    }
    for (ptrdiff_t i = 0; i < n; i++)
        if (!(out[i] = domain_byte[(unsigned char)out[i]]))
            return -EINVAL;
    return n;
}

ptrdiff_t url_host_parse(char *out, size_t size, const unsigned char *in, size_t length)
{
    size_t i = 0, most = length < size ? length : size;
    while (i < most && (out[i] = domain_byte[in[i]]))
        i++;
    ptrdiff_t n = (ptrdiff_t)i;
    if (i < length)
        n = parse_general(out, size, in, length);
    if (n <= 0)
        return n < 0 ? n : -EINVAL;

    size_t without_dot = (size_t)n - (n > 1 && out[n - 1] == '.');
    if (out[0] != '[' && ends_in_number(out, without_dot))
        return parse_ipv4(out, size, without_dot);
    return n;
}
