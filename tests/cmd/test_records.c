/* What is printed: which records (--print), in which form, and in which order. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

#define ALL "found,visited,ok,redirects,broken,broken-links,external,edges,refused"

static const struct site_page pages[] = {
    {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /secret"},
    {"/", .headers = "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n",
     .body = "<title>The \"first\"; &amp; only</title><link rel=canonical href=/>\n"
             "<a href=/a><a href=/b><a href=/moved><a href=/gone><a href=/secret/x><a href=/a>\n"
             "<a href=http://elsewhere.test/><a href=/skip rel='nofollow noopener'>\n"
             "<a href=mailto:x@y><a href=/lost><a href=/late><img src=/picture>"},
    {"/a",
     .body =
         "<a href=/><a href=/gone><a href=/silent><a href=/togone><a href=/none><a href=/away>"},
    {"/b", .type = "text/html; charset=iso-8859-1", .body = "<a href=/a>"},
    {"/moved", 301, .headers = "Location: /target\r\n"},
    {"/target", .body = "<p>here"},
    {"/togone", 302, .headers = "Location: /gone\r\n"},
    {"/away", 302, .headers = "Location: http://elsewhere.test/x\r\n"},
    {"/lost", 301},
    {"/silent", .behaviour = SITE_CLOSE},
    {"/late", .body = "<a href=/gone><a href=/silent>", .delay = 0.05},
    {"/none", 204, .type = ""},
    {"/picture", .type = "image/png", .body = "PNG"},
    {"/busy", .body = "<p>now", .fail_first = 1},
    {"/spelled", 301, .headers = "Location: /query?b=1&a=2\r\n"},
    {"/query?a=2&b=1", .body = "<p>"},
};

static struct site *site;

static void open_site(void)
{
    site = site_open(pages, COUNT(pages));
}

static void close_site(void)
{
    site_close(site);
}

TestSuite(records, .init = open_site, .fini = close_site);

/* --- output as a test can name it --- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The text with the site's URLs as paths, and a space for a tab. The text is used up. */
static char *with_paths(char *text)
{
    char base[SITE_URL_SIZE], *out = malloc(strlen(text) + 1), *to = out;
    size_t length = strlen(site_url(site, "", base));

    for (const char *at = text; *at; at++) {
        bool is_base = strncmp(at, base, length) == 0;
        if (is_base)
            at += length - 1;
        else
            *to++ = *at == '\t' ? ' ' : *at;
    }
    *to = '\0';
    free(text);
    return out;
}

/* Its lines sorted, each with its end. The text is used up. */
static char *with_sorted_lines(char *text)
{
    char **lines = calloc(strlen(text) + 1, sizeof *lines), *out = malloc(strlen(text) + 2), *rest;
    size_t n = 0;
    char *end = out;

    for (char *l = strtok_r(text, "\r\n", &rest); l; l = strtok_r(NULL, "\r\n", &rest))
        lines[n++] = l;
    qsort(lines, n, sizeof *lines, compare_lines);
    *end = '\0';
    for (size_t i = 0; i < n; i++)
        end = stpcpy(stpcpy(end, lines[i]), "\n");
    free(lines);
    free(text);
    return out;
}

/* What is printed with these arguments, as it is. */
static char *output(const char *const args[])
{
    struct result r;

    crawling_run(site, args, &r);
    cr_expect_eq(r.status, 0, "status %d: %s", r.status, r.err);
    char *out = strdup(r.out);
    result_free(&r);
    return out;
}

static char *lines(const char *const args[])
{
    return with_sorted_lines(with_paths(output(args)));
}

/* A member of a JSON object on a line, "" where there is none: no string in these holds a quote
 * that is not escaped. */
static char *member(const char *line, const char *name)
{
    char key[64];
    const char *end = strchr(line, '\n');

    snprintf(key, sizeof key, ",\"%s\":", name);
    const char *at = strstr(line, key);
    if (!at || (end && at > end))
        return strdup("");
    at += strlen(key);
    return *at == '"' ? strndup(at + 1, strcspn(at + 1, "\"")) : strndup(at, strcspn(at, ",}"));
}

static long number_of(const char *line, const char *name)
{
    char *text = member(line, name);
    long n = *text ? strtol(text, NULL, 10) : -1;

    free(text);
    return n;
}

/* A column of a row of CSV, "" for none: no cell in these holds a comma. */
static char *cell(const char *header, const char *row, const char *name)
{
    size_t length = strlen(name);

    while (strncmp(header, name, length) != 0 || !strchr(",\r", header[length])) {
        size_t skip = strcspn(header, ",\r");
        if (header[skip] != ',')
            return strdup("");
        header += skip + 1;
        row += strcspn(row, ",") + 1;
    }
    return strndup(row, strcspn(row, ",\r"));
}

static const char *next_line(const char *line)
{
    return line + strcspn(line, "\n") + 1;
}

/* Those columns of each JSON line, or row of CSV, as a line of plain output. The text is used up.
 */
static char *columns(char *text, const char *const names[], bool csv)
{
    char *out = malloc(strlen(text) + 1024), *end = out;

    *end = '\0';
    for (const char *line = csv ? next_line(text) : text; *line; line = next_line(line)) {
        for (int i = 0; names[i]; i++) {
            char *value = csv ? cell(text, line, names[i]) : member(line, names[i]);
            end = stpcpy(stpcpy(end, i ? "\t" : ""), value);
            free(value);
        }
        end = stpcpy(end, "\n");
    }
    free(text);
    return out;
}

/* How many lines hold that text. */
static size_t lines_with(const char *text, const char *what)
{
    size_t n = 0;

    for (; *text; text = next_line(text)) {
        const char *at = strstr(text, what);
        n += at && at < next_line(text);
    }
    return n;
}

/* The first line of that type and URL; it is there. */
static const char *record_of(const char *out, const char *type, const char *path)
{
    char start[64], base[SITE_URL_SIZE];

    snprintf(start, sizeof start, "{\"v\":1,\"type\":\"%s\"", type);
    site_url(site, path, base);
    for (; *out; out = next_line(out)) {
        char *url = member(out, "url");
        bool it = strncmp(out, start, strlen(start)) == 0 && strcmp(url, base) == 0;
        free(url);
        if (it)
            return out;
    }
    cr_assert_fail("no %s %s", type, path);
    return NULL;
}

/* --- streams --- */

static const struct {
    const char *name, *columns[4];
    const char *plain;
} streams[] = {
    {"found",
     {"url"},
     "/\n/a\n/away\n/b\n/gone\n/late\n/lost\n/moved\n/none\n/secret/x\n/silent\n/skip\n/target\n"
     "/togone\n"},
    {"visited",
     {"url"},
     "/\n/a\n/away\n/b\n/gone\n/late\n/lost\n/moved\n/none\n/silent\n/target\n/togone\n"},
    {"ok", {"url"}, "/\n/a\n/b\n/late\n/none\n/target\n"},
    {"redirects",
     {"url", "redirect"},
     "/away http://elsewhere.test/x\n/moved /target\n/togone /gone\n"},
    {"broken", {"url"}, "/gone\n/lost\n/silent\n"},
    {"broken-links",
     {"from", "to", "status"},
     "/ /gone 404\n/ /lost redirects\n/a /gone 404\n/a /silent reset\n/late /gone 404\n"
     "/late /silent reset\n/togone /gone 404\n"},
    {"external", {"url"}, "http://elsewhere.test/\nhttp://elsewhere.test/x\n"},
    {"edges",
     {"from", "to"},
     "/ /\n/ /a\n/ /a\n/ /b\n/ /gone\n/ /late\n/ /lost\n/ /moved\n/ /secret/x\n/ /skip\n"
     "/ http://elsewhere.test/\n/a /\n/a /away\n/a /gone\n/a /none\n/a /silent\n/a /togone\n/b /a\n"
     "/late /gone\n/late /silent\n"},
    {"refused",
     {"url", "verdict", "referrer"},
     "/secret/x robots /\n/skip nofollow /\nhttp://elsewhere.test/ scope /\n"
     "http://elsewhere.test/x scope /away\n"},
};

#define CRAWL "-q", "--retry", "0", "{{BASE}}/"

Test(records, each_stream_is_what_it_says)
{
    for (size_t i = 0; i < COUNT(streams); i++)
        expect_text(lines(ARGS(CRAWL, "--print", streams[i].name)), streams[i].plain,
                    streams[i].name);
}

/* The status of a broken link has a column of its own, and so has its error. */
static bool has_two_columns(size_t stream)
{
    return strcmp(streams[stream].name, "broken-links") == 0;
}

static char *expected_columns(size_t stream)
{
    if (!has_two_columns(stream))
        return strdup(streams[stream].plain);
    return strdup("/ /gone 404\n/ /lost 301\n/a /gone 404\n/a /silent \n/late /gone 404\n"
                  "/late /silent \n/togone /gone 404\n");
}

Test(records, each_stream_is_the_same_in_json)
{
    for (size_t i = 0; i < COUNT(streams); i++) {
        char *expected = expected_columns(i);
        char *json = output(ARGS(CRAWL, "--json", "--print", streams[i].name));
        if (strcmp(streams[i].name, "edges") == 0) /* with what was refused later */
            cr_expect_eq(lines_with(json, "\"type\":\"refused\""), 2, "%s", json);
        for (char *at; (at = strstr(json, "{\"v\":1,\"type\":\"refused\"")) &&
                       strcmp(streams[i].name, "refused") != 0;)
            memmove(at, next_line(at), strlen(next_line(at)) + 1);
        expect_text(with_sorted_lines(with_paths(columns(json, streams[i].columns, false))),
                    expected, streams[i].name);
        free(expected);
    }
}

Test(records, each_stream_is_the_same_in_csv)
{
    for (size_t i = 0; i < COUNT(streams); i++) {
        char *expected = expected_columns(i);
        char *csv = output(ARGS(CRAWL, "--csv", "--print", streams[i].name));
        expect_text(with_sorted_lines(with_paths(columns(csv, streams[i].columns, true))), expected,
                    streams[i].name);
        free(expected);
    }
}

Test(records, each_stream_is_the_same_by_a_template)
{
    for (size_t i = 0; i < COUNT(streams); i++) {
        char template[128] = "", *end = template, *expected = expected_columns(i);
        for (int k = 0; streams[i].columns[k]; k++)
            end += sprintf(end, "%s%%{%s}", k ? "\\t" : "", streams[i].columns[k]);
        expect_text(lines(ARGS(CRAWL, "-w", template, "--print", streams[i].name)), expected,
                    streams[i].name);
        free(expected);
    }
}

Test(records, several_streams_come_together_and_a_page_once)
{
    char *json = output(ARGS(CRAWL, "--json", "--print", ALL));

    cr_expect_eq(lines_with(json, "\"type\":\"page\""), 12, "%s", json);
    cr_expect_eq(lines_with(json, "\"type\":\"url\""), 14 + 2);
    cr_expect_eq(lines_with(json, "\"type\":\"link\""), 20 + 7);
    cr_expect_eq(lines_with(json, "\"type\":\"refused\""), 4);
    free(json);
}

Test(records, there_are_as_many_edges_as_pages_say_they_have_links)
{
    char *json = output(ARGS(CRAWL, "--json", "--assets", "--print", "edges,visited"));
    long links = 0, edges = (long)lines_with(json, "\"type\":\"link\"");

    for (const char *line = json; *line; line = next_line(line))
        if (number_of(line, "links") > 0)
            links += number_of(line, "links");
    cr_expect_eq(links, edges, "%ld and %ld: %s", links, edges, json);
    cr_expect_eq(edges, 21);
    free(json);
}

Test(records, a_broken_link_is_told_also_from_a_page_that_comes_later)
{
    static const struct site_page few[] = {
        {"/late", .body = "<a href=/gone>", .delay = 0.2},
        {"/early", .body = "<a href=/slow>"},
        {"/slow", 410, .delay = 0.2},
    };
    struct site *usual = site;

    site = site_open(few, COUNT(few));
    expect_text(lines(ARGS("-q", "--print", "broken-links", "{{BASE}}/gone", "{{BASE}}/late",
                           "{{BASE}}/early")),
                "/early /slow 410\n/late /gone 404\n", "broken links");
    site_close(site);
    site = usual;
}

Test(records, links_out_of_scope_are_broken_where_they_are_checked)
{
    static const struct site_page other[] = {{"/fine", .body = "<p>"}, {"/gone", 404}};
    struct site *outside = site_open(other, COUNT(other));
    char body[4 * SITE_URL_SIZE], fine[SITE_URL_SIZE], gone[SITE_URL_SIZE],
        expected[SITE_URL_SIZE + 8];
    struct site_page page = {"/", .body = body};
    struct site *usual = site;

    snprintf(body, sizeof body, "<a href=%s><a href=%s>", site_url(outside, "/fine", fine),
             site_url(outside, "/gone", gone));
    site = site_open(&page, 1);
    snprintf(expected, sizeof expected, "/ %s 404\n", gone);
    expect_text(lines(ARGS("-q", "--check-external", "--print", "broken-links", "{{BASE}}/")),
                expected, "broken links");
    expect_text(lines(ARGS("-q", "--print", "broken-links", "{{BASE}}/")), "", "unchecked links");

    char *json = output(ARGS("-q", "--check-external", "--sorted", "--json", "--print",
                             "visited,edges", "{{BASE}}/"));
    cr_expect_eq(lines_with(json, "\"external\":true"), 2, "%s", json);
    cr_expect_eq(lines_with(json, "\"verdict\":\"scope\""), 2, "%s", json);
    free(json);
    site_close(site);
    site_close(outside);
    site = usual;
}

/* --- order --- */

static void expect_same(const char *what, const char *const one[], const char *const other[])
{
    char *a = output(one), *b = output(other);

    cr_expect_str_eq(a, b, "%s: %s\ninstead of: %s", what, b, a);
    cr_expect(*a, "%s: nothing", what);
    free(a);
    free(b);
}

Test(records, sorted_ones_are_the_same_bytes_at_any_concurrency)
{
    expect_same("JSON", ARGS(CRAWL, "--sorted", "--json", "--assets", "--print", ALL, "-c1"),
                ARGS(CRAWL, "--sorted", "--json", "--assets", "--print", ALL, "-c32"));
    expect_same("the same again", ARGS(CRAWL, "--sorted", "--json", "--print", ALL, "-c32"),
                ARGS(CRAWL, "--sorted", "--json", "--print", ALL, "-c32"));
    expect_same("CSV", ARGS(CRAWL, "--sorted", "--csv", "-c1"),
                ARGS(CRAWL, "--sorted", "--csv", "-c32"));
}

Test(records, sorted_lines_are_the_lines_sorted)
{
    for (size_t i = 0; i < COUNT(streams); i++)
        expect_text(with_paths(output(ARGS(CRAWL, "--sorted", "--print", streams[i].name))),
                    streams[i].plain, streams[i].name);
}

/* /x is as near as /redirect, whether that is answered before /page or after it. */
Test(records, depths_are_the_same_at_any_concurrency)
{
    static const struct site_page few[] = {
        {"/", .body = "<a href=/page><a href=/redirect>"},
        {"/page", .body = "<a href=/x>", .delay = 0.1},
        {"/redirect", 301, .headers = "Location: /x\r\n"},
        {"/x", 302, .headers = "Location: /y\r\n"},
        {"/y", .body = "<a href=/child>"},
        {"/child", .body = "<a href=/far>"},
    };
    struct site *usual = site;

    site = site_open(few, COUNT(few));
    expect_same("records", ARGS(CRAWL, "--sorted", "--json", "--print", ALL, "-c1"),
                ARGS(CRAWL, "--sorted", "--json", "--print", ALL, "-c32"));
    expect_text(lines(ARGS(CRAWL, "-l2", "-c1", "--print", "visited")),
                "/\n/child\n/page\n/redirect\n/x\n/y\n", "one by one");
    expect_text(lines(ARGS(CRAWL, "-l2", "-c32", "--print", "visited")),
                "/\n/child\n/page\n/redirect\n/x\n/y\n", "at once");
    site_close(site);
    site = usual;
}

/* --- pages --- */

Test(records, a_page_says_what_is_known_of_it)
{
    expect_text(
        with_paths(output(ARGS("-q", "-l0", "--json", "--sorted", "--print", "visited,edges",
                               "{{BASE}}/b", "{{BASE}}/moved"))),
        "{\"v\":1,\"type\":\"refused\",\"url\":\"/a\",\"depth\":1,\"referrer\":\"/b\","
        "\"verdict\":\"depth\"}\n"
        "{\"v\":1,\"type\":\"page\",\"url\":\"/b\",\"status\":200,\"depth\":0,"
        "\"content_type\":\"text/html; charset=iso-8859-1\",\"charset\":\"windows-1252\","
        "\"size\":11,\"length\":11,\"links\":1}\n"
        "{\"v\":1,\"type\":\"link\",\"from\":\"/b\",\"to\":\"/a\",\"depth\":1,\"element\":\"a\","
        "\"attribute\":\"href\",\"line\":1,\"verdict\":\"depth\"}\n"
        "{\"v\":1,\"type\":\"page\",\"url\":\"/moved\",\"status\":301,\"depth\":0,"
        "\"redirect\":\"/target\",\"content_type\":\"text/html\",\"size\":0,\"length\":0}\n"
        "{\"v\":1,\"type\":\"page\",\"url\":\"/target\",\"status\":200,\"depth\":0,"
        "\"referrer\":\"/moved\",\"content_type\":\"text/html\",\"charset\":\"windows-1252\","
        "\"size\":7,\"length\":7,\"links\":0}\n",
        "records");
}

Test(records, a_seed_alone_says_what_it_holds_and_leads_nowhere)
{
    expect_text(with_paths(output(
                    ARGS("-q", "-l0", "-w", "%{url} %{title} %{links} %{new_links}", "{{BASE}}/"))),
                "/ The \"first\"; & only 11 0\n", "with -l 0");
    expect_text(lines(ARGS("-q", "-l0", "{{BASE}}/")), "/\n", "found");
}

Test(records, a_page_says_how_it_was_fetched)
{
    char *json = output(ARGS(CRAWL, "--json"));
    const char *first = record_of(json, "page", "/");

    cr_expect_not_null(
        strstr(first, ",\"ip\":\"127.0.0.1\",\"http\":\"1.1\",\"time\":{\"start\":"));
    cr_expect_eq(number_of(first, "attempts"), 1);
    cr_expect_eq(number_of(first, "new_links"), 7, "%s", first);
    cr_expect_not_null(strstr(first, ",\"title\":\"The \\\"first\\\"; & only\",\"canonical\":"));
    cr_expect_not_null(strstr(first, ",\"last_modified\":\"Sat, 01 Jan 2000 00:00:00 GMT\""));
    const char *silent = record_of(json, "page", "/silent");
    cr_expect_eq(number_of(silent, "status"), -1);
    cr_expect_eq(number_of(silent, "size"), -1);
    cr_expect_eq(lines_with(json, "\"error\":\"reset\",\"message\":\""), 1);
    cr_expect_eq(number_of(record_of(json, "page", "/gone"), "links"), -1);
    free(json);
}

Test(records, a_page_that_was_tried_again_says_so)
{
    char *json = output(ARGS("-q", "--json", "{{BASE}}/busy"));

    cr_expect_eq(number_of(json, "attempts"), 2, "%s", json);
    cr_expect_eq(number_of(json, "status"), 200);
    free(json);
}

Test(records, a_redirect_leads_to_a_url_in_the_crawls_spelling)
{
    expect_text(lines(ARGS("-q", "--sort-params", "--print", "redirects", "{{BASE}}/spelled")),
                "/spelled /query?a=2&b=1\n", "redirects");
}

Test(records, a_status_that_is_ok_is_not_broken)
{
    expect_text(lines(ARGS(CRAWL, "--ok-status", "404", "--print", "broken")), "/lost\n/silent\n",
                "broken");
    expect_text(lines(ARGS(CRAWL, "--ok-status", "404", "--print", "broken-links")),
                "/ /lost redirects\n/a /silent reset\n/late /silent reset\n", "broken links");
}

/* --- ends --- */

Test(records, a_table_has_its_header_also_without_rows)
{
    char *with = output(ARGS("-q", "--csv", "--print", "refused", CRAWL));
    char *without = output(ARGS("-q", "--csv", "--print", "refused", "{{BASE}}/target"));
    size_t header = (size_t)(next_line(with) - with);

    cr_expect_eq(strlen(without), header, "%s", without);
    cr_expect_eq(strncmp(with, without, header), 0, "%s%s", with, without);
    cr_expect_eq(strncmp(without, "url,", 4), 0);
    cr_expect_eq(strcmp(without + header - 2, "\r\n"), 0);
    free(with);
    free(without);
}

Test(records, records_end_as_they_were_asked_to)
{
    struct result r;

    crawling_run(site, ARGS("-q", "-0", "{{BASE}}/target"), &r);
    cr_expect_eq(r.out_size, strlen(r.out) + 1);
    cr_expect_eq(r.out[r.out_size - 1], '\0');
    result_free(&r);
    expect_text(output(ARGS("-q", "-w", "%{status}", "{{BASE}}/target")), "200\n", "an end added");
    expect_text(output(ARGS("-q", "-w", "%{status};\\n", "{{BASE}}/target")), "200;\n",
                "an end of its own");
}
