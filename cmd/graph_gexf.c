/* Nodes are numbered as they are met. Invariants: slots holds the number + 1 of each node, at the
 * place that its fingerprint leads to; edges are pairs of numbers, from and to, one for each
 * occurrence of a link. */
#include "cmd/graph_private.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_UNKNOWN UINT32_MAX

struct node {
    uint64_t fingerprint;
    size_t text; /* its URL, in names */
    uint32_t length, depth;
    uint16_t status; /* 0: none */
    uint8_t kind;
};

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
    n->kind = (uint8_t)graph_kind_of_refusal(r);
}

static void gexf_visited(struct listener *l, const struct page *p)
{
    struct graph *g = graph_of(l);
    struct node *n = node(g, p->item->url, p->item->length);

    n->status = (uint16_t)graph_status(p);
    n->kind = (uint8_t)graph_kind_of_visit(g, p);
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

ASYNC static void write_node(struct graph *g, size_t i)
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
        text_add_string(t, graph_kind_name(n->kind));
        text_add_string(t, "\"/>");
    }
    text_add_string(t, "</attvalues></node>\n");
    output_end(g->output);
    output_wait(g->output);
}

ASYNC static void write_edge(struct graph *g, uint64_t id, uint64_t edge, uint64_t weight)
{
    struct text *t = output_begin(g->output);

    add_number(t, "<edge id=\"", id);
    add_number(t, " source=\"", edge >> 32);
    add_number(t, " target=\"", edge & UINT32_MAX);
    add_number(t, " weight=\"", weight);
    text_add_string(t, "/>\n");
    output_end(g->output);
    output_wait(g->output);
}

static int compare_edges(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

ASYNC static void write_edges(struct graph *g)
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

ASYNC static void gexf_ended(struct listener *l, struct crawl *c)
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

void graph_gexf_begin(struct graph *g)
{
    static const struct listener listener = {gexf_found, gexf_visited, gexf_linked, gexf_refused,
                                             gexf_ended};

    g->listener = listener;
    g->seed = seen_random_seed();
}
