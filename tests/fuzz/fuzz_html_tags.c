/* The scanner against Gumbo, in documents of tags that tree construction knows: each byte of the
 * input is one. Every element has a style that loads something, by which it is known whether it
 * counts, and as what. */
#include "tests/fuzz/html_diff.h"

/* What begins with a letter becomes a start tag or an end tag, the rest stands as it is. */
static const char *const pieces[128] = {
    "html",
    "head",
    "body",
    "frameset",
    "frame",
    "base href=/b/",
    "basefont",
    "bgsound",
    "link",
    "link rel=next href=x",
    "meta",
    "meta name=robots content=none",
    "noframes",
    "script",
    "style",
    "template",
    "title",
    "noscript",
    "div",
    "p",
    "center",
    "dd",
    "dt",
    "li",
    "ul",
    "h1",
    "h2",
    "pre",
    "listing",
    "textarea",
    "form",
    "plaintext",
    "button",
    "a href=x",
    "a href=y",
    "b",
    "i",
    "nobr",
    "applet",
    "marquee",
    "object data=x",
    "table",
    "caption",
    "col",
    "colgroup",
    "tbody",
    "tfoot",
    "thead",
    "td",
    "th",
    "tr",
    "area href=x",
    "br",
    "embed",
    "img src=x",
    "image src=x",
    "keygen",
    "wbr",
    "input",
    "input type=hidden",
    "input type=image src=x",
    "hr",
    "param",
    "source",
    "track",
    "xmp",
    "iframe src=x",
    "noembed",
    "select",
    "optgroup",
    "option",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "math",
    "svg",
    "mi",
    "mo",
    "mtext",
    "annotation-xml",
    "annotation-xml encoding=text/html",
    "annotation-xml encoding='application/xhtml+xml'",
    "mglyph",
    "malignmark",
    "foreignObject",
    "desc",
    "g",
    "use href=x",
    "feImage href=x",
    "menuitem",
    "menu",
    "isindex",
    "span",
    "font",
    "font color=x",
    "font size=1",
    "video src=x",
    "audio",
    "picture",
    "main",
    "summary",
    "dialog",
    "x-y",
    "x",
    "s",
    "em",
    "code",
    "strike",
    "address",
    "search",
    "math/",
    "svg/",
    "script/",
    "a/",
    "\n",
    "text",
    " ",
    "<!doctype html>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "</p>",
    "</br>",
    "<a href=z>",
};

static void put(struct fuzz_input *out, char *buffer, unsigned char byte, unsigned number)
{
    const char *piece = pieces[byte & 127];
    size_t length = strcspn(piece, " /");
    char *to = buffer + out->length;
    if ((*piece | 0x20) < 'a' || (*piece | 0x20) > 'z' || strcmp(piece, "text") == 0)
        out->length += (size_t)sprintf(to, "%s", piece);
    else if (byte & 128)
        out->length += (size_t)sprintf(to, "</%.*s>", (int)length, piece);
    else
        out->length += (size_t)sprintf(to, "<%.*s style=a:url(%u)%s>", (int)length, piece, number,
                                       piece + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[64 * 512];
    struct fuzz_input built = {.at = buffer};
    struct url url;
    for (size_t i = 0; i < size && i < 512; i++)
        put(&built, buffer, data[i], (unsigned)i);
    struct document d = fuzz_document(&built, "text/html; charset=utf-8", &url);
    html_diff(&d);
    free((char *)(uintptr_t)d.body);
    return 0;
}
