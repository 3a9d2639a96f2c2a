/* Each exit status of the program, reached. */
#include "tests/cmd/crawling.h"

#include <signal.h>

static const struct site_page pages[] = {
    {"/", .body = "<a href=/gone><a href=/ok>"},
    {"/ok", .body = "<a href=/ok2>"},
    {"/ok2"},
    {"/gone", 404},
    {"/forbidden", .body = "<a href=/limited>", .headers = ""},
    {"/limited", 429},
    {"/hang", .behaviour = SITE_HANG},
};

/* The commands are of the shell; $BASE is the site, $SKITTER the program. */
static const struct {
    const char *command;
    int status;
    const char *said; /* "": nothing at all */
} rows[] = {
    /* 0: to its end, to a limit, until the reader left */
    {"\"$SKITTER\" -q $BASE/", 0, ""},
    {"\"$SKITTER\" -q -n 1 $BASE/", 0, ""},
    {"\"$SKITTER\" -q --duration 0.2 $BASE/ok $BASE/hang", 0, ""},
    {"{ \"$SKITTER\" -q $BASE/; echo $? >&2; } | true", 0, "0\n"},
    {"\"$SKITTER\" -q -f $BASE/ok", 0, ""},
    {"\"$SKITTER\" -q -f --ok-status 404 $BASE/", 0, ""},
    {"\"$SKITTER\" -q -f --ok-status 403,404 --ok-status 999 $BASE/", 0, ""},
    {"\"$SKITTER\" -q --why $BASE/ok $BASE/", 0, ""},
    {"\"$SKITTER\" url http://a/", 0, ""},
    /* 1: nothing answered 2xx; an input is invalid, denied or would not be fetched */
    {"\"$SKITTER\" -q $BASE/gone", 1, "/gone: answered 404\n"},
    {"\"$SKITTER\" -q --why $BASE/nowhere $BASE/", 1, ""},
    {"\"$SKITTER\" -q --why $BASE/ok --exclude ok $BASE/", 1, ""},
    {"\"$SKITTER\" url http://a/ mailto:b", 1, "mailto:b: "},
    {"echo 'User-agent: *\nDisallow: /' | \"$SKITTER\" robots - http://a/", 1, ""},
    {"echo '<a href=b>' | \"$SKITTER\" links --base x:/", 1, "--base"},
    /* 2: a command line that is wrong, or no seed that is valid */
    {"\"$SKITTER\"", 2, "usage: skitter"},
    {"\"$SKITTER\" --print nothing $BASE/", 2, "--print nothing: expected found, "},
    {"\"$SKITTER\" --print ok,found $BASE/", 2, "--print: several streams need --json"},
    {"\"$SKITTER\" --json --csv $BASE/", 2, "--json, --csv, --write-out: one of them"},
    {"\"$SKITTER\" -0 --csv $BASE/", 2, "-0: "},
    {"\"$SKITTER\" -w '%{stat}' $BASE/", 2, "stat"},
    {"\"$SKITTER\" --ok-status 99 $BASE/", 2, "--ok-status 99: expected statuses"},
    {"\"$SKITTER\" --ok-status 4x4 $BASE/", 2, "--ok-status 4x4: expected statuses"},
    {"\"$SKITTER\" --report x --graph x $BASE/", 2, "--graph x: --report writes there"},
    {"\"$SKITTER\" --summary - $BASE/", 2, "--summary -: expected a file"},
    {"\"$SKITTER\" - </dev/null", 2, "standard input: no seed"},
    {"echo http://[ | \"$SKITTER\" -", 2, "standard input 1: http://["},
    /* 3: what could not be written */
    {"\"$SKITTER\" -q $BASE/ >/dev/full", 3, "standard output: No space left on device; "},
    {"\"$SKITTER\" -q --report /dev/full $BASE/", 3, "/dev/full: No space left on device; "},
    {"\"$SKITTER\" -q --summary /dev/full $BASE/", 3, "/dev/full: No space left on device; "},
    {"\"$SKITTER\" -q --graph /dev/full $BASE/", 3, "/dev/full: No space left on device; "},
    {"\"$SKITTER\" -q --write-sitemap /dev/full $BASE/", 3, "/dev/full: No space left on device"},
    {"\"$SKITTER\" -q --graph /nowhere/at/all $BASE/", 3, "--graph /nowhere/at/all: No such file"},
    {"\"$SKITTER\" -q -f -o /dev/full $BASE/", 3, "/dev/full: No space left on device; "},
    /* 4: a check failed */
    {"\"$SKITTER\" -q -f $BASE/", 4, "--fail: 1 broken, first http://127.0.0.1:"},
    {"\"$SKITTER\" -q --fail $BASE/gone", 4, "/gone: answered 404\n"},
    {"\"$SKITTER\" -q -f --ok-status 429 $BASE/", 4, "/gone: answered 404\n"},
    {"\"$SKITTER\" -q -f $BASE/ok http://[", 4, "--fail: 1 broken, first a seed\n"},
    {"\"$SKITTER\" -q -f --retry 0 -m 0.2 $BASE/ok $BASE/hang", 4, "/hang: "},
};

Test(exit_status, is_reached_as_it_is_promised)
{
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result r;
        crawling_run_shell(s, rows[i].command, &r);
        cr_expect_eq(r.status, rows[i].status, "%s: status %d: %s", rows[i].command, r.status,
                     r.err);
        if (*rows[i].said)
            cr_expect_not_null(strstr(r.err, rows[i].said), "%s: %s", rows[i].command, r.err);
        else
            cr_expect_str_eq(r.err, "", "%s: %s", rows[i].command, r.err);
        result_free(&r);
    }
    site_close(s);
}

Test(exit_status, of_a_signal_is_that_of_the_shell_and_what_is_known_is_written)
{
    static const struct {
        int signal, status;
    } signals[] = {{SIGINT, 130}, {SIGTERM, 143}};
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(signals); i++) {
        static const char *const args[] = {"-q", "-f", "--json", "{{BASE}}/", "{{BASE}}/hang",
                                           NULL};
        struct program *p = crawling_start(s, args);
        struct result r;
        crawling_await_hits(s, "/ok2", i + 1);
        crawling_await_hits(s, "/hang", i + 1);
        program_signal(p, signals[i].signal);
        program_wait(p, PATIENCE, &r);
        expect_status(&r, signals[i].status);
        cr_expect_eq(crawling_lines(r.out), 4, "%s", r.out);
        result_free(&r);
    }
    site_close(s);
}
