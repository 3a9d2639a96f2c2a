/* Messages and the live line on a terminal, byte for byte: cmd/message.c. */
#include "cmd/message.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int master;

/* Standard error becomes a terminal of that width. */
static void open_terminal(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    int slave;

    cr_assert_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
    cr_assert_eq(dup2(slave, STDERR_FILENO), STDERR_FILENO);
    close(slave);
}

static void resize(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};

    cr_assert_eq(ioctl(master, TIOCSWINSZ, &size), 0);
}

/* All that has been written since the last time. A mark of our own ends it, for a terminal hands
 * over in its own time. */
static void expect_written(const char *expected)
{
    char text[32768];
    size_t length = 0;

    cr_assert_eq(write(STDERR_FILENO, "\1", 1), 1);
    do {
        ssize_t n = read(master, text + length, sizeof text - length);
        cr_assert_gt(n, 0);
        length += (size_t)n;
    } while (text[length - 1] != '\1');
    text[length - 1] = '\0';
    cr_expect_str_eq(text, expected, "\"%s\" instead of \"%s\"", text, expected);
}

/* Types it, and waits until the terminal takes output, or none. */
static void type(char key, bool writable)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};

    cr_assert_eq(write(master, &key, 1), 1);
    while ((poll(&terminal, 1, 0) > 0) != writable)
        ;
}

Test(message, is_one_line_in_which_nothing_can_move_the_cursor)
{
    open_terminal(80);
    message("skitter: %s", "a\n\r\x1b[2J\x7f\x9b\xc3\xa9~");
    expect_written("skitter: a\\x0a\\x0d\\x1b[2J\\x7f\\x9b\\xc3\\xa9~\r\n");
}

Test(message, goes_above_the_live_line)
{
    open_terminal(20);
    message_live("1 page");
    expect_written("\r1 page\x1b[K");
    message("hello");
    expect_written("\r\x1b[Khello\r\n1 page");
    message_live("");
    expect_written("\r\x1b[K");
    message("hello");
    expect_written("hello\r\n");
}

Test(live_line, is_drawn_again_only_where_it_changed)
{
    open_terminal(20);
    message_live("");
    expect_written("");
    message_live("1 page");
    message_live("1 page");
    expect_written("\r1 page\x1b[K");
    message_live("2 pages");
    expect_written("\r2 pages\x1b[K");
    message_live("");
    message_live("");
    expect_written("\r\x1b[K");
}

Test(live_line, leaves_the_last_column_free)
{
    open_terminal(7);
    message_live("7 pages");
    expect_written("");
    message_live("1 page");
    expect_written("\r1 page\x1b[K");
}

Test(live_line, is_not_drawn_again_below_a_message_where_the_terminal_became_too_narrow)
{
    open_terminal(20);
    message_live("1 page");
    expect_written("\r1 page\x1b[K");
    resize(6);
    message("hello");
    expect_written("\r\x1b[Khello\r\n");
    message("hello");
    expect_written("hello\r\n");
}

Test(live_line, waits_for_a_terminal_that_is_stopped)
{
    open_terminal(20);
    type('S' - '@', false);
    message_live("1 page");
    type('Q' - '@', true);
    expect_written("");
    message_live("1 page");
    expect_written("\r1 page\x1b[K");
}

Test(live_line, needs_a_terminal)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    master = ends[0];
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    cr_expect_eq(message_columns(), 0);
    message_live("1 page");
    expect_written("");
    message("hello");
    expect_written("hello\n");
}

Test(columns, are_eighty_where_the_terminal_does_not_know)
{
    open_terminal(0);
    cr_expect_eq(message_columns(), 80);
    resize(132);
    cr_expect_eq(message_columns(), 132);
}
