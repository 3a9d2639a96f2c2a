/* The files that a crawl writes beside its records: --graph and --write-sitemap. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char sitemap[8192];

static const struct site_page pages[] = {
    {"/", .body = "<a href=/b><a href=/b><a href=/old><a href='/m?a=%22%3Cb&c=&#39;&copy;=\\'>"
                  "<a href=https://example.org/x><a href=/none>"},
    {"/b", .headers = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
     .body = "<a href=/><a href=/c>"},
    {"/c", .body = "<a href=/c>"},
    {"/m?a=%22%3Cb&c=%27%A9=\\"},
    {"/old", 301, .headers = "Location: {{BASE}}/b\r\n"},
    {"/hang", .behaviour = SITE_HANG},
    {"/map.xml", .type = "application/xml", .body = sitemap},
};

static const char *const options[] = {"--graph", "--write-sitemap"};

static char *file_in(const char *folder, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

/* Crawls from / with these arguments, in which "$F" is the folder. */
static void crawl(struct site *s, const char *folder, const char *args, struct result *r)
{
    char command[1024];
    snprintf(command, sizeof command, "F=%s; \"$SKITTER\" $BASE/ -q %s", folder, args);
    crawling_run_shell(s, command, r);
    expect_status(r, 0);
    cr_expect_str_empty(r->err);
}

/* --- graphs --- */

Test(graph, as_dot_holds_every_link_that_is_printed)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), edge[2048];
    struct result r;
    crawl(s, folder, "--print edges --graph $F/g.dot", &r);
    char *dot = crawling_read_file(folder, "g.dot");
    cr_assert_not_null(dot);
    cr_expect_geq(crawling_lines(r.out), 9, "%s", r.out);
    for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n")) {
        char *to = strchr(line, '\t');
        cr_assert_not_null(to, "%s", line);
        if (line[strlen(line) - 1] == '\\') /* which is two there */
            strcpy(line + strlen(line), "\\");
        snprintf(edge, sizeof edge, "\"%.*s\" -> \"%s\"", (int)(to - line), line, to + 1);
        cr_expect_not_null(strstr(dot, edge), "no %s in\n%s", edge, dot);
    }
    cr_expect_eq(crawling_count(dot, "class=ok"), 4, "%s", dot);
    cr_expect_eq(crawling_count(dot, "class=redirect"), 1);
    cr_expect_eq(crawling_count(dot, "class=broken"), 1);
    cr_expect_eq(crawling_count(dot, "class=external"), 1);
    cr_expect_eq(crawling_count(dot, "[style=dashed]"), 1);
    free(dot);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(graph, as_gexf_weighs_every_link_of_the_pages)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder();
    struct result r;
    crawl(s, folder, "--graph $F/g.gexf", &r);
    char *gexf = crawling_read_file(folder, "g.gexf");
    cr_assert_not_null(gexf);
    cr_expect_eq(crawling_count(gexf, "<node "), 7, "%s", gexf);
    cr_expect_eq(crawling_count(gexf, "<edge "), 9, "%s", gexf);
    cr_expect_eq(crawling_count(gexf, "weight=\"2\""), 1, "%s", gexf);
    cr_expect_eq(crawling_count(gexf, "weight=\"1\""), 8, "%s", gexf);
    free(gexf);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(graph, can_be_drawn_and_read_by_other_tools)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder();
    struct result r;
    crawl(s, folder,
          "--graph $F/g.dot && \"$SKITTER\" $BASE/ -q --graph $F/g.gexf >/dev/null && "
          "{ ! command -v dot xmllint >/dev/null || "
          "{ dot -Tsvg -o $F/g.svg $F/g.dot && xmllint --noout $F/g.svg $F/g.gexf; }; }",
          &r);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

/* --- sitemaps --- */

Test(sitemap, lists_the_pages_that_answered_2xx)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder();
    struct result r;
    crawl(s, folder,
          "--write-sitemap $F/s.xml >/dev/null && \"$SKITTER\" links --base $BASE "
          "--content-type application/xml $F/s.xml",
          &r);
    expect_found(s, &r, "/ /b /c /m?a=%22%3Cb&c=%27%A9=\\");
    char *xml = crawling_read_file(folder, "s.xml");
    cr_expect_eq(crawling_count(xml, "/b</loc><lastmod>1994-11-06T08:49:37Z</lastmod></url>\n"), 1,
                 "%s", xml);
    free(xml);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(sitemap, leads_a_crawl_to_the_same_pages)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder();
    struct result r;
    crawl(s, folder, "--write-sitemap $F/s.xml", &r);
    result_free(&r);
    char *xml = crawling_read_file(folder, "s.xml");
    cr_assert(xml && strlen(xml) < sizeof sitemap);
    strcpy(sitemap, xml);
    free(xml);
    crawling_run(s, ARGS("{{BASE}}/map.xml", "-q", "-l1", "--print", "ok"), &r);
    expect_found(s, &r, "/ /b /c /m?a=%22%3Cb&c=%27%A9=\\ /map.xml");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(sitemap, leaves_out_what_is_fetched_for_its_status_alone)
{
    static const struct site_page with_assets[] = {
        {"/", .body = "<img src=/i.png><a href={{BASE}}x/>"},
        {"/i.png", .type = "image/png", .body = "x"},
    };
    struct site *s = site_open(with_assets, COUNT(with_assets));
    char *folder = crawling_folder();
    struct result r;
    crawl(s, folder, "--assets --write-sitemap $F/s.xml >/dev/null && cat $F/s.xml", &r);
    cr_expect_eq(site_hits(s, "/i.png"), 1);
    cr_expect_eq(crawling_count(r.out, "<loc>"), 1, "%s", r.out);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

/* --- both, as -o --- */

Test(file, that_is_a_pipe_is_written_directly)
{
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(options); i++) {
        char args[128];
        struct result r;
        snprintf(args, sizeof args, "%s /dev/stderr 2>&1 >/dev/null | tail -n 1", options[i]);
        crawl(s, "", args, &r);
        cr_expect_str_eq(r.out, i == 0 ? "}\n" : "</urlset>\n");
        result_free(&r);
    }
    site_close(s);
}

Test(file, that_cannot_be_written_is_status_3_and_one_line_says_so)
{
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(options); i++) {
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-q", options[i], "/dev/full"), &r);
        expect_status(&r, 3);
        expect_said(&r, "/dev/full: No space left on device; ");
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err);
        expect_found(s, &r, "/ /b /c /m?a=%22%3Cb&c=%27%A9=\\ /none /old");
        result_free(&r);
        crawling_run(s, ARGS("{{BASE}}/", "-q", options[i], "/nowhere/file"), &r);
        expect_status(&r, 3);
        expect_said(&r, options[i]);
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err);
        result_free(&r);
    }
    site_close(s);
}

Test(file, is_whole_after_a_first_signal)
{
    struct site *s = site_open(pages, COUNT(pages));
    static const char *const ends[] = {"\n}\n", "\n</urlset>\n"};
    for (size_t i = 0; i < COUNT(options); i++) {
        char *folder = crawling_folder(), path[256];
        struct result r;
        struct program *p =
            crawling_start(s, ARGS("{{BASE}}/hang", "-q", options[i], file_in(folder, "f", path)));
        crawling_await_hits(s, "/hang", i + 1);
        cr_expect_neq(access(path, F_OK), 0, "it is there before the end");
        program_signal(p, SIGTERM);
        program_wait(p, PATIENCE, &r);
        expect_status(&r, 143);
        char *text = crawling_read_file(folder, "f");
        cr_assert_not_null(text);
        cr_expect_not_null(strstr(text, ends[i]), "%s", text);
        free(text);
        cr_expect_null(crawling_read_file(folder, "f.part"));
        result_free(&r);
        crawling_remove_folder(folder);
    }
    site_close(s);
}

Test(file, stays_as_its_part_and_is_named_at_a_second_signal)
{
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(options); i++) {
        char *folder = crawling_folder(), path[256];
        struct result r;
        crawling_write_file(folder, "f", "former content\n");
        struct program *p =
            crawling_start(s, ARGS("{{BASE}}/hang", "-q", options[i], file_in(folder, "f", path)));
        crawling_await_hits(s, "/hang", i + 1);
        program_signal(p, SIGINT);
        crawling_sleep(0.1);
        program_signal(p, SIGINT);
        program_wait(p, PATIENCE, &r);
        expect_status(&r, 130);
        expect_said(&r, "/f.part holds what was written");
        expect_text(crawling_read_file(folder, "f"), "former content\n", "the file");
        char *part = crawling_read_file(folder, "f.part");
        cr_expect_not_null(part);
        free(part);
        result_free(&r);
        crawling_remove_folder(folder);
    }
    site_close(s);
}
