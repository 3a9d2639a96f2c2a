/* The scanner: from one '<' to the next, by the states of the tokenizer that matter to tags.
 *
 * Text is jumped over; only before the body is filled somebody looks at it. Values stay where they
 * are in the document unless they hold a reference or NUL. A base element that comes after links
 * makes it start over, knowing the base: once at most.
 *
 * Invariant: at stands behind a whole token, and at <= end. */
#include "parse/html.h"

#include "parse/html_context.h"
#include "parse/html_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What was found when the body began: a frameset may take its place. */
struct found {
    size_t count, text_length, other;
    uint32_t title, canonical;
    bool nofollow, noindex;
};

struct html_scan {
    struct html_page page;
    const char *at, *end;
    const char *counted; /* up to where lines are counted */
    uint32_t line;
    bool based;    /* the base element is known, or there is none */
    bool has_body; /* before_body is what was found before it */
    bool base_in_body;
    struct found start, before_body;
    struct html_tag tag;
    struct html_context context;
};

enum byte_class {
    SPACE = 1,
    NAME_END = 2,  /* of an attribute's name */
    VALUE_END = 4, /* of an unquoted value */
    LETTER = 8,
    TAG_END = 16, /* of a tag's name */
};

#define S_ (SPACE | NAME_END | VALUE_END | TAG_END)
#define SL (NAME_END | TAG_END)
#define EQ NAME_END
#define GT (NAME_END | VALUE_END | TAG_END)
#define L_ LETTER

static const uint8_t classes[256] = {
    ['\t'] = S_, ['\n'] = S_, ['\f'] = S_, ['\r'] = S_, [' '] = S_, ['/'] = SL, ['='] = EQ,
    ['>'] = GT,  ['A'] = L_,  ['B'] = L_,  ['C'] = L_,  ['D'] = L_, ['E'] = L_, ['F'] = L_,
    ['G'] = L_,  ['H'] = L_,  ['I'] = L_,  ['J'] = L_,  ['K'] = L_, ['L'] = L_, ['M'] = L_,
    ['N'] = L_,  ['O'] = L_,  ['P'] = L_,  ['Q'] = L_,  ['R'] = L_, ['S'] = L_, ['T'] = L_,
    ['U'] = L_,  ['V'] = L_,  ['W'] = L_,  ['X'] = L_,  ['Y'] = L_, ['Z'] = L_, ['a'] = L_,
    ['b'] = L_,  ['c'] = L_,  ['d'] = L_,  ['e'] = L_,  ['f'] = L_, ['g'] = L_, ['h'] = L_,
    ['i'] = L_,  ['j'] = L_,  ['k'] = L_,  ['l'] = L_,  ['m'] = L_, ['n'] = L_, ['o'] = L_,
    ['p'] = L_,  ['q'] = L_,  ['r'] = L_,  ['s'] = L_,  ['t'] = L_, ['u'] = L_, ['v'] = L_,
    ['w'] = L_,  ['x'] = L_,  ['y'] = L_,  ['z'] = L_,
};

static bool is(char c, unsigned class)
{
    return classes[(unsigned char)c] & class;
}

/* The next byte c, or end. Most are near, so that calling memchr would cost more than looking. */
static inline const char *find(const char *p, const char *end, char c)
{
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8(c);
    while (end - p >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)p);
        int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted));
        if (hits)
            return p + __builtin_ctz((unsigned)hits);
        p += 16;
    }
#endif
    const char *found = memchr(p, c, (size_t)(end - p));
    return found ? found : end;
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && is(*p, SPACE))
        p++;
    return p;
}

/* Past the first of a text, or NULL. */
static const char *past(const char *p, const char *end, const char *text)
{
    const char *found = memmem(p, (size_t)(end - p), text, strlen(text));
    return found ? found + strlen(text) : NULL;
}

/* --- attributes --- */

static void keep_attribute(struct html_tag *t, const char *name, const char *name_end,
                           const char *value, const char *value_end)
{
    enum html_attribute a = html_attribute_find(name, (size_t)(name_end - name));
    if (a == ATTRIBUTE_COUNT || html_tag_has(t, a))
        return;
    size_t length = (size_t)(value_end - value);
    t->has |= UINT32_C(1) << a;
    t->values[a] = (struct span){value, length};
    if (memchr(value, '&', length) || memchr(value, '\0', length))
        t->raw |= UINT32_C(1) << a;
}

/* From behind the tag's name to behind its '>'; NULL where the document ends before. t is NULL, or
 * gets the attributes. */
static const char *read_attributes(const char *p, const char *end, struct html_tag *t)
{
    for (;;) {
        while (p < end && is(*p, SPACE | NAME_END) && *p != '>' && *p != '=')
            p++;
        if (p == end)
            return NULL;
        if (*p == '>') {
            if (t)
                t->self_closing = p[-1] == '/';
            return p + 1;
        }
        const char *name = p++;
        while (p < end && !is(*p, NAME_END))
            p++;
        const char *name_end = p, *value, *value_end;
        p = skip_spaces(p, end);
        if (p == end)
            return NULL;
        if (*p != '=') {
            if (t)
                keep_attribute(t, name, name_end, name_end, name_end);
            continue;
        }
        p = skip_spaces(p + 1, end);
        if (p == end)
            return NULL;
        value = p;
        if (*p == '"' || *p == '\'') {
            value++;
            value_end = find(value, end, *p);
            if (value_end == end)
                return NULL;
            p = value_end + 1;
        } else {
            while (p < end && !is(*p, VALUE_END))
                p++;
            value_end = p;
            if (p == end)
                return NULL;
        }
        if (t)
            keep_attribute(t, name, name_end, value, value_end);
        if (p == value_end && *p == '>') { /* not self-closing, even after a '/' */
            if (t)
                t->self_closing = false;
            return p + 1;
        }
    }
}

/* --- raw text --- */

/* Where the end tag of that name begins, the first behind p; NULL: nowhere. */
static const char *find_end_tag(const char *p, const char *end, struct span name)
{
    for (; (p = find(p, end, '<')) < end; p++) {
        const char *after = p + 2 + name.length;
        if (after < end && p[1] == '/' && strncasecmp(p + 2, name.at, name.length) == 0 &&
            is(*after, TAG_END))
            return p;
    }
    return NULL;
}

/* Whether a tag of a script begins at p: <script, or </script. */
static bool is_script_tag(const char *p, const char *end, const char *tag)
{
    size_t length = strlen(tag);
    return (size_t)(end - p) > length && strncasecmp(p, tag, length) == 0 && is(p[length], TAG_END);
}

/* The end tag of a script: within <!-- and --> one that a <script precedes does not count. */
static const char *find_script_end(const char *p, const char *end)
{
    enum { PLAIN, ESCAPED, DOUBLE } state = PLAIN;
    for (; p < end; p++) {
        if (state == PLAIN && (p = find(p, end, '<')) == end)
            break;
        if (*p == '-' && state != PLAIN) {
            if (end - p >= 3 && p[1] == '-') {
                const char *close = p + 1;
                while (close < end && *close == '-')
                    close++;
                if (close < end && *close == '>')
                    state = PLAIN;
                p = close - 1;
            }
        } else if (*p != '<') {
            continue;
        } else if (state == PLAIN && end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
            state = ESCAPED;
            p += 1; /* its dashes may be those of --> */
        } else if (is_script_tag(p, end, "</script")) {
            if (state != DOUBLE)
                return p;
            state = ESCAPED;
        } else if (state == ESCAPED && is_script_tag(p, end, "<script")) {
            state = DOUBLE;
        }
    }
    return NULL;
}

/* What of a kept start tag's content is no markup goes by; where it ends, or the document. */
static void read_raw_text(struct html_scan *s, enum html_element e, struct span name, uint32_t line)
{
    const char *text = s->at, *close;
    switch (e) {
    case HTML_SCRIPT:
        close = find_script_end(text, s->end);
        break;
    case HTML_IFRAME:
    case HTML_NOEMBED:
    case HTML_NOFRAMES:
    case HTML_STYLE:
    case HTML_TEXTAREA:
    case HTML_TITLE:
    case HTML_XMP:
        close = find_end_tag(text, s->end, name);
        break;
    case HTML_PLAINTEXT:
        close = NULL;
        break;
    default:
        return;
    }
    const char *text_end = close ? close : s->end;
    if (e == HTML_TITLE)
        html_page_title(&s->page, text, (size_t)(text_end - text), true);
    else if (e == HTML_STYLE)
        html_page_style(&s->page, text, (size_t)(text_end - text), line, false);
    s->at = close ? read_attributes(close + 2 + name.length, s->end, NULL) : s->end;
    if (!s->at)
        s->at = s->end;
}

/* --- tags --- */

static struct found note(const struct links *l)
{
    return (struct found){.count = l->count,
                          .text_length = l->text_length,
                          .other = l->other,
                          .title = l->title,
                          .canonical = l->canonical,
                          .nofollow = l->nofollow,
                          .noindex = l->noindex};
}

static void go_back(struct links *l, const struct found *f)
{
    l->count = f->count;
    l->text_length = f->text_length;
    l->other = f->other;
    l->title = f->title;
    l->canonical = f->canonical;
    l->nofollow = f->nofollow;
    l->noindex = f->noindex;
}

static void start(struct html_scan *s)
{
    s->at = s->counted = s->page.text.at;
    s->line = 1;
    s->has_body = false;
    html_context_init(&s->context);
}

static void start_over(struct html_scan *s)
{
    go_back(s->page.out, &s->start);
    start(s);
}

static uint32_t count_lines(struct html_scan *s, const char *to)
{
    if (!s->page.d->lines)
        return 0;
    while ((s->counted = find(s->counted, to, '\n')) < to) {
        s->counted++;
        s->line++;
    }
    return s->line;
}

/* The first base of the document that has a href decides, even about links before it. True: it
 * starts over. */
static bool take_base(struct html_scan *s, const struct html_tag *t)
{
    const struct links *out = s->page.out;
    if (s->based || t->element != HTML_BASE || t->space != NAMESPACE_HTML ||
        s->context.templates > 0 || !html_tag_has(t, ATTRIBUTE_HREF))
        return false;
    s->based = true;
    s->base_in_body = s->has_body;
    html_page_set_base(&s->page, t->values[ATTRIBUTE_HREF]);
    if (out->count == s->start.count && out->other == s->start.other)
        return false;
    start_over(s);
    return true;
}

/* A frameset takes the place of the body. True: the body had decided the base, so it starts over.
 */
static bool drop_body(struct html_scan *s)
{
    s->context.body_gone = false;
    if (s->base_in_body) {
        s->base_in_body = false;
        s->page.base = s->page.d->url;
        start_over(s);
        return true;
    }
    if (s->has_body)
        go_back(s->page.out, &s->before_body);
    return false;
}

/* Whether the tag counts, by the context. */
static bool enter(struct html_scan *s, struct html_tag *t, struct span name)
{
    bool kept = html_context_start(&s->context, t, name);
    if (s->context.mode == MODE_BODY && !s->has_body) {
        s->has_body = true;
        s->before_body = note(s->page.out);
    }
    return kept;
}

static const char *name_end(const char *p, const char *end)
{
    while (p < end && !is(*p, TAG_END))
        p++;
    return p;
}

/* A start tag at p. */
static void read_start_tag(struct html_scan *s, const char *p)
{
    struct html_tag *t = &s->tag;
    struct span name = {p + 1, (size_t)(name_end(p + 1, s->end) - p - 1)};
    enum html_element e = html_element_find(name.at, name.length);
    unsigned flags = html_element_flags[e];
    bool passed = s->context.plain && !(flags & TREE);
    bool wanted = flags & FOLLOWS || s->page.d->assets;

    t->has = t->raw = 0;
    t->self_closing = false;
    t->element = e;
    t->space = NAMESPACE_HTML;
    s->at = read_attributes(name.at + name.length, s->end, wanted || !passed ? t : NULL);
    if (!s->at) {
        s->at = s->end;
        return;
    }
    html_page_resolve(&s->page, t);
    if (!passed && !enter(s, t, name))
        return;
    if (s->context.body_gone && drop_body(s))
        return;
    if (t->has) {
        if (take_base(s, t))
            return;
        t->line = count_lines(s, p);
        html_page_visit(&s->page, t);
    }
    if (flags & TREE && t->space == NAMESPACE_HTML)
        read_raw_text(s, t->element, name, e == HTML_STYLE ? count_lines(s, s->at) : 0);
}

static void read_end_tag(struct html_scan *s, const char *p)
{
    struct span name = {p + 2, (size_t)(name_end(p + 2, s->end) - p - 2)};
    enum html_element e = html_element_find(name.at, name.length);
    s->at = read_attributes(name.at + name.length, s->end, NULL);
    if (!s->at)
        s->at = s->end;
    else if (!s->context.plain || html_element_flags[e] & TREE)
        html_context_end(&s->context, e, name);
}

/* --- text, comments and the like --- */

/* Text while something special is open; raw: with its references still in it. */
static void read_text(struct html_scan *s, const char *text, const char *end, bool raw)
{
    size_t length = (size_t)(end - text);
    if (html_context_has_style(&s->context))
        html_page_style(&s->page, text, length, count_lines(s, text), raw);
    html_context_text(&s->context, text, length);
}

static const char *skip_comment(const char *p, const char *end)
{
    if (p < end && *p == '>')
        return p + 1;
    if (end - p >= 2 && p[0] == '-' && p[1] == '>')
        return p + 2;
    while ((p = past(p, end, "--"))) {
        while (p < end && *p == '-')
            p++;
        if (p < end && *p == '>')
            return p + 1;
        if (end - p >= 2 && p[0] == '!' && p[1] == '>')
            return p + 2;
    }
    return end;
}

static const char *skip_bogus(const char *p, const char *end)
{
    p = find(p, end, '>');
    return p < end ? p + 1 : end;
}

static void read_declaration(struct html_scan *s, const char *p)
{
    static const char cdata[] = "<![CDATA[";
    size_t left = (size_t)(s->end - p);
    if (left >= 4 && memcmp(p, "<!--", 4) == 0) {
        s->at = skip_comment(p + 4, s->end);
    } else if (left >= sizeof(cdata) - 1 && memcmp(p, cdata, sizeof(cdata) - 1) == 0 &&
               html_context_has_cdata(&s->context)) {
        const char *text = p + sizeof(cdata) - 1, *close = past(text, s->end, "]]>");
        read_text(s, text, close ? close - 3 : s->end, false);
        s->at = close ? close : s->end;
    } else {
        s->at = skip_bogus(p + 2, s->end);
    }
}

/* Takes the token that begins with the '<' at p. */
static void read_token(struct html_scan *s, const char *p)
{
    char c = s->end - p >= 2 ? p[1] : '\0';
    if (is(c, LETTER)) {
        read_start_tag(s, p);
    } else if (c == '/' && s->end - p >= 3) {
        if (is(p[2], LETTER))
            read_end_tag(s, p);
        else
            s->at = skip_bogus(p + 2, s->end);
    } else if (c == '!') {
        read_declaration(s, p);
    } else if (c == '?') {
        s->at = skip_bogus(p + 1, s->end);
    } else {
        s->at = p + 1; /* it is text */
    }
}

/* The '<' that ends the text from p on, or the end. */
static const char *find_token(const char *p, const char *end)
{
    while ((p = find(p, end, '<')) < end) {
        char c = end - p >= 2 ? p[1] : '\0';
        if (is(c, LETTER) || c == '!' || c == '?' || (c == '/' && end - p >= 3))
            break;
        p++;
    }
    return p;
}

static void read_document(struct html_scan *s)
{
    while (s->at < s->end && s->page.error == 0) {
        const char *text = s->at, *p;
        if (s->context.plain)
            p = find(text, s->end, '<');
        else if ((p = find_token(text, s->end)) > text)
            read_text(s, text, p, true);
        if (p == s->end)
            s->at = p;
        else
            read_token(s, p);
    }
}

int html_links(struct links *out, const struct document *d)
{
    struct html_scan *s = malloc(sizeof(*s));
    if (!s)
        return -ENOMEM;
    int r = html_page_open(&s->page, out, d, false);
    if (r == 0) {
        s->end = s->page.text.at + s->page.text.length;
        s->based = s->base_in_body = false;
        s->start = note(out);
        memset(&s->tag, 0, sizeof(s->tag));
        start(s);
        read_document(s);
        r = s->page.error;
        html_page_close(&s->page);
    }
    free(s);
    if (r < 0)
        out->error = r;
    return r == -ENOMEM ? r : 0;
}
