/* Implied end tags are kept only where the element is the current one. What end tags refer to
 * outside of foreign content is taken to be open. */
#include "parse/html_foreign.h"

#include <strings.h>

static void describe(struct html_open *o, const struct html_tag *t, struct span name)
{
    enum html_element e = t->element;
    *o = (struct html_open){.name = name, .element = e, .space = t->space};
    struct span encoding = t->values[ATTRIBUTE_ENCODING];
    switch (t->space) {
    case NAMESPACE_HTML:
        o->takes_html = true;
        o->special = html_is(e, SPECIAL);
        o->scope = e == HTML_APPLET || e == HTML_CAPTION || e == HTML_TABLE || e == HTML_TD ||
                   e == HTML_TH || e == HTML_MARQUEE || e == HTML_OBJECT;
        return;
    case NAMESPACE_SVG:
        o->takes_html = e == HTML_FOREIGNOBJECT || e == HTML_DESC || e == HTML_TITLE;
        o->special = o->scope = o->takes_html;
        return;
    case NAMESPACE_MATHML:
        o->takes_text =
            e == HTML_MI || e == HTML_MO || e == HTML_MN || e == HTML_MS || e == HTML_MTEXT;
        o->special = o->scope = o->takes_text || e == HTML_ANNOTATION_XML;
        if (e == HTML_ANNOTATION_XML && html_tag_has(t, ATTRIBUTE_ENCODING))
            o->takes_html =
                (encoding.length == 9 && strncasecmp(encoding.at, "text/html", 9) == 0) ||
                (encoding.length == 21 &&
                 strncasecmp(encoding.at, "application/xhtml+xml", 21) == 0);
        return;
    }
}

static struct html_open *current(struct html_foreign *f)
{
    return f->depth > f->outer ? &f->open[f->depth - 1] : NULL;
}

static bool breaks_out(const struct html_tag *t)
{
    return html_is(t->element, BREAKOUT) ||
           (t->element == HTML_FONT &&
            (html_tag_has(t, ATTRIBUTE_COLOR) || html_tag_has(t, ATTRIBUTE_FACE) ||
             html_tag_has(t, ATTRIBUTE_SIZE)));
}

/* Up to an element that holds HTML. */
static void leave_foreign(struct html_foreign *f)
{
    struct html_open *o;
    f->deeper = 0;
    do
        f->depth--;
    while ((o = current(f)) && !o->takes_html && !o->takes_text);
}

bool html_foreign_takes(struct html_foreign *f, struct html_tag *t)
{
    const struct html_open *o = current(f);
    enum html_element e = t->element;
    if (!o || o->takes_html || (o->takes_text && e != HTML_MGLYPH && e != HTML_MALIGNMARK) ||
        (o->space == NAMESPACE_MATHML && o->element == HTML_ANNOTATION_XML && e == HTML_SVG))
        return false;
    if (breaks_out(t)) {
        leave_foreign(f);
        return false;
    }
    t->space = o->space;
    return true;
}

static bool is_named(const struct html_open *o, struct span name)
{
    return o->name.length == name.length && strncasecmp(o->name.at, name.at, name.length) == 0;
}

/* Whether HTML has no such element. */
static bool is_foreign_name(enum html_element e)
{
    switch (e) {
    case HTML_ANNOTATION_XML:
    case HTML_DESC:
    case HTML_FEIMAGE:
    case HTML_FOREIGNOBJECT:
    case HTML_MALIGNMARK:
    case HTML_MATH:
    case HTML_MGLYPH:
    case HTML_MI:
    case HTML_MN:
    case HTML_MO:
    case HTML_MS:
    case HTML_MTEXT:
    case HTML_SVG:
    case HTML_USE:
        return true;
    default:
        return false;
    }
}

/* Closes what an end tag of HTML closes among the open elements. Returns whether it refers to
 * something outside of them. */
static bool close_html(struct html_foreign *f, enum html_element e, struct span name, bool in_table)
{
    bool part = html_is_table_part(e) || e == HTML_TABLE;
    for (unsigned i = f->depth; i-- > f->outer;) {
        const struct html_open *o = &f->open[i];
        if (o->space == NAMESPACE_HTML && is_named(o, name)) {
            f->guessed |= i + 1 < f->depth;
            f->depth = i;
            return part;
        }
        bool stops = part                 ? o->element == HTML_TABLE && o->space == NAMESPACE_HTML
                     : html_is(e, SCOPED) ? o->scope
                                          : o->special;
        if (stops) {
            f->guessed = true;
            return false;
        }
    }
    if (html_is(e, VOID) || e == HTML_BODY || e == HTML_HTML || e == HTML_HEAD ||
        e == HTML_FRAMESET || (part && !in_table))
        return false;
    f->guessed = true;
    if (e == HTML_UNKNOWN || is_foreign_name(e))
        return false;
    f->depth = f->outer;
    return true;
}

bool html_foreign_end(struct html_foreign *f, enum html_element e, struct span name, bool in_table)
{
    if (f->deeper > 0) {
        f->guessed = true;
        f->deeper--;
        return false;
    }
    if (current(f)->space != NAMESPACE_HTML && (e == HTML_P || e == HTML_BR)) {
        leave_foreign(f);
    } else {
        for (unsigned i = f->depth; i-- > f->outer && f->open[i].space != NAMESPACE_HTML;)
            if (is_named(&f->open[i], name)) {
                f->depth = i;
                return false;
            }
    }
    return close_html(f, e, name, in_table);
}

void html_foreign_push(struct html_foreign *f, const struct html_tag *t, struct span name)
{
    enum html_element e = t->element, top = current(f) ? current(f)->element : HTML_UNKNOWN;
    /* Some HTML is closed by what follows. */
    if (t->space == NAMESPACE_HTML && current(f) && current(f)->space == NAMESPACE_HTML &&
        ((top == HTML_P && html_is(e, SCOPED)) ||
         (top == e && (e == HTML_A || e == HTML_BUTTON || e == HTML_LI || e == HTML_NOBR)) ||
         ((top == HTML_DD || top == HTML_DT) && (e == HTML_DD || e == HTML_DT))))
        f->depth--;
    f->guessed |= f->depth == HTML_FOREIGN_MAX;
    if (f->depth == HTML_FOREIGN_MAX)
        f->deeper++;
    else
        describe(&f->open[f->depth++], t, name);
}

void html_foreign_end_p(struct html_foreign *f)
{
    if (current(f) && current(f)->element == HTML_P && current(f)->space == NAMESPACE_HTML)
        f->depth--;
}

void html_foreign_clear_to_table(struct html_foreign *f)
{
    while (html_foreign_is_open(f) && (f->open[f->depth - 1].element != HTML_TABLE ||
                                       f->open[f->depth - 1].space != NAMESPACE_HTML))
        f->depth--;
}
