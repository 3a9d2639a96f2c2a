/* Special-purpose addresses: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * iana-ipv6-special-registry. The few within their blocks that are public serve no pages, and are
 * taken with them. */
#include "crawler/address.h"

#include "crawler/domain.h"
#include "crawler/memory.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool v4_is_private(uint32_t address)
{
    static const struct {
        uint32_t prefix;
        int length;
    } table[] = {
        {0x00000000, 8},  /* "this network" */
        {0x0a000000, 8},  /* private use */
        {0x64400000, 10}, /* shared by a provider's customers */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local; the cloud's metadata */
        {0xac100000, 12}, /* private use */
        {0xc0000000, 24}, /* IETF protocols */
        {0xc0000200, 24}, /* documentation */
        {0xc0586300, 24}, /* 6to4 relays */
        {0xc0a80000, 16}, /* private use */
        {0xc6120000, 15}, /* benchmarks */
        {0xc6336400, 24}, /* documentation */
        {0xcb007100, 24}, /* documentation */
        {0xe0000000, 3},  /* multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if ((address ^ table[i].prefix) >> (32 - table[i].length) == 0)
            return true;
    return false;
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool v6_is_private(const uint8_t a[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0, 0x64, 0xff, 0x9b};
    uint32_t start = big_endian(a);

    if (memcmp(a, mapped, sizeof mapped) == 0 || memcmp(a, nat64, sizeof nat64) == 0)
        return v4_is_private(big_endian(a + 12));
    if (start >> 16 == 0x2002) /* 6to4 */
        return v4_is_private(big_endian(a + 2));
    return start >> 29 != 1 ||              /* 2000::/3 alone is global unicast */
           start >> 9 == 0x20010000 >> 9 || /* IETF protocols, Teredo */
           start == 0x20010db8 ||           /* documentation */
           start >> 12 == 0x3fff0;          /* documentation */
}

bool address_is_private(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return v4_is_private(ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr));
    if (a->sa_family == AF_INET6)
        return v6_is_private(((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr);
    return true;
}

static bool is_localhost(const char *host, size_t length)
{
    static const char name[] = "localhost";
    size_t n = sizeof name - 1;

    return length >= n && memcmp(host + length - n, name, n) == 0 &&
           (length == n || host[length - n - 1] == '.');
}

/* Its last byte tells most hosts from an address. */
bool address_url_is_private(const struct url *u)
{
    char text[INET6_ADDRSTRLEN];
    const char *host = u->text + u->host;
    size_t length = domain_end(u) - u->host;
    uint8_t address[16];
    char last = host[length - 1];

    if (last != ']' && !(last >= '0' && last <= '9'))
        return is_localhost(host, length);
    if (last == ']') {
        host++;
        length -= 2;
    }
    if (length >= sizeof text)
        return false;
    memcpy(text, host, length);
    text[length] = '\0';
    if (last == ']')
        return inet_pton(AF_INET6, text, address) == 1 && v6_is_private(address);
    return inet_pton(AF_INET, text, address) == 1 && v4_is_private(big_endian(address));
}

bool address_host_is_private(const struct url *u)
{
    struct addrinfo *list = NULL;
    char *name = memory_copy(u->text + u->host, domain_end(u) - u->host);
    bool private = address_url_is_private(u);

    if (!private && getaddrinfo(name, NULL, NULL, &list) == 0) {
        private = true;
        for (const struct addrinfo *a = list; a; a = a->ai_next)
        private &= address_is_private(a->ai_addr);
        freeaddrinfo(list);
    }
    free(name);
    return private;
}
