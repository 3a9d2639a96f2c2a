/* Which addresses are not on the public Internet, so that a public page must not lead there. */
#ifndef CRAWLER_ADDRESS_H
#define CRAWLER_ADDRESS_H

#include "parse/url.h"

#include <sys/socket.h>

/* Loopback, link-local, private, shared (100.64.0.0/10), unspecified, multicast, reserved and the
 * like, by the IANA special-purpose registries (RFC 6890); IPv4 within IPv6 (mapped, NAT64, 6to4)
 * counts as itself. What is neither IPv4 nor IPv6 is private. */
bool address_is_private(const struct sockaddr *a);

/* Whether the URL's host is an address, written out, and private; or localhost, or below it. */
bool address_url_is_private(const struct url *u);

/* The same of a name too, by all addresses that it has now; false where it has none. Blocks while
 * they are looked up. */
bool address_host_is_private(const struct url *u);

#endif
