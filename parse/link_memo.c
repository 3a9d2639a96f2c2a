#include "parse/link_memo.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define LONGEST 256 /* longer ones hardly repeat */

void link_memo_init(struct link_memo *m, uint64_t seed)
{
    *m = (struct link_memo){.seed = seed};
}

void link_memo_enter(struct link_memo *m, const struct url *base, const char *charset)
{
    uint64_t seed = m->seed ^ (uintptr_t)charset; /* names of charsets are static */
    m->itself = false;
    m->origin = m->directory = 0;
    if (!base)
        return;
    const char *path = base->text + base->path;
    const char *slash = memrchr(path, '/', base->query - base->path);
    m->origin = XXH3_64bits_withSeed(base->text, base->path, seed);
    m->directory = XXH3_64bits_withSeed(base->text, (size_t)(slash + 1 - base->text), seed);
}

/* What begins with a slash or with "http" and slashes is the same in all directories. What is
 * relative to the very page is not remembered, nor what has to be trimmed first. */
uint64_t link_memo_key(struct link_memo *m, const char *raw, size_t length)
{
    if (m->directory == 0 || length == 0 || length > LONGEST || (unsigned char)*raw <= ' ' ||
        *raw == '#' || *raw == '?')
        return 0;
    bool anywhere =
        *raw == '/' || (length > 8 && memcmp(raw, "http", 4) == 0 &&
                        (memcmp(raw + 4, "://", 3) == 0 || memcmp(raw + 4, "s://", 4) == 0));
    return XXH3_64bits_withSeed(raw, length, anywhere ? m->origin : m->directory);
}
