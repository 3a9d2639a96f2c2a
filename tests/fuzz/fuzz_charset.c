/* Encodings: what is found is found again by its name, what is decoded is UTF-8, which decodes to
 * itself, and an encoder writes no more than it may. */
#include "parse/charset.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static void check_name(const char *name)
{
    fuzz_check(!name || strcmp(charset_find(name, strlen(name)), name) == 0);
}

static void check_sniff(const char *sniff(const char *, size_t, const char *, size_t *),
                        const char *text, size_t length, const char *type)
{
    size_t bom = SIZE_MAX;
    const char *name = sniff(text, length, type, &bom);
    fuzz_check(name && bom <= 3 && bom <= length);
    check_name(name);
}

static void check_decode(const char *charset, const char *text, size_t length, size_t max)
{
    char *out = NULL, *again = NULL;
    size_t out_length, again_length;
    int r = charset_decode(charset, text, length, max, &out, &out_length);
    fuzz_check(r == 0 || (r == -E2BIG && max < 4 * length + 4));
    if (r < 0)
        return;
    fuzz_check(out_length <= max && out[out_length] == '\0');
    fuzz_check(charset_is_utf8(out, out_length));
    fuzz_check(charset_decode("UTF-8", out, out_length, max, &again, &again_length) == 0);
    fuzz_check(again_length == out_length && memcmp(again, out, out_length) == 0);
    free(again);
    free(out);
}

static void check_text(const char *charset, const char *text, size_t length)
{
    struct charset_text t;
    char *decoded;
    size_t decoded_length;
    fuzz_check(charset_text(&t, charset, text, length) == 0);
    fuzz_check(charset_decode(charset, text, length, SIZE_MAX / 2, &decoded, &decoded_length) == 0);
    fuzz_check(t.length == decoded_length);
    fuzz_check(t.length == 0 || memcmp(t.at, decoded, t.length) == 0);
    fuzz_check(t.owned || t.at == text);
    free(t.owned);
    free(decoded);
}

static void check_encode(const char *charset, const char *text, size_t length, size_t room)
{
    char *out = fuzz_copy(NULL, 0);
    if (room > 0) {
        free(out);
        out = malloc(room);
    }
    ptrdiff_t n = charset_encode(charset, text, length, out, room);
    fuzz_check(n == -ENAMETOOLONG || (n >= 0 && (size_t)n <= room));
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size), header = fuzz_cut(&in);
    char *text = fuzz_copy(in.at, in.length), *type = fuzz_string(header.at, header.length);
    const char *charset = fuzz_charset(in.options);
    if (!charset)
        charset = charset_find(text, in.length < 20 ? in.length : 0);
    if (!charset)
        charset = "UTF-8";
    check_name(charset_find(text, in.length));
    check_sniff(charset_sniff_html, text, in.length, type);
    check_sniff(charset_sniff_xml, text, in.length, *type ? type : NULL);
    check_sniff(charset_sniff_css, text, in.length, type);
    check_decode(charset, text, in.length, in.options & 16 ? in.options : SIZE_MAX / 2);
    check_text(charset, text, in.length);
    check_encode(charset, text, in.length, in.options & 32 ? in.length % 64 : in.length * 12 + 8);
    free(type);
    free(text);
    return 0;
}
