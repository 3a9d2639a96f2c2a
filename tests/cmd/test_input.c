/* Command lines and seeds, good and bad ones. */
#include "tests/cmd/crawling.h"

#include <stdio.h>

/* Runs a table of bad command lines: status 2, nothing printed, one line that says what is wrong.
 */
struct bad {
    const char *args[4];
    const char *said;
};

static void check_bad(const struct bad *cases, size_t n)
{
    static const struct site_page pages[] = {{"/"}};
    struct site *s = site_open(pages, 1);
    for (size_t i = 0; i < n; i++) {
        struct result r;
        crawling_run(s, cases[i].args, &r);
        cr_expect_eq(r.status, 2, "%s: status %d", cases[i].said, r.status);
        cr_expect_str_empty(r.out, "%s: %s", cases[i].said, r.out);
        cr_expect_eq(crawling_lines(r.err), 1, "%s: %s", cases[i].said, r.err);
        expect_said(&r, cases[i].said);
        result_free(&r);
    }
    expect_fetched(s, "");
    site_close(s);
}

Test(command_line, that_is_wrong_fetches_nothing_and_names_what_is)
{
    static const struct bad cases[] = {
        {{NULL}, "usage: skitter"},
        {{"-q"}, "no seed"},
        {{"--"}, "no seed"},
        {{"{{BASE}}/", "--no-such"}, "unknown option --no-such"},
        {{"--no-such=5", "{{BASE}}/"}, "unknown option --no-such "},
        {{"{{BASE}}/", "--conc", "5"}, "unknown option --conc "}, /* not abbreviated */
        {{"{{BASE}}/", "-Z"}, "unknown option -Z"},
        {{"{{BASE}}/", "-qZ"}, "unknown option -Z"},
        {{"{{BASE}}/", "-c"}, "-c needs a value"},
        {{"{{BASE}}/", "--depth"}, "--depth needs a value"},
        {{"{{BASE}}/", "--quiet=1"}, "--quiet takes no value"},
        {{"{{BASE}}/", "-c", "0"}, "-c 0: expected"},
        {{"{{BASE}}/", "-c", "-1"}, "-c -1: expected"},
        {{"{{BASE}}/", "-c8x"}, "-c 8x: expected"},
        {{"{{BASE}}/", "-c", "99999999999999999999"}, "-c 99999999999999999999"},
        {{"{{BASE}}/", "-c", "2000000000"}, "-c 2000000000 does not fit the descriptor limit"},
        {{"{{BASE}}/", "--per-host=0"}, "--per-host 0: expected"},
        {{"{{BASE}}/", "-l", "deep"}, "-l deep: expected"},
        {{"{{BASE}}/", "--depth="}, "--depth \"\": expected"},
        {{"{{BASE}}/", "-n0"}, "-n 0: expected"},
        {{"{{BASE}}/", "--duration", "5d"}, "--duration 5d: expected"},
        {{"{{BASE}}/", "--duration", "nan"}, "--duration nan: expected"},
        {{"{{BASE}}/", "--delay", "-1s"}, "--delay -1s: expected"},
        {{"{{BASE}}/", "-m", "1e300"}, "-m 1e300: expected"},
        {{"{{BASE}}/", "--quota", "5X"}, "--quota 5X: expected"},
        {{"{{BASE}}/", "--max-body", "99999999999G"}, "--max-body 99999999999G: expected"},
        {{"{{BASE}}/", "--retry", "many"}, "--retry many: expected"},
        {{"{{BASE}}/", "--selector", "fast"}, "--selector fast: expected"},
        {{"{{BASE}}/", "-H", "no header"}, "-H no header: expected"},
        {{"{{BASE}}/", "-H", "A: b\r\nC: d"}, "-H A: b\\x0d\\x0aC: d: expected"},
        {{"{{BASE}}/", "-b", "a=b\r\nC: d"}, "-b a=b\\x0d\\x0aC: d: expected"},
        {{"{{BASE}}/", "-b", "-"}, "-b -: expected"},
        {{"{{BASE}}/", "-b", "/nowhere/jar"}, "-b /nowhere/jar: No such file"},
        {{"{{BASE}}/", "-b", "/tmp"}, "-b /tmp: Is a directory"},
        {{"{{BASE}}/", "-A", ""}, "-A: expected"},
        {{"{{BASE}}/", "-A", "a\nb"}, "-A: expected"},
        {{"-i", "/nowhere/seeds"}, "/nowhere/seeds: No such file"},
        {{"-i", "/tmp"}, "/tmp: Is a directory"},
    };
    check_bad(cases, COUNT(cases));
}

Test(command_line, with_letters_of_curl_or_wget_that_mean_nothing_says_what_to_type)
{
    static const struct bad cases[] = {
        {{"-L", "{{BASE}}/"}, "-L means nothing here: redirects are followed"},
        {{"-s", "{{BASE}}/"}, "-s means nothing here: type -q"},
        {{"-sS", "{{BASE}}/"}, "-s means nothing here: type -q"},
        {{"-r", "{{BASE}}/"}, "-r means nothing here: "},
        {{"-S", "{{BASE}}/"}, "-S means nothing here: "},
        {{"-d", "x", "{{BASE}}/"}, "-d means nothing here: "},
        {{"-np", "{{BASE}}/"}, "-np means nothing here: "},
        {{"-e", "robots=off", "{{BASE}}/"}, "type --ignore-robots"},
    };
    check_bad(cases, COUNT(cases));
}

Test(command_line, with_a_seed_that_is_none_names_it)
{
    static const struct bad cases[] = {
        {{"http://"}, "seed 1: http://: "},
        {{"http://["}, "seed 1: http://[: "},
        {{"http://a b/"}, "seed 1: http://a b/: "},
        {{"http://h:99999/"}, "seed 1: http://h:99999/: "},
        {{"http://u:secret@h:99999/"}, "seed 1: @h:99999/: "},
        {{"http://1.2.3.4.5/"}, "seed 1: http://1.2.3.4.5/: "},
        {{"ftp://h/"}, "seed 1: ftp://h/: "},
        {{"file:///etc/passwd"}, "seed 1: file:///etc/passwd: "},
        {{""}, "empty"},
        {{"\x1b[31mred"}, "\\x1b[31mred"},
        {{"bnech"},
         "bnech: no command, no URL; did you mean bench? "
         "A host is written http://bnech/"},
        {{"Serve"},
         "Serve: no command, no URL; did you mean serve? "
         "A host is written http://Serve/"},
        {{"link"}, "did you mean links?"},
        {{"robot"}, "did you mean robots?"},
        {{"ulr"}, "did you mean url?"},
        {{"-q", "bench"},
         "bench: no URL; bench is a command as the first word only. "
         "A host is written http://bench/"},
        {{"intranet"}, "intranet: no command, no URL; a host is written http://intranet/"},
        {{"a-word-that-is-far-too-long-to-be-the-name-of-any-command"}, "http://NAME/"},
    };
    check_bad(cases, COUNT(cases));
}

Test(command_line, takes_options_and_urls_in_any_order)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=a>"}};
    static const char *const lines[][6] = {
        {"-q", "-l", "0", "{{BASE}}/"},
        {"{{BASE}}/", "-ql0"},
        {"-l0", "{{BASE}}/", "--quiet"},
        {"--depth=0", "-q", "--", "{{BASE}}/"},
        {"--level", "0", "{{BASE}}/", "-q"},
        {"-l", "5", "-q", "{{BASE}}/", "-l", "0"},
        {"-c4", "--retries=0", "--timeout=1m", "{{BASE}}/", "-ql0"},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct site *s = site_open(pages, 1);
        const char *args[8] = {0};
        struct result r;
        memcpy(args, lines[i], sizeof lines[i]);
        crawling_run(s, args, &r);
        cr_expect_eq(r.status, 0, "row %zu: status %d: %s", i, r.status, r.err);
        expect_fetched(s, "/");
        result_free(&r);
        site_close(s);
    }
}

static void expect_screen(const char *text)
{
    char *copy = strdup(text);
    cr_expect_leq(crawling_lines(text), 24, "%s", text);
    for (char *rest, *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cr_expect_leq(strlen(line), 80, "%s", line);
    free(copy);
}

Test(command_line, is_told_of_in_one_screen_by_each_command)
{
    static const char *const commands[][3] = {{"--help"},          {"serve", "--help"},
                                              {"bench", "--help"}, {"url", "-h"},
                                              {"links", "--help"}, {"robots", "--help"}};
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct result r;
        run_program(ARGS(commands[i][0], commands[i][1]), NULL, &r);
        expect_status(&r, 0);
        expect_screen(r.out);
        cr_expect(strncmp(r.out, "usage: skitter", 14) == 0, "%s", r.out);
        result_free(&r);
    }
}

static const char *const groups[] = {"crawl", "scope", "urls",  "pace",
                                     "http",  "print", "files", "engine"};

Test(command_line, is_told_of_in_one_screen_by_each_group)
{
    struct result all;
    run_program(ARGS("--help", "all"), NULL, &all);
    expect_status(&all, 0);
    size_t lines = 3 + COUNT(groups); /* usage, and what divides */
    for (size_t i = 0; i < COUNT(groups); i++) {
        struct result r;
        run_program(ARGS("--help", groups[i]), NULL, &r);
        expect_status(&r, 0);
        expect_screen(r.out);
        cr_expect_not_null(strstr(all.out, r.out), "%s", r.out);
        lines += crawling_lines(r.out);
        result_free(&r);
    }
    cr_expect_eq(crawling_lines(all.out), lines, "%s", all.out);
    result_free(&all);
}

Test(command_line, names_the_groups_of_its_options_where_one_is_unknown)
{
    struct result r;
    run_program(ARGS("--help=prnt"), NULL, &r);
    expect_status(&r, 2);
    cr_expect_str_eq(r.err, "skitter: --help prnt: expected "
                            "crawl|scope|urls|pace|http|print|files|engine|all\n");
    cr_expect_str_empty(r.out);
    result_free(&r);
}

Test(command_line, asks_for_help_and_version_without_fetching)
{
    static const char *const options[][2] = {{"--help", "usage: skitter"},
                                             {"-h", "--concurrency"},
                                             {"--help=files", "--graph FILE"},
                                             {"--version", "libcurl/"}};
    for (size_t i = 0; i < COUNT(options); i++) {
        struct result r;
        crawling_run(NULL, ARGS(options[i][0]), &r);
        expect_status(&r, 0);
        cr_expect_not_null(strstr(r.out, options[i][1]), "%s: %s", options[i][0], r.out);
        cr_expect_str_empty(r.err);
        result_free(&r);
    }
}

/* --- seeds --- */

Test(seeds, need_no_scheme)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=a>"}};
    struct site *s = site_open(pages, 1);
    char seed[64];
    struct result r;
    snprintf(seed, sizeof seed, "127.0.0.1:%u", site_port(s));
    crawling_run(s, ARGS(seed, "-q"), &r);
    expect_found(s, &r, "/ /a");
    result_free(&r);
    snprintf(seed, sizeof seed, "LocalHost:%u/x/../a#f", site_port(s));
    crawling_run(s, ARGS(seed, "-q"), &r);
    snprintf(seed, sizeof seed, "http://localhost:%u/a\n", site_port(s));
    cr_expect_str_eq(r.out, seed, "%s", r.out);
    result_free(&r);
    site_close(s);
}

Test(seeds, come_from_a_file_with_comments_blank_lines_and_bad_ones)
{
    static const struct site_page pages[] = {{"/a"}, {"/b"}, {"/c"}, {"/d"}};
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), path[256], text[8192], base[SITE_URL_SIZE];
    site_url(s, "", base);
    snprintf(
        text, sizeof text,
        "# seeds\r\n\r\n%s/a\r\n  %s/b \t\r\n\n   \n#%s/no\nhttp://[\nftp://h/\n\tbnech\n%s/c\n"
        "%s/a#again\n%s/d",
        base, base, base, base, base, base);
    crawling_write_file(folder, "seeds", text);
    snprintf(path, sizeof path, "%s/seeds", folder);
    struct result r;
    crawling_run(s, ARGS("-i", path), &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/a /b /c /d");
    expect_fetched(s, "/a /b /c /d");
    expect_said(&r, "/seeds 8: http://[: ");
    expect_said(&r, "/seeds 9: ftp://h/: ");
    expect_said(&r, "/seeds 10: bnech: ");
    result_free(&r);
    crawling_run(s, ARGS("{{BASE}}/x", "-q", "--input", path, "-l", "0"), &r);
    expect_found(s, &r, "/a /b /c /d /x");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(seeds, of_a_file_that_holds_no_good_one_end_it_with_2)
{
    static const char *const texts[] = {"", "# nothing\n\n", "http://[\n"};
    char *folder = crawling_folder(), path[256];
    snprintf(path, sizeof path, "%s/seeds", folder);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct result r;
        crawling_write_file(folder, "seeds", texts[i]);
        crawling_run(NULL, ARGS("-i", path), &r);
        expect_status(&r, 2);
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err);
        result_free(&r);
    }
    crawling_remove_folder(folder);
}

Test(seeds, may_be_long_but_not_without_end)
{
    static const struct site_page pages[] = {{"/"}};
    struct site *s = site_open(pages, 1);
    char *folder = crawling_folder(), path[256], *text = malloc(2 << 20), base[SITE_URL_SIZE];
    size_t n = (size_t)sprintf(text, "%s/\n", site_url(s, "", base));
    memset(text + n, 'x', (1 << 20));
    strcpy(text + n + (1 << 20), ".test\n");
    crawling_write_file(folder, "seeds", text);
    snprintf(path, sizeof path, "%s/seeds", folder);
    struct result r;
    crawling_run(s, ARGS("-i", path), &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/");
    expect_said(&r, "/seeds 2: xxx");
    cr_expect_lt(r.err_size, 8192);
    result_free(&r);
    free(text);
    crawling_remove_folder(folder);
    site_close(s);
}
