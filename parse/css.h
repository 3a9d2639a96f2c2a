/* URLs in style sheets: url(), @import, src() and image-set(), by the tokens of CSS Syntax Level 3.
 */
#ifndef PARSE_CSS_H
#define PARSE_CSS_H

#include "parse/header.h"
#include "parse/links.h"

struct css {
    const char *at, *end; /* what is not yet read */
    unsigned depth;       /* of open parentheses */
    unsigned url_depth;   /* inside this depth, strings are URLs; 0: nowhere */
    bool import, skip;    /* within the prelude of @import; of @namespace */
};

void css_init(struct css *c, const char *text, size_t length);

/* The next URL, as it stands there: its escapes are left to css_unescape. False after the last. */
bool css_next(struct css *c, struct span *url);

/* Resolves escapes, and NUL, into out, which holds CSS_UNESCAPED(raw.length) bytes. Returns the length. */
size_t css_unescape(struct span raw, char *out);
#define CSS_UNESCAPED(length) (3 * (length) + 1)

/* Appends all URLs of a style sheet, or of a style attribute. like is their pattern; its line is
 * that of the first byte. Returns 0, -ENOMEM or -E2BIG. */
int css_links(struct links *out, const char *text, size_t length, const struct url *base,
              const char *charset, struct link like);

/* The same for a style sheet that is a document of its own. Returns 0 or -ENOMEM. */
int css_document_links(struct links *out, const struct document *d);

#endif
