/* URLs that want to be misread: by a terminal, by a server, by the next parser. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UTF8 "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
#define MOVED(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n"

static const struct hostile_answer control[] = {
    {"links", .head = UTF8,
     .body = "<a href='esc\x1b[31mred'>"
             "<a href='bell\x07x'>"
             "<a href='delete\x7f'>"
             "<a href='c1-\xc2\x9b'>"
             "<a href='bidi-\xe2\x80\xae'>"
             "<a href='reference&#27;]0;owned&#7;x'>"
             "<a href='//evil\x1b[2J.test/'>"
             "<a href='//evil\x7f.test/'>"
             "<a href='//evil\xe2\x80\xae.test/'>"
             "<a href='//evil\xc2\x9b.test/'>"
             "<a href='query?\x1b[2J'>"
             "<a href='location'>"},
    {"location", .head = MOVED("to\x1b]0;owned\x07x")},
    {.path = NULL},
};

static const struct hostile_answer newlines[] = {
    {"links", .head = UTF8,
     .body = "<a href='new&#10;line'>"
             "<a href='carriage&#13;return'>"
             "<a href='tab&#9;stop'>"
             "<a href='raw\nline'>"
             "<a href='enco%0Aded'>"
             "<a href='&#10; around &#13;'>"
             "<a href='query?a&#10;b'>"
             "<a href='htt&#10;p://127.0.0.1:{{PORT}}/H063/sch&#13;eme'>"},
    {.path = NULL},
};

static const struct hostile_answer headers[] = {
    {"links", .head = UTF8,
     .body = "<a href='./path&#13;&#10;X-Evil: 1'>"
             "<a href='query?&#13;&#10;X-Evil: 2'>"
             "<a href='encoded%0d%0aX-Evil:%203'>"
             "<a href='//127.0.0.1:{{PORT}}&#13;&#10;X-Evil: 4/H064/no'>"
             "<a href='//127.0.0.1:{{PORT}}%0d%0aX-Evil: 5/H064/no'>"
             "<a href='u&#13;&#10;X-Evil: 6@127.0.0.1'>"
             "<a href='wide\xe5\x98\x8d\xe5\x98\x8aX-Evil: 7'>"
             "<a href='moved'>"},
    {"moved", .head = MOVED("to%0d%0aX-Evil:%208")},
    {.path = NULL},
};

static const struct hostile_answer slashes[] = {
    {"links", .head = UTF8,
     .body = "<a href='http:\\\\127.0.0.1:{{PORT}}\\H065\\back'>"
             "<a href='/H065/..%2fkept'>"
             "<a href='/H065/..%5Ckept'>"
             "<a href='/H065/x/%2e%2e/dots'>"
             "<a href='./x/.%2E/dots2'>"
             "<a href='/H065/x/%2E/dot'>"
             "<a href='/H065////many'>"
             "<a href='/../../../../H065/above'>"
             "<a href='http:///127.0.0.1:{{PORT}}//H065//authority'>"
             "<a href='http:from-http'>"},
    {.path = NULL},
};

static const struct hostile_answer users[] = {
    {"links", .head = UTF8,
     .body = "<a href='http://user:pw@127.0.0.1:{{PORT}}/H066/user'>"
             "<a href='http://good.test@127.0.0.1:{{PORT}}/H066/good'>"
             "<a href='http://a@b@127.0.0.1:{{PORT}}/H066/two'>"
             "<a href='http://@127.0.0.1:{{PORT}}/H066/empty'>"
             "<a href='http://127.0.0.1:{{PORT}}@evil.test/'>"
             "<a href='//user:pw@127.0.0.1:{{PORT}}/H066/relative'>"
             "<a href='moved'>"},
    {"moved", .head = MOVED("http://user:pw@127.0.0.1:{{PORT}}/H066/from-moved")},
    {.path = NULL},
};

static const struct hostile_answer ports[] = {
    {"links", .head = UTF8,
     .body = "<a href='http://127.0.0.1:0{{PORT}}/H067/zero'>"
             "<a href='http://127.0.0.1:00000{{PORT}}/H067/zeros'>"
             "<a href='http://127.0.0.1:0/nothing'>"
             "<a href='http://127.0.0.1:65536/no'>"
             "<a href='http://127.0.0.1:99999/no'>"
             "<a href='http://127.0.0.1:-1/no'>"
             "<a href='http://127.0.0.1:80a/no'>"
             "<a href='http://127.0.0.1:99999999999999999999/no'>"
             "<a href='http://127.0.0.1: {{PORT}}/no'>"},
    {.path = NULL},
};

static const struct hostile_answer addresses6[] = {
    {"links", .head = UTF8,
     .body = "<a href='http://[::1]:{{PORT}}/H068/loopback'>"
             "<a href='http://[0:0::0:1]:{{PORT}}/H068/loopback'>"
             "<a href='http://[::ffff:127.0.0.1]:{{PORT}}/H068/mapped'>"
             "<a href='http://[fe80::1%25lo]/no'>"
             "<a href='http://[fe80::1%lo]/no'>"
             "<a href='http://[::1/no'>"
             "<a href='http://[::1]x/no'>"
             "<a href='http://[1::2::3]/no'>"
             "<a href='http://[:::]/no'>"
             "<a href='http://[::127.0.0.256]/no'>"},
    {.path = NULL},
};

static const struct hostile_answer addresses4[] = {
    {"links", .head = UTF8,
     .body = "<a href='http://0x7f.1:{{PORT}}/H069/hex'>"
             "<a href='http://0177.0.0.1:{{PORT}}/H069/octal'>"
             "<a href='http://2130706433:{{PORT}}/H069/number'>"
             "<a href='http://127.1:{{PORT}}/H069/short'>"
             "<a href='http://127.0.0.1.:{{PORT}}/H069/dot'>"
             "<a href='http://%31%32%37.0.0.1:{{PORT}}/H069/encoded'>"
             "<a href='http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:{{PORT}}/H069/wide'>"
             "<a href='http://127\xe3\x80\x82"
             "0.0.1:{{PORT}}/H069/ideographic'>"
             "<a href='http://256.0.0.1/no'>"
             "<a href='http://1.2.3.4.5/no'>"
             "<a href='http://0x100000000/no'>"
             "<a href='http://1.2.3.0x/no'>"
             "<a href='http://09.0.0.1/no'>"},
    {.path = NULL},
};

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAMED ".h070.localhost:{{PORT}}/"

static const struct hostile_answer names[] = {
    {"links", .head = UTF8,
     .body = "<a href='"
             "http://b\xc3\xbc"
             "cher" NAMED "u"
             "'>"
             "<a href='"
             "http://B\xc3\x9c"
             "CHER" NAMED "u"
             "'>"
             "<a href='"
             "http://b%C3%BCcher" NAMED "u"
             "'>"
             "<a href='"
             "http://xn--bcher-kva" NAMED "u"
             "'>"
             "<a href='"
             "http://bu\xcc\x88"
             "cher" NAMED "u"
             "'>"
             "<a href='"
             "http://p\xd0\xb0ypal" NAMED "m"
             "'>"
             "<a href='"
             "http://fa\xc3\x9f" NAMED "s"
             "'>"
             "<a href='"
             "http://xn--a" NAMED "no"
             "'>"
             "<a href='"
             "http://xn--" NAMED "no"
             "'>"
             "<a href='"
             "http://a\xc2\xad\xe2\x80\x8b" NAMED "h"
             "'>"
             "<a href='"
             "http://a" A63 NAMED "long"
             "'>"
             "<a href='"
             "http://" A63 "." A63 "." A63 "." A63 NAMED "longer"
             "'>"
             "<a href='"
             "http://a b" NAMED "no"
             "'>"
             "<a href='"
             "http://a%00b" NAMED "no"
             "'>"
             "<a href='"
             "http://a<b" NAMED "no"
             "'>"
             "<a href='"
             "http://a%2fb" NAMED "no"
             "'>"},
    {"u", .body = "the same host"},
    {.path = NULL},
};

static ASYNC int answer_lengths(struct hostile_client *c)
{
    static const struct {
        const char *start;
        unsigned length;
    } parts[] = {
        {"<a href=long-", 7900}, {"><a href=longer-", 9000}, {"><a href=longest-", 1 << 20}};
    if (strcmp(c->path, "links") != 0)
        return -ENOENT;
    int error = hostile_send_text(c, HOSTILE_OK "Connection: close\r\n\r\n");
    for (size_t i = 0; i < sizeof parts / sizeof *parts && error == 0; i++) {
        error = hostile_send_text(c, parts[i].start);
        if (error == 0)
            error = hostile_repeat(c, "x", parts[i].length);
    }
    if (error == 0)
        error = hostile_send_text(c, "><a href=after-long>");
    return error < 0 ? error : HOSTILE_CLOSE;
}

static const struct hostile_answer percents[] = {
    {"links", .head = UTF8,
     .body = "<a href='letters%zz'>"
             "<a href='lone%'>"
             "<a href='one%4'>"
             "<a href='nul%00end'>"
             "<a href='twice%2541'>"
             "<a href='letter%41'>"
             "<a href='high%ff'>"
             "<a href='case%c3%A9'>"
             "<a href='query?%00%zz%'>"},
    {.path = NULL},
};

static const struct hostile_answer differentials[] = {
    {"links", .head = UTF8,
     .body = "<a href='http://127.0.0.1:{{PORT}}#@evil.test/'>"
             "<a href='http://127.0.0.1:{{PORT}}?@evil.test/H073/a'>"
             "<a href='http://127.0.0.1:{{PORT}}\\@evil.test/H073/b'>"
             "<a href='http://evil.test:80@127.0.0.1:{{PORT}}/H073/c'>"
             "<a href='http://127.0.0.1:{{PORT}}/H073/;@evil.test/d'>"
             "<a href='http://evil.test\\@127.0.0.1:{{PORT}}/H073/e'>"
             "<a href='http:/127.0.0.1/H073/f'>"
             "<a href='http://evil.test;@127.0.0.1:{{PORT}}/H073/g'>"
             "<a href='http://127.0.0.1:{{PORT}}:80/H073/h'>"
             "<a href='http://127.0.0.1%23@evil.test:{{PORT}}/'>"
             "<a href='\\\\127.0.0.1:{{PORT}}\\H073\\i'>"
             "<a href='http://127.0.0.1:{{PORT}}/H073/j%23@evil.test/'>"
             "<a href='http://evil.test%2f@127.0.0.1:{{PORT}}/H073/k'>"},
    {.path = NULL},
};

const struct hostile_row hostile_urls[] = {
    {"H062", "control sequences for the terminal, in links, hosts and Location", "links",
     .answers = control},
    {"H063", "line ends within URLs", "links", .answers = newlines},
    {"H064", "line ends with a header behind them", "links", .answers = headers},
    {"H065", "backslashes, encoded dots and slashes, too many slashes", "links",
     .answers = slashes},
    {"H066", "users and passwords in URLs; hosts that look like users", "links", .answers = users},
    {"H067", "ports that are none, or written strangely", "links", .answers = ports},
    {"H068", "IPv6 addresses, mapped ones, with zones, wrong ones", "links", .answers = addresses6},
    {"H069", "IPv4 addresses in all spellings", "links", .answers = addresses4},
    {"H070", "international names: several spellings of one, wrong ones, long ones", "links",
     .answers = names},
    {"H071", "URLs of 8,000, 9,000 and 1,000,000 bytes", "links", .answer = answer_lengths},
    {"H072", "percent signs with what is no code behind them", "links", .answers = percents},
    {"H073", "URLs in which two parsers see two hosts", "links", .answers = differentials},
    {.id = NULL},
};
