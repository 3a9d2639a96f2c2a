/* DOT is a statement a line: a URL's is written when it is met, and again, with what came of it,
 * when that is known; Graphviz merges them, and equal edges (strict). */
#include "cmd/graph_private.h"

#include "crawler/memory.h"

#include <ctype.h>
#include <string.h>

#define LABEL_MAX 48 /* bytes of a URL that are shown */

static const char *const looks[] = {
    [KIND_UNVISITED] = "",
    [KIND_OK] = "fillcolor=honeydew, color=green4",
    [KIND_REDIRECT] = "fillcolor=lemonchiffon, color=goldenrod",
    [KIND_BROKEN] = "fillcolor=mistyrose, color=red3",
    [KIND_EXTERNAL] = "fillcolor=gray93",
    [KIND_REFUSED] = "style=\"rounded,dashed\"",
};

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
    text_add_string(t, graph_kind_name(kind));
    text_add_string(t, ", ");
    text_add_string(t, looks[kind]);
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
    add_kind(t, graph_kind_of_refusal(r));
    text_add_string(t, "];\n");
    output_end(g->output);
}

static void dot_visited(struct listener *l, const struct page *p)
{
    struct graph *g = graph_of(l);
    struct text *t = output_begin(g->output);

    add_name(t, p->item->url, p->item->length);
    text_add_string(t, " [");
    if (graph_status(p)) {
        text_add_string(t, "status=");
        text_add_number(t, graph_status(p));
        text_add_string(t, ", ");
    }
    if (p->error) {
        text_add_string(t, "error=");
        text_add_string(t, fetch_error_name(p->error));
        text_add_string(t, ", ");
    }
    add_kind(t, graph_kind_of_visit(g, p));
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

void graph_dot_begin(struct graph *g)
{
    static const struct listener listener = {dot_found, dot_visited, dot_linked, dot_refused,
                                             dot_ended};
    struct text *t = output_begin(g->output);

    g->listener = listener;
    text_add_string(
        t, "strict digraph site {\n"
           "graph [rankdir=LR, ranksep=1, nodesep=0.1, overlap=false, outputorder=edgesfirst];\n"
           "node [shape=box, style=\"rounded,filled\", fillcolor=white, color=gray60, "
           "fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, height=0.25, "
           "margin=\"0.1,0.03\"];\n"
           "edge [color=gray50, arrowsize=0.6];\n");
    output_end(g->output);
}
