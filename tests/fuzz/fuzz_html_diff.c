/* The scanner against Gumbo, in any document. */
#include "tests/fuzz/html_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html; charset=utf-8", "application/xhtml+xml",
                                        "text/html; charset=gbk", NULL};
    struct fuzz_input in = fuzz_input(data, size);
    struct url url;
    struct document d = fuzz_document(&in, types[in.options & 3], &url);
    html_diff(&d);
    free((char *)(uintptr_t)d.body);
    return 0;
}
