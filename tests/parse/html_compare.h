/* Whether the scanner and Gumbo's tree find the same in a document. */
#ifndef TESTS_PARSE_HTML_COMPARE_H
#define TESTS_PARSE_HTML_COMPARE_H

#include "parse/links.h"

#include <stdio.h>

/* Compares what both find, with assets and without: the links as a multiset of element, attribute,
 * URL, rel and kind (Gumbo's tree may have moved an element to elsewhere), how many others there
 * are, charset, title, canonical, meta robots. Returns 0: the same; 1: not so, and how is printed
 * to out; 2: the same as 1, but the scanner says itself that it had to guess; -E2BIG or -ETIME:
 * Gumbo gave up; -ENOMEM. d->assets does not count. */
int html_compare(const struct document *d, FILE *out);

#endif
