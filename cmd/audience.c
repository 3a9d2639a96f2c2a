#include "cmd/audience.h"

#include <string.h>

static bool is_gexf(const char *name)
{
    size_t length = strlen(name);

    return length >= 5 && strcmp(name + length - 5, ".gexf") == 0;
}

static void tell_broken_link(void *arg, const struct broken_link *b)
{
    struct audience *a = arg;

    if (a->records)
        records_broken_link(a->records, b);
    if (a->report)
        report_page_broken_link(a->report, b);
}

static struct output *add_sitemap(void *files, const char *name)
{
    return files_add(files, FILE_SITEMAP, name);
}

void audience_init(struct audience *a, struct observer *o, const struct records_options *print)
{
    struct output *report = files_output(o->files, FILE_REPORT);
    struct output *graph = files_output(o->files, FILE_GRAPH);
    struct output *sitemap = files_output(o->files, FILE_SITEMAP);
    const struct ok_statuses *ok = &o->arguments->ok;

    *a = (struct audience){.records = NULL};
    if (!o->why.url) {
        a->records = records_new(print, files_output(o->files, FILE_RECORDS));
        observer_add(o, records_listener(a->records));
    }
    if (report) {
        a->report = report_page_new(report, ok);
        observer_add(o, report_page_listener(a->report));
    }
    if ((print->streams & STREAM_BROKEN_LINKS) || a->report) {
        a->broken_links = broken_links_new(ok, tell_broken_link, a);
        observer_add(o, broken_links_listener(a->broken_links));
    }
    if (graph) {
        a->graph = graph_new(graph, is_gexf(o->arguments->graph), ok);
        observer_add(o, graph_listener(a->graph));
    }
    if (sitemap) {
        struct sitemap_files files = {.output = sitemap,
                                      .name = o->arguments->sitemap,
                                      .further = add_sitemap,
                                      .arg = o->files};
        a->sitemap = write_sitemap_new(&files);
        observer_add(o, write_sitemap_listener(a->sitemap));
    }
}

void audience_deinit(struct audience *a)
{
    records_free(a->records);
    broken_links_free(a->broken_links);
    graph_free(a->graph);
    write_sitemap_free(a->sitemap);
    report_page_free(a->report);
}
