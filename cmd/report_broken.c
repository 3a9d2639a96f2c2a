/* What is broken, and the pages that link to it.
 *
 * Invariants: a target holds the first MOST_LINKERS pages that link to it; once ALL_LINKERS are
 * held in all, a target holds only its first. A page's links to one target come one after another.
 */
#include "cmd/report_page_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LINKERS 20
#define ALL_LINKERS 200000
#define MOST_SHOWN 300 /* targets */
#define FEW 20         /* targets that are shown at once; */
#define FEW_OPEN 5     /* and so few with their linkers, too */

/* --- targets, by fingerprint --- */

/* The slot that holds it, or that it would be put in. */
static uint32_t *slot_of(const struct targets *ts, uint64_t fingerprint)
{
    size_t i = fingerprint & (ts->size - 1);

    while (ts->slots[i] && ts->items[ts->slots[i] - 1].fingerprint != fingerprint)
        i = (i + 1) & (ts->size - 1);
    return &ts->slots[i];
}

static void grow(struct targets *ts)
{
    ts->size = ts->size ? 2 * ts->size : 64;
    free(ts->slots);
    ts->slots = memory_new(ts->size * sizeof *ts->slots);
    ts->items = memory_resize(ts->items, ts->size / 2 * sizeof *ts->items);
    for (size_t i = 0; i < ts->count; i++)
        *slot_of(ts, ts->items[i].fingerprint) = (uint32_t)i + 1;
}

static struct target *find_or_add(struct targets *ts, uint64_t fingerprint)
{
    if (ts->count == ts->size / 2)
        grow(ts);
    uint32_t *slot = slot_of(ts, fingerprint);
    if (!*slot) {
        ts->items[ts->count] = (struct target){.fingerprint = fingerprint};
        *slot = (uint32_t)++ts->count;
    }
    return &ts->items[*slot - 1];
}

static void add_linker(struct report_page *r, struct target *target, const struct broken_link *b)
{
    struct targets *ts = &r->targets;

    if (target->kept == MOST_LINKERS || (target->kept && ts->linkers >= ALL_LINKERS))
        return;
    if (target->kept == target->capacity) {
        target->capacity = target->capacity ? 2 * target->capacity : 1;
        target->linkers =
            memory_resize(target->linkers, target->capacity * sizeof *target->linkers);
    }
    if (!ts->last || strcmp(ts->last, b->from) != 0)
        ts->last = strings_copy(&r->strings, b->from);
    target->linkers[target->kept++] = (struct linker){ts->last, b->line, 1};
    ts->linkers++;
}

void report_targets_add(struct report_page *r, const struct broken_link *b)
{
    struct target *target =
        find_or_add(&r->targets, seen_fingerprint(r->seed, b->to, strlen(b->to)));
    struct linker *latest = target->kept ? &target->linkers[target->kept - 1] : NULL;

    target->links++;
    if (latest && strcmp(latest->from, b->from) == 0)
        latest->links++;
    else
        add_linker(r, target, b);
}

void report_targets_deinit(struct targets *ts)
{
    for (size_t i = 0; i < ts->count; i++)
        free(ts->items[i].linkers);
    free(ts->items);
    free(ts->slots);
}

/* --- as HTML --- */

struct broken {
    const struct visit *visit;
    const struct target *target; /* NULL: nothing links to it */
};

static uint64_t links_to(const struct broken *b)
{
    return b->target ? b->target->links : 0;
}

/* What most links lead to first. */
static int by_links(const void *a, const void *b)
{
    const struct broken *x = a, *y = b;
    uint64_t m = links_to(x), n = links_to(y);

    return m != n ? (m < n ? 1 : -1) : (x->visit > y->visit) - (x->visit < y->visit);
}

static struct broken *find_broken(const struct report_page *r, size_t count)
{
    struct broken *all = memory_resize(NULL, (count + 1) * sizeof *all);
    const struct targets *ts = &r->targets;
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct visit *v = &r->visits[i];
        uint32_t slot = 0;
        if (v->kind != KIND_BROKEN && v->kind != KIND_FAILED)
            continue;
        if (ts->size)
            slot = *slot_of(ts, seen_fingerprint(r->seed, v->url, strlen(v->url)));
        all[n++] = (struct broken){v, slot ? &ts->items[slot - 1] : NULL};
    }
    qsort(all, n, sizeof *all, by_links);
    return all;
}

static void write_linkers(struct text *t, const struct report_page *r, const struct target *target)
{
    uint64_t shown = 0;

    text_add_string(t, "<ul class=\"list\">\n");
    for (uint32_t i = 0; i < target->kept; i++) {
        const struct linker *l = &target->linkers[i];
        text_add_string(t, "<li>");
        report_add_url(t, r, l->from);
        if (l->line)
            text_add_format(t, " <span class=\"dim\">line %u</span>", (unsigned)l->line);
        if (l->links > 1)
            text_add_format(t, " <span class=\"dim\">%u links</span>", (unsigned)l->links);
        text_add_string(t, "</li>\n");
        shown += l->links;
    }
    report_add_more(t, target->links - shown, "more link", "more links");
    text_add_string(t, "</ul>\n");
}

static void write_name(struct text *t, const struct report_page *r, const struct visit *v)
{
    text_add_string(t, "<span class=\"p\">");
    report_add_outcome(t, v);
    text_add_string(t, " ");
    report_add_url(t, r, v->url);
    text_add_string(t, "</span><span class=\"n\">");
}

static void write_target(struct text *t, const struct report_page *r, const struct broken *b,
                         bool open)
{
    text_add_string(t, "<li>");
    if (b->target) {
        text_add_format(t, "<details class=\"item\"%s><summary>", open ? " open" : "");
        write_name(t, r, b->visit);
        report_add_many(t, b->target->links, "link", "links");
        text_add_string(t, "</span></summary>\n");
        write_linkers(t, r, b->target);
        text_add_string(t, "</details>");
    } else {
        text_add_string(t, "<div class=\"item\">");
        write_name(t, r, b->visit);
        text_add_string(t, "no link</span></div>");
    }
    text_add_string(t, "</li>\n");
}

void report_write_broken(struct text *t, const struct report_page *r,
                         const struct report_totals *all)
{
    size_t count = (size_t)(all->kinds[KIND_BROKEN] + all->kinds[KIND_FAILED]);
    size_t shown = count < MOST_SHOWN ? count : MOST_SHOWN;

    if (count == 0)
        return;
    struct broken *broken = find_broken(r, count);
    text_add_string(t, "<section id=\"broken\">\n<h2>Broken, and what links there</h2>\n"
                       "<ul class=\"list\">\n");
    for (size_t i = 0; i < shown; i++) {
        report_fold(t, i, FEW, count);
        write_target(t, r, &broken[i], count <= FEW_OPEN);
    }
    report_add_more(t, count - shown, "more", "more");
    report_fold(t, count, FEW, count);
    text_add_string(t, "</section>\n");
    free(broken);
}
