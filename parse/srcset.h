/* The srcset attribute (HTML standard, "parse a srcset attribute"). */
#ifndef PARSE_SRCSET_H
#define PARSE_SRCSET_H

#include "parse/header.h"

struct srcset {
    const char *at, *end; /* what is not yet read */
};

/* The URL of the next candidate whose descriptors are valid, as it stands there. False after the
 * last. */
bool srcset_next(struct srcset *s, struct span *url);

#endif
