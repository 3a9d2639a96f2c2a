/* The pages of --report, of crawls that never were, and what stands on them. */
#ifndef TESTS_CMD_REPORTING_H
#define TESTS_CMD_REPORTING_H

#include "cmd/report_page.h"
#include "loop/runner.h"
#include "tests/cmd/folder.h"

#include <stdarg.h>
#include <stdio.h>

/* A crawl that is only told of. */
struct told {
    struct runner runner;
    struct crawl *crawl;
    struct output *output;
    struct report_page *page;
    struct listener *listener;
    void (*tell)(struct told *t);
};

static int64_t now = NS_PER_S;

static inline void visited(struct told *t, const char *url, struct fetch *f, uint32_t depth,
                           const char *title, const char *to)
{
    struct item item = {.url = (char *)url, .length = strlen(url), .todo = {.depth = depth}};
    struct page p;

    page_init(&p);
    p.item = &item;
    p.fetch = f;
    p.error = f->error;
    item.todo.external = strstr(url, "//elsewhere") != NULL;
    url_describe(&p.url, url, item.length);
    if (title)
        links_add_text(&p.links, title, strlen(title), &p.links.title);
    if (to)
        links_add(&p.links, to, strlen(to), &p.url, NULL, (struct link){.element = ""});
    f->ended = now;
    f->started = f->started ? now - f->started : now - NS_PER_MS;
    t->listener->visited(t->listener, &p);
    page_deinit(&p);
    now += NS_PER_MS;
}

static inline void visit(struct told *t, int status, const char *url)
{
    visited(t, url, &(struct fetch){.status = status, .taken = 1000}, 1, NULL, NULL);
}

static inline void visit_titled(struct told *t, const char *url, const char *title)
{
    visited(t, url, &(struct fetch){.status = 200}, 1, title, NULL);
}

__attribute__((format(printf, 2, 3))) static inline void visit_made(struct told *t,
                                                                    const char *format, ...)
{
    char url[200];
    va_list list;

    va_start(list, format);
    vsnprintf(url, sizeof url, format, list);
    va_end(list);
    visit(t, 200, url);
}

static inline void linked(struct told *t, const char *from, const char *to, uint32_t line)
{
    report_page_broken_link(t->page, &(struct broken_link){.from = from, .to = to, .line = line});
}

static inline void refused(struct told *t, enum verdict verdict, const char *url, const char *why)
{
    struct refusal r = {.url = url, .verdict = verdict, .why = why, .from = "http://h/from"};
    t->listener->refused(t->listener, &r);
}

static inline int tell_all(void *arg)
{
    struct told *t = arg;

    t->listener->found(t->listener, &(struct finding){.url = "http://h/", .length = 9});
    t->tell(t);
    t->listener->ended(t->listener, t->crawl);
    return output_flush(t->output);
}

/* The page that comes of it. The caller frees. */
static inline char *page_of(void (*tell)(struct told *t))
{
    static const struct crawl_options options = {
        .concurrency = 1, .per_host = 1, .fetch = {.concurrency = 1, .user_agent = "test"}};
    static struct crawl_sink sink;
    static const struct ok_statuses ok;
    char *folder = crawling_folder(), path[200];
    struct told t = {.tell = tell};

    snprintf(path, sizeof path, "%s/report.html", folder);
    cr_assert_eq(runner_open(&t.runner, NULL), 0);
    cr_assert_eq(crawl_new(&t.crawl, t.runner.loop, &options, &sink), 0);
    cr_assert_eq(output_open(&t.output, t.runner.loop, path, NULL, NULL), 0);
    t.page = report_page_new(t.output, &ok);
    t.listener = report_page_listener(t.page);
    cr_assert_eq(runner_main(&t.runner, tell_all, &t), 0);
    cr_assert_eq(output_finish(t.output), 0);
    report_page_free(t.page);
    output_free(t.output);
    crawl_free(t.crawl);
    runner_close(&t.runner);

    char *html = crawling_read_file(folder, "report.html");
    crawling_remove_folder(folder);
    cr_assert_not_null(html);
    return html;
}

static inline size_t count(const char *html, const char *text)
{
    size_t n = 0;

    for (; (html = strstr(html, text)) != NULL; html += strlen(text))
        n++;
    return n;
}

/* Where a text stands behind the heading of that part. */
static inline const char *find(const char *html, const char *part, const char *text)
{
    const char *heading = strstr(html, part);

    cr_assert_not_null(heading, "there is no %s", part);
    return strstr(heading, text);
}

#define expect_has(html, text) cr_expect_not_null(strstr(html, text), "\"%s\" is missing", text)
#define expect_not(html, text) cr_expect_null(strstr(html, text), "\"%s\" is there", text)
#define SITE "<section id=\"site\">"
#define BROKEN "<section id=\"broken\">"
#define REFUSED "<section id=\"refused\">"

/* Reads the tag at *at. Returns 1 for one that opens an element, -1 for an end tag, else 0. */
static inline int read_tag(const char **at, char name[16])
{
    static const char *const voids = " meta link br !doctype ";
    const char *tag = *at + 1, *end = strchr(tag, '>');
    char padded[20];
    int change = *tag == '/' ? -1 : 1;

    cr_assert_not_null(end);
    tag += *tag == '/';
    snprintf(name, 16, "%.*s", (int)strcspn(tag, " >/"), tag);
    snprintf(padded, sizeof padded, " %s ", name);
    *at = end + 1;
    return strstr(voids, padded) || end[-1] == '/' ? 0 : change;
}

/* Fails where an end tag does not end the element that was opened last. Returns how deep elements
 * of that name are nested. */
static inline int nesting(const char *html, const char *of)
{
    static char open[64][16];
    int depth = 0, within = 0, most = 0;
    char name[16];

    while ((html = strchr(html, '<')) != NULL) {
        int change = read_tag(&html, name);
        within += strcmp(name, of) == 0 ? change : 0;
        most = within > most ? within : most;
        if (change > 0) {
            cr_assert_lt(depth, 64, "nested deeper than 64");
            strcpy(open[depth++], name);
        } else if (change < 0) {
            cr_assert_gt(depth, 0, "</%s> ends nothing", name);
            cr_assert_str_eq(open[--depth], name, "</%s> ends <%s>", name, open[depth]);
        }
    }
    cr_assert_eq(depth, 0, "<%s> is not ended", depth ? open[depth - 1] : "");
    return most;
}

#endif
