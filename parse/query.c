/* Queries made canonical: written anew, without the parameters that are to be dropped, and then
 * compared with what they were. */
#include "parse/query.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *name, size_t length, const char *other)
{
    return strncmp(name, other, length) == 0 && other[length] == '\0';
}

/* What only tells where a visitor came from; nothing that could choose what a page shows. */
static bool tracks(const char *name, size_t length)
{
    static const char *const names[] = {
        "ScCid",    "__hsfp",     "__hssc",      "__hstc",     "_ga",        "_gl",
        "_hsenc",   "_hsmi",      "_kx",         "_openstat",  "dclid",      "epik",
        "fbclid",   "gad_source", "gbraid",      "gclid",      "gclsrc",     "hsCtaTracking",
        "igsh",     "igshid",     "irclickid",   "li_fat_id",  "mc_cid",     "mc_eid",
        "mkt_tok",  "msclkid",    "oly_anon_id", "oly_enc_id", "rb_clickid", "s_cid",
        "srsltid",  "ttclid",     "twclid",      "vero_conv",  "vero_id",    "wbraid",
        "wickedid", "yclid",      "ysclid",
    };
    if (length > 4 && memcmp(name, "utm_", 4) == 0)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*name == *names[i] && same(name, length, names[i]))
            return true;
    return false;
}

static bool drops(const struct query_rules *r, const char *name, size_t length)
{
    if (r->tracking && tracks(name, length))
        return true;
    for (size_t i = 0; i < r->name_count; i++)
        if (same(name, length, r->names[i]))
            return true;
    return false;
}

bool query_next(const struct url *u, uint32_t *at, struct query_parameter *p)
{
    if (*at == u->length)
        return false;
    const char *start = u->text + *at + 1, *end = u->text + u->length, *name_end = start;
    const char *stop = memchr(start, '&', (size_t)(end - start));
    if (!stop)
        stop = end;
    while (name_end < stop && *name_end != '=')
        name_end++;
    p->at = (uint16_t)(start - u->text);
    p->name_end = (uint16_t)(name_end - u->text);
    p->end = (uint16_t)(stop - u->text);
    *at = p->end;
    return true;
}

/* The next one that stays. */
static bool next_kept(const struct url *u, const struct query_rules *r, uint32_t *at,
                      struct query_parameter *p)
{
    while (query_next(u, at, p))
        if (!(r->sort && p->at == p->end) && !drops(r, u->text + p->at, p->name_end - p->at))
            return true;
    return false;
}

static char *put(char *out, char mark, const char *text, const struct query_parameter *p)
{
    *out++ = mark;
    return mempcpy(out, text + p->at, (size_t)(p->end - p->at));
}

/* Returns the end of what it writes; empty parameters alone are no query. */
static char *put_kept(char *start, const struct url *u, const struct query_rules *r)
{
    char *out = start;
    bool empty = true;
    struct query_parameter p;

    for (uint32_t at = u->query; next_kept(u, r, &at, &p);) {
        out = put(out, out == start ? '?' : '&', u->text, &p);
        empty = empty && p.at == p.end;
    }
    return empty ? start : out;
}

/* By name, and those of one name as they stood. */
static int compare(const void *left, const void *right, void *text)
{
    const struct query_parameter *a = left, *b = right;
    int a_length = a->name_end - a->at, b_length = b->name_end - b->at;
    int r = memcmp((const char *)text + a->at, (const char *)text + b->at,
                   (size_t)(a_length < b_length ? a_length : b_length));
    if (r == 0)
        r = a_length - b_length;
    return r ? r : a->at - b->at;
}

static char *put_sorted(char *start, const struct url *u, const struct query_rules *r)
{
    struct query_parameter kept[QUERY_SORTED], p;
    size_t count = 0;
    char *out = start;

    for (uint32_t at = u->query; next_kept(u, r, &at, &p);) {
        if (count == QUERY_SORTED)
            return put_kept(start, u, r);
        kept[count++] = p;
    }
    qsort_r(kept, count, sizeof *kept, compare, (void *)(uintptr_t)u->text);
    for (size_t i = 0; i < count; i++)
        out = put(out, i == 0 ? '?' : '&', u->text, &kept[i]);
    return out;
}

bool query_canonical(struct url *out, char *buffer, const struct url *u,
                     const struct query_rules *r)
{
    char *start = buffer + u->query, *end = start;

    if (u->query == u->length)
        return false;
    if (!r->drop)
        end = r->sort ? put_sorted(start, u, r) : put_kept(start, u, r);
    uint32_t length = (uint32_t)(end - buffer);
    if (length == u->length && memcmp(start, u->text + u->query, length - u->query) == 0)
        return false;
    memcpy(buffer, u->text, u->query);
    *end = '\0';
    *out = *u;
    out->text = buffer;
    out->length = length;
    return true;
}
