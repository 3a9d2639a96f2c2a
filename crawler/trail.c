#include "crawler/trail.h"

#include "crawler/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One URL. Its text lies in trail.text. */
struct step {
    uint64_t fingerprint; /* 0: a free slot */
    uint64_t from;
    size_t text;
    uint32_t depth; /* of a settled one */
};

struct trail {
    struct step *slots; /* open addressing; size is a power of two */
    size_t size, count;
    char *text;
    size_t length, capacity;
};

struct trail *trail_new(void)
{
    struct trail *t = memory_new(sizeof *t);

    t->size = 1024;
    t->slots = memory_new(t->size * sizeof *t->slots);
    return t;
}

void trail_free(struct trail *t)
{
    if (!t)
        return;
    free(t->slots);
    free(t->text);
    free(t);
}

static struct step *find(struct step *slots, size_t size, uint64_t fingerprint)
{
    size_t i = fingerprint & (size - 1);

    while (slots[i].fingerprint && slots[i].fingerprint != fingerprint)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void grow(struct trail *t)
{
    size_t size = 2 * t->size;
    struct step *slots = memory_new(size * sizeof *slots);

    for (size_t i = 0; i < t->size; i++)
        if (t->slots[i].fingerprint)
            *find(slots, size, t->slots[i].fingerprint) = t->slots[i];
    free(t->slots);
    t->slots = slots;
    t->size = size;
}

static size_t add_text(struct trail *t, const char *text, size_t length)
{
    size_t at = t->length;

    if (at + length + 1 > t->capacity) {
        t->capacity = 2 * t->capacity + length + 4096;
        t->text = memory_resize(t->text, t->capacity);
    }
    memcpy(t->text + at, text, length);
    t->text[at + length] = '\0';
    t->length += length + 1;
    return at;
}

static void add(struct trail *t, struct step *s, const struct step *step)
{
    *s = *step;
    if (++t->count > t->size / 2)
        grow(t);
}

void trail_add(struct trail *t, uint64_t fingerprint, const char *url, size_t length, uint64_t from)
{
    struct step *s = find(t->slots, t->size, fingerprint);

    if (!s->fingerprint)
        add(t, s, &(struct step){fingerprint, from, add_text(t, url, length), 0});
}

/* Whether the page from is the better one to have come from, at the same depth. */
static bool sorts_before(const struct trail *t, uint64_t from, uint64_t other)
{
    uint64_t further;

    if (from == 0 || other == 0 || from == other)
        return from == 0 && other != 0;
    return strcmp(trail_find(t, from, &further), trail_find(t, other, &further)) < 0;
}

void trail_settle(struct trail *t, uint64_t fingerprint, const char *url, size_t length,
                  uint64_t from, uint32_t depth)
{
    struct step *s = find(t->slots, t->size, fingerprint);

    if (!s->fingerprint) {
        add(t, s, &(struct step){fingerprint, from, add_text(t, url, length), depth});
    } else if (depth < s->depth || (depth == s->depth && sorts_before(t, from, s->from))) {
        s->from = from;
        s->depth = depth;
    }
}

const char *trail_find(const struct trail *t, uint64_t fingerprint, uint64_t *from)
{
    const struct step *s = find(t->slots, t->size, fingerprint);

    if (!s->fingerprint)
        return NULL;
    *from = s->from;
    return t->text + s->text;
}

uint32_t trail_depth(const struct trail *t, uint64_t fingerprint)
{
    const struct step *s = find(t->slots, t->size, fingerprint);

    return s->fingerprint ? s->depth : UINT32_MAX;
}
