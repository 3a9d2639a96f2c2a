/* Standard input as seeds, on a loop of its own: cmd/seed_input.c. What was taken becomes a text,
 * "2:line;5:-;end 0": a line by its number, "-" for one that is too long, and how it ended. */
#include "cmd/seed_input.h"
#include "parse/url.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct scene {
    struct seed_input input;
    struct loop *loop;
    int feed; /* the other end of standard input */
    const char *text;
    size_t left, piece; /* so much of it is written a turn */
    struct handle turn;
    size_t taken, most; /* lines; it is full at so many */
    size_t stop_at;     /* a line at which the taker stops it */
    unsigned turns;     /* since it is full */
    bool was_full;
    char got[4096];
};

static void note(struct scene *s, const char *format, unsigned long number, const char *line)
{
    size_t length = strlen(s->got);
    snprintf(s->got + length, sizeof s->got - length, format, number, line);
}

static void take(struct seed_input *input, size_t number, const char *line, size_t length)
{
    struct scene *s = container_of(input, struct scene, input);

    if (number == s->stop_at) {
        seed_input_stop(input);
        loop_stop(s->loop);
    }
    if (line)
        cr_expect_eq(line[length], '\0');
    note(s, "%lu:%s;", number, !line ? "-" : length < 80 ? line : "long");
    s->taken++;
}

static bool full(struct seed_input *input)
{
    struct scene *s = container_of(input, struct scene, input);

    s->was_full = s->most && s->taken >= s->most;
    return s->was_full;
}

static void ended(struct seed_input *input, int error)
{
    struct scene *s = container_of(input, struct scene, input);

    note(s, "end %lu%s", (unsigned long)-error, "");
    loop_stop(s->loop);
}

/* Feeds a piece a turn, then closes the pipe. */
static void feed(struct handle *h)
{
    struct scene *s = container_of(h, struct scene, turn);
    size_t n = s->left < s->piece ? s->left : s->piece;

    ssize_t written = write(s->feed, s->text, n);
    if (written < 0)
        cr_assert_eq(errno, EAGAIN);
    else
        s->text += written, s->left -= (size_t)written;
    if (s->left) {
        loop_call_soon(s->loop, h);
        return;
    }
    close(s->feed);
}

static void begin(struct scene *s, int input, void (*turn)(struct handle *h))
{
    *s = (struct scene){.input = {.take = take, .full = full, .ended = ended}, .feed = -1};
    cr_assert_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
    close(input);
    cr_assert_eq(loop_open(&s->loop, NULL), 0);
    handle_init(&s->turn, turn);
}

static void begin_pipe(struct scene *s, void (*turn)(struct handle *h))
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    begin(s, ends[0], turn);
    s->feed = ends[1];
    fcntl(s->feed, F_SETFL, O_NONBLOCK);
}

static void run(struct scene *s)
{
    seed_input_start(&s->input, s->loop);
    cr_assert_eq(loop_run(s->loop), 0);
    seed_input_stop(&s->input);
    loop_close(s->loop);
}

/* Feeds the text in pieces of that size. */
static void run_text(struct scene *s, const char *text, size_t length, size_t piece)
{
    begin_pipe(s, feed);
    s->text = text;
    s->left = length;
    s->piece = piece;
    loop_call_soon(s->loop, &s->turn);
    run(s);
}

static const struct {
    const char *text, *got;
} texts[] = {
    {"", "end 0"},
    {"\n", "end 0"},
    {"\n\n \n\t\r\n", "end 0"},
    {"http://a/\n", "1:http://a/;end 0"},
    {"http://a/", "1:http://a/;end 0"},
    {"a\nb\nc", "1:a;2:b;3:c;end 0"},
    {"a\n\n\nb\n", "1:a;4:b;end 0"},
    {"a\r\nb\r\n", "1:a;2:b;end 0"},
    {" \t a \t \n  b", "1:a;2:b;end 0"},
    {"# no\n  # no\n#\na#yes\n", "4:a#yes;end 0"},
    {"a b\n", "1:a b;end 0"},
    {"\na\n ", "2:a;end 0"},
    {"a\n#", "1:a;end 0"},
};

Test(seed_input, is_read_by_lines_in_whatever_pieces_it_comes)
{
    static const size_t pieces[] = {1, 2, 3, 7, 65536};

    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t k = 0; k < COUNT(pieces); k++) {
            struct scene s;
            run_text(&s, texts[i].text, strlen(texts[i].text), pieces[k]);
            cr_expect_str_eq(s.got, texts[i].got, "\"%s\" by %zu: %s", texts[i].text, pieces[k],
                             s.got);
        }
    }
}

static size_t last_length;
static char last_line[16];

static void take_bytes(struct seed_input *s, size_t number, const char *line, size_t length)
{
    (void)s, (void)number;
    last_length = length;
    memcpy(last_line, line, length < sizeof last_line ? length : sizeof last_line);
}

Test(seed_input, keeps_the_nuls_of_a_line)
{
    static const char text[] = " a\0b\0\n";
    struct scene s;

    begin_pipe(&s, feed);
    s.input.take = take_bytes;
    s.text = text;
    s.left = sizeof text - 1;
    s.piece = 1;
    loop_call_soon(s.loop, &s.turn);
    run(&s);
    cr_expect_eq(last_length, 4);
    cr_expect_arr_eq(last_line, "a\0b\0", 4);
}

/* Writes a text of that many bytes between two others. */
static char *around(const char *before, char fill, size_t count, const char *after)
{
    char *text = malloc(strlen(before) + count + strlen(after) + 1);
    char *end = stpcpy(text, before);

    memset(end, fill, count);
    strcpy(end + count, after);
    return text;
}

Test(seed_input, throws_away_lines_that_are_too_long_and_goes_on_behind_them)
{
    static const struct {
        const char *before;
        char fill;
        size_t count;
        const char *after, *got;
    } rows[] = {
        {"a\n", 'x', URL_MAX, "\nb\n", "1:a;2:long;3:b;end 0"},
        {"a\n", 'x', URL_MAX + 1, "\nb\n", "1:a;2:-;3:b;end 0"},
        {"a\n", 'x', 1 << 20, "\nb\n", "1:a;2:-;3:b;end 0"},
        {"", 'x', 1 << 20, "", "1:-;end 0"},
        {"a\n#", 'x', 1 << 20, "\nb\n", "1:a;3:b;end 0"},
        {"a\n", '#', 1 << 20, "", "1:a;end 0"},
        {"a\n", ' ', 1 << 20, "\nb\n", "1:a;3:b;end 0"},
        {"a\n", ' ', 1 << 20, "b\nc", "1:a;2:b;3:c;end 0"},
        {"a\n", '\n', 1 << 20, "b", "1:a;1048578:b;end 0"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = around(rows[i].before, rows[i].fill, rows[i].count, rows[i].after);
        for (size_t piece = 4093; piece < 200000; piece *= 7) {
            struct scene s;
            run_text(&s, text, strlen(text), piece);
            cr_expect_str_eq(s.got, rows[i].got, "row %zu by %zu: %s", i, piece, s.got);
        }
        free(text);
    }
}

/* The pipe, which is full, keeps what it holds for ten turns; then the reading goes on. */
static void resume_later(struct handle *h)
{
    struct scene *s = container_of(h, struct scene, turn);
    int before = 0;

    if (s->was_full) {
        ioctl(STDIN_FILENO, FIONREAD, &before);
        if (s->turns++ < 10) {
            cr_expect_gt(before, 0, "it reads on");
        } else {
            s->most = 0;
            s->was_full = false;
            seed_input_resume(&s->input);
            close(s->feed);
            return;
        }
    }
    loop_call_soon(s->loop, h);
}

Test(seed_input, is_not_read_while_there_is_enough)
{
    static char text[16384];
    struct scene s;
    size_t lines = 0;

    begin_pipe(&s, resume_later);
    memset(text, '\n', sizeof text);
    for (size_t i = 0; i < sizeof text; i += 64)
        text[i] = 'a';
    s.most = 1;
    fcntl(s.feed, F_SETPIPE_SZ, 4 * 65536);
    for (ssize_t n; (n = write(s.feed, text, sizeof text)) > 0;)
        lines += (size_t)n / 64;
    loop_call_soon(s.loop, &s.turn);
    run(&s);
    cr_expect_eq(s.turns, 11);
    cr_expect_gt(lines, 65536 / 64, "the pipe is too small to tell");
    cr_expect_eq(s.taken, lines);
}

Test(seed_input, ends_at_once_where_it_is_stopped_by_who_takes_a_line)
{
    static const struct {
        const char *text;
        size_t stop_at;
        const char *got;
    } rows[] = {
        {"a\nb\nc\n", 2, "1:a;2:b;"},
        {"a\nb\nc\n", 3, "1:a;2:b;3:c;"},
        {"a\nb", 2, "1:a;2:b;"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene s;
        begin_pipe(&s, feed);
        s.text = rows[i].text;
        s.left = s.piece = strlen(rows[i].text);
        s.stop_at = rows[i].stop_at;
        loop_call_soon(s.loop, &s.turn);
        run(&s);
        cr_expect_str_eq(s.got, rows[i].got, "row %zu: %s", i, s.got);
    }
}

Test(seed_input, stops_at_a_line_that_is_too_long)
{
    char *text = around("", 'x', 100000, "\nb\n");
    struct scene s;

    begin_pipe(&s, feed);
    s.text = text;
    s.left = s.piece = strlen(text);
    s.stop_at = 1;
    loop_call_soon(s.loop, &s.turn);
    run(&s);
    cr_expect_str_eq(s.got, "1:-;", "%s", s.got);
    free(text);
}

Test(seed_input, may_be_a_file)
{
    FILE *f = tmpfile();
    struct scene s;

    cr_assert_not_null(f);
    fputs("a\n# no\nb", f);
    fflush(f);
    lseek(fileno(f), 0, SEEK_SET);
    begin(&s, dup(fileno(f)), feed);
    run(&s);
    cr_expect_str_eq(s.got, "1:a;3:b;end 0", "%s", s.got);
    fclose(f);
}

/* A turn is one read: what else is ready has its turn too. */
static void count_turns(struct handle *h)
{
    struct scene *s = container_of(h, struct scene, turn);

    s->turns++;
    loop_call_soon(s->loop, h);
}

Test(seed_input, of_a_file_leaves_room_for_the_rest_of_the_loop)
{
    FILE *f = tmpfile();
    char *text = around("", '\n', 10 * 65536, "a");
    struct scene s;

    cr_assert_not_null(f);
    fputs(text, f);
    fflush(f);
    lseek(fileno(f), 0, SEEK_SET);
    begin(&s, dup(fileno(f)), count_turns);
    loop_call_soon(s.loop, &s.turn);
    run(&s);
    cr_expect_str_eq(s.got, "655361:a;end 0", "%s", s.got);
    cr_expect_geq(s.turns, 10);
    free(text);
    fclose(f);
}

Test(seed_input, that_is_empty_or_cannot_be_read_ends_with_that)
{
    static const struct {
        const char *path;
        int flags, error;
    } rows[] = {
        {"/dev/null", O_RDONLY, 0},
        {"/", O_RDONLY, EISDIR},
        {"/dev/null", O_WRONLY, EBADF},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene s;
        char expected[16];
        begin(&s, open(rows[i].path, rows[i].flags), feed);
        run(&s);
        sprintf(expected, "end %d", rows[i].error);
        cr_expect_str_eq(s.got, expected, "row %zu: %s", i, s.got);
    }
}

Test(seed_input, that_is_closed_ends_with_an_error_once_the_loop_runs)
{
    struct scene s;

    begin(&s, open("/dev/null", O_RDONLY), feed);
    close(STDIN_FILENO);
    seed_input_start(&s.input, s.loop);
    cr_expect_str_empty(s.got);
    cr_assert_eq(loop_run(s.loop), 0);
    loop_close(s.loop);
    cr_expect_str_eq(s.got, "end 9", "%s", s.got);
}
