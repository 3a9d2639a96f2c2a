/* A redirect keeps its source's depth, so what it leads to may have been met before as a link of
 * the same depth, and wait for the next one. Where the order of answers decides which of the two
 * comes first, both must come to the same. */
#include "crawler/frontier_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

bool frontier_bring_up(struct frontier *f, const struct url *u, uint64_t fingerprint,
                       const struct todo *todo)
{
    if (f->stopped || todo->depth > f->depth || !seen_has(&f->ahead, fingerprint) ||
        !seen_add(&f->brought, fingerprint))
        return false;
    frontier_add_beside(f, u, todo);
    return true;
}

static bool was_brought(const struct frontier *f, const struct host *h, const char *path,
                        size_t length)
{
    size_t whole = h->origin_length + length;
    char *url = memory_resize(NULL, whole);

    memcpy(mempcpy(url, h->origin, h->origin_length), path, length);
    bool brought = seen_has(&f->brought, seen_fingerprint(f->seen.seed, url, whole));
    free(url);
    return brought;
}

void frontier_leave_out_brought(struct frontier *f, const struct host *h, struct url_queue *q)
{
    struct url_queue all = *q;
    struct todo todo;
    const char *path;

    if (f->brought.count == 0)
        return;
    url_queue_init(q);
    while (all.count) {
        size_t length = url_queue_pop(&all, &todo, &path);
        if (!was_brought(f, h, path, length))
            url_queue_push(q, &todo, path, length);
    }
    url_queue_deinit(&all);
}

static void forget(struct seen *s)
{
    uint64_t seed = s->seed;

    if (s->count == 0)
        return;
    seen_deinit(s);
    seen_init(s, seed);
}

void frontier_forget_ahead(struct frontier *f)
{
    forget(&f->ahead);
    forget(&f->brought);
}
