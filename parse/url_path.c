/* Dot segments. Hardly a path has any, so the first look at one is a fast one. */
#include "parse/url_path.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How many dots make up a segment, "%2e" being one: 1 or 2, else 0. */
static int count_dots(const char *s, const char *end)
{
    int n = 0;
    for (; s < end && n < 3; n++) {
        if (*s == '.')
            s++;
        else if (end - s >= 3 && s[0] == '%' && s[1] == '2' && (s[2] | 0x20) == 'e')
            s += 3;
        else
            return 0;
    }
    return n < 3 ? n : 0;
}

/* Whether a segment may begin with a dot, eight bytes at a time. In front of s, which a '/' stands
 * before, there is more than that of the URL; what looks like a segment there does no harm. */
static bool may_hold_dots(const char *s, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (bool last = false; !last; s += 8) {
        last = end - s <= 8;
        if (last)
            s = end - 8;
        uint64_t at, before;
        memcpy(&at, s, 8);
        memcpy(&before, s - 1, 8);
        before ^= ones * '/';
        uint64_t dot = before | (at ^ ones * '.'), percent = before | (at ^ ones * '%');
        if ((((dot - ones) & ~dot) | ((percent - ones) & ~percent)) & ones << 7)
            return true;
    }
    return false;
}

char *url_resolve_dots(const char *path, char *segment, char *path_end)
{
    char *out = segment;
    const char *in = segment, *end;
    if (!may_hold_dots(segment, path_end))
        return path_end;
    for (bool last = false; !last; in = end + 1) {
        end = memchr(in, '/', (size_t)(path_end - in));
        last = !end;
        if (last)
            end = path_end;
        int dots = count_dots(in, end);
        if (dots == 2 && out - 1 > path)
            out = (char *)memrchr(path, '/', (size_t)(out - 1 - path)) + 1;
        if (dots > 0)
            continue;
        memmove(out, in, (size_t)(end - in));
        out += end - in;
        if (!last)
            *out++ = '/';
    }
    return out;
}
