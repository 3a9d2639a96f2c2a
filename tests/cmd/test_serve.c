/* `skitter serve` from outside: its command line, its signals, and HTTP/1.1 by raw bytes. */
#include "cmd/serve_site.h"
#include "tests/cmd/folder.h"
#include "tests/cmd/serving.h"
#include "tests/loop/backends.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char *ask(const struct served *s, const char *request)
{
    return serving_ask(s, 0, request, NULL);
}

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(end);
    return end + 4;
}

static char *page_of(const struct serve_site *site, uint32_t index)
{
    struct serve_site_page p;
    serve_site_page_init(&p, site, index);
    char *text = malloc(p.size + SERVE_SITE_ROOM + 1);
    text[serve_site_page_read(&p, text, p.size + SERVE_SITE_ROOM)] = '\0';
    return text;
}

Test(serve, ends_with_0_at_a_signal)
{
    static const int signals[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct served s = serving_start(ARGS("serve", "--latency", "1h"));
        int fd = serving_connect(&s);
        send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27, MSG_NOSIGNAL);
        struct result r;
        program_signal(s.program, signals[i]);
        program_wait(s.program, SERVING_PATIENCE, &r);
        cr_expect_eq(r.status, 0, "signal %d: status %d", signals[i], r.status);
        cr_expect_lt(r.seconds, 5);
        result_free(&r);
        close(fd);
    }
}

Test(serve, serves_the_computed_site)
{
    struct serve_site site = {
        .pages = 500, .links = 7, .seed = 42, .local = SERVE_SITE_LOCAL, .hosts = 1};
    serve_site_law(&site.size, "lognormal:20K,1.5", SERVE_SITE_BYTES);
    struct served s = serving_start(
        ARGS("serve", "--pages=500", "--links", "7", "--seed", "42", "--size=lognormal:20K,1.5"));
    for (uint32_t i = 0; i < 500; i += 9) {
        char path[SERVE_SITE_PATH], request[128];
        serve_site_path(i, path);
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                 path);
        char *answer = ask(&s, request), *page = page_of(&site, i);
        cr_expect_eq(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
        cr_expect_str_eq(body_of(answer), page, "%s", path);
        free(answer);
        free(page);
    }
    serving_end(&s);
}

Test(serve, a_page_that_no_socket_takes_at_once_arrives_whole)
{
    struct serve_site site = {
        .pages = 2, .links = 3, .seed = 1, .local = SERVE_SITE_LOCAL, .hosts = 1};
    serve_site_law(&site.size, "30M", SERVE_SITE_BYTES);
    struct served s = serving_start(ARGS("serve", "--pages=2", "--links=3", "--size=30M"));
    char *answer = ask(&s, "GET / HTTP/1.0\r\n\r\n"), *page = page_of(&site, 0);
    cr_expect(strcmp(body_of(answer), page) == 0);
    free(answer);
    free(page);
    serving_end(&s);
}

Test(serve, answers_pipelined_requests_in_their_order)
{
    struct served s = serving_start(ARGS("serve"));
    char *answer = ask(&s, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
                           "GET /d0/p5.html HTTP/1.1\r\nHost: h\r\n\r\n"
                           "HEAD /d0/p6.html HTTP/1.1\r\nHost: h\r\n\r\n"
                           "GET /d0/p7.html HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_expect_eq(crawling_count(answer, "HTTP/1.1 200 OK\r\n"), 4);
    const char *p0 = strstr(answer, "<title>Page 0<"), *p5 = strstr(answer, "<title>Page 5<"),
               *p6 = strstr(answer, "<title>Page 6<"), *p7 = strstr(answer, "<title>Page 7<");
    cr_expect(p0 && p5 > p0 && !p6 && p7 > p5);
    free(answer);
    serving_end(&s);
}

Test(serve, head_has_the_header_and_no_body)
{
    struct served s = serving_start(ARGS("serve", "--size=9000"));
    char *answer = ask(&s, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    cr_expect(strstr(answer, "\r\nContent-Length: 9000\r\n"));
    cr_expect_str_empty(body_of(answer));
    free(answer);
    serving_end(&s);
}

/* Each of these ends the connection too: ask() returns then. */
Test(serve, requests_get_the_status_that_they_deserve)
{
#define REST " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        {"GET /" REST, 200},
        {"GET http://x:1/d0/p1.html" REST, 200},
        {"GET http://x:1" REST, 200},
        {"\r\nGET /" REST, 200},
        {"GET / HTTP/1.0\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nhOST:h\r\ncONNECTION: x , CLOSE\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 200},
        {"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200},
        {"GET /robots.txt" REST, 404},
        {"GET /d0/p1000.html" REST, 404},
        {"GET /?" REST, 404},
        {"HEAD /nothing" REST, 404},
        {"POST /" REST, 405},
        {"get /" REST, 405},
        {"OPTIONS *" REST, 405},
        {"GET d0/p1.html" REST, 400},
        {"GET  /" REST, 400},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400},
        {"GET /\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
        {"\r\n\r\n", 400},
        {"\x16\x03\x01\r\n\r\n", 400},
    };
#undef REST
    struct served s = serving_start(ARGS("serve"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *answer = ask(&s, rows[i].request);
        int status = 0;
        sscanf(answer, "HTTP/1.1 %d ", &status);
        cr_expect_eq(status, rows[i].status, "%s: %d", rows[i].request, status);
        cr_expect_eq(crawling_count(answer, "HTTP/1.1 "), 1, "%s", rows[i].request);
        cr_expect_eq(crawling_count(answer, "\r\nConnection: close\r\n"), 1, "%s", rows[i].request);
        cr_expect_eq(crawling_count(answer, "\r\nAllow: GET, HEAD\r\n"), status == 405, "%s",
                     rows[i].request);
        free(answer);
    }
    serving_end(&s);
}

Test(serve, http_1_0_is_kept_alive_where_it_asks)
{
    struct served s = serving_start(ARGS("serve"));
    char *answer = ask(&s, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
                           "GET / HTTP/1.0\r\n\r\n");
    cr_expect_eq(crawling_count(answer, "HTTP/1.1 200 OK\r\n"), 2);
    cr_expect_eq(crawling_count(answer, "\r\nConnection: keep-alive\r\n"), 1);
    cr_expect_eq(crawling_count(answer, "\r\nConnection: close\r\n"), 1);
    free(answer);
    serving_end(&s);
}

Test(serve, a_head_over_64_KiB_gets_431)
{
    struct served s = serving_start(ARGS("serve"));
    size_t size = 300 << 10;
    char *request = malloc(size + 1);
    memset(request, 'x', size);
    request[size] = '\0';
    memcpy(request, "GET / HTTP/1.1\r\nLong: ", 22);
    char *answer = ask(&s, request);
    cr_expect_eq(strncmp(answer, "HTTP/1.1 431 ", 13), 0);
    cr_expect(strstr(answer, "\r\nConnection: close\r\n"));
    free(answer);
    free(request);
    serving_end(&s);
}

Test(serve, answers_wait_for_the_latency_side_by_side)
{
    enum { CLIENTS = 50 };
    struct served s = serving_start(ARGS("serve", "--latency", "300ms"));
    struct timeval start, end;
    gettimeofday(&start, NULL);
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = serving_connect(&s);
        send(fds[i], "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
    }
    for (int i = 0; i < CLIENTS; i++) {
        char byte;
        cr_expect_eq(recv(fds[i], &byte, 1, 0), 1);
        close(fds[i]);
    }
    gettimeofday(&end, NULL);
    double took = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_usec - start.tv_usec) / 1e6;
    cr_expect(took >= 0.3 && took < 0.3 * CLIENTS / 2, "%g s", took);
    serving_end(&s);
}

Test(serve, listens_on_the_port_that_it_was_given)
{
    struct served first = serving_start(ARGS("serve"));
    unsigned port = first.port;
    char text[16], expected[128];
    snprintf(text, sizeof text, "%u", port);
    struct result r;
    run_program(ARGS("serve", "--port", text), NULL, &r);
    snprintf(expected, sizeof expected,
             "skitter serve: cannot listen on 127.0.0.1:%u: Address already in use\n", port);
    cr_expect_eq(r.status, 2);
    cr_expect_str_eq(r.err, expected);
    result_free(&r);
    serving_end(&first);
    struct served again = serving_start(ARGS("serve", "--port", text));
    cr_expect_eq(again.port, port);
    serving_end(&again);
}

Test(serve, every_host_must_be_had)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in taken = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1)};
    socklen_t size = sizeof taken;
    cr_assert_eq(bind(fd, (struct sockaddr *)&taken, size), 0);
    cr_assert_eq(listen(fd, 1), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&taken, &size), 0);
    char port[16], expected[128];
    snprintf(port, sizeof port, "%u", ntohs(taken.sin_port));
    snprintf(expected, sizeof expected,
             "skitter serve: cannot listen on 127.0.0.2:%s: Address already in use\n", port);
    struct result r;
    run_program(ARGS("serve", "--hosts", "3", "--port", port), NULL, &r);
    cr_expect_eq(r.status, 2);
    cr_expect_str_eq(r.err, expected);
    cr_expect_str_empty(r.out);
    result_free(&r);
    close(fd);
}

Test(serve, a_wrong_command_line_gets_one_line_and_2)
{
    static const struct {
        const char *args[3];
        const char *message;
    } rows[] = {
        {{"--foo"}, "unknown option --foo (see skitter serve --help)"},
        {{"--foo=1"}, "unknown option --foo (see skitter serve --help)"},
        {{"--page", "1"}, "unknown option --page (see skitter serve --help)"},
        {{"-p"}, "unknown option -p (see skitter serve --help)"},
        {{"http://h/"}, "unknown argument http://h/"},
        {{"--certificate", "f"}, "--certificate f: there is none without --tls"},
        {{"--gzip=1"}, "--gzip takes no value"},
        {{"--hosts", "255"}, "--hosts 255: expected a whole number from 1 to 254"},
        {{"--local=1.1"}, "--local 1.1: expected a share like 0.3 or 30%"},
        {{"--errors", "-1"}, "--errors -1: expected a share like 0.3 or 30%"},
        {{"--redirects", ""}, "--redirects \"\": expected a share like 0.3 or 30%"},
        {{"--drop=1 %"}, "--drop 1 %: expected a share like 0.3 or 30%"},
        {{"--errors=60%", "--redirects=0.5"},
         "--errors 60% --redirects 0.5: that is more than all pages"},
        {{"--pages"}, "--pages needs a value: N"},
        {{"--pages", "0"}, "--pages 0: expected a whole number from 1 to 1000000000"},
        {{"--pages", ""}, "--pages \"\": expected a whole number from 1 to 1000000000"},
        {{"--links", "-1"}, "--links -1: expected a whole number from 0 to 1000000"},
        {{"--port", "65536"}, "--port 65536: expected a whole number from 0 to 65535"},
        {{"--seed", "18446744073709551616"},
         "--seed 18446744073709551616: expected a whole number from 0 on"},
        {{"--size", "5X"},
         "--size 5X: expected a value like 5K, uniform:A..B or lognormal:MEDIAN,SIGMA"},
        {{"--latency=5K"},
         "--latency 5K: expected a value like 100ms, uniform:A..B or lognormal:MEDIAN,SIGMA, or "
         "per-host: and such a law"},
        {{"--latency=per-host:"},
         "--latency per-host:: expected a value like 100ms, uniform:A..B or "
         "lognormal:MEDIAN,SIGMA, or per-host: and such a law"},
        {{"--size=per-host:5K"},
         "--size per-host:5K: expected a value like 5K, uniform:A..B or lognormal:MEDIAN,SIGMA"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[256];
        struct result r;
        snprintf(expected, sizeof expected, "skitter serve: %s\n", rows[i].message);
        run_program(ARGS("serve", rows[i].args[0], rows[i].args[1]), NULL, &r);
        cr_expect_eq(r.status, 2, "%s: %d", rows[i].message, r.status);
        cr_expect_str_eq(r.err, expected);
        cr_expect_str_empty(r.out);
        result_free(&r);
    }
}

Test(serve, an_unknown_selector_is_refused_with_the_names_of_those_there_are)
{
    struct result r;
    run_program(ARGS("serve", "--selector", "quill"), NULL, &r);
    cr_expect_eq(r.status, 2);
    char expected[128];
    snprintf(expected, sizeof expected, "skitter serve: --selector quill: expected %s\n",
             selector_names);
    cr_expect_str_eq(r.err, expected);
    result_free(&r);
}

BACKEND_TEST(serve, serves_on_the_selector_that_was_chosen)
{
    struct served s = serving_start(ARGS("serve", "--selector", ops->name));
    char *answer = ask(&s, "GET / HTTP/1.0\r\n\r\n");
    CHECK(strncmp(answer, "HTTP/1.1 200 ", 13) == 0);
    free(answer);
    serving_end(&s);
}

Test(serve, help_names_every_option_that_is_there)
{
    static const char *const names[] = {
        "--port N",   "--pages N",       "--links N",      "--local SHARE",
        "--size LAW", "--latency LAW",   "--errors SHARE", "--redirects SHARE",
        "--hosts N",  "--no-keepalive",  "--gzip",         "--drop SHARE",
        "--seed N",   "--selector NAME", "--tls",          "--certificate FILE",
        "--help"};
    struct result r;
    run_program(ARGS("serve", "--help"), NULL, &r);
    cr_expect_eq(r.status, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(strstr(r.out, names[i]), "%s", names[i]);
    cr_expect_null(strstr(r.out, "--attended"));
    result_free(&r);
}
