/* Registrable domains, by libpsl's built-in list; where libpsl has none, each host is its own. */
#include "crawler/domain.h"

#include "crawler/seen.h"

#include <libpsl.h>
#include <stdbool.h>
#include <string.h>

#define NAME_MAX_DNS 253

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A canonical host whose last label is a number is an IPv4 address. */
static bool is_address(const char *host, size_t length)
{
    size_t i = length;

    while (i > 0 && is_digit(host[i - 1]))
        i--;
    return host[length - 1] == ']' || (i > 0 && i < length && host[i - 1] == '.');
}

uint32_t domain_end(const struct url *u)
{
    uint32_t end = u->port;
    return end - (end - u->host > 1 && u->text[end - 1] == '.');
}

uint32_t domain_start(const struct url *u)
{
    char name[NAME_MAX_DNS + 1];
    const char *host = u->text + u->host;
    size_t length = domain_end(u) - u->host;

    if (length > NAME_MAX_DNS || is_address(host, length))
        return u->host;
    memcpy(name, host, length);
    name[length] = '\0';
    const char *domain = psl_registrable_domain(psl_builtin(), name);
    return u->host + (domain ? (uint32_t)(domain - name) : 0);
}

void domain_memo_init(struct domain_memo *m, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    m->seed = seed;
}

uint64_t domain_fingerprint(struct domain_memo *m, const struct url *u)
{
    uint64_t host = seen_fingerprint(m->seed, u->text + u->host, u->port - u->host);
    size_t i = host % DOMAIN_MEMO_SIZE;

    if (m->slots[i].host != host) {
        uint32_t start = domain_start(u);
        m->slots[i].host = host;
        m->slots[i].domain = seen_fingerprint(m->seed, u->text + start, domain_end(u) - start);
    }
    return m->slots[i].domain;
}
