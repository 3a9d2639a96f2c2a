#include "crawler/scope.h"

#include "crawler/memory.h"

#include <stdlib.h>

const char *verdict_name(enum verdict v)
{
    static const char *const names[VERDICT_COUNT] = {
        [VERDICT_FOLLOW] = "follow",   [VERDICT_SEEN] = "seen",
        [VERDICT_SCOPE] = "scope",     [VERDICT_EXCLUDE] = "exclude",
        [VERDICT_INCLUDE] = "include", [VERDICT_DEPTH] = "depth",
        [VERDICT_ROBOTS] = "robots",   [VERDICT_NOFOLLOW] = "nofollow",
        [VERDICT_PRIVATE] = "private", [VERDICT_TRAP] = "trap",
        [VERDICT_LIMIT] = "limit",
    };
    return names[v];
}

void scope_init(struct scope *s, enum scope_mode mode, uint64_t seed)
{
    *s = (struct scope){.mode = mode};
    seen_init(&s->hosts, seed);
}

void scope_deinit(struct scope *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->names[i]);
    free(s->names);
    seen_deinit(&s->hosts);
}

/* Host and port as they stand in the URL: a scheme's own port is not written there, so both schemes
 * of a host have one name. */
static size_t name_length(const struct url *u)
{
    return u->path - u->host;
}

static uint64_t name_fingerprint(const struct scope *s, const struct url *u)
{
    return seen_fingerprint(s->hosts.seed, u->text + u->host, name_length(u));
}

bool scope_holds(const struct scope *s, const struct url *u)
{
    return seen_has(&s->hosts, name_fingerprint(s, u));
}

bool scope_add(struct scope *s, const struct url *u)
{
    if (!seen_add(&s->hosts, name_fingerprint(s, u)))
        return false;
    s->names = memory_resize(s->names, (s->count + 1) * sizeof *s->names);
    s->names[s->count++] = memory_copy(u->text + u->host, name_length(u));
    return true;
}

const char *scope_name(const struct scope *s, size_t i)
{
    return i < s->count ? s->names[i] : NULL;
}
