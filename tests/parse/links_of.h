/* What a document's links are, as one string: the tests' tables compare by it. */
#ifndef TESTS_PARSE_LINKS_OF_H
#define TESTS_PARSE_LINKS_OF_H

#include "parse/links.h"

#include <stdlib.h>
#include <string.h>

/* The URL of every document of these tests. */
#define DOCUMENT "http://h.example/dir/page"

/* HTML is read by way of Gumbo's tree, not with the scanner. */
static bool read_tree;

/* Finds the links of a body in a copy of just its length, so that a sanitizer sees who reads on. */
static inline int find_links(struct links *out, const char *type, const char *body, size_t length,
                             bool assets)
{
    struct url url;
    char *copy = malloc(length + 1);
    memcpy(copy, body, length);
    copy = realloc(copy, length > 0 ? length : 1);
    url_describe(&url, DOCUMENT, strlen(DOCUMENT));
    struct document d = {.body = copy,
                         .length = length,
                         .url = &url,
                         .content_type = type,
                         .assets = assets,
                         .lines = true,
                         .tree = read_tree};
    int r = document_links(out, &d);
    free(copy);
    return r;
}

/* The URLs in order, each with a space behind it; of assets alone if assets is set, else of links
 * to follow alone. In a buffer that the next call overwrites. */
static inline const char *links_of(const char *type, const char *body, bool assets)
{
    static char all[65536];
    struct links l;
    size_t n = 0;
    links_init(&l);
    find_links(&l, type, body, strlen(body), assets);
    for (size_t i = 0; i < l.count; i++) {
        const char *url = links_text(&l, l.items[i].url);
        if ((l.items[i].kind == LINK_ASSET) != assets || n + strlen(url) + 2 > sizeof(all))
            continue;
        n += strlen(strcpy(all + n, url));
        all[n++] = ' ';
    }
    all[n] = '\0';
    links_deinit(&l);
    return all;
}

#endif
