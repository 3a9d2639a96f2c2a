/* HTML by the scanner: read at once and in pieces of any size, it is the same. */
#include "parse/html.h"
#include "tests/fuzz/fuzz_links.h"

static void read_in_pieces(struct links *l, const struct document *d, size_t bytes)
{
    struct html_scan *s;
    int r = 1;
    fuzz_check(html_open(&s, l, d) == 0);
    for (size_t i = 0; r == 1; i++) {
        fuzz_check(i <= d->length * 4 + 4);
        r = html_read(s, bytes);
    }
    fuzz_check(r == 0);
    html_close(s);
}

static void check_same(const struct links *a, const struct links *b)
{
    fuzz_check(a->count == b->count && a->other == b->other && a->error == b->error);
    fuzz_check(a->text_length == b->text_length && a->charset == b->charset);
    fuzz_check(memcmp(a->text, b->text, a->text_length) == 0);
    fuzz_check(a->title == b->title && a->canonical == b->canonical);
    fuzz_check(a->nofollow == b->nofollow && a->noindex == b->noindex);
    for (size_t i = 0; i < a->count; i++) {
        const struct link *x = &a->items[i], *y = &b->items[i];
        fuzz_check(x->url == y->url && x->length == y->length && x->rel == y->rel);
        fuzz_check(x->element == y->element && x->attribute == y->attribute);
        fuzz_check(x->line == y->line && x->kind == y->kind && x->nofollow == y->nofollow);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html; charset=utf-8", "application/xhtml+xml",
                                        "text/html; charset=gbk", NULL};
    struct fuzz_input in = fuzz_input(data, size);
    struct links whole, pieces;
    struct url url;
    struct document d = fuzz_document(&in, types[in.options >> 1 & 3], &url);
    links_init(&whole);
    links_init(&pieces);
    fuzz_check(html_links(&whole, &d) == 0);
    fuzz_check_links(&whole, &d);
    read_in_pieces(&pieces, &d, in.options >> 3);
    check_same(&whole, &pieces);
    links_deinit(&whole);
    links_deinit(&pieces);
    free((char *)(uintptr_t)d.body);
    return 0;
}
