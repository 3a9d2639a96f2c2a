#include "tests/loop/selecting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

Test(selector, is_found_by_name)
{
    for (const struct selector_ops *const *s = selectors; *s; s++)
        cr_assert_eq(selector_find((*s)->name), *s, "%s", (*s)->name);
}

Test(selector, is_the_first_where_no_name_is_given)
{
    cr_assert_eq(selector_find(NULL), selectors[0]);
}

Test(selector, is_not_found_by_an_unknown_name)
{
    cr_assert_null(selector_find("carrier pigeon"));
}

BACKEND_TEST(selector, reports_a_pipe_once_it_can_be_read)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    CHECK(ready(ops, s, r) == 0);
    put_byte(w);
    CHECK(ready(ops, s, r) == EVENT_READ);
    close_both(r, w);
    ops->close(s);
}

BACKEND_TEST(selector, reports_a_pipe_that_can_be_written)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, w, 0, EVENT_WRITE) == 0);
    CHECK(ready(ops, s, w) == EVENT_WRITE);
    close_both(r, w);
    ops->close(s);
}

BACKEND_TEST(selector, reports_readiness_for_as_long_as_it_lasts)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    put_byte(w);
    for (int i = 0; i < 3; i++)
        CHECK(ready(ops, s, r) == EVENT_READ);
    take_byte(r);
    CHECK(ready(ops, s, r) == 0);
    close_both(r, w);
    ops->close(s);
}

BACKEND_TEST(selector, reports_only_what_was_asked_for)
{
    struct selector *s = open_selector(ops);
    int a, b;
    make_sockets(&a, &b);
    put_byte(b);
    CHECK(ops->set(s, a, 0, EVENT_WRITE) == 0);
    CHECK(ready(ops, s, a) == EVENT_WRITE);
    CHECK(ops->set(s, a, EVENT_WRITE, EVENT_READ) == 0);
    CHECK(ready(ops, s, a) == EVENT_READ);
    CHECK(ops->set(s, a, EVENT_READ, EVENT_READ | EVENT_WRITE) == 0);
    CHECK(ready(ops, s, a) == (EVENT_READ | EVENT_WRITE));
    close_both(a, b);
    ops->close(s);
}

BACKEND_TEST(selector, reports_nothing_once_told_to_stop)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    put_byte(w);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    CHECK(ops->set(s, r, EVENT_READ, 0) == 0);
    CHECK(ready(ops, s, r) == 0);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    CHECK(ready(ops, s, r) == EVENT_READ);
    close_both(r, w);
    ops->close(s);
}

/* The removed one is in turn the first, in the middle, and the last that was set. */
BACKEND_TEST(selector, keeps_the_others_when_one_is_taken_out)
{
    for (int gone = 0; gone < 3; gone++) {
        struct selector *s = open_selector(ops);
        int r[3], w[3];
        for (int i = 0; i < 3; i++) {
            make_pipe(&r[i], &w[i]);
            CHECK(ops->set(s, r[i], 0, EVENT_READ) == 0);
        }
        CHECK(ops->set(s, r[gone], EVENT_READ, 0) == 0);
        for (int i = 0; i < 3; i++) {
            put_byte(w[i]);
            CHECK(ready(ops, s, r[i]) == (i == gone ? 0 : EVENT_READ));
            take_byte(r[i]);
        }
        for (int i = 0; i < 3; i++) {
            put_byte(w[i]);
            if (i != gone)
                CHECK(ops->set(s, r[i], EVENT_READ, EVENT_ERROR) == 0);
        }
        CHECK(ready(ops, s, -1) == 0);
        for (int i = 0; i < 3; i++)
            close_both(r[i], w[i]);
        ops->close(s);
    }
}

BACKEND_TEST(selector, never_wakes_before_the_time_is_over)
{
    struct selector *s = open_selector(ops);
    static const int64_t timeouts[] = {1, 999999, 1000001, 3000001, 7654321};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        struct event e;
        int64_t start = now();
        CHECK(ops->wait(s, &e, 1, timeouts[i]) == 0);
        CHECK(now() - start >= timeouts[i]);
    }
    ops->close(s);
}

static void nothing(int signo)
{
    (void)signo;
}

BACKEND_TEST(selector, counts_a_signal_as_no_events)
{
    struct selector *s = open_selector(ops);
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    /* More than one, lest the only one comes before the wait. */
    struct itimerval soon = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    struct event e;
    CHECK(ops->wait(s, &e, 1, -1) == 0);
    setitimer(ITIMER_REAL, &never, NULL);
    ops->close(s);
}

BACKEND_TEST(selector, reports_a_writer_that_left_as_an_error_to_the_reader)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    close(w);
    CHECK(ready(ops, s, r) == (EVENT_READ | EVENT_ERROR));
    close(r);
    ops->close(s);
}

BACKEND_TEST(selector, reports_a_reader_that_left_as_an_error_to_the_writer)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, w, 0, EVENT_WRITE) == 0);
    close(r);
    CHECK(ready(ops, s, w) == (EVENT_WRITE | EVENT_ERROR));
    close(w);
    ops->close(s);
}

/* The reader may have left before anyone asked. */
BACKEND_TEST(selector, reports_an_error_for_as_long_as_it_lasts)
{
    static const unsigned interests[] = {EVENT_WRITE, EVENT_ERROR};
    for (int i = 0; i < 2; i++) {
        struct selector *s = open_selector(ops);
        int r, w;
        make_pipe(&r, &w);
        close(r);
        CHECK(ops->set(s, w, 0, interests[i]) == 0);
        for (int j = 0; j < 3; j++)
            CHECK(ready(ops, s, w) == (interests[i] | EVENT_ERROR));
        CHECK(ops->set(s, w, interests[i], 0) == 0);
        CHECK(ready(ops, s, w) == 0);
        close(w);
        ops->close(s);
    }
}

/* A connection that is shut down can still be written. */
BACKEND_TEST(selector, counts_a_half_close_as_something_to_read_but_no_error)
{
    struct selector *s = open_selector(ops);
    int a, b;
    make_sockets(&a, &b);
    CHECK(ops->set(s, a, 0, EVENT_ERROR) == 0);
    shutdown(b, SHUT_WR);
    CHECK(ready(ops, s, a) == 0);
    CHECK(ops->set(s, a, EVENT_ERROR, EVENT_WRITE) == 0);
    CHECK(ready(ops, s, a) == EVENT_WRITE);
    CHECK(ops->set(s, a, EVENT_WRITE, EVENT_READ | EVENT_WRITE) == 0);
    CHECK(ready(ops, s, a) == (EVENT_READ | EVENT_WRITE));
    close(b);
    CHECK(ready(ops, s, a) == (EVENT_READ | EVENT_WRITE | EVENT_ERROR));
    close(a);
    ops->close(s);
}

BACKEND_TEST(selector, tells_who_asked_for_errors_alone_that_the_reader_left)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    CHECK(ops->set(s, w, 0, EVENT_ERROR) == 0);
    CHECK(ready(ops, s, w) == 0);
    close(r);
    struct event e = {0};
    CHECK(ops->wait(s, &e, 1, -1) == 1);
    CHECK(e.fd == w && e.events == EVENT_ERROR);
    close(w);
    ops->close(s);
}

/* Bytes must not wake it, nor keep it from sleeping; and they must not hide the error. */
BACKEND_TEST(selector, sleeps_beside_bytes_where_errors_alone_were_asked_for)
{
    struct selector *s = open_selector(ops);
    int a, b;
    make_sockets(&a, &b);
    put_byte(b);
    CHECK(ops->set(s, a, 0, EVENT_ERROR) == 0);
    struct event e = {0};
    int woken = 0;
    for (int64_t end = now() + 30000000; now() < end; woken++)
        CHECK(ops->wait(s, &e, 1, 10000000) == 0);
    CHECK(woken <= 5);
    close(b);
    int n = 0;
    for (int i = 0; i < 2 && !n; i++)
        n = ops->wait(s, &e, 1, -1);
    CHECK(n == 1 && e.fd == a && e.events == EVENT_ERROR);
    CHECK(ops->set(s, a, EVENT_ERROR, EVENT_READ) == 0);
    CHECK(ready(ops, s, a) == (EVENT_READ | EVENT_ERROR));
    close(a);
    ops->close(s);
}

static int open_regular_file(void)
{
    char name[] = "/tmp/test_selector.XXXXXX";
    int fd = mkstemp(name);
    cr_assert(fd >= 0);
    unlink(name);
    return fd;
}

BACKEND_TEST(selector, counts_files_as_always_ready_for_what_was_asked)
{
    int files[] = {open("/dev/null", O_RDWR), open_regular_file()};
    for (int i = 0; i < 2; i++) {
        struct selector *s = open_selector(ops);
        CHECK(ops->set(s, files[i], 0, EVENT_READ) == 0);
        CHECK(ready(ops, s, files[i]) == EVENT_READ);
        CHECK(ops->set(s, files[i], EVENT_READ, EVENT_READ | EVENT_WRITE) == 0);
        CHECK(ready(ops, s, files[i]) == (EVENT_READ | EVENT_WRITE));
        CHECK(ops->set(s, files[i], EVENT_READ | EVENT_WRITE, EVENT_ERROR) == 0);
        CHECK(ready(ops, s, files[i]) == 0);
        CHECK(ops->set(s, files[i], EVENT_ERROR, 0) == 0);
        CHECK(ready(ops, s, files[i]) == 0);
        ops->close(s);
        close(files[i]);
    }
}

/* Files are always ready, so they would take all of the room each time. */
BACKEND_TEST(selector, gives_files_and_pipes_their_turn_in_little_room)
{
    enum { COUNT = 10 };
    struct selector *s = open_selector(ops);
    int r[COUNT], w[COUNT], seen[256] = {0};
    for (int i = 0; i < COUNT; i++) {
        if (i % 2) {
            make_pipe(&r[i], &w[i]);
            put_byte(w[i]);
        } else {
            r[i] = open_regular_file();
        }
        CHECK(ops->set(s, r[i], 0, EVENT_READ) == 0);
    }
    for (int i = 0; i < COUNT; i++) {
        struct event e[3];
        int n = ops->wait(s, e, 3, 0);
        CHECK(n > 0 && n <= 3);
        for (int j = 0; j < n; j++)
            seen[e[j].fd]++;
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(seen[r[i]] > 0);
        close(r[i]);
        if (i % 2)
            close(w[i]);
    }
    ops->close(s);
}

/* Some watch both sides, some errors alone, and there is room for one event. */
BACKEND_TEST(selector, loses_nothing_where_more_is_ready_than_there_is_room_for)
{
    enum { COUNT = 9 };
    static const unsigned interests[] = {EVENT_READ | EVENT_WRITE, EVENT_WRITE, EVENT_ERROR};
    struct selector *s = open_selector(ops);
    int a[COUNT], b[COUNT];
    unsigned seen[256] = {0};
    for (int i = 0; i < COUNT; i++) {
        make_sockets(&a[i], &b[i]);
        put_byte(b[i]);
        CHECK(ops->set(s, a[i], 0, interests[i % 3]) == 0);
        if (interests[i % 3] == EVENT_ERROR)
            close(b[i]);
    }
    for (int i = 0; i < 16 * COUNT; i++) {
        struct event e;
        if (ops->wait(s, &e, 1, 0) == 1)
            seen[e.fd] |= e.events;
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(seen[a[i]] == interests[i % 3]);
        close(a[i]);
        if (interests[i % 3] != EVENT_ERROR)
            close(b[i]);
    }
    ops->close(s);
}

BACKEND_TEST(selector, takes_descriptors_above_1023)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    static const int numbers[] = {1023, 1024, 1500, 4000};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int high = fcntl(r, F_DUPFD, numbers[i]);
        if (high < 0)
            cr_skip_test("the limit of open files is too low");
        CHECK(ops->set(s, high, 0, EVENT_READ) == 0);
        CHECK(ready(ops, s, high) == 0);
        put_byte(w);
        CHECK(ready(ops, s, high) == EVENT_READ);
        take_byte(r);
        CHECK(ops->set(s, high, EVENT_READ, 0) == 0);
        close(high);
    }
    close_both(r, w);
    ops->close(s);
}

BACKEND_TEST(selector, finds_the_one_that_is_ready_among_many)
{
    enum { COUNT = 300 };
    struct selector *s = open_selector(ops);
    int r[COUNT], w[COUNT];
    for (int i = 0; i < COUNT; i++) {
        make_pipe(&r[i], &w[i]);
        CHECK(ops->set(s, r[i], 0, EVENT_READ) == 0);
    }
    for (int i = 0; i < COUNT; i++) {
        put_byte(w[i]);
        CHECK(ready(ops, s, r[i]) == EVENT_READ);
        take_byte(r[i]);
    }
    for (int i = 0; i < COUNT; i++)
        close_both(r[i], w[i]);
    ops->close(s);
}

BACKEND_TEST(selector, refuses_a_closed_descriptor)
{
    struct selector *s = open_selector(ops);
    int r, w;
    make_pipe(&r, &w);
    close_both(r, w);
    CHECK(ops->set(s, r, 0, EVENT_READ) == -EBADF);
    ops->close(s);
}

/* Libraries close descriptors without a word; that must neither fail a wait nor make it spin. */
BACKEND_TEST(selector, hears_nothing_of_a_descriptor_that_was_closed_meanwhile)
{
    struct selector *s = open_selector(ops);
    int r, w, r2, w2;
    make_pipe(&r, &w);
    make_pipe(&r2, &w2);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    CHECK(ops->set(s, r2, 0, EVENT_READ) == 0);
    close(r);
    CHECK(ready(ops, s, r2) == 0);
    struct event e = {0};
    int64_t start = now();
    CHECK(ops->wait(s, &e, 1, 2000000) == 0);
    CHECK(now() - start >= 2000000);
    put_byte(w2);
    CHECK(ops->wait(s, &e, 1, -1) == 1);
    CHECK(e.fd == r2 && e.events == EVENT_READ);
    ops->set(s, r, EVENT_READ, 0);
    CHECK(ready(ops, s, r2) == EVENT_READ);
    close_both(r2, w2);
    close(w);
    ops->close(s);
}

BACKEND_TEST(selector, takes_the_new_file_behind_a_number_that_came_back)
{
    struct selector *s = open_selector(ops);
    int r, w, r2, w2;
    make_pipe(&r, &w);
    make_pipe(&r2, &w2);
    CHECK(ops->set(s, r, 0, EVENT_READ) == 0);
    close(r);
    CHECK(ready(ops, s, r) == 0);
    cr_assert_eq(dup2(w2, r), r);
    CHECK(ops->set(s, r, EVENT_READ, EVENT_WRITE) == 0);
    CHECK(ready(ops, s, r) == EVENT_WRITE);
    close_both(r2, w2);
    close_both(r, w);
    ops->close(s);
}
