/* Character references: what they become fits its room, is UTF-8, holds no NUL; what holds none
 * stays as it is. */
#include "parse/charset.h"
#include "parse/reference.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    size_t length = in.length, room = REFERENCE_RESOLVED(length);
    char *text = fuzz_copy(in.at, length), *out = fuzz_copy(NULL, 0);
    if (room > 0) {
        free(out);
        out = malloc(room);
    }
    size_t n = reference_resolve(text, length, in.options & 1, out);
    fuzz_check(n <= room && (n == 0 || !memchr(out, '\0', n)));
    fuzz_check(!charset_is_utf8(text, length) || charset_is_utf8(out, n));
    if (length > 0 && !memchr(text, '\0', length) && !memchr(text, '&', length))
        fuzz_check(n == length && memcmp(out, text, n) == 0);
    free(out);
    free(text);
    return 0;
}
