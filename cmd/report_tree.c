/* The site as a tree by path: host, folders, pages. The visits are sorted so that each folder is a
 * run of them, and a folder's name is what its first and last URL share: so a chain of folders with
 * nothing else in them is one, however long.
 *
 * Invariants: what stands deeper than MOST_LEVELS is listed in the last one's folder. No folder
 * shows more than cap folders and cap pages, cap being the largest with which all of the tree stays
 * below MOST_ROWS; the counts are of everything. */
#include "cmd/report_page_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LEVELS 10
#define MOST_ROWS 20000
#define MOST_CAP 200
#define MOST_OPEN 3 /* hosts that are unfolded */

/* A run of at least two visits whose URLs begin alike, up to a slash. */
struct folder {
    uint32_t first, end;     /* in visits */
    uint32_t name, name_end; /* its name within these URLs */
    uint32_t level;
    uint32_t child,
        children;   /* in folders, in the order of the visits; all of one stand together */
    uint32_t pages; /* visits that are in none of them */
    uint64_t bytes;
    uint64_t kinds[KIND_COUNT];
};

struct tree {
    const struct visit *visits;
    struct folder *folders; /* the first two are roots: the site, and what is elsewhere */
    uint32_t *by_size;      /* the same ones, a folder's children with the largest first */
    size_t count, capacity;
    uint32_t cap;
};

/* --- the order --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Of the numbers that begin at a and b: their order, with 01 before 1. */
static int compare_numbers(const char *a, const char *b)
{
    size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
    size_t m = 0, n = 0;

    for (a += zeros_a, b += zeros_b; is_digit(a[m]); m++)
        ;
    while (is_digit(b[n]))
        n++;
    if (m != n)
        return m < n ? -1 : 1;
    int order = memcmp(a, b, m);
    return order ? order : (zeros_a < zeros_b) - (zeros_a > zeros_b);
}

/* As people would sort, p2 before p10. What begins alike up to a slash stands together, for a slash
 * ends a number. */
static int compare(const char *a, const char *b)
{
    const char *begin = a;

    for (; *a == *b; a++, b++)
        if (!*a)
            return 0;
    int order = (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    for (; a > begin && is_digit(a[-1]); a--)
        b--;
    return is_digit(*a) && is_digit(*b) ? compare_numbers(a, b) : order;
}

/* What is in scope first. */
int report_visit_order(const void *a, const void *b)
{
    const struct visit *x = a, *y = b;

    return x->external != y->external ? x->external - y->external : compare(x->url, y->url);
}

/* --- from visits to folders --- */

/* How much of a URL is folders: up to its last slash, behind which there is no further one, of the
 * path. */
static uint32_t slash_after(const char *url, uint32_t from)
{
    if (from == 0) /* scheme://host/ */
        from = (uint32_t)(strstr(url, "://") - url) + 3;
    size_t length = strcspn(url + from, "/?");
    return url[from + length] == '/' ? from + (uint32_t)length + 1 : 0;
}

/* Up to which slash both are alike, being so up to from. */
static uint32_t alike_until(const char *a, const char *b, uint32_t from)
{
    uint32_t slash = from;

    for (uint32_t i = from; a[i] && a[i] == b[i] && a[i] != '?'; i++)
        if (a[i] == '/')
            slash = i + 1;
    return slash;
}

static struct folder *add_folder(struct tree *t)
{
    if (t->count == t->capacity) {
        t->capacity = 2 * t->capacity + 64;
        t->folders = memory_resize(t->folders, t->capacity * sizeof *t->folders);
    }
    struct folder *f = &t->folders[t->count++];
    *f = (struct folder){.level = 0};
    return f;
}

static void count_visits(const struct tree *t, struct folder *f)
{
    for (uint32_t i = f->first; i < f->end; i++) {
        f->bytes += t->visits[i].size;
        f->kinds[t->visits[i].kind]++;
    }
}

/* The end of the run that begins at i and has length bytes alike, the first from of which need not
 * be looked at. */
static uint32_t run_end(const struct tree *t, uint32_t i, uint32_t end, uint32_t from,
                        uint32_t length)
{
    const char *like = t->visits[i].url + from;

    while (++i < end && strncmp(t->visits[i].url + from, like, length - from) == 0)
        ;
    return i;
}

/* Finds the folders in a folder. */
static void divide(struct tree *t, size_t index)
{
    struct folder f = t->folders[index];

    f.child = (uint32_t)t->count;
    for (uint32_t i = f.first, end; i < f.end; i = end) {
        const char *url = t->visits[i].url;
        uint32_t slash = slash_after(url, f.name_end);
        end = slash && f.level < MOST_LEVELS ? run_end(t, i, f.end, f.name_end, slash) : i + 1;
        if (end == i + 1) {
            f.pages++;
            continue;
        }
        struct folder *child = add_folder(t);
        child->first = i;
        child->end = end;
        child->name = f.name_end;
        child->name_end = alike_until(url, t->visits[end - 1].url, slash);
        child->level = f.level + 1;
        count_visits(t, child);
        f.children++;
    }
    t->folders[index] = f;
}

static int by_size(const void *a, const void *b, void *folders)
{
    const struct folder *all = folders;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint32_t m = all[x].end - all[x].first, n = all[y].end - all[y].first;

    return m != n ? (m < n ? 1 : -1) : (x > y) - (x < y);
}

/* How many rows a folder takes, with no more than the cap of each sort. */
static uint64_t rows(const struct tree *t, const struct folder *f)
{
    uint32_t folders = f->children < t->cap ? f->children : t->cap;
    uint64_t n = folders + (f->pages < t->cap ? f->pages : t->cap);

    for (uint32_t i = 0; i < folders; i++)
        n += rows(t, &t->folders[t->by_size[f->child + i]]);
    return n;
}

static void build(struct tree *t, const struct report_page *r)
{
    uint32_t elsewhere = 0;

    while (elsewhere < r->count && !r->visits[elsewhere].external)
        elsewhere++;
    t->visits = r->visits;
    *add_folder(t) = (struct folder){.end = elsewhere};
    *add_folder(t) = (struct folder){.first = elsewhere, .end = (uint32_t)r->count};
    for (size_t i = 0; i < t->count; i++)
        divide(t, i);

    t->by_size = memory_resize(NULL, t->count * sizeof *t->by_size);
    for (uint32_t i = 0; i < t->count; i++)
        t->by_size[i] = i;
    for (size_t i = 0; i < t->count; i++)
        if (t->folders[i].children)
            qsort_r(t->by_size + t->folders[i].child, t->folders[i].children, sizeof *t->by_size,
                    by_size, t->folders);
    for (t->cap = MOST_CAP; t->cap > 1; t->cap -= (t->cap + 3) / 4)
        if (rows(t, &t->folders[0]) + rows(t, &t->folders[1]) <= MOST_ROWS)
            break;
}

/* --- from folders to HTML --- */

/* Thousands of them: with as few elements as will do. That of a page that is as it should be does
 * not say so. */
static void write_page(struct text *t, const struct visit *v, uint32_t from)
{
    const char *name = v->url[from] ? v->url + from : "./", *text = visit_text(v);
    bool redirects = v->kind == KIND_REDIRECT;

    text_add_string(t, "<li class=\"row\">");
    const char *end = report_begin_link(t, v->url);
    report_add_shown(t, name, strlen(name));
    if (*text) {
        text_add_string(t, redirects ? " <small>→ " : " <small>");
        if (redirects)
            report_add_shown(t, text, strlen(text));
        else
            text_add_markup(t, text, strlen(text));
        text_add_string(t, "</small>");
    }
    text_add_string(t, end);
    if (v->status != 200 || v->error)
        report_add_outcome(t, v);
    text_add_string(t, "<span class=\"n\">");
    if (v->took)
        report_add_duration(t, v->took * NS_PER_US);
    text_add_string(t, "</span><span class=\"n\">");
    report_add_size(t, v->size);
    text_add_string(t, "</span></li>\n");
}

/* As wide as it is large, beside the largest of its like. */
static void write_mix(struct text *t, const struct folder *f, const struct folder *largest)
{
    text_add_string(t, "<span><span class=\"share\"");
    report_add_width(t, (double)(f->end - f->first) / (largest->end - largest->first));
    text_add_string(t, ">");
    for (int k = 0; k < KIND_COUNT; k++)
        if (f->kinds[k]) {
            text_add_format(t, "<i class=\"%c\"", report_kind_classes[k]);
            report_add_width(t, (double)f->kinds[k] / (f->end - f->first));
            text_add_string(t, "></i>");
        }
    text_add_string(t, "</span></span>");
}

static void write_summary(struct text *t, const struct tree *tree, const struct folder *f,
                          const struct folder *largest)
{
    uint64_t broken = f->kinds[KIND_BROKEN] + f->kinds[KIND_FAILED];

    text_add_string(t, "<summary class=\"row\"><span class=\"p\">");
    report_add_shown(t, tree->visits[f->first].url + f->name, f->name_end - f->name);
    if (broken) {
        text_add_string(t, " <b class=\"k b\">✕ ");
        report_add_count(t, broken);
        text_add_string(t, "</b>");
    }
    text_add_string(t, "</span>");
    write_mix(t, f, largest);
    text_add_string(t, "<span class=\"n\">");
    report_add_count(t, f->end - f->first);
    text_add_string(t, " pages</span><span class=\"n\">");
    report_add_size(t, f->bytes);
    text_add_string(t, "</span></summary>\n");
}

static void write_pages(struct text *t, const struct tree *tree, const struct folder *f)
{
    const struct folder *child = &tree->folders[f->child], *end = child + f->children;
    uint32_t shown = 0;

    for (uint32_t i = f->first; i < f->end && shown < tree->cap;) {
        if (child < end && i == child->first) {
            i = child++->end;
            continue;
        }
        write_page(t, &tree->visits[i++], f->name_end);
        shown++;
    }
    report_add_more(t, f->pages - shown, "more page", "more pages");
}

static void write_folder(struct text *t, const struct tree *tree, const struct folder *f,
                         uint32_t open)
{
    const uint32_t *children = &tree->by_size[f->child];

    text_add_format(t, f->level ? "<ul>\n" : "<ul class=\"tree\">\n");
    for (uint32_t i = 0; i < f->children && i < tree->cap; i++) {
        const struct folder *child = &tree->folders[children[i]];
        text_add_format(t, "<li><details%s>", i < open ? " open" : "");
        write_summary(t, tree, child, &tree->folders[children[0]]);
        write_folder(t, tree, child, 0);
        text_add_string(t, "</details></li>\n");
    }
    if (f->children > tree->cap)
        report_add_more(t, f->children - tree->cap, f->level ? "more folder" : "more host",
                        f->level ? "more folders" : "more hosts");
    write_pages(t, tree, f);
    text_add_string(t, "</ul>\n");
}

void report_write_tree(struct text *t, const struct report_page *r)
{
    struct tree tree = {.count = 0};

    if (r->count == 0)
        return;
    build(&tree, r);
    text_add_string(t, "<section id=\"site\">\n<h2>The site</h2>\n");
    if (tree.folders[0].end)
        write_folder(t, &tree, &tree.folders[0], MOST_OPEN);
    if (tree.folders[1].first < tree.folders[1].end) {
        text_add_string(t, "<details class=\"elsewhere\"><summary><h3>Elsewhere, looked at for the "
                           "status alone</h3> ");
        report_add_many(t, r->count - tree.folders[1].first, "page", "pages");
        text_add_string(t, "</summary>\n");
        write_folder(t, &tree, &tree.folders[1], 0);
        text_add_string(t, "</details>\n");
    }
    text_add_string(t, "</section>\n");
    free(tree.by_size);
    free(tree.folders);
}
