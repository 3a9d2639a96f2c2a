/* DOT is a statement a line: a URL's is written when it is met, and again, with what came of it,
 * when that is known; Graphviz merges them, and equal edges (strict).
 *
 * For GEXF, nodes are numbered as they are met. Invariants: slots holds the number + 1 of each
 * node, at the place that its fingerprint leads to; edges are pairs of numbers, from and to, one
 * for each occurrence of a link. */
#include "cmd/graph.h"

#include "crawler/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LABEL_MAX 48 /* bytes of a URL that are shown */
#define DEPTH_UNKNOWN UINT32_MAX

enum kind { KIND_UNVISITED, KIND_OK, KIND_REDIRECT, KIND_BROKEN, KIND_EXTERNAL, KIND_REFUSED };

static const struct {
    const char *name, *looks;
} kinds[] = {
    [KIND_UNVISITED] = {"", ""},
    [KIND_OK] = {"ok", "fillcolor=honeydew, color=green4"},
    [KIND_REDIRECT] = {"redirect", "fillcolor=lemonchiffon, color=goldenrod"},
    [KIND_BROKEN] = {"broken", "fillcolor=mistyrose, color=red3"},
    [KIND_EXTERNAL] = {"external", "fillcolor=gray93"},
    [KIND_REFUSED] = {"refused", "style=\"rounded,dashed\""},
};

struct node {
    uint64_t fingerprint;
    size_t text; /* its URL, in names */
    uint32_t length, depth;
    uint16_t status; /* 0: none */
    uint8_t kind;
};

struct graph {
    struct listener listener;
    struct output *output;
    const struct ok_statuses *ok;

    /* DOT */
    char *origin; /* of the first seed: the labels of its URLs are paths */
    size_t origin_length;

    /* GEXF */
    uint64_t seed; /* of the fingerprints */
    struct text names;
    struct node *nodes;
    uint32_t *slots;
    size_t count, capacity, size;
    uint64_t *edges;
    size_t edge_count, edge_capacity;
};

static struct graph *graph_of(struct listener *l)
{
    return container_of(l, struct graph, listener);
}

static enum kind kind_of_visit(const struct graph *g, const struct page *p)
{
    switch (result_of(p, g->ok)) {
    case RESULT_BROKEN:
        return KIND_BROKEN;
    case RESULT_REDIRECT:
        return KIND_REDIRECT;
    default:
        return p->item->todo.external ? KIND_EXTERNAL : KIND_OK;
    }
}

static enum kind kind_of_refusal(const struct refusal *r)
{
    return r->verdict == VERDICT_SCOPE ? KIND_EXTERNAL : KIND_REFUSED;
}

static int status_of(const struct page *p)
{
    return p->fetch ? p->fetch->status : 0;
}

/* --- DOT --- */

/* Whether Graphviz takes an ampersand for the start of a reference, like &copy; in its drawings. */
static bool is_reference(const char *s, const char *end)
{
    const char *p = s + 1;

    while (p < end && (isalnum((unsigned char)*p) || *p == '#'))
        p++;
    return p < end && *p == ';';
}

/* Within double quotes. references: of a label, or of a URL to click on, where they are resolved. A
 * node's name is to be the URL itself, as long as its drawing can be read. */
static void add_escaped(struct text *t, const char *s, size_t length, bool references)
{
    for (const char *end = s + length; s < end; s++) {
        if (*s == '"' || *s == '\\')
            text_add_char(t, '\\');
        text_add_char(t, *s);
        if (*s == '&' && (references || is_reference(s, end)))
            text_add_string(t, "amp;");
    }
}

static void add_name(struct text *t, const char *url, size_t length)
{
    text_add_char(t, '"');
    add_escaped(t, url, length, false);
    text_add_char(t, '"');
}

/* What tells the URL from others, with its middle left out if it is long. */
static void add_label(struct text *t, const struct graph *g, const char *url, size_t length)
{
    size_t skip = g->origin_length;

    if (!g->origin || length <= skip || memcmp(url, g->origin, skip) != 0 || url[skip] != '/')
        skip = (size_t)(strstr(url, "://") + 3 - url);
    url += skip;
    length -= skip;
    if (length <= LABEL_MAX) {
        add_escaped(t, url, length, true);
        return;
    }
    add_escaped(t, url, LABEL_MAX / 2, true);
    text_add_string(t, "…");
    add_escaped(t, url + length - LABEL_MAX / 2, LABEL_MAX / 2, true);
}

static void add_depth(struct text *t, const struct graph *g, const char *url, size_t length,
                      uint32_t depth)
{
    text_add_string(t, "label=\"");
    add_label(t, g, url, length);
    text_add_string(t, "\", URL=\"");
    add_escaped(t, url, length, true);
    text_add_string(t, "\", depth=");
    text_add_number(t, depth);
}

static void add_kind(struct text *t, enum kind kind)
{
    text_add_string(t, "class=");
    text_add_string(t, kinds[kind].name);
    text_add_string(t, ", ");
    text_add_string(t, kinds[kind].looks);
}

static void dot_begin(struct graph *g)
{
    struct text *t = output_begin(g->output);

    text_add_string(
        t, "strict digraph site {\n"
           "graph [rankdir=LR, ranksep=1, nodesep=0.1, overlap=false, outputorder=edgesfirst];\n"
           "node [shape=box, style=\"rounded,filled\", fillcolor=white, color=gray60, "
           "fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, height=0.25, "
           "margin=\"0.1,0.03\"];\n"
           "edge [color=gray50, arrowsize=0.6];\n");
    output_end(g->output);
}

static void note_origin(struct graph *g, const struct finding *f)
{
    struct url u;

    if (g->origin)
        return;
    url_describe(&u, f->url, f->length);
    g->origin = memory_copy(f->url, u.path);
    g->origin_length = u.path;
}

static void dot_found(struct listener *l, const struct finding *f)
{
    struct graph *g = graph_of(l);
    struct text *t = output_begin(g->output);

    note_origin(g, f);
    add_name(t, f->url, f->length);
    text_add_string(t, " [");
    add_depth(t, g, f->url, f->length, f->depth);
    text_add_string(t, "];\n");
    output_end(g->output);
}

static void dot_refused(struct listener *l, const struct refusal *r)
{
    struct graph *g = graph_of(l);
    struct text *t = output_begin(g->output);
    size_t length = strlen(r->url);

    add_name(t, r->url, length);
    text_add_string(t, " [");
    if (!r->found) {
        add_depth(t, g, r->url, length, r->depth);
        text_add_string(t, ", ");
    }
    add_kind(t, kind_of_refusal(r));
    text_add_string(t, "];\n");
    output_end(g->output);
}

static void dot_visited(struct listener *l, const struct page *p)
{
    struct graph *g = graph_of(l);
    struct text *t = output_begin(g->output);

    add_name(t, p->item->url, p->item->length);
    text_add_string(t, " [");
    if (status_of(p)) {
        text_add_string(t, "status=");
        text_add_number(t, status_of(p));
        text_add_string(t, ", ");
    }
    if (p->error) {
        text_add_string(t, "error=");
        text_add_string(t, fetch_error_name(p->error));
        text_add_string(t, ", ");
    }
    add_kind(t, kind_of_visit(g, p));
    text_add_string(t, "];\n");
    output_end(g->output);
}

static void dot_linked(struct listener *l, const struct linked *k)
{
    struct graph *g = graph_of(l);
    const struct item *from = k->page->item;

    if (from->kind != ITEM_PAGE)
        return;
    struct text *t = output_begin(g->output);
    add_name(t, from->url, from->length);
    text_add_string(t, " -> ");
    add_name(t, k->to, k->length);
    text_add_string(t, fetch_redirects(k->page->fetch) ? " [style=dashed];\n" : ";\n");
    output_end(g->output);
}

static void dot_ended(struct listener *l, struct crawl *c)
{
    struct graph *g = graph_of(l);

    (void)c;
    text_add_string(output_begin(g->output), "}\n");
    output_end(g->output);
}

/* --- GEXF --- */

/* The slot that holds the node, or will. */
static uint32_t *find(const struct graph *g, uint64_t fingerprint)
{
    size_t i = fingerprint & (g->size - 1);

    while (g->slots[i] && g->nodes[g->slots[i] - 1].fingerprint != fingerprint)
        i = (i + 1) & (g->size - 1);
    return &g->slots[i];
}

static void make_room(struct graph *g)
{
    if (g->count < g->capacity)
        return;
    g->capacity = g->capacity ? 2 * g->capacity : 1024;
    g->nodes = memory_resize(g->nodes, g->capacity * sizeof *g->nodes);
    free(g->slots);
    g->size = 2 * g->capacity;
    g->slots = memory_new(g->size * sizeof *g->slots);
    for (size_t i = 0; i < g->count; i++)
        *find(g, g->nodes[i].fingerprint) = (uint32_t)i + 1;
}

/* The node of a URL, made when it is met. Valid until the next call. */
static struct node *node(struct graph *g, const char *url, size_t length)
{
    uint64_t fingerprint = seen_fingerprint(g->seed, url, length);

    make_room(g);
    uint32_t *slot = find(g, fingerprint);
    if (!*slot) {
        g->nodes[g->count] = (struct node){.fingerprint = fingerprint,
                                           .text = g->names.length,
                                           .length = (uint32_t)length,
                                           .depth = DEPTH_UNKNOWN};
        text_add(&g->names, url, length);
        *slot = (uint32_t)++g->count;
    }
    return &g->nodes[*slot - 1];
}

static void gexf_found(struct listener *l, const struct finding *f)
{
    node(graph_of(l), f->url, f->length)->depth = f->depth;
}

static void gexf_refused(struct listener *l, const struct refusal *r)
{
    struct node *n = node(graph_of(l), r->url, strlen(r->url));

    n->depth = r->depth;
    n->kind = (uint8_t)kind_of_refusal(r);
}

static void gexf_visited(struct listener *l, const struct page *p)
{
    struct graph *g = graph_of(l);
    struct node *n = node(g, p->item->url, p->item->length);

    n->status = (uint16_t)status_of(p);
    n->kind = (uint8_t)kind_of_visit(g, p);
}

static void gexf_linked(struct listener *l, const struct linked *k)
{
    struct graph *g = graph_of(l);
    const struct item *from = k->page->item;

    if (from->kind != ITEM_PAGE)
        return;
    if (g->edge_count == g->edge_capacity) {
        g->edge_capacity = g->edge_capacity ? 2 * g->edge_capacity : 4096;
        g->edges = memory_resize(g->edges, g->edge_capacity * sizeof *g->edges);
    }
    uint64_t source = (uint64_t)(node(g, from->url, from->length) - g->nodes);
    uint64_t target = (uint64_t)(node(g, k->to, k->length) - g->nodes);
    g->edges[g->edge_count++] = source << 32 | target;
}

/* name="VALUE" */
static void add_number(struct text *t, const char *before, uint64_t n)
{
    text_add_string(t, before);
    text_add_number(t, (int64_t)n);
    text_add_char(t, '"');
}

static void write_node(struct graph *g, size_t i)
{
    const struct node *n = &g->nodes[i];
    struct text *t = output_begin(g->output);

    add_number(t, "<node id=\"", i);
    text_add_string(t, " label=\"");
    text_add_markup(t, g->names.data + n->text, n->length);
    text_add_string(t, "\"><attvalues>");
    if (n->status)
        add_number(t, "<attvalue for=\"0\" value=\"", n->status), text_add_string(t, "/>");
    if (n->depth != DEPTH_UNKNOWN)
        add_number(t, "<attvalue for=\"1\" value=\"", n->depth), text_add_string(t, "/>");
    if (n->kind != KIND_UNVISITED) {
        text_add_string(t, "<attvalue for=\"2\" value=\"");
        text_add_string(t, kinds[n->kind].name);
        text_add_string(t, "\"/>");
    }
    text_add_string(t, "</attvalues></node>\n");
    output_end(g->output);
}

static void write_edge(struct graph *g, uint64_t id, uint64_t edge, uint64_t weight)
{
    struct text *t = output_begin(g->output);

    add_number(t, "<edge id=\"", id);
    add_number(t, " source=\"", edge >> 32);
    add_number(t, " target=\"", edge & UINT32_MAX);
    add_number(t, " weight=\"", weight);
    text_add_string(t, "/>\n");
    output_end(g->output);
}

static int compare_edges(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void write_edges(struct graph *g)
{
    uint64_t id = 0;

    if (g->edge_count)
        qsort(g->edges, g->edge_count, sizeof *g->edges, compare_edges);
    for (size_t i = 0, next; i < g->edge_count; i = next) {
        for (next = i + 1; next < g->edge_count && g->edges[next] == g->edges[i];)
            next++;
        write_edge(g, id++, g->edges[i], next - i);
    }
}

static void write_line(struct graph *g, const char *line)
{
    text_add_string(output_begin(g->output), line);
    output_end(g->output);
}

static void gexf_ended(struct listener *l, struct crawl *c)
{
    struct graph *g = graph_of(l);

    (void)c;
    write_line(g, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">\n"
                  "<meta><creator>skitter</creator></meta>\n"
                  "<graph defaultedgetype=\"directed\">\n"
                  "<attributes class=\"node\">\n"
                  "<attribute id=\"0\" title=\"status\" type=\"integer\"/>\n"
                  "<attribute id=\"1\" title=\"depth\" type=\"integer\"/>\n"
                  "<attribute id=\"2\" title=\"kind\" type=\"string\"/>\n"
                  "</attributes>\n"
                  "<nodes>\n");
    for (size_t i = 0; i < g->count; i++)
        write_node(g, i);
    write_line(g, "</nodes>\n<edges>\n");
    write_edges(g);
    write_line(g, "</edges>\n</graph>\n</gexf>\n");
}

/* --- either --- */

static const struct listener dot = {dot_found, dot_visited, dot_linked, dot_refused, dot_ended};
static const struct listener gexf_listener = {gexf_found, gexf_visited, gexf_linked, gexf_refused,
                                              gexf_ended};

struct graph *graph_new(struct output *o, bool gexf, const struct ok_statuses *ok)
{
    struct graph *g = memory_new(sizeof *g);

    g->listener = gexf ? gexf_listener : dot;
    g->output = o;
    g->ok = ok;
    if (!gexf)
        dot_begin(g);
    else if (getrandom(&g->seed, sizeof g->seed, GRND_NONBLOCK) != sizeof g->seed)
        g->seed = (uint64_t)loop_time();
    return g;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    free(g->origin);
    text_deinit(&g->names);
    free(g->nodes);
    free(g->slots);
    free(g->edges);
    free(g);
}

struct listener *graph_listener(struct graph *g)
{
    return &g->listener;
}
