/* srcset: splits it into candidates and checks their descriptors, in one pass and without memory.
 */
#include "parse/srcset.h"

#include <string.h>

/* Which descriptors a candidate has. */
enum {
    WIDTH = 1,
    DENSITY = 2,
    HEIGHT = 4,
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* Whether [p, end) is a valid non-negative integer above 0. */
static bool is_positive_integer(const char *p, const char *end)
{
    if (p == end || skip_digits(p, end) != end)
        return false;
    while (p < end && *p == '0')
        p++;
    return p < end;
}

/* Whether [p, end) is a valid floating-point number that is not below 0. */
static bool is_density(const char *p, const char *end)
{
    bool negative = p < end && *p == '-', zero = true;
    const char *start = p += negative;
    p = skip_digits(p, end);
    size_t digits = (size_t)(p - start);
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = skip_digits(fraction, end);
        if (p == fraction)
            return false;
        digits += (size_t)(p - fraction);
    }
    for (const char *q = start; q < p; q++)
        zero &= *q == '0' || *q == '.';
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        const char *exponent = p;
        p = skip_digits(p, end);
        if (p == exponent)
            return false;
    }
    return digits > 0 && p == end && (zero || !negative);
}

/* Adds the descriptor [p, end) to those that the candidate has; false where it may not stand. */
static bool add_descriptor(const char *p, const char *end, unsigned *has)
{
    switch (*--end) {
    case 'w':
        if (*has & (WIDTH | DENSITY) || !is_positive_integer(p, end))
            return false;
        *has |= WIDTH;
        return true;
    case 'x':
        if (*has || !is_density(p, end))
            return false;
        *has |= DENSITY;
        return true;
    case 'h':
        if (*has & (HEIGHT | DENSITY) || !is_positive_integer(p, end))
            return false;
        *has |= HEIGHT;
        return true;
    default:
        return false;
    }
}

/* Reads the descriptors behind a URL, up to and with the comma that ends the candidate. */
static bool read_descriptors(struct srcset *s)
{
    unsigned has = 0;
    bool valid = true;
    const char *p = s->at;
    while (p < s->end && *p != ',') {
        if (is_space(*p)) {
            p++;
            continue;
        }
        const char *start = p;
        while (p < s->end && !is_space(*p) && *p != ',') {
            const char *close = *p == '(' ? memchr(p, ')', (size_t)(s->end - p)) : p;
            p = close ? close + 1 : s->end;
        }
        valid = valid && add_descriptor(start, p, &has);
    }
    s->at = p < s->end ? p + 1 : p;
    return valid && !(has & HEIGHT && !(has & WIDTH));
}

bool srcset_next(struct srcset *s, struct span *url)
{
    for (;;) {
        while (s->at < s->end && (is_space(*s->at) || *s->at == ','))
            s->at++;
        if (s->at == s->end)
            return false;
        const char *start = s->at, *p = start;
        while (p < s->end && !is_space(*p))
            p++;
        s->at = p;
        bool valid = true;
        if (p[-1] == ',')
            while (p[-1] == ',')
                p--;
        else
            valid = read_descriptors(s);
        *url = (struct span){start, (size_t)(p - start)};
        if (valid)
            return true;
    }
}
