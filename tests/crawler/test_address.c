#include "crawler/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static const struct fact {
    const char *address;
    bool is_private;
} facts[] = {
    {"0.0.0.0", true},
    {"0.255.255.255", true},
    {"1.0.0.0", false},
    {"1.1.1.1", false},
    {"9.255.255.255", false},
    {"10.0.0.0", true},
    {"10.255.255.255", true},
    {"11.0.0.0", false},
    {"100.63.255.255", false},
    {"100.64.0.0", true},
    {"100.127.255.255", true},
    {"100.128.0.0", false},
    {"126.255.255.255", false},
    {"127.0.0.1", true},
    {"127.255.255.255", true},
    {"128.0.0.0", false},
    {"169.253.255.255", false},
    {"169.254.169.254", true},
    {"169.255.0.0", false},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"192.0.0.1", true},
    {"192.0.1.0", false},
    {"192.0.2.1", true},
    {"192.0.3.0", false},
    {"192.88.99.1", true},
    {"192.167.255.255", false},
    {"192.168.0.0", true},
    {"192.168.255.255", true},
    {"192.169.0.0", false},
    {"198.17.255.255", false},
    {"198.18.0.0", true},
    {"198.19.255.255", true},
    {"198.20.0.0", false},
    {"198.51.100.1", true},
    {"203.0.113.1", true},
    {"203.0.114.0", false},
    {"223.255.255.255", false},
    {"224.0.0.1", true},
    {"239.255.255.255", true},
    {"240.0.0.0", true},
    {"255.255.255.255", true},
    {"::", true},
    {"::1", true},
    {"::2", true},
    {"::10.0.0.1", true},
    {"::ffff:10.0.0.1", true},
    {"::ffff:127.0.0.1", true},
    {"::ffff:8.8.8.8", false},
    {"::ffff:0:8.8.8.8", true},
    {"64:ff9b::a00:1", true},
    {"64:ff9b::808:808", false},
    {"64:ff9b:1::808:808", true},
    {"100::1", true},
    {"2001::1", true},
    {"2001:1ff:ffff::1", true},
    {"2001:200::1", false},
    {"2001:db8::1", true},
    {"2001:db9::1", false},
    {"2001:4860:4860::8888", false},
    {"2002:a00::1", true},
    {"2002:a9fe:a9fe::1", true},
    {"2002:808:808::1", false},
    {"2606:4700::1111", false},
    {"3ffe::1", false},
    {"3fff::1", true},
    {"3fff:fff::1", true},
    {"3fff:1000::1", false},
    {"4000::1", true},
    {"5f00::1", true},
    {"fc00::1", true},
    {"fdff::1", true},
    {"fe80::1", true},
    {"febf::1", true},
    {"fec0::1", true},
    {"ff02::1", true},
    {NULL, false},
};

static bool is_private(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_private((const struct sockaddr *)&v4);
    cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1, "%s", text);
    return address_is_private((const struct sockaddr *)&v6);
}

static bool url_is_private(const char *text)
{
    static char buffer[URL_BUFFER];
    struct url u;

    cr_assert_eq(
        url_parse(&u, buffer, sizeof buffer, text, strlen(text), NULL, NULL, URL_DROP_USERINFO), 0,
        "%s", text);
    return address_url_is_private(&u);
}

Test(address, tells_private_addresses_from_public_ones)
{
    for (const struct fact *f = facts; f->address; f++)
        cr_assert_eq(is_private(f->address), f->is_private, "%s", f->address);
}

Test(address, tells_the_same_of_those_that_stand_in_a_url)
{
    char url[100];
    for (const struct fact *f = facts; f->address; f++) {
        bool v6 = strchr(f->address, ':');
        snprintf(url, sizeof url, "http://%s%s%s:81/", v6 ? "[" : "", f->address, v6 ? "]" : "");
        cr_assert_eq(url_is_private(url), f->is_private, "%s", url);
    }
}

Test(address, takes_other_families_for_private)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    cr_assert(address_is_private((const struct sockaddr *)&local));
}

Test(address, reads_the_hosts_of_urls_in_every_spelling)
{
    static const struct fact table[] = {
        {"http://0x7f.1/", true},
        {"http://2130706433/", true},
        {"http://0177.0.0.1/", true},
        {"http://127.1./", true},
        {"https://[::FFFF:7F00:1]:8080/x", true},
        {"http://[0:0:0:0:0:0:0:1]/", true},
        {"http://user:pw@10.1/", true},
        {"http://localhost/", true},
        {"http://LOCALHOST.:81/", true},
        {"http://a.b.localhost/", true},
        {"http://134744072/", false},
        {"http://notlocalhost/", false},
        {"http://localhost.com/", false},
        {"http://localhost1/", false},
        {"http://local/", false},
        {"http://h/", false},
        {"http://example.com/127.0.0.1", false},
        {"http://127.0.0.1.example.com/", false},
        {"http://10.example1/", false},
        {"http://a0123456789012345678901234567890123456789012345678901234567890.b1/", false},
        {NULL, false},
    };
    for (const struct fact *f = table; f->address; f++)
        cr_assert_eq(url_is_private(f->address), f->is_private, "%s", f->address);
}
