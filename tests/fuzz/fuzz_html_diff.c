/* The scanner against Gumbo, in any document but for control characters, which would explain too
 * much: html_effects.c. */
#include "tests/fuzz/html_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html; charset=utf-8", "application/xhtml+xml",
                                        "text/html; charset=gbk", NULL};
    struct fuzz_input in = fuzz_input(data, size);
    struct url url;
    struct document d = fuzz_document(&in, types[in.options & 3], &url);
    char *body = (char *)(uintptr_t)d.body;
    for (size_t i = 0; i < d.length; i++)
        if ((body[i] > '\0' && body[i] < ' ' && !strchr("\t\n\f\r", body[i])) || body[i] == '\x7f')
            body[i] = '?';
    html_diff(&d);
    free(body);
    return 0;
}
