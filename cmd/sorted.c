/* Records are packed as they come; at the end each is unpacked, settled and packed again, so that
 * its bytes say all that may be compared. */
#include "cmd/sorted.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

/* What is left out: it differs from run to run, or is settled at the end. libcurl's messages name
 * times and ports. */
static const enum field dropped[] = {
    FIELD_DEPTH,      FIELD_REFERRER,     FIELD_NEW_LINKS, FIELD_ATTEMPTS,
    FIELD_MESSAGE,    FIELD_IP,           FIELD_HTTP,      FIELD_TIME_START,
    FIELD_TIME_DNS,   FIELD_TIME_CONNECT, FIELD_TIME_TLS,  FIELD_TIME_FIRST_BYTE,
    FIELD_TIME_TOTAL, FIELD_TIME_PARSE,
};

/* Packed records, one after another. */
struct pack {
    struct text text;
    size_t *starts;
    size_t count, capacity;
};

struct sorted {
    struct pack pack;
};

/* What a record is sorted by, in its packed bytes. */
struct entry {
    const char *packed, *first, *second; /* second: of a link */
    size_t length, first_length, second_length;
};

static void pack_add(struct pack *p, const struct record *r)
{
    if (p->count == p->capacity) {
        p->capacity = 2 * p->capacity + 64;
        p->starts = memory_resize(p->starts, p->capacity * sizeof *p->starts);
    }
    p->starts[p->count++] = p->text.length;
    record_pack(&p->text, r);
}

static void pack_deinit(struct pack *p)
{
    text_deinit(&p->text);
    free(p->starts);
}

struct sorted *sorted_new(void)
{
    return memory_new(sizeof(struct sorted));
}

void sorted_free(struct sorted *s)
{
    if (s)
        pack_deinit(&s->pack);
    free(s);
}

void sorted_add(struct sorted *s, const struct record *r)
{
    struct record kept = *r;

    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        kept.values[dropped[i]].known = false;
    pack_add(&s->pack, &kept);
}

static bool is_link(const struct record *r)
{
    return r->type == RECORD_LINK;
}

/* What is followed is in scope, unless it is fetched for its status alone. */
static bool in_scope(const struct crawl *c, const struct record_value *url)
{
    char *text = memory_copy(url->string, url->length);
    struct url u;

    url_describe(&u, text, url->length);
    bool holds = scope_holds(crawl_scope(c), &u);
    free(text);
    return holds;
}

static void settle_verdict(const struct crawl *c, struct record *r)
{
    const struct record_value *to = &r->values[FIELD_TO], *verdict = &r->values[FIELD_VERDICT];
    const char *follow = verdict_name(VERDICT_FOLLOW);

    if (!crawl_followed(c, to->string, to->length) ||
        (verdict->length == strlen(follow) &&
         memcmp(verdict->string, follow, verdict->length) == 0))
        return;
    record_set_text(r, FIELD_VERDICT, in_scope(c, to) ? follow : verdict_name(VERDICT_SCOPE));
}

/* As the trail has it in the end. A link's depth is that of what it leads to. */
static void settle(const struct crawl *c, struct record *r)
{
    const struct record_value *url = &r->values[is_link(r) ? FIELD_TO : FIELD_URL];
    uint32_t depth = crawl_depth(c, url->string, url->length);

    if (depth != UINT32_MAX)
        record_set_number(r, FIELD_DEPTH, depth);
    record_set_text(r, FIELD_REFERRER, crawl_referrer(c, url->string, url->length));
    if (is_link(r))
        settle_verdict(c, r);
}

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int r = memcmp(a, b, a_length < b_length ? a_length : b_length);

    return r ? r : (a_length > b_length) - (a_length < b_length);
}

static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int r = compare_bytes(x->first, x->first_length, y->first, y->first_length);

    if (r == 0)
        r = compare_bytes(x->second, x->second_length, y->second, y->second_length);
    return r ? r : compare_bytes(x->packed, x->length, y->packed, y->length);
}

static struct entry entry_of(const struct pack *p, size_t i)
{
    size_t start = p->starts[i], end = i + 1 < p->count ? p->starts[i + 1] : p->text.length;
    struct entry e = {.packed = p->text.data + start, .length = end - start};
    struct record r;

    record_unpack(&r, e.packed);
    const struct record_value *first = &r.values[is_link(&r) ? FIELD_FROM : FIELD_URL];
    const struct record_value *second = &r.values[FIELD_TO];
    e.first = first->string;
    e.first_length = first->length;
    e.second = second->known ? second->string : "";
    e.second_length = second->length;
    return e;
}

void sorted_each(struct sorted *s, const struct crawl *c,
                 void (*take)(void *arg, const struct record *r), void *arg)
{
    struct pack settled = {.count = 0};
    struct record r;

    for (size_t i = 0; i < s->pack.count; i++) {
        record_unpack(&r, s->pack.text.data + s->pack.starts[i]);
        settle(c, &r);
        pack_add(&settled, &r);
    }
    pack_deinit(&s->pack);
    s->pack = settled;

    struct entry *entries = memory_new(settled.count * sizeof *entries);
    for (size_t i = 0; i < settled.count; i++)
        entries[i] = entry_of(&settled, i);
    qsort(entries, settled.count, sizeof *entries, compare);
    for (size_t i = 0; i < settled.count; i++) {
        record_unpack(&r, entries[i].packed);
        take(arg, &r);
    }
    free(entries);
}
