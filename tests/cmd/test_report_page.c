/* cmd/report_page.c: what it is told stands on the page, and what comes from the network stays
 * text. How the page looks and loads is tests/cmd/chromium's. */
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

static void visited(struct told *t, const char *url, struct fetch *f, uint32_t depth,
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

static void visit(struct told *t, int status, const char *url)
{
    visited(t, url, &(struct fetch){.status = status, .taken = 1000}, 1, NULL, NULL);
}

static void visit_titled(struct told *t, const char *url, const char *title)
{
    visited(t, url, &(struct fetch){.status = 200}, 1, title, NULL);
}

__attribute__((format(printf, 2, 3))) static void visit_made(struct told *t, const char *format,
                                                             ...)
{
    char url[200];
    va_list list;

    va_start(list, format);
    vsnprintf(url, sizeof url, format, list);
    va_end(list);
    visit(t, 200, url);
}

static void linked(struct told *t, const char *from, const char *to, uint32_t line)
{
    report_page_broken_link(t->page, &(struct broken_link){.from = from, .to = to, .line = line});
}

static void refused(struct told *t, enum verdict verdict, const char *url, const char *why)
{
    struct refusal r = {.url = url, .verdict = verdict, .why = why, .from = "http://h/from"};
    t->listener->refused(t->listener, &r);
}

static int tell_all(void *arg)
{
    struct told *t = arg;

    t->listener->found(t->listener, &(struct finding){.url = "http://h/", .length = 9});
    t->tell(t);
    t->listener->ended(t->listener, t->crawl);
    return output_flush(t->output);
}

/* The page that comes of it. The caller frees. */
static char *page_of(void (*tell)(struct told *t))
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

static size_t count(const char *html, const char *text)
{
    size_t n = 0;

    for (; (html = strstr(html, text)) != NULL; html += strlen(text))
        n++;
    return n;
}

/* Where a text stands behind the heading of that part. */
static const char *find(const char *html, const char *part, const char *text)
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
static int read_tag(const char **at, char name[16])
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
static int nesting(const char *html, const char *of)
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

/* --- figures --- */

static void tell_of_each_kind(struct told *t)
{
    visited(t, "http://h/", &(struct fetch){.status = 200, .taken = 1000}, 0, "Home", NULL);
    visit(t, 200, "http://h/a");
    visit(t, 404, "http://h/b");
    visit(t, 503, "http://h/c");
    visited(t, "http://h/d", &(struct fetch){.error = FETCH_TIMEOUT}, 1, NULL, NULL);
    visited(t, "http://h/e", &(struct fetch){.status = 301}, 17, NULL, "/f?'a'&b");
    visited(t, "http://elsewhere/x", &(struct fetch){.status = 200}, 2, NULL, NULL);
    linked(t, "http://h/a", "http://h/b", 7);
    refused(t, VERDICT_SCOPE, "http://other/", NULL);
}

Test(report_page, counts_what_came)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "<dt>pages</dt><dd>7</dd>");
    expect_has(html, "<dt>broken</dt><dd>3</dd>");
    expect_has(html, "<dt>redirect</dt><dd>1</dd>");
    expect_has(html, "<dt>of content</dt><dd>4.00 KB</dd>");
    expect_has(html, "Not Found");
    expect_has(html, "Service Unavailable");
    expect_has(html, "timeout");
    free(html);
}

Test(report_page, is_well_formed)
{
    char *html = page_of(tell_of_each_kind);

    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

Test(report_page, needs_neither_scripts_nor_the_network)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:;");
    expect_not(html, "<script");
    expect_not(html, "src=");
    expect_not(html, "url(");
    expect_not(html, "@import");
    cr_expect_eq(count(html, "<link "), 1);
    expect_has(html, "<link rel=\"icon\" href=\"data:");
    free(html);
}

static void tell_nothing(struct told *t)
{
    (void)t;
}

Test(report_page, of_a_crawl_without_pages_is_a_page_too)
{
    char *html = page_of(tell_nothing);

    expect_has(html, "<dt>pages</dt><dd>0</dd>");
    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

static void tell_at_once(struct told *t)
{
    for (int i = 0; i < 3; i++) {
        now = NS_PER_S;
        visited(t, "http://h/", &(struct fetch){.status = 200, .started = 1}, 0, NULL, NULL);
    }
}

Test(report_page, of_a_crawl_that_took_no_time_has_numbers)
{
    char *html = page_of(tell_at_once);

    expect_not(html, "nan ");
    expect_not(html, "inf ");
    expect_not(html, "nan%");
    free(html);
}

Test(report_page, puts_depths_beyond_the_chart_together)
{
    char *html = page_of(tell_of_each_kind);

    expect_has(html, "<th scope=\"row\">0–1</th>");
    expect_has(html, "<th scope=\"row\">16–17</th>");
    free(html);
}

/* --- text from the network --- */

static void tell_of_markup(struct told *t)
{
    visit_titled(t, "http://h/\"><script>alert(3)</script>?a='b'&c=<i>",
                 "</title><script>alert(1)</script><img src=x onerror=alert(2)>");
    visit(t, 404, "http://h/\"><script>4</script>");
    visited(t, "http://h/to", &(struct fetch){.status = 302}, 1, NULL, "/'onclick='alert(5)");
    linked(t, "http://h/'\"><script>6</script>", "http://h/\"><script>4</script>", 1);
    refused(t, VERDICT_TRAP, "http://h/<img>", "why <b>not</b>");
}

Test(report_page, leaves_markup_from_the_network_as_text)
{
    char *html = page_of(tell_of_markup);

    expect_not(html, "<script");
    expect_not(html, "<img");
    expect_not(html, "<i>");
    expect_not(html, "\"\">");
    expect_has(html, "&lt;/title&gt;&lt;script&gt;alert(1)");
    expect_has(html, "why &lt;b&gt;not&lt;/b&gt;");
    cr_expect_eq(nesting(html, "html"), 1);
    free(html);
}

static void tell_of_letters(struct told *t)
{
    visit(t, 200, "http://h/%E4%B8%AD%2F%C3%A9");
    visit(t, 200, "http://h/rlo%E2%80%AEgpj.exe");
    visit(t, 200, "http://h/latin%E9%20x");
    visit(t, 200, "http://h/cut%E4%B8");
    visit_titled(t, "http://h/t", "left\u202eright");
}

Test(report_page, shows_letters_instead_of_their_escapes_and_nothing_that_misleads)
{
    char *html = page_of(tell_of_letters);

    expect_has(html, "href=\"http://h/%E4%B8%AD%2F%C3%A9\">中%2Fé</a>");
    expect_has(html, ">rlo%E2%80%AEgpj.exe</a>");
    expect_has(html, ">latin%E9%20x</a>");
    expect_has(html, ">cut%E4%B8</a>");
    expect_has(html, "left\ufffdright");
    free(html);
}

static void tell_of_length(struct told *t)
{
    static char url[4000] = "http://h/", title[4000];

    memset(url + 9, 'u', sizeof url - 10);
    memset(title, 't', sizeof title - 1);
    visit_titled(t, url, title);
    url[1500] = '\0';
    visit_titled(
        t, url,
        "中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中"
        "中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中"
        "中");
}

Test(report_page, cuts_what_is_very_long)
{
    char *html = page_of(tell_of_length);

    cr_expect_lt(strlen(html), 40000);
    expect_has(html, "uuu…");
    expect_not(html, "\ufffd");
    free(html);
}

/* --- the tree --- */

static void tell_of_folders(struct told *t)
{
    visit(t, 200, "http://h/");
    visit(t, 200, "http://h/docs/p10.html");
    visit(t, 200, "http://h/docs/p2.html");
    visit(t, 404, "http://h/docs/api/x");
    visit(t, 200, "http://h/docs/api/y?q=/a/b");
    visit(t, 200, "http://h/one/and/only");
    visit(t, 200, "http://h/chain/of/folders/a");
    visit(t, 200, "http://h/chain/of/folders/b");
    visit(t, 200, "http://elsewhere/a");
    visit(t, 200, "http://elsewhere/b");
}

/* The row of a folder has this count behind it. */
static void expect_folder(const char *html, const char *name, const char *pages)
{
    char row[80];

    snprintf(row, sizeof row, "<span class=\"p\">%s", name);
    const char *at = find(html, SITE, row), *end = at ? strstr(at, "</summary>") : NULL;
    const char *count_at = at ? strstr(at, pages) : NULL;
    cr_expect(count_at && end && count_at < end, "%s has no %s", name, pages);
}

Test(report_page, counts_the_pages_of_a_folder_with_those_of_its_folders)
{
    char *html = page_of(tell_of_folders);

    expect_folder(html, "http://h/", ">8 pages<");
    expect_folder(html, "docs/", ">4 pages<");
    expect_folder(html, "api/", ">2 pages<");
    expect_folder(html, "docs/", ">4.00 KB<");
    expect_folder(html, "docs/", ">✕ 1<");
    free(html);
}

Test(report_page, makes_no_folder_of_what_holds_one_page_and_one_of_a_chain)
{
    char *html = page_of(tell_of_folders);

    expect_has(html, "\">one/and/only</a>");
    expect_folder(html, "chain/of/folders/", ">2 pages<");
    free(html);
}

Test(report_page, sorts_pages_as_people_count)
{
    char *html = page_of(tell_of_folders);

    cr_expect_lt(find(html, SITE, ">p2.html<"), find(html, SITE, ">p10.html<"));
    free(html);
}

Test(report_page, puts_what_is_out_of_scope_behind_the_site)
{
    char *html = page_of(tell_of_folders);

    cr_expect_not_null(find(html, "<h3>Elsewhere", "<span class=\"p\">http://elsewhere/"));
    cr_expect_gt(find(html, SITE, "http://elsewhere/"), strstr(html, "<h3>Elsewhere"));
    free(html);
}

static void tell_of_many(struct told *t)
{
    for (int i = 0; i < 1200; i++)
        visit_made(t, "http://h/flat/%d", i);
    for (int i = 0; i < 30000; i++)
        visit_made(t, "http://h/wide/%d/%d", i / 3, i);
}

Test(report_page, lists_some_of_many_and_counts_all)
{
    char *html = page_of(tell_of_many);
    size_t rows = count(html, "class=\"row\"");

    expect_folder(html, "wide/", ">30,000 pages<");
    expect_folder(html, "flat/", ">1,200 pages<");
    cr_expect_leq(rows, 20000);
    cr_expect_geq(rows, 800);
    expect_has(html, "<li class=\"more\">and 1,000 more pages</li>");
    expect_has(html, "<li class=\"more\">and 9,800 more folders</li>");
    free(html);
}

static void tell_of_depth(struct told *t)
{
    static char url[8200] = "http://h/";

    for (size_t n = 9; n + 3 < 8000; n += 2) {
        memcpy(url + n, "d/", 3);
        if (n % 16 == 9)
            visit(t, 200, url);
    }
}

Test(report_page, nests_no_deeper_than_a_few_levels)
{
    char *html = page_of(tell_of_depth);

    cr_expect_leq(nesting(html, "details"), 12);
    expect_folder(html, "http://h/d/", ">500 pages<");
    free(html);
}

/* --- lists --- */

static void tell_of_times(struct told *t)
{
    for (int i = 1; i <= 30; i++) {
        char url[40];
        snprintf(url, sizeof url, "http://h/%d", i);
        visited(
            t, url,
            &(struct fetch){.status = 200, .started = i * NS_PER_S, .taken = 3000u * (unsigned)i},
            1, NULL, NULL);
    }
}

Test(report_page, lists_the_slowest_and_the_largest_pages_first)
{
    char *html = page_of(tell_of_times);
    const char *slowest = strstr(html, "<section id=\"slowest\">");
    const char *largest = strstr(html, "<section id=\"largest\">");

    cr_assert(slowest && largest);
    cr_expect_lt(strstr(slowest, ">30.0 s<"), strstr(slowest, ">29.0 s<"));
    cr_expect_lt(strstr(largest, ">90.0 KB<"), strstr(largest, ">87.0 KB<"));
    cr_expect_null(strstr(slowest, ">10.0 s<"), "the 21st is listed");
    cr_expect_null(strstr(largest, ">30.0 KB<"), "the 21st is listed");
    free(html);
}

static void tell_of_broken(struct told *t)
{
    char from[40];

    visit(t, 404, "http://h/seldom");
    visit(t, 404, "http://h/often");
    visit(t, 404, "http://h/never");
    for (int i = 0; i < 25; i++) {
        snprintf(from, sizeof from, "http://h/from%d", i);
        linked(t, from, "http://h/often", 1);
    }
    for (uint32_t line = 11; line < 14; line++)
        linked(t, "http://h/page", "http://h/seldom", line);
}

Test(report_page, lists_what_is_broken_with_the_pages_that_link_to_it)
{
    char *html = page_of(tell_of_broken);
    const char *often = find(html, BROKEN, ">/often</a>"),
               *seldom = find(html, BROKEN, ">/seldom</a>"),
               *never = find(html, BROKEN, ">/never</a>");

    cr_assert(often && seldom && never);
    cr_expect(often < seldom && seldom < never, "not by the number of links");
    cr_expect_lt(strstr(often, ">/from19</a>"), seldom);
    cr_expect_null(strstr(often, ">/from20</a>"));
    cr_expect_lt(strstr(often, "and 5 more links"), seldom);
    cr_expect_not_null(strstr(seldom, ">/page</a> <span class=\"dim\">line 11</span> "
                                      "<span class=\"dim\">3 links</span>"));
    cr_expect_not_null(strstr(never, "no link"));
    free(html);
}

static void tell_of_many_broken(struct told *t)
{
    char url[40];

    for (int i = 0; i < 2000; i++) {
        snprintf(url, sizeof url, "http://h/%d", i);
        visit(t, 404, url);
        linked(t, "http://h/", url, 0);
        linked(t, i % 2 ? "http://h/odd" : "http://h/even", url, 0);
    }
}

Test(report_page, knows_the_links_to_each_of_many)
{
    char *html = page_of(tell_of_many_broken);
    const char *site = strstr(html, SITE);

    expect_has(html, "<dt>broken</dt><dd>2,000</dd>");
    expect_has(html, "<li class=\"more\">and 1,700 more</li>");
    cr_expect_eq(count(html, ">2 links<"), 300);
    cr_expect_lt(strstr(html, ">/even</a>"), site);
    free(html);
}

static void tell_of_refusals(struct told *t)
{
    char url[40];

    for (int i = 0; i < 12; i++) {
        snprintf(url, sizeof url, "http://other%d/", i);
        refused(t, VERDICT_SCOPE, url, NULL);
    }
    refused(t, VERDICT_TRAP, "http://h/again/again/", "a reason of its own");
}

Test(report_page, counts_what_was_refused_by_reason_with_examples)
{
    char *html = page_of(tell_of_refusals);
    const char *scope = find(html, REFUSED, "<b>scope</b>"),
               *trap = find(html, REFUSED, "<b>trap</b>");

    cr_assert(scope && trap);
    cr_expect_lt(strstr(scope, ">12</span>"), trap);
    cr_expect_not_null(strstr(scope, ">http://other7/</a>"));
    cr_expect_null(strstr(scope, ">http://other8/</a>"));
    cr_expect_not_null(strstr(scope, "and 4 more"));
    cr_expect_not_null(strstr(trap, "a reason of its own"));
    cr_expect_not_null(strstr(trap, ">/from</a>"));
    free(html);
}

Test(report_page, says_where_redirects_lead)
{
    char *html = page_of(tell_of_each_kind);

    cr_expect_not_null(find(html, "<section id=\"redirects\">",
                            "href=\"http://h/f?%27a%27&amp;b\">/f?%27a%27&amp;b</a>"));
    free(html);
}
