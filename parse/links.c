/* The list of links and its text, and the choice of a parser.
 *
 * text has a NUL at its first byte even while nothing is allocated (capacity 0), so that offset 0
 * is the empty string. URLs are resolved straight into it: no memory is taken for a link alone. */
#include "parse/links.h"
#include "parse/charset.h"
#include "parse/css.h"
#include "parse/header.h"
#include "parse/html.h"
#include "parse/sitemap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_TEXT (64u << 20)
#define MAX_COUNT (2u << 20)
#define KEPT (1u << 20) /* more bytes than this are not kept for the next document */

void links_init(struct links *l)
{
    *l = (struct links){.text = (char *)(uintptr_t) "", .text_length = 1, .max_text = MAX_TEXT};
}

void links_deinit(struct links *l)
{
    if (l->text_capacity > 0)
        free(l->text);
    free(l->items);
    links_init(l);
}

void links_clear(struct links *l)
{
    struct links old = *l;
    size_t max_text = l->max_text;
    if (old.text_capacity + old.capacity * sizeof(*old.items) > KEPT) {
        links_deinit(l);
    } else {
        links_init(l);
        l->items = old.items;
        l->capacity = old.capacity;
        l->text = old.text;
        l->text_capacity = old.text_capacity;
    }
    l->max_text = max_text;
}

/* Makes room for n more bytes of text. */
static int reserve(struct links *l, size_t n)
{
    if (l->max_text < l->text_length || n > l->max_text - l->text_length)
        return -E2BIG;
    size_t capacity = l->text_length + n;
    if (capacity <= l->text_capacity)
        return 0;
    if (capacity < 2 * l->text_capacity)
        capacity = 2 * l->text_capacity;
    if (capacity < 4096)
        capacity = 4096;
    char *text = realloc(l->text_capacity > 0 ? l->text : NULL, capacity);
    if (!text)
        return -ENOMEM;
    text[0] = '\0';
    l->text = text;
    l->text_capacity = capacity;
    return 0;
}

static int reserve_item(struct links *l)
{
    if (l->count < l->capacity)
        return 0;
    if (l->count >= MAX_COUNT)
        return -E2BIG;
    size_t capacity = l->capacity > 0 ? 2 * l->capacity : 64;
    struct link *items = realloc(l->items, capacity * sizeof(*items));
    if (!items)
        return -ENOMEM;
    l->items = items;
    l->capacity = capacity;
    return 0;
}

/* Resolves into the free text. Most URLs fit what percent-encoding can make of them; a host name
 * outside ASCII or a legacy charset may need more. */
static int resolve(struct links *l, struct url *url, const char *raw, size_t length,
                   const struct url *base, const char *charset)
{
    size_t room = (base ? base->length : 0) + (length < URL_BUFFER ? 3 * length : URL_BUFFER) + 16;
    for (;;) {
        size_t left = l->text_length < l->max_text ? l->max_text - l->text_length : 0;
        if (room > URL_BUFFER)
            room = URL_BUFFER;
        if (room > left)
            room = left;
        int r = reserve(l, room);
        if (r < 0)
            return r;
        r = url_parse(url, l->text + l->text_length, room, raw, length, base, charset,
                      URL_DROP_USERINFO);
        if (r != -ENAMETOOLONG || room == URL_BUFFER)
            return r;
        if (room == left)
            return -E2BIG;
        room = URL_BUFFER;
    }
}

/* Whether the memo knows it. A fragment leads to the page itself: the first one counts for all. */
static bool is_known(struct links *l, const char *raw, size_t length, uint64_t *key)
{
    struct link_memo *m = l->memo;
    bool known = length > 0 && *raw == '#' && m->itself;
    m->itself |= length > 0 && *raw == '#';
    *key = link_memo_key(m, raw, length);
    known = known || link_memo_has(m, *key);
    l->known += known;
    return known;
}

int links_add(struct links *l, const char *raw, size_t length, const struct url *base,
              const char *charset, struct link like)
{
    struct url url;
    if (l->memo && is_known(l, raw, length, &like.key))
        return 0;
    int r = reserve_item(l);
    if (r == 0)
        r = resolve(l, &url, raw, length, base, charset);
    if (r == -ENOMEM || r == -E2BIG)
        return r;
    if (r < 0) {
        l->other++;
        return 0;
    }
    like.url = (uint32_t)l->text_length;
    like.length = url.length;
    l->text_length += url.length + 1;
    l->items[l->count++] = like;
    return 0;
}

int links_add_text(struct links *l, const char *s, size_t length, uint32_t *offset)
{
    int r = reserve(l, length + 1);
    if (r < 0)
        return r;
    *offset = (uint32_t)l->text_length;
    memcpy(l->text + l->text_length, s, length);
    l->text_length += length;
    l->text[l->text_length++] = '\0';
    return 0;
}

static bool ends(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Whether a type says nothing (MIME Sniffing, section 7). */
static bool is_unknown(const char *essence)
{
    return *essence == '\0' || strcmp(essence, "unknown/unknown") == 0 ||
           strcmp(essence, "application/unknown") == 0;
}

static enum document_kind kind_of(const char *essence)
{
    static const struct {
        const char *essence;
        enum document_kind kind;
    } types[] = {
        {"text/html", DOCUMENT_HTML},      {"text/css", DOCUMENT_CSS},
        {"text/plain", DOCUMENT_TEXT},     {"text/xml", DOCUMENT_XML},
        {"application/xml", DOCUMENT_XML}, {"application/x-xml", DOCUMENT_XML},
        {"image/svg+xml", DOCUMENT_OTHER},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(essence, types[i].essence) == 0)
            return types[i].kind;
    if (is_unknown(essence) || ends(essence, "xhtml+xml"))
        return DOCUMENT_HTML;
    /* A gzip file is read for the sitemap it may be. */
    if (ends(essence, "+xml") || strstr(essence, "gzip") || strstr(essence, "gunzip"))
        return DOCUMENT_XML;
    return DOCUMENT_OTHER;
}

enum document_kind document_kind(const char *content_type)
{
    char essence[64];
    struct span charset;
    header_content_type(content_type, essence, &charset);
    return kind_of(essence);
}

/* Whether bytes stand at the beginning that no text has (MIME Sniffing, section 3). */
static bool is_binary(const char *body, size_t length)
{
    if (length >= 2 && (memcmp(body, "\xfe\xff", 2) == 0 || memcmp(body, "\xff\xfe", 2) == 0))
        return false;
    for (size_t i = 0; i < length && i < 512; i++) {
        unsigned char c = (unsigned char)body[i];
        if (c < ' ' && c != '\x1b' && !(c >= '\t' && c <= '\r' && c != '\v'))
            return true;
    }
    return false;
}

/* What a document without a type is, by how it begins. */
static enum document_kind sniff(const char *body, size_t length)
{
    static const struct {
        const char *start;
        enum document_kind kind;
    } starts[] = {
        {"\x1f\x8b", DOCUMENT_XML}, {"<?xml", DOCUMENT_XML},         {"<urlset", DOCUMENT_XML},
        {"<rss", DOCUMENT_XML},     {"<sitemapindex", DOCUMENT_XML}, {"<feed", DOCUMENT_XML},
        {"<rdf:", DOCUMENT_XML},    {"http://", DOCUMENT_TEXT},      {"https://", DOCUMENT_TEXT},
        {"@charset", DOCUMENT_CSS}, {"@import", DOCUMENT_CSS},
    };
    size_t start = length >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (start < length && memchr(" \t\n\f\r", body[start], 5))
        start++;
    for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
        size_t n = strlen(starts[i].start);
        if (length - start >= n && strncasecmp(body + start, starts[i].start, n) == 0)
            return starts[i].kind;
    }
    return start < length && body[start] != '<' && is_binary(body, length) ? DOCUMENT_OTHER
                                                                           : DOCUMENT_HTML;
}

enum document_kind document_sniff(const struct document *d)
{
    char essence[64];
    struct span charset;
    header_content_type(d->content_type, essence, &charset);
    enum document_kind kind = kind_of(essence);
    if (is_unknown(essence))
        return sniff(d->body, d->length);
    if (kind == DOCUMENT_TEXT && sniff(d->body, d->length) == DOCUMENT_XML)
        return DOCUMENT_XML;
    return kind;
}

int document_links(struct links *out, const struct document *d)
{
    if (d->length == 0)
        return 0;
    if (d->sitemap)
        return sitemap_xml_links(out, d);
    switch (document_sniff(d)) {
    case DOCUMENT_HTML:
        return html_links(out, d);
    case DOCUMENT_XML:
        return sitemap_xml_links(out, d);
    case DOCUMENT_TEXT:
        return sitemap_text_links(out, d);
    case DOCUMENT_CSS:
        return css_document_links(out, d);
    case DOCUMENT_OTHER:
        break;
    }
    return 0;
}
