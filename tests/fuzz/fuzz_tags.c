/* The scanner against Gumbo, in documents of tags that tree construction knows: each byte of the
 * input is one. Every element has a style that loads something, by which it is known whether it
 * counts, and as what. */
#include "tests/fuzz/html_diff.h"

#define MOST 400 /* bytes that count */

/* What begins with a letter becomes a start tag or an end tag, the rest stands as it is. */
static const char pieces[] =
    "html|head|body|frameset|frame|base href=/b/|basefont|bgsound|link|link rel=next href=x|meta|"
    "meta name=robots content=none|noframes|script|style|template|title|noscript|div|p|center|dd|"
    "dt|li|ul|h1|h2|pre|listing|textarea|form|plaintext|button|a href=x|a href=y|b|i|nobr|applet|"
    "marquee|object data=x|table|caption|col|colgroup|tbody|tfoot|thead|td|th|tr|area href=x|br|"
    "embed|img src=x|image src=x|keygen|wbr|input|input type=hidden|input type=image src=x|hr|"
    "param|source|track|xmp|iframe src=x|noembed|select|optgroup|option|rb|rp|rt|rtc|ruby|math|"
    "svg|mi|mo|mtext|annotation-xml|annotation-xml encoding=text/html|mglyph|malignmark|"
    "foreignObject|desc|g|use href=x|feImage href=x|search|menu|span|font|font color=x|"
    "video src=x|picture|main|dialog|x-y|x|s|address|math /|svg /|script /|a /|g /|\n|text,| |"
    "<!doctype html>|<!--|-->|<![CDATA[|]]>|&amp;|&#32;|</ >|<?|>";

static const char *find_piece(unsigned number)
{
    for (const char *p = pieces;; p = pieces)
        for (; p; p = strchr(p, '|'), p = p ? p + 1 : p)
            if (number-- == 0)
                return p;
}

static size_t put(char *out, unsigned byte, unsigned number)
{
    const char *piece = find_piece(byte & 127);
    int length = (int)strcspn(piece, "|"), name = (int)strcspn(piece, " |");
    bool is_tag = (*piece | 0x20) >= 'a' && (*piece | 0x20) <= 'z' && piece[length - 1] != ',';
    if (!is_tag)
        return (size_t)sprintf(out, "%.*s", length, piece);
    if (byte & 128)
        return (size_t)sprintf(out, "</%.*s>", name, piece);
    return (size_t)sprintf(out, "<%.*s style=a:url(%u)%.*s>", name, piece, number, length - name,
                           piece + name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MOST * 64];
    struct fuzz_input built = {.at = text};
    struct url url;
    for (size_t i = 0; i < size && i < MOST; i++)
        built.length += put(text + built.length, data[i], (unsigned)i);
    struct document d = fuzz_document(&built, "text/html; charset=utf-8", &url);
    html_diff(&d);
    free((char *)(uintptr_t)d.body);
    return 0;
}
