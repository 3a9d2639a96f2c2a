/* JSON strings. */
#include "cmd/json.h"
#include "parse/utf8.h"

#include <stdbool.h>

static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Controls, and what changes the direction of text or ends a line. */
static bool steers(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void json_string(FILE *out, const char *string, size_t length)
{
    const unsigned char *s = (const unsigned char *)string, *end = s + length;
    putc('"', out);
    while (s < end) {
        const unsigned char *run = s;
        while (s < end && is_plain(*s))
            s++;
        fwrite(run, 1, (size_t)(s - run), out);
        if (s == end)
            break;
        uint32_t c;
        size_t n = utf8_decode(s, end, &c);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (steers(c))
            fprintf(out, "\\u%04x", (unsigned)c);
        else if (c == 0xfffd)
            fputs("\xef\xbf\xbd", out);
        else
            fwrite(s, 1, n, out);
        s += n;
    }
    putc('"', out);
}
