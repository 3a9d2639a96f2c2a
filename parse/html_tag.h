/* The names of HTML that matter to links, and a start tag in terms of them: what both readers of
 * HTML, the scanner and Gumbo's, have in common. */
#ifndef PARSE_HTML_TAG_H
#define PARSE_HTML_TAG_H

#include "parse/header.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Every element of the HTML standard, obsolete ones too, and those of SVG and MathML that links or
 * tree construction know. */
#define HTML_ELEMENTS(X)                                        \
    X(A, "a", FOLLOWS)                                          \
    X(ABBR, "abbr", 0)                                          \
    X(ACRONYM, "acronym", 0)                                    \
    X(ADDRESS, "address", BLOCK)                                \
    X(ANNOTATION_XML, "annotation-xml", FOLLOWS)                \
    X(APPLET, "applet", BLOCK | FILLS)                          \
    X(AREA, "area", FOLLOWS | VOID | SPECIAL | FILLS)           \
    X(ARTICLE, "article", BLOCK)                                \
    X(ASIDE, "aside", BLOCK)                                    \
    X(AUDIO, "audio", 0)                                        \
    X(B, "b", BREAKOUT)                                         \
    X(BASE, "base", FOLLOWS | HEAD | VOID | SPECIAL)            \
    X(BASEFONT, "basefont", HEAD | VOID | SPECIAL)              \
    X(BDI, "bdi", 0)                                            \
    X(BDO, "bdo", 0)                                            \
    X(BGSOUND, "bgsound", HEAD | VOID | SPECIAL)                \
    X(BIG, "big", BREAKOUT)                                     \
    X(BLOCKQUOTE, "blockquote", BLOCK | BREAKOUT)               \
    X(BODY, "body", TREE | SPECIAL | BREAKOUT)                  \
    X(BR, "br", VOID | SPECIAL | BREAKOUT | FILLS)              \
    X(BUTTON, "button", BLOCK | FILLS)                          \
    X(CANVAS, "canvas", 0)                                      \
    X(CAPTION, "caption", TREE | PART | SPECIAL)                \
    X(CENTER, "center", BLOCK | BREAKOUT)                       \
    X(CITE, "cite", 0)                                          \
    X(CODE, "code", BREAKOUT)                                   \
    X(COL, "col", TREE | PART | VOID | SPECIAL)                 \
    X(COLGROUP, "colgroup", TREE | PART | SPECIAL)              \
    X(DATA, "data", 0)                                          \
    X(DATALIST, "datalist", 0)                                  \
    X(DD, "dd", BLOCK | BREAKOUT | FILLS)                       \
    X(DEL, "del", 0)                                            \
    X(DESC, "desc", 0)                                          \
    X(DETAILS, "details", BLOCK)                                \
    X(DFN, "dfn", 0)                                            \
    X(DIALOG, "dialog", 0)                                      \
    X(DIR, "dir", BLOCK)                                        \
    X(DIV, "div", BLOCK | BREAKOUT)                             \
    X(DL, "dl", BLOCK | BREAKOUT)                               \
    X(DT, "dt", BLOCK | BREAKOUT | FILLS)                       \
    X(EM, "em", BREAKOUT)                                       \
    X(EMBED, "embed", VOID | SPECIAL | BREAKOUT | FILLS)        \
    X(FEIMAGE, "feimage", 0)                                    \
    X(FIELDSET, "fieldset", BLOCK)                              \
    X(FIGCAPTION, "figcaption", BLOCK)                          \
    X(FIGURE, "figure", BLOCK)                                  \
    X(FONT, "font", FOLLOWS)                                    \
    X(FOOTER, "footer", BLOCK)                                  \
    X(FOREIGNOBJECT, "foreignobject", 0)                        \
    X(FORM, "form", BLOCK | TREE)                               \
    X(FRAME, "frame", FOLLOWS | TREE | VOID | SPECIAL)          \
    X(FRAMESET, "frameset", TREE | SPECIAL)                     \
    X(H1, "h1", BLOCK | BREAKOUT)                               \
    X(H2, "h2", BLOCK | BREAKOUT)                               \
    X(H3, "h3", BLOCK | BREAKOUT)                               \
    X(H4, "h4", BLOCK | BREAKOUT)                               \
    X(H5, "h5", BLOCK | BREAKOUT)                               \
    X(H6, "h6", BLOCK | BREAKOUT)                               \
    X(HEAD, "head", TREE | SPECIAL | BREAKOUT)                  \
    X(HEADER, "header", BLOCK)                                  \
    X(HGROUP, "hgroup", BLOCK)                                  \
    X(HR, "hr", VOID | SPECIAL | BREAKOUT | FILLS)              \
    X(HTML, "html", TREE | SPECIAL)                             \
    X(I, "i", BREAKOUT)                                         \
    X(IFRAME, "iframe", FOLLOWS | TREE | SPECIAL | FILLS)       \
    X(IMAGE, "image", TREE | VOID | FILLS)                      \
    X(IMG, "img", VOID | SPECIAL | BREAKOUT | FILLS)            \
    X(INPUT, "input", VOID | SPECIAL)                           \
    X(INS, "ins", 0)                                            \
    X(KBD, "kbd", 0)                                            \
    X(KEYGEN, "keygen", VOID | SPECIAL | FILLS)                 \
    X(LABEL, "label", 0)                                        \
    X(LEGEND, "legend", 0)                                      \
    X(LI, "li", BLOCK | BREAKOUT | FILLS)                       \
    X(LINK, "link", FOLLOWS | HEAD | VOID | SPECIAL)            \
    X(LISTING, "listing", BLOCK | BREAKOUT | FILLS)             \
    X(MAIN, "main", BLOCK)                                      \
    X(MALIGNMARK, "malignmark", 0)                              \
    X(MAP, "map", 0)                                            \
    X(MARK, "mark", 0)                                          \
    X(MARQUEE, "marquee", BLOCK | FILLS)                        \
    X(MATH, "math", FOLLOWS | TREE)                             \
    X(MENU, "menu", BLOCK | BREAKOUT)                           \
    X(META, "meta", FOLLOWS | HEAD | VOID | SPECIAL | BREAKOUT) \
    X(METER, "meter", 0)                                        \
    X(MGLYPH, "mglyph", 0)                                      \
    X(MI, "mi", 0)                                              \
    X(MN, "mn", 0)                                              \
    X(MO, "mo", 0)                                              \
    X(MS, "ms", 0)                                              \
    X(MTEXT, "mtext", 0)                                        \
    X(NAV, "nav", BLOCK)                                        \
    X(NOBR, "nobr", BREAKOUT)                                   \
    X(NOEMBED, "noembed", TREE | SPECIAL)                       \
    X(NOFRAMES, "noframes", HEAD | TREE | SPECIAL)              \
    X(NOSCRIPT, "noscript", SPECIAL)                            \
    X(OBJECT, "object", BLOCK | FILLS)                          \
    X(OL, "ol", BLOCK | BREAKOUT)                               \
    X(OPTGROUP, "optgroup", 0)                                  \
    X(OPTION, "option", 0)                                      \
    X(OUTPUT, "output", 0)                                      \
    X(P, "p", BLOCK | BREAKOUT)                                 \
    X(PARAM, "param", VOID | SPECIAL)                           \
    X(PICTURE, "picture", 0)                                    \
    X(PLAINTEXT, "plaintext", TREE | SPECIAL)                   \
    X(PRE, "pre", BLOCK | BREAKOUT | FILLS)                     \
    X(PROGRESS, "progress", 0)                                  \
    X(Q, "q", 0)                                                \
    X(RB, "rb", 0)                                              \
    X(RP, "rp", 0)                                              \
    X(RT, "rt", 0)                                              \
    X(RTC, "rtc", 0)                                            \
    X(RUBY, "ruby", BREAKOUT)                                   \
    X(S, "s", BREAKOUT)                                         \
    X(SAMP, "samp", 0)                                          \
    X(SCRIPT, "script", HEAD | TREE | SPECIAL)                  \
    X(SEARCH, "search", 0)                                      \
    X(SECTION, "section", BLOCK)                                \
    X(SELECT, "select", TREE | SPECIAL | FILLS)                 \
    X(SMALL, "small", BREAKOUT)                                 \
    X(SOURCE, "source", VOID | SPECIAL)                         \
    X(SPAN, "span", BREAKOUT)                                   \
    X(STRIKE, "strike", BREAKOUT)                               \
    X(STRONG, "strong", BREAKOUT)                               \
    X(STYLE, "style", HEAD | TREE | SPECIAL)                    \
    X(SUB, "sub", BREAKOUT)                                     \
    X(SUMMARY, "summary", BLOCK)                                \
    X(SUP, "sup", BREAKOUT)                                     \
    X(SVG, "svg", FOLLOWS | TREE)                               \
    X(TABLE, "table", TREE | SPECIAL | BREAKOUT | FILLS)        \
    X(TBODY, "tbody", TREE | PART | SPECIAL)                    \
    X(TD, "td", TREE | PART | SPECIAL)                          \
    X(TEMPLATE, "template", HEAD | TREE | SPECIAL | FILLS)      \
    X(TEXTAREA, "textarea", TREE | SPECIAL | FILLS)             \
    X(TFOOT, "tfoot", TREE | PART | SPECIAL)                    \
    X(TH, "th", TREE | PART | SPECIAL)                          \
    X(THEAD, "thead", TREE | PART | SPECIAL)                    \
    X(TIME, "time", 0)                                          \
    X(TITLE, "title", HEAD | TREE | SPECIAL)                    \
    X(TR, "tr", TREE | PART | SPECIAL)                          \
    X(TRACK, "track", VOID | SPECIAL)                           \
    X(TT, "tt", BREAKOUT)                                       \
    X(U, "u", BREAKOUT)                                         \
    X(UL, "ul", BLOCK | BREAKOUT)                               \
    X(USE, "use", 0)                                            \
    X(VAR, "var", BREAKOUT)                                     \
    X(VIDEO, "video", 0)                                        \
    X(WBR, "wbr", VOID | SPECIAL | FILLS)                       \
    X(XMP, "xmp", TREE | SPECIAL | FILLS)

enum html_element {
    HTML_UNKNOWN,
#define HTML_NAME(name, text, flags) HTML_##name,
    HTML_ELEMENTS(HTML_NAME)
#undef HTML_NAME
        HTML_ELEMENT_COUNT,
};

/* What an element is to links and to tree construction. */
enum html_element_flags {
    FOLLOWS = 1,    /* has attributes that somebody looks at even where no assets are wanted */
    TREE = 4,       /* its tags change how what follows is read, or may not count */
    HEAD = 8,       /* belongs into the head */
    VOID = 16,      /* has no content */
    SPECIAL = 32,   /* the standard's category: no end tag of an inline element closes it */
    SCOPED = 64,    /* its end tag closes special elements that are open in it */
    BREAKOUT = 128, /* ends foreign content */
    FILLS = 256,    /* makes a body that no frameset replaces any more */
    PART = 512,     /* of a table */
    BLOCK = SPECIAL | SCOPED,
};

enum html_attribute {
    ATTRIBUTE_BACKGROUND,
    ATTRIBUTE_COLOR,
    ATTRIBUTE_CONTENT,
    ATTRIBUTE_DATA,
    ATTRIBUTE_ENCODING,
    ATTRIBUTE_FACE,
    ATTRIBUTE_HREF,
    ATTRIBUTE_HTTP_EQUIV,
    ATTRIBUTE_IMAGESRCSET,
    ATTRIBUTE_NAME,
    ATTRIBUTE_POSTER,
    ATTRIBUTE_REL,
    ATTRIBUTE_SIZE,
    ATTRIBUTE_SRC,
    ATTRIBUTE_SRCSET,
    ATTRIBUTE_STYLE,
    ATTRIBUTE_TYPE,
    ATTRIBUTE_XLINK_HREF,
    ATTRIBUTE_COUNT, /* none of them */
};

/* Which one that is, whatever its case. */
enum html_element html_element_find(const char *name, size_t length);
enum html_attribute html_attribute_find(const char *name, size_t length);

/* The same for who has the first eight bytes at hand, as html_word makes them. */
enum html_element html_element_find_word(uint64_t word, const char *name, size_t length);
enum html_attribute html_attribute_find_word(uint64_t word, const char *name, size_t length);

/* The first eight bytes of a name, little-endian and what follows it still in them, become the word
 * that it is found by: in lower case, if they are letters. */
static inline uint64_t html_word(uint64_t bytes, size_t length)
{
    uint64_t mask = length < 8 ? (UINT64_C(1) << 8 * length) - 1 : UINT64_MAX;
    return (bytes | UINT64_C(0x2020202020202020)) & mask;
}

/* Their names, filled up with NUL. */
struct html_name {
    char text[16];
    uint8_t length;
};
extern const struct html_name html_element_names[HTML_ELEMENT_COUNT];

/* Where the element with that word stands in a table of one element a slot. */
#define HTML_SLOT_BITS 10
extern const uint8_t html_element_slots[1 << HTML_SLOT_BITS];

static inline size_t html_slot(uint64_t word)
{
    return word * UINT64_C(0xc072b86ca9d8fb43) >> (64 - HTML_SLOT_BITS);
}

/* Its name, static, in lower case; "" for HTML_UNKNOWN. */
const char *html_element_name(enum html_element e);

extern const uint16_t html_element_flags[HTML_ELEMENT_COUNT];

static inline bool html_is(enum html_element e, unsigned flag)
{
    return html_element_flags[e] & flag;
}

/* The word of a name, of which it is the whole if the name has no more than eight bytes. */
static inline uint64_t html_element_word(enum html_element e)
{
    uint64_t word;
    memcpy(&word, html_element_names[e].text, sizeof(word));
    return le64toh(word);
}

/* The only element that may have that word. */
static inline enum html_element html_guess(uint64_t word)
{
    return html_element_slots[html_slot(word)];
}

static inline bool html_is_table_part(enum html_element e)
{
    return html_is(e, PART);
}

const char *html_attribute_name(enum html_attribute a);

enum html_namespace {
    NAMESPACE_HTML,
    NAMESPACE_MATHML,
    NAMESPACE_SVG,
};

/* A start tag. */
struct html_tag {
    enum html_element element;
    enum html_namespace space;
    uint32_t line;     /* 1-based; 0: not counted */
    bool self_closing; /* ends in "/>" */
    uint32_t has, raw; /* bits: attributes that are there; whose values hold references or NUL */
    struct span values[ATTRIBUTE_COUNT]; /* of those that are there */
};

static inline bool html_tag_has(const struct html_tag *t, enum html_attribute a)
{
    return t->has >> a & 1;
}

#endif
