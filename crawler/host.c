#include "crawler/host.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

void hosts_init(struct hosts *hs)
{
    *hs = (struct hosts){.size = 16};
    hs->slots = memory_new(hs->size * sizeof(struct host *));
}

static void host_free(struct host *h)
{
    url_queue_deinit(&h->now);
    url_queue_deinit(&h->next);
    url_queue_deinit(&h->sitemaps);
    robots_free(h->rules);
    free(h->why);
    free(h->multis);
    free(h->credentials);
    free(h->origin);
    free(h);
}

void hosts_deinit(struct hosts *hs)
{
    for (size_t i = 0; i < hs->size; i++)
        if (hs->slots[i])
            host_free(hs->slots[i]);
    free(hs->slots);
}

/* The slot of that origin, or the free one where it belongs; size is a power of two. */
static struct host **find(struct host **slots, size_t size, uint64_t hash, const char *origin,
                          size_t length)
{
    size_t i = hash & (size - 1);

    while (slots[i] && !(slots[i]->hash == hash && slots[i]->origin_length == length &&
                         memcmp(slots[i]->origin, origin, length) == 0))
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static void grow(struct hosts *hs)
{
    size_t size = 2 * hs->size;
    struct host **slots = memory_new(size * sizeof *slots);

    for (size_t i = 0; i < hs->size; i++) {
        struct host *h = hs->slots[i];
        if (h)
            *find(slots, size, h->hash, h->origin, h->origin_length) = h;
    }
    free(hs->slots);
    hs->slots = slots;
    hs->size = size;
}

static struct host *host_new(const struct url *u, uint64_t hash)
{
    struct host *h = memory_new(sizeof *h);

    h->origin = memory_copy(u->text, u->path);
    h->origin_length = u->path;
    h->parts = *u;
    h->hash = hash;
    url_queue_init(&h->now);
    url_queue_init(&h->next);
    url_queue_init(&h->sitemaps);
    list_init(&h->retries);
    list_init(&h->ring);
    list_init(&h->deeper);
    return h;
}

/* URLs of the crawl carry no userinfo, so the origin is what stands before the path. */
struct host *hosts_get(struct hosts *hs, const struct url *u)
{
    size_t length = u->path;
    uint64_t hash = XXH3_64bits(u->text, length);
    struct host **slot = find(hs->slots, hs->size, hash, u->text, length);

    if (*slot)
        return *slot;
    if (hs->count + 1 > hs->size / 2) {
        grow(hs);
        slot = find(hs->slots, hs->size, hash, u->text, length);
    }
    hs->count++;
    return *slot = host_new(u, hash);
}

void host_set_rules(struct host *h, struct robots *rules)
{
    robots_free(h->rules);
    h->rules = rules;
    h->robots_state = ROBOTS_KNOWN;
    free(h->why);
    h->why = NULL;
}

void host_explain(struct host *h, const char *why)
{
    free(h->why);
    h->why = memory_copy(why, strlen(why));
}

void host_describe(const struct host *h, struct url *out, const char *text, size_t length)
{
    const char *query = memchr(text + h->origin_length, '?', length - h->origin_length);

    *out = h->parts;
    out->text = text;
    out->length = (uint32_t)length;
    out->query = query ? (uint32_t)(query - text) : out->length;
}

void host_set_unavailable(struct host *h, const char *why)
{
    h->robots_state = ROBOTS_UNAVAILABLE;
    host_explain(h, why);
}

void host_set_unreachable(struct host *h, int error, const char *why, int64_t until)
{
    h->robots_state = ROBOTS_UNREACHABLE;
    host_explain(h, why);
    h->error = error;
    h->ask_again = until;
}

bool host_allows(const struct host *h, const char *path, size_t length)
{
    if (h->robots_state == ROBOTS_UNAVAILABLE)
        return false;
    return !h->rules || robots_allowed(h->rules, path, length);
}
