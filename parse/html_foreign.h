/* The open elements of SVG and MathML, and of HTML within them (HTML standard, section 13.2.6.5):
 * whether a tag is theirs. */
#ifndef PARSE_HTML_FOREIGN_H
#define PARSE_HTML_FOREIGN_H

#include "parse/html_tag.h"

#define HTML_FOREIGN_MAX 256 /* open elements that are known by name; deeper ones are counted */

struct html_open {
    struct span name; /* in the document */
    enum html_element element;
    enum html_namespace space;
    bool takes_html; /* an integration point: start tags in it are HTML's */
    bool takes_text; /* MathML's: but for mglyph and malignmark */
    bool special, scope;
};

struct html_foreign {
    struct html_open open[HTML_FOREIGN_MAX];
    unsigned depth, deeper;
    unsigned outer; /* those below are outside of the template that is read */
    bool guessed;   /* what a tree would have told was taken for granted */
};

static inline bool html_foreign_is_open(const struct html_foreign *f)
{
    return f->depth > f->outer;
}

/* Whether the current element is one of SVG or MathML. */
static inline bool html_foreign_is_current(const struct html_foreign *f)
{
    return html_foreign_is_open(f) && f->open[f->depth - 1].space != NAMESPACE_HTML;
}

/* Whether a start tag makes a foreign element; then sets its namespace. Foreign elements that it
 * ends are closed. */
bool html_foreign_takes(struct html_foreign *f, struct html_tag *t);

/* Adds an element that stays open: one that begins foreign content or is in it. */
void html_foreign_push(struct html_foreign *f, const struct html_tag *t, struct span name);

/* Takes an end tag while something is open. Returns whether it means something outside, where a
 * table may be open. */
bool html_foreign_end(struct html_foreign *f, enum html_element e, struct span name, bool in_table);

/* Closes a p that is the current element. */
void html_foreign_end_p(struct html_foreign *f);

/* Closes what is within the innermost table. */
void html_foreign_clear_to_table(struct html_foreign *f);

#endif
