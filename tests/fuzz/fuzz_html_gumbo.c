/* HTML by way of Gumbo's tree. */
#include "parse/html_gumbo.h"
#include "tests/fuzz/fuzz_links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html; charset=utf-8", "application/xhtml+xml",
                                        "text/html; charset=gbk", NULL};
    unsigned options = size > 0 ? data[size - 1] : 0;
    fuzz_links(html_gumbo_links, types[options >> 1 & 3], data, size);
    return 0;
}
