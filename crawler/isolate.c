/* Both sides of the protocol.
 *
 * A request is a struct request, the URL and the Content-Type, each with its NUL, and the body. An
 * answer is a struct answer, its links, and the text that they point into. Names are their places
 * in a table that both sides have. Whatever is read of an answer is read by copying, after its
 * bounds were checked; a URL is taken as input like any other, and must come out as it is. */
#include "crawler/isolate.h"

#include "crawler/confine.h"
#include "parse/charset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MOST UINT32_MAX
#define ANSWER_MOST (128u << 20)

/* None of these has padding, which would be bytes of the stack. */
struct request {
    uint32_t url_length, type_length;
    uint8_t has_type, assets, lines, tree;
    uint32_t sitemap;
};

struct answer {
    uint64_t count, other, text_length;
    uint32_t title;
    uint32_t canonical; /* which link it is; 0: none, so the first is 1 */
    int32_t error;
    uint8_t nofollow, noindex;
    char charset[18];
};

struct answer_link {
    uint32_t url, length, rel, line;
    uint16_t element, attribute;
    uint16_t kind, nofollow;
};

/* The names of elements and attributes, each with its NUL: the empty one, the frequent ones, the
 * others. A message has the place where a name begins. */
static const char names[] =
    "\0a\0href\0link\0img\0src\0loc\0area\0script\0style\0srcset\0iframe\0meta\0content\0abbr\0"
    "acronym\0address\0annotation-xml\0applet\0article\0aside\0audio\0b\0background\0base\0"
    "basefont\0bdi\0bdo\0bgsound\0big\0blockquote\0body\0br\0button\0canvas\0caption\0center\0"
    "cite\0code\0col\0colgroup\0content_loc\0data\0datalist\0dd\0del\0desc\0details\0dfn\0"
    "dialog\0dir\0div\0dl\0dt\0em\0embed\0enclosure\0feimage\0fieldset\0figcaption\0figure\0"
    "font\0footer\0foreignobject\0form\0frame\0frameset\0guid\0h1\0h2\0h3\0h4\0h5\0h6\0head\0"
    "header\0hgroup\0hr\0html\0i\0image\0imagesrcset\0input\0ins\0kbd\0keygen\0label\0legend\0"
    "li\0listing\0main\0malignmark\0map\0mark\0marquee\0math\0menu\0meter\0mglyph\0mi\0mn\0mo\0"
    "ms\0mtext\0nav\0nobr\0noembed\0noframes\0noscript\0object\0ol\0optgroup\0option\0output\0p\0"
    "param\0picture\0plaintext\0player_loc\0poster\0pre\0progress\0q\0rb\0rp\0rt\0rtc\0ruby\0s\0"
    "samp\0search\0section\0select\0sitemap\0small\0source\0span\0strike\0strong\0sub\0summary\0"
    "sup\0svg\0table\0tbody\0td\0template\0textarea\0tfoot\0th\0thead\0thumbnail_loc\0time\0"
    "title\0tr\0track\0tt\0u\0ul\0url\0use\0var\0video\0wbr\0xlink:href\0xmp";

/* --- the parent --- */

int isolate_open(struct process_pool **out, struct loop *l)
{
    static char program[] = "/proc/self/exe", argument[] = ISOLATE_ARGUMENT;
    static char *const argv[] = {program, argument, NULL};

    return process_pool_open(out, l, argv, 0, ISOLATE_TIME);
}

ASYNC int isolate_call(struct process_pool *p, const struct document *d, char **answer,
                       size_t *length)
{
    const char *type = d->content_type ? d->content_type : "";
    struct request head = {.url_length = d->url->length,
                           .type_length = (uint32_t)strlen(type),
                           .has_type = d->content_type != NULL,
                           .assets = d->assets,
                           .lines = d->lines,
                           .tree = d->tree,
                           .sitemap = d->sitemap};
    size_t size = sizeof head + head.url_length + 1 + head.type_length + 1 + d->length;
    char *request = malloc(size), *at = request;

    if (!request)
        return -ENOMEM;
    at = mempcpy(at, &head, sizeof head);
    at = mempcpy(at, d->url->text, head.url_length);
    *at++ = '\0';
    at = mempcpy(at, type, head.type_length + 1);
    memcpy(at, d->body, d->length);
    int error = process_pool_call(p, request, size, answer, length, ANSWER_MOST);
    free(request);
    return error;
}

/* An answer that is being read into out. */
struct reader {
    struct answer head;
    const char *links, *text;
    struct links *out;
    uint32_t rel, rel_kept; /* the last one: there, and in out */
};

/* A string of the text, in UTF-8; NULL: there is none. */
static const char *string_at(const struct reader *r, uint32_t offset, size_t *length)
{
    const char *s = r->text + offset;

    if (offset >= r->head.text_length)
        return NULL;
    *length = strnlen(s, r->head.text_length - offset);
    return offset + *length < r->head.text_length && charset_is_utf8(s, *length) ? s : NULL;
}

/* Copies a string; 0 stays none. */
static int read_text(struct reader *r, uint32_t offset, uint32_t *kept)
{
    size_t length;
    const char *s = string_at(r, offset, &length);

    *kept = 0;
    if (offset == 0)
        return 0;
    return s ? links_add_text(r->out, s, length, kept) : -EPROTO;
}

static int read_rel(struct reader *r, uint32_t offset, uint32_t *kept)
{
    int error = offset == r->rel ? 0 : read_text(r, offset, &r->rel_kept);

    r->rel = offset;
    *kept = r->rel_kept;
    return error;
}

static int read_url(struct reader *r, const struct answer_link *from, struct link like)
{
    struct links *out = r->out;
    size_t other = out->other;
    const char *url = r->text + from->url;

    if (from->url > r->head.text_length || from->length > r->head.text_length - from->url)
        return -EPROTO;
    int error = links_add(out, url, from->length, NULL, NULL, like);
    if (error)
        return error;
    if (out->other != other)
        return -EPROTO;
    const struct link *added = &out->items[out->count - 1];
    bool same = added->length == from->length &&
                memcmp(links_text(out, added->url), url, from->length) == 0;
    return same ? 0 : -EPROTO;
}

/* NULL: none begins there. */
static const char *name_at(uint16_t place)
{
    bool begins = place < sizeof names && (place == 0 || names[place - 1] == '\0');

    return begins ? names + place : NULL;
}

static int read_link(struct reader *r, const struct answer_link *from)
{
    struct link like = {.line = from->line, .nofollow = from->nofollow};

    like.element = name_at(from->element);
    like.attribute = name_at(from->attribute);
    like.kind = from->kind;
    if (!like.element || !like.attribute || from->nofollow > 1 ||
        (from->kind != LINK_FOLLOW && from->kind != LINK_ASSET))
        return -EPROTO;
    int error = read_rel(r, from->rel, &like.rel);
    return error ? error : read_url(r, from, like);
}

static int read_links(struct reader *r)
{
    size_t first = r->out->count;
    int error = 0;

    for (size_t i = 0; i < r->head.count && !error; i++) {
        struct answer_link link;
        memcpy(&link, r->links + i * sizeof link, sizeof link);
        error = read_link(r, &link);
    }
    if (!error && r->head.canonical)
        r->out->canonical = r->out->items[first + r->head.canonical - 1].url;
    return error;
}

static int read_charset(struct reader *r)
{
    const char *name = r->head.charset;
    size_t length = strnlen(name, sizeof r->head.charset);

    r->out->charset = length ? charset_find(name, length) : NULL;
    if (length == sizeof r->head.charset || (length && !r->out->charset))
        return -EPROTO;
    return length && strcmp(r->out->charset, name) != 0 ? -EPROTO : 0;
}

/* Whether the head fits the length, and itself. */
static bool is_plausible(const struct answer *head, size_t length)
{
    size_t rest = length - sizeof *head;

    return head->count <= rest / sizeof(struct answer_link) &&
           head->text_length == rest - head->count * sizeof(struct answer_link) &&
           head->canonical <= head->count && head->other <= UINT32_MAX && head->nofollow <= 1 &&
           head->noindex <= 1 &&
           (head->error == 0 || head->error == -E2BIG || head->error == -ETIME ||
            head->error == -EBADMSG || head->error == -ENODATA);
}

static int read_all(struct reader *r)
{
    struct links *out = r->out;

    out->other += r->head.other;
    out->error = r->head.error;
    out->nofollow |= r->head.nofollow;
    out->noindex |= r->head.noindex;
    int error = read_charset(r);
    if (!error)
        error = read_text(r, r->head.title, &out->title);
    if (!error)
        error = read_links(r);
    return error;
}

int isolate_read(struct links *out, const char *answer, size_t length)
{
    struct reader r = {.out = out};
    struct links before = *out;

    if (length < sizeof r.head)
        return -EPROTO;
    memcpy(&r.head, answer, sizeof r.head);
    if (!is_plausible(&r.head, length))
        return -EPROTO;
    r.links = answer + sizeof r.head;
    r.text = r.links + r.head.count * sizeof(struct answer_link);
    int error = read_all(&r);
    if (error == -E2BIG) { /* together with what was there before */
        out->error = error;
        error = 0;
    }
    if (error) {
        before.items = out->items;
        before.capacity = out->capacity;
        before.text = out->text;
        before.text_capacity = out->text_capacity;
        *out = before;
    }
    return error;
}

/* --- the child --- */

/* A name that is none of those becomes the empty one. */
static uint16_t place_of(const char *name)
{
    for (const char *n = names; n < names + sizeof names; n += strlen(n) + 1)
        if (strcmp(n, name) == 0)
            return (uint16_t)(n - names);
    return 0;
}

static struct answer describe(const struct links *l)
{
    struct answer head = {.count = l->count,
                          .other = l->other,
                          .text_length = l->text_length,
                          .title = l->title,
                          .error = l->error,
                          .nofollow = l->nofollow,
                          .noindex = l->noindex};

    strncpy(head.charset, l->charset ? l->charset : "", sizeof head.charset - 1);
    for (size_t i = 0; l->canonical && i < l->count && !head.canonical; i++)
        if (l->items[i].url == l->canonical)
            head.canonical = (uint32_t)i + 1;
    return head;
}

int isolate_write(const struct links *l, char **answer, size_t *length)
{
    struct answer head = describe(l);

    *length = sizeof head + l->count * sizeof(struct answer_link) + l->text_length;
    char *at = *answer = malloc(*length);
    if (!at)
        return -ENOMEM;
    at = mempcpy(at, &head, sizeof head);
    for (size_t i = 0; i < l->count; i++) {
        const struct link *link = &l->items[i];
        struct answer_link to = {.url = link->url,
                                 .length = link->length,
                                 .rel = link->rel,
                                 .line = link->line,
                                 .element = place_of(link->element),
                                 .attribute = place_of(link->attribute),
                                 .kind = (uint16_t)link->kind,
                                 .nofollow = link->nofollow};
        at = mempcpy(at, &to, sizeof to);
    }
    memcpy(at, l->text, l->text_length);
    return 0;
}

static int answer_request(const char *request, size_t size, char **reply, size_t *length)
{
    struct request head;
    struct url url;
    struct links links;

    if (size < sizeof head)
        return -EPROTO;
    memcpy(&head, request, sizeof head);
    const char *text = request + sizeof head, *type = text + head.url_length + 1;
    const char *body = type + head.type_length + 1;
    url_describe(&url, text, head.url_length);
    struct document d = {.body = body,
                         .length = size - (size_t)(body - request),
                         .url = &url,
                         .content_type = head.has_type ? type : NULL,
                         .assets = head.assets,
                         .lines = head.lines,
                         .tree = head.tree,
                         .sitemap = head.sitemap};
    confine_time();
    links_init(&links);
    int error = document_links(&links, &d);
    if (!error)
        error = isolate_write(&links, reply, length);
    links_deinit(&links);
    return error;
}

int isolate_main(void)
{
    confine();
    return process_worker_run(answer_request, REQUEST_MOST) == 0 ? 0 : 3;
}
