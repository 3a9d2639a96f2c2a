/* What is no markup: where raw text, scripts and comments end, and blank text. For the scanner. */
#ifndef PARSE_HTML_SKIP_H
#define PARSE_HTML_SKIP_H

#include "parse/header.h"

/* Where the end tag of that name begins, the first behind p; NULL: nowhere. */
const char *html_find_end_tag(const char *p, const char *end, struct span name);

/* The same of a script: within <!-- and --> an end tag that a <script precedes does not count. */
const char *html_find_script_end(const char *p, const char *end);

/* Behind the comment whose "<!--" ends at p. */
const char *html_skip_comment(const char *p, const char *end);

/* Whether text is nothing but white space, its references resolved; NUL is nothing. */
bool html_is_blank(const char *text, size_t length);

#endif
