/* What the machine does to a crawl, H092 to H105 of the hostile rows. Some are tested elsewhere:
 *
 *     H092  a reader that leaves                  test_output.c: reader
 *     H093  a full disk, a file size limit        test_output.c: output, output_file
 *     H097  SIGINT and SIGTERM, once and twice    test_end.c: signal
 *     H102  a network that is away for a while    test_polite.c: polite
 *     H104  arguments that are no URLs            test_input.c: command_line, seeds
 *
 * H098, H099 and H100 are about a state on disk, which there is none of yet. */
#include "tests/cmd/crawling.h"

#include <signal.h>
#include <stdio.h>

#define PAGES 40

/* A page / that links to /01 ... /40, which link to nothing. */
struct flat_site {
    struct site_page pages[PAGES + 1];
    char paths[PAGES + 1][8], body[1024];
    struct site *site;
};

static struct site *flat_site_open(struct flat_site *f, struct site_page like)
{
    char *end = f->body;
    f->pages[0] = (struct site_page){"/", .body = f->body};
    for (size_t i = 1; i <= PAGES; i++) {
        sprintf(f->paths[i], "/%02zu", i);
        end += sprintf(end, "<a href=%s>", f->paths[i]);
        f->pages[i] = like;
        f->pages[i].path = f->paths[i];
    }
    return site_open(f->pages, PAGES + 1);
}

/* Whether the program is built so that it needs more of everything. */
static bool is_instrumented(void)
{
    return AT_ONCE > 1;
}

/* --- H093 --- */

Test(standard_error, that_is_full_or_closed_changes_nothing)
{
    static const char *const commands[] = {
        "exec \"$SKITTER\" $BASE/ -v 2>/dev/full",
        "exec \"$SKITTER\" $BASE/ -v 2>&-",
    };
    struct flat_site f;
    struct site *s = flat_site_open(&f, (struct site_page){.body = ""});
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct result r;
        crawling_run_shell(s, commands[i], &r);
        cr_expect_eq(r.status, 0, "%s: status %d", commands[i], r.status);
        cr_expect_eq(crawling_lines(r.out), PAGES + 1, "%s: %s", commands[i], r.out);
        result_free(&r);
    }
    site_close(s);
}

/* --- H094 --- */

Test(descriptors, that_are_few_make_the_crawl_smaller_and_lose_nothing)
{
    static const unsigned limits[] = {15, 20, 40, 64};
    static const char *const options[] = {"", "--isolate", "-i /dev/null"};
    struct flat_site f;
    struct site *s = flat_site_open(&f, (struct site_page){.body = ""});
    for (size_t i = 0; i < COUNT(limits) * COUNT(options); i++) {
        char command[128];
        struct result r;
        snprintf(command, sizeof command, "ulimit -n %u; exec \"$SKITTER\" $BASE/ %s",
                 limits[i / COUNT(options)], options[i % COUNT(options)]);
        crawling_run_shell(s, command, &r);
        cr_expect_eq(r.status, 0, "%s: status %d: %s", command, r.status, r.err);
        expect_said(&r, "skitter: 41 2xx\n");
        cr_expect_eq(crawling_lines(r.out), PAGES + 1, "%s: %s", command, r.err);
        result_free(&r);
    }
    site_close(s);
}

/* The connections to them all are kept alive, and idle. */
Test(descriptors, that_are_fewer_than_hosts_lose_nothing)
{
    static const unsigned limits[] = {20, 40, 64, 128};
    static const struct site_page pages[] = {{"/", .body = "<a href=/a>"}, {"/a"}};
    enum { HOSTS = 150 };
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), text[HOSTS * 40], *end = text;
    for (int i = 0; i < HOSTS; i++)
        end += sprintf(end, "http://h%d.localhost:%u/\n", i, site_port(s));
    crawling_write_file(folder, "seeds", text);
    for (size_t i = 0; i < COUNT(limits); i++) {
        char command[256];
        struct result r;
        snprintf(command, sizeof command, "ulimit -n %u; exec \"$SKITTER\" -i %s/seeds --retry 0",
                 limits[i], folder);
        crawling_run_shell(s, command, &r);
        cr_expect_eq(r.status, 0, "%s: status %d: %.2000s", command, r.status, r.err);
        cr_expect_eq(crawling_lines(r.out), 2 * HOSTS, "%s: %.2000s", command, r.err);
        expect_said(&r, "skitter: 300 2xx\n");
        result_free(&r);
    }
    crawling_remove_folder(folder);
    site_close(s);
}

Test(descriptors, that_are_too_few_for_what_was_asked_are_named)
{
    static const struct {
        const char *command, *said;
    } cases[] = {
        {"ulimit -n 20; exec \"$SKITTER\" $BASE/ -c 8",
         "-c 8 does not fit the descriptor limit of 20 (ulimit -Hn): at most 2"},
        {"ulimit -n 100; exec \"$SKITTER\" $BASE/ -c 100", "-c 100 does not fit"},
        {"ulimit -n 12; exec \"$SKITTER\" $BASE/",
         "-c 32 does not fit the descriptor limit of 12 (ulimit -Hn): at most 0"},
    };
    struct flat_site f;
    struct site *s = flat_site_open(&f, (struct site_page){.body = ""});
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        crawling_run_shell(s, cases[i].command, &r);
        expect_status(&r, 2);
        expect_said(&r, cases[i].said);
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err);
        result_free(&r);
    }
    expect_fetched(s, "");
    site_close(s);
}

/* --- H095 --- */

/* Whether each line of the output is one that the reference has too. */
static bool is_part_of(const char *out, const char *reference)
{
    for (const char *end; *out; out = end + 1) {
        end = strchr(out, '\n');
        if (!end || !memmem(reference, strlen(reference), out, (size_t)(end + 1 - out)))
            return false;
    }
    return true;
}

static void run_without_memory(struct site *s, unsigned long at, bool others, const char *reference)
{
    char number[32];
    struct result r;
    sprintf(number, "%lu", at);
    setenv("FAIL_MALLOC_AT", number, 1);
    crawling_run(s, ARGS("{{BASE}}/", "-q", "-m", "300ms", "--retry", "0"), &r);
    cr_expect(r.status == 0 || r.status == 1 || r.status == 3, "%s%s: status %d: %s", number,
              others ? " and on" : "", r.status, r.err);
    cr_expect(is_part_of(r.out, reference), "%s: %s", number, r.out);
    cr_expect(r.status == 0 || strstr(r.err, "skitter: "), "%s: it says \"%s\"", number, r.err);
    cr_expect_lt(r.seconds, 2 + AT_ONCE, "%s: %g s", number, r.seconds);
    result_free(&r);
}

/* A sample of the allocations of a whole crawl, libcurl's and libxml2's among them. */
Test(memory, that_is_not_to_be_had_for_a_moment_or_any_more_is_a_clean_error)
{
    enum { POINTS = 40 };
    if (is_instrumented())
        cr_skip("sanitizers bring their own malloc");
    struct flat_site f;
    struct site *s = flat_site_open(&f, (struct site_page){.body = "<a href=/>"});
    char *folder = crawling_folder(), file[256];
    struct result all;
    snprintf(file, sizeof file, "%s/count", folder);
    crawling_preload("FAILING_MALLOC");
    setenv("FAIL_MALLOC_COUNT", file, 1);
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &all);
    unsetenv("FAIL_MALLOC_COUNT");
    char *text = crawling_read_file(folder, "count");
    cr_assert_not_null(text);
    unsigned long count = strtoul(text, NULL, 10);
    cr_assert_gt(count, 1000, "%lu allocations", count);
    for (unsigned long i = 0; i < POINTS; i++)
        run_without_memory(s, 1 + i * count / POINTS, false, all.out);
    setenv("FAIL_MALLOC_ON", "1", 1);
    for (unsigned long i = 0; i < POINTS; i += 2)
        run_without_memory(s, 1 + i * count / POINTS, true, all.out);
    unsetenv("LD_PRELOAD");
    free(text);
    result_free(&all);
    crawling_remove_folder(folder);
    site_close(s);
}

/* --- H096 --- */

Test(stack_and_address_space, that_are_small_suffice)
{
    const char *limits[] = {is_instrumented() ? "ulimit -s 1024" : "ulimit -s 256",
                            "ulimit -v 524288"};
    static const char *const options[] = {"", "--parser gumbo", "--isolate"};
    struct site_page pages[] = {{"/deep"}, {"/end"}};
    enum { DEPTH = 10000 };
    char *body = malloc(DEPTH * 5 + 32);
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(body + i * 5, "<div>", 5);
    strcpy(body + DEPTH * 5, "<a href=/end>");
    pages[0].body = body;
    struct site *s = site_open(pages, COUNT(pages));
    for (size_t i = 0; i < COUNT(limits) * COUNT(options); i++) {
        char command[128];
        struct result r;
        if (i / COUNT(options) == 1 && is_instrumented())
            continue; /* their shadow takes more address space than that */
        snprintf(command, sizeof command, "%s; exec \"$SKITTER\" $BASE/deep %s -v",
                 limits[i / COUNT(options)], options[i % COUNT(options)]);
        crawling_run_shell(s, command, &r);
        cr_expect_eq(r.status, 0, "%s: status %d: %s", command, r.status, r.err);
        expect_found(s, &r, "/deep /end");
        result_free(&r);
    }
    site_close(s);
    free(body);
}

/* --- H101 --- */

Test(process, that_is_stopped_for_a_while_goes_on_where_it_was)
{
    struct flat_site f;
    struct site *s = flat_site_open(&f, (struct site_page){.body = "", .delay = 0.05});
    struct program *p = crawling_start(s, ARGS("{{BASE}}/", "-c4", "-m1", "--connect-timeout=1"));
    struct result r;
    crawling_await_hits(s, "/02", 1);
    program_signal(p, SIGSTOP);
    crawling_sleep(2);
    program_signal(p, SIGCONT);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    expect_said(&r, ": complete");
    expect_said(&r, "skitter: 41 2xx");
    cr_expect_eq(crawling_lines(r.out), PAGES + 1);
    result_free(&r);
    site_close(s);
}

/* --- H103 --- */

/* Turkish has two letters i, and neither is the other's upper case: what folds case by the locale
 * would not know these tags, directives and names any more. */
Test(locale, and_time_zone_change_nothing)
{
    static const struct site_page pages[] = {
        {"/robots.txt", .type = "TEXT/PLAIN", .body = "USER-AGENT: SKITTER\nDISALLOW: /I/no"},
        {"/", .type = "TEXT/HTML; CHARSET=ISO-8859-9",
         .body = "<IFRAME SRC=/I></IFRAME><A HREF=/i TITLE=I>I</A><LINK REL=LICENSE HREF=/l>"
                 "<A HREF=/I/no>I</A><A HREF=/\xfd?\xdd>I</A>"},
    };
    static const char *const settings[] = {
        "LC_ALL=C",
        "LC_ALL=tr_TR.UTF-8",
        "LC_ALL=no_SUCH.LOCALE",
        "LC_ALL= LANG=tr_TR.UTF-8 LC_CTYPE=",
        "TZ=../../etc/passwd",
        "TZ=Pacific/Kiritimati",
        "TZ=XYZ-24:59:59",
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result made;
    char expected[128];
    sprintf(expected, "/ /%%C4%%B1?%%DD /I /I/no /i /l http://localhost:%u/I", site_port(s));
    crawling_run_shell(NULL,
                       "d=$(mktemp -d); echo $d;"
                       "localedef -i tr_TR -f UTF-8 $d/tr_TR.UTF-8 2>&1",
                       &made);
    char *folder = strtok(made.out, "\n");
    if (made.status != 0)
        printf("no Turkish locale can be made here\n");
    for (size_t i = 0; i < COUNT(settings); i++) {
        char command[512];
        struct result r;
        snprintf(command, sizeof command,
                 "LOCPATH=%s %s exec \"$SKITTER\" -q $BASE/ HTTP://LOCALHOST:${BASE##*:}/I",
                 is_instrumented() ? "" : folder, /* glibc leaks it */ settings[i]);
        crawling_run_shell(s, command, &r);
        cr_expect_eq(r.status, 0, "%s: status %d: %s", settings[i], r.status, r.err);
        expect_text(crawling_found(s, &r), expected, settings[i]);
        result_free(&r);
    }
    cr_expect_eq(site_hits(s, "/I/no"), 0);
    char *command;
    struct result removed;
    if (asprintf(&command, "rm -rf %s", folder) < 0)
        abort();
    crawling_run_shell(NULL, command, &removed);
    result_free(&removed);
    free(command);
    result_free(&made);
    site_close(s);
}

/* --- H104, H105 --- */

Test(seeds, hold_blanks_and_control_bytes_as_a_browser_takes_them)
{
    static const struct site_page pages[] = {{"/a%20b"}, {"/%01%1B[31m"}, {"/ab"}, {"/?%7F"}};
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;
    crawling_run(s,
                 ARGS(" {{BASE}}/a b ", "{{BASE}}/\x01\x1b[31m", "{{BASE}}/a\r\n\tb",
                      "{{BASE}}/?\x7f", "-q"),
                 &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/%01%1B[31m /?%7F /a%20b /ab");
    expect_fetched(s, "/%01%1B[31m /?%7F /a%20b /ab");
    result_free(&r);
    site_close(s);
}

Test(seeds, of_which_one_in_a_hundred_is_bad_are_crawled_but_for_that)
{
    static char base[SITE_URL_SIZE];
    static const struct {
        const char *base, *path, *said;
    } cases[] = {
        {"http://", "[", "/seeds 51: http://[: "},
        {"http://127.0.0.1:1", "/", "http://127.0.0.1:1/: connect: "},
        {base, "/no", "skitter: 99 2xx, 1 5xx"},
    };
    static struct site_page pages[101];
    static char paths[100][16];
    for (size_t i = 0; i < 100; i++) {
        sprintf(paths[i], "/%zu", i);
        pages[i].path = paths[i];
    }
    pages[100] = (struct site_page){"/no", 500};
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), file[256], text[8192];
    snprintf(file, sizeof file, "%s/seeds", folder);
    site_url(s, "", base);
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct result r;
        char *end = text;
        for (size_t i = 0; i < 100; i++) {
            bool bad = i == 50;
            end +=
                sprintf(end, "%s%s\n", bad ? cases[k].base : base, bad ? cases[k].path : paths[i]);
        }
        crawling_write_file(folder, "seeds", text);
        crawling_run(s, ARGS("-i", file, "--retry=0"), &r);
        expect_status(&r, 0);
        expect_said(&r, cases[k].said);
        expect_said(&r, "skitter: 99 2xx");
        result_free(&r);
    }
    crawling_remove_folder(folder);
    site_close(s);
}
