/* The live line on a terminal, SIGUSR1, and seeds from standard input while it is open. */
#include "tests/cmd/crawling.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A terminal without right margin: what it shows, line by line, and how far right live lines went.
 * A line of its history has ended; the last row is the live line's. */
struct terminal {
    int ours, theirs; /* theirs stays open, so that nothing is lost */
    char name[64];
    char history[16384], row[1024];
    size_t column;
    size_t drawn;  /* live lines */
    size_t widest; /* of them */
};

static void open_terminal(struct terminal *t, unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};

    *t = (struct terminal){.column = 0};
    cr_assert_eq(openpty(&t->ours, &t->theirs, t->name, NULL, &size), 0);
    fcntl(t->ours, F_SETFD, FD_CLOEXEC);
    fcntl(t->theirs, F_SETFD, FD_CLOEXEC);
    setenv("TTY", t->name, 1);
    setenv("TERM", "xterm", 1);
}

static void end_row(struct terminal *t)
{
    size_t length = strlen(t->history);
    cr_assert_lt(length + strlen(t->row) + 2, sizeof t->history);
    sprintf(t->history + length, "%s\n", t->row);
    memset(t->row, 0, sizeof t->row);
    t->column = 0;
}

static void put_character(struct terminal *t, char c)
{
    cr_assert(c >= ' ' && c <= '~', "byte %d on the terminal", c);
    cr_assert_lt(t->column, sizeof t->row - 1);
    t->row[t->column++] = c;
}

/* "\r" begins a row again: a live line, that replaces the one before, or the wipe. */
static void show(struct terminal *t, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\r') {
            t->column = 0;
        } else if (text[i] == '\n') {
            end_row(t);
        } else if (length - i >= 3 && memcmp(text + i, "\x1b[K", 3) == 0) {
            i += 2;
            memset(t->row + t->column, 0, sizeof t->row - t->column);
            if (strstr(t->row, " page")) {
                t->drawn++;
                t->widest = t->column > t->widest ? t->column : t->widest;
            }
        } else {
            put_character(t, text[i]);
        }
    }
}

/* All that has been written so far. A mark of our own ends it, for a terminal hands over in its own
 * time. */
static void read_terminal(struct terminal *t)
{
    char text[65536], *mark = NULL;
    size_t length = 0;

    cr_assert_eq(write(t->theirs, "\1", 1), 1);
    while (!mark) {
        ssize_t n = read(t->ours, text + length, sizeof text - length);
        cr_assert_gt(n, 0);
        mark = memchr(text + length, '\1', (size_t)n);
        length += (size_t)n;
    }
    length--; /* something may have been written behind it */
    memmove(mark, mark + 1, (size_t)(text + length - mark));
    show(t, text, length);
}

static void close_terminal(struct terminal *t)
{
    close(t->ours);
    close(t->theirs);
}

/* Long enough for a few drawings. */
static const struct site_page slow[] = {
    {"/", .body = "<a href=/a><a href=/b><a href=/slow>"},
    {"/a"},
    {"/b", .status = 404},
    {"/slow", .delay = 0.3, .body = "<a href=/late>"}, /* found while a line is shown */
    {"/late"},
};

static void run_on(struct terminal *t, const struct site *s, const char *command, struct result *r)
{
    crawling_run_shell(s, command, r);
    read_terminal(t);
}

Test(live_line, is_drawn_in_place_never_wraps_and_is_wiped)
{
    static const unsigned short widths[] = {5, 13, 14, 20, 40, 80, 200};
    struct site *s = site_open(slow, COUNT(slow));
    struct terminal terminals[COUNT(widths)];
    struct program *programs[COUNT(widths)];

    for (size_t i = 0; i < COUNT(widths); i++) {
        open_terminal(&terminals[i], widths[i]);
        programs[i] = crawling_start_shell(s, "\"$SKITTER\" -q --progress $BASE/ 2>$TTY");
    }
    for (size_t i = 0; i < COUNT(widths); i++) {
        struct terminal *t = &terminals[i];
        struct result r;
        program_wait(programs[i], PATIENCE, &r);
        read_terminal(t);
        expect_status(&r, 0);
        expect_found(s, &r, "/ /a /b /late /slow");
        cr_expect_str_empty(t->history, "%u: %s", widths[i], t->history);
        cr_expect_str_empty(t->row, "%u: it is left: %s", widths[i], t->row);
        cr_expect_lt(t->widest, widths[i]);
        cr_expect_eq(t->drawn > 0, widths[i] > 13, "%u: drawn %zu times", widths[i], t->drawn);
        result_free(&r);
        close_terminal(t);
    }
    site_close(s);
}

Test(live_line, stays_below_messages_which_have_lines_of_their_own)
{
    struct site *s = site_open(slow, COUNT(slow));
    struct terminal t;
    struct result r;
    char *rest, *line;

    open_terminal(&t, 80);
    run_on(&t, s, "\"$SKITTER\" -v $BASE/ 2>$TTY", &r);
    cr_expect_gt(t.drawn, 0);
    cr_expect_str_empty(t.row);
    cr_expect_not_null(strstr(t.history, "skitter: scope: "), "%s", t.history);
    cr_expect_not_null(strstr(t.history, "complete\n"), "%s", t.history);
    cr_expect_null(strstr(t.history, " queued"), "a live line is left: %s", t.history);
    for (line = strtok_r(t.history, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cr_expect(strncmp(line, "skitter: ", 9) == 0 || strncmp(line, "http://", 7) == 0, "%s",
                  line);
    result_free(&r);
    close_terminal(&t);
    site_close(s);
}

Test(live_line, is_for_terminals_that_can)
{
    static const char *const commands[] = {
        "\"$SKITTER\" -q --progress $BASE/ 2>&1 >/dev/null | tee $TTY",
        "TERM=dumb \"$SKITTER\" -q --progress $BASE/ 2>$TTY",
        "unset TERM; \"$SKITTER\" -q --progress $BASE/ 2>$TTY",
        "\"$SKITTER\" -q --no-progress $BASE/ 2>$TTY",
    };
    struct site *s = site_open(slow, COUNT(slow));

    for (size_t i = 0; i < COUNT(commands); i++) {
        struct terminal t;
        struct result r;
        open_terminal(&t, 80);
        run_on(&t, s, commands[i], &r);
        cr_expect(t.drawn == 0 && !*t.history && !*t.row, "%s: %s", commands[i], t.row);
        result_free(&r);
        close_terminal(&t);
    }
    site_close(s);
}

/* By default there is none: records scroll by as it is. */
Test(live_line, shares_its_terminal_with_records_only_where_it_was_asked_for)
{
    static const struct {
        const char *command;
        bool drawn;
    } rows[] = {
        {"\"$SKITTER\" -q $BASE/ >$TTY 2>&1", false},
        {"\"$SKITTER\" -q --progress $BASE/ >$TTY 2>&1", true},
    };
    struct site *s = site_open(slow, COUNT(slow));

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct terminal t;
        struct result r;
        open_terminal(&t, 80);
        run_on(&t, s, rows[i].command, &r);
        cr_expect_eq(t.drawn > 0, rows[i].drawn, "%s", rows[i].command);
        cr_expect_str_empty(t.row);
        free(r.out);
        r.out = strdup(t.history);
        expect_found(s, &r, "/ /a /b /late /slow");
        result_free(&r);
        close_terminal(&t);
    }
    site_close(s);
}

/* Ctrl-S. */
Test(live_line, holds_nothing_up_where_the_terminal_is_stopped)
{
    struct site *s = site_open(slow, COUNT(slow));
    struct terminal t;
    struct result r;

    open_terminal(&t, 80);
    cr_assert_eq(write(t.ours, "\x13", 1), 1);
    while (poll(&(struct pollfd){.fd = t.theirs, .events = POLLOUT}, 1, 0) > 0)
        ;
    crawling_run_shell(s, "\"$SKITTER\" -q --progress $BASE/ 2>$TTY", &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/ /a /b /late /slow");
    cr_assert_eq(write(t.ours, "\x11", 1), 1);
    read_terminal(&t);
    cr_expect_eq(t.drawn, 0);
    result_free(&r);
    close_terminal(&t);
    site_close(s);
}

Test(live_line, is_wiped_before_a_second_signal_ends_it)
{
    static const struct site_page pages[] = {{"/", .behaviour = SITE_HANG}};
    struct site *s = site_open(pages, 1);
    struct terminal t;
    struct result r;

    open_terminal(&t, 80);
    struct program *p = crawling_start_shell(s, "exec \"$SKITTER\" -q --progress $BASE/ 2>$TTY");
    for (double end = crawling_now() + PATIENCE; !t.drawn && crawling_now() < end;) {
        crawling_sleep(0.002);
        read_terminal(&t);
    }
    program_signal(p, SIGINT);
    crawling_sleep(0.1);
    program_signal(p, SIGINT);
    program_wait(p, PATIENCE, &r);
    read_terminal(&t);
    expect_status(&r, 130);
    cr_expect_gt(t.drawn, 0);
    cr_expect_str_empty(t.row, "%s", t.row);
    result_free(&r);
    close_terminal(&t);
    site_close(s);
}

Test(live_line, is_printed_once_for_each_sigusr1_wherever_standard_error_goes)
{
    static const struct site_page pages[] = {{"/", .body = "<a href=/hang><a href=/b>"},
                                             {"/b", .status = 404},
                                             {"/hang", .behaviour = SITE_HANG}};
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), file[256];
    struct result r;

    snprintf(file, sizeof file, "%s/err", folder);
    setenv("ERR", file, 1);
    struct program *p = crawling_start_shell(s, "exec \"$SKITTER\" -q -l1 $BASE/ 2>\"$ERR\"");
    crawling_await_hits(s, "/hang", 1);
    crawling_await_hits(s, "/b", 1);
    for (size_t i = 1; i <= 2; i++) {
        char *said;
        program_signal(p, SIGUSR1);
        do
            said = crawling_read_file("", file);
        while (crawling_lines(said) < i && (free(said), crawling_sleep(0.002), true));
        cr_expect_eq(crawling_lines(said), i, "%s", said);
        free(said);
    }
    program_signal(p, SIGTERM);
    crawling_sleep(0.1);
    program_signal(p, SIGTERM); /* at once, then */
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 143);
    free(r.err);
    r.err = crawling_read_file("", file);
    cr_expect_eq(crawling_lines(r.err), 2, "%s", r.err);
    expect_said(&r, "skitter  ");
    expect_said(&r, " queued ");
    expect_said(&r, " 1 error ");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

/* --- seeds from standard input --- */

static const struct site_page pages[] = {
    {"/a", .body = "<a href=/a2>"}, {"/a2"}, {"/b"}, {"/c"}, {"/hang", .behaviour = SITE_HANG}};

/* Writes a line for a path of the site. */
static void write_seed(struct program *p, const struct site *s, const char *path)
{
    char url[SITE_URL_SIZE];

    program_write(p, site_url(s, path, url));
    program_write(p, "\n");
}

Test(standard_input, is_crawled_line_by_line_while_it_is_open)
{
    struct site *s = site_open(pages, COUNT(pages));
    struct program *p = crawling_start(s, ARGS("-"));
    struct result r;
    const char *line;

    write_seed(p, s, "/a");
    crawling_await_hits(s, "/a2", 1);
    cr_expect(program_read_line(p, &line, PATIENCE), "nothing is printed while it is open");
    write_seed(p, s, "/b");
    crawling_await_hits(s, "/b", 1);
    write_seed(p, s, "/a2");
    write_seed(p, s, "/c");
    crawling_await_hits(s, "/c", 1);
    program_end_input(p);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    expect_fetched(s, "/a /a2 /b /c");
    expect_said(&r, "4 pages");
    expect_said(&r, "complete");
    result_free(&r);
    site_close(s);
}

Test(standard_input, stands_beside_other_seeds_and_may_be_empty)
{
    struct site *s = site_open(pages, COUNT(pages));
    char *folder = crawling_folder(), seed[SITE_URL_SIZE], command[512];
    struct result r;

    crawling_run_shell(s, "\"$SKITTER\" -q $BASE/b - </dev/null", &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/b");
    result_free(&r);
    crawling_run_shell(s, "echo $BASE/c | \"$SKITTER\" -q $BASE/b -", &r);
    expect_found(s, &r, "/b /c");
    result_free(&r);
    crawling_write_file(folder, "seeds", site_url(s, "/c", seed));
    snprintf(command, sizeof command, "\"$SKITTER\" -q - <'%s/seeds'", folder);
    crawling_run_shell(s, command, &r);
    expect_found(s, &r, "/c");
    result_free(&r);
    crawling_run_shell(s, "\"$SKITTER\" -q $BASE/b - <&-", &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/b");
    result_free(&r);
    crawling_remove_folder(folder);
    site_close(s);
}

Test(standard_input, with_bad_lines_names_them_by_number_and_goes_on)
{
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;

    crawling_run_shell(s,
                       "{ echo '# seeds'; echo $BASE/a; echo bnech; echo; echo 'http://['; "
                       "printf 'x\\033[31m.test:99999\\r\\n'; "
                       "head -c 100000 /dev/zero | tr '\\0' x; echo; printf ' %s ' $BASE/b; } | "
                       "\"$SKITTER\" -",
                       &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/a /a2 /b");
    expect_said(&r, " 3: bnech: no command, no URL");
    expect_said(&r, " 5: http://[: ");
    expect_said(&r, " 6: x\\x1b[31m.test:99999: ");
    expect_said(&r, " 7: ");
    cr_expect_lt(r.err_size, 4096);
    result_free(&r);
    site_close(s);
}

Test(standard_input, without_a_valid_seed_ends_with_2)
{
    static const char *const commands[] = {
        "\"$SKITTER\" - </dev/null",
        "echo '# nothing' | \"$SKITTER\" -",
        "echo 'http://[' | \"$SKITTER\" -",
        "\"$SKITTER\" - </",
        "\"$SKITTER\" - <&-",
    };

    for (size_t i = 0; i < COUNT(commands); i++) {
        struct result r;
        crawling_run_shell(NULL, commands[i], &r);
        expect_status(&r, 2);
        cr_expect_str_empty(r.out);
        result_free(&r);
    }
}

Test(standard_input, that_stays_open_does_not_hold_up_a_limit_or_a_signal)
{
    struct site *s = site_open(pages, COUNT(pages));
    struct program *p = crawling_start(s, ARGS("-", "-q", "-n1"));
    struct result r;
    const char *line;

    write_seed(p, s, "/a");
    while (program_read_line(p, &line, PATIENCE))
        ;
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    result_free(&r);

    p = crawling_start(s, ARGS("-", "-q"));
    write_seed(p, s, "/hang");
    crawling_await_hits(s, "/hang", 1);
    program_signal(p, SIGTERM);
    while (program_read_line(p, &line, PATIENCE))
        ;
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 143);
    result_free(&r);
    site_close(s);
}

/* A file far larger than what may wait is read as it is crawled. */
Test(standard_input, that_is_large_is_read_in_its_time)
{
    struct site *s = site_open(pages, COUNT(pages));
    struct result r;

    crawling_run_shell(s, "{ seq 200000 | sed s,^,$BASE/b#,; echo $BASE/c; } | \"$SKITTER\" -q -",
                       &r);
    expect_status(&r, 0);
    expect_fetched(s, "/b /c");
    result_free(&r);
    site_close(s);
}
