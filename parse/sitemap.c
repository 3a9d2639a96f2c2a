/* Sitemaps and feeds: gzip, a repair of stray ampersands, libxml2's SAX interface, and a table of
 * which text or attribute is a link, by the names of an element and its parent. Namespaces are not
 * looked at: too many sitemaps have them wrong.
 *
 * No entity ever expands. Within an address, one that a document type may declare counts as empty,
 * as where external ones are not read; any other that is not predefined spoils its entry. Depth and
 * lengths are limited by libxml2, the attributes of a tag by the length of the tag (its check for
 * duplicates is quadratic), time by a look at the clock at each tag. */
#include "parse/sitemap.h"
#include "parse/charset.h"
#include "parse/cpu_time.h"
#include "parse/header.h"
#include "parse/html.h"
#include "parse/sitemap_repair.h"
#include "parse/utf8.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define MAX_DEPTH 256 /* libxml2 stops there by itself */
#define MAX_LAYERS 3  /* of gzip in gzip */

enum format {
    NOT_KNOWN,
    FOREIGN,
    XHTML,
    FEED, /* or a sitemap: its links are those of the table */
};

static const char holder[] = SITEMAP_OF_INDEX; /* whose text is a link where it has no loc */

static const struct place {
    const char *parent, *name;
    const char *attribute; /* NULL: the text is the link */
    enum link_kind kind;
} places[] = {
    {"url", "loc", NULL, LINK_FOLLOW},
    {holder, "loc", NULL, LINK_FOLLOW},
    {"url", "link", "href", LINK_FOLLOW}, /* xhtml:link */
    {"item", "link", NULL, LINK_FOLLOW},
    {"item", "guid", NULL, LINK_FOLLOW},
    {"entry", "link", "href", LINK_FOLLOW},
    {"item", "enclosure", "url", LINK_ASSET},
    {"sitemapindex", holder, NULL, LINK_FOLLOW},
    {"image", "loc", NULL, LINK_ASSET},
    {"video", "thumbnail_loc", NULL, LINK_ASSET},
    {"video", "content_loc", NULL, LINK_ASSET},
    {"video", "player_loc", NULL, LINK_ASSET},
};

struct reader {
    struct links *out;
    const struct document *d;
    xmlParserCtxtPtr parser;
    enum format format;
    const char *path[MAX_DEPTH + 2]; /* local names, in the parser's dictionary */
    unsigned depth;
    const struct place *place; /* whose text is being read */
    unsigned place_depth;
    char *text; /* URL_MAX bytes; a longer one is not kept */
    size_t text_length;
    uint32_t line, lines_before;
    bool item_has_link;
    bool has_doctype, spoilt; /* an undeclared entity stands in what is being read */
    struct _xmlEntity unknown;
    int64_t deadline;
    int error;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* Takes off what is blank to a person's eye: it is no part of an address, whatever XML says. */
static void trim(const char **at, const char **at_end)
{
    const unsigned char *p = (const unsigned char *)*at, *end = (const unsigned char *)*at_end;
    uint32_t c;
    for (size_t n; p < end && (n = utf8_decode(p, end, &c), is_blank(c));)
        p += n;
    while (p < end) {
        const unsigned char *last = end - 1;
        while (last > p && (*last & 0xc0) == 0x80)
            last--;
        utf8_decode(last, end, &c);
        if (!is_blank(c))
            break;
        end = last;
    }
    *at = (const char *)p;
    *at_end = (const char *)end;
}

static void stop(struct reader *s, int error)
{
    s->error = error;
    xmlStopParser(s->parser);
}

/* The value of an attribute, in which libxml2 writes every ampersand as "&#38;". NULL: none. The
 * result is the reader's text. */
static const char *attribute(struct reader *s, const char *name, const xmlChar **attributes, int n)
{
    for (int i = 0; i < n; i++, attributes += 5) {
        if (strcmp((const char *)attributes[0], name) != 0 || attributes[1])
            continue;
        const char *p = (const char *)attributes[3], *end = (const char *)attributes[4];
        for (s->text_length = 0; p < end && s->text_length < URL_MAX; p++) {
            s->text[s->text_length++] = *p;
            if (*p == '&' && end - p >= 5 && memcmp(p, "&#38;", 5) == 0)
                p += 4;
        }
        s->text[s->text_length] = '\0';
        return p == end ? s->text : NULL;
    }
    return NULL;
}

/* Appends what the reader's text holds. */
static void add(struct reader *s, const struct place *place, uint32_t rel)
{
    bool guid = strcmp(place->name, "guid") == 0;
    if (s->spoilt || s->text_length > URL_MAX) {
        s->out->other++;
        return;
    }
    const char *p = s->text, *end = p + s->text_length;
    trim(&p, &end);
    if (p == end || (place->kind == LINK_ASSET && !s->d->assets))
        return;
    /* A guid is an address only where the item has no other, and it looks like one. */
    if (guid && (s->item_has_link || end - p < 4 || strncasecmp(p, "http", 4) != 0))
        return;
    s->item_has_link |= place->kind == LINK_FOLLOW;
    struct link like = {.element = place->parent == holder ? holder : place->name,
                        .attribute = place->attribute ? place->attribute : "",
                        .rel = rel,
                        .line = s->line,
                        .kind = place->kind};
    int r = links_add(s->out, p, (size_t)(end - p), s->d->url, NULL, like);
    if (r < 0)
        stop(s, r);
}

static void add_attribute(struct reader *s, const struct place *place, const xmlChar **attributes,
                          int n)
{
    uint32_t offset = 0;
    if (strcmp(place->name, "link") == 0) {
        const char *rel = attribute(s, "rel", attributes, n);
        bool entry = strcmp(place->parent, "entry") == 0;
        if (rel ? !header_rel_followed(rel, s->text_length) : !entry)
            return;
        int r = rel ? links_add_text(s->out, rel, s->text_length, &offset) : 0;
        if (r < 0) {
            stop(s, r);
            return;
        }
    }
    if (attribute(s, place->attribute, attributes, n))
        add(s, place, offset);
}

static enum format format_of(const char *root)
{
    static const char *const feeds[] = {"urlset", "sitemapindex", "rss", "RDF", "feed"};
    for (size_t i = 0; i < sizeof(feeds) / sizeof(*feeds); i++)
        if (strcmp(root, feeds[i]) == 0)
            return FEED;
    return strcasecmp(root, "html") == 0 ? XHTML : FOREIGN;
}

static const struct place *find_place(const struct reader *s, const char *name)
{
    const char *parent = s->depth > 0 ? s->path[s->depth - 1] : "";
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (strcmp(name, places[i].name) == 0 && strcmp(parent, places[i].parent) == 0)
            return &places[i];
    return NULL;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted_count, const xmlChar **attributes)
{
    (void)prefix, (void)uri, (void)namespaces_count, (void)namespaces, (void)defaulted_count;
    struct reader *s = context;
    const char *local = (const char *)name;
    if (s->format == NOT_KNOWN)
        s->format = format_of(local);
    if (s->format != FEED || s->depth > MAX_DEPTH) {
        stop(s, s->format == FEED ? -E2BIG : 0);
        return;
    }
    if (cpu_time() > s->deadline) {
        stop(s, -ETIME);
        return;
    }
    if (s->place && s->place->name == holder)
        s->place = NULL;
    if (!s->place) {
        const struct place *place = find_place(s, local);
        s->line = s->lines_before + (uint32_t)s->parser->input->line;
        if (strcmp(local, "item") == 0)
            s->item_has_link = false;
        if (place && place->attribute)
            add_attribute(s, place, attributes, attribute_count);
        else
            s->place = place;
        s->place_depth = s->depth;
        s->text_length = 0;
        s->spoilt = false;
    }
    s->path[s->depth++] = local;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct reader *s = context;
    s->depth--;
    if (s->place && s->depth == s->place_depth) {
        add(s, s->place, 0);
        s->place = NULL;
        s->text_length = 0;
    }
}

static void on_text(void *context, const xmlChar *text, int length)
{
    struct reader *s = context;
    size_t n = (size_t)length;
    if (!s->place || s->text_length > URL_MAX)
        return;
    if (n <= URL_MAX - s->text_length)
        memcpy(s->text + s->text_length, text, n);
    s->text_length += n;
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    struct reader *s = context;
    s->has_doctype = true;
}

static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
    (void)name;
    struct reader *s = context;
    s->spoilt |= !s->has_doctype || s->text_length == 0;
    return &s->unknown;
}

/* Whether a text that is cut off was so within an end tag: then what the tag ends is whole. */
static bool ends_in_end_tag(const char *text, size_t length)
{
    const char *end = text + length, *tag = memrchr(text, '<', length);
    return tag && end - tag >= 2 && tag[1] == '/' && !memchr(tag, '>', (size_t)(end - tag));
}

/* Parses text, which is UTF-8. */
static int read_xml(struct reader *s, const char *text, size_t length)
{
    s->text = malloc(URL_BUFFER);
    s->parser = xmlCreateMemoryParserCtxt(text, (int)length);
    if (!s->text || !s->parser) {
        free(s->text);
        if (s->parser)
            xmlFreeParserCtxt(s->parser);
        return -ENOMEM;
    }
    s->unknown = (struct _xmlEntity){.type = XML_ENTITY_DECL,
                                     .name = BAD_CAST "unknown",
                                     .orig = BAD_CAST "", /* else a declaration leaves its own */
                                     .content = BAD_CAST "",
                                     .etype = XML_INTERNAL_PREDEFINED_ENTITY};
    s->deadline = cpu_time() + SITEMAP_MAX_NS;
    xmlCtxtUseOptions(s->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    *s->parser->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                                      .startElementNs = on_start,
                                      .endElementNs = on_end,
                                      .characters = on_text,
                                      .ignorableWhitespace = on_text,
                                      .cdataBlock = on_text,
                                      .internalSubset = on_doctype,
                                      .getEntity = on_entity};
    s->parser->userData = s;
    xmlParseDocument(s->parser);
    if (s->place && s->error == 0 && ends_in_end_tag(text, length))
        add(s, s->place, 0);
    if (s->error == 0 && s->format != XHTML && s->format != FOREIGN && !s->parser->wellFormed)
        s->error = -EBADMSG;
    int r = s->parser->errNo == XML_ERR_NO_MEMORY ? -ENOMEM : 0;
    if (s->parser->myDoc) /* for the entities that were declared */
        xmlFreeDoc(s->parser->myDoc);
    xmlFreeParserCtxt(s->parser);
    free(s->text);
    return r;
}

static bool is_gzip(const char *p, size_t length)
{
    return length >= 18 && memcmp(p, "\x1f\x8b\x08", 3) == 0;
}

/* Inflates all members, up to SITEMAP_MAX bytes. Returns 0; -EBADMSG or -E2BIG with what came out
 * so far; -ENOMEM. */
static int inflate_all(const char *in, size_t length, char **out, size_t *out_length)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in,
                  .avail_in = length < UINT32_MAX ? (uInt)length : UINT32_MAX};
    size_t capacity = 0, n = 0;
    int r = Z_OK;
    *out = NULL;
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return -ENOMEM;
    while (r == Z_OK && n < SITEMAP_MAX) {
        if (n == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            char *grown = realloc(*out, capacity);
            if (!grown) {
                r = Z_MEM_ERROR;
                break;
            }
            *out = grown;
        }
        z.next_out = (unsigned char *)*out + n;
        z.avail_out = (uInt)(capacity - n);
        r = inflate(&z, Z_NO_FLUSH);
        n = capacity - z.avail_out;
        if (r == Z_STREAM_END && is_gzip((const char *)z.next_in, z.avail_in))
            r = inflateReset(&z);
    }
    inflateEnd(&z);
    *out_length = n;
    if (r != Z_MEM_ERROR)
        return r == Z_STREAM_END ? 0 : n >= SITEMAP_MAX ? -E2BIG : -EBADMSG;
    free(*out);
    return -ENOMEM;
}

/* A UTF-8 text of XML. */
static int xml_text_links(struct links *out, const struct document *d, const char *text,
                          size_t length)
{
    struct reader s = {.out = out, .d = d};
    const char *end = text + length;
    for (; text < end && is_space(*text); text++)
        s.lines_before += *text == '\n';
    length = (size_t)(end - text);
    int cut = length > SITEMAP_MAX ? -E2BIG : 0;
    if (cut)
        length = SITEMAP_MAX;
    char *repaired;
    int r = sitemap_repair(&repaired, text, &length);
    if (r == -ENOMEM)
        return r;
    cut = r < 0 ? r : cut;
    r = length > 0 ? read_xml(&s, repaired ? repaired : text, length) : 0;
    free(repaired);
    if (s.error == -ENOMEM)
        return s.error;
    if (s.format == XHTML && !d->sitemap)
        return html_links(out, d);
    if (s.format != FEED && d->sitemap)
        s.error = -ENODATA;
    if (s.error < 0 || cut < 0)
        out->error = cut < 0 ? cut : s.error;
    return r;
}

static int xml_links(struct links *out, const struct document *d)
{
    struct charset_text text;
    size_t bom;
    out->charset = charset_sniff_xml(d->body, d->length, d->content_type, &bom);
    int r = charset_text(&text, out->charset, d->body + bom, d->length - bom);
    if (r < 0)
        return r;
    const char *p = text.at, *end = p + text.length;
    while (p < end && is_space(*p))
        p++;
    r = p < end && *p != '<' ? sitemap_text_links(out, d)
                             : xml_text_links(out, d, text.at, text.length);
    free(text.owned);
    return r;
}

void sitemap_setup(void)
{
    xmlInitParser();
}

int sitemap_xml_links(struct links *out, const struct document *d)
{
    struct document inner = *d;
    char *owned = NULL;
    int r = 0, inflated = 0;
    for (int i = 0; i < MAX_LAYERS && is_gzip(inner.body, inner.length) && inflated == 0; i++) {
        char *layer;
        inflated = inflate_all(inner.body, inner.length, &layer, &inner.length);
        if (inflated == -ENOMEM) {
            free(owned);
            return -ENOMEM;
        }
        free(owned);
        inner.body = owned = layer;
    }
    if (inner.length > 0)
        r = xml_links(out, &inner);
    free(owned);
    if (inflated < 0)
        out->error = inflated;
    return r;
}
