/* `skitter serve --tls` from outside: crawls of it, and TLS as OpenSSL's client sees it. */
#include "cmd/serve_site.h"
#include "tests/cmd/crawling.h"
#include "tests/cmd/serving.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* --- crawls --- */

Test(serve_tls, its_whole_site_is_crawled_by_who_trusts_its_authority_or_any)
{
    enum { PAGES = 120 };
    char *folder = crawling_folder(), file[64];
    snprintf(file, sizeof file, "%s/ca.pem", folder);
    struct served s =
        serving_start(ARGS("serve", "--tls", "--pages=120", "--links=9", "--certificate", file));
    cr_expect_eq(strncmp(s.url, "https://127.0.0.1:", 18), 0, "%s", s.url);
    char localhost[64];
    snprintf(localhost, sizeof localhost, "https://localhost:%u/", s.port);
    const struct {
        const char *args[4];
    } rows[] = {
        {{"--cacert", file, s.url}},
        {{"--cacert", file, localhost}},
        {{"-k", s.url}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result r;
        crawling_run(NULL, rows[i].args, &r);
        expect_status(&r, 0);
        cr_expect_eq(crawling_lines(r.out), PAGES, "row %zu: %s", i, r.err);
        result_free(&r);
    }
    serving_end(&s);
    crawling_remove_folder(folder);
}

Test(serve_tls, who_does_not_trust_its_authority_does_not_crawl_it)
{
    char *folder = crawling_folder(), file[64];
    snprintf(file, sizeof file, "%s/ca.pem", folder);
    struct served other = serving_start(ARGS("serve", "--tls", "--certificate", file)),
                  s = serving_start(ARGS("serve", "--tls"));
    const struct {
        const char *args[4];
    } rows[] = {{{s.url}}, {{"--cacert", file, s.url}}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result r;
        crawling_run(NULL, rows[i].args, &r);
        expect_status(&r, 1);
        expect_said(&r, ": tls: ");
        cr_expect_leq(crawling_lines(r.out), 1, "%s", r.out);
        result_free(&r);
    }
    serving_end(&s);
    serving_end(&other);
    crawling_remove_folder(folder);
}

Test(serve_tls, a_certificate_that_cannot_be_written_is_said)
{
    struct result r;
    run_program(ARGS("serve", "--tls", "--certificate", "/nowhere/ca.pem"), NULL, &r);
    expect_status(&r, 2);
    cr_expect_str_eq(r.err, "skitter serve: --certificate /nowhere/ca.pem: No such file or "
                            "directory\n");
    cr_expect_str_empty(r.out);
    result_free(&r);
}

/* --- a client --- */

struct client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    bool connected;
};

/* Shakes hands by one version of TLS, with a session of before unless NULL. */
static struct client client_open(const struct served *s, int version, SSL_SESSION *session,
                                 const char *protocols)
{
    struct client c = {.context = SSL_CTX_new(TLS_client_method()), .fd = serving_connect(s)};
    SSL_CTX_set_security_level(c.context, 0); /* which allows old versions */
    SSL_CTX_set_min_proto_version(c.context, version);
    SSL_CTX_set_max_proto_version(c.context, version);
    c.ssl = SSL_new(c.context);
    SSL_set_fd(c.ssl, c.fd);
    if (protocols)
        SSL_set_alpn_protos(c.ssl, (const unsigned char *)protocols, (unsigned)strlen(protocols));
    if (session)
        SSL_set_session(c.ssl, session);
    c.connected = SSL_connect(c.ssl) == 1;
    return c;
}

static void client_close(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    ERR_clear_error();
    close(c->fd);
}

/* Reads all until the server ends as TLS wants it; the caller frees. */
static char *read_all(struct client *c, size_t *size)
{
    size_t room = 64 << 10;
    char *answer = malloc(room + 1);
    int n;
    for (*size = 0; (n = SSL_read(c->ssl, answer + *size, (int)(room - *size))) > 0;) {
        *size += (size_t)n;
        if (*size == room)
            answer = realloc(answer, (room *= 2) + 1);
    }
    cr_expect_eq(SSL_get_error(c->ssl, n), SSL_ERROR_ZERO_RETURN, "it was cut, or stays open");
    answer[*size] = '\0';
    return answer;
}

static char *ask(struct client *c, const char *request)
{
    size_t size;
    cr_assert_gt(SSL_write(c->ssl, request, (int)strlen(request)), 0);
    return read_all(c, &size);
}

Test(serve_tls, speaks_tls_1_2_and_1_3_alone)
{
    static const struct {
        int version;
        bool spoken;
    } rows[] = {{TLS1_3_VERSION, true}, {TLS1_2_VERSION, true}, {TLS1_1_VERSION, false}};
    struct served s = serving_start(ARGS("serve", "--tls"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client c = client_open(&s, rows[i].version, NULL, NULL);
        cr_expect_eq(c.connected, rows[i].spoken, "%x", (unsigned)rows[i].version);
        if (c.connected) {
            char *answer = ask(&c, "GET / HTTP/1.0\r\n\r\n");
            cr_expect_eq(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0, "%s", answer);
            free(answer);
        }
        client_close(&c);
    }
    serving_end(&s);
}

Test(serve_tls, chooses_http_1_1_where_it_is_offered)
{
    static const struct {
        const char *offered, *chosen;
    } rows[] = {{"\x02h2\x08http/1.1", "http/1.1"}, {"\x08http/1.1", "http/1.1"}, {"\x02h2", ""}};
    struct served s = serving_start(ARGS("serve", "--tls"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client c = client_open(&s, TLS1_3_VERSION, NULL, rows[i].offered);
        const unsigned char *chosen;
        unsigned size;
        char text[16];
        cr_expect(c.connected);
        SSL_get0_alpn_selected(c.ssl, &chosen, &size);
        snprintf(text, sizeof text, "%.*s", (int)size, size > 0 ? (const char *)chosen : "");
        cr_expect_str_eq(text, rows[i].chosen, "row %zu: %s", i, text);
        client_close(&c);
    }
    serving_end(&s);
}

Test(serve_tls, its_certificate_is_for_the_names_of_this_machine_alone)
{
    static const struct {
        const char *address;
        bool named;
    } rows[] = {
        {"127.0.0.1", true},    {"127.0.0.2", true},  {"127.0.0.254", true},
        {"127.0.0.255", false}, {"127.0.1.1", false}, {"192.0.2.1", false},
    };
    struct served s = serving_start(ARGS("serve", "--tls"));
    struct client c = client_open(&s, TLS1_3_VERSION, NULL, NULL);
    X509 *certificate = SSL_get1_peer_certificate(c.ssl);
    cr_assert_not_null(certificate);
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(X509_check_ip_asc(certificate, rows[i].address, 0), rows[i].named, "%s",
                     rows[i].address);
    cr_expect_eq(X509_check_host(certificate, "localhost", 0, 0, NULL), 1);
    cr_expect_eq(X509_check_host(certificate, "example.com", 0, 0, NULL), 0);
    X509_free(certificate);
    client_close(&c);
    serving_end(&s);
}

Test(serve_tls, a_session_is_resumed)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct served s = serving_start(ARGS("serve", "--tls"));
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct client first = client_open(&s, versions[i], NULL, NULL);
        free(ask(&first, "GET / HTTP/1.0\r\n\r\n"));
        SSL_SESSION *session = SSL_get1_session(first.ssl);
        struct client again = client_open(&s, versions[i], session, NULL);
        cr_expect(again.connected && SSL_session_reused(again.ssl), "%x", (unsigned)versions[i]);
        SSL_SESSION_free(session);
        client_close(&first);
        client_close(&again);
    }
    serving_end(&s);
}

Test(serve_tls, a_page_that_no_socket_takes_at_once_arrives_whole)
{
    struct serve_site site = {
        .pages = 2, .links = 3, .seed = 1, .local = SERVE_SITE_LOCAL, .hosts = 1};
    serve_site_law(&site.size, "30M", SERVE_SITE_BYTES);
    struct served s = serving_start(ARGS("serve", "--tls", "--pages=2", "--links=3", "--size=30M"));
    struct client c = client_open(&s, TLS1_3_VERSION, NULL, NULL);
    struct serve_site_page p;
    serve_site_page_init(&p, &site, 0);
    char *page = malloc(p.size + SERVE_SITE_ROOM);
    size_t size = serve_site_page_read(&p, page, p.size + SERVE_SITE_ROOM), got;
    cr_assert_gt(SSL_write(c.ssl, "GET / HTTP/1.0\r\n\r\n", 18), 0);
    char *answer = read_all(&c, &got);
    cr_expect(got > size && memcmp(answer + got - size, page, size) == 0, "%zu bytes", got);
    free(answer);
    free(page);
    client_close(&c);
    serving_end(&s);
}

Test(serve_tls, a_request_arrives_in_records_of_any_size)
{
    struct served s = serving_start(ARGS("serve", "--tls"));
    struct client c = client_open(&s, TLS1_3_VERSION, NULL, NULL);
    for (const char *at = "GET / HTTP/1.0\r\nA: b\r\n\r"; *at; at++)
        cr_assert_eq(SSL_write(c.ssl, at, 1), 1);
    char *answer = ask(&c, "\n");
    cr_expect_eq(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    free(answer);
    client_close(&c);
    serving_end(&s);
}

Test(serve_tls, answers_pipelined_requests_in_their_order)
{
    struct served s = serving_start(ARGS("serve", "--tls"));
    struct client c = client_open(&s, TLS1_2_VERSION, NULL, NULL);
    char *answer = ask(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
                           "GET /d0/p5.html HTTP/1.1\r\nHost: h\r\n\r\n"
                           "GET /d0/p7.html HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const char *p0 = strstr(answer, "<title>Page 0<"), *p5 = strstr(answer, "<title>Page 5<"),
               *p7 = strstr(answer, "<title>Page 7<");
    cr_expect(p0 && p5 > p0 && p7 > p5);
    free(answer);
    client_close(&c);
    serving_end(&s);
}

Test(serve_tls, a_head_over_64_KiB_gets_431)
{
    struct served s = serving_start(ARGS("serve", "--tls"));
    struct client c = client_open(&s, TLS1_3_VERSION, NULL, NULL);
    size_t size = 300 << 10;
    char *request = malloc(size + 1);
    memset(request, 'x', size);
    request[size] = '\0';
    memcpy(request, "GET / HTTP/1.1\r\nLong: ", 22);
    char *answer = ask(&c, request);
    cr_expect_eq(strncmp(answer, "HTTP/1.1 431 ", 13), 0);
    free(answer);
    free(request);
    client_close(&c);
    serving_end(&s);
}

Test(serve_tls, who_speaks_no_tls_is_cut_at_once)
{
    static const char *const said[] = {"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                                       "\x16\x03\x01\xff\xff nonsense", "\x80\x80\x80\x80\x80"};
    struct served s = serving_start(ARGS("serve", "--tls"));
    for (size_t i = 0; i < COUNT(said); i++) {
        int fd = serving_connect(&s);
        char answer[512];
        ssize_t n = send(fd, said[i], strlen(said[i]), MSG_NOSIGNAL), size = 0;
        while ((n = recv(fd, answer, sizeof answer, 0)) > 0)
            size += n;
        cr_expect_eq(n, 0, "row %zu: it stays open", i);
        cr_expect_leq(size, 16, "row %zu: more than an alert: %zd", i, size);
        close(fd);
    }
    serving_end(&s);
}

Test(serve_tls, ends_with_0_at_a_signal_in_the_middle_of_a_handshake)
{
    struct served s = serving_start(ARGS("serve", "--tls"));
    int fd = serving_connect(&s);
    struct client c = client_open(&s, TLS1_3_VERSION, NULL, NULL); /* who came later is served */
    cr_expect(c.connected);
    serving_end(&s);
    client_close(&c);
    close(fd);
}
