/* skitter bench from outside: what it crawls, what it checks, and how it ends. That its figures are
 * good is for tests/bench/concurrency. FALSE_NETWORK names the library made of false_network.c. */
#include "tests/cmd/crawling.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct site_page pages[] = {
    {"/", .body = "<a href=a>a</a> <a href=b>b</a> <a href=gone>c</a> <a href=from>d</a>"},
    {"/a", .body = "<a href=b>b</a>"},
    {"/b", .body = "<a href=/>home</a>"},
    {"/from", 302, .headers = "Location: /to\r\n"},
    {"/to", .body = "<a href=http://elsewhere.example/>out</a>"},
};
#define PAGES (sizeof pages / sizeof *pages)

static void run_bench(const char *const options[], struct result *r)
{
    const char *args[24] = {"bench", "-q", "--repeat", "1"};
    size_t n = 4;

    while (*options)
        args[n++] = *options++;
    run_program(args, NULL, r);
}

/* The number after "name":, the first time. */
static double field(const struct result *r, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(r->out, key);
    cr_assert_not_null(at, "no %s in %s", key, r->out);
    return strtod(at + strlen(key), NULL);
}

Test(bench, crawls_its_own_site_at_each_level)
{
    struct result r;
    run_bench(ARGS("--levels", "1,4..16", "--pages", "200", "--json"), &r);
    expect_status(&r, 0);
    cr_expect_eq(crawling_count(r.out, "\"concurrency\":"), 4, "%s", r.out);
    cr_expect_eq(field(&r, "pages"), 200);
    cr_expect_eq(field(&r, "connections"), 1);
    cr_expect_not_null(strstr(r.out, "\"same_urls\":true"));
    cr_expect_str_empty(r.err);
    result_free(&r);
}

Test(bench, knows_what_is_to_be_found_on_sites_of_all_kinds)
{
    static const char *const rows[][5] = {
        {"--errors", "10%", "--redirects", "10%"},
        {"--hosts", "5", "--local", "0"},
        {"--gzip", "--tls"},
        {"--links", "1"},
        {"--no-keepalive", "--size", "uniform:1K..200K"},
        {"--latency", "per-host:uniform:1ms..2ms", "--hosts", "3", "--redirects=0.5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *args[16] = {"--levels", "1,32", "--pages", "300", "--json"};
        size_t n = 5;
        for (size_t k = 0; k < 5 && rows[i][k]; k++)
            args[n++] = rows[i][k];
        struct result r;
        run_bench(args, &r);
        cr_expect_eq(r.status, 0, "%s: status %d: %s", rows[i][0], r.status, r.err);
        cr_expect_not_null(strstr(r.out, "\"same_urls\":true"), "%s", rows[i][0]);
        result_free(&r);
    }
}

Test(bench, fails_where_the_server_drops_links)
{
    struct result r;
    run_bench(ARGS("--levels", "8", "--pages", "1000", "--drop", "1%", "--json"), &r);
    expect_status(&r, 4);
    expect_said(&r, "async on ");
    expect_said(&r, " 8 in flight: found another site: ");
    expect_said(&r, "not 1,000 and 30,000");
    cr_expect_not_null(strstr(r.out, "\"same_urls\":false"), "%s", r.out);
    result_free(&r);
}

Test(bench, compares_the_models_and_selectors_with_each_other)
{
    struct result r;
    run_bench(ARGS("--levels", "1,16", "--pages", "200", "--model", "async,threads,processes,sync",
                   "--selector", "poll,select", "--json"),
              &r);
    expect_status(&r, 0);
    cr_expect_eq(crawling_count(r.out, "\"concurrency\":"), 2 * 3 * 2 + 2, "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"same_urls\":true"));
    result_free(&r);
}

Test(bench, fetches_exactly_the_pages_of_a_url_that_were_learnt)
{
    struct site *s = site_open(pages, PAGES);
    struct result r;
    crawling_run(s, ARGS("bench", "-q", "--json", "--levels", "1,2", "--repeat", "2", "{{BASE}}/"),
                 &r);
    expect_status(&r, 0);
    cr_expect_eq(field(&r, "pages"), 5, "%s", r.out); /* 404 is one; a redirect is none */
    cr_expect_not_null(strstr(r.out, "\"same_urls\":true"));
    cr_expect_eq(site_hits(s, "/from"), 1, "to learn");
    cr_expect_eq(site_hits(s, "/to"), 1 + 2 * 2);
    cr_expect_eq(site_hits(s, "/robots.txt"), 0);
    result_free(&r);

    crawling_run(s, ARGS("bench", "-q", "--json", "-c", "2", "-n", "2", "{{BASE}}/"), &r);
    cr_expect_eq(field(&r, "pages"), 2, "%s", r.out);
    result_free(&r);
    site_close(s);
}

Test(bench, fails_where_a_level_is_answered_otherwise)
{
    static const struct site_page changing[] = {
        {"/", .body = "<a href=a>a</a>"},
        {"/a", .body = "now it is well", .fail_first = 1},
    };
    struct site *s = site_open(changing, 2);
    struct result r;
    crawling_run(s, ARGS("bench", "-q", "-c", "2", "--repeat", "1", "{{BASE}}/"), &r);
    expect_status(&r, 4);
    expect_said(&r, "found another site");
    result_free(&r);
    site_close(s);
}

Test(bench, asks_before_it_burdens_the_public)
{
    struct site *s = site_open(pages, PAGES);
    char url[SITE_URL_SIZE];
    struct result r;
    crawling_preload("FALSE_NETWORK");
    snprintf(url, sizeof url, "http://public.test:%u/", site_port(s));
    run_bench(ARGS("--levels", "1,2", url), &r);
    expect_status(&r, 2);
    expect_said(&r, "--public");
    cr_expect_eq(site_hits(s, "/"), 0);
    result_free(&r);

    run_bench(ARGS("--levels", "1,2", "--public", url), &r);
    expect_status(&r, 0);
    cr_expect_eq(site_hits(s, "/"), 3);
    cr_expect_eq(site_hits(s, "/robots.txt"), 3);
    result_free(&r);
    site_close(s);
}

Test(bench, climbs_no_further_than_a_public_site_bears)
{
    static const struct site_page overloaded[] = {
        {"/", .body = "<a href=a>a</a> <a href=b>b</a>"},
        {"/a", .body = "a"},
        {"/b", 503},
    };
    struct site *s = site_open(overloaded, 3);
    char url[SITE_URL_SIZE];
    struct result r;
    crawling_preload("FALSE_NETWORK");
    snprintf(url, sizeof url, "http://public.test:%u/", site_port(s));
    run_bench(ARGS("--levels", "1..8", "--repeat", "3", "--model", "async,threads", "--public",
                   "--json", url),
              &r);
    expect_status(&r, 0);
    expect_said(&r, "at 1 in flight failed or were answered 429 or 5xx: no further");
    cr_expect_eq(site_hits(s, "/a"), 2, "learnt, and one crawl");
    cr_expect_eq(crawling_count(r.out, "\"concurrency\":"), 1, "%s", r.out);
    result_free(&r);
    site_close(s);
}

/* The processes whose parent that is. */
static size_t count_children(int pid)
{
    DIR *proc = opendir("/proc");
    size_t count = 0;
    for (struct dirent *e; (e = readdir(proc));) {
        char path[300];
        int parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = atoi(e->d_name) ? fopen(path, "r") : NULL;
        if (f && fscanf(f, "%*d (%*[^)]) %*c %d", &parent) == 1)
            count += parent == pid;
        if (f)
            fclose(f);
    }
    closedir(proc);
    return count;
}

/* The server is there before the crawl's process is. */
static void await_children(int pid, size_t count)
{
    for (double end = crawling_now() + PATIENCE; count_children(pid) != count;) {
        cr_assert_lt(crawling_now(), end, "%zu children, not %zu", count_children(pid), count);
        crawling_sleep(0.002);
    }
}

Test(bench, a_signal_ends_it_with_what_is_known)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        struct program *p = program_start(ARGS("bench", "-c", "4", "--latency", "100ms"));
        struct result r;
        await_children(program_pid(p), 2);
        program_signal(p, signals[i]);
        program_wait(p, PATIENCE, &r);
        cr_expect_eq(r.status, 128 + signals[i], "status %d", r.status);
        expect_said(&r, i ? "terminated after 0 of " : "interrupted after 0 of ");
        cr_expect_lt(r.seconds, 10);
        result_free(&r);
    }
}

/* Whether a process is there that serves so many pages. */
static bool is_served(const char *count)
{
    char command[128];
    snprintf(command, sizeof command, "pgrep -f '[s]kitter serve.*--pages %s ' >/dev/null", count);
    return system(command) == 0;
}

Test(bench, leaves_no_server_behind_when_it_is_killed)
{
    struct program *p =
        program_start(ARGS("bench", "-c", "4", "--latency", "100ms", "--pages", "271828"));
    struct result r;
    await_children(program_pid(p), 2);
    cr_assert(is_served("271828"));
    program_signal(p, SIGKILL);
    program_wait(p, PATIENCE, &r);
    result_free(&r);
    for (double end = crawling_now() + PATIENCE; is_served("271828");)
        cr_assert_lt(crawling_now(), end, "it is still there");
}

Test(bench, bad_arguments_get_one_line)
{
    static const struct {
        const char *args[5], *said;
    } rows[] = {
        {{"--levels", "0"}, "--levels 0: expected levels like 1,8,64 or 1..1024"},
        {{"--levels", "8..4"}, "--levels 8..4: expected levels"},
        {{"--levels", "1,,2"}, "expected levels"},
        {{"--levels", "70000"}, "expected levels"},
        {{"--model", "async,magic"}, "--model magic: expected async|threads|processes|sync"},
        {{"--selector", "epoll,magic"}, "--selector magic: expected epoll"},
        {{"--json", "--csv"}, "--json and --csv: one of them"},
        {{"--tolerance", "lots"}, "--tolerance lots: expected a share like 10% or 0.1"},
        {{"--compare", "/nonexistent"}, "/nonexistent"},
        {{"--svg", "/nonexistent/a.svg"}, "--svg /nonexistent/a.svg: "},
        {{"--links", "5", "http://127.0.0.1/"}, "options of the own server's site mean nothing"},
        {{"http://127.0.0.1/", "http://127.0.0.2/"}, "expected one URL"},
        {{"ftp://127.0.0.1/"}, "ftp://127.0.0.1/"},
        {{"--latency", "soon"}, "--latency soon: expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct result r;
        run_bench(rows[i].args, &r);
        cr_expect_eq(r.status, i == 9 ? 3 : 2, "%s: status %d", rows[i].said, r.status);
        cr_expect_not_null(strstr(r.err, rows[i].said), "\"%s\" is not in: %s", rows[i].said,
                           r.err);
        cr_expect_eq(crawling_count(r.err, "\n"), 1, "%s", r.err);
        cr_expect_str_empty(r.out);
        result_free(&r);
    }
}

Test(bench, a_level_beyond_the_descriptors_is_refused_by_name)
{
    struct result r;
    struct site *s = site_open(pages, PAGES);
    crawling_run_shell(s, "ulimit -n 200; $SKITTER bench -c 300", &r);
    expect_status(&r, 2);
    expect_said(&r,
                "300 in flight does not fit the descriptor limit of 200 (ulimit -Hn): at most 168");
    result_free(&r);
    crawling_run_shell(s,
                       "ulimit -n 200; $SKITTER bench -q --json --repeat 1 --pages 200 "
                       "--links 50 | grep -o '\"concurrency\":[0-9]*' | tail -n 1",
                       &r);
    cr_expect_str_eq(r.out, "\"concurrency\":128\n");
    result_free(&r);
    site_close(s);
}

Test(bench, is_compared_with_what_it_was)
{
    struct site *s = site_open(pages, PAGES);
    char *folder = crawling_folder();
    char command[1024];
    struct result r;
    snprintf(
        command, sizeof command,
        "cd %s && $SKITTER bench -q -c 4 --pages 300 --repeat 1 --json >now.json && "
        "sed 's/\"pages_per_second\":[0-9.]*/\"pages_per_second\":9e9/' now.json >fast.json && "
        "sed 's/\"pages_per_second\":[0-9.]*/\"pages_per_second\":1/;"
        "s/\"user\":[0-9.]*/\"user\":9e9/' now.json >slow.json && "
        "$SKITTER bench -q -c 4 --pages 300 --repeat 1 --compare slow.json && "
        "$SKITTER bench -q -c 4 --pages 300 --repeat 1 --compare fast.json",
        folder);
    crawling_run_shell(s, command, &r);
    expect_status(&r, 4);
    expect_said(&r, "slower");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}
