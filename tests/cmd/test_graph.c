#include "cmd/graph.h"

#include "tests/cmd/telling.h"

/* The site that is told of in most tests: a seed, a page below it, one that is broken, a redirect,
 * an external one, and what robots.txt forbids. */
static const struct visit site[] = {
    {"http://a/", 200, 0, .links = {"http://a/b", "http://a/b", "http://a/old", "http://c/x"}},
    {"http://a/b", 200, 1, .links = {"http://a/b", "http://a/gone", "http://a/private"}},
    {"http://a/old", 301, 1, .links = {"http://a/b"}},
    {"http://a/gone", 404, 2},
    {"http://a/sitemap.xml", 200, 0, .links = {"http://a/b"}, .is_sitemap = true},
};

static const struct ok_statuses none_ok;

static void refuse(struct listener *l, const char *url, enum verdict verdict, bool found)
{
    l->refused(l, &(struct refusal){.url = url, .verdict = verdict, .depth = 2, .found = found});
}

static void tell_site(struct listener *l)
{
    telling_found(l, "http://a/", 0);
    telling_found(l, "http://a/b", 1);
    telling_found(l, "http://a/old", 1);
    refuse(l, "http://c/x", VERDICT_SCOPE, false);
    for (size_t i = 0; i < COUNT(site); i++) {
        if (i == 1) {
            telling_found(l, "http://a/gone", 2);
            telling_found(l, "http://a/private", 2);
        }
        telling_visit(l, &site[i]);
    }
    refuse(l, "http://a/private", VERDICT_ROBOTS, true);
}

struct graphs {
    bool gexf;
    const struct ok_statuses *ok;
    void (*tell)(struct listener *l);
};

static void tell_graph(struct telling *t)
{
    const struct graphs *what = t->what;
    struct graph *g = graph_new(t->output, what->gexf, what->ok);
    struct listener *l = graph_listener(g);
    what->tell(l);
    l->ended(l, NULL);
    graph_free(g);
}

/* The file, which xmllint, or Graphviz and xmllint of its drawing, must take where they are there.
 * The caller frees. */
static char *graph(bool gexf, void (*tell)(struct listener *l), const struct ok_statuses *ok)
{
    struct graphs what = {gexf, ok, tell};
    struct telling t = {.what = &what, .tell = tell_graph};
    char command[512];
    telling_run(&t, gexf ? "g.gexf" : "g.dot");
    char *text = crawling_read_file(t.folder, gexf ? "g.gexf" : "g.dot");
    cr_assert_not_null(text);
    snprintf(command, sizeof command,
             gexf ? "! command -v xmllint >/dev/null || xmllint --noout %s"
                  : "! command -v dot xmllint >/dev/null || { dot -Tsvg -o %1$s.svg %1$s && "
                    "xmllint --noout %1$s.svg; }",
             t.path);
    cr_expect_eq(system(command), 0, "%s", text);
    crawling_remove_folder(t.folder);
    return text;
}

static void expect_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    size_t length = strlen(line);
    while (at && !((at == text || at[-1] == '\n') && at[length] == '\n'))
        at = strstr(at + 1, line);
    cr_expect_not_null(at, "no line %s in\n%s", line, text);
}

/* --- DOT --- */

Test(dot, has_a_node_for_each_url_and_a_label_that_is_short)
{
    char *text = graph(false, tell_site, &none_ok);
    cr_expect_eq(strncmp(text, "strict digraph site {\n", 22), 0);
    cr_expect_str_eq(text + strlen(text) - 2, "}\n");
    expect_line(text, "\"http://a/\" [label=\"/\", URL=\"http://a/\", depth=0];");
    expect_line(text, "\"http://a/b\" [label=\"/b\", URL=\"http://a/b\", depth=1];");
    cr_expect_not_null(
        strstr(text, "\n\"http://c/x\" [label=\"c/x\", URL=\"http://c/x\", depth=2, "));
    free(text);
}

Test(dot, says_what_came_of_each_url)
{
    static const struct {
        const char *url, *attributes;
    } facts[] = {
        {"http://a/", "status=200, class=ok"},
        {"http://a/old", "status=301, class=redirect"},
        {"http://a/gone", "status=404, class=broken"},
        {"http://a/private", "class=refused"},
        {"http://c/x", "label=\"c/x\", URL=\"http://c/x\", depth=2, class=external"},
    };
    char *text = graph(false, tell_site, &none_ok);
    for (size_t i = 0; i < COUNT(facts); i++) {
        char start[256];
        snprintf(start, sizeof start, "\n\"%s\" [%s, ", facts[i].url, facts[i].attributes);
        cr_expect_not_null(strstr(text, start), "no %s in\n%s", start, text);
    }
    free(text);
}

Test(dot, has_the_links_of_pages_and_redirects_but_not_of_sitemaps)
{
    char *text = graph(false, tell_site, &none_ok);
    expect_line(text, "\"http://a/\" -> \"http://a/b\";");
    expect_line(text, "\"http://a/\" -> \"http://c/x\";");
    expect_line(text, "\"http://a/b\" -> \"http://a/b\";");
    expect_line(text, "\"http://a/b\" -> \"http://a/private\";");
    expect_line(text, "\"http://a/old\" -> \"http://a/b\" [style=dashed];");
    cr_expect_null(strstr(text, "sitemap.xml"));
    free(text);
}

static void tell_failure(struct listener *l)
{
    telling_found(l, "http://a/", 0);
    telling_visit(l, &(struct visit){"http://a/", .error = FETCH_TIMEOUT});
}

Test(dot, says_why_there_is_no_status)
{
    char *text = graph(false, tell_failure, &none_ok);
    cr_expect_not_null(strstr(text, "\n\"http://a/\" [error=timeout, class=broken, "), "%s", text);
    free(text);
}

Test(dot, takes_a_status_for_broken_unless_that_is_ok)
{
    struct ok_statuses ok = {{[404 / 64] = UINT64_C(1) << 404 % 64}};
    char *text = graph(false, tell_site, &ok);
    cr_expect_not_null(strstr(text, "[status=404, class=ok, "), "%s", text);
    free(text);
}

static void tell_of_external_fetches(struct listener *l)
{
    telling_found(l, "http://a/", 0);
    refuse(l, "http://b/", VERDICT_SCOPE, false);
    refuse(l, "http://c/", VERDICT_SCOPE, false);
    telling_visit(l, &(struct visit){"http://b/", 200, .external = true});
    telling_visit(l, &(struct visit){"http://c/", 500, .external = true});
}

Test(dot, says_of_what_is_out_of_scope_whether_it_is_broken)
{
    char *text = graph(false, tell_of_external_fetches, &none_ok);
    cr_expect_not_null(strstr(text, "\n\"http://b/\" [status=200, class=external, "), "%s", text);
    cr_expect_not_null(strstr(text, "\n\"http://c/\" [status=500, class=broken, "), "%s", text);
    free(text);
}

static void tell_of_odd_urls(struct listener *l)
{
    telling_found(l, "http://a/?\\N&lt;\\", 0);
    telling_found(l, "http://a/?a=1&b=2&copy;&;&nonsense;", 0);
    telling_found(l, "http://aa/", 0);
    telling_found(l, "http://a/0123456789012345678901234/5678901234567890123456789", 0);
}

Test(dot, escapes_what_would_end_or_change_a_string)
{
    char *text = graph(false, tell_of_odd_urls, &none_ok);
    expect_line(text, "\"http://a/?\\\\N&amp;lt;\\\\\" [label=\"/?\\\\N&amp;lt;\\\\\", "
                      "URL=\"http://a/?\\\\N&amp;lt;\\\\\", depth=0];");
    expect_line(text, "\"http://a/?a=1&b=2&amp;copy;&amp;;&amp;nonsense;\" "
                      "[label=\"/?a=1&amp;b=2&amp;copy;&amp;;&amp;nonsense;\", "
                      "URL=\"http://a/?a=1&amp;b=2&amp;copy;&amp;;&amp;nonsense;\", depth=0];");
    free(text);
}

Test(dot, labels_are_paths_on_the_first_seeds_origin_alone_and_cut_in_the_middle)
{
    char *text = graph(false, tell_of_odd_urls, &none_ok);
    cr_expect_not_null(strstr(text, "label=\"aa/\""), "%s", text);
    cr_expect_not_null(strstr(text, "label=\"/01234567890123456789012…678901234567890123456789\""),
                       "%s", text);
    free(text);
}

/* --- GEXF --- */

Test(gexf, has_numbered_nodes_with_what_came_of_them)
{
    char *text = graph(true, tell_site, &none_ok);
    static const char *const lines[] = {
        "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">",
        "<node id=\"0\" label=\"http://a/\"><attvalues><attvalue for=\"0\" value=\"200\"/>"
        "<attvalue for=\"1\" value=\"0\"/><attvalue for=\"2\" value=\"ok\"/></attvalues></node>",
        "<node id=\"2\" label=\"http://a/old\"><attvalues><attvalue for=\"0\" value=\"301\"/>"
        "<attvalue for=\"1\" value=\"1\"/><attvalue for=\"2\" value=\"redirect\"/></attvalues>"
        "</node>",
        "<node id=\"3\" label=\"http://c/x\"><attvalues><attvalue for=\"1\" value=\"2\"/>"
        "<attvalue for=\"2\" value=\"external\"/></attvalues></node>",
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        expect_line(text, lines[i]);
    cr_expect_null(strstr(text, "sitemap.xml"));
    free(text);
}

Test(gexf, has_an_edge_a_pair_with_its_links_as_weight)
{
    char *text = graph(true, tell_site, &none_ok);
    char *edges = strstr(text, "<edges>");
    cr_assert_not_null(edges);
    cr_expect_str_eq(edges, "<edges>\n"
                            "<edge id=\"0\" source=\"0\" target=\"1\" weight=\"2\"/>\n"
                            "<edge id=\"1\" source=\"0\" target=\"2\" weight=\"1\"/>\n"
                            "<edge id=\"2\" source=\"0\" target=\"3\" weight=\"1\"/>\n"
                            "<edge id=\"3\" source=\"1\" target=\"1\" weight=\"1\"/>\n"
                            "<edge id=\"4\" source=\"1\" target=\"4\" weight=\"1\"/>\n"
                            "<edge id=\"5\" source=\"1\" target=\"5\" weight=\"1\"/>\n"
                            "<edge id=\"6\" source=\"2\" target=\"1\" weight=\"1\"/>\n"
                            "</edges>\n</graph>\n</gexf>\n");
    free(text);
}

static void tell_of_markup(struct listener *l)
{
    telling_found(l, "http://a/'?b&lt;", 0);
}

Test(gexf, escapes_markup)
{
    char *text = graph(true, tell_of_markup, &none_ok);
    cr_expect_not_null(strstr(text, " label=\"http://a/&#39;?b&amp;lt;\">"), "%s", text);
    free(text);
}

static void tell_nothing(struct listener *l)
{
    (void)l;
}

Test(graph, of_nothing_is_empty)
{
    free(graph(false, tell_nothing, &none_ok));
    char *text = graph(true, tell_nothing, &none_ok);
    expect_line(text, "</nodes>");
    cr_expect_null(strstr(text, "<node "));
    free(text);
}

enum { MANY = 5000 };

static void tell_of_many(struct listener *l)
{
    char from[32], to[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(from, sizeof from, "http://a/%d", i);
        snprintf(to, sizeof to, "http://a/%d", (i + 1) % MANY);
        telling_visit(l, &(struct visit){from, 200, .links = {to, to, from}});
    }
}

Test(gexf, numbers_each_url_once_however_many_there_are)
{
    char *text = graph(true, tell_of_many, &none_ok);
    size_t nodes = 0, edges = 0;
    for (const char *p = text; (p = strstr(p, "<node id=")); p++)
        nodes++;
    for (const char *p = text; (p = strstr(p, "<edge id=")); p++)
        edges++;
    cr_expect_eq(nodes, MANY);
    cr_expect_eq(edges, 2 * MANY);
    free(text);
}
