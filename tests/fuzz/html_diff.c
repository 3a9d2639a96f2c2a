/* How often which effect explained a difference is told at the end: one that explains much hides
 * much. */
#include "tests/fuzz/html_diff.h"

#include "tests/parse/html_compare.h"
#include "tests/parse/html_effects.h"

static struct {
    const char *effect;
    unsigned long count;
} explained[64];
static unsigned long compared, refused;

static void print_counts(void)
{
    fprintf(stderr, "compared %lu documents, Gumbo refused %lu\n", compared, refused);
    for (size_t i = 0; i < 64 && explained[i].effect; i++)
        fprintf(stderr, "explained %lu: %s\n", explained[i].count, explained[i].effect);
}

static void count(const char *effect)
{
    for (size_t i = 0; i < 64; i++) {
        if (explained[i].effect && strcmp(explained[i].effect, effect) != 0)
            continue;
        explained[i].effect = effect;
        explained[i].count++;
        return;
    }
}

void html_diff(const struct document *d)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (compared++ == 0)
        atexit(print_counts);
    int r = html_compare(d, out);
    fclose(out);
    refused += r < 0;
    const char *effect = r == 2 ? "guess" : r == 1 ? html_effects(d) : NULL;
    if (effect)
        count(effect);
    if (r == 1 && !effect) {
        fprintf(stderr, "%sin this document:\n%.*s\n", text, (int)d->length, d->body);
        abort();
    }
    free(text);
}
