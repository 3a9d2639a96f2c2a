/* Links by way of Gumbo's tree.
 *
 * The tree lives in an arena and is freed with it, as a whole: Gumbo's own destructor recurses with
 * the depth of the tree. When the arena is spent, or the clock that it looks at, it leaves Gumbo by
 * longjmp.
 *
 * That ends whatever allocates. One loop of Gumbo's does not: while a formatting element is open,
 * each character of text searches the stack of open elements. So the depth of that stack times the
 * length of the document has a limit too. */
#include "parse/html_gumbo.h"
#include "parse/cpu_time.h"
#include "parse/html_page.h"

#include <assert.h>
#include <errno.h>
#include <gumbo.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEARCH UINT64_C(4000000000) /* depth times bytes: 2 s at 0.5 ns */
#define FIRST_BLOCK (64u << 10)
#define LARGEST_BLOCK (1u << 20)
#define ALIGNMENT 16

struct block {
    struct block *next;
    _Alignas(ALIGNMENT) char bytes[];
};

struct arena {
    struct block *blocks;
    char *at, *end; /* what is free of the newest block */
    size_t size, next_size;
    unsigned ticks;
    int64_t deadline;
    size_t length;       /* of the document */
    GumboOutput *output; /* Gumbo's first allocation */
    size_t last_size;
    int error;
    jmp_buf spent;
};

_Noreturn static void leave(struct arena *a, int error)
{
    a->error = error;
    longjmp(a->spent, 1);
}

static struct block *add_block(struct arena *a, size_t size)
{
    size += sizeof(struct block);
    if (size > GUMBO_MAX_BYTES - a->size)
        leave(a, -E2BIG);
    struct block *b = malloc(size);
    if (!b)
        leave(a, -ENOMEM);
    a->size += size;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

static void *allocate(void *userdata, size_t size)
{
    struct arena *a = userdata;
    if (++a->ticks % 64 == 0 && cpu_time() > a->deadline)
        leave(a, -ETIME);
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    a->last_size = size;
    if (size > (size_t)(a->end - a->at)) {
        if (size >= FIRST_BLOCK / 4)
            return add_block(a, size)->bytes;
        a->at = add_block(a, a->next_size)->bytes;
        a->end = a->at + a->next_size;
        if (a->next_size < LARGEST_BLOCK)
            a->next_size *= 2;
    }
    char *p = a->at;
    a->at += size;
    if (!a->output)
        a->output = (GumboOutput *)p;
    return p;
}

/* Frees nothing. But when a vector has grown, its old storage comes here; and the one vector that
 * begins with the root is the stack of open elements. */
static void deallocate(void *userdata, void *old)
{
    struct arena *a = userdata;
    if (old && (uint64_t)(a->last_size / sizeof(GumboNode *)) * a->length > MAX_SEARCH &&
        a->output->root && *(GumboNode **)old == a->output->root)
        leave(a, -ETIME);
}

static void deinit(struct arena *a)
{
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
}

/* Where this thread builds a tree. */
static _Thread_local struct arena *building;

#ifdef __GLIBC__
/* Some documents break Gumbo's assertions: <table><svg><select><foreignObject><select><thead>. That
 * is no reason to abort, so this takes the place of libc's function. */
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned line,
                             const char *function)
{
    if (building)
        leave(building, -EBADMSG);
    fprintf(stderr, "%s:%u: %s: assertion failed: %s\n", file, line, function, assertion);
    abort();
}
#endif

static const GumboOutput *build(struct arena *a, const char *text, size_t length)
{
    const GumboOutput *volatile tree = NULL;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = allocate;
    options.deallocator = deallocate;
    options.userdata = a;
    options.max_errors = 0;
    *a = (struct arena){
        .next_size = FIRST_BLOCK, .length = length, .deadline = cpu_time() + GUMBO_MAX_NS};
    building = a;
    if (setjmp(a->spent) == 0)
        tree = gumbo_parse_with_options(&options, text, length);
    building = NULL;
    return tree;
}

static const GumboVector *children(const GumboNode *n)
{
    switch (n->type) {
    case GUMBO_NODE_DOCUMENT:
        return &n->v.document.children;
    case GUMBO_NODE_ELEMENT:
    case GUMBO_NODE_TEMPLATE:
        return &n->v.element.children;
    default:
        return &kGumboEmptyVector;
    }
}

/* Where it is among its siblings. Gumbo's number is too high if the body, that stood before it, was
 * removed for a frameset. */
static unsigned place(const GumboNode *n)
{
    const GumboVector *all = children(n->parent);
    unsigned i = n->index_within_parent;
    while (i > 0 && (i >= all->length || all->data[i] != n))
        i--;
    return i;
}

/* The node that follows in document order, within n only if enter is set; NULL after the last. */
static const GumboNode *next_node(const GumboNode *n, bool enter)
{
    if (enter && children(n)->length > 0)
        return children(n)->data[0];
    for (; n->parent; n = n->parent)
        if (place(n) + 1 < children(n->parent)->length)
            return children(n->parent)->data[place(n) + 1];
    return NULL;
}

static enum html_namespace space_of(const GumboElement *e)
{
    switch (e->tag_namespace) {
    case GUMBO_NAMESPACE_SVG:
        return NAMESPACE_SVG;
    case GUMBO_NAMESPACE_MATHML:
        return NAMESPACE_MATHML;
    default:
        return NAMESPACE_HTML;
    }
}

static enum html_element element_of(const GumboElement *e)
{
    GumboStringPiece name = e->original_tag;
    if (e->tag != GUMBO_TAG_UNKNOWN) /* the name that it has now, not that in the document */
        name = (GumboStringPiece){gumbo_normalized_tagname(e->tag),
                                  strlen(gumbo_normalized_tagname(e->tag))};
    else if (name.data)
        gumbo_tag_from_original_text(&name);
    return html_element_find(name.data, name.length);
}

static void describe(struct html_tag *t, const GumboElement *e)
{
    t->element = element_of(e);
    t->space = space_of(e);
    t->line = e->start_pos.line;
    t->has = 0;
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *a = e->attributes.data[i];
        enum html_attribute which = html_attribute_find(a->name, strlen(a->name));
        if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XLINK && which == ATTRIBUTE_HREF)
            which = ATTRIBUTE_XLINK_HREF;
        else if (a->attr_namespace != GUMBO_ATTR_NAMESPACE_NONE)
            continue;
        if (which == ATTRIBUTE_COUNT || html_tag_has(t, which))
            continue;
        t->has |= UINT32_C(1) << which;
        t->values[which] = (struct span){a->value, strlen(a->value)};
    }
}

/* The text of a style or title element. */
static void read_text(struct html_page *p, const GumboNode *n, enum html_element e)
{
    for (unsigned i = 0; i < children(n)->length; i++) {
        const GumboNode *text = children(n)->data[i];
        const char *s = text->v.text.text;
        if (text->type == GUMBO_NODE_ELEMENT || text->type == GUMBO_NODE_TEMPLATE ||
            text->type == GUMBO_NODE_COMMENT)
            continue;
        if (e == HTML_STYLE)
            html_page_style(p, s, strlen(s), text->v.text.start_pos.line, false);
        else
            html_page_title(p, s, strlen(s), false);
    }
}

static bool is_copy(const GumboNode *n)
{
    const int copied =
        GUMBO_INSERTION_ADOPTION_AGENCY_CLONED | GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT;
    return (int)n->parse_flags & copied;
}

/* Reads a tree into the page: its base first. */
static void read_tree(struct html_page *p, const GumboNode *document)
{
    struct html_tag t = {0};
    bool based = false;
    for (const GumboNode *n = document; n && !based;
         n = next_node(n, n->type != GUMBO_NODE_TEMPLATE)) {
        if (n->type != GUMBO_NODE_ELEMENT || n->v.element.tag != GUMBO_TAG_BASE)
            continue;
        describe(&t, &n->v.element);
        based = t.space == NAMESPACE_HTML && html_tag_has(&t, ATTRIBUTE_HREF);
        if (based)
            html_page_set_base(p, t.values[ATTRIBUTE_HREF]);
    }
    for (const GumboNode *n = document; n && p->error == 0; n = next_node(n, true)) {
        if ((n->type != GUMBO_NODE_ELEMENT && n->type != GUMBO_NODE_TEMPLATE) || is_copy(n))
            continue;
        describe(&t, &n->v.element);
        html_page_visit(p, &t);
        if (t.element == HTML_STYLE ? t.space != NAMESPACE_MATHML
                                    : t.element == HTML_TITLE && t.space == NAMESPACE_HTML)
            read_text(p, n, t.element);
    }
}

int html_gumbo_links(struct links *out, const struct document *d)
{
    struct html_page p;
    struct arena arena;
    int r = html_page_open(&p, out, d, true);
    if (r < 0)
        return r;
    const GumboOutput *tree = build(&arena, p.text.at, p.text.length);
    if (tree)
        read_tree(&p, tree->document);
    else
        p.error = arena.error;
    deinit(&arena);
    html_page_close(&p);
    if (p.error < 0)
        out->error = p.error;
    return p.error == -ENOMEM ? -ENOMEM : 0;
}
