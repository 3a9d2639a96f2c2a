#include "parse/url_host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define INVALID NULL

struct row {
    const char *input, *host;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char host[256] = "";
        const unsigned char *input = (const unsigned char *)rows[i].input;
        ptrdiff_t n = url_host_parse(host, sizeof(host) - 1, input, strlen(rows[i].input));
        if (n < 0) {
            cr_expect_null(rows[i].host, "%s", rows[i].input);
            cr_expect_eq(n, -EINVAL, "%s", rows[i].input);
            continue;
        }
        host[n] = '\0';
        cr_expect(rows[i].host, "%s: %s, not an error", rows[i].input, host);
        if (rows[i].host)
            cr_expect_str_eq(host, rows[i].host, "%s: %s", rows[i].input, host);
    }
}

Test(url_host, reads_domains)
{
    static const struct row rows[] = {
        {"ExAmPlE.com.", "example.com."},
        {"a..b", "a..b"},
        {"_a-.!$&'()*+,;=~`{}\"", "_a-.!$&'()*+,;=~`{}\""},
        {"%65%58ample", "example"},
        {"a%2\t5", INVALID},
        {"a%20b", INVALID},
        {"a%", INVALID},
        {"a b", INVALID},
        {"a<b", INVALID},
        {"a^b", INVALID},
        {"a|b", INVALID},
        {"a\x7f", INVALID},
        {"a[b", INVALID},
        {"%00", INVALID},
        /* What is ASCII is not looked into. */
        {"XN--a", "xn--a"},
        {"xn--i-7iq.ws", "xn--i-7iq.ws"},
    };
    check(rows, COUNT(rows));
}

Test(url_host, converts_domains_outside_ascii)
{
    static const struct row rows[] = {
        {"b\xc3\xbc"
         "cher.Example",
         "xn--bcher-kva.example"},
        {"B%C3%9Ccher", "xn--bcher-kva"},
        {"bu\xcc\x88"
         "cher",
         "xn--bcher-kva"},
        {"fa\xc3\x9f", "xn--fa-hia"},
        {"FA\xe1\xba\x9e", "xn--fa-hia"},
        /* Mapped since Unicode 16: capitals that had no small letter, what is left out. */
        {"\u10a0\u10c5.\u2183", "xn--rkj0d.xn--r5g"},
        {"\u04c0\u2132", "xn--s5a407l"},
        {"\U0002f868\U0002f91f", "xn--snly730m"},
        {"\u180ea\u206f\u3164b", "ab"},
        {"\U0001d173.\u00fc", ".xn--tda"},
        {"a\U000e0020b", INVALID},
        {"\xef\xbc\xa7\xef\xbd\x8f", "go"},
        {"a\xe3\x80\x82"
         "b\xef\xbc\x8e"
         "c\xef\xbd\xa1",
         "a.b.c."},
        {"a\xc2\xad"
         "b",
         "ab"},
        {"\xe2\x98\x95.x", "xn--53h.x"},
        {"-x.a--b.\xc3\xbc", "-x.a--b.xn--tda"},
        {"\xc3\xbc..x", "xn--tda..x"},
        {"-\u00fc.\u00fc-", "xn----eha.xn----dha"},
        {"xn--tda.\xc3\xbc", "xn--tda.xn--tda"},
        {"\xef\xbc\x91.2", "1.0.0.2"},
        {"\xc3\xbc+x", "xn--+x-wka"},
        {"xn--a.\xc3\xbc", INVALID},
        {"\xc2\xad", INVALID},
        {"\xef\xbc\x85\x34\x31", INVALID}, /* fullwidth % */
        {"\xc3\xbc b", INVALID},
        {"\xe2\x80\x8d.x", INVALID}, /* a joiner that joins nothing */
        {"\xd7\x90"
         "a",
         INVALID},                         /* right to left, then left to right */
        {"\xd7\x90\xe2\x98\x95", INVALID}, /* right to left, then neither */
        {"look\xe2\x80\xae"
         "out",
         INVALID},
        {"\xed\xa0\x80.x", INVALID},
    };
    check(rows, COUNT(rows));
}

Test(url_host, reads_ipv4_in_all_spellings)
{
    static const struct row rows[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"1.2.3.4.", "1.2.3.4"},
        {"127.1", "127.0.0.1"},
        {"0x7f.1", "127.0.0.1"},
        {"0X7F000001", "127.0.0.1"},
        {"2130706433", "127.0.0.1"},
        {"0177.0.0.01", "127.0.0.1"},
        {"1.2.3", "1.2.0.3"},
        {"1.2.65535", "1.2.255.255"},
        {"0", "0.0.0.0"},
        {"0x", "0.0.0.0"},
        {"%31.1", "1.0.0.1"},
        {"000000000000000000000000000000001", "0.0.0.1"},
        {"4294967295", "255.255.255.255"},
        {"4294967296", INVALID},
        {"99999999999999999999999999", INVALID},
        {"0x10000000000000001", INVALID},
        {"1.2.65536", INVALID},
        {"256.1", INVALID},
        {"1.2.3.256", INVALID},
        {"1.2.3.4.5", INVALID},
        {"1..2", INVALID},
        {".1", INVALID},
        {"a.1", INVALID},
        {"08", INVALID},
        {"1.0x", "1.0.0.0"},
        {"a.0xf", INVALID},
        {"1.2.3.0xg", "1.2.3.0xg"},
        {"1.2.3.4..", "1.2.3.4.."},
        {"1.2.3.4a", "1.2.3.4a"},
        {"1.2.3.-4", "1.2.3.-4"},
    };
    check(rows, COUNT(rows));
}

Test(url_host, reads_ipv6)
{
    static const struct row rows[] = {
        {"[::1]", "[::1]"},
        {"[::]", "[::]"},
        {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
        {"[2001:DB8::0001]", "[2001:db8::1]"},
        {"[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"},
        {"[1:0:0:2:0:0:3:4]", "[1::2:0:0:3:4]"},
        {"[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"},
        {"[1::]", "[1::]"},
        {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
        {"[::1.2.3.4]", "[::102:304]"},
        {"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
        {"[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:102:304]"},
        {"[:\t:1]", "[::1]"},
        {"[]", INVALID},
        {"[::1", INVALID},
        {"[::1]x", INVALID},
        {"[1:2:3:4:5:6:7]", INVALID},
        {"[1:2:3:4:5:6:7:8:9]", INVALID},
        {"[::1::]", INVALID},
        {"[:1]", INVALID},
        {"[1:]", INVALID},
        {"[12345::]", INVALID},
        {"[::g]", INVALID},
        {"[::1.2.3]", INVALID},
        {"[::1.2.3.256]", INVALID},
        {"[::01.2.3.4]", INVALID},
        {"[::1%25eth0]", INVALID},
        {"[::%31]", INVALID},
    };
    check(rows, COUNT(rows));
}

Test(url_host, takes_a_nul_for_a_byte_that_no_host_has)
{
    static const struct {
        const char *input;
        size_t length;
    } rows[] = {{"x\0y", 3}, {"\xc3\xbc\0y", 4}, {"[::1\0]", 6}, {"\0", 1}, {"", 0}};
    char host[64];
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(url_host_parse(host, sizeof(host), (const unsigned char *)rows[i].input,
                                    rows[i].length),
                     -EINVAL, "row %zu", i);
}
