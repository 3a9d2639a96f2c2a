#include "cmd/graph_private.h"

#include "crawler/memory.h"

#include <stdlib.h>

const char *graph_kind_name(enum kind kind)
{
    static const char *const names[] = {
        [KIND_UNVISITED] = "",        [KIND_OK] = "ok",
        [KIND_REDIRECT] = "redirect", [KIND_BROKEN] = "broken",
        [KIND_EXTERNAL] = "external", [KIND_REFUSED] = "refused",
    };
    return names[kind];
}

enum kind graph_kind_of_visit(const struct graph *g, const struct page *p)
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

enum kind graph_kind_of_refusal(const struct refusal *r)
{
    return r->verdict == VERDICT_SCOPE ? KIND_EXTERNAL : KIND_REFUSED;
}

int graph_status(const struct page *p)
{
    return p->fetch ? p->fetch->status : 0;
}

struct graph *graph_new(struct output *o, bool gexf, const struct ok_statuses *ok)
{
    struct graph *g = memory_new(sizeof *g);

    g->output = o;
    g->ok = ok;
    if (gexf)
        graph_gexf_begin(g);
    else
        graph_dot_begin(g);
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
