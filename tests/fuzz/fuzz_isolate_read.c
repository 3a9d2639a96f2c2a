/* What a worker answers, which may be anything: it is read, or nothing of it is kept. And what is
 * read is written and read again as it is. With an option the input is the text of an answer whose
 * head says how long it is, else it is all of the answer. */
#include "crawler/isolate.h"
#include "tests/fuzz/fuzz_links.h"

static void check_again(const struct links *l)
{
    struct links again;
    char *answer;
    size_t length;
    links_init(&again);
    fuzz_check(isolate_write(l, &answer, &length) == 0);
    fuzz_check(isolate_read(&again, answer, length) == 0);
    fuzz_check(again.count == l->count && again.other == l->other && again.error == l->error);
    for (size_t i = 0; i < l->count; i++)
        fuzz_check(strcmp(links_text(&again, again.items[i].url), links_text(l, l->items[i].url)) ==
                   0);
    links_deinit(&again);
    free(answer);
}

/* An answer of our own, that parts of are then overwritten: positions and bytes. */
static char *spoil(const struct fuzz_input *in, size_t *length)
{
    static const char url[] = "http://h.example/x";
    struct link like = {.element = "a", .attribute = "href"};
    struct links l;
    char *answer;
    links_init(&l);
    l.charset = "UTF-8";
    links_add_text(&l, "title", 5, &l.title);
    links_add_text(&l, "rel", 3, &like.rel);
    for (int i = 0; i < 3; i++)
        links_add(&l, url, strlen(url), NULL, NULL, like);
    l.canonical = l.items[1].url;
    fuzz_check(isolate_write(&l, &answer, length) == 0);
    for (size_t i = 0; i + 1 < in->length; i += 2)
        answer[(unsigned char)in->at[i] % *length] = in->at[i + 1];
    links_deinit(&l);
    return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    struct document d = {.assets = true};
    struct links l;
    size_t length = in.length;
    char *answer = in.options & 1 ? spoil(&in, &length) : fuzz_copy(in.at, length);
    links_init(&l);
    int r = isolate_read(&l, answer, length);
    fuzz_check(r == 0 || r == -EPROTO);
    fuzz_check_links(&l, &d);
    if (r == 0)
        check_again(&l);
    else
        fuzz_check(l.count == 0 && l.text_length == 1 && !l.title && !l.canonical && !l.charset);
    links_deinit(&l);
    free(answer);
    return 0;
}
