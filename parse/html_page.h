/* What an HTML page says in its tags, for whoever reads them one after another: links, base, title,
 * meta robots. The scanner and Gumbo's tree end here both. */
#ifndef PARSE_HTML_PAGE_H
#define PARSE_HTML_PAGE_H

#include "parse/charset.h"
#include "parse/html_tag.h"
#include "parse/links.h"

struct html_page {
    struct links *out;
    const struct document *d;
    struct charset_text text; /* the document in UTF-8 */
    const struct url *base;   /* NULL: one that nothing is relative to */
    struct url its_base;      /* where a base element says so */
    char *base_text;
    char *scratch; /* where values are resolved */
    size_t scratch_size;
    int error; /* 0, -ENOMEM or -E2BIG: nothing more is added */
};

/* Borrows both until html_page_close. Sets out->charset and converts the text; what is UTF-8 as it
 * is called stays as it is, well-formed or not, unless it has to be valid. Returns 0 or -ENOMEM. */
int html_page_open(struct html_page *p, struct links *out, const struct document *d, bool valid);
void html_page_close(struct html_page *p);

/* Resolves the values that are raw; they stay valid until the next tag. To be done before anything
 * else looks at the tag. */
void html_page_resolve(struct html_page *p, struct html_tag *t);

/* Takes the href of the base element that decides: the first one of the document that has one (HTML
 * standard, section 4.2.3). One that is invalid, data: or javascript: leaves the document's URL;
 * another scheme leaves no base. */
void html_page_set_base(struct html_page *p, struct span href);

/* Adds what a start tag links to. */
void html_page_visit(struct html_page *p, const struct html_tag *t);

/* The text of a style element, which begins on that line, and of a title element: the first title
 * that is not blank counts. raw: with its references still in it. */
void html_page_style(struct html_page *p, const char *text, size_t length, uint32_t line, bool raw);
void html_page_title(struct html_page *p, const char *text, size_t length, bool raw);

#endif
