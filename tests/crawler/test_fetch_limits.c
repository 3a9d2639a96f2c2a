/* What is without end or out of all proportion: it is cut, and takes no memory. */
#include "crawler/fetch_multi.h"
#include "tests/crawler/fetching.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define KIB 1024
#define MIB (1024 * KIB)
#define BOMB (64 * MIB) /* of zeros, decoded */

static char gzip[128 * KIB], zstd[4 * KIB];
static const unsigned char brotli[] = {
    0xcf, 0xff, 0xff, 0x7f, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x9f,
    0xff, 0xff, 0xff, 0xf0, 0x4f, 0x00, 0xc4, 0x61, 0x01, 0x80, 0xee, 0xfd, 0x3f, 0xff,
    0xff, 0xff, 0xe1, 0x9f, 0x00, 0x88, 0xc3, 0x22, 0x00, 0xdd, 0xfb, 0x7f, 0xfe, 0xff,
    0xff, 0xc3, 0x3f, 0x01, 0x10, 0x87, 0x05, 0x00, 0xba, 0xf7, 0xff, 0x03};
static char interims[1024 * KIB], trailers[1024 * KIB], codings[2 * KIB], coding_lines[4 * KIB];
static char line_90k[96 * KIB], line_110k[112 * KIB], many[1024 * KIB];

static struct site_page pages[] = {
    {"/gzip", .headers = "Content-Encoding: gzip\r\n", .body = gzip},
    {"/br", .headers = "Content-Encoding: br\r\n", .body = (const char *)brotli,
     .length = sizeof brotli},
    {"/zstd", .headers = "Content-Encoding: zstd\r\n", .body = zstd},
    {"/gzip-cut", .headers = "Content-Encoding: gzip\r\n", .body = gzip, .length = 20 * KIB},
    {"/interims", .body = interims, .behaviour = SITE_RAW},
    {"/trailers", .body = trailers, .behaviour = SITE_RAW},
    {"/codings", .headers = codings, .body = gzip, .length = 100},
    {"/codinglines", .headers = coding_lines, .body = gzip, .length = 100},
    {"/unknown", .headers = "Content-Encoding: gzip, foo\r\n", .body = gzip, .length = 100},
    {"/line90k", .headers = line_90k, .body = "<p>"},
    {"/line110k", .headers = line_110k, .body = "<p>"},
    {"/many", .headers = many, .body = "<p>"},
    {"/", .body = "<p>"},
};

static void write_gzip(void)
{
    static unsigned char zeros[MIB];
    z_stream z = {.next_out = (unsigned char *)gzip, .avail_out = sizeof gzip};

    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    for (size_t i = 0; i < BOMB / sizeof zeros; i++) {
        z.next_in = zeros;
        z.avail_in = sizeof zeros;
        deflate(&z, i + 1 < BOMB / sizeof zeros ? Z_NO_FLUSH : Z_FINISH);
    }
    pages[0].length = z.total_out;
    deflateEnd(&z);
}

/* RFC 8878: blocks that repeat one byte 128 Ki times. */
static void write_zstd(void)
{
    static const char head[] = {0x28, (char)0xb5, 0x2f, (char)0xfd, 0, 7 << 3};
    size_t blocks = BOMB / (128 * KIB), at = sizeof head;

    memcpy(zstd, head, sizeof head);
    for (size_t i = 0; i < blocks; i++, at += 4) {
        unsigned block = (128 * KIB) << 3 | 1 << 1 | (i + 1 == blocks);
        memcpy(&zstd[at], (char[]){(char)block, (char)(block >> 8), (char)(block >> 16), 0}, 4);
    }
    pages[2].length = at;
}

static char *repeat(char *out, const char *end, const char *text)
{
    while (end - out > (ptrdiff_t)strlen(text) + 64)
        out = stpcpy(out, text);
    return out;
}

static void write_line(char *out, size_t length)
{
    memset(out, 'x', length);
    memcpy(out, "X: ", 3);
    strcpy(out + length - 2, "\r\n");
}

static void write_pages(void)
{
    char *out;

    write_gzip();
    write_zstd();
    out = repeat(interims, interims + sizeof interims, "HTTP/1.1 102 Processing\r\n\r\n");
    strcpy(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    out = stpcpy(trailers, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n");
    strcpy(repeat(out, trailers + sizeof trailers, "X-Trailer: 1\r\n"), "\r\n");
    out = stpcpy(codings, "Content-Encoding: gzip");
    for (int i = 1; i < 100; i++) {
        out = stpcpy(out, ", gzip");
        strcat(coding_lines, "Content-Encoding: gzip\r\n");
    }
    strcpy(out, "\r\n");
    write_line(line_90k, 90 * KIB);
    write_line(line_110k, 110 * KIB);
    repeat(many, many + sizeof many, "a:b\r\n");
}

TestSuite(limits, .init = write_pages);

static size_t peak_memory(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * KIB;
}

FETCH_TEST(limits, cut_what_decodes_to_very_much, .max_body = 32 * MIB)
{
    static const char *const paths[] = {"/gzip", "/br", "/zstd"};

    get(s, "/", BODY_COUNT);
    for (size_t i = 0; i < COUNT(paths); i++) {
        size_t before = peak_memory();
        struct fetch *f = get(s, paths[i], BODY_COUNT);
        cr_assert_eq(f->error, FETCH_OK, "%s: %s", paths[i], f->message);
        cr_assert(f->truncated, "%s", paths[i]);
        cr_assert_eq(f->taken, 32 * MIB, "%s: %zu", paths[i], (size_t)f->taken);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
        size_t grown = peak_memory() - before;
        cr_expect_lt(grown, strcmp(paths[i], "/br") == 0 ? 20 * MIB : 4 * MIB, "%s: %zu", paths[i],
                     grown); /* a window of 16 MiB is in brotli's nature */
#endif
    }
}

FETCH_TEST(limits, hold_for_what_is_held_back_to_keep_the_rate, .limit_rate = 1)
{
    get(s, "/", BODY_COUNT); /* takes three seconds to pay off */
    struct fetch *f = get(s, "/br", BODY_COUNT);
    cr_assert_eq(f->error, FETCH_TOO_LARGE, "%s", f->message);
    cr_assert(strstr(f->message, "--limit-rate"), "%s", f->message);
    cr_assert_eq(f->multi->active, 0);
}

FETCH_TEST(limits, bear_a_body_that_ends_before_its_coding_does)
{
    struct fetch *f = get(s, "/gzip-cut", BODY_COUNT);

    cr_assert(f->error == FETCH_OK || f->error == FETCH_DECODE);
    cr_assert_lt(f->taken, BOMB);
    cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK);
}

FETCH_TEST(limits, name_what_goes_too_far, .max_body = 1 * MIB)
{
    static const struct {
        const char *path;
        enum fetch_error error;
    } table[] = {
        {"/interims", FETCH_TOO_LARGE}, {"/trailers", FETCH_TOO_LARGE}, {"/codings", FETCH_DECODE},
        {"/codinglines", FETCH_DECODE}, {"/unknown", FETCH_DECODE},     {"/line90k", FETCH_OK},
        {"/line110k", FETCH_TOO_LARGE}, {"/many", FETCH_TOO_LARGE},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, BODY_LINKS);
        cr_expect_eq(f->error, table[i].error, "%s: %s: %s", table[i].path,
                     fetch_error_name(f->error), f->message);
        cr_expect_leq(f->header_bytes, 370 * KIB, "%s: %zu", table[i].path, f->header_bytes);
        cr_assert_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "after %s", table[i].path);
    }
}

/* --- bytes that trickle --- */

struct trickle {
    int fd;
    const char *head;   /* at once */
    const char *repeat; /* byte by byte, again and again */
};

static void *trickle(void *arg)
{
    struct trickle *t = arg;
    char request[4096];
    int fd = accept(t->fd, NULL, NULL);

    if (recv(fd, request, sizeof request, 0) > 0)
        send(fd, t->head, strlen(t->head), MSG_NOSIGNAL);
    for (const char *c = t->repeat; send(fd, c, 1, MSG_NOSIGNAL) == 1;) {
        usleep(3000);
        c = c[1] ? c + 1 : t->repeat;
    }
    close(fd);
    return NULL;
}

FETCH_TEST(limits, of_time_hold_also_when_bytes_trickle, .max_time = 100 * NS_PER_MS)
{
    static const struct trickle table[] = {
        {.head = "", .repeat = "HTTP/1.1 100 Continue\r\n\r\n"},
        {.head = "HTTP/1.1 200 OK\r\n", .repeat = "X: y\r\n"},
        {.head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", .repeat = "x"},
        {.head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .repeat = "1\r\nx\r\n"},
        {.head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", .repeat = "x"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof a;
        struct trickle t = table[i];
        pthread_t thread;
        char url[64];

        t.fd = socket(AF_INET, SOCK_STREAM, 0);
        cr_assert_eq(bind(t.fd, (struct sockaddr *)&a, sizeof a), 0);
        cr_assert_eq(listen(t.fd, 1), 0);
        getsockname(t.fd, (struct sockaddr *)&a, &size);
        snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
        pthread_create(&thread, NULL, trickle, &t);
        cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
        cr_expect_eq(s->fetch.error, FETCH_TIMEOUT, "row %zu: %s", i, s->fetch.message);
        cr_expect_lt(s->fetch.ended - s->fetch.started, NS_PER_S);
        pthread_join(thread, NULL);
        close(t.fd);
    }
}
