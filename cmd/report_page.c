/* Keeps what the report shows, a few words a visit, and puts the page together when the crawl has
 * ended: each part of it is another file's.
 *
 * Invariants: visits are in the order they came in until the end, then in that of the tree. All
 * strings are the report's own copies. */
#include "cmd/report_page_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK (256u << 10)
#define MAX_TITLE 160 /* bytes kept of one */

/* --- strings --- */

char *strings_room(struct strings *s, size_t length)
{
    if (s->used + length + 1 > s->size) {
        size_t size = sizeof s->chunk + length + 1;
        char *former = s->chunk;
        s->size = size > CHUNK ? size : CHUNK;
        s->chunk = memory_resize(NULL, s->size);
        memcpy(s->chunk, &former, sizeof former);
        s->used = sizeof former;
    }
    char *room = s->chunk + s->used;
    s->used += length + 1;
    room[length] = '\0';
    return room;
}

const char *strings_copy(struct strings *s, const char *text)
{
    size_t length = strlen(text);

    return memcpy(strings_room(s, length), text, length);
}

void strings_deinit(struct strings *s)
{
    for (char *chunk = s->chunk, *former; chunk; chunk = former) {
        memcpy(&former, chunk, sizeof former);
        free(chunk);
    }
}

/* --- what is heard --- */

static void hear_found(struct listener *l, const struct finding *f)
{
    struct report_page *r = container_of(l, struct report_page, listener);

    if (f->depth > 0 || f->from)
        return;
    if (r->seed_count < SEEDS_SHOWN)
        r->seeds[r->seed_count] = strings_copy(&r->strings, f->url);
    r->seed_count++;
}

static enum kind kind_of(const struct report_page *r, const struct page *p)
{
    switch (result_of(p, r->ok)) {
    case RESULT_OK:
        return KIND_OK;
    case RESULT_REDIRECT:
        return KIND_REDIRECT;
    case RESULT_BROKEN:
        return p->fetch && p->fetch->status && !p->error ? KIND_BROKEN : KIND_FAILED;
    default:
        return KIND_OTHER;
    }
}

/* As long as it may be, without half a character at its end. */
static size_t title_length(const char *title)
{
    size_t length = strnlen(title, MAX_TITLE + 1);

    if (length > MAX_TITLE)
        for (length = MAX_TITLE; length && ((unsigned char)title[length] & 0xc0) == 0x80;)
            length--;
    return length;
}

/* The URL, and behind it what else is to be said of it. */
static const char *keep_text(struct report_page *r, const struct page *p, enum kind kind)
{
    const struct links *links = &p->links;
    size_t length = strlen(p->item->url), more = 0;
    const char *text = "";

    if (kind == KIND_REDIRECT && links->count) {
        text = links_text(links, links->items[0].url);
        more = links->items[0].length;
    } else if (kind != KIND_REDIRECT && links->title) {
        text = links_text(links, links->title);
        more = title_length(text);
    }
    char *kept = strings_room(&r->strings, length + 1 + more);
    memcpy(kept, p->item->url, length + 1);
    memcpy(kept + length + 1, text, more);
    return kept;
}

static uint32_t capped(int64_t n)
{
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void set_times(struct report_page *r, struct visit *v, const struct fetch *f)
{
    if (r->origin == 0)
        r->origin = f->started;
    v->took = capped((f->ended - f->started) / NS_PER_US);
    v->at = capped((f->ended - r->origin) / NS_PER_MS);
}

static void hear_visited(struct listener *l, const struct page *p)
{
    struct report_page *r = container_of(l, struct report_page, listener);
    enum kind kind = kind_of(r, p);

    if (r->count == UINT32_MAX)
        return;
    if (r->count == r->capacity) {
        r->capacity = r->capacity + r->capacity / 2 + 256;
        r->visits = memory_resize(r->visits, r->capacity * sizeof *r->visits);
    }
    struct visit *v = &r->visits[r->count++];
    *v = (struct visit){
        .url = keep_text(r, p, kind),
        .depth = p->item->todo.depth,
        .error = (uint8_t)p->error,
        .kind = (uint8_t)kind,
        .external = p->item->todo.external,
        .asset = p->item->todo.asset,
    };
    if (p->fetch) {
        v->status = (uint16_t)p->fetch->status;
        v->size = p->fetch->taken;
        set_times(r, v, p->fetch);
    } else if (r->count > 1) {
        v->at = v[-1].at; /* nobody looked at the clock */
    }
}

static void hear_refused(struct listener *l, const struct refusal *f)
{
    struct report_page *r = container_of(l, struct report_page, listener);
    struct refused *kept = &r->refused[f->verdict];
    unsigned i = kept->shown;

    kept->count++;
    if (i == EXAMPLES_SHOWN)
        return;
    kept->shown++;
    kept->examples[i].url = strings_copy(&r->strings, f->url);
    kept->examples[i].why = f->why ? strings_copy(&r->strings, f->why) : NULL;
    kept->examples[i].from = f->from ? strings_copy(&r->strings, f->from) : NULL;
}

void report_page_broken_link(struct report_page *r, const struct broken_link *b)
{
    report_targets_add(r, b);
}

/* --- the end --- */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* How long half of the fetches took at most, and 95 of 100. */
static void find_usual_times(const struct report_page *r, struct report_totals *all)
{
    uint32_t *times = memory_resize(NULL, (r->count + 1) * sizeof *times);
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++)
        if (r->visits[i].status && r->visits[i].took)
            times[n++] = r->visits[i].took;
    qsort(times, n, sizeof *times, by_number);
    all->median = n ? times[n / 2] : 0;
    all->slow = n ? times[(size_t)(0.95 * (double)(n - 1))] : 0;
    free(times);
}

static struct report_totals add_up(const struct report_page *r, const struct stats *s)
{
    struct report_totals all = {.duration = s->ended - s->started};
    int64_t last = 0;

    if (r->origin && s->started && r->origin > s->started)
        all.lead = r->origin - s->started;
    for (size_t i = 0; i < r->count; i++) {
        const struct visit *v = &r->visits[i];
        all.bytes += v->size;
        all.kinds[v->kind]++;
        last = v->at > last ? v->at : last;
    }
    last = all.lead + last * NS_PER_MS;
    if (all.duration < last)
        all.duration = last;
    find_usual_times(r, &all);
    return all;
}

/* What pages load from elsewhere stands with what is elsewhere. */
static void part_assets(struct report_page *r, const struct crawl *c)
{
    struct url u;

    for (size_t i = 0; i < r->count; i++) {
        struct visit *v = &r->visits[i];
        if (!v->asset || v->external)
            continue;
        url_describe(&u, v->url, strlen(v->url));
        v->external = !scope_holds(crawl_scope(c), &u);
    }
}

static void write_all(struct listener *l, struct crawl *c)
{
    struct report_page *r = container_of(l, struct report_page, listener);
    const struct stats *s = crawl_stats(c);
    struct report_totals all = add_up(r, s);
    struct text *t = output_begin(r->output);

    part_assets(r, c);
    if (r->count)
        qsort(r->visits, r->count, sizeof *r->visits, report_visit_order);
    report_write_head(t, r, c, &all);
    if (r->count) {
        report_write_rate(t, r, &all);
        text_add_string(t, "<div class=\"two\">\n");
        report_write_statuses(t, r);
        report_write_depths(t, r);
        text_add_string(t, "</div>\n");
    }
    report_write_broken(t, r, &all);
    report_write_tree(t, r);
    text_add_string(t, "<div class=\"two\">\n");
    report_write_slowest(t, r);
    report_write_largest(t, r);
    text_add_string(t, "</div>\n");
    report_write_redirects(t, r, &all);
    report_write_refused(t, r, s);
    text_add_string(t, "</main>\n<footer><p>Made by skitter. This page holds no script and loads "
                       "nothing; its links lead to the site itself.</p></footer>\n"
                       "</body>\n</html>\n");
    output_end(r->output);
}

struct report_page *report_page_new(struct output *o, const struct ok_statuses *ok)
{
    struct report_page *r = memory_new(sizeof *r);

    r->output = o;
    r->ok = ok;
    r->started = time(NULL);
    r->listener = (struct listener){
        .found = hear_found, .visited = hear_visited, .refused = hear_refused, .ended = write_all};
    r->seed = seen_random_seed();
    return r;
}

void report_page_free(struct report_page *r)
{
    if (!r)
        return;
    report_targets_deinit(&r->targets);
    strings_deinit(&r->strings);
    free(r->visits);
    free(r);
}

struct listener *report_page_listener(struct report_page *r)
{
    return &r->listener;
}
