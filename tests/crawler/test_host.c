#include "crawler/host.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct hosts hosts;

static void open_hosts(void)
{
    hosts_init(&hosts);
}

static void close_hosts(void)
{
    hosts_deinit(&hosts);
}

TestSuite(host, .init = open_hosts, .fini = close_hosts);

static struct host *host_of(const char *text)
{
    struct url u;
    url_describe(&u, text, strlen(text));
    return hosts_get(&hosts, &u);
}

static bool allows(const struct host *h, const char *path)
{
    return host_allows(h, path, strlen(path));
}

static void set_rules(struct host *h, const char *text)
{
    struct robots *rules;
    cr_assert_eq(robots_parse(&rules, text, strlen(text), "tester"), 0);
    host_set_rules(h, rules);
}

Test(host, is_an_origin)
{
    static const char *const origins[] = {"http://a/", "https://a/",  "http://a:81/",
                                          "http://b/", "http://a.b/", "http://[::1]/"};

    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++)
            cr_assert_eq(host_of(origins[i]) == host_of(origins[k]), i == k, "%s and %s",
                         origins[i], origins[k]);
    cr_assert_eq(hosts.count, 6);
}

Test(host, is_the_same_for_all_of_its_urls)
{
    struct host *h = host_of("http://a:81/x?y");

    cr_assert_str_eq(h->origin, "http://a:81");
    cr_assert_eq(h->origin_length, strlen("http://a:81"));
    cr_assert_eq(host_of("http://a:81/"), h);
    cr_assert_eq(host_of("http://a:81/?http://b/"), h);
}

Test(host, is_found_among_many)
{
    static struct host *all[5000];
    char text[64];

    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "http://host%d.example/", i);
        all[i] = host_of(text);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "http://host%d.example/x", i);
        cr_assert_eq(host_of(text), all[i], "%s", text);
    }
    size_t count = 0;
    for (size_t i = 0; i < hosts.size; i++)
        count += hosts_at(&hosts, i) != NULL;
    cr_assert_eq(count, 5000);
}

Test(host, describes_its_urls_as_url_describe_does)
{
    static const char *const urls[] = {
        "http://a:81/",      "http://a:81/x",         "http://a:81/x?y?z", "http://a:81/?",
        "http://[::1]:8/q?", "https://b.example/a/b", "https://b.example/"};

    for (size_t i = 0; i < 7; i++) {
        struct url u, got;
        url_describe(&u, urls[i], strlen(urls[i]));
        host_describe(host_of(urls[i]), &got, urls[i], strlen(urls[i]));
        cr_assert_eq(got.text, u.text);
        cr_assert(got.userinfo == u.userinfo && got.host == u.host && got.port == u.port, "%s",
                  urls[i]);
        cr_assert(got.path == u.path && got.query == u.query && got.length == u.length, "%s",
                  urls[i]);
        cr_assert(got.https == u.https && got.port_number == u.port_number, "%s", urls[i]);
    }
}

Test(host, allows_everything_without_rules)
{
    struct host *h = host_of("http://a/");

    host_set_rules(h, NULL);
    cr_assert_eq(h->robots_state, ROBOTS_KNOWN);
    cr_assert(allows(h, "/"));
}

Test(host, allows_what_its_rules_allow)
{
    struct host *h = host_of("http://a/");

    set_rules(h, "User-agent: *\nDisallow: /no\n");
    cr_assert(allows(h, "/yes"));
    cr_assert(!allows(h, "/no?x"));
    set_rules(h, "User-agent: *\nDisallow: /yes\n");
    cr_assert(!allows(h, "/yes"));
    cr_assert(allows(h, "/no"));
}

Test(host, allows_nothing_while_its_robots_txt_is_unavailable)
{
    struct host *h = host_of("http://a/");

    host_set_unavailable(h, "answers 500");
    cr_assert_eq(h->robots_state, ROBOTS_UNAVAILABLE);
    cr_assert_str_eq(h->why, "answers 500");
    cr_assert(!allows(h, "/"));
    host_set_rules(h, NULL);
    cr_assert(allows(h, "/"));
}

Test(host, remembers_why_it_is_unreachable)
{
    struct host *h = host_of("http://a/");

    host_set_unreachable(h, 3, "first", 5);
    host_set_unreachable(h, 2, "no such name", 7);
    cr_assert_eq(h->robots_state, ROBOTS_UNREACHABLE);
    cr_assert_eq(h->error, 2);
    cr_assert_eq(h->ask_again, 7);
    cr_assert_str_eq(h->why, "no such name");
}
