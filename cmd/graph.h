/* --graph FILE: the pages, where they lead to, and the links between, once each, as DOT (Graphviz),
 * or as GEXF 1.3 (Gephi) where the file's name ends in .gexf. DOT is written as the crawl goes;
 * GEXF wants its nodes first, so it is kept until the end: some 100 bytes a URL and 8 a link. */
#ifndef CMD_GRAPH_H
#define CMD_GRAPH_H

#include "cmd/listener.h"
#include "cmd/output.h"

struct graph;

/* Borrows the output. */
struct graph *graph_new(struct output *o, bool gexf);
void graph_free(struct graph *g);

/* To be told of visits and, with rules.all_links, of links. */
struct listener *graph_listener(struct graph *g);

#endif
