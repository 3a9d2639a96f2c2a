#include "parse/sitemap_repair.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TAG 8192

/* Whether a reference begins at the ampersand p. */
static bool is_reference(const char *p, const char *end)
{
    const char *start = ++p;
    if (p < end && *p == '#')
        p++;
    while (p < end && p - start < 64 &&
           ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
        p++;
    return p > start && p < end && *p == ';';
}

/* What begins at '<', to its end; end where it has none. */
static const char *skip_markup(const char *p, const char *end)
{
    static const struct {
        const char *open, *close;
    } blocks[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
        size_t n = strlen(blocks[i].open), m = strlen(blocks[i].close);
        if ((size_t)(end - p) < n || memcmp(p, blocks[i].open, n) != 0)
            continue;
        const char *close = memmem(p + n, (size_t)(end - p) - n, blocks[i].close, m);
        return close ? close + m : end;
    }
    return p;
}

/* Room for a text whose every ampersand grows by "amp;". */
static char *make_room(const char *p, const char *end)
{
    size_t room = (size_t)(end - p);
    while (p < end && (p = memchr(p, '&', (size_t)(end - p)))) {
        p++;
        room += 4;
    }
    return malloc(room);
}

int sitemap_repair(char **repaired, const char *text, size_t *length)
{
    const char *p = text, *end = text + *length, *copied = text, *tag = NULL;
    size_t n = 0, tag_at = 0;
    char quote = '\0', *out = NULL;
    while (p < end && !(tag && p - tag > MAX_TAG)) {
        if (*p == '<' && !quote) {
            const char *next = skip_markup(p, end);
            if (next == p) {
                tag = p++;
                tag_at = n + (size_t)(tag - copied);
            } else {
                p = next;
            }
            continue;
        }
        if (*p == '&' && !is_reference(p, end)) {
            if (!out && !(out = make_room(text, end)))
                return -ENOMEM;
            memcpy(out + n, copied, (size_t)(p + 1 - copied));
            n += (size_t)(p + 1 - copied);
            memcpy(out + n, "amp;", 4);
            n += 4;
            copied = p + 1;
        } else if (tag && (*p == '"' || *p == '\'')) {
            quote = quote == *p ? '\0' : quote ? quote : *p;
        } else if (*p == '>' && !quote) {
            tag = NULL;
        }
        p++;
    }
    bool cut = p < end;
    if (cut)
        end = tag;
    if (out && end > copied)
        memcpy(out + n, copied, (size_t)(end - copied));
    *length = cut ? tag_at : n + (size_t)(end - copied);
    *repaired = out;
    return cut ? -E2BIG : 0;
}
