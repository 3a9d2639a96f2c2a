/* From tags to links: the table of what is followed and of what a page loads. */
#include "parse/html_page.h"

#include "parse/css.h"
#include "parse/reference.h"
#include "parse/srcset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_TITLE 1000

int html_page_open(struct html_page *p, struct links *out, const struct document *d, bool valid)
{
    struct span charset;
    char type[64];
    size_t bom;
    *p = (struct html_page){.out = out, .d = d, .base = d->url};
    header_content_type(d->content_type, type, &charset);
    bool xml = strstr(type, "xml");
    out->charset =
        (xml ? charset_sniff_xml : charset_sniff_html)(d->body, d->length, d->content_type, &bom);
    p->text = (struct charset_text){.at = d->body + bom, .length = d->length - bom};
    out->memo = d->memo;
    if (out->memo)
        link_memo_enter(out->memo, p->base, out->charset);
    if (!valid && strcmp(out->charset, "UTF-8") == 0)
        return 0;
    return charset_text(&p->text, out->charset, p->text.at, p->text.length);
}

void html_page_close(struct html_page *p)
{
    p->out->memo = NULL;
    free(p->text.owned);
    free(p->base_text);
    free(p->scratch);
}

static char *reserve(struct html_page *p, size_t size)
{
    if (size > p->scratch_size) {
        free(p->scratch);
        p->scratch_size = size;
        p->scratch = malloc(size);
        if (!p->scratch)
            p->error = -ENOMEM;
    }
    return p->scratch;
}

void html_page_resolve(struct html_page *p, struct html_tag *t)
{
    size_t size = 0;
    if (t->raw == 0)
        return;
    for (unsigned a = 0; a < ATTRIBUTE_COUNT; a++)
        if (t->raw >> a & 1)
            size += REFERENCE_RESOLVED(t->values[a].length);
    char *out = reserve(p, size);
    for (unsigned a = 0; a < ATTRIBUTE_COUNT && out; a++) {
        struct span *value = &t->values[a];
        if (!(t->raw >> a & 1))
            continue;
        value->length = reference_resolve(value->at, value->length, true, out);
        value->at = out;
        out += value->length;
    }
    t->raw = 0;
}

static bool wanted(const struct html_page *p, enum link_kind kind)
{
    return p->error == 0 && (kind == LINK_FOLLOW || p->d->assets);
}

static struct link like(const struct html_tag *t, enum html_attribute a, enum link_kind kind)
{
    return (struct link){.element = html_element_name(t->element),
                         .attribute = html_attribute_name(a),
                         .line = t->line,
                         .kind = kind};
}

static void add_url(struct html_page *p, struct span url, struct link l)
{
    if (wanted(p, l.kind))
        p->error = links_add(p->out, url.at, url.length, p->base, p->out->charset, l);
}

/* Adds the URL of an attribute. An empty one loads nothing; only to a hyperlink it means the
 * document itself. */
static void add(struct html_page *p, const struct html_tag *t, enum html_attribute a,
                enum link_kind kind)
{
    if (html_tag_has(t, a) && t->values[a].length > 0)
        add_url(p, t->values[a], like(t, a, kind));
}

static void add_srcset(struct html_page *p, const struct html_tag *t, enum html_attribute a)
{
    struct span value = t->values[a], url;
    if (!html_tag_has(t, a))
        return;
    struct srcset s = {value.at, value.at + value.length};
    while (wanted(p, LINK_ASSET) && srcset_next(&s, &url))
        add_url(p, url, like(t, a, LINK_ASSET));
}

static void add_css(struct html_page *p, const char *text, size_t length, struct link l)
{
    if (wanted(p, LINK_ASSET))
        p->error = css_links(p->out, text, length, p->base, p->out->charset, l);
}

/* The standard has no carriage returns: they became line feeds when the document was read. */
static void normalize_newlines(struct links *l, uint32_t offset)
{
    char *in = l->text + offset, *out = in;
    for (; *in; in++)
        if (*in != '\r')
            *out++ = *in;
        else if (in[1] != '\n')
            *out++ = '\n';
    *out = '\0';
    l->text_length = (size_t)(out + 1 - l->text);
}

/* Keeps a text of the page, which may not be well-formed. */
static void add_text(struct html_page *p, const char *s, size_t length, uint32_t *offset)
{
    struct charset_text text;
    if (p->error < 0)
        return;
    p->error = charset_text(&text, "UTF-8", s, length);
    if (p->error < 0)
        return;
    p->error = links_add_text(p->out, text.at, text.length, offset);
    if (p->error == 0)
        normalize_newlines(p->out, *offset);
    free(text.owned);
}

/* Adds a URL of an element that may have a rel. */
static void add_related(struct html_page *p, const struct html_tag *t, enum html_attribute a,
                        enum link_kind kind)
{
    struct links *out = p->out;
    struct link l = like(t, a, kind);
    struct span rel = t->values[ATTRIBUTE_REL];
    if (!wanted(p, kind))
        return;
    if (html_tag_has(t, ATTRIBUTE_REL) && rel.length > 0) {
        l.nofollow = header_has_word(rel.at, rel.length, "nofollow");
        const char *last = links_text(out, out->count > 0 ? out->items[out->count - 1].rel : 0);
        if (strlen(last) == rel.length && memcmp(last, rel.at, rel.length) == 0)
            l.rel = out->items[out->count - 1].rel;
        else
            add_text(p, rel.at, rel.length, &l.rel);
    }
    add_url(p, t->values[a], l);
}

static bool has_any(struct span list, const char *const words[])
{
    for (; *words; words++)
        if (header_has_word(list.at, list.length, *words))
            return true;
    return false;
}

static void visit_link(struct html_page *p, const struct html_tag *t)
{
    static const char *const loaded[] = {"stylesheet",
                                         "icon",
                                         "preload",
                                         "modulepreload",
                                         "prefetch",
                                         "prerender",
                                         "manifest",
                                         "mask-icon",
                                         "apple-touch-icon",
                                         "apple-touch-icon-precomposed",
                                         "apple-touch-startup-image",
                                         NULL};
    struct links *out = p->out;
    struct span rel = t->values[ATTRIBUTE_REL];
    if (!html_tag_has(t, ATTRIBUTE_REL))
        return;
    bool followed = header_rel_followed(rel.at, rel.length);
    if (!followed && !(p->d->assets && has_any(rel, loaded)))
        return;
    if (html_tag_has(t, ATTRIBUTE_HREF) && t->values[ATTRIBUTE_HREF].length > 0) {
        size_t count = out->count;
        add_related(p, t, ATTRIBUTE_HREF, followed ? LINK_FOLLOW : LINK_ASSET);
        if (out->count > count && out->canonical == 0 &&
            header_has_word(rel.at, rel.length, "canonical"))
            out->canonical = out->items[count].url;
    }
    if (!followed)
        add_srcset(p, t, ATTRIBUTE_IMAGESRCSET);
}

static bool value_is(const struct html_tag *t, enum html_attribute a, const char *word)
{
    struct span value = t->values[a];
    return html_tag_has(t, a) && value.length == strlen(word) &&
           strncasecmp(value.at, word, value.length) == 0;
}

static void visit_meta(struct html_page *p, const struct html_tag *t)
{
    struct span content = t->values[ATTRIBUTE_CONTENT], url;
    if (!html_tag_has(t, ATTRIBUTE_CONTENT))
        return;
    if (value_is(t, ATTRIBUTE_HTTP_EQUIV, "refresh") &&
        header_refresh(content.at, content.length, &url))
        add_url(p, url, like(t, ATTRIBUTE_CONTENT, LINK_FOLLOW));
    if (value_is(t, ATTRIBUTE_NAME, "robots")) {
        bool none = header_has_word(content.at, content.length, "none");
        p->out->nofollow |= none || header_has_word(content.at, content.length, "nofollow");
        p->out->noindex |= none || header_has_word(content.at, content.length, "noindex");
    }
}

static void visit_svg(struct html_page *p, const struct html_tag *t)
{
    enum html_attribute a = html_tag_has(t, ATTRIBUTE_HREF) ? ATTRIBUTE_HREF : ATTRIBUTE_XLINK_HREF;
    struct span href = t->values[a];
    if (!html_tag_has(t, a) || href.length == 0 || *href.at == '#')
        return;
    switch (t->element) {
    case HTML_A:
        add_related(p, t, a, LINK_FOLLOW);
        return;
    case HTML_IMAGE:
    case HTML_USE:
    case HTML_SCRIPT:
    case HTML_FEIMAGE:
        add_related(p, t, a, LINK_ASSET);
        return;
    default:
        return;
    }
}

static void visit_html(struct html_page *p, const struct html_tag *t)
{
    switch (t->element) {
    case HTML_A:
    case HTML_AREA:
        if (html_tag_has(t, ATTRIBUTE_HREF))
            add_related(p, t, ATTRIBUTE_HREF, LINK_FOLLOW);
        return;
    case HTML_LINK:
        visit_link(p, t);
        return;
    case HTML_META:
        visit_meta(p, t);
        return;
    case HTML_IFRAME:
    case HTML_FRAME:
        add(p, t, ATTRIBUTE_SRC, LINK_FOLLOW);
        return;
    case HTML_INPUT:
        if (value_is(t, ATTRIBUTE_TYPE, "image"))
            add(p, t, ATTRIBUTE_SRC, LINK_ASSET);
        return;
    case HTML_IMG:
    case HTML_SOURCE:
        add(p, t, ATTRIBUTE_SRC, LINK_ASSET);
        add_srcset(p, t, ATTRIBUTE_SRCSET);
        return;
    case HTML_VIDEO:
        add(p, t, ATTRIBUTE_SRC, LINK_ASSET);
        add(p, t, ATTRIBUTE_POSTER, LINK_ASSET);
        return;
    case HTML_SCRIPT:
    case HTML_AUDIO:
    case HTML_TRACK:
    case HTML_EMBED:
        add(p, t, ATTRIBUTE_SRC, LINK_ASSET);
        return;
    case HTML_OBJECT:
        add(p, t, ATTRIBUTE_DATA, LINK_ASSET);
        return;
    case HTML_BODY:
    case HTML_TABLE:
    case HTML_THEAD:
    case HTML_TBODY:
    case HTML_TFOOT:
    case HTML_TR:
    case HTML_TD:
    case HTML_TH:
        add(p, t, ATTRIBUTE_BACKGROUND, LINK_ASSET);
        return;
    default:
        return;
    }
}

void html_page_visit(struct html_page *p, const struct html_tag *t)
{
    if (t->space == NAMESPACE_HTML)
        visit_html(p, t);
    else if (t->space == NAMESPACE_SVG)
        visit_svg(p, t);
    struct span style = t->values[ATTRIBUTE_STYLE];
    if (html_tag_has(t, ATTRIBUTE_STYLE))
        add_css(p, style.at, style.length, like(t, ATTRIBUTE_STYLE, LINK_ASSET));
}

/* Whether a URL has this scheme: white space before it and within it is passed over. */
static bool has_scheme(struct span url, const char *scheme)
{
    const char *c = url.at, *end = c + url.length;
    while (c < end && (unsigned char)*c <= ' ')
        c++;
    for (; *scheme; scheme++, c++) {
        while (c < end && (*c == '\t' || *c == '\n' || *c == '\r'))
            c++;
        if (c == end || (*c | 0x20) != *scheme)
            return false;
    }
    return c < end && *c == ':';
}

static void resolve_base(struct html_page *p, struct span href)
{
    if (has_scheme(href, "data") || has_scheme(href, "javascript"))
        return;
    if (!p->base_text && !(p->base_text = malloc(URL_BUFFER))) {
        p->error = -ENOMEM;
        return;
    }
    int r = url_parse(&p->its_base, p->base_text, URL_BUFFER, href.at, href.length, p->d->url,
                      p->out->charset, URL_DROP_USERINFO);
    if (r == 0)
        p->base = &p->its_base;
    else if (r == -EPROTONOSUPPORT)
        p->base = NULL;
}

void html_page_set_base(struct html_page *p, struct span href)
{
    p->base = p->d->url;
    if (p->error == 0)
        resolve_base(p, href);
    if (p->out->memo)
        link_memo_enter(p->out->memo, p->base, p->out->charset);
}

static void resolve_text(struct html_page *p, const char **text, size_t *length)
{
    if (!memchr(*text, '&', *length) && !memchr(*text, '\0', *length))
        return;
    char *out = reserve(p, REFERENCE_RESOLVED(*length));
    *length = out ? reference_resolve(*text, *length, false, out) : 0;
    *text = out;
}

void html_page_style(struct html_page *p, const char *text, size_t length, uint32_t line, bool raw)
{
    struct link l = {.element = "style", .attribute = "", .line = line, .kind = LINK_ASSET};
    if (raw && wanted(p, LINK_ASSET))
        resolve_text(p, &text, &length);
    add_css(p, text, length, l);
}

/* Writes the text with its white space collapsed, as far as there is room for whole characters. */
static size_t collapse(const char *text, size_t length, char *out, size_t room)
{
    const char *end = text + length;
    size_t n = 0;
    bool space = false;
    for (; text < end && n < room; text++) {
        if (*text == ' ' || (*text >= '\t' && *text <= '\r')) {
            space = n > 0;
            continue;
        }
        if (space)
            out[n++] = ' ';
        space = false;
        if (n < room)
            out[n++] = *text;
    }
    if (text < end && (*text & 0xc0) == 0x80) { /* a character was cut in two */
        while (n > 0 && (out[n - 1] & 0xc0) == 0x80)
            n--;
        n -= n > 0;
    }
    return n;
}

void html_page_title(struct html_page *p, const char *text, size_t length, bool raw)
{
    char title[MAX_TITLE];
    struct charset_text valid;
    if (p->out->title != 0 || p->error < 0)
        return;
    if (raw)
        resolve_text(p, &text, &length);
    p->error = charset_text(&valid, "UTF-8", text, length);
    if (p->error < 0)
        return;
    length = collapse(valid.at, valid.length, title, sizeof(title) - 1);
    free(valid.owned);
    if (length > 0)
        add_text(p, title, length, &p->out->title);
}
