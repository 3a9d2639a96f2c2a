/* The list of effects. Each is decided by the text of the document alone: so it may be seen where
 * it has no effect (in a comment, in raw text), never the other way round. How narrow each is
 * decides what the comparison is worth. */
#include "tests/parse/html_effects.h"

#include "parse/html_page.h"
#include "parse/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_OPEN 1400 /* elements; a document of the fuzzer has no more tags */

struct tag {
    struct span name;
    bool end;
};

/* Past the comment or the like that begins at the '<' p; p itself if none does. */
static const char *skip_comment(const char *p, const char *end, bool sections)
{
    size_t left = (size_t)(end - p);
    const char *close = ">", *from = p;
    if (left >= 4 && memcmp(p, "<!--", 4) == 0)
        close = "-->", from = p + 2;
    else if (sections && left >= 9 && memcmp(p, "<![CDATA[", 9) == 0)
        close = "]]>";
    else if (left < 3 || (p[1] != '!' && p[1] != '?' && p[1] != '/') ||
             (p[1] == '/' && (p[2] | 0x20) >= 'a' && (p[2] | 0x20) <= 'z'))
        return p;
    const char *found = memmem(from, (size_t)(end - from), close, strlen(close));
    return found ? found + strlen(close) : end;
}

/* The next tag from *at on. */
static bool next_tag(const char **at, const char *end, struct tag *t)
{
    const char *p = *at;
    while ((p = memchr(p, '<', (size_t)(end - p)))) {
        t->end = end - ++p > 0 && *p == '/';
        if (end - p <= t->end || (p[t->end] | 0x20) < 'a' || (p[t->end] | 0x20) > 'z')
            continue;
        p += t->end;
        t->name.at = p;
        while (p < end && !memchr(" \t\n\f\r/>", *p, 7))
            p++;
        t->name.length = (size_t)(p - t->name.at);
        *at = p;
        return true;
    }
    return false;
}

static bool is(const struct tag *t, const char *name)
{
    return t->name.length == strlen(name) && strncasecmp(t->name.at, name, t->name.length) == 0;
}

/* Whether a word stands in the tag, as an attribute of it. */
static bool mentions(const struct tag *t, const char *end, const char *word)
{
    const char *p = t->name.at + t->name.length, *close = memchr(p, '>', (size_t)(end - p));
    size_t length = strlen(word);
    for (; close && (size_t)(close - p) >= length; p++)
        if (strncasecmp(p, word, length) == 0)
            return true;
    return false;
}

static bool has_start_tag(struct span text, const char *name)
{
    struct tag t;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);)
        if (!t.end && is(&t, name))
            return true;
    return false;
}

/* Gumbo makes U+FFFD of control characters and noncharacters, as the standard never said. */
static bool has_controls(struct span text)
{
    const unsigned char *p = (const unsigned char *)text.at, *end = p + text.length;
    uint32_t c;
    for (; p < end; p += utf8_decode(p, end, &c)) {
        utf8_decode(p, end, &c);
        if ((c >= 0x1 && c <= 0x8) || c == 0xb || (c >= 0xe && c <= 0x1f) ||
            (c >= 0x7f && c <= 0x9f) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
            return true;
    }
    return false;
}

/* Gumbo leaves NUL out at the beginning of an attribute's name. */
static bool has_nul_in_name(struct span text)
{
    const char *end = text.at + text.length;
    for (const char *p = text.at + 1; p < end && (p = memchr(p, '\0', (size_t)(end - p))); p++)
        if (strchr(" \t\n\f\r/\"'", p[-1]))
            return true;
    return false;
}

/* The name of the next attribute from *at on, and past its value. */
static bool next_attribute(const char **at, const char *end, struct span *name)
{
    const char *p = *at;
    while (p < end && memchr(" \t\n\f\r/", *p, 6))
        p++;
    name->at = p;
    while (p < end && (p == name->at || *p != '=') && !memchr(" \t\n\f\r/>", *p, 7))
        p++;
    name->length = (size_t)(p - name->at);
    while (p < end && memchr(" \t\n\f\r", *p, 5))
        p++;
    if (p < end && *p == '=') {
        do
            p++;
        while (p < end && memchr(" \t\n\f\r", *p, 5));
        char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : '\0';
        while (p < end && (quote ? *p != quote : !memchr(" \t\n\f\r>", *p, 6)))
            p++;
        p += quote && p < end;
    }
    *at = p;
    return name->length > 0;
}

/* Takes a byte of an attribute's name in lower case; NUL and U+FFFD are the same. */
static int take_byte(struct span *name)
{
    int c = tolower((unsigned char)*name->at);
    size_t n = name->length >= 3 && memcmp(name->at, "\xef\xbf\xbd", 3) == 0 ? 3 : 1;
    name->at += n;
    name->length -= n;
    return n == 3 ? '\0' : c;
}

static bool is_same_name(struct span a, struct span b)
{
    while (a.length > 0 && b.length > 0)
        if (take_byte(&a) != take_byte(&b))
            return false;
    return a.length == b.length;
}

/* Gumbo puts the name of an attribute that is there already before that of the next one. */
static bool has_repeated_attribute(struct span text)
{
    const char *end = text.at + text.length;
    struct tag t;
    for (const char *p = text.at; next_tag(&p, end, &t);) {
        struct span names[64];
        unsigned n = 0;
        for (const char *q = p; n < 64 && next_attribute(&q, end, &names[n]); n++)
            for (unsigned i = 0; i < n; i++)
                if (is_same_name(names[i], names[n]))
                    return true;
    }
    return false;
}

/* The style element of SVG is no raw text, so tags and the like may stand in its text. What makes
 * no node leaves one text to Gumbo; the scanner takes each piece for a style sheet. */
static bool has_pieces_in_style(struct span text)
{
    const char *end = text.at + text.length;
    struct tag t;
    if (!has_start_tag(text, "svg"))
        return false;
    for (const char *p = text.at; next_tag(&p, end, &t);) {
        const char *next = memchr(p, '<', (size_t)(end - p));
        if (!t.end && is(&t, "style") && next &&
            !((size_t)(end - next) > 8 && strncasecmp(next, "</style>", 8) == 0))
            return true;
    }
    return false;
}

/* Gumbo makes a form with an input and two hr of it: the standard did until 2016. */
static bool has_isindex(struct span text)
{
    return has_start_tag(text, "isindex");
}

/* Gumbo takes it for a void element: it was one until 2017. */
static bool has_menuitem(struct span text)
{
    return has_start_tag(text, "menuitem");
}

/* Gumbo counts an empty end tag to the text of the tag behind it, whose name then is not known. */
static bool has_empty_end_tag(struct span text)
{
    return memmem(text.at, text.length, "</>", 3);
}

/* What an html tag in the body adds to the document stays when a frameset takes the body's place;
 * the scanner lets it go. */
static bool has_html_in_dropped_body(struct span text)
{
    struct tag t;
    bool html = false;
    size_t before = 0; /* of a tag that is the first thing in the document */
    while (before < text.length && strchr(" \t\n\f\r<", text.at[before]))
        before++;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);) {
        if (html && !t.end && is(&t, "frameset"))
            return true;
        html |= t.name.at > text.at + before && !t.end && is(&t, "html");
    }
    return false;
}

/* Gumbo takes a second html tag before the head for the head's beginning. */
static bool has_html_before_head(struct span text)
{
    struct tag t;
    unsigned html = 0;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);) {
        if (!t.end && is(&t, "head") && html > 1)
            return true;
        html += !t.end && is(&t, "html");
    }
    return false;
}

/* Gumbo takes </p> and </br> in foreign content for any other end tag: they end it since 2017. */
static bool has_foreign_p_end(struct span text)
{
    struct tag t;
    bool foreign = false;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);) {
        foreign |= !t.end && (is(&t, "svg") || is(&t, "math"));
        if (foreign && t.end && (is(&t, "p") || is(&t, "br")))
            return true;
    }
    return false;
}

/* Roughly the open elements: an end tag ends the last element of its name, and what is in that. */
struct stack {
    struct tag tags[MAX_OPEN];
    unsigned depth;
};

static bool is_same(const struct tag *a, const struct tag *b)
{
    return a->name.length == b->name.length &&
           strncasecmp(a->name.at, b->name.at, a->name.length) == 0;
}

/* Where in the stack the element is that an end tag ends, counted from 1; 0: nowhere. */
static unsigned find_open(const struct stack *s, const struct tag *t)
{
    unsigned i = s->depth;
    while (i > 0 && !is_same(&s->tags[i - 1], t))
        i--;
    return i;
}

/* The first element of foreign content in the stack, counted from 1; 0: there is none. */
static unsigned find_foreign(const struct stack *s)
{
    for (unsigned i = 0; i < s->depth; i++)
        if (is(&s->tags[i], "svg") || is(&s->tags[i], "math"))
            return i + 1;
    return 0;
}

static bool holds_html(const struct tag *t, const char *end, bool svg)
{
    static const char *const names[2][6] = {{"mi", "mo", "mn", "ms", "mtext", "annotation-xml"},
                                            {"foreignobject", "desc", "title"}};
    for (size_t i = 0; i < 6 && names[svg][i]; i++)
        if (is(t, names[svg][i]))
            return svg || i < 5 || mentions(t, end, "encoding");
    return false;
}

/* A tag that breaks out ends foreign content up to where that holds HTML. */
static void break_out(struct stack *s, const char *end)
{
    bool svg = false;
    for (unsigned root = s->depth; root > 0; root--) {
        svg = is(&s->tags[root - 1], "svg");
        if (!svg && !is(&s->tags[root - 1], "math"))
            continue;
        for (unsigned i = root; i < s->depth; i++)
            if (holds_html(&s->tags[i], end, svg))
                return;
        s->depth = root - 1;
    }
}

/* The next tag that is in no comment, nor in raw text. */
static bool next_token(const struct stack *s, const char **at, const char *end, struct tag *t)
{
    static const char *const raw[] = {"script", "style",   "title",    "textarea", "xmp",
                                      "iframe", "noembed", "noframes", "plaintext"};
    bool sections = find_foreign(s) > 0;
    const struct tag *last = s->depth > 0 ? &s->tags[s->depth - 1] : NULL;
    bool is_raw = false;
    for (size_t i = 0; last && !sections && i < sizeof(raw) / sizeof(*raw); i++)
        is_raw |= is(last, raw[i]);
    for (const char *p = *at; (p = memchr(p, '<', (size_t)(end - p)));) {
        const char *next = is_raw ? p : skip_comment(p, end, sections);
        *at = p;
        if (next == p && !next_tag(at, end, t))
            return false;
        if (next == p && t->name.at - t->end == p + 1 && (!is_raw || (t->end && is_same(t, last))))
            return true;
        p = next > p ? next : p + 1;
    }
    return false;
}

/* Takes a tag; *at stands behind its name, and then behind its attributes. */
static void follow(struct stack *s, const struct tag *t, const char **at, const char *end)
{
    unsigned i = find_open(s, t);
    enum html_element e = html_element_find(t->name.at, t->name.length);
    if (!t->end && (html_element_flags[e] & BREAKOUT ||
                    (e == HTML_FONT && (mentions(t, end, "color") || mentions(t, end, "face") ||
                                        mentions(t, end, "size")))))
        break_out(s, end);
    struct span name;
    while (next_attribute(at, end, &name))
        ;
    bool in_html = find_foreign(s) == 0; /* there html and body are, and stay, open once */
    if ((in_html || t->end) && (e == HTML_HTML || e == HTML_BODY))
        return;
    if (t->end)
        s->depth = i > 0 ? i - 1 : s->depth;
    else if (!(in_html && html_is(e, VOID)) && s->depth < MAX_OPEN && (*at)[-1] != '/')
        s->tags[s->depth++] = *t;
}

/* Gumbo takes all of an end tag for its name when it compares it with elements of foreign content.
 */
static bool has_end_tag_with_attributes(struct span text)
{
    const char *end = text.at + text.length;
    struct tag t;
    bool foreign = false;
    for (const char *p = text.at; next_tag(&p, end, &t);) {
        foreign |= !t.end && (is(&t, "svg") || is(&t, "math"));
        if (foreign && t.end && p < end && *p != '>')
            return true;
    }
    return false;
}

/* Gumbo resets the insertion mode by names alone, also those of foreign elements, where a table, a
 * select or a template ends. */
static bool has_foreign_structure(struct span text)
{
    static const char *const names[] = {"body",  "caption", "colgroup", "frameset", "head",
                                        "html",  "select",  "tbody",    "td",       "template",
                                        "tfoot", "th",      "thead",    "tr"};
    const char *end = text.at + text.length;
    struct stack s = {.depth = 0};
    struct tag t;
    if (!has_start_tag(text, "table") && !has_start_tag(text, "select") &&
        !has_start_tag(text, "template"))
        return false;
    for (const char *p = text.at; next_token(&s, &p, end, &t); follow(&s, &t, &p, end))
        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
            if (!t.end && find_foreign(&s) > 0 && is(&t, names[i]))
                return true;
    return false;
}

static const struct {
    const char *name;
    bool (*is_shown)(struct span text);
} effects[] = {
    {"control characters", has_controls},
    {"NUL that begins a name", has_nul_in_name},
    {"repeated attribute", has_repeated_attribute},
    {"pieces of a style sheet of SVG", has_pieces_in_style},
    {"isindex", has_isindex},
    {"menuitem", has_menuitem},
    {"empty end tag", has_empty_end_tag},
    {"html in a body that a frameset replaces", has_html_in_dropped_body},
    {"second html before the head", has_html_before_head},
    {"</p> or </br> in foreign content", has_foreign_p_end},
    {"end tag with attributes in foreign content", has_end_tag_with_attributes},
    {"what decides the insertion mode in foreign content", has_foreign_structure},
};

const char *html_effects(const struct document *d)
{
    struct links l;
    struct html_page page;
    const char *name = NULL;
    links_init(&l);
    if (html_page_open(&page, &l, d, true) < 0)
        return NULL;
    for (size_t i = 0; i < sizeof(effects) / sizeof(*effects) && !name; i++)
        if (effects[i].is_shown((struct span){page.text.at, page.text.length}))
            name = effects[i].name;
    html_page_close(&page);
    links_deinit(&l);
    return name;
}
