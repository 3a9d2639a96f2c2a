/* --graph FILE: the pages, where they lead to, and the links between, once each, as DOT (Graphviz),
 * or as GEXF 1.3 (Gephi) where the file's name ends in .gexf. DOT is written as the crawl goes;
 * GEXF wants its nodes first, so it is kept until the end: some 100 bytes a URL and 8 a link.
 *
 * Nodes are URLs, edges go from pages and redirects to where they lead, whatever their verdict; in
 * GEXF an edge's weight says how often. What sitemaps list has no edge. An attribute of a node, in
 * DOT its class and colour, says what it is: ok, redirect, broken, external, or refused; none: it
 * was not visited. */
#ifndef CMD_GRAPH_H
#define CMD_GRAPH_H

#include "cmd/listener.h"
#include "cmd/output.h"
#include "cmd/result.h"

struct graph;

/* Borrows both. */
struct graph *graph_new(struct output *o, bool gexf, const struct ok_statuses *ok);
void graph_free(struct graph *g); /* NULL is allowed */

/* To be told of what is found, refused and visited, and, with rules.all_links, of links. */
struct listener *graph_listener(struct graph *g);

#endif
