/* srcset: every URL lies within the text, behind the one before, and is not empty. */
#include "parse/srcset.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    char *text = fuzz_copy(in.at, in.length);
    struct srcset s = {text, text + in.length};
    struct span url;
    const char *before = text;
    while (srcset_next(&s, &url)) {
        fuzz_check(url.at >= before && url.length > 0);
        before = url.at + url.length;
        fuzz_check(before <= s.at && s.at <= s.end);
        fuzz_check(!memchr(" \t\n\f\r", *url.at, 5) && *url.at != ',' && before[-1] != ',');
    }
    free(text);
    return 0;
}
