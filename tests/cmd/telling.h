/* Listeners that write a file, told of visits and links that never were. */
#ifndef TESTS_CMD_TELLING_H
#define TESTS_CMD_TELLING_H

#include "cmd/listener.h"
#include "cmd/output.h"
#include "loop/runner.h"
#include "tests/cmd/folder.h"

#include <stdio.h>

#define TELLING_MORE 8

/* A file in a folder of its own, and who tells its listener. */
struct telling {
    const void *what; /* the test's own, both */
    void (*tell)(struct telling *t);
    bool gives_up; /* the file is not finished */
    char *folder, path[256];
    struct loop *loop;
    struct output *output, *more[TELLING_MORE];
    size_t more_count;
    int error; /* of output_finish */
};

/* Opens one more file beside it. */
static inline struct output *telling_further(void *arg, const char *name)
{
    struct telling *t = arg;
    struct output **o = &t->more[t->more_count++];

    cr_assert(t->more_count <= TELLING_MORE);
    cr_assert_eq(output_open(o, t->loop, name, NULL, NULL), 0);
    return *o;
}

static inline int telling_flush(struct telling *t)
{
    for (size_t i = 0; i < t->more_count; i++)
        cr_assert_eq(output_flush(t->more[i]), 0);
    return output_flush(t->output);
}

static inline int telling_main(void *arg)
{
    struct telling *t = arg;

    t->tell(t);
    return telling_flush(t);
}

/* Opens the file, in a new folder unless its name begins with a slash, has t->tell called on a
 * loop, and closes. */
static inline void telling_run(struct telling *t, const char *name)
{
    struct runner r;

    t->folder = crawling_folder();
    snprintf(t->path, sizeof t->path, "%s/%s", *name == '/' ? "" : t->folder, name);
    cr_assert_eq(runner_open(&r, NULL), 0);
    t->loop = r.loop;
    cr_assert_eq(output_open(&t->output, r.loop, t->path, NULL, NULL), 0);
    cr_assert_eq(runner_main(&r, telling_main, t), 0);
    if (!t->gives_up)
        t->error = output_finish(t->output);
    for (size_t i = 0; i < t->more_count; i++) {
        int error = t->gives_up ? 0 : output_finish(t->more[i]);
        t->error = t->error ? t->error : error;
        output_free(t->more[i]);
    }
    output_free(t->output);
    runner_close(&r);
}

struct visit {
    const char *url;
    int status;
    uint32_t depth;
    enum fetch_error error;
    bool external, asset;
    const char *last_modified;
    const char *links[4]; /* in this page, or where it redirects to */
    bool is_sitemap;
};

/* Tells of a page, and of its links before it, as a crawl does. */
static inline void telling_visit(struct listener *l, const struct visit *v)
{
    struct item item = {.kind = v->is_sitemap ? ITEM_SITEMAP : ITEM_PAGE,
                        .todo = {.depth = v->depth, .external = v->external, .asset = v->asset},
                        .url = (char *)v->url,
                        .length = strlen(v->url)};
    struct fetch fetch = {.status = v->status, .error = v->error};
    struct page page = {
        .item = &item, .fetch = v->status ? &fetch : NULL, .error = v->error, .message = ""};

    if (v->last_modified)
        fetch.headers[HEADER_LAST_MODIFIED] =
            (struct fetch_value){.text = (char *)v->last_modified, .there = true};
    url_describe(&page.url, v->url, item.length);
    for (size_t i = 0; i < COUNT(v->links) && v->links[i] && l->linked; i++) {
        struct linked k = {
            .page = &page, .to = v->links[i], .length = strlen(v->links[i]), .depth = v->depth + 1};
        l->linked(l, &k);
    }
    if (!v->is_sitemap)
        l->visited(l, &page);
}

static inline void telling_found(struct listener *l, const char *url, uint32_t depth)
{
    l->found(l, &(struct finding){.url = url, .length = strlen(url), .depth = depth});
}

#endif
