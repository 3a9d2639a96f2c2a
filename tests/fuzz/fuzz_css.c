/* Style sheets: every URL lies within the text, behind the one before, and unescapes into the room
 * that it is promised. */
#include "parse/css.h"
#include "tests/fuzz/fuzz_links.h"

static void check_urls(const char *text, size_t length)
{
    struct css c;
    struct span url;
    const char *before = text;
    css_init(&c, text, length);
    while (css_next(&c, &url)) {
        fuzz_check(url.at >= before && url.length <= length - (size_t)(url.at - text));
        before = url.at + url.length;
        char *raw = fuzz_copy(url.at, url.length), *out = malloc(CSS_UNESCAPED(url.length));
        fuzz_check(css_unescape((struct span){raw, url.length}, out) <= CSS_UNESCAPED(url.length));
        free(out);
        free(raw);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    char *text = fuzz_copy(in.at, in.length);
    check_urls(text, in.length);
    free(text);
    fuzz_links(css_document_links, "text/css", data, size);
    return 0;
}
