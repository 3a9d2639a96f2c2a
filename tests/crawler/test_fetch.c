/* What a fetch makes of an answer, and of none. */
#include "tests/crawler/fetching.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define KIB 1024

static char letters[300 * KIB]; /* all 'x' */
static char squeezed[64 * KIB]; /* 4 MiB of zeros as gzip */
static char trailing[64 * KIB]; /* the same, and more */
static char many_headers[512 * KIB], long_header[256 * KIB], many_links[256 * KIB];

static struct site_page pages[] = {
    {"/bomb", .headers = "Content-Encoding: gzip\r\n", .body = squeezed},
    {"/trailing", .headers = "Content-Encoding: gzip\r\n", .body = trailing},
    {"/", .body = "<a href=/b>"},
    {"/b", .body = "<p>"},
    {"/empty", .body = ""},
    {"/gone", 404, .body = "<a href=/>"},
    {"/broken", 500, .body = "sorry"},
    {"/nothing", 204, .type = ""},
    {"/there", 301, .headers = "Location: /b\r\nlocation: /c\r\n", .body = "moved"},
    {"/a%2Fb%2f%c3%A9|?q=%2f&r=a%20b", .body = "percent"},
    {"//double?", .body = "double"},
    {"/text", .type = "text/plain", .body = "User-agent: *"},
    {"/picture", .type = "image/png", .body = "PNG"},
    {"/css", .type = "text/css; charset=utf-8", .body = "p { }"},
    {"/film", .type = "video/mp4", .body = letters, .length = sizeof letters},
    {"/long", .body = letters, .length = sizeof letters},
    {"/notgzip", .headers = "Content-Encoding: gzip\r\n", .body = "plain after all"},
    {"/unknown", .headers = "Content-Encoding: rot13\r\n", .body = "cynva"},
    {"/headers", .type = "",
     .headers = "LINK:   </1>; rel=next \r\nrefresh: 5;url=/2\r\nContent-Type: text/plain\r\n"
                "X-Link: no\r\nlink:</3>\t\r\nLink:\r\ncontent-type:text/html \r\n"
                "Content-Location: /4\r\nRetry-After: 7\r\nx-robots-tag: a: noindex, all\r\n"
                "X-Robots-Tag: nofollow\r\n"},
    {"/interim",
     .body = "HTTP/1.1 103 Early Hints\r\nLink: </early>\r\n\r\nHTTP/1.1 200 OK\r\n"
             "Content-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
     .behaviour = SITE_RAW},
    {"/trailers",
     .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
             "3\r\n<p>\r\n0\r\nLink: </late>\r\nContent-Type: image/png\r\n\r\n",
     .behaviour = SITE_RAW},
    {"/chunk", .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
     .behaviour = SITE_RAW},
    {"/badchunk", .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsome\r\nabc",
     .behaviour = SITE_RAW},
    {"/hugechunk",
     .body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc",
     .behaviour = SITE_RAW},
    {"/twolengths",
     .body = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 3\r\n\r\nabcde",
     .behaviour = SITE_RAW},
    {"/samelengths",
     .body = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length:3 \r\n\r\nabcde",
     .behaviour = SITE_RAW},
    {"/noise", .body = "good evening\r\n\r\n", .behaviour = SITE_RAW},
    {"/manyheaders", .body = many_headers, .behaviour = SITE_RAW},
    {"/longheader", .body = long_header, .behaviour = SITE_RAW},
    {"/manylinks", .body = many_links, .behaviour = SITE_RAW},
    {"/truncated", .body = "0123456789", .behaviour = SITE_TRUNCATE},
    {"/reset", .body = letters, .length = sizeof letters, .behaviour = SITE_RESET},
    {"/close", .behaviour = SITE_CLOSE},
    {"/hang", .behaviour = SITE_HANG},
    {"/slow", .body = "at last", .delay = 0.15},
};

static void squeeze(void)
{
    static char zeros[4096 * KIB];
    z_stream z = {.next_in = (unsigned char *)zeros,
                  .avail_in = sizeof zeros,
                  .next_out = (unsigned char *)squeezed,
                  .avail_out = sizeof squeezed};

    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    pages[0].length = z.total_out;
    deflateEnd(&z);
    memcpy(trailing, squeezed, pages[0].length);
    memcpy(trailing + pages[0].length, "more", 4);
    pages[1].length = pages[0].length + 4;
}

static void fill(char *out, size_t size, const char *line)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
    size_t n = strlen(line);

    out = stpcpy(out, head);
    for (size -= sizeof head + 32; size > n; size -= n)
        out = stpcpy(out, line);
    stpcpy(out, "Content-Length: 0\r\n\r\n");
}

static void write_long_pages(void)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nX: ";

    memset(letters, 'x', sizeof letters);
    squeeze();
    fill(many_headers, sizeof many_headers, "X-Header: value\r\n");
    fill(many_links, sizeof many_links, "Link: <a>\r\nRefresh: 1\r\n");
    memset(long_header, 'x', sizeof long_header - 1);
    memcpy(long_header, head, sizeof head - 1);
}

TestSuite(fetch, .init = write_long_pages);

static void expect_header(const struct fetch *f, enum fetch_header h, const char *value)
{
    const char *got = fetch_header(f, h);

    if (value)
        cr_assert(got && strcmp(got, value) == 0, "header %d is %s, not %s", h, got, value);
    else
        cr_assert_null(got, "header %d is %s", h, got);
}

static void expect_body(const struct fetch *f, const char *body)
{
    cr_assert_eq(f->body_length, strlen(body));
    cr_assert_eq(memcmp(f->body, body, f->body_length), 0);
}

/* --- answers --- */

FETCH_TEST(fetch, reads_an_answer)
{
    int64_t before = loop_time();
    struct fetch *f = get(s, "/", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK);
    cr_assert_str_eq(f->message, "");
    cr_assert_eq(f->status, 200);
    cr_assert_eq(f->size, strlen("<a href=/b>"));
    cr_assert(!f->truncated);
    expect_body(f, "<a href=/b>");
    expect_header(f, HEADER_CONTENT_TYPE, "text/html");
    cr_assert(before <= f->started && f->started <= f->ended && f->ended <= loop_time());
}

FETCH_TEST(fetch, tells_every_status)
{
    static const struct {
        const char *path;
        int status;
        bool redirects;
    } table[] = {{"/empty", 200, false}, {"/gone", 404, false},    {"/broken", 500, false},
                 {"/there", 301, true},  {"/nothing", 204, false}, {"/unheard", 404, false}};

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, BODY_LINKS);
        cr_assert_eq(f->error, FETCH_OK, "%s: %s", table[i].path, f->message);
        cr_assert_eq(f->status, table[i].status, "%s: %d", table[i].path, f->status);
        cr_assert_eq(fetch_redirects(f), table[i].redirects, "%s", table[i].path);
    }
}

FETCH_TEST(fetch, does_not_follow_a_redirect_and_takes_the_first_location)
{
    expect_header(get(s, "/there", BODY_LINKS), HEADER_LOCATION, "/b");
    cr_assert_eq(site_hits(s->site, "/b"), 0);
}

FETCH_TEST(fetch, asks_for_the_url_as_it_is_written)
{
    static const char *const paths[] = {
        "/b", "/a%2Fb%2f%c3%A9|?q=%2f&r=a%20b", "/b", "//double?", "/empty", "/", "/b"};

    for (size_t i = 0; i < COUNT(paths); i++) {
        cr_assert_eq(get(s, paths[i], BODY_LINKS)->status, 200, "%s", paths[i]);
        cr_assert_geq(site_hits(s->site, paths[i]), 1, "%s", paths[i]);
    }
    char *order = site_order(s->site);
    cr_assert_str_eq(order, "/b /a%2Fb%2f%c3%A9|?q=%2f&r=a%20b /b //double? /empty / /b");
    free(order);
}

FETCH_TEST(fetch, says_who_it_is_and_no_more_than_it_must)
{
    get(s, "/", BODY_LINKS);
    const char *head = site_requests(s->site, 0);
    cr_assert(strstr(head, "\r\nUser-Agent: tester/1\r\n"), "%s", head);
    cr_assert(strstr(head, "\r\nAccept-Encoding: gzip"), "%s", head);
    cr_assert_null(strstr(head, "Referer"));
    cr_assert_null(strstr(head, "Cookie"));
    cr_assert_null(strstr(head, "Authorization"));
}

FETCH_TEST(fetch, collects_the_headers_of_the_answer)
{
    struct fetch *f = get(s, "/headers", BODY_LINKS);

    expect_header(f, HEADER_LINK, "</1>; rel=next, </3>, ");
    expect_header(f, HEADER_REFRESH, "5;url=/2");
    expect_header(f, HEADER_CONTENT_TYPE, "text/html");
    expect_header(f, HEADER_CONTENT_LOCATION, "/4");
    expect_header(f, HEADER_RETRY_AFTER, "7");
    expect_header(f, HEADER_X_ROBOTS_TAG, "a: noindex, all\nnofollow");
    expect_header(f, HEADER_LOCATION, NULL);
    f = get(s, "/b", BODY_LINKS);
    for (int h = 0; h < HEADER_COUNT; h++)
        expect_header(f, h,
                      h == HEADER_CONTENT_TYPE     ? "text/html"
                      : h == HEADER_CONTENT_LENGTH ? "3"
                                                   : NULL);
}

FETCH_TEST(fetch, forgets_the_headers_of_interim_answers)
{
    struct fetch *f = get(s, "/interim", BODY_LINKS);

    cr_assert_eq(f->status, 200);
    expect_header(f, HEADER_LINK, NULL);
    expect_body(f, "<p>");
}

FETCH_TEST(fetch, ignores_trailers)
{
    struct fetch *f = get(s, "/trailers", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    expect_header(f, HEADER_LINK, NULL);
    expect_header(f, HEADER_CONTENT_TYPE, "text/html");
}

FETCH_TEST(fetch, joins_many_headers_in_little_memory)
{
    struct fetch *f = get(s, "/manylinks", BODY_LINKS);
    size_t lines = 0, bytes = 0;

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    for (const char *at = many_links; (at = strstr(at, "Link:")); at++)
        lines++;
    cr_assert_gt(lines, 10000);
    cr_assert_eq(strlen(fetch_header(f, HEADER_LINK)), lines * strlen("<a>, ") - 2);
    for (int h = 0; h < HEADER_COUNT; h++)
        bytes += f->headers[h].capacity;
    cr_assert_lt(bytes, 1024 * KIB);
}

/* --- bodies --- */

FETCH_TEST(fetch, keeps_the_bodies_that_it_is_asked_for)
{
    static const struct {
        const char *path;
        enum fetch_body want;
        bool kept;
    } table[] = {
        {"/", BODY_LINKS, true},         {"/", BODY_COUNT, false},
        {"/", BODY_ROBOTS, true},        {"/gone", BODY_LINKS, false},
        {"/gone", BODY_ROBOTS, true},    {"/text", BODY_ROBOTS, true},
        {"/picture", BODY_LINKS, false}, {"/picture", BODY_ROBOTS, true},
        {"/empty", BODY_ROBOTS, false},  {"/", BODY_SITEMAP, true},
        {"/film", BODY_SITEMAP, true},   {"/gone", BODY_SITEMAP, false},
        {"/", BODY_STYLES, false},       {"/css", BODY_STYLES, true},
        {"/css", BODY_LINKS, true},      {"/css", BODY_COUNT, false},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, table[i].want);
        cr_assert_eq(f->error, FETCH_OK);
        cr_assert_eq(f->body_length > 0, table[i].kept, "row %zu", i);
        cr_assert_eq(f->size > 0, strcmp(table[i].path, "/empty") != 0, "row %zu", i);
    }
}

FETCH_TEST(fetch, reads_a_body_that_is_as_long_as_allowed, .max_body = 11)
{
    struct fetch *f = get(s, "/", BODY_LINKS);

    cr_assert(!f->truncated);
    expect_body(f, "<a href=/b>");
}

FETCH_TEST(fetch, cuts_a_longer_body, .max_body = 10)
{
    struct fetch *f = get(s, "/", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK);
    cr_assert(f->truncated);
    cr_assert_eq(f->size, 10);
    expect_body(f, "<a href=/b");
    get(s, "/b", BODY_LINKS);
    cr_assert(!f->truncated);
}

FETCH_TEST(fetch, cuts_by_decoded_bytes, .max_body = 1000 * KIB)
{
    struct fetch *f = get(s, "/bomb", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    cr_assert(f->truncated);
    cr_assert_eq(f->size, 1000 * KIB);
    cr_assert_eq(f->body_length, 1000 * KIB);
}

FETCH_TEST(fetch, decodes_a_body)
{
    struct fetch *f = get(s, "/bomb", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    cr_assert_eq(f->body_length, 4096 * KIB);
    cr_assert_eq(f->body[12345], 0);
}

FETCH_TEST(fetch, does_not_read_far_what_holds_no_links)
{
    struct fetch *f = get(s, "/film", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK);
    cr_assert(!f->truncated);
    cr_assert_eq(f->size, sizeof letters, "as announced");
    cr_assert_lt(f->taken, 128 * KIB);
    cr_assert_eq(f->body_length, 0);
}

FETCH_TEST(fetch, reads_all_bodies_where_it_is_told_to, .bodies = true)
{
    struct fetch *f = get(s, "/film", BODY_LINKS);

    cr_assert_eq(f->size, sizeof letters);
    cr_assert_eq(f->taken, sizeof letters);
    cr_assert_eq(f->body_length, 0);
}

FETCH_TEST(fetch, reads_documents_to_their_end_also_to_count_them)
{
    cr_assert_eq(get(s, "/long", BODY_COUNT)->taken, sizeof letters);
}

FETCH_TEST(fetch, lets_go_of_the_memory_of_a_long_body)
{
    get(s, "/long", BODY_LINKS);
    cr_assert_lt(get(s, "/b", BODY_LINKS)->body_capacity, 64 * KIB);
}

/* --- failures --- */

FETCH_TEST(fetch, names_what_went_wrong)
{
    static const struct {
        const char *path;
        enum fetch_error error;
    } table[] = {
        {"/truncated", FETCH_RESET},      {"/reset", FETCH_RESET},
        {"/close", FETCH_RESET},          {"/chunk", FETCH_RESET},
        {"/badchunk", FETCH_HTTP},        {"/hugechunk", FETCH_HTTP},
        {"/twolengths", FETCH_HTTP},      {"/trailing", FETCH_DECODE},
        {"/noise", FETCH_HTTP},           {"/notgzip", FETCH_DECODE},
        {"/unknown", FETCH_DECODE},       {"/manyheaders", FETCH_TOO_LARGE},
        {"/longheader", FETCH_TOO_LARGE},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, BODY_LINKS);
        cr_assert_eq(f->error, table[i].error, "%s: %s %s", table[i].path,
                     fetch_error_name(f->error), f->message);
        cr_assert_str_neq(f->message, "", "%s", table[i].path);
        cr_assert_eq(get(s, "/b", BODY_LINKS)->error, FETCH_OK, "after %s", table[i].path);
        cr_assert_str_eq(f->message, "");
    }
}

FETCH_TEST(fetch, says_what_the_contradiction_is)
{
    static const struct {
        const char *path, *text;
    } table[] = {
        {"/twolengths", "Content-Length"}, {"/trailing", "more"}, {"/badchunk", "chunked"}};

    for (size_t i = 0; i < COUNT(table); i++) {
        struct fetch *f = get(s, table[i].path, BODY_LINKS);
        cr_expect(strstr(f->message, table[i].text), "%s: %s", table[i].path, f->message);
    }
}

FETCH_TEST(fetch, takes_a_length_that_is_told_twice)
{
    struct fetch *f = get(s, "/samelengths", BODY_ROBOTS);

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    expect_body(f, "abc");
}

FETCH_TEST(fetch, keeps_the_part_that_came)
{
    struct fetch *f = get(s, "/truncated", BODY_LINKS);

    cr_assert_eq(f->status, 200);
    expect_body(f, "01234");
    cr_assert_eq(f->size, 5);
}

FETCH_TEST(fetch, says_when_nobody_listens)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char url[64];

    cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    getsockname(fd, (struct sockaddr *)&a, &size);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
    cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
    cr_assert_eq(s->fetch.error, FETCH_CONNECT, "%s", s->fetch.message);
    cr_assert_eq(s->fetch.status, 0);
    close(fd);
}

FETCH_TEST(fetch, says_when_there_is_no_such_name)
{
    char url[128] = "http://";

    memset(url + 7, 'n', 70); /* longer than any name, so nobody is asked */
    strcpy(url + 77, ".test/");
    cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
    cr_assert_eq(s->fetch.error, FETCH_DNS, "%s", s->fetch.message);
}

FETCH_TEST(fetch, looks_a_name_up)
{
    char url[64];

    snprintf(url, sizeof url, "http://localhost:%u/", site_port(s->site));
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(fetch_get(&s->fetch, url, host_of(s, url), BODY_LINKS), 0);
        cr_assert_eq(s->fetch.error, FETCH_OK, "%s", s->fetch.message);
        expect_body(&s->fetch, "<a href=/b>");
    }
}

/* --- deadlines --- */

FETCH_TEST(fetch, gives_up_after_max_time, .max_time = 50 * NS_PER_MS)
{
    struct fetch *f = get(s, "/hang", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_TIMEOUT);
    cr_assert(strstr(f->message, "--max-time"), "%s", f->message);
    cr_assert_geq(f->ended - f->started, 50 * NS_PER_MS);
    cr_assert_eq(f->status, 0);
    cr_assert_eq(get(s, "/b", BODY_LINKS)->error, FETCH_OK);
}

FETCH_TEST(fetch, gives_the_answer_more_time_than_the_connection, .connect_timeout = 50 * NS_PER_MS)
{
    struct fetch *f = get(s, "/slow", BODY_LINKS);

    cr_assert_eq(f->error, FETCH_OK, "%s", f->message);
    expect_body(f, "at last");
}
