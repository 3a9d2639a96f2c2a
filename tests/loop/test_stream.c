/* loop/stream.c, connections: reading, writing, ends and errors, on every backend. */
#include "tests/loop/stream_host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- reading --- */

Test(stream, what_is_received_can_be_sent_back)
{
    static char sent[50000], heard[50000];
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7 + i / 251);
    EACH_BACKEND(h)
    {
        host_open(&h, serve_echo);
        int fd = client_open(&h);
        for (size_t n = 1; n < sizeof sent; n = 3 * n + 1) {
            say_bytes(fd, sent, n);
            cr_assert_eq(hear_bytes(fd, heard, n), n, "%s: %zu bytes", h.selector, n);
            cr_expect_eq(memcmp(sent, heard, n), 0, "%s: %zu bytes", h.selector, n);
        }
        close(fd);
        host_close(&h);
    }
}

/* Says how much it sees at each stream_peek, and consumes nothing. */
static int report_peeks(struct stream *s, void *arg)
{
    (void)arg;
    const char *data;
    for (ssize_t n; (n = stream_peek(s, &data)) > 0;) {
        char text[32];
        stream_write(s, text, (size_t)snprintf(text, sizeof text, "%zd;", n));
    }
    return 0;
}

Test(stream, peek_waits_for_more_than_was_there)
{
    EACH_BACKEND(h)
    {
        host_open(&h, report_peeks);
        int fd = client_open(&h);
        say(fd, "abc");
        expect_heard(&h, fd, "3;");
        say(fd, "d");
        expect_heard(&h, fd, "4;");
        shutdown(fd, SHUT_WR);
        expect_end(&h, fd);
        close(fd);
        host_close(&h);
    }
}

/* Reads up to an empty line, once it has told that the first bytes are there, and answers what it
 * read, then what follows. */
static int read_after_first(struct stream *s, void *arg)
{
    (void)arg;
    const char *data;
    if (stream_peek(s, &data) <= 0 || stream_write(s, "+", 1) < 0)
        return -EPROTO;
    ssize_t n = stream_read_until(s, "\r\n\r\n", &data);
    if (n <= 0 || stream_write(s, data, (size_t)n) < 0)
        return -EPROTO;
    stream_consume(s, (size_t)n);
    n = stream_peek(s, &data);
    return n > 0 ? stream_write(s, data, (size_t)n) : (int)n;
}

Test(stream, a_separator_is_found_wherever_packets_split_it)
{
    static const char text[] = "\r\na\n\r\n\r\r\n\r\nrest"; /* the first one begins at 7 */
    EACH_BACKEND(h)
    {
        host_open(&h, read_after_first);
        for (size_t first = 1; first < 11; first++) {
            int fd = client_open(&h);
            say_bytes(fd, text, first);
            expect_heard(&h, fd, "+");
            say(fd, text + first);
            expect_heard(&h, fd, text);
            close(fd);
        }
        host_close(&h);
    }
}

/* Answers each line with its length. */
static int measure_lines(struct stream *s, void *arg)
{
    struct host *h = arg;
    for (;;) {
        const char *data;
        ssize_t n = stream_read_until(s, "\n", &data);
        h->results[0] = (int)n;
        if (n <= 0)
            return (int)n;
        stream_consume(s, (size_t)n);
        char text[32];
        stream_write(s, text, (size_t)snprintf(text, sizeof text, "%zd;", n));
    }
}

Test(stream, what_came_in_one_packet_is_read_piece_by_piece)
{
    EACH_BACKEND(h)
    {
        host_open(&h, measure_lines);
        int fd = client_open(&h);
        say(fd, "a\n\nbcd\ne");
        expect_heard(&h, fd, "2;1;4;");
        say(fd, "f\n");
        expect_heard(&h, fd, "3;");
        close(fd);
        host_close(&h);
    }
}

Test(stream, read_until_returns_0_when_the_input_ends_before)
{
    EACH_BACKEND(h)
    {
        h.results[0] = -1;
        host_open(&h, measure_lines);
        int fd = client_open(&h);
        say(fd, "no end");
        shutdown(fd, SHUT_WR);
        expect_end(&h, fd);
        close(fd);
        host_close(&h);
        cr_expect_eq(h.results[0], 0, "%s: %d", h.selector, h.results[0]);
    }
}

Test(stream, input_that_is_not_consumed_is_limited)
{
    static char text[64 * 1024];
    memset(text, 'x', sizeof text);
    EACH_BACKEND(h)
    {
        host_open(&h, measure_lines);
        int fd = client_open(&h);
        text[sizeof text - 1] = '\n';
        say_bytes(fd, text, sizeof text);
        expect_heard(&h, fd, "65536;");
        text[sizeof text - 1] = 'x';
        say_bytes(fd, text, sizeof text);
        expect_end(&h, fd);
        close(fd);
        host_close(&h);
        cr_expect_eq(h.results[0], -ENOBUFS, "%s: %d", h.selector, h.results[0]);
    }
}

/* --- writing --- */

Test(stream, drain_waits_for_a_slow_reader)
{
    static char heard[1 << 20];
    EACH_BACKEND(h)
    {
        host_open(&h, serve_much);
        int fd = client_open_small(&h);
        sem_wait(&h.event);
        cr_expect_lt(h.count, 16 << 20, "%s: %zu bytes before it waited", h.selector, h.count);
        size_t total = 0;
        for (size_t n; (n = hear_bytes(fd, heard, sizeof heard)) > 0;)
            total += n;
        cr_expect_eq(total, 64 << 20, "%s: %zu bytes", h.selector, total);
        close(fd);
        host_close(&h);
        cr_expect_eq(h.results[0], 0, "%s: %d", h.selector, h.results[0]);
    }
}

Test(stream, drain_fails_when_the_reader_resets)
{
    EACH_BACKEND(h)
    {
        host_open(&h, serve_much);
        int fd = client_open_small(&h);
        sem_wait(&h.event);
        client_reset(fd);
        sem_wait(&h.event);
        host_close(&h);
        int r = h.results[0];
        cr_expect(r == -ECONNRESET || r == -EPIPE, "%s: %d", h.selector, r);
    }
}

/* Writes 4 MiB of counted bytes at once, flushes, and so ends. */
static int write_and_flush(struct stream *s, void *arg)
{
    struct host *h = arg;
    size_t n = 4 << 20;
    char *data = malloc(n);
    for (size_t i = 0; i < n; i++)
        data[i] = (char)(i * 31 >> 8);
    h->results[0] = stream_write(s, data, n);
    free(data);
    return h->results[1] = stream_flush(s);
}

Test(stream, flush_waits_until_all_is_sent)
{
    static char heard[(4 << 20) + 1];
    EACH_BACKEND(h)
    {
        host_open(&h, write_and_flush);
        int fd = client_open_small(&h);
        size_t n = hear_bytes(fd, heard, sizeof heard), wrong = 0;
        cr_expect_eq(n, 4 << 20, "%s: %zu bytes", h.selector, n);
        for (size_t i = 0; i < n; i++)
            wrong += heard[i] != (char)(i * 31 >> 8);
        cr_expect_eq(wrong, 0, "%s: %zu wrong bytes", h.selector, wrong);
        close(fd);
        host_close(&h);
        cr_expect_eq(h.results[0], 0);
        cr_expect_eq(h.results[1], 0);
    }
}

/* --- ends and errors --- */

Test(stream, a_reset_is_what_every_later_call_returns)
{
    EACH_BACKEND(h)
    {
        host_open(&h, serve_to_error);
        int fd = client_open(&h);
        sem_wait(&h.event);
        client_reset(fd);
        sem_wait(&h.event);
        host_close(&h);
        for (int i = 0; i < 5; i++)
            cr_expect_eq(h.results[i], -ECONNRESET, "%s: call %d: %d", h.selector, i, h.results[i]);
    }
}

/* Reads to the end, then answers how much it was. */
static int count_input(struct stream *s, void *arg)
{
    (void)arg;
    const char *data;
    size_t total = 0;
    for (ssize_t n; (n = stream_peek(s, &data)) > 0; stream_consume(s, (size_t)n))
        total += (size_t)n;
    char text[32];
    stream_write(s, text, (size_t)snprintf(text, sizeof text, "%zu;", total));
    return 0;
}

Test(stream, a_client_that_has_ended_its_output_gets_its_answer)
{
    EACH_BACKEND(h)
    {
        host_open(&h, count_input);
        int fd = client_open(&h);
        say(fd, "hello");
        shutdown(fd, SHUT_WR);
        expect_heard(&h, fd, "5;");
        expect_end(&h, fd);
        close(fd);
        host_close(&h);
    }
}

static int end_then_count(struct stream *s, void *arg)
{
    struct host *h = arg;
    const char *data;
    stream_write(s, "bye", 3);
    h->results[0] = stream_end(s);
    for (ssize_t n; (n = stream_peek(s, &data)) > 0; stream_consume(s, (size_t)n))
        h->count += (size_t)n;
    sem_post(&h->event);
    return 0;
}

Test(stream, after_end_the_client_can_still_send)
{
    EACH_BACKEND(h)
    {
        host_open(&h, end_then_count);
        int fd = client_open(&h);
        expect_heard(&h, fd, "bye");
        expect_end(&h, fd);
        say(fd, "wait");
        close(fd);
        sem_wait(&h.event);
        host_close(&h);
        cr_expect_eq(h.results[0], 0, "%s: %d", h.selector, h.results[0]);
        cr_expect_eq(h.count, 4, "%s: %zu bytes", h.selector, h.count);
    }
}

static int abort_after_a_word(struct stream *s, void *arg)
{
    (void)arg;
    stream_write(s, "word", 4);
    stream_abort(s);
    return 0;
}

Test(stream, abort_ends_in_a_reset)
{
    EACH_BACKEND(h)
    {
        host_open(&h, abort_after_a_word);
        int fd = client_open(&h);
        char heard[8];
        ssize_t n;
        while ((n = recv(fd, heard, sizeof heard, 0)) > 0)
            ;
        cr_expect(n < 0 && errno == ECONNRESET, "%s: %zd %s", h.selector, n, strerror(errno));
        close(fd);
        host_close(&h);
    }
}
