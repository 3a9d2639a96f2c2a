/* Seeds as people type them. */
#ifndef CMD_SEEDS_H
#define CMD_SEEDS_H

#include "parse/url.h"

#include <stdbool.h>
#include <stddef.h>

struct seed {
    struct url url;    /* canonical, without credentials */
    char *credentials; /* "user:password" as typed; NULL: none */
    char buffer[URL_BUFFER];
    char wrong[160];
};

/* Reads one seed. Without a scheme it gets http://, or https:// where credentials are given.
 * Returns NULL, or one clause about what is wrong with it, valid as long as *out. credentials are
 * freed by the caller. */
const char *seed_parse(struct seed *out, const char *text, size_t length, bool credentials_given);

#endif
