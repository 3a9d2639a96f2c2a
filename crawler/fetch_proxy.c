/* Which proxy stands between. It is decided here, as libcurl would by itself, because the address
 * of a host that is connected to directly is checked, and that of a proxy is not. */
#include "crawler/fetch_private.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_ADDRESS 46 /* of an IPv6 address, with a NUL */
#define BLANKS " \t,"

static const char none[] = "";

/* The first of these variables that is not empty. */
static const char *environment(const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return none;
}

void fetch_proxies_find(struct fetch_proxies *p, const char *given)
{
    static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    static const char *const except[] = {"no_proxy", "NO_PROXY"};

    p->http = given ? given : environment(http, 3);
    p->https = given ? given : environment(https, 4);
    p->except = environment(except, 2);
}

/* Whether the first bits are the same. */
static bool begins_alike(const unsigned char *a, const unsigned char *b, size_t bits)
{
    size_t bytes = bits / 8;
    unsigned char mask = (unsigned char)(0xff00 >> bits % 8);

    return memcmp(a, b, bytes) == 0 && (bits % 8 == 0 || ((a[bytes] ^ b[bytes]) & mask) == 0);
}

/* Whether the entry is that address, or a network (ADDRESS/BITS) that holds it. */
static bool network_holds(const char *entry, size_t length, int family,
                          const unsigned char *address)
{
    size_t most = family == AF_INET ? 32 : 128, digits = strcspn(entry, "/" BLANKS);
    char text[LONGEST_ADDRESS];
    unsigned char network[16];

    if (digits >= sizeof text)
        return false;
    memcpy(text, entry, digits);
    text[digits] = '\0';
    size_t bits = digits < length ? strtoul(entry + digits + 1, NULL, 10) : most;
    return bits <= most && inet_pton(family, text, network) == 1 &&
           begins_alike(network, address, bits ? bits : most);
}

/* Whether the entry is that name, or a domain above it. */
static bool domain_holds(const char *entry, size_t length, const char *name, size_t size)
{
    length -= entry[length - 1] == '.';
    if (length > 1 && *entry == '.')
        entry++, length--;
    return length && length <= size && strncasecmp(name + size - length, entry, length) == 0 &&
           (length == size || name[size - length - 1] == '.');
}

/* Whether the list names the host. */
static bool list_holds(const char *list, const char *name, size_t size)
{
    char text[LONGEST_ADDRESS] = "";
    unsigned char address[16];
    int family = 0;

    if (strcmp(list, "*") == 0)
        return true;
    size -= size > 1 && name[size - 1] == '.';
    if (*name == '[')
        name++, size -= 2;
    if (size < sizeof text)
        memcpy(text, name, size);
    if (inet_pton(AF_INET, text, address) == 1)
        family = AF_INET;
    else if (inet_pton(AF_INET6, text, address) == 1)
        family = AF_INET6;
    for (size_t length; *(list += strspn(list, BLANKS)); list += length) {
        length = strcspn(list, BLANKS);
        if (family ? network_holds(list, length, family, address)
                   : domain_holds(list, length, name, size))
            return true;
    }
    return false;
}

const char *fetch_proxies_choose(const struct fetch_proxies *p, const struct host *h)
{
    const struct url *u = &h->parts;
    const char *proxy = u->https ? p->https : p->http;

    return *proxy && list_holds(p->except, h->origin + u->host, u->port - u->host) ? none : proxy;
}
