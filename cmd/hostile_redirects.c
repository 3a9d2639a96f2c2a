/* Redirects that lead nowhere, in a circle, or where they should not. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOVED(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n"
#define END          \
    {                \
        .path = NULL \
    }

static const struct hostile_answer itself[] = {{"a", .head = MOVED("/H009/a")}, END};

static const struct hostile_answer circle[] = {
    {"a", .head = MOVED("http://127.0.0.10:{{PORT}}/H010/b")},
    {"b", .head = MOVED("http://127.0.0.1:{{PORT}}/H010/a")},
    END,
};

/* r0 leads to r1, r1 to r2 ... */
static ASYNC int endless(struct hostile_client *c)
{
    char text[128], *end;
    unsigned long n = *c->path == 'r' ? strtoul(c->path + 1, &end, 10) : 0;
    if (*c->path != 'r' || end == c->path + 1 || *end)
        return -ENOENT;
    sprintf(text, MOVED("r%lu") "Content-Length: 0\r\n\r\n", n + 1);
    int error = hostile_send_text(c, text);
    return error < 0 ? error : HOSTILE_KEEP;
}

static const struct hostile_answer broken[] = {
    {"none", .head = "HTTP/1.1 301 Moved Permanently\r\n"},
    {"empty", .head = MOVED("")},
    {"bracket", .head = MOVED("http://[")},
    {"port", .head = MOVED("http://127.0.0.1:99999/")},
    {"two", .head = MOVED("first") "Location: second\r\n"},
    END,
};

static const struct hostile_answer relative[] = {
    {"name", .head = MOVED("from-name")},
    {"dots", .head = MOVED("../H013/./from-dots")},
    {"host", .head = MOVED("//127.0.0.1:{{PORT}}/H013/from-host")},
    {"query", .head = MOVED("?from-query")},
    {"fragment", .head = MOVED("from-fragment#never-sent")},
    {"fragment-only", .head = MOVED("#never-sent")},
    {"space", .head = MOVED("from space ")},
    {"backslash", .head = MOVED("\\H013\\from-backslash")},
    {"utf-8", .head = MOVED("from-\xc3\xa9")},
    END,
};

static const struct hostile_answer schemes[] = {
    {"file", .head = MOVED("file:///etc/passwd")},
    {"gopher", .head = MOVED("gopher://127.0.0.1:{{PORT}}/1/H014/gopher-in")},
    {"dict", .head = MOVED("dict://127.0.0.1:{{PORT}}/H014/dict-in")},
    {"ftp", .head = MOVED("ftp://127.0.0.1:{{PORT}}/H014/ftp-in")},
    {"data", .head = MOVED("data:text/html,<a href=/H014/data-in>in</a>")},
    {"javascript", .head = MOVED("javascript:location='/H014/javascript-in'")},
    END,
};

/* The first four are 127.0.0.1 itself; the others belong to machines and clouds. */
static const struct hostile_answer addresses[] = {
    {"hex", .head = MOVED("http://0x7f.1:{{PORT}}/H015/from-hex")},
    {"octal", .head = MOVED("http://0177.0.0.01:{{PORT}}/H015/from-octal")},
    {"number", .head = MOVED("http://2130706433:{{PORT}}/H015/from-number")},
    {"short", .head = MOVED("http://127.1:{{PORT}}/H015/from-short")},
    {"mapped", .head = MOVED("http://[::ffff:127.0.0.1]:{{PORT}}/H015/inside")},
    {"ipv6", .head = MOVED("http://[::1]:{{PORT}}/H015/inside")},
    {"zero", .head = MOVED("http://0:{{PORT}}/H015/inside")},
    {"loopback", .head = MOVED("http://127.0.0.15:{{PORT}}/H015/inside")},
    {"metadata", .head = MOVED("http://169.254.169.254/latest/meta-data/")},
    END,
};

static const struct hostile_answer credentials[] = {
    {"address", .head = MOVED("http://127.0.0.17:{{PORT}}/H017/in")},
    {"name", .head = MOVED("http://localhost:{{PORT}}/H017/in-by-name")},
    {"in", .body = "<title>in</title><a href=/H017/in-link>link</a>"},
    END,
};

static const struct hostile_answer outside[] = {
    {"a", .head = MOVED("http://127.0.0.18:{{PORT}}/H018/outside")},
    {"b", .head = MOVED("http://127.0.0.1@127.0.0.18:{{PORT}}/H018/outside")},
    {"c", .head = MOVED("http://127.0.0.1.example:{{PORT}}/H018/outside")},
    END,
};

/* By their names: 9,000 bytes, and 64 KiB. The ends tell whether one was cut. */
static ASYNC int long_location(struct hostile_client *c)
{
    uint64_t length = strcmp(c->path, "9000") == 0 ? 9000 : 64 << 10;
    if (length != 9000 && strcmp(c->path, "64k") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, "HTTP/1.1 302 Found\r\nLocation: /H019/long-");
    if (error == 0)
        error = hostile_repeat(c, "x", length);
    if (error == 0)
        error = hostile_send_text(c, "-end\r\nContent-Length: 0\r\n\r\n");
    return error < 0 ? error : HOSTILE_KEEP;
}

const struct hostile_row hostile_redirects[] = {
    {"H009", "a redirect to itself", "a", .answers = itself},
    {"H010", "two hosts that redirect to each other", "a", .answers = circle},
    {"H011", "redirects that always lead to a new URL", "r0", .answer = endless},
    {"H012", "redirects without a Location, with an empty one, an invalid one, two",
     "none empty bracket port two", .answers = broken},
    {"H013", "Locations that are relative, have fragments, spaces, backslashes",
     "name dots host query fragment fragment-only space backslash utf-8", .answers = relative},
    {"H014", "redirects to file:, gopher:, dict:, ftp:, data:, javascript:",
     "file gopher dict ftp data javascript", .answers = schemes},
    {"H015", "redirects to private addresses, spelled in many ways",
     "hex octal number short mapped ipv6 zero loopback metadata", .answers = addresses},
    {"H017", "redirects to other hosts, which are not to get credentials", "address name",
     .answers = credentials},
    {"H018", "redirects to what is out of scope", "a b c", .answers = outside},
    {"H019", "Locations of 9,000 bytes and of 64 KiB", "9000 64k", .answer = long_location},
    {.id = NULL},
};
