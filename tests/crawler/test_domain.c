#include "crawler/domain.h"

#include <criterion/criterion.h>
#include <string.h>

Test(domain, is_what_one_owner_registers)
{
    static const struct {
        const char *url, *domain;
    } table[] = {
        {"http://www.example.com/", "example.com"},
        {"https://u:p@a.b.example.co.uk:81/x.y", "example.co.uk"},
        {"http://a.b.c.kobe.jp/", "b.c.kobe.jp"},   /* *.kobe.jp */
        {"http://a.city.kobe.jp/", "city.kobe.jp"}, /* but !city.kobe.jp */
        {"http://a.b.github.io/", "b.github.io"},
        {"http://github.io/", "github.io"},
        {"http://com/", "com"},
        {"http://a.b.com.:81/", "b.com"},
        {"http://./", "."},
        {"http://a.b.unlisted/", "b.unlisted"},
        {"http://host/", "host"},
        {"http://host1/", "host1"},
        {"http://a.b1/", "a.b1"},
        {"http://10.0.0.1:81/", "10.0.0.1"},
        {"http://[2001:db8::1]:81/", "[2001:db8::1]"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct url u;
        url_describe(&u, table[i].url, strlen(table[i].url));
        size_t start = domain_start(&u), length = domain_end(&u) - start;
        cr_assert(length == strlen(table[i].domain) &&
                      memcmp(u.text + start, table[i].domain, length) == 0,
                  "%s: %.*s", u.text, (int)length, u.text + start);
    }
}

Test(domain, has_a_fingerprint_that_tells_it_from_others)
{
    static struct domain_memo memo;
    static char urls[][40] = {"http://a.x.com/", "https://b.x.com:81/", "http://x.com./",
                              "http://a.y.com/"};
    uint64_t f[4];

    domain_memo_init(&memo, 1);
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 4; i++) {
            struct url u;
            url_describe(&u, urls[i], strlen(urls[i]));
            f[i] = domain_fingerprint(&memo, &u);
        }
        cr_assert(f[0] == f[1] && f[1] == f[2] && f[0] != f[3]);
    }
}
