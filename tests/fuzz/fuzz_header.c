/* Header values: what is found lies within them. */
#include "parse/header.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

static void check_within(struct span s, const char *text, size_t length)
{
    fuzz_check(s.length == 0 || (s.at >= text && s.length <= length - (size_t)(s.at - text)));
}

static void check_links(const char *value, size_t length)
{
    struct span target, rel;
    const char *cursor = value;
    while (header_link_next(&cursor, &target, &rel)) {
        check_within(target, value, length);
        check_within(rel, value, length);
        fuzz_check(cursor > target.at && cursor <= value + length);
        header_rel_followed(rel.at, rel.length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    char *text = fuzz_copy(in.at, in.length), *value = fuzz_string(in.at, in.length);
    size_t length = strlen(value);
    char essence[64];
    struct span found;
    header_content_type(value, essence, &found);
    check_within(found, value, length);
    fuzz_check(memchr(essence, '\0', sizeof(essence)));
    for (const char *c = essence; *c; c++)
        fuzz_check(!isupper((unsigned char)*c) && !isspace((unsigned char)*c));
    check_links(value, length);
    fuzz_check(header_retry_after(value, INT64_C(1700000000)) >= -1);
    if (header_refresh(text, in.length, &found))
        check_within(found, text, in.length);
    header_rel_followed(text, in.length);
    header_has_word(text, in.length, "nofollow");
    bool nofollow = false, noindex = false, someone = false, everyone = false;
    header_robots_tag(value, "skitter", &nofollow, &noindex);
    header_robots_tag(value, NULL, &everyone, &someone);
    fuzz_check(nofollow >= everyone && noindex >= someone);
    free(value);
    free(text);
    return 0;
}
