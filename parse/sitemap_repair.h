/* What is mended in a sitemap before libxml2 reads it; for sitemap.c. */
#ifndef PARSE_SITEMAP_REPAIR_H
#define PARSE_SITEMAP_REPAIR_H

#include <stddef.h>

/* Looks through the markup: an ampersand that begins no reference gets its "amp;", in a new text
 * that the caller frees (NULL: there is none); at a tag that is too long the text is cut. Sets
 * *length to what is to be read. Returns 0, -E2BIG if it was cut, or -ENOMEM. */
int sitemap_repair(char **repaired, const char *text, size_t *length);

#endif
