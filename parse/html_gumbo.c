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
#include "parse/charset.h"
#include "parse/cpu_time.h"
#include "parse/css.h"
#include "parse/header.h"
#include "parse/srcset.h"

#include <errno.h>
#include <gumbo.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_TITLE 1000
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

static const GumboOutput *build(struct arena *a, const char *text, size_t length)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = allocate;
    options.deallocator = deallocate;
    options.userdata = a;
    options.max_errors = 0;
    *a = (struct arena){
        .next_size = FIRST_BLOCK, .length = length, .deadline = cpu_time() + GUMBO_MAX_NS};
    if (setjmp(a->spent) != 0)
        return NULL;
    return gumbo_parse_with_options(&options, text, length);
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

/* The node that follows in document order, within n only if enter is set; NULL after the last. */
static const GumboNode *next_node(const GumboNode *n, bool enter)
{
    if (enter && children(n)->length > 0)
        return children(n)->data[0];
    for (; n->parent; n = n->parent)
        if (n->index_within_parent + 1 < children(n->parent)->length)
            return children(n->parent)->data[n->index_within_parent + 1];
    return NULL;
}

static bool is_element(const GumboNode *n, GumboTag tag)
{
    return n->type == GUMBO_NODE_ELEMENT && n->v.element.tag == tag &&
           n->v.element.tag_namespace == GUMBO_NAMESPACE_HTML;
}

/* The value of an attribute, or NULL. */
static const char *attribute(const GumboNode *n, const char *name, GumboAttributeNamespaceEnum ns)
{
    const GumboVector *all = &n->v.element.attributes;
    for (unsigned i = 0; i < all->length; i++) {
        const GumboAttribute *a = all->data[i];
        if (a->attr_namespace == ns && strcmp(a->name, name) == 0)
            return a->value;
    }
    return NULL;
}

static const char *plain_attribute(const GumboNode *n, const char *name)
{
    return attribute(n, name, GUMBO_ATTR_NAMESPACE_NONE);
}

struct page {
    struct links *out;
    const struct document *d;
    const struct url *base; /* NULL: one that nothing is relative to */
    int error;
};

static struct link like(const GumboNode *n, const char *element, const char *name,
                        enum link_kind kind)
{
    return (struct link){
        .element = element, .attribute = name, .line = n->v.element.start_pos.line, .kind = kind};
}

static void add_bytes(struct page *p, const char *raw, size_t length, struct link l)
{
    if (p->error == 0 && (l.kind == LINK_FOLLOW || p->d->assets))
        p->error = links_add(p->out, raw, length, p->base, p->out->charset, l);
}

static void add_css(struct page *p, const char *text, struct link l)
{
    if (p->error == 0 && p->d->assets)
        p->error = css_links(p->out, text, strlen(text), p->base, p->out->charset, l);
}

static void add_srcset(struct page *p, const char *value, struct link l)
{
    struct srcset s = {value, value + strlen(value)};
    struct span url;
    while (p->d->assets && srcset_next(&s, &url))
        add_bytes(p, url.at, url.length, l);
}

/* Adds the URL of an attribute. An empty one loads nothing; only to a hyperlink it means the
 * document itself. */
static void add(struct page *p, const GumboNode *n, const char *name, enum link_kind kind)
{
    const char *value = plain_attribute(n, name);
    const char *element = gumbo_normalized_tagname(n->v.element.tag);
    if (value && *value)
        add_bytes(p, value, strlen(value), like(n, element, name, kind));
}

/* Adds a URL of an element that may have a rel. */
static void add_related(struct page *p, const GumboNode *n, const char *value, struct link l)
{
    struct links *out = p->out;
    const char *rel = plain_attribute(n, "rel");
    if (rel && *rel && p->error == 0 && (l.kind == LINK_FOLLOW || p->d->assets)) {
        l.nofollow = header_has_word(rel, strlen(rel), "nofollow");
        uint32_t last = out->count > 0 ? out->items[out->count - 1].rel : 0;
        if (strcmp(links_text(out, last), rel) == 0)
            l.rel = last;
        else
            p->error = links_add_text(out, rel, strlen(rel), &l.rel);
    }
    add_bytes(p, value, strlen(value), l);
}

static bool has_any(const char *list, const char *const words[])
{
    for (; *words; words++)
        if (header_has_word(list, strlen(list), *words))
            return true;
    return false;
}

static void visit_link(struct page *p, const GumboNode *n)
{
    static const char *const loaded[] = {"stylesheet",
                                         "icon",
                                         "preload",
                                         "modulepreload",
                                         "prefetch",
                                         "prerender",
                                         "manifest",
                                         "mask-icon",
                                         "apple-touch-icon",
                                         "apple-touch-icon-precomposed",
                                         "apple-touch-startup-image",
                                         NULL};
    const char *rel = plain_attribute(n, "rel"), *href = plain_attribute(n, "href");
    const char *srcset = plain_attribute(n, "imagesrcset");
    bool followed = rel && header_rel_followed(rel, strlen(rel));
    bool asset = rel && !followed && has_any(rel, loaded);
    struct links *out = p->out;
    if (href && *href && (followed || asset)) {
        size_t count = out->count;
        add_related(p, n, href, like(n, "link", "href", asset ? LINK_ASSET : LINK_FOLLOW));
        if (out->count > count && out->canonical == 0 &&
            header_has_word(rel, strlen(rel), "canonical"))
            out->canonical = out->items[count].url;
    }
    if (srcset && asset)
        add_srcset(p, srcset, like(n, "link", "imagesrcset", LINK_ASSET));
}

static void visit_meta(struct page *p, const GumboNode *n)
{
    const char *content = plain_attribute(n, "content");
    const char *pragma = plain_attribute(n, "http-equiv"), *name = plain_attribute(n, "name");
    struct span url;
    if (!content)
        return;
    size_t length = strlen(content);
    if (pragma && strcasecmp(pragma, "refresh") == 0 && header_refresh(content, length, &url))
        add_bytes(p, url.at, url.length, like(n, "meta", "content", LINK_FOLLOW));
    if (name && strcasecmp(name, "robots") == 0) {
        bool none = header_has_word(content, length, "none");
        p->out->nofollow |= none || header_has_word(content, length, "nofollow");
        p->out->noindex |= none || header_has_word(content, length, "noindex");
    }
}

/* Keeps the title, its white space collapsed. */
static void visit_title(struct page *p, const GumboNode *n)
{
    char title[MAX_TITLE];
    size_t length = 0;
    if (p->out->title != 0 || p->error < 0 || children(n)->length == 0)
        return;
    const GumboNode *text = children(n)->data[0];
    if (text->type != GUMBO_NODE_TEXT)
        return;
    bool space = false;
    for (const char *c = text->v.text.text; *c && length + 1 < sizeof(title); c++) {
        if (*c == ' ' || (*c >= '\t' && *c <= '\r')) {
            space = length > 0;
            continue;
        }
        if (space)
            title[length++] = ' ';
        space = false;
        title[length++] = *c;
    }
    /* A character that was cut in two goes. */
    if (length + 1 >= sizeof(title)) {
        while ((title[length - 1] & 0xc0) == 0x80)
            length--;
        if (title[length - 1] & 0x80)
            length--;
    }
    if (length > 0)
        p->error = links_add_text(p->out, title, length, &p->out->title);
}

static void visit_style(struct page *p, const GumboNode *n)
{
    struct link l = like(n, "style", "", LINK_ASSET);
    for (unsigned i = 0; i < children(n)->length; i++) {
        const GumboNode *text = children(n)->data[i];
        if (text->type == GUMBO_NODE_TEXT || text->type == GUMBO_NODE_CDATA) {
            l.line = text->v.text.start_pos.line;
            add_css(p, text->v.text.text, l);
        }
    }
}

static void visit_svg(struct page *p, const GumboNode *n)
{
    static const char *const names[] = {"a", "image", "use", "script", "feimage"};
    const char *href = plain_attribute(n, "href");
    const char *name = href ? "href" : "xlink:href";
    GumboStringPiece tag = n->v.element.original_tag;
    if (!href)
        href = attribute(n, "href", GUMBO_ATTR_NAMESPACE_XLINK);
    if (!href || *href == '#' || *href == '\0')
        return;
    gumbo_tag_from_original_text(&tag);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (tag.length == strlen(names[i]) && strncasecmp(tag.data, names[i], tag.length) == 0)
            add_related(p, n, href, like(n, names[i], name, i == 0 ? LINK_FOLLOW : LINK_ASSET));
}

static void visit_html(struct page *p, const GumboNode *n)
{
    static const struct {
        GumboTag tag;
        const char *attribute;
        enum link_kind kind;
    } places[] = {
        {GUMBO_TAG_IFRAME, "src", LINK_FOLLOW},      {GUMBO_TAG_FRAME, "src", LINK_FOLLOW},
        {GUMBO_TAG_IMG, "src", LINK_ASSET},          {GUMBO_TAG_SOURCE, "src", LINK_ASSET},
        {GUMBO_TAG_SCRIPT, "src", LINK_ASSET},       {GUMBO_TAG_AUDIO, "src", LINK_ASSET},
        {GUMBO_TAG_VIDEO, "src", LINK_ASSET},        {GUMBO_TAG_VIDEO, "poster", LINK_ASSET},
        {GUMBO_TAG_TRACK, "src", LINK_ASSET},        {GUMBO_TAG_EMBED, "src", LINK_ASSET},
        {GUMBO_TAG_OBJECT, "data", LINK_ASSET},      {GUMBO_TAG_BODY, "background", LINK_ASSET},
        {GUMBO_TAG_TABLE, "background", LINK_ASSET}, {GUMBO_TAG_THEAD, "background", LINK_ASSET},
        {GUMBO_TAG_TBODY, "background", LINK_ASSET}, {GUMBO_TAG_TFOOT, "background", LINK_ASSET},
        {GUMBO_TAG_TR, "background", LINK_ASSET},    {GUMBO_TAG_TD, "background", LINK_ASSET},
        {GUMBO_TAG_TH, "background", LINK_ASSET},
    };
    GumboTag tag = n->v.element.tag;
    const char *value;
    switch (tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_AREA:
        if ((value = plain_attribute(n, "href")))
            add_related(p, n, value, like(n, gumbo_normalized_tagname(tag), "href", LINK_FOLLOW));
        return;
    case GUMBO_TAG_LINK:
        visit_link(p, n);
        return;
    case GUMBO_TAG_META:
        visit_meta(p, n);
        return;
    case GUMBO_TAG_TITLE:
        visit_title(p, n);
        return;
    case GUMBO_TAG_STYLE:
        visit_style(p, n);
        return;
    case GUMBO_TAG_INPUT:
        value = plain_attribute(n, "type");
        if (value && strcasecmp(value, "image") == 0)
            add(p, n, "src", LINK_ASSET);
        return;
    default:
        for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
            if (places[i].tag == tag)
                add(p, n, places[i].attribute, places[i].kind);
    }
    if ((tag == GUMBO_TAG_IMG || tag == GUMBO_TAG_SOURCE) && (value = plain_attribute(n, "srcset")))
        add_srcset(p, value, like(n, gumbo_normalized_tagname(tag), "srcset", LINK_ASSET));
}

static void visit(struct page *p, const GumboNode *n)
{
    const int copied =
        GUMBO_INSERTION_ADOPTION_AGENCY_CLONED | GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT;
    if ((n->type != GUMBO_NODE_ELEMENT && n->type != GUMBO_NODE_TEMPLATE) ||
        (int)n->parse_flags & copied)
        return;
    const GumboElement *e = &n->v.element;
    if (e->tag_namespace == GUMBO_NAMESPACE_HTML)
        visit_html(p, n);
    else if (e->tag_namespace == GUMBO_NAMESPACE_SVG && e->tag == GUMBO_TAG_STYLE)
        visit_style(p, n);
    else if (e->tag_namespace == GUMBO_NAMESPACE_SVG)
        visit_svg(p, n);
    const char *style = p->d->assets ? plain_attribute(n, "style") : NULL;
    if (style)
        add_css(p, style, like(n, gumbo_normalized_tagname(e->tag), "style", LINK_ASSET));
}

/* Whether a URL has this scheme: white space before it and within it is passed over. */
static bool has_scheme(const char *value, const char *scheme)
{
    while (*value > '\0' && *value <= ' ')
        value++;
    for (; *scheme; scheme++, value++) {
        while (*value == '\t' || *value == '\n' || *value == '\r')
            value++;
        if ((*value | 0x20) != *scheme)
            return false;
    }
    return *value == ':';
}

/* The first base element that has a href decides (HTML standard, section 4.2.3); one that is
 * invalid, data: or javascript: leaves the document's URL; another scheme, no base. */
static int find_base(struct page *p, const GumboNode *n, struct url *base, char **buffer)
{
    const char *href = NULL;
    for (; n && !href; n = next_node(n, n->type != GUMBO_NODE_TEMPLATE))
        if (is_element(n, GUMBO_TAG_BASE))
            href = plain_attribute(n, "href");
    if (!href || has_scheme(href, "data") || has_scheme(href, "javascript"))
        return 0;
    if (!(*buffer = malloc(URL_BUFFER)))
        return -ENOMEM;
    int r = url_parse(base, *buffer, URL_BUFFER, href, strlen(href), p->d->url, p->out->charset,
                      URL_DROP_USERINFO);
    if (r == 0)
        p->base = base;
    else if (r == -EPROTONOSUPPORT)
        p->base = NULL;
    return 0;
}

static int read_tree(struct page *p, const GumboNode *document)
{
    struct url base;
    char *buffer = NULL;
    p->error = find_base(p, document, &base, &buffer);
    for (const GumboNode *n = document; n && p->error == 0; n = next_node(n, true))
        visit(p, n);
    free(buffer);
    return p->error;
}

int html_gumbo_links(struct links *out, const struct document *d)
{
    struct page p = {.out = out, .d = d, .base = d->url};
    struct charset_text text;
    struct arena arena;
    struct span charset;
    char type[64];
    size_t bom;
    header_content_type(d->content_type, type, &charset);
    bool xml = strstr(type, "xml");
    out->charset =
        (xml ? charset_sniff_xml : charset_sniff_html)(d->body, d->length, d->content_type, &bom);
    int r = charset_text(&text, out->charset, d->body + bom, d->length - bom);
    if (r < 0)
        return r;
    const GumboOutput *tree = build(&arena, text.at, text.length);
    r = tree ? read_tree(&p, tree->document) : arena.error;
    deinit(&arena);
    free(text.owned);
    if (r < 0)
        out->error = r;
    return r == -ENOMEM ? r : 0;
}
