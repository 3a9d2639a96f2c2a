/* A link waits with its target until that is visited; then all that wait there are told of, or
 * dropped, and later links find what became of it.
 *
 * Invariant: a target is in fine once it was visited and is not broken, else in the table, if it is
 * broken or links to it wait. */
#include "cmd/broken_links.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

/* The page of links that wait. */
struct source {
    size_t links; /* those, and one while it is the current page */
    char url[];
};

struct pending {
    struct source *source;
    const char *element, *attribute;
    char *rel;     /* NULL: none */
    uint32_t next; /* index in links, of the next one to the same target, or of the next free one */
    uint32_t line, depth;
    uint8_t verdict;
    bool asset;
};

struct target {
    uint64_t fingerprint; /* 0: a free slot */
    uint32_t last;        /* of the links that wait, which form a ring; 0: none do */
    uint16_t status;      /* these once it is broken */
    uint8_t error;
    bool broken;
};

struct broken_links {
    struct listener listener;
    const struct ok_statuses *ok;
    void (*tell)(void *arg, const struct broken_link *b);
    void *arg;
    struct seen fine;
    struct target *slots; /* open addressing; size is a power of two */
    size_t size, count;
    struct pending *links; /* the first one is not used */
    uint32_t link_count, link_capacity, free_link;
    struct source *current; /* the page whose links come */
};

/* --- the table --- */

static struct target *find(struct target *slots, size_t size, uint64_t fingerprint)
{
    size_t i = fingerprint & (size - 1);

    while (slots[i].fingerprint && slots[i].fingerprint != fingerprint)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void grow(struct broken_links *b)
{
    size_t size = 2 * b->size;
    struct target *slots = memory_new(size * sizeof *slots);

    for (size_t i = 0; i < b->size; i++)
        if (b->slots[i].fingerprint)
            *find(slots, size, b->slots[i].fingerprint) = b->slots[i];
    free(b->slots);
    b->slots = slots;
    b->size = size;
}

static struct target *find_or_add(struct broken_links *b, uint64_t fingerprint)
{
    if (b->count >= b->size / 4 * 3)
        grow(b);
    struct target *t = find(b->slots, b->size, fingerprint);
    if (!t->fingerprint) {
        *t = (struct target){.fingerprint = fingerprint};
        b->count++;
    }
    return t;
}

/* Those behind it that would not be found over the gap move up. */
static void take_out(struct broken_links *b, struct target *t)
{
    size_t mask = b->size - 1, gap = (size_t)(t - b->slots), i = gap;

    for (;;) {
        i = (i + 1) & mask;
        if (!b->slots[i].fingerprint)
            break;
        size_t home = b->slots[i].fingerprint & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            b->slots[gap] = b->slots[i];
            gap = i;
        }
    }
    b->slots[gap].fingerprint = 0;
    b->count--;
}

/* --- links that wait --- */

static void source_release(struct source *s)
{
    if (s && --s->links == 0)
        free(s);
}

static struct source *source_of(struct broken_links *b, const struct item *page)
{
    if (b->current && strcmp(b->current->url, page->url) == 0)
        return b->current;
    source_release(b->current);
    b->current = memory_resize(NULL, sizeof *b->current + page->length + 1);
    b->current->links = 1;
    memcpy(b->current->url, page->url, page->length + 1);
    return b->current;
}

static uint32_t take_link(struct broken_links *b)
{
    uint32_t i = b->free_link;

    if (i) {
        b->free_link = b->links[i].next;
        return i;
    }
    if (b->link_count == b->link_capacity) {
        if (b->link_capacity > UINT32_MAX / 2)
            memory_out();
        b->link_capacity *= 2;
        b->links = memory_resize(b->links, b->link_capacity * sizeof *b->links);
    }
    return b->link_count++;
}

static const char *rel_of(const struct linked *l)
{
    return l->link->rel ? links_text(&l->page->links, l->link->rel) : NULL;
}

static void wait_for_target(struct broken_links *b, struct target *t, const struct linked *l)
{
    const char *rel = rel_of(l);
    uint32_t i = take_link(b);
    struct pending *w = &b->links[i];

    *w = (struct pending){
        .source = source_of(b, l->page->item),
        .element = l->link->element,
        .attribute = l->link->attribute,
        .rel = rel ? memory_copy(rel, strlen(rel)) : NULL,
        .next = t->last ? b->links[t->last].next : i,
        .line = l->link->line,
        .depth = l->depth,
        .verdict = (uint8_t)l->verdict,
        .asset = l->link->kind == LINK_ASSET,
    };
    w->source->links++;
    if (t->last)
        b->links[t->last].next = i;
    t->last = i;
}

static void forget_link(struct broken_links *b, uint32_t i)
{
    source_release(b->links[i].source);
    free(b->links[i].rel);
    b->links[i].next = b->free_link;
    b->free_link = i;
}

static void tell_of_link(struct broken_links *b, const struct pending *w, const struct target *t,
                         const char *to)
{
    struct broken_link link = {
        .from = w->source->url,
        .to = to,
        .element = w->element,
        .attribute = w->attribute,
        .rel = w->rel,
        .line = w->line,
        .depth = w->depth,
        .verdict = (enum verdict)w->verdict,
        .asset = w->asset,
        .status = t->status,
        .error = t->error ? fetch_error_name((enum fetch_error)t->error) : NULL,
    };

    b->tell(b->arg, &link);
}

/* Those that wait, in their order; told: of each, to. */
static void end_waiting(struct broken_links *b, struct target *t, const char *to, bool told)
{
    uint32_t i = t->last ? b->links[t->last].next : 0;

    if (i)
        b->links[t->last].next = 0;
    while (i) {
        uint32_t next = b->links[i].next;
        if (told)
            tell_of_link(b, &b->links[i], t, to);
        forget_link(b, i);
        i = next;
    }
    t->last = 0;
}

/* --- events --- */

static void hear_link(struct listener *l, const struct linked *k)
{
    struct broken_links *b = container_of(l, struct broken_links, listener);

    if (!k->open || seen_has(&b->fine, k->fingerprint))
        return;
    struct target *t = find_or_add(b, k->fingerprint);
    wait_for_target(b, t, k);
    if (t->broken)
        end_waiting(b, t, k->to, true);
}

static void hear_visit(struct listener *l, const struct page *p)
{
    struct broken_links *b = container_of(l, struct broken_links, listener);
    struct target *t = find_or_add(b, p->fingerprint);

    if (result_of(p, b->ok) == RESULT_BROKEN) {
        t->broken = true;
        t->status = (uint16_t)(p->fetch ? p->fetch->status : 0);
        t->error = (uint8_t)p->error;
        end_waiting(b, t, p->item->url, true);
    } else {
        end_waiting(b, t, p->item->url, false);
        take_out(b, t);
        seen_add(&b->fine, p->fingerprint);
    }
}

struct broken_links *broken_links_new(const struct ok_statuses *ok,
                                      void (*tell)(void *arg, const struct broken_link *b),
                                      void *arg)
{
    struct broken_links *b = memory_new(sizeof *b);

    b->listener.linked = hear_link;
    b->listener.visited = hear_visit;
    b->ok = ok;
    b->tell = tell;
    b->arg = arg;
    seen_init(&b->fine, 0);
    b->size = 1024;
    b->slots = memory_new(b->size * sizeof *b->slots);
    b->link_count = 1;
    b->link_capacity = 256;
    b->links = memory_new(b->link_capacity * sizeof *b->links);
    return b;
}

void broken_links_free(struct broken_links *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->size; i++)
        if (b->slots[i].fingerprint)
            end_waiting(b, &b->slots[i], NULL, false);
    source_release(b->current);
    seen_deinit(&b->fine);
    free(b->slots);
    free(b->links);
    free(b);
}

struct listener *broken_links_listener(struct broken_links *b)
{
    return &b->listener;
}
