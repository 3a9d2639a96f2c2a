/* What the two forms of a graph share. */
#ifndef CMD_GRAPH_PRIVATE_H
#define CMD_GRAPH_PRIVATE_H

#include "cmd/graph.h"

enum kind { KIND_UNVISITED, KIND_OK, KIND_REDIRECT, KIND_BROKEN, KIND_EXTERNAL, KIND_REFUSED };

/* "": unvisited. */
const char *graph_kind_name(enum kind kind);

enum kind graph_kind_of_visit(const struct graph *g, const struct page *p);
enum kind graph_kind_of_refusal(const struct refusal *r);

/* 0: none. */
int graph_status(const struct page *p);

struct graph {
    struct listener listener;
    struct output *output;
    const struct ok_statuses *ok;

    /* graph_dot.c's */
    char *origin; /* of the first seed: the labels of its URLs are paths */
    size_t origin_length;

    /* graph_gexf.c's */
    uint64_t seed; /* of the fingerprints */
    struct text names;
    struct node *nodes;
    uint32_t *slots;
    size_t count, capacity, size;
    uint64_t *edges;
    size_t edge_count, edge_capacity;
};

static inline struct graph *graph_of(struct listener *l)
{
    return container_of(l, struct graph, listener);
}

/* The listener's functions are set; the output is. */
void graph_dot_begin(struct graph *g);
void graph_gexf_begin(struct graph *g);

#endif
