/* The registrable domain of a URL's host, by the public suffix list: the name that one owner has
 * registered. An address, a name without a dot and a public suffix itself are domains of their own.
 */
#ifndef CRAWLER_DOMAIN_H
#define CRAWLER_DOMAIN_H

#include "parse/url.h"

#define DOMAIN_MEMO_SIZE 1024

/* Where it lies in the URL, as offsets; the dot of the root behind a name is no part of it. */
uint32_t domain_start(const struct url *u);
uint32_t domain_end(const struct url *u);

/* Asking the list takes a hundred times as long as a look at what it said last. */
struct domain_memo {
    uint64_t seed; /* of the fingerprints, see seen.h */
    struct {
        uint64_t host, domain;
    } slots[DOMAIN_MEMO_SIZE];
};

void domain_memo_init(struct domain_memo *m, uint64_t seed);

/* The fingerprint of the text from domain_start to domain_end. */
uint64_t domain_fingerprint(struct domain_memo *m, const struct url *u);

#endif
