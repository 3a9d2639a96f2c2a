#include "crawler/page.h"

#include "crawler/isolate.h"
#include "crawler/memory.h"
#include "loop/coro.h"
#include "parse/header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCANNED_AT_ONCE (256u << 10)

void page_init(struct page *p)
{
    *p = (struct page){.message = ""};
    links_init(&p->links);
}

void page_begin(struct page *p, const struct item *item)
{
    links_clear(&p->links);
    host_describe(item->host, &p->url, item->url, item->length);
    p->item = item;
    p->fetch = NULL;
    p->error = FETCH_OK;
    p->message = "";
    p->redirect = NULL;
    p->new_links = 0;
    p->parsing = 0;
    p->referrer = NULL;
}

static bool holds_memory(const struct page *p)
{
    return p->links.capacity || p->links.text_capacity;
}

static void take_memory(struct page *p)
{
    if (p->spare && p->spare->count && !holds_memory(p))
        p->links = p->spare->links[--p->spare->count];
}

void page_end(struct page *p)
{
    struct page_spare *s = p->spare;

    if (!s || !holds_memory(p))
        return;
    if (s->count == sizeof s->links / sizeof *s->links) {
        links_deinit(&p->links);
        return;
    }
    links_clear(&p->links);
    s->links[s->count++] = p->links;
    links_init(&p->links);
}

void page_deinit(struct page *p)
{
    links_deinit(&p->links);
}

static bool is_sitemap(const struct page *p)
{
    return p->item->kind == ITEM_SITEMAP;
}

bool page_has_links(const struct page *p)
{
    const struct fetch *f = p->fetch;

    return f->status / 100 == 2 &&
           (f->body_length || fetch_header(f, HEADER_LINK) || fetch_header(f, HEADER_REFRESH) ||
            fetch_header(f, HEADER_CONTENT_LOCATION));
}

static int add_header_link(struct page *p, struct span target, const char *attribute)
{
    struct link like = {.element = "", .attribute = attribute, .kind = LINK_FOLLOW};

    return links_add(&p->links, target.at, target.length, &p->url, NULL, like);
}

static int add_header_links(struct page *p)
{
    const char *link = fetch_header(p->fetch, HEADER_LINK);
    const char *refresh = fetch_header(p->fetch, HEADER_REFRESH);
    const char *location = fetch_header(p->fetch, HEADER_CONTENT_LOCATION);
    struct span target, rel;
    int r = 0;

    while (r == 0 && link && header_link_next(&link, &target, &rel))
        if (header_rel_followed(rel.at, rel.length))
            r = add_header_link(p, target, "link");
    if (r == 0 && refresh && header_refresh(refresh, strlen(refresh), &target))
        r = add_header_link(p, target, "refresh");
    if (r == 0 && location)
        r = add_header_link(p, (struct span){location, strlen(location)}, "content-location");
    return r;
}

bool page_find_redirect(struct page *p)
{
    const char *location = fetch_header(p->fetch, HEADER_LOCATION);

    take_memory(p);
    if (location && add_header_link(p, (struct span){location, strlen(location)}, "location") != 0)
        memory_out();
    return p->links.count == 1;
}

static struct document document(const struct page *p)
{
    return (struct document){
        .body = p->fetch->body,
        .length = p->fetch->body_length,
        .url = &p->url,
        .content_type = fetch_header(p->fetch, HEADER_CONTENT_TYPE),
        .assets = p->assets,
        .lines = p->lines,
        .tree = p->tree,
        .sitemap = is_sitemap(p),
    };
}

static int add_body_links(struct page *p, struct link_memo *memo)
{
    struct document d = document(p);

    d.memo = memo;
    if (!p->isolated)
        return d.length ? document_links(&p->links, &d) : 0;
    return p->answer ? isolate_read(&p->links, p->answer, p->answer_length) : 0;
}

static void find_links(struct page *p, struct link_memo *memo)
{
    int64_t began = loop_time();
    int r = is_sitemap(p) ? 0 : add_header_links(p);

    if (r != -ENOMEM)
        r = add_body_links(p, memo);
    if (r == -ENOMEM)
        memory_out();
    if (r == -EPROTO)
        p->links.error = r;
    p->parsing += loop_time() - began;
}

struct quick {
    struct page *page;
    struct link_memo *memo;
};

static void find_quickly(void *arg)
{
    struct quick *q = arg;

    find_links(q->page, q->memo);
}

/* The memo is the loop's own. */
static void find_links_in_thread(struct job *j)
{
    find_links(container_of(j, struct page, job), NULL);
}

/* Whether the scanner can do it meanwhile: in no more than some 10 ms for that much of the worst.
 */
static bool is_quick(const struct page *p)
{
    struct document d = document(p);

    return d.length == 0 || (d.length <= SCANNED_AT_ONCE && !p->isolated && !p->tree &&
                             !d.sitemap && document_sniff(&d) == DOCUMENT_HTML);
}

/* X-Robots-Tag speaks of the whole page, as its meta robots does. */
static void obey_header(struct page *p, const char *agent)
{
    const char *tag = fetch_header(p->fetch, HEADER_X_ROBOTS_TAG);

    if (tag && !is_sitemap(p))
        header_robots_tag(tag, agent, &p->links.nofollow, &p->links.noindex);
}

ASYNC int page_find_links(struct page *p, const struct page_reader *how)
{
    p->tree = how->tree;
    p->assets = how->assets;
    p->lines = how->lines;
    p->isolated = how->pool && p->fetch->body_length;
    p->answer = NULL;
    take_memory(p);
    obey_header(p, how->agent);
    if (is_quick(p)) {
        struct quick q = {p, how->memo};
        coro_call(find_quickly, &q);
        return 0;
    }
    if (p->isolated) {
        struct document d = document(p);
        int64_t began = loop_time();
        p->links.error = isolate_call(how->pool, &d, &p->answer, &p->answer_length);
        p->parsing = loop_time() - began; /* and what it waited for a process */
        if (p->links.error == -ECANCELED)
            return -ECANCELED;
    }
    int r = to_thread(&p->job, find_links_in_thread);
    free(p->answer);
    if (r != 0 && r != -ECANCELED)
        memory_out(); /* for not even one thread */
    return r;
}

const char *page_problem(const struct page *p)
{
    switch (p->links.error) {
    case 0:
        return NULL;
    case -E2BIG:
        return "more links, or a larger tree, than are read";
    case -ETIME:
        return "reading its links took too long";
    case -EBADMSG:
        return "not well-formed";
    case -ENODATA:
        return "not a sitemap";
    case -EPIPE:
        return "its parser died";
    case -EMSGSIZE:
    case -EPROTO:
        return "its parser's answer was none";
    default:
        return strerror(-p->links.error);
    }
}
