/* The scanner against Gumbo: a difference that no effect of the list explains ends the target. */
#ifndef TESTS_FUZZ_HTML_DIFF_H
#define TESTS_FUZZ_HTML_DIFF_H

#include "tests/fuzz/fuzz_links.h"

void html_diff(const struct document *d);

#endif
