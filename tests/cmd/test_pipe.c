/* Records in pipes: whole whatever happens, in every form. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { PAGES = 40, LINKS = 25 };

/* A site whose pages link to each other; their URLs are long, so that many records fill a pipe. */
struct web {
    struct site_page pages[PAGES];
    char paths[PAGES][256], *bodies[PAGES];
    struct site *site;
};

static void web_open(struct web *w)
{
    for (int i = 0; i < PAGES; i++)
        snprintf(w->paths[i], sizeof w->paths[i], "/%0*d", i ? 120 + i : 1, i);
    for (int i = 0; i < PAGES; i++) {
        char *end = w->bodies[i] = malloc(LINKS * 300 + 64);
        end += sprintf(end, "<title>Page %d, \"quoted\"</title>", i);
        for (int k = 1; k <= LINKS; k++)
            end += sprintf(end, "<a href=%s>", w->paths[(i + k * k) % PAGES]);
        w->pages[i] = (struct site_page){w->paths[i], .body = w->bodies[i]};
    }
    w->site = site_open(w->pages, PAGES);
}

static void web_close(struct web *w)
{
    site_close(w->site);
    for (int i = 0; i < PAGES; i++)
        free(w->bodies[i]);
}

/* What the records of a form end in. */
static const struct {
    const char *args, *end;
} forms[] = {
    {"", "\n"},
    {"--print edges", "\n"},
    {"--json --print found,visited,edges", "}\n"},
    {"--csv", "\r\n"},
    {"-w 'a %{url}\\nb %{status}'", "\nb 200\n"},
};

Test(pipe, whose_reader_takes_three_records_ends_at_once_and_quietly_with_0)
{
    struct web w;
    web_open(&w);
    for (size_t i = 0; i < COUNT(forms); i++) {
        char command[512];
        struct result r;
        snprintf(command, sizeof command,
                 "BASE=$BASE bash -c 'set -o pipefail; \"$SKITTER\" -q %s $BASE/0 | head -n 3'",
                 strchr(forms[i].args, '\'') ? "-w \"a %{url}\\nb %{status}\"" : forms[i].args);
        crawling_run_shell(w.site, command, &r);
        expect_status(&r, 0);
        cr_expect_str_eq(r.err, "", "%s", forms[i].args);
        cr_expect_eq(crawling_lines(r.out), 3, "%s: %s", forms[i].args, r.out);
        result_free(&r);
    }
    web_close(&w);
}

/* Kills the program once it has written some of its records, which nobody reads meanwhile. */
static void kill_when_written(struct web *w, const char *args, double later, struct result *r)
{
    char command[512];
    snprintf(command, sizeof command, "exec \"$SKITTER\" -q -c 4 %s $BASE/0", args);
    struct program *p = crawling_start_shell(w->site, command);
    crawling_await_hits(w->site, w->paths[1], 1);
    crawling_sleep(later);
    program_signal(p, SIGKILL);
    program_wait(p, PATIENCE, r);
}

Test(pipe, holds_whole_records_whenever_the_program_is_killed)
{
    for (size_t i = 0; i < COUNT(forms); i++) {
        for (int k = 0; k < 6; k++) {
            struct web w;
            struct result r;
            web_open(&w);
            kill_when_written(&w, forms[i].args, k * 0.002, &r);
            size_t end = strlen(forms[i].end);
            cr_expect(r.out_size == 0 || (r.out_size >= end &&
                                          memcmp(r.out + r.out_size - end, forms[i].end, end) == 0),
                      "%s, killed after %d ms: %s", forms[i].args, 2 * k,
                      r.out + (r.out_size > 300 ? r.out_size - 300 : 0));
            result_free(&r);
            web_close(&w);
        }
    }
}

/* The number of records, each of which is to begin like that. */
static size_t records(const char *text, const char *begin)
{
    size_t count = 0;
    for (const char *end; (end = strchr(text, '\n')); text = end + 1, count++)
        cr_assert_eq(strncmp(text, begin, strlen(begin)), 0, "%.100s", text);
    cr_expect_eq(*text, '\0', "the last one has no end");
    return count;
}

Test(pipe, that_is_read_slowly_gets_every_edge_in_json)
{
    struct web w;
    struct result r;
    web_open(&w);
    crawling_run_shell(w.site,
                       "\"$SKITTER\" -q --json --print edges $BASE/0 | "
                       "while IFS= read -r line; do printf '%s\\n' \"$line\"; done",
                       &r);
    cr_expect_eq(records(r.out, "{\"v\":1,\"type\":\"link\",\"from\":\"http://"), PAGES * LINKS);
    result_free(&r);
    web_close(&w);
}
