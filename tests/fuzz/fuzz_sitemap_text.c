/* Text sitemaps: all lines are links, or none is. */
#include "parse/sitemap.h"
#include "tests/fuzz/fuzz_links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/plain", "text/plain; charset=utf-16le",
                                        "text/plain; charset=shift_jis", NULL};
    unsigned options = size > 0 ? data[size - 1] : 0;
    fuzz_links(sitemap_text_links, types[options >> 1 & 3], data, size);
    return 0;
}
