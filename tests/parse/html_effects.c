/* The list of effects. Each is decided by the text of the document alone: so it may be seen where
 * it has no effect (in a comment, in raw text), never the other way round. How narrow each is
 * decides what the comparison is worth. */
#include "tests/parse/html_effects.h"

#include "parse/html_page.h"
#include "parse/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct tag {
    struct span name;
    bool end;
};

/* The next tag from *at on. */
static bool next_tag(const char **at, const char *end, struct tag *t)
{
    const char *p = *at;
    while ((p = memchr(p, '<', (size_t)(end - p)))) {
        t->end = end - ++p > 0 && *p == '/';
        p += t->end;
        t->name.at = p;
        while (p < end && !memchr(" \t\n\f\r/>", *p, 7))
            p++;
        t->name.length = (size_t)(p - t->name.at);
        *at = p;
        char first = t->name.length > 0 ? (char)(*t->name.at | 0x20) : '\0';
        if (first >= 'a' && first <= 'z')
            return true;
    }
    return false;
}

static bool is(const struct tag *t, const char *name)
{
    return t->name.length == strlen(name) && strncasecmp(t->name.at, name, t->name.length) == 0;
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

/* Whether one of the names is that of a start tag that another start tag stands before, a frameset's
 * behind: what html says in the body stays when the body goes. */
static bool has_html_in_dropped_body(struct span text)
{
    struct tag t;
    unsigned before = 0;
    bool html = false;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);) {
        if (html && !t.end && is(&t, "frameset"))
            return true;
        html |= before > 0 && !t.end && is(&t, "html");
        before += !t.end;
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

/* How many more start tags than end tags of that name stand before the end. */
static int count_open(struct span text, const char *end, struct span name)
{
    struct tag t;
    int n = 0;
    for (const char *p = text.at; next_tag(&p, end, &t);)
        if (t.name.length == name.length && strncasecmp(t.name.at, name.at, name.length) == 0)
            n += t.end ? -(n > 0) : 1;
    return n;
}

/* An end tag in foreign content ends it if its element is open outside: the scanner, which does not
 * know that, takes it so. */
static bool has_lone_end_tag(struct span text)
{
    struct tag t;
    bool foreign = false;
    for (const char *p = text.at; next_tag(&p, text.at + text.length, &t);) {
        foreign |= !t.end && (is(&t, "svg") || is(&t, "math"));
        if (foreign && t.end && count_open(text, t.name.at - 2, t.name) == 0)
            return true;
    }
    return false;
}

static const struct {
    const char *name;
    bool (*is_shown)(struct span text);
} effects[] = {
    {"control characters", has_controls},
    {"isindex", has_isindex},
    {"menuitem", has_menuitem},
    {"empty end tag", has_empty_end_tag},
    {"html in a body that a frameset replaces", has_html_in_dropped_body},
    {"</p> or </br> in foreign content", has_foreign_p_end},
    {"end tag in foreign content whose element is not open", has_lone_end_tag},
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
