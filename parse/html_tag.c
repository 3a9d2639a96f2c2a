/* Names are found by a perfect hash of their first eight bytes as one word. A word is compared
 * after | 0x20, which is right for letters alone: what is longer, or holds a digit, is compared
 * once more.
 */
#include "parse/html_tag.h"

#include <strings.h>

#define ELEMENT_NAME(name, text, flags) [HTML_##name] = {text, sizeof(text) - 1},
const struct html_name html_element_names[HTML_ELEMENT_COUNT] = {HTML_ELEMENTS(ELEMENT_NAME)};

#define ELEMENT_FLAGS(name, text, flags) [HTML_##name] = (flags),
const uint16_t html_element_flags[HTML_ELEMENT_COUNT] = {HTML_ELEMENTS(ELEMENT_FLAGS)};

static const struct html_name attributes[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_BACKGROUND] = {"background", 10},
    [ATTRIBUTE_COLOR] = {"color", 5},
    [ATTRIBUTE_CONTENT] = {"content", 7},
    [ATTRIBUTE_DATA] = {"data", 4},
    [ATTRIBUTE_ENCODING] = {"encoding", 8},
    [ATTRIBUTE_FACE] = {"face", 4},
    [ATTRIBUTE_HREF] = {"href", 4},
    [ATTRIBUTE_HTTP_EQUIV] = {"http-equiv", 10},
    [ATTRIBUTE_IMAGESRCSET] = {"imagesrcset", 11},
    [ATTRIBUTE_NAME] = {"name", 4},
    [ATTRIBUTE_POSTER] = {"poster", 6},
    [ATTRIBUTE_REL] = {"rel", 3},
    [ATTRIBUTE_SIZE] = {"size", 4},
    [ATTRIBUTE_SRC] = {"src", 3},
    [ATTRIBUTE_SRCSET] = {"srcset", 6},
    [ATTRIBUTE_STYLE] = {"style", 5},
    [ATTRIBUTE_TYPE] = {"type", 4},
    [ATTRIBUTE_XLINK_HREF] = {"xlink:href", 10},
};

/* No two names share a slot: the multipliers were searched for. */
#define ATTRIBUTE_MULTIPLIER UINT64_C(0xf8d45cb940a230e7)
#define ATTRIBUTE_BITS 5

const uint8_t html_element_slots[1 << HTML_SLOT_BITS] = {
    [2] = HTML_RTC,        [16] = HTML_TD,          [37] = HTML_H3,
    [44] = HTML_PRE,       [49] = HTML_ACRONYM,     [53] = HTML_CANVAS,
    [76] = HTML_INS,       [79] = HTML_CODE,        [87] = HTML_ANNOTATION_XML,
    [91] = HTML_THEAD,     [93] = HTML_RUBY,        [97] = HTML_MAP,
    [111] = HTML_MENU,     [123] = HTML_MATH,       [126] = HTML_TABLE,
    [130] = HTML_BDI,      [131] = HTML_DFN,        [139] = HTML_HGROUP,
    [142] = HTML_SCRIPT,   [143] = HTML_H1,         [161] = HTML_DT,
    [163] = HTML_SOURCE,   [173] = HTML_NAV,        [182] = HTML_PROGRESS,
    [186] = HTML_TRACK,    [190] = HTML_TT,         [193] = HTML_PICTURE,
    [200] = HTML_P,        [217] = HTML_SPAN,       [226] = HTML_NOSCRIPT,
    [240] = HTML_MN,       [242] = HTML_DIV,        [243] = HTML_NOEMBED,
    [245] = HTML_DEL,      [248] = HTML_LI,         [256] = HTML_USE,
    [257] = HTML_DETAILS,  [264] = HTML_FOOTER,     [269] = HTML_LEGEND,
    [271] = HTML_DATALIST, [274] = HTML_HR,         [281] = HTML_METER,
    [283] = HTML_NOFRAMES, [288] = HTML_PARAM,      [296] = HTML_TR,
    [308] = HTML_VAR,      [312] = HTML_DESC,       [324] = HTML_VIDEO,
    [326] = HTML_LISTING,  [360] = HTML_UL,         [363] = HTML_DIR,
    [390] = HTML_H6,       [393] = HTML_DATA,       [398] = HTML_IMAGE,
    [399] = HTML_SELECT,   [403] = HTML_KBD,        [407] = HTML_FOREIGNOBJECT,
    [413] = HTML_HEADER,   [424] = HTML_SUMMARY,    [433] = HTML_NOBR,
    [460] = HTML_BDO,      [462] = HTML_S,          [466] = HTML_STYLE,
    [486] = HTML_MS,       [493] = HTML_SUB,        [496] = HTML_H4,
    [507] = HTML_ARTICLE,  [513] = HTML_WBR,        [528] = HTML_ADDRESS,
    [537] = HTML_CAPTION,  [544] = HTML_HTML,       [545] = HTML_SVG,
    [551] = HTML_INPUT,    [566] = HTML_COLGROUP,   [567] = HTML_ASIDE,
    [581] = HTML_SUP,      [586] = HTML_DL,         [589] = HTML_FIGCAPTION,
    [596] = HTML_MTEXT,    [602] = HTML_H2,         [604] = HTML_EMBED,
    [612] = HTML_OBJECT,   [619] = HTML_AUDIO,      [630] = HTML_RB,
    [652] = HTML_FEIMAGE,  [659] = HTML_FIELDSET,   [664] = HTML_TEXTAREA,
    [665] = HTML_OPTION,   [667] = HTML_TIME,       [687] = HTML_B,
    [689] = HTML_SMALL,    [692] = HTML_TITLE,      [698] = HTML_RT,
    [699] = HTML_MO,       [701] = HTML_TEMPLATE,   [726] = HTML_BLOCKQUOTE,
    [736] = HTML_MGLYPH,   [740] = HTML_MALIGNMARK, [743] = HTML_STRIKE,
    [759] = HTML_XMP,      [761] = HTML_MAIN,       [776] = HTML_BR,
    [787] = HTML_HEAD,     [791] = HTML_EM,         [801] = HTML_LABEL,
    [804] = HTML_OPTGROUP, [805] = HTML_BUTTON,     [819] = HTML_BGSOUND,
    [821] = HTML_CENTER,   [827] = HTML_TH,         [830] = HTML_TBODY,
    [832] = HTML_SEARCH,   [833] = HTML_FORM,       [834] = HTML_BODY,
    [845] = HTML_ABBR,     [851] = HTML_KEYGEN,     [857] = HTML_FIGURE,
    [862] = HTML_OL,       [878] = HTML_BASE,       [883] = HTML_MARQUEE,
    [887] = HTML_IFRAME,   [901] = HTML_PLAINTEXT,  [904] = HTML_FRAMESET,
    [911] = HTML_RP,       [917] = HTML_DIALOG,     [925] = HTML_FONT,
    [926] = HTML_LINK,     [937] = HTML_CITE,       [941] = HTML_A,
    [943] = HTML_FRAME,    [949] = HTML_BIG,        [950] = HTML_OUTPUT,
    [955] = HTML_H5,       [956] = HTML_I,          [959] = HTML_BASEFONT,
    [963] = HTML_AREA,     [964] = HTML_META,       [970] = HTML_Q,
    [976] = HTML_MARK,     [977] = HTML_U,          [978] = HTML_TFOOT,
    [981] = HTML_STRONG,   [991] = HTML_APPLET,     [992] = HTML_COL,
    [1004] = HTML_SECTION, [1005] = HTML_IMG,       [1007] = HTML_SAMP,
    [1011] = HTML_DD,      [1017] = HTML_MI};

/* One more than the attribute; 0: none. */
static const uint8_t attribute_slots[1 << ATTRIBUTE_BITS] = {
    [0] = ATTRIBUTE_BACKGROUND + 1,   [1] = ATTRIBUTE_HREF + 1,
    [5] = ATTRIBUTE_SIZE + 1,         [6] = ATTRIBUTE_SRC + 1,
    [8] = ATTRIBUTE_POSTER + 1,       [10] = ATTRIBUTE_ENCODING + 1,
    [11] = ATTRIBUTE_XLINK_HREF + 1,  [13] = ATTRIBUTE_SRCSET + 1,
    [14] = ATTRIBUTE_CONTENT + 1,     [15] = ATTRIBUTE_STYLE + 1,
    [16] = ATTRIBUTE_COLOR + 1,       [17] = ATTRIBUTE_FACE + 1,
    [19] = ATTRIBUTE_IMAGESRCSET + 1, [22] = ATTRIBUTE_REL + 1,
    [24] = ATTRIBUTE_TYPE + 1,        [27] = ATTRIBUTE_DATA + 1,
    [28] = ATTRIBUTE_HTTP_EQUIV + 1,  [30] = ATTRIBUTE_NAME + 1};

static uint64_t load(const char *p, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, p, size);
    return le64toh(word);
}

/* Two loads overlap. */
static uint64_t first_word(const char *name, size_t n)
{
    uint64_t bytes = 0;
    if (n >= 8)
        bytes = load(name, 8);
    else if (n >= 4)
        bytes = load(name, 4) | load(name + n - 4, 4) << 8 * (n - 4);
    else if (n >= 2)
        bytes = load(name, 2) | load(name + n - 2, 2) << 8 * (n - 2);
    else if (n == 1)
        bytes = load(name, 1);
    return html_word(bytes, n);
}

static inline bool is(const struct html_name *n, uint64_t word, const char *name, size_t length)
{
    return n->length == length && load(n->text, 8) == word &&
           ((length <= 8 && n->text[length - 1] > '9') || strncasecmp(n->text, name, length) == 0);
}

enum html_element html_element_find_word(uint64_t word, const char *name, size_t length)
{
    enum html_element e = html_element_slots[html_slot(word)];
    return e != HTML_UNKNOWN && is(&html_element_names[e], word, name, length) ? e : HTML_UNKNOWN;
}

enum html_element html_element_find(const char *name, size_t length)
{
    return html_element_find_word(first_word(name, length), name, length);
}

const char *html_element_name(enum html_element e)
{
    return html_element_names[e].text;
}

enum html_attribute html_attribute_find_word(uint64_t word, const char *name, size_t length)
{
    unsigned slot = attribute_slots[word * ATTRIBUTE_MULTIPLIER >> (64 - ATTRIBUTE_BITS)];
    return slot > 0 && is(&attributes[slot - 1], word, name, length) ? slot - 1 : ATTRIBUTE_COUNT;
}

enum html_attribute html_attribute_find(const char *name, size_t length)
{
    return html_attribute_find_word(first_word(name, length), name, length);
}

const char *html_attribute_name(enum html_attribute a)
{
    return attributes[a].text;
}
