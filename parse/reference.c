/* Character references: a jump from one '&' to the next, and a table of names.
 *
 * A name is a run of letters and digits. With a semicolon behind it, the whole run is looked up;
 * without one, only the longest of its beginnings that may lack the semicolon counts, and none is
 * longer than BARE_MAX. So a reference costs a few binary searches at most, however long the run.
 */
#include "parse/reference.h"
#include "parse/charset.h"
#include "parse/reference_names.h"

#include <stdint.h>
#include <string.h>

#define NAME_MAX_LENGTH (sizeof("CounterClockwiseContourIntegral") - 1)
#define BARE_MAX (sizeof("Aacute") - 1)

/* All names in one piece; the table holds offsets, which need no relocation when the program is
 * loaded as pointers would. */
struct texts {
#define NAME(name, code, second, bare) name_##name[sizeof(#name)]
    char REFERENCE_NAMES;
#undef NAME
};

static const struct texts texts = {
#define NAME(name, code, second, bare) #name
    REFERENCE_NAMES
#undef NAME
};

#define TEXT(name) offsetof(struct texts, name_##name)

static const struct name {
    uint16_t text; /* where it stands in texts */
    uint16_t second;
    uint32_t code : 31;
    uint32_t bare : 1; /* may lack its semicolon */
} names[] = {
#define NAME(name, code, second, bare)         \
    {                                          \
        TEXT(name), 0x##second, 0x##code, bare \
    }
    REFERENCE_NAMES
#undef NAME
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const struct name *find(const char *name, size_t length)
{
    size_t low = 0, high = sizeof(names) / sizeof(*names);
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *text = (const char *)&texts + names[middle].text;
        int order = strncmp(text, name, length);
        if (order == 0 && text[length] == '\0')
            return &names[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static char *put_name(char *out, const struct name *name)
{
    out += charset_put_utf8(name->code, out);
    if (name->second)
        out += charset_put_utf8(name->second, out);
    return out;
}

/* The name at *at, behind the '&'. Returns the end of what it stands for and moves *at on; NULL if
 * it is none. */
static char *resolve_name(const char **at, const char *end, bool attribute, char *out)
{
    const char *in = *at;
    size_t length = 0, most = (size_t)(end - in);
    if (most >= 4 && memcmp(in, "amp;", 4) == 0) { /* as most are */
        *at = in + 4;
        *out = '&';
        return out + 1;
    }
    if (most > NAME_MAX_LENGTH + 1)
        most = NAME_MAX_LENGTH + 1;
    while (length < most && (is_letter(in[length]) || is_digit(in[length])))
        length++;
    char next = length < most ? in[length] : '\0';
    if (next == ';') {
        const struct name *name = find(in, length);
        if (name) {
            *at = in + length + 1;
            return put_name(out, name);
        }
    }
    if (attribute && (length > BARE_MAX || next == '='))
        return NULL;
    size_t least = attribute ? length : 2;
    for (size_t n = length < BARE_MAX ? length : BARE_MAX; n >= 2 && n >= least; n--) {
        const struct name *name = find(in, n);
        if (name && name->bare) {
            *at = in + n;
            return put_name(out, name);
        }
    }
    return NULL;
}

/* What a number stands for: section 13.2.5.80. */
static uint32_t character(uint32_t number)
{
    static const uint16_t windows_1252[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
    };
    if (number == 0 || number > 0x10ffff || number >> 11 == 0x1b)
        return 0xfffd;
    return number >= 0x80 && number < 0xa0 ? windows_1252[number - 0x80] : number;
}

/* As resolve_name, for the number behind "&#". */
static char *resolve_number(const char **at, const char *end, char *out)
{
    const char *in = *at;
    bool hex = in < end && (*in | 0x20) == 'x';
    const char *first = in += hex;
    uint32_t number = 0;
    for (; in < end; in++) {
        char lower = (char)(*in | 0x20);
        uint32_t digit;
        if (is_digit(*in))
            digit = (uint32_t)(*in - '0');
        else if (hex && lower >= 'a' && lower <= 'f')
            digit = (uint32_t)(lower - 'a' + 10);
        else
            break;
        if (number <= 0x10ffff)
            number = number * (hex ? 16 : 10) + digit;
    }
    if (in == first)
        return NULL;
    *at = in < end && *in == ';' ? in + 1 : in;
    return out + charset_put_utf8(character(number), out);
}

/* Copies what holds no reference. */
static char *put_plain(char *out, const char *in, const char *end)
{
    for (;;) {
        const char *nul = memchr(in, '\0', (size_t)(end - in));
        out = mempcpy(out, in, (size_t)((nul ? nul : end) - in));
        if (!nul)
            return out;
        out = mempcpy(out, "\xef\xbf\xbd", 3);
        in = nul + 1;
    }
}

size_t reference_resolve(const char *in, size_t length, bool attribute, char *out)
{
    const char *end = in + length, *mark;
    char *start = out;
    while ((mark = memchr(in, '&', (size_t)(end - in)))) {
        out = put_plain(out, in, mark);
        in = mark + 1;
        char *resolved;
        if (in < end && *in == '#') {
            in++;
            resolved = resolve_number(&in, end, out);
        } else {
            resolved = resolve_name(&in, end, attribute, out);
        }
        /* What is no reference stays; the next one is not within it. */
        out = resolved ? resolved : mempcpy(out, mark, (size_t)(in - mark));
    }
    return (size_t)(put_plain(out, in, end) - start);
}
