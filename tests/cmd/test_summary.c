/* --summary FILE: what a crawl came to, for programs. */
#include "tests/cmd/crawling.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static const struct site_page pages[] = {
    {"/", .body = "<a href=/a><a href=/missing><a href=/moved><a href=/close><a href=/no>"
                  "<a href=/out><a href=http://other.test/><a href=http://other.test/2>"
                  "<a href=/d rel=nofollow>"},
    {"/a"},
    {"/missing", .status = 404},
    {"/moved", .status = 301, .headers = "Location: {{BASE}}/a\r\n"},
    {"/close", .behaviour = SITE_CLOSE},
    {"/robots.txt", .type = "text/plain", .body = "User-agent: *\nDisallow: /no\n"},
    {"/hang", .behaviour = SITE_HANG},
};

/* Runs a crawl with --summary, and returns what was written. */
static char *run_summary(struct site *s, const char *const args[])
{
    char *folder = crawling_folder(), path[256];
    const char *all[16] = {"-q", "--retries=0", "--summary", path};
    struct result r;

    snprintf(path, sizeof path, "%s/summary", folder);
    for (size_t i = 0; args[i]; i++)
        all[4 + i] = args[i];
    crawling_run(s, all, &r);
    result_free(&r);
    char *text = crawling_read_file(folder, "summary");
    cr_assert_not_null(text, "there is no summary");
    crawling_remove_folder(folder);
    return text;
}

/* Takes a member's value, up to the next comma, out of the text. */
static void take_value(char *text, const char *name, char value[64])
{
    char *at = strstr(text, name);
    cr_assert_not_null(at, "no %s: %s", name, text);
    at += strlen(name);
    size_t length = strcspn(at, ",");
    cr_assert_lt(length, 64);
    memcpy(value, at, length);
    value[length] = '\0';
    memmove(at, at + length, strlen(at + length) + 1);
}

Test(summary, is_one_object_with_every_figure)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *text = run_summary(s, ARGS("{{BASE}}/", "--exclude", "/out")), expected[2048], value[64];
    struct tm utc = {0};

    take_value(text, "\"started\":", value);
    char *end = strptime(value, "\"%Y-%m-%dT%H:%M:%SZ\"", &utc);
    cr_expect(end && !*end, "%s", value);
    cr_expect_lt(labs((long)(time(NULL) - timegm(&utc))), 120, "%s", value);
    take_value(text, "\"seconds\":", value);
    double seconds = strtod(value, &end);
    cr_expect(!*end && seconds > 0 && seconds < 60, "%s", value);
    take_value(text, "\"pages_per_second\":", value);
    cr_expect_float_eq(strtod(value, &end) * seconds, 5, 0.01);
    snprintf(expected, sizeof expected,
             "{\"v\":1,\"type\":\"summary\",\"complete\":true,\"started\":,\"seconds\":,"
             "\"pages_per_second\":,\"scope\":{\"mode\":\"host\",\"names\":[\"127.0.0.1:%u\"]},"
             "\"pages\":5,\"bytes\":%zu,\"found\":7,\"followed\":5,"
             "\"refused\":{\"scope\":2,\"exclude\":1,\"include\":0,\"depth\":0,\"robots\":1,"
             "\"nofollow\":1,\"private\":0,\"trap\":0,\"limit\":0},"
             "\"traps\":{\"max_url\":0,\"max_repeats\":0,\"max_params\":0,\"max_sessions\":0,"
             "\"max_similar\":0,\"max_hosts\":0},"
             "\"statuses\":{\"none\":1,\"1xx\":0,\"2xx\":2,\"3xx\":1,\"4xx\":1,\"5xx\":0},"
             "\"errors\":{\"dns\":0,\"connect\":0,\"tls\":0,\"timeout\":0,\"reset\":1,\"http\":0,"
             "\"decode\":0,\"redirects\":0,\"too_large\":0,\"private\":0},"
             "\"retries\":0,\"truncated\":0,\"unparsed\":0}\n",
             site_port(s), strlen(pages[0].body));
    cr_expect_str_eq(text, expected, "%s\ninstead of: %s", text, expected);
    free(text);
    site_close(s);
}

static void expect_member(const char *text, const char *member)
{
    cr_expect_not_null(strstr(text, member), "%s is not in: %s", member, text);
}

Test(summary, says_what_stopped_the_crawl)
{
    static const struct {
        const char *option, *member;
    } rows[] = {
        {"-n1", "\"complete\":false,\"stopped\":\"max_pages\","},
        {"--quota=1", "\"complete\":false,\"stopped\":\"quota\","},
        {"--duration=0.1", "\"complete\":false,\"stopped\":\"duration\","},
    };
    struct site *s = site_open(pages, COUNT(pages));

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *seed = i == 2 ? "{{BASE}}/hang" : "{{BASE}}/";
        char *text = run_summary(s, ARGS(seed, rows[i].option));
        expect_member(text, rows[i].member);
        free(text);
    }
    site_close(s);
}

Test(summary, is_written_after_a_signal_too)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), path[256];
    struct result r;

    snprintf(path, sizeof path, "%s/summary", folder);
    struct program *p = crawling_start(s, ARGS("{{BASE}}/hang", "--summary", path));
    crawling_await_hits(s, "/hang", 1);
    program_signal(p, SIGINT);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 130);
    char *text = crawling_read_file(folder, "summary");
    cr_assert_not_null(text);
    expect_member(text, "\"complete\":false,\"stopped\":\"interrupted\",");
    free(text);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(summary, names_its_scope)
{
    struct site *s = site_open(pages, COUNT(pages));
    char expected[128];
    char *text = run_summary(s, ARGS("{{BASE}}/a", "--scope=any"));

    expect_member(text, "\"scope\":{\"mode\":\"any\",\"names\":[]},");
    free(text);
    text = run_summary(s, ARGS("{{BASE}}/a", "--scope=prefix", "-D", "other.test"));
    snprintf(expected, sizeof expected,
             "\"scope\":{\"mode\":\"prefix\",\"names\":[\".other.test\",\"127.0.0.1:%u/\"]},",
             site_port(s));
    expect_member(text, expected);
    free(text);
    site_close(s);
}
