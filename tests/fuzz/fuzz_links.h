/* What holds of the links of every document, however it was read. */
#ifndef TESTS_FUZZ_FUZZ_LINKS_H
#define TESTS_FUZZ_FUZZ_LINKS_H

#include "parse/links.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#define FUZZ_DOCUMENT "http://h.example/dir/page"

/* A document of its own block; url is filled in. */
static inline struct document fuzz_document(const struct fuzz_input *in, const char *type,
                                            struct url *url)
{
    url_describe(url, FUZZ_DOCUMENT, strlen(FUZZ_DOCUMENT));
    return (struct document){.body = fuzz_copy(in->at, in->length),
                             .length = in->length,
                             .url = url,
                             .content_type = type,
                             .assets = in->options & 1,
                             .lines = true};
}

static inline void fuzz_check_text(const struct links *l, uint32_t offset)
{
    fuzz_check(offset < l->text_length);
    fuzz_check(memchr(l->text + offset, '\0', l->text_length - offset));
}

static inline void fuzz_check_link(const struct links *l, const struct link *link)
{
    char buffer[URL_BUFFER];
    struct url again;
    const char *url = links_text(l, link->url);
    fuzz_check(link->url < l->text_length && link->length < l->text_length - link->url);
    fuzz_check(strlen(url) == link->length);
    fuzz_check(link->element && link->attribute);
    fuzz_check(link->kind == LINK_FOLLOW || link->kind == LINK_ASSET);
    fuzz_check_text(l, link->rel);
    fuzz_check(url_parse(&again, buffer, sizeof(buffer), url, link->length, NULL, NULL, 0) == 0);
    fuzz_check(strcmp(buffer, url) == 0);
    fuzz_check(again.userinfo == again.host);
}

static inline void fuzz_check_links(const struct links *l, const struct document *d)
{
    fuzz_check(l->text[0] == '\0' && l->text_length <= l->max_text);
    fuzz_check(l->error == 0 || l->error == -E2BIG || l->error == -ETIME || l->error == -EBADMSG);
    fuzz_check_text(l, l->title);
    fuzz_check_text(l, l->canonical);
    for (size_t i = 0; i < l->count; i++) {
        fuzz_check_link(l, &l->items[i]);
        fuzz_check(d->assets || l->items[i].kind == LINK_FOLLOW);
    }
}

/* Runs a parser of documents, which must never fail, and checks its links. */
static inline void fuzz_links(int parse(struct links *, const struct document *), const char *type,
                              const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    struct links l;
    struct url url;
    struct document d = fuzz_document(&in, type, &url);
    links_init(&l);
    fuzz_check(parse(&l, &d) == 0);
    fuzz_check_links(&l, &d);
    links_deinit(&l);
    free((char *)(uintptr_t)d.body);
}

#endif
