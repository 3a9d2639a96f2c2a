#include "parse/html_skip.h"

#include "parse/html_bytes.h"

#include <strings.h>

const char *html_find_end_tag(const char *p, const char *end, struct span name)
{
    for (; (p = find(p, end, '<')) < end; p++) {
        const char *after = p + 2 + name.length;
        if (after < end && p[1] == '/' && strncasecmp(p + 2, name.at, name.length) == 0 &&
            is(*after, TAG_END))
            return p;
    }
    return NULL;
}

/* Whether a tag of a script begins at p: <script, or </script. */
static bool is_script_tag(const char *p, const char *end, const char *tag)
{
    size_t length = strlen(tag);
    return (size_t)(end - p) > length && strncasecmp(p, tag, length) == 0 && is(p[length], TAG_END);
}

const char *html_find_script_end(const char *p, const char *end)
{
    enum { PLAIN, ESCAPED, DOUBLE } state = PLAIN;
    for (; p < end; p++) {
        if (state == PLAIN && (p = find(p, end, '<')) == end)
            break;
        if (*p == '-' && state != PLAIN) {
            if (end - p >= 3 && p[1] == '-') {
                const char *close = p + 1;
                while (close < end && *close == '-')
                    close++;
                if (close < end && *close == '>')
                    state = PLAIN;
                p = close - 1;
            }
        } else if (*p != '<') {
            continue;
        } else if (state == PLAIN && end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
            state = ESCAPED;
            p += 1; /* its dashes may be those of --> */
        } else if (is_script_tag(p, end, "</script")) {
            if (state != DOUBLE)
                return p;
            state = ESCAPED;
        } else if (state == ESCAPED && is_script_tag(p, end, "<script")) {
            state = DOUBLE;
        }
    }
    return NULL;
}

const char *html_skip_comment(const char *p, const char *end)
{
    const char *text = p;
    if (p < end && *p == '>')
        return p + 1;
    if (end - p >= 2 && p[0] == '-' && p[1] == '>')
        return p + 2;
    for (; (p = find(p, end, '>')) < end; p++) {
        const char *dashes = p - text >= 3 && p[-1] == '!' ? p - 3 : p - 2;
        if (p - text >= 2 && dashes[0] == '-' && dashes[1] == '-')
            return p + 1;
    }
    return end;
}
