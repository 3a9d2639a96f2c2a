/* Where the results go: pipes, files, readers that are slow or leave, and what cannot be written.
 */
#include "tests/cmd/crawling.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct site_page small[] = {
    {"/", .body = "<a href=/a><a href=/b>"},
    {"/a"},
    {"/b"},
    {"/hang", .behaviour = SITE_HANG},
};

Test(output, ends_records_in_nul_where_asked)
{
    struct site *s = site_open(small, COUNT(small));
    char expected[128];
    int n = sprintf(expected, "http://127.0.0.1:%u/%chttp://127.0.0.1:%u/a%c", site_port(s), 0,
                    site_port(s), 0);
    static const char *const options[] = {"-0", "--null"};
    for (size_t i = 0; i < COUNT(options); i++) {
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", options[i]), &r);
        cr_expect_eq(memchr(r.out, '\n', r.out_size), NULL);
        cr_assert_gt(r.out_size, (size_t)n);
        cr_expect_eq(memcmp(r.out, expected, (size_t)n), 0);
        cr_expect_eq(r.out[r.out_size - 1], '\0');
        result_free(&r);
    }
    site_close(s);
}

Test(output, holds_results_alone)
{
    struct site *s = site_open(small, COUNT(small));
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-v", "{{BASE}}/missing"), &r);
    expect_found(s, &r, "/ /a /b /missing");
    cr_expect_eq(crawling_lines(r.out), 4);
    result_free(&r);
    crawling_run(s, ARGS("{{BASE}}/", "-q"), &r);
    cr_expect_str_empty(r.err);
    result_free(&r);
    site_close(s);
}

/* --- -o --- */

static char *file_in(const char *folder, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

Test(output_file, is_written_beside_its_place_and_renamed_at_the_end)
{
    struct site *s = site_open(small, COUNT(small));
    char *folder = crawling_folder(), path[256], part[256];
    struct result r;
    struct stat st;
    struct program *p = crawling_start(s, ARGS("{{BASE}}/hang", "-o", file_in(folder, "f", path)));
    crawling_await_hits(s, "/hang", 1);
    cr_expect_neq(stat(path, &st), 0, "it is there before the end");
    cr_expect_eq(stat(file_in(folder, "f.part", part), &st), 0);
    program_signal(p, SIGTERM);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 143);
    cr_expect_str_empty(r.out);
    cr_expect_neq(stat(part, &st), 0, "the part is left");
    free(r.out);
    r.out = crawling_read_file(folder, "f");
    cr_assert_not_null(r.out, "a first signal loses the file");
    expect_found(s, &r, "/hang");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(output_file, is_complete_after_a_limit_and_keeps_its_mode)
{
    struct site *s = site_open(small, COUNT(small));
    char *folder = crawling_folder(), path[256];
    struct result r;
    struct stat st;
    crawling_write_file(folder, "f", "former content\n");
    chmod(file_in(folder, "f", path), 0640);
    crawling_run(s, ARGS("{{BASE}}/", "-n1", "--output", path), &r);
    expect_status(&r, 0);
    free(r.out);
    r.out = crawling_read_file(folder, "f");
    expect_found(s, &r, "/ /a /b");
    cr_expect_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0640);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(output_file, stays_as_its_part_and_is_named_at_a_second_signal)
{
    struct site *s = site_open(small, COUNT(small));
    char *folder = crawling_folder(), path[256];
    struct result r;
    crawling_write_file(folder, "f", "former content\n");
    struct program *p = crawling_start(s, ARGS("{{BASE}}/hang", "-o", file_in(folder, "f", path)));
    crawling_await_hits(s, "/hang", 1);
    program_signal(p, SIGINT);
    crawling_sleep(0.1);
    program_signal(p, SIGINT);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 130);
    expect_said(&r, "/f.part");
    expect_text(crawling_read_file(folder, "f"), "former content\n", "the file");
    free(r.out);
    r.out = crawling_read_file(folder, "f.part");
    expect_found(s, &r, "/hang");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(output_file, that_is_no_file_is_written_directly)
{
    struct site *s = site_open(small, COUNT(small));
    struct result r;
    crawling_run_shell(s, "\"$SKITTER\" $BASE/ -q -o /dev/stdout | cat", &r);
    expect_found(s, &r, "/ /a /b");
    result_free(&r);
    crawling_run(s, ARGS("{{BASE}}/", "-q", "-o", "/dev/null"), &r);
    expect_status(&r, 0);
    result_free(&r);
    site_close(s);
}

Test(output_file, that_cannot_be_written_is_refused_before_anything_is_fetched)
{
    struct site *s = site_open(small, COUNT(small));
    static const char *const paths[] = {"/nowhere/file", "/tmp", "/proc/version", ""};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct result r;
        crawling_run(s, ARGS("{{BASE}}/", "-o", paths[i]), &r);
        cr_expect(r.status == 3 || r.status == 2, "%s: status %d", paths[i], r.status);
        cr_expect_eq(crawling_lines(r.err), 1, "%s: %s", paths[i], r.err);
        expect_said(&r, "-o");
        result_free(&r);
    }
    expect_fetched(s, "");
    site_close(s);
}

/* --- what cannot be written --- */

Test(output, that_cannot_be_written_is_status_3_and_the_loss_is_said)
{
    struct site *s = site_open(small, COUNT(small));
    static const char *const commands[] = {
        "exec \"$SKITTER\" $BASE/ >/dev/full",
        "exec \"$SKITTER\" $BASE/ -o /dev/full",
        "exec \"$SKITTER\" $BASE/ >&-",
        "exec \"$SKITTER\" $BASE/ </dev/null >&- 0<&-",
        "exec \"$SKITTER\" $BASE/ -q >/dev/full",
        "exec \"$SKITTER\" $BASE/hang >/dev/full", /* does not wait for the rest */
    };
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct result r;
        crawling_run_shell(s, commands[i], &r);
        cr_expect_eq(r.status, 3, "%s: status %d", commands[i], r.status);
        expect_said(&r, "records were lost");
        expect_said(&r, i == 2 || i == 3 ? "Bad file descriptor" : "No space left on device");
        cr_expect_lt(r.seconds, 4 * AT_ONCE, "%s: %g s", commands[i], r.seconds);
        result_free(&r);
    }
    site_close(s);
}

/* A disk that fills up, as a limit of the file's size. */
Test(output_file, that_does_not_fit_stays_as_its_part_and_the_loss_is_said)
{
    static char body[32 * 1024];
    static const struct site_page pages[] = {{"/", .body = body}};
    char *folder = crawling_folder(), path[256], *end = body;
    for (int i = 0; i < 1000; i++)
        end += sprintf(end, "<a href=/%04d>\n", i);
    struct site *s = site_open(pages, 1);
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 16 * 1024;
    setrlimit(RLIMIT_FSIZE, &limit);
    struct result r;
    crawling_run(s, ARGS("{{BASE}}/", "-n1", "-o", file_in(folder, "f", path)), &r);
    expect_status(&r, 3);
    expect_said(&r, "/f: File too large; ");
    expect_said(&r, "records were lost; the others are in ");
    char *part = crawling_read_file(folder, "f.part");
    const char *said = strstr(r.err, "too large; ");
    cr_assert(part && *part && said);
    cr_expect_eq(part[strlen(part) - 1], '\n', "the last record is not whole");
    cr_expect_eq(crawling_lines(part) + (size_t)atoi(said + 11), 1001);
    free(part);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

/* --- readers that leave --- */

Test(reader, that_leaves_ends_the_program_at_once_and_quietly)
{
    static const char *const seeds[] = {"{{BASE}}/hang",
                                        "{{BASE}}/"}; /* the second one writes on */
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/hang><a href=/busy1>"},
        {"/hang", .behaviour = SITE_HANG},
        {"/busy1", .body = "<a href=/busy2>", .delay = 0.1},
        {"/busy2", .body = "<a href=/busy3>", .delay = 0.1},
        {"/busy3", .body = "<a href=/busy4>", .delay = 0.1},
    };
    for (size_t i = 0; i < COUNT(seeds); i++) {
        struct site *s = site_open(pages, COUNT(pages));
        struct program *p = crawling_start(s, ARGS(seeds[i]));
        struct result r;
        crawling_await_hits(s, "/hang", 1);
        program_close_output(p);
        double left = crawling_now();
        program_wait(p, PATIENCE, &r);
        double late = crawling_now() - left;
        cr_expect_lt(late, AT_ONCE, "%g s", late);
        expect_status(&r, 0);
        cr_expect_eq(crawling_lines(r.err), 1, "%s", r.err); /* the scope, said at the start */
        result_free(&r);
        site_close(s);
    }
}

Test(reader, that_takes_one_line_gets_it_and_the_pipeline_ends)
{
    struct site *s = site_open(small, COUNT(small));
    struct result r;
    crawling_run_shell(s, "{ \"$SKITTER\" $BASE/hang; echo $? >&2; } | head -n 1", &r);
    cr_expect_lt(r.seconds, 2 * AT_ONCE, "%g s", r.seconds);
    expect_found(s, &r, "/hang");
    expect_said(&r, "\n0\n");
    result_free(&r);
    site_close(s);
}

/* --- readers that are slow --- */

enum { WIDE_PAGES = 60, WIDE_LINKS = 1000 };

/* A page / that leads to others, each with a thousand links that are two hundred bytes long: about
 * 14 MB of results. */
struct wide_site {
    struct site_page pages[WIDE_PAGES + 1];
    char paths[WIDE_PAGES + 1][8], *bodies[WIDE_PAGES + 1];
};

static struct site *wide_site_open(struct wide_site *w)
{
    static char filler[201];
    memset(filler, 'x', sizeof filler - 1);
    char *end = w->bodies[0] = malloc(WIDE_PAGES * 32);
    for (int i = 1; i <= WIDE_PAGES; i++) {
        sprintf(w->paths[i], "/%d", i);
        end += sprintf(end, "<a href=%s>", w->paths[i]);
        char *link = w->bodies[i] = malloc(WIDE_LINKS * 256);
        for (int k = 0; k < WIDE_LINKS; k++)
            link += sprintf(link, "<a href=/%d/%d?%s>", i, k, filler);
        w->pages[i] = (struct site_page){w->paths[i], .body = w->bodies[i]};
    }
    w->pages[0] = (struct site_page){"/", .body = w->bodies[0]};
    return site_open(w->pages, WIDE_PAGES + 1);
}

static void wide_site_close(struct wide_site *w, struct site *s)
{
    site_close(s);
    for (int i = 0; i <= WIDE_PAGES; i++)
        free(w->bodies[i]);
}

static size_t requests(struct site *s)
{
    size_t n = 0;
    while (site_requests(s, n))
        n++;
    return n;
}

/* Waits until nothing is requested any more, for so long. Returns how much was. */
static size_t requests_at_rest(struct site *s)
{
    size_t former, n = 0;
    do {
        former = n;
        crawling_sleep(0.3);
        n = requests(s);
    } while (n != former || n == 0);
    return n;
}

Test(reader, that_is_slow_pauses_the_crawl_and_loses_repeats_and_reorders_nothing)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    struct result quick, slow;
    crawling_run(s, ARGS("{{BASE}}/", "-l1", "-c1", "-q"), &quick);
    size_t all = requests(s);
    cr_expect_eq(all, WIDE_PAGES + 2);
    cr_expect_eq(crawling_lines(quick.out), 1 + WIDE_PAGES + WIDE_PAGES * WIDE_LINKS);

    struct program *p = crawling_start(s, ARGS("{{BASE}}/", "-l1", "-c1", "-q"));
    size_t paused = requests_at_rest(s) - all;
    cr_expect_lt(paused, all / 2, "%zu of %zu requests without a reader", paused, all);
    size_t memory = crawling_memory(program_pid(p), "VmRSS");
    cr_expect_lt(memory, (AT_ONCE > 0.5 ? 400u : 40u) * 1024, "%zu KiB", memory);
    program_wait(p, PATIENCE, &slow);
    expect_status(&slow, 0);
    cr_expect_eq(slow.out_size, quick.out_size);
    cr_expect_eq(strcmp(slow.out, quick.out), 0, "it is not what a quick reader gets");
    result_free(&slow);
    result_free(&quick);
    wide_site_close(&w, s);
}

/* All of them come at the end, in one go. */
Test(reader, that_is_slow_gets_sorted_records_as_it_takes_them)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    struct result quick, slow;
    crawling_run(s, ARGS("{{BASE}}/", "-l1", "-q", "--sorted"), &quick);
    cr_expect_eq(crawling_lines(quick.out), 1 + WIDE_PAGES + WIDE_PAGES * WIDE_LINKS);

    struct program *p = crawling_start(s, ARGS("{{BASE}}/", "-l1", "-q", "--sorted"));
    const char *line;
    cr_assert(program_read_line(p, &line, PATIENCE));
    size_t first = strlen(line);
    cr_expect_eq(strncmp(line, quick.out, first), 0, "%s", line);
    size_t memory = crawling_memory(program_pid(p), "VmRSS");
    cr_expect_lt(memory, (AT_ONCE > 0.5 ? 800u : 70u) * 1024, "%zu KiB", memory);
    program_wait(p, PATIENCE, &slow);
    expect_status(&slow, 0);
    cr_expect_eq(slow.out_size + first + 1, quick.out_size);
    cr_expect_eq(strcmp(slow.out, quick.out + quick.out_size - slow.out_size), 0);
    result_free(&slow);
    result_free(&quick);
    wide_site_close(&w, s);
}

Test(reader, that_stands_still_keeps_neither_timeouts_nor_signals_from_working)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    static const struct site_page hang[] = {{"/", .behaviour = SITE_HANG}};
    struct site *other = site_open(hang, 1);
    char *folder = crawling_folder(), seed[SITE_URL_SIZE], command[SITE_URL_SIZE + 256];
    char err[256];
    struct result r;
    file_in(folder, "err", err);
    snprintf(command, sizeof command,
             "exec \"$SKITTER\" $BASE/ %s -l1 -c4 -m 2s --retry 0 --ignore-robots 2>%s",
             site_url(other, "/", seed), err);
    struct program *p = crawling_start_shell(s, command);
    requests_at_rest(s);
    crawling_await_text(err, "timeout: ");
    program_signal(p, SIGTERM);
    crawling_sleep(0.1);
    program_signal(p, SIGTERM);
    double since = crawling_now();
    program_wait(p, PATIENCE, &r);
    cr_expect_lt(crawling_now() - since, 2 * AT_ONCE);
    expect_status(&r, 143);
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(other);
    wide_site_close(&w, s);
}

Test(reader, that_is_slow_on_a_pipe_that_does_not_block_loses_nothing)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    struct result quick;
    char base[SITE_URL_SIZE], *got;
    size_t size = 0;
    int ends[2], status = -1;
    ssize_t n;
    crawling_run(s, ARGS("{{BASE}}/", "-l1", "-c1", "-q"), &quick);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(getenv("SKITTER"), "skitter", site_url(s, "/", base), "-l1", "-c1", "-q", NULL);
        _exit(127);
    }
    close(ends[1]);
    requests_at_rest(s);
    got = calloc(quick.out_size + 1, 1);
    while ((n = read(ends[0], got + size, quick.out_size + 1 - size)) > 0)
        size += (size_t)n;
    cr_expect_eq(size, quick.out_size);
    cr_expect_eq(memcmp(got, quick.out, quick.out_size), 0);
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    free(got);
    close(ends[0]);
    result_free(&quick);
    wide_site_close(&w, s);
}

Test(reader, that_is_slow_gets_all_that_is_known_after_a_signal)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    struct result quick, cut;
    crawling_run(s, ARGS("{{BASE}}/", "-l1", "-c1", "-q"), &quick);
    size_t all = requests(s);
    struct program *p = crawling_start(s, ARGS("{{BASE}}/", "-l1", "-c1"));
    size_t pages = requests_at_rest(s) - all - 2;
    program_signal(p, SIGINT);
    crawling_sleep(0.1);
    program_wait(p, PATIENCE, &cut);
    expect_status(&cut, 130);
    expect_said(&cut, "interrupted");
    cr_expect_eq(crawling_lines(cut.out), 1 + WIDE_PAGES + pages * WIDE_LINKS);
    cr_expect_eq(strncmp(quick.out, cut.out, cut.out_size), 0, "it is not a part of the whole");
    cr_expect_eq(cut.out[cut.out_size - 1], '\n');
    result_free(&cut);
    result_free(&quick);
    wide_site_close(&w, s);
}

Test(records, of_several_programs_on_one_pipe_are_whole)
{
    struct wide_site w;
    struct site *s = wide_site_open(&w);
    char start[64];
    struct result r;
    size_t prefix = (size_t)sprintf(start, "http://127.0.0.1:%u/", site_port(s)), lines = 0;
    crawling_run_shell(s,
                       "\"$SKITTER\" $BASE/ -q -n10 & \"$SKITTER\" $BASE/ -q -n11 &"
                       "\"$SKITTER\" $BASE/ -q -n12 & \"$SKITTER\" $BASE/ -q -n13 & wait",
                       &r);
    char *rest;
    for (char *line = strtok_r(r.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cr_assert_eq(strncmp(line, start, prefix), 0, "%s", line);
        cr_assert_null(strstr(line + 1, "http:"), "%s", line);
        const char *query = strchr(line, '?');
        cr_assert(!query || strlen(query) == 201, "%s", line);
        lines++;
    }
    cr_expect_eq(lines, 4 * (1 + WIDE_PAGES) + (9 + 10 + 11 + 12) * WIDE_LINKS);
    result_free(&r);
    wide_site_close(&w, s);
}
