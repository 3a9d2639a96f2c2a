/* `skitter serve` from outside: the options that say how it answers. */
#include "cmd/serve_site.h"
#include "tests/cmd/crawling.h"
#include "tests/cmd/serving.h"

#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

/* As the options that stand beside it in a test say, the others are as usual. */
static struct serve_site site_of(const struct served *s, uint32_t pages, uint32_t links,
                                 const char *size)
{
    struct serve_site site = {.pages = pages,
                              .links = links,
                              .seed = 1,
                              .local = SERVE_SITE_LOCAL,
                              .hosts = 1,
                              .port = s->port,
                              .secure = strncmp(s->url, "https:", 6) == 0};
    cr_assert_eq(serve_site_law(&site.size, size, SERVE_SITE_BYTES), 0);
    return site;
}

static char *page_of(const struct serve_site *site, uint32_t index)
{
    struct serve_site_page p;
    serve_site_page_init(&p, site, index);
    char *text = malloc(p.size + SERVE_SITE_ROOM + 1);
    text[serve_site_page_read(&p, text, p.size + SERVE_SITE_ROOM)] = '\0';
    return text;
}

/* The answer to a request for a page on a host; headers end in CRLF each. */
static char *get(const struct served *s, unsigned host, uint32_t page, const char *headers,
                 size_t *size)
{
    char path[SERVE_SITE_PATH], request[256];
    serve_site_path(page, path);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n",
             path, headers);
    return serving_ask(s, host, request, size);
}

static int status_of(const char *answer)
{
    int status = 0;
    sscanf(answer, "HTTP/1.1 %d ", &status);
    return status;
}

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(end, "no head: %s", answer);
    return end + 4;
}

/* What a header of the head says; "" if there is none. Valid until the next call. */
static const char *header_of(const char *answer, const char *name)
{
    static char value[256];
    char line[64];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = strstr(answer, line);
    value[0] = '\0';
    if (at && at < body_of(answer))
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at + strlen(line), "\r"),
                 at + strlen(line));
    return value;
}

/* --- errors, redirects, hosts --- */

Test(serve_answers, errors_and_redirects_are_the_pages_that_they_are_computed_to_be)
{
    static const int statuses[] = {200, 404, 500, 302};
    struct served s = serving_start(
        ARGS("serve", "--pages", "150", "--hosts=2", "--errors=20%", "--redirects", "0.3"));
    struct serve_site site = site_of(&s, 150, 30, "5K");
    site.hosts = 2;
    site.errors = 0.2;
    site.redirects = 0.3;
    for (uint32_t i = 0; i < site.pages; i++) {
        char *answer = get(&s, i % 2, i, "", NULL), next[SERVE_SITE_URL] = "";
        enum serve_site_kind kind = serve_site_kind(&site, i);
        if (kind == SERVE_SITE_REDIRECT)
            serve_site_url(&site, (i + 1) % site.pages, next);
        cr_expect_eq(status_of(answer), statuses[kind], "page %u: %d", i, status_of(answer));
        cr_expect_str_eq(header_of(answer, "Location"), next, "page %u", i);
        size_t length = strlen(body_of(answer));
        cr_expect_eq(strtoul(header_of(answer, "Content-Length"), NULL, 10), length);
        cr_expect(kind == SERVE_SITE_PAGE || length < 200, "page %u: %zu bytes", i, length);
        free(answer);
    }
    serving_end(&s);
}

Test(serve_answers, a_redirect_on_its_host_says_the_path)
{
    struct served s = serving_start(ARGS("serve", "--pages", "3", "--redirects=1"));
    static const char *const locations[] = {"", "/d0/p2.html", "/"};
    for (uint32_t i = 0; i < 3; i++) {
        char *answer = get(&s, 0, i, "", NULL);
        cr_expect_str_eq(header_of(answer, "Location"), locations[i]);
        free(answer);
    }
    serving_end(&s);
}

Test(serve_answers, errors_and_redirects_have_a_latency_too)
{
    struct served s = serving_start(ARGS("serve", "--pages=3", "--errors=1", "--latency", "200ms"));
    double start = crawling_now();
    free(get(&s, 0, 1, "", NULL));
    cr_expect_geq(crawling_now() - start, 0.2);
    serving_end(&s);
}

Test(serve_answers, hosts_answer_for_their_own_pages_alone)
{
    struct served s = serving_start(ARGS("serve", "--pages", "10", "--hosts", "3"));
    struct serve_site site = site_of(&s, 10, 30, "5K");
    site.hosts = 3;
    for (unsigned host = 0; host < 3; host++) {
        for (uint32_t i = 0; i < site.pages; i++) {
            char *answer = get(&s, host, i, "", NULL), *page = page_of(&site, i);
            cr_expect_eq(status_of(answer), i % 3 == host ? 200 : 404, "page %u on %u", i, host);
            if (i % 3 == host)
                cr_expect_str_eq(body_of(answer), page);
            free(answer);
            free(page);
        }
    }
    serving_end(&s);
}

/* --- connections --- */

Test(serve_answers, without_keep_alive_each_answer_ends_its_connection)
{
    struct served s = serving_start(ARGS("serve", "--no-keepalive"));
    static const char *const paths[] = {"/", "/nothing"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        char request[128];
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
        char *answer = serving_ask(&s, 0, request, NULL);
        cr_expect_eq(crawling_count(answer, "HTTP/1.1 "), 1);
        cr_expect_str_eq(header_of(answer, "Connection"), "close");
        free(answer);
    }
    serving_end(&s);
}

Test(serve_answers, it_says_at_its_end_what_it_had_to_do)
{
    struct served s = serving_start(ARGS("serve"));
    for (uint32_t i = 0; i < 3; i++)
        free(get(&s, 0, 2 * i, "", NULL));
    struct result r;
    program_signal(s.program, SIGTERM);
    program_wait(s.program, SERVING_PATIENCE, &r);
    double seconds = 0, share = -1;
    int n = 0;
    cr_expect_eq(sscanf(r.err, "skitter serve: 3 requests in %lf s, %lf %% of a core%n", &seconds,
                        &share, &n),
                 2, "%s", r.err);
    cr_expect_str_eq(r.err + n, "\n");
    cr_expect(seconds >= 0 && seconds <= r.seconds + 0.05 && share >= 0, "%s", r.err);
    result_free(&r);
}

/* --- gzip --- */

/* Takes the chunks' frames off; returns the length of what they held. */
static size_t unchunk(char *body, size_t size)
{
    char *from = body, *to = body, *end = body + size;
    for (;;) {
        char *after;
        size_t n = strtoul(from, &after, 16);
        cr_assert(isxdigit((unsigned char)*from) && strncmp(after, "\r\n", 2) == 0);
        from = after + 2;
        cr_assert(n + 2 <= (size_t)(end - from) && strncmp(from + n, "\r\n", 2) == 0);
        if (n == 0)
            break;
        memmove(to, from, n);
        to += n;
        from += n + 2;
    }
    cr_assert_eq(from + 2, end, "something follows the last chunk");
    return (size_t)(to - body);
}

/* Inflates one member of gzip and nothing else; the caller frees. */
static char *gunzip(const char *data, size_t size, size_t room)
{
    char *text = malloc(room + 1);
    z_stream z = {.next_in = (Bytef *)data,
                  .avail_in = (uInt)size,
                  .next_out = (Bytef *)text,
                  .avail_out = (uInt)room};
    cr_assert_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    cr_expect_eq(inflate(&z, Z_FINISH), Z_STREAM_END, "%s", z.msg ? z.msg : "it does not end");
    cr_expect_eq(z.avail_in, 0);
    text[z.total_out] = '\0';
    inflateEnd(&z);
    return text;
}

/* The body of an answer, without any coding; the caller frees. */
static char *decoded(char *answer, size_t size, size_t room)
{
    char *body = answer + (body_of(answer) - answer);
    size -= (size_t)(body - answer);
    if (strcmp(header_of(answer, "Transfer-Encoding"), "chunked") == 0)
        size = unchunk(body, size);
    else if (*header_of(answer, "Content-Length"))
        cr_expect_eq(strtoul(header_of(answer, "Content-Length"), NULL, 10), size);
    cr_expect_str_eq(header_of(answer, "Content-Encoding"), "gzip");
    return gunzip(body, size, room);
}

Test(serve_answers, a_long_page_that_is_read_as_fast_as_it_is_made_keeps_nobody_waiting)
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
    struct served s = serving_start(ARGS("serve", "--gzip", "--size", "1G"));
    int fd = serving_connect(&s);
    char some[65536];
    cr_assert_eq(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    cr_assert_gt(recv(fd, some, 100, 0), 0);
    pid_t reader = fork();
    if (reader == 0) {
        while (recv(fd, some, sizeof some, 0) > 0)
            ;
        _exit(0);
    }
    free(get(&s, 0, 5000, "", NULL)); /* which is missing, and short */
    cr_expect_eq(waitpid(reader, NULL, WNOHANG), 0, "it was answered after the page");
    kill(reader, SIGKILL);
    waitpid(reader, NULL, 0);
    close(fd);
    serving_end(&s);
}

/* Both sides of what the server makes at once. */
Test(serve_answers, a_compressed_page_inflates_to_the_same_bytes)
{
    static const char *const sizes[] = {"5K", "65408", "65409", "64K", "65537", "300K", "3M"};
    for (size_t k = 0; k < COUNT(sizes); k++) {
        struct served s =
            serving_start(ARGS("serve", "--gzip", "--links=7", "--size", sizes[k], "--pages=9"));
        struct serve_site site = site_of(&s, 9, 7, sizes[k]);
        for (uint32_t i = 1; i < site.pages; i += 3) {
            size_t size;
            char *page = page_of(&site, i);
            char *answer = get(&s, 0, i, "Accept-Encoding: gzip\r\n", &size);
            char *text = decoded(answer, size, strlen(page) + 1);
            cr_expect(strcmp(text, page) == 0, "page %u of %s", i, sizes[k]);
            free(text);
            free(answer);
            free(page);
        }
        serving_end(&s);
    }
}

Test(serve_answers, a_long_compressed_page_ends_with_the_connection_for_http_1_0)
{
    struct served s = serving_start(ARGS("serve", "--gzip", "--size", "300K"));
    struct serve_site site = site_of(&s, 1000, 30, "300K");
    size_t size;
    char *page = page_of(&site, 0), *answer = serving_ask(&s, 0,
                                                          "GET / HTTP/1.0\r\nAccept-Encoding: gzip"
                                                          "\r\nConnection: keep-alive\r\n\r\n",
                                                          &size);
    cr_expect_str_empty(header_of(answer, "Transfer-Encoding"));
    cr_expect_str_eq(header_of(answer, "Connection"), "close");
    char *text = decoded(answer, size, strlen(page) + 1);
    cr_expect(strcmp(text, page) == 0);
    free(text);
    free(answer);
    free(page);
    serving_end(&s);
}

Test(serve_answers, the_head_alone_is_the_same_as_with_the_body)
{
    static const char *const sizes[] = {"5K", "300K"};
    for (size_t k = 0; k < COUNT(sizes); k++) {
        struct served s =
            serving_start(ARGS("serve", "--gzip", "--errors=50%", "--size", sizes[k]));
        for (uint32_t i = 0; i < 9; i++) {
            char path[SERVE_SITE_PATH], request[128], *answers[2];
            serve_site_path(i, path);
            for (int m = 0; m < 2; m++) {
                snprintf(request, sizeof request,
                         "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                         "Accept-Encoding: gzip\r\n\r\n",
                         m ? "HEAD" : "GET", path);
                answers[m] = serving_ask(&s, 0, request, NULL);
            }
            cr_expect_str_empty(body_of(answers[1]));
            answers[0][body_of(answers[0]) - answers[0]] = '\0';
            cr_expect_str_eq(answers[0], answers[1]);
            free(answers[0]);
            free(answers[1]);
        }
        serving_end(&s);
    }
}

Test(serve_answers, bodies_are_compressed_for_those_who_accept_it)
{
    static const struct {
        const char *headers;
        bool packed;
    } rows[] = {
        {"", false},
        {"Accept-Encoding: gzip\r\n", true},
        {"accept-encoding: br, deflate , GZip\r\n", true},
        {"Accept-Encoding: gzip;q=0.001\r\n", true},
        {"Accept-Encoding: gzip ; Q=1, br\r\n", true},
        {"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", true},
        {"Accept-Encoding: gzip;q=0\r\n", false},
        {"Accept-Encoding: br, gzip ; q=0.000, deflate\r\n", false},
        {"Accept-Encoding: deflate, br, zstd\r\n", false},
        {"Accept-Encoding: gzipped\r\n", false},
        {"Accept-Encoding:\r\n", false},
    };
    struct served s = serving_start(ARGS("serve", "--gzip")), plain = serving_start(ARGS("serve"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (uint32_t page = 5; page < 5000; page += 4900) { /* the other one is missing */
            char *answer = get(&s, 0, page, rows[i].headers, NULL);
            cr_expect_str_eq(header_of(answer, "Content-Encoding"), rows[i].packed ? "gzip" : "",
                             "%s", rows[i].headers);
            cr_expect_str_eq(header_of(answer, "Vary"), "Accept-Encoding");
            free(answer);
        }
        char *answer = get(&plain, 0, 5, rows[i].headers, NULL);
        cr_expect_str_empty(header_of(answer, "Content-Encoding"));
        cr_expect_str_empty(header_of(answer, "Vary"));
        free(answer);
    }
    serving_end(&s);
    serving_end(&plain);
}

/* --- a wrong server --- */

Test(serve_answers, links_are_dropped_at_random_and_others_each_time)
{
    enum { TIMES = 100 };
    struct served s = serving_start(ARGS("serve", "--drop", "10%", "--size", "5000"));
    double links = 0, expected = TIMES * 30 * 0.9;
    unsigned other = 0;
    char *before = get(&s, 0, 5, "", NULL);
    for (int i = 0; i < TIMES; i++) {
        char *answer = get(&s, 0, 5, "", NULL);
        cr_expect_eq(strlen(body_of(answer)), 5000);
        cr_expect_str_eq(header_of(answer, "Content-Length"), "5000");
        links += (double)crawling_count(answer, "<a href=");
        other += strcmp(answer, before) != 0;
        free(before);
        before = answer;
    }
    free(before);
    cr_expect_leq(fabs(links - expected), 5 * sqrt(expected * 0.1), "%g links", links);
    cr_expect_gt(other, TIMES * 3 / 4, "%u times another page", other);
    serving_end(&s);
}

/* --- crawls --- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(char *lines[], size_t count)
{
    qsort(lines, count, sizeof *lines, compare);
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(lines[i]) + 1;
    char *text = malloc(length + 1), *o = text;
    for (size_t i = 0; i < count; i++) {
        o = stpcpy(stpcpy(o, lines[i]), "\n");
        free(lines[i]);
    }
    *o = '\0';
    return text;
}

/* "STATUS URL" of every page that a crawl gets to, sorted, a line each; the caller frees. */
static char *expected_of(const struct serve_site *site)
{
    static const int statuses[] = {200, 404, 500, 302};
    char **lines = calloc(site->pages, sizeof *lines), *text;
    uint32_t *queue = calloc(site->pages, sizeof *queue), tail = 1;
    bool *seen = calloc(site->pages, sizeof *seen);
    seen[0] = true;
    for (uint32_t head = 0; head < tail; head++) {
        enum serve_site_kind kind = serve_site_kind(site, queue[head]);
        char url[SERVE_SITE_URL];
        serve_site_url(site, queue[head], url);
        cr_assert_geq(asprintf(&lines[head], "%d %s", statuses[kind], url), 0);
        uint32_t links = kind == SERVE_SITE_PAGE ? site->links : kind == SERVE_SITE_REDIRECT;
        for (uint32_t k = 0; k < links; k++) {
            uint32_t to = kind == SERVE_SITE_PAGE ? serve_site_link(site, queue[head], k)
                                                  : (queue[head] + 1) % site->pages;
            if (!seen[to])
                queue[tail++] = to;
            seen[to] = true;
        }
    }
    text = sorted(lines, tail);
    free(lines);
    free(queue);
    free(seen);
    return text;
}

static char *sorted_lines(const char *text)
{
    size_t count = crawling_lines(text), i = 0;
    char **lines = calloc(count + 1, sizeof *lines), *sorted_text;
    for (; i < count; i++, text += strcspn(text, "\n") + 1)
        lines[i] = strndup(text, strcspn(text, "\n"));
    sorted_text = sorted(lines, count);
    free(lines);
    return sorted_text;
}

Test(serve_answers, a_crawl_finds_exactly_what_is_computed)
{
    static const char *const options[] = {NULL, "--gzip", "--no-keepalive", "--tls"};
    for (size_t i = 0; i < COUNT(options); i++) {
        struct served s = serving_start(ARGS("serve", "--pages=400", "--hosts=3", "--errors=5%",
                                             "--redirects=5%", "--links=9", options[i]));
        struct serve_site site = site_of(&s, 400, 9, "5K");
        site.hosts = 3;
        site.errors = site.redirects = 0.05;
        struct result r;
        run_program(ARGS("-q", "-k", "--scope=any", "--retries=0", "-w%{status} %{url}\\n", s.url),
                    NULL, &r);
        cr_expect_eq(r.status, 0, "%s", r.err);
        char *expected = expected_of(&site);
        cr_expect_gt(crawling_lines(expected), 350);
        expect_text(sorted_lines(r.out), expected, "fetched");
        free(expected);
        result_free(&r);
        serving_end(&s);
    }
}
