/* The scanner: from one '<' to the next, by the states of the tokenizer that matter to tags.
 *
 * Text is jumped over; only before the body is filled somebody looks at it. Values stay where they
 * are in the document unless they hold a reference or NUL. A base element that comes after links
 * makes it start over, knowing the base: once at most.
 *
 * Invariant: at stands behind a whole token, and at <= end. */
#include "parse/html.h"

#include "parse/html_bytes.h"
#include "parse/html_context.h"
#include "parse/html_gumbo.h"
#include "parse/html_page.h"
#include "parse/html_skip.h"

#include <errno.h>
#include <string.h>

/* What was found when the body began: a frameset may take its place. */
struct found {
    size_t count, text_length, other, known;
    uint32_t title, canonical;
    bool nofollow, noindex;
};

/* Most of it is the context's room for what is rarely open. */
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

/* --- attributes --- */

static void keep_attribute(struct html_tag *t, const struct name *name, struct span value, bool raw)
{
    enum html_attribute a = html_attribute_find_word(name->word, name->at, name->length);
    if (a == ATTRIBUTE_COUNT || html_tag_has(t, a))
        return;
    t->has |= UINT32_C(1) << a;
    t->raw |= (uint32_t)raw << a;
    t->values[a] = value;
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
        const struct name name = read_name(p, end, NAME_END);
        const char *value = p + name.length, *value_end = value;
        bool raw = false;
        p = skip_spaces(value, end);
        if (p == end)
            return NULL;
        if (*p != '=') {
            if (t)
                keep_attribute(t, &name, (struct span){value, 0}, false);
            continue;
        }
        p = skip_spaces(p + 1, end);
        if (p == end)
            return NULL;
        value = p;
        if (*p == '"' || *p == '\'') {
            value++;
            value_end = find_quote(value, end, *p, &raw);
            if (value_end == end)
                return NULL;
            p = value_end + 1;
        } else {
            for (; p < end && !is(*p, VALUE_END); p++)
                raw |= is(*p, ODD);
            value_end = p;
            if (p == end)
                return NULL;
        }
        if (t)
            keep_attribute(t, &name, (struct span){value, (size_t)(value_end - value)}, raw);
        if (p == value_end && *p == '>') { /* not self-closing, even after a '/' */
            if (t)
                t->self_closing = false;
            return p + 1;
        }
    }
}

/* --- tags that mean nothing --- */

#ifdef __SSE2__
/* To behind the '>', if the attributes are of the usual kind: from quote to quote, each behind the
 * only '=' of its attribute. Else NULL. */
static inline const char *skip_usual(const char *p, const char *end)
{
    while (end - p >= 16) {
        __m128i block = block_at(p);
        unsigned quotes = hits(block, '"') | hits(block, '\''), ends = hits(block, '>');
        unsigned equals = hits(block, '=');
        if (ends && (!quotes || __builtin_ctz(ends) < __builtin_ctz(quotes)))
            return p + __builtin_ctz(ends) + 1;
        if (!quotes || (equals & -equals) << 1 != (quotes & -quotes) || equals & 1 ||
            is(p[__builtin_ctz(equals) - 1], NAME_END))
            return NULL;
        const char *quote = p + __builtin_ctz(quotes), *close;
        quotes &= quotes - 1;
        close = quotes ? p + __builtin_ctz(quotes) : end;
        if (close == end || *close != *quote)
            close = find(quote + 1, end, *quote);
        if (end - close < 2)
            return NULL;
        p = close + 1;
        if (*p == '>')
            return p + 1;
    }
    return NULL;
}

/* Passes over an end tag; block begins with its '/'. */
static inline const char *pass_end_tag(struct html_context *c, const char *p, __m128i block)
{
    unsigned ends = hits(block, '>'), quotes = hits(block, '"') | hits(block, '\'');
    if (!is(p[2], LETTER) || !ends || (quotes && __builtin_ctz(quotes) < __builtin_ctz(ends)))
        return NULL;
    char first = p[2] | 0x20;
    if (first == 't' || first == 'c' || first == 'f') {
        unsigned stops = (hits(block, '/') & ~1u) | low_hits(block);
        uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(block, 1));
        uint64_t word = html_word(bytes, (unsigned)__builtin_ctz(ends) - 1);
        enum html_element e = html_guess(word);
        if (stops & ((ends & -ends) - 1)) /* there is more than the name */
            return NULL;
        if (html_is(e, PART) && word == html_element_word(e))
            html_context_end_part(c, e);
        else if (html_is(e, TREE))
            return NULL;
    }
    return p + 2 + __builtin_ctz(ends);
}

/* Passes over a start tag. */
static inline const char *pass_start_tag(struct html_context *c, const char *p, const char *end,
                                         __m128i block)
{
    unsigned ends = hits(block, '>'), stops = ends | hits(block, '/') | low_hits(block);
    if (!is(p[1], LETTER) || !stops)
        return NULL;
    unsigned length = (unsigned)__builtin_ctz(stops);
    uint64_t word = html_word((uint64_t)_mm_cvtsi128_si64(block), length);
    enum html_element e = html_guess(word);
    if (!is(p[1 + length], TAG_END) || (html_is(e, TREE | FOLLOWS) && !html_is(e, PART)))
        return NULL;
    const char *behind = stops & -stops & ends ? p + 2 + length : skip_usual(p + 1 + length, end);
    if (behind && html_is(e, PART) && word == html_element_word(e))
        html_context_start_part(c, e);
    return behind;
}

/* In plain content: the next '<' from p on that has to be looked at. Passes over text, and over
 * those tags that are of the usual kind and mean nothing there, which most are; those of parts of
 * tables mean little. */
static const char *next_token(struct html_context *c, const char *p, const char *end)
{
    while (end - p > 64 + 16) {
        const char *stop = p + 64;
        for (uint64_t tags = hits_of_64(p, '<'); tags;) {
            const char *tag = p + __builtin_ctzll(tags);
            __m128i block = block_at(tag + 1);
            const char *behind =
                tag[1] == '/' ? pass_end_tag(c, tag, block) : pass_start_tag(c, tag, end, block);
            if (!behind)
                return tag;
            if (behind >= stop) {
                stop = behind;
                break;
            }
            tags &= UINT64_MAX << (behind - p);
        }
        p = stop;
    }
    return find(p, end, '<');
}

static inline const char *skip_attributes(const char *p, const char *end)
{
    const char *behind = skip_usual(p, end);
    return behind ? behind : read_attributes(p, end, NULL);
}
#else
static const char *skip_attributes(const char *p, const char *end)
{
    return read_attributes(p, end, NULL);
}

static const char *next_token(struct html_context *c, const char *p, const char *end)
{
    (void)c;
    return find(p, end, '<');
}
#endif

/* Goes on behind a tag; NULL: it does not end in the document. */
static bool go_on(struct html_scan *s, const char *at)
{
    s->at = at ? at : s->end;
    return at;
}

/* --- raw text --- */

/* What of a kept start tag's content is no markup goes by; where it ends, or the document. */
static void read_raw_text(struct html_scan *s, enum html_element e, struct span name, uint32_t line)
{
    const char *text = s->at, *close;
    switch (e) {
    case HTML_SCRIPT:
        close = html_find_script_end(text, s->end);
        break;
    case HTML_IFRAME:
    case HTML_NOEMBED:
    case HTML_NOFRAMES:
    case HTML_STYLE:
    case HTML_TEXTAREA:
    case HTML_TITLE:
    case HTML_XMP:
        close = html_find_end_tag(text, s->end, name);
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
    go_on(s, close ? read_attributes(close + 2 + name.length, s->end, NULL) : NULL);
}

/* --- tags --- */

static struct found note(const struct links *l)
{
    return (struct found){.count = l->count,
                          .text_length = l->text_length,
                          .other = l->other,
                          .known = l->known,
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
    l->known = f->known;
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
    bool full = s->page.error == -E2BIG;
    if (full)
        s->page.error = 0;
    html_page_set_base(&s->page, t->values[ATTRIBUTE_HREF]);
    if (!full && out->count == s->start.count && out->other == s->start.other &&
        out->known == s->start.known)
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
        html_page_set_base(&s->page, (struct span){"", 0});
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

/* A start tag at p. */
static void read_start_tag(struct html_scan *s, const char *p)
{
    const struct name name = read_name(p + 1, s->end, TAG_END);
    const char *stop = name.at + name.length;
    struct html_tag *t = &s->tag;
    enum html_element e = html_element_find_word(name.word, name.at, name.length);
    unsigned flags = html_element_flags[e];
    bool wanted = flags & FOLLOWS || s->page.d->assets || !s->context.plain;

    t->has = t->raw = 0;
    t->self_closing = false;
    t->element = e;
    t->space = NAMESPACE_HTML;
    if (!go_on(s, wanted ? read_attributes(stop, s->end, t) : skip_attributes(stop, s->end)))
        return;
    if (t->raw)
        html_page_resolve(&s->page, t);
    if ((!s->context.plain || flags & TREE) && !enter(s, t, (struct span){name.at, name.length}))
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
        read_raw_text(s, t->element, (struct span){name.at, name.length},
                      e == HTML_STYLE ? count_lines(s, s->at) : 0);
}

static void read_end_tag(struct html_scan *s, const char *p)
{
    const struct name name = read_name(p + 2, s->end, TAG_END);
    enum html_element e = html_element_find_word(name.word, name.at, name.length);
    if (go_on(s, read_attributes(name.at + name.length, s->end, NULL)) &&
        (!s->context.plain || html_is(e, TREE)))
        html_context_end(&s->context, e, (struct span){name.at, name.length});
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
        s->at = html_skip_comment(p + 4, s->end);
    } else if (left >= sizeof(cdata) - 1 && memcmp(p, cdata, sizeof(cdata) - 1) == 0 &&
               html_context_has_cdata(&s->context)) {
        const char *text = p + sizeof(cdata) - 1,
                   *close = memmem(text, (size_t)(s->end - text), "]]>", 3);
        read_text(s, text, close ? close : s->end, false);
        s->at = close ? close + 3 : s->end;
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
    /* With too many links, the base that decides what they are may still be to come. */
    while (s->at < s->end && (s->page.error == 0 || (s->page.error == -E2BIG && !s->based))) {
        const char *text = s->at;
        const char *p = !s->context.plain   ? find_token(text, s->end)
                        : s->page.d->assets ? find(text, s->end, '<')
                                            : next_token(&s->context, text, s->end);
        if (!s->context.plain && p > text)
            read_text(s, text, p, true);
        if (p == s->end)
            s->at = p;
        else
            read_token(s, p);
    }
}

int html_links(struct links *out, const struct document *d)
{
    struct html_scan s;
    if (d->tree)
        return html_gumbo_links(out, d);
    int r = html_page_open(&s.page, out, d, false);
    if (r < 0)
        return r;
    s.end = s.page.text.at + s.page.text.length;
    s.based = s.base_in_body = false;
    s.start = note(out);
    memset(&s.tag, 0, sizeof(s.tag));
    start(&s);
    read_document(&s);
    html_page_close(&s.page);
    out->guessed = s.context.guessed || s.context.foreign.guessed;
    if (s.page.error < 0)
        out->error = s.page.error;
    return s.page.error == -ENOMEM ? -ENOMEM : 0;
}
