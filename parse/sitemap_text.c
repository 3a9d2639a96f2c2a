/* Text sitemaps: either every line is an address, or it is some other text and gives nothing. */
#include "parse/charset.h"
#include "parse/header.h"
#include "parse/sitemap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next line that is not blank, trimmed. */
static bool next_line(const char **at, const char *end, struct span *line)
{
    const char *p = *at;
    while (p < end && is_space(*p))
        p++;
    line->at = p;
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    *at = p;
    while (p > line->at && is_space(p[-1]))
        p--;
    line->length = (size_t)(p - line->at);
    return line->length > 0;
}

static bool is_url(struct span line)
{
    if (line.length < 8 ||
        (strncasecmp(line.at, "http://", 7) != 0 && strncasecmp(line.at, "https://", 8) != 0))
        return false;
    for (size_t i = 0; i < line.length; i++)
        if ((unsigned char)line.at[i] <= ' ')
            return false;
    return true;
}

int sitemap_text_links(struct links *out, const struct document *d)
{
    struct charset_text text;
    struct span line;
    size_t bom;
    bool all = true;
    out->charset = charset_sniff_xml(d->body, d->length, d->content_type, &bom);
    int r = charset_text(&text, out->charset, d->body + bom, d->length - bom);
    if (r < 0)
        return r;
    const char *end = text.at + text.length;
    for (const char *p = text.at; all && next_line(&p, end, &line);)
        all = is_url(line);
    if (!all && d->sitemap)
        out->error = -ENODATA;
    struct link like = {.element = "", .attribute = "", .line = 1, .kind = LINK_FOLLOW};
    const char *counted = text.at;
    for (const char *p = text.at; all && r == 0 && next_line(&p, end, &line);) {
        for (; counted < line.at; counted++)
            like.line += *counted == '\n';
        r = links_add(out, line.at, line.length, d->url, NULL, like);
    }
    free(text.owned);
    if (r == -E2BIG)
        out->error = r;
    return r == -E2BIG ? 0 : r;
}
