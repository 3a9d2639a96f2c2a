/* Both lists are sorted and gone through together, so that each difference is told by itself. */
#include "tests/parse/html_compare.h"

#include "parse/html.h"
#include "parse/html_gumbo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const sides[] = {"scanner", "Gumbo"};

struct row {
    const char *element, *attribute, *url, *rel;
    enum link_kind kind;
    uint32_t line;
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    int r = strcmp(a->url, b->url);
    if (r == 0)
        r = strcmp(a->element, b->element);
    if (r == 0)
        r = strcmp(a->attribute, b->attribute);
    if (r == 0)
        r = strcmp(a->rel, b->rel);
    return r != 0 ? r : (int)a->kind - (int)b->kind;
}

static struct row *sorted(const struct links *l)
{
    struct row *rows = malloc((l->count + 1) * sizeof(*rows));
    if (!rows)
        return NULL;
    for (size_t i = 0; i < l->count; i++) {
        const struct link *link = &l->items[i];
        rows[i] = (struct row){.element = link->element,
                               .attribute = link->attribute,
                               .url = links_text(l, link->url),
                               .rel = links_text(l, link->rel),
                               .kind = link->kind,
                               .line = link->line};
    }
    qsort(rows, l->count, sizeof(*rows), compare_rows);
    return rows;
}

static void print_row(const char *side, const struct row *row, FILE *out)
{
    fprintf(out, "only %s: <%s %s> %s, %s%s%s, line %u\n", side, row->element, row->attribute,
            row->url, row->kind == LINK_ASSET ? "asset" : "follow", *row->rel ? ", rel " : "",
            row->rel, (unsigned)row->line);
}

static int compare_links(const struct links *a, const struct links *b, FILE *out)
{
    struct row *left = sorted(a), *right = sorted(b);
    size_t i = 0, j = 0;
    int result = left && right ? 0 : -ENOMEM;
    while (result >= 0 && (i < a->count || j < b->count)) {
        int r = i == a->count ? 1 : j == b->count ? -1 : compare_rows(&left[i], &right[j]);
        if (r < 0)
            print_row(sides[0], &left[i], out);
        if (r > 0)
            print_row(sides[1], &right[j], out);
        i += r <= 0;
        j += r >= 0;
        result |= r != 0;
    }
    free(left);
    free(right);
    return result;
}

static int compare_text(const char *what, const char *a, const char *b, FILE *out)
{
    if (strcmp(a ? a : "", b ? b : "") == 0)
        return 0;
    fprintf(out, "%s: scanner \"%s\", Gumbo \"%s\"\n", what, a ? a : "", b ? b : "");
    return 1;
}

static int compare_number(const char *what, size_t a, size_t b, FILE *out)
{
    if (a == b)
        return 0;
    fprintf(out, "%s: scanner %zu, Gumbo %zu\n", what, a, b);
    return 1;
}

static int compare(const struct links *a, const struct links *b, FILE *out)
{
    int r = compare_links(a, b, out);
    if (r < 0)
        return r;
    r |= compare_text("charset", a->charset, b->charset, out);
    r |= compare_text("title", links_text(a, a->title), links_text(b, b->title), out);
    r |= compare_text("canonical", links_text(a, a->canonical), links_text(b, b->canonical), out);
    r |= compare_number("nofollow", a->nofollow, b->nofollow, out);
    r |= compare_number("noindex", a->noindex, b->noindex, out);
    r |= compare_number("other links", a->other, b->other, out);
    return r | compare_number("error", (size_t)-a->error, (size_t)-b->error, out);
}

static int compare_once(const struct document *d, FILE *out)
{
    struct links scanned, built;
    links_init(&scanned);
    links_init(&built);
    int r = html_gumbo_links(&built, d);
    if (r == 0)
        r = built.error;
    if (r == 0)
        r = html_links(&scanned, d);
    if (r == 0)
        r = compare(&scanned, &built, out);
    if (r == 1 && scanned.guessed)
        r = 2;
    links_deinit(&scanned);
    links_deinit(&built);
    return r;
}

int html_compare(const struct document *d, FILE *out)
{
    struct document other = *d;
    other.assets = true;
    int r = compare_once(&other, out);
    other.assets = false;
    return r == 0 ? compare_once(&other, out) : r;
}
