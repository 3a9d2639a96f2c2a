#include "crawler/page.h"

#include "crawler/memory.h"
#include "parse/header.h"

#include <errno.h>
#include <string.h>

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
}

void page_deinit(struct page *p)
{
    links_deinit(&p->links);
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

    if (location && add_header_link(p, (struct span){location, strlen(location)}, "location") != 0)
        memory_out();
    return p->links.count == 1;
}

/* In a thread of the executor. */
static void find_links(struct job *j)
{
    struct page *p = container_of(j, struct page, job);
    struct document d = {
        .body = p->fetch->body,
        .length = p->fetch->body_length,
        .url = &p->url,
        .content_type = fetch_header(p->fetch, HEADER_CONTENT_TYPE),
    };

    if (add_header_links(p) == -ENOMEM || (d.length && document_links(&p->links, &d) == -ENOMEM))
        memory_out();
}

ASYNC int page_find_links(struct page *p, struct executor *e)
{
    return executor_run(e, &p->job, find_links);
}
