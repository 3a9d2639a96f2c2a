/* HTML by the scanner; and where there is little room for the links, they are the first ones. */
#include "parse/html.h"
#include "tests/fuzz/fuzz_links.h"

#include <strings.h>

static void check_beginning(const struct links *part, const struct links *whole)
{
    fuzz_check(part->count <= whole->count && part->other <= whole->other);
    fuzz_check(part->error == 0 || part->error == -E2BIG);
    fuzz_check(part->error == -E2BIG || part->count == whole->count);
    for (size_t i = 0; i < part->count; i++) {
        const struct link *a = &part->items[i], *b = &whole->items[i];
        fuzz_check(strcmp(links_text(part, a->url), links_text(whole, b->url)) == 0);
        fuzz_check(strcmp(links_text(part, a->rel), links_text(whole, b->rel)) == 0);
        fuzz_check(a->element == b->element && a->attribute == b->attribute);
        fuzz_check(a->line == b->line && a->kind == b->kind && a->nofollow == b->nofollow);
    }
}

static bool holds(const char *p, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (const char *end = p + length; (size_t)(end - p) >= n; p++)
        if (strncasecmp(p, word, n) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html; charset=utf-8", "application/xhtml+xml",
                                        "text/html; charset=gbk", NULL};
    struct fuzz_input in = fuzz_input(data, size);
    struct links whole, part;
    struct url url;
    struct document d = fuzz_document(&in, types[in.options >> 1 & 3], &url);
    links_init(&whole);
    links_init(&part);
    fuzz_check(html_links(&whole, &d) == 0);
    fuzz_check_links(&whole, &d);
    part.max_text = whole.text_length + 8 * (in.options >> 3);
    fuzz_check(html_links(&part, &d) == 0);
    fuzz_check_links(&part, &d);
    /* With a frameset, what was found in a body may be gone, or where nothing was. */
    if (!holds(d.body, d.length, "<frameset"))
        check_beginning(&part, &whole);
    links_deinit(&whole);
    links_deinit(&part);
    free((char *)(uintptr_t)d.body);
    return 0;
}
