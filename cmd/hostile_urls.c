/* URLs that want to be misread: by a terminal, by a server, by the next parser. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <string.h>

#define UTF8 "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
#define MOVED(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n"

static const struct hostile_answer control[] = {
    {"links", .head = UTF8,
     .body = "<a href='esc\x1b[31mred'>"
             "<a href='bell\x07x'>"
             "<a href='delete\x7f'>"
             "<a href='c1-\xc2\x9b'>"
             "<a href='bidi-\u202e'>"
             "<a href='reference&#27;]0;owned&#7;x'>"
             "<a href='//evil\x1b[2J.test/'>"
             "<a href='//evil\x7f.test/'>"
             "<a href='//evil\u202e.test/'>"
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
             "<a href='wide\u560d\u560aX-Evil: 7'>"
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
             "<a href='http://\uff11\uff12\uff17.0.0.1:{{PORT}}/H069/wide'>"
             "<a href='http://127\u30020.0.1:{{PORT}}/H069/ideographic'>"
             "<a href='http://256.0.0.1/no'>"
             "<a href='http://1.2.3.4.5/no'>"
             "<a href='http://0x100000000/no'>"
             "<a href='http://1.2.3.0x/no'>"
             "<a href='http://09.0.0.1/no'>"},
    {.path = NULL},
};

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAMED(label, path) "<a href='http://" label ".h070.localhost:{{PORT}}/" path "'>"

static const struct hostile_answer names[] = {
    {"links", .head = UTF8,
     .body = NAMED("b\u00fccher", "u") NAMED("B\u00dcCHER", "u") NAMED("b%C3%BCcher", "u")
         NAMED("xn--bcher-kva", "u") NAMED("bu\u0308cher", "u") NAMED("p\u0430ypal", "m")
             NAMED("fa\u00df", "s") NAMED("a\u00ad\u200b", "h") NAMED("xn--a", "kept")
                 NAMED("a" A63, "long") NAMED(A63 "." A63 "." A63 "." A63, "longer")
                     NAMED("xn--a.\u00fc", "no") NAMED("\u202ea", "no") NAMED("a b", "no")
                         NAMED("a%00b", "no") NAMED("a<b", "no") NAMED("a%2fb", "no")},
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
