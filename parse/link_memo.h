/* Raw links that lead nowhere new: navigation repeats on every page, and what a link is, its raw
 * value says already, with the directory of the page that it stands on. A small cache in front of
 * resolving a link and looking it up: direct-mapped, forgetful, by 64-bit fingerprints. */
#ifndef PARSE_LINK_MEMO_H
#define PARSE_LINK_MEMO_H

#include "parse/url.h"

#define LINK_MEMO_SIZE 16384

struct link_memo {
    uint64_t seed;
    uint64_t origin, directory; /* fingerprints of what links are relative to */
    bool itself;                /* a link that is nothing but a fragment was met on the page */
    uint64_t slots[LINK_MEMO_SIZE];
};

/* seed: of the fingerprints, so that no site can prepare collisions. */
void link_memo_init(struct link_memo *m, uint64_t seed);

/* What follows stands on a page with that base (NULL: none), in that charset. */
void link_memo_enter(struct link_memo *m, const struct url *base, const char *charset);

/* The fingerprint of a raw link; 0: it is none to remember. */
uint64_t link_memo_key(struct link_memo *m, const char *raw, size_t length);

static inline bool link_memo_has(const struct link_memo *m, uint64_t key)
{
    return key && m->slots[key % LINK_MEMO_SIZE] == key;
}

static inline void link_memo_add(struct link_memo *m, uint64_t key)
{
    m->slots[key % LINK_MEMO_SIZE] = key;
}

#endif
