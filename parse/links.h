/* The links of one document, and what else a crawler wants to know of it: the result of every
 * parser of documents in this room, and the choice among them. */
#ifndef PARSE_LINKS_H
#define PARSE_LINKS_H

#include "parse/link_memo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum link_kind {
    LINK_FOLLOW, /* navigation: what a crawler follows */
    LINK_ASSET,  /* what a page loads */
};

/* One occurrence of an http(s) link. */
struct link {
    uint32_t url, length;  /* canonical URL: offset into links.text, and its length */
    const char *element;   /* static, lower case; "" outside of markup */
    const char *attribute; /* static, lower case */
    uint32_t rel;          /* the rel attribute: offset into links.text; 0: none */
    uint32_t line;         /* 1-based, of the tag; 0: not known */
    enum link_kind kind;
    bool nofollow; /* its rel holds nofollow */
    uint64_t key;  /* of its raw value, for links.memo; 0: none */
};

struct links {
    struct link *items;
    size_t count, capacity;
    char *text; /* the NUL-terminated strings that items point into; its first byte is a NUL */
    size_t text_length, text_capacity;
    size_t other;              /* links that are not http(s), or invalid: only counted */
    size_t known;              /* links that the memo knew: only counted */
    struct link_memo *memo;    /* NULL: none; else set while a page is read */
    const char *charset;       /* static, as charset_find() names it; NULL: not a text of ours */
    uint32_t title, canonical; /* offsets into text; 0: none */
    bool nofollow, noindex;    /* meta robots */
    int error;       /* why the list may be incomplete: -E2BIG over a limit, -ETIME over the
                        time budget, -EBADMSG not well-formed, -ENODATA not the sitemap that it
                        was to be; else 0 */
    bool guessed;    /* the scanner decided what only a tree knows: html_foreign.c */
    size_t max_text; /* limit of text_length, set by links_init: 64 MiB */
};

void links_init(struct links *l);
void links_deinit(struct links *l);

/* Empties it and keeps its memory, for the next document. */
void links_clear(struct links *l);

static inline const char *links_text(const struct links *l, uint32_t offset)
{
    return l->text + offset;
}

/* Resolves length bytes of a raw link (an attribute's value, UTF-8) against base and appends it, or
 * counts it in other, or in known. Returns 0, -ENOMEM or -E2BIG. */
int links_add(struct links *l, const char *raw, size_t length, const struct url *base,
              const char *charset, struct link like);

/* Appends a string; its offset in *offset. Returns 0, -ENOMEM or -E2BIG. */
int links_add_text(struct links *l, const char *s, size_t length, uint32_t *offset);

/* What a document is, of its Content-Type and, for XML and plain text, of how it begins. */
enum document_kind {
    DOCUMENT_OTHER, /* holds no links that anyone follows */
    DOCUMENT_HTML,
    DOCUMENT_XML,  /* a sitemap, an index of sitemaps, a feed, or XHTML */
    DOCUMENT_TEXT, /* may be a text sitemap: is one if its every line is an http(s) URL */
    DOCUMENT_CSS,
};

struct document {
    const char *body;
    size_t length;
    const struct url *url;    /* its own address, after redirects */
    const char *content_type; /* the header's value; NULL or "": none, so it is sniffed */
    bool assets;              /* collect LINK_ASSET too */
    bool lines;               /* number the lines: it costs one more look at each byte */
    struct link_memo *memo;   /* of links to leave out of HTML pages; NULL: none */
    bool tree;                /* read HTML by way of Gumbo's tree, not with the scanner */
    bool sitemap;             /* it is to be a sitemap or feed, whatever its type says */
};

/* Decides by the type alone (body may still be empty): whether there is reason to read it. No type
 * at all counts as HTML. */
enum document_kind document_kind(const char *content_type);

/* Decides by the type and by how the body begins. */
enum document_kind document_sniff(const struct document *d);

/* Finds the links of the document, in document order, appended to *out. Only HTML without tree is
 * read in linear time and with little stack: the rest is not for the loop's thread, nor for a
 * coroutine's stack. Returns 0, also for hopeless input (then
 * out->error says what is missing), or -ENOMEM. */
int document_links(struct links *out, const struct document *d);

#endif
