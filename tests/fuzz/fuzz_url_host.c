/* Hosts by themselves, into a buffer of any size: what comes out comes out of itself. */
#include "parse/url_host.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static ptrdiff_t parse(char *out, size_t size, const char *text, size_t length)
{
    return url_host_parse(out, size, (const unsigned char *)text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[65536], again[65536];
    struct fuzz_input in = fuzz_input(data, size);
    char *text = fuzz_copy(in.at, in.length), *small = fuzz_copy(NULL, 0);
    ptrdiff_t n = parse(whole, sizeof(whole), text, in.length);
    fuzz_check(n > 0 || n == -EINVAL || n == -ENAMETOOLONG);
    for (ptrdiff_t i = 0; i < n; i++)
        fuzz_check(whole[i] > ' ' && whole[i] < 0x7f && !strchr("/?#@\\", whole[i]));
    if (n > 0) {
        fuzz_check(parse(again, sizeof(again), whole, (size_t)n) == n);
        fuzz_check(memcmp(again, whole, (size_t)n) == 0);
    }
    if (in.options > 0) {
        free(small);
        small = malloc(in.options);
    }
    ptrdiff_t cut = parse(small, in.options, text, in.length);
    fuzz_check(cut == n || cut == -ENAMETOOLONG || n < 0);
    fuzz_check(cut < 0 || memcmp(small, whole, (size_t)cut) == 0);
    free(small);
    free(text);
    return 0;
}
