/* `skitter url`, `skitter links` and `skitter robots` from outside. */
#include "tests/run_program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static void expect(const char *const args[], const char *input, int status, const char *out,
                   const char *err)
{
    struct result r;
    run_program(args, input, &r);
    cr_expect_eq(r.status, status, "%s %s: status %d", args[0], args[1], r.status);
    cr_expect_str_eq(r.out, out, "%s %s: out %s", args[0], args[1], r.out);
    cr_expect_str_eq(r.err, err, "%s %s: err %s", args[0], args[1], r.err);
    result_free(&r);
}

/* A file that holds text; the caller removes and frees it. */
static char *file_of(const char *text)
{
    char *path = strdup("/tmp/test_filters.XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void remove_file(char *path)
{
    unlink(path);
    free(path);
}

Test(filters, url_resolves_its_arguments)
{
    expect(ARGS("url", "--base", "http://h/a/b", "c#d", "HTTP://X:80"), NULL, 0,
           "http://h/a/c\nhttp://x/\n", "");
    expect(ARGS("url", "c", "--base=http://h/a/b"), NULL, 0, "http://h/a/c\n", "");
    expect(ARGS("url", "--base", "http://h/a/b", "--", "--json"), NULL, 0, "http://h/a/--json\n",
           "");
}

Test(filters, url_resolves_lines)
{
    expect(ARGS("url", "--base", "http://h/a"), "b\r\n\nc", 0,
           "http://h/b\nhttp://h/a\nhttp://h/c\n", "");
}

Test(filters, url_goes_on_after_what_is_invalid)
{
    expect(
        ARGS("url"), "x\n\nmailto:x\nhttp://a\n", 1, "http://a/\n",
        "x: not a valid URL\nan empty line: not a valid URL\nmailto:x: neither http nor https\n");
}

Test(filters, url_takes_a_line_of_a_mebibyte)
{
    size_t length = 1 << 20;
    char *input = malloc(length + 1);
    struct result r;
    memset(input, 'x', length);
    memcpy(input, "http://", 7);
    input[length] = '\0';
    run_program(ARGS("url"), input, &r);
    cr_expect_eq(r.status, 1);
    cr_expect_lt(r.err_size, 1000);
    cr_expect(strstr(r.err, "URL too long"));
    result_free(&r);
    free(input);
}

Test(filters, url_refuses_an_invalid_base)
{
    expect(ARGS("url", "--base", "x", "http://a"), NULL, 1, "", "x: not a valid URL (--base)\n");
}

Test(filters, url_prints_an_object_for_each_input)
{
    expect(ARGS("url", "--json", "http://a#b", "x"), NULL, 1,
           "{\"input\":\"http://a#b\",\"url\":\"http://a/\"}\n"
           "{\"input\":\"x\",\"error\":\"not a valid URL\"}\n",
           "x: not a valid URL\n");
}

Test(filters, json_is_valid_and_steers_no_terminal)
{
    expect(
        ARGS("url", "--json"), "http://a/\xff\"\\\t\x1b[m\x7f\xc2\x9b\xe2\x80\xae\xc3\xa9", 0,
        "{\"input\":\"http://a/\xef\xbf\xbd\\\"\\\\\\u0009\\u001b[m\\u007f\\u009b\\u202e\xc3\xa9\","
        "\"url\":\"http://a/%EF%BF%BD%22/%1B[m%7F%C2%9B%E2%80%AE%C3%A9\"}\n",
        "");
}

Test(filters, messages_steer_no_terminal)
{
    expect(ARGS("url"), "\x1b[m\xc2\x9b", 1, "", "\\x1b[m\\xc2\\x9b: not a valid URL\n");
}

Test(filters, links_prints_each_link_once)
{
    static const char page[] =
        "<a href=b rel=nofollow></a>\n<a href=b></a><img src=c><a href=mailto:x>";
    char *path = file_of(page);
    expect(ARGS("links", "--base", "http://h/a"), page, 0, "http://h/b\n", "");
    expect(ARGS("links", "--base", "http://h/a", "-"), page, 0, "http://h/b\n", "");
    expect(ARGS("links", "--base", "http://h/a", path), NULL, 0, "http://h/b\n", "");
    expect(ARGS("links", "--base", "http://h/a", "--assets"), page, 0, "http://h/b\nhttp://h/c\n",
           "");
    expect(ARGS("links", "--base", "http://u:p@h/a", "--json"), page, 0,
           "{\"v\":1,\"type\":\"link\",\"from\":\"http://h/a\",\"to\":\"http://h/b\","
           "\"element\":\"a\",\"attribute\":\"href\",\"rel\":\"nofollow\",\"line\":1}\n",
           "");
    expect(ARGS("links", "--base", "http://h/a", "--content-type", "text/css", "--assets"),
           "a{b:url(c)}", 0, "http://h/c\n", "");
    remove_file(path);
}

Test(filters, robots_prints_verdicts)
{
    char *path = file_of("User-agent: *\nDisallow: /x\nUser-agent: other\nDisallow: /y\n");
    expect(ARGS("robots", path, "http://h/x", "http://u@h/y#z"), NULL, 1,
           "deny http://h/x\nallow http://h/y\n", "");
    expect(ARGS("robots", "--agent", "Other/1", path), "http://h/x\n", 0, "allow http://h/x\n", "");
    expect(ARGS("robots", path, "/x", "http://h/"), NULL, 1, "allow http://h/\n",
           "/x: not a valid URL\n");
    expect(ARGS("robots", "--json", path, "http://h/x"), NULL, 1,
           "{\"input\":\"http://h/x\",\"url\":\"http://h/x\",\"allowed\":false}\n", "");
    expect(ARGS("robots", "-", "http://h/x"), "User-agent: *\nDisallow: /", 1, "deny http://h/x\n",
           "");
    remove_file(path);
}

Test(filters, refuse_what_they_do_not_know_in_one_line)
{
    static const struct {
        const char *args[5], *err;
    } rows[] = {
        {{"url", "--bas", "http://h"},
         "skitter url: unknown option --bas (see skitter url --help)\n"},
        {{"url", "--json=x"}, "skitter url: --json takes no value\n"},
        {{"url", "--base"}, "skitter url: --base needs a value: URL\n"},
        {{"links", "--base=http://h/", "/nowhere/x"}, "/nowhere/x: No such file or directory\n"},
        {{"links", "--base=http://h/", "/"}, "/: Is a directory\n"},
        {{"links", "x"}, "skitter links: needs --base URL (see skitter links --help)\n"},
        {{"links", "--base=http://h/", "x", "y"},
         "skitter links: needs one FILE at most (see skitter links --help)\n"},
        {{"robots", "--json"}, "skitter robots: needs a FILE (see skitter robots --help)\n"},
        {{"robots", "-"},
         "skitter robots: standard input is the robots.txt, so give URLs as arguments\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].args, NULL, 2, "", rows[i].err);
}

Test(filters, links_reads_by_the_scanner_or_by_a_tree)
{
    char *deep = malloc(400000), *p = deep;
    for (int i = 0; i < 100000; i++)
        p = stpcpy(p, "<x>");
    strcpy(p, "<b>text<a href=x>");
    expect(ARGS("links", "--base=http://h/"), deep, 0, "http://h/x\n", "");
    expect(ARGS("links", "--base=http://h/", "--parser=fast"), deep, 0, "http://h/x\n", "");
    expect(ARGS("links", "--base=http://h/", "--parser=gumbo"), deep, 1, "",
           "http://h/: links may be missing: the document takes too long to parse\n");
    free(deep);
    const char *const page = "<p>\n<a rel=next href=x>\n<table><img src=y>";
    const char *const records =
        "{\"v\":1,\"type\":\"link\",\"from\":\"http://h/\",\"to\":\"http://h/x\","
        "\"element\":\"a\",\"attribute\":\"href\",\"rel\":\"next\",\"line\":2}\n"
        "{\"v\":1,\"type\":\"link\",\"from\":\"http://h/\",\"to\":\"http://h/y\","
        "\"element\":\"img\",\"attribute\":\"src\",\"line\":3}\n";
    expect(ARGS("links", "--base=http://h/", "--assets", "--json"), page, 0, records, "");
    expect(ARGS("links", "--base=http://h/", "--assets", "--json", "--parser=gumbo"), page, 0,
           records, "");
}

Test(filters, print_everything_where_there_is_much)
{
    char *input = malloc(5 * 50000 + 1), *end = input;
    struct result r;
    for (int i = 0; i < 50000; i++)
        end += sprintf(end, "%04d\n", i % 10000);
    run_program(ARGS("url", "--base", "http://h/"), input, &r);
    cr_expect_eq(r.status, 0);
    cr_assert_eq(r.out_size, (sizeof "http://h/0000\n" - 1) * 50000);
    const char *line = r.out;
    for (int i = 0; i < 50000; i++, line += 14) {
        char want[16];
        snprintf(want, sizeof want, "http://h/%04d\n", i % 10000);
        cr_assert_eq(memcmp(line, want, 14), 0, "line %d: %.14s", i, line);
    }
    result_free(&r);
    free(input);
}

/* The input stays open: the next line may be long in coming. */
Test(filters, answer_each_line_before_they_wait_for_the_next)
{
    char *robots = file_of("User-agent: *\nDisallow: /b\n");
    const char *const *const commands[] = {ARGS("url"), ARGS("url", "--json"),
                                           ARGS("robots", robots),
                                           ARGS("robots", "--json", robots)};
    static const char *const answers[][2] = {
        {"http://h/a", "http://h/b"},
        {"{\"input\":\"http://h/a\",\"url\":\"http://h/a\"}",
         "{\"input\":\"http://h/b\",\"url\":\"http://h/b\"}"},
        {"allow http://h/a", "deny http://h/b"},
        {"{\"input\":\"http://h/a\",\"url\":\"http://h/a\",\"allowed\":true}",
         "{\"input\":\"http://h/b\",\"url\":\"http://h/b\",\"allowed\":false}"},
    };
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct program *p = program_start(commands[i]);
        struct result r;
        for (int k = 0; k < 2; k++) {
            const char *line;
            program_write(p, k ? "http://h/b\nhttp:" : "http://h/a\n");
            cr_assert(program_read_line(p, &line, 30), "%zu: no line", i);
            cr_expect_str_eq(line, answers[i][k]);
        }
        program_wait(p, 30, &r);
        result_free(&r);
    }
    unlink(robots);
    free(robots);
}

Test(filters, end_quietly_when_the_reader_leaves)
{
    struct program *p = program_start(ARGS("url", "--base", "http://h/"));
    struct result r;
    program_close_output(p);
    for (int i = 0; i < 20000; i++)
        program_write(p, "x\n");
    program_wait(p, 30, &r);
    cr_expect_eq(r.status, 0, "status %d", r.status);
    cr_expect_str_empty(r.err);
    result_free(&r);
}
