#include "parse/html_skip.h"

#include "parse/html_bytes.h"
#include "parse/reference.h"

#include <strings.h>

#define MAX_REFERENCE 32 /* bytes, of one that anyone writes for a space */

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

/* The length of what may be a reference to a space, at an ampersand; 0: it is none. */
static size_t skip_space_reference(const char *p, size_t length)
{
    char out[REFERENCE_RESOLVED(MAX_REFERENCE)];
    size_t n = 1;
    while (n < length && n < MAX_REFERENCE - 1 && p[n] != '&' && p[n] != ';' && !is(p[n], SPACE))
        n++;
    n += n < length && p[n] == ';';
    return reference_resolve(p, n, false, out) == 1 && is(*out, SPACE) ? n : 0;
}

bool html_is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t n = is(text[i], SPACE) || text[i] == '\0' ? 1
                   : text[i] == '&' ? skip_space_reference(text + i, length - i)
                                    : 0;
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
