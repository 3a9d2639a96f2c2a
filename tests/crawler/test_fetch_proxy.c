/* Which proxy stands before a host: curl's rules. */
#include "crawler/fetch_private.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const variables[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

static void clear(void)
{
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
}

TestSuite(proxy, .init = clear);

static const char *choose(const char *given, const char *url)
{
    struct fetch_proxies p;
    struct hosts hosts;
    struct url u;

    hosts_init(&hosts);
    fetch_proxies_find(&p, given);
    url_describe(&u, url, strlen(url));
    const char *chosen = fetch_proxies_choose(&p, hosts_get(&hosts, &u));
    hosts_deinit(&hosts);
    return chosen;
}

Test(proxy, is_the_one_given_or_the_environments_for_the_scheme)
{
    static const struct {
        const char *name, *given, *http, *https;
    } table[] = {
        {"http_proxy", NULL, "http_proxy", ""},
        {"HTTP_PROXY", NULL, "", ""}, /* a CGI program's clients set it */
        {"https_proxy", NULL, "", "https_proxy"},
        {"HTTPS_PROXY", NULL, "", "HTTPS_PROXY"},
        {"all_proxy", NULL, "all_proxy", "all_proxy"},
        {"ALL_PROXY", NULL, "ALL_PROXY", "ALL_PROXY"},
        {"no_proxy", NULL, "", ""},
        {"all_proxy", "", "", ""},
        {"all_proxy", "given", "given", "given"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        clear();
        setenv(table[i].name, table[i].name, 1);
        cr_expect_str_eq(choose(table[i].given, "http://a.test/"), table[i].http, "row %zu", i);
        cr_expect_str_eq(choose(table[i].given, "https://a.test/"), table[i].https, "row %zu", i);
    }
}

Test(proxy, of_a_scheme_goes_before_that_of_all_unless_it_is_empty)
{
    setenv("all_proxy", "all", 1);
    setenv("http_proxy", "own", 1);
    cr_expect_str_eq(choose(NULL, "http://a.test/"), "own");
    setenv("http_proxy", "", 1);
    cr_expect_str_eq(choose(NULL, "http://a.test/"), "all");
}

Test(proxy, does_not_stand_before_what_no_proxy_names)
{
    static const struct {
        const char *list, *url;
        bool direct;
    } table[] = {
        {"*", "http://a.test/", true},
        {"*", "http://[::1]/", true},
        {"", "http://a.test/", false},
        {"a.test", "http://a.test/", true},
        {"A.TEST", "http://a.test:81/", true},
        {"a.test", "http://www.a.test/", true},
        {".a.test", "http://www.a.test/", true},
        {".a.test", "http://a.test/", true},
        {"a.test.", "http://a.test/", true},
        {"a.test", "http://a.test./", true},
        {"a.test", "http://notaa.test/", false},
        {"a.test", "http://a.test.b/", false},
        {"www.a.test", "http://a.test/", false},
        {"b.test,a.test", "http://a.test/", true},
        {" b.test \ta.test ,", "http://a.test/", true},
        {",, ", "http://a.test/", false},
        {".", "http://a.test/", false},
        {"127.0.0.1", "http://127.0.0.1/", true},
        {"127.0.0.1", "http://127.0.0.11/", false},
        {"0.0.1", "http://127.0.0.1/", false},
        {"10.0.0.0/8", "http://10.255.0.1/", true},
        {"10.0.0.0/8", "http://11.0.0.1/", false},
        {"192.168.128.0/18", "http://192.168.191.1/", true},
        {"192.168.128.0/18", "http://192.168.192.1/", false},
        {"10.0.0.1/33", "http://10.0.0.1/", false},
        {"10.0.0.1/0", "http://10.0.0.1/", true},
        {"10.0.0.1/0", "http://10.0.0.2/", false},
        {"::1", "http://[::1]/", true},
        {"fd00::/8", "http://[fd12::1]/", true},
        {"fd00::/8", "http://[fe12::1]/", false},
        {"::1", "http://127.0.0.1/", false},
        {"10.0.0.0/8,a.test", "http://a.test/", true},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        setenv("no_proxy", table[i].list, 1);
        cr_expect_str_eq(choose("given", table[i].url), table[i].direct ? "" : "given",
                         "row %zu: %s before %s", i, table[i].list, table[i].url);
    }
}
