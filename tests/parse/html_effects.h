/* What makes the links of Gumbo's tree others than those of a scanner that builds none: the written
 * list of it, each with its reason, in html_effects.c. One more the scanner tells itself: an end
 * tag in foreign content may refer to what is open outside of it, one of a row in a select to that
 * row, and elements may be open deeper than it keeps; what it takes for granted then it calls a
 * guess (links.guessed). */
#ifndef TESTS_PARSE_HTML_EFFECTS_H
#define TESTS_PARSE_HTML_EFFECTS_H

#include "parse/links.h"

/* The name of the first effect of the list that this document shows by its own tags; NULL: none, so
 * that a difference is a fault. Looks at a document that is ASCII where its tags are. */
const char *html_effects(const struct document *d);

#endif
