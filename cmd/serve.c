/* The options of `skitter serve`, and an HTTP/1.1 server for its site.
 *
 * A page is made after its latency has passed, in the one buffer of the server, and leaves it
 * before the task can be suspended again; so ten thousand connections that wait hold no page. */
#include "cmd/serve.h"

#include "cmd/hostile_tls.h"
#include "cmd/message.h"
#include "cmd/options.h"
#include "cmd/serve_hostile.h"
#include "cmd/serve_request.h"
#include "cmd/serve_site.h"
#include "cmd/serve_tls.h"
#include "cmd/site_options.h"
#include "cmd/wire.h"
#include "loop/runner.h"
#include "loop/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define BUFFER_SIZE (64 * 1024)
#define DROPPED_MOST (1024 * 1024) /* bytes read after the last answer */
#define DESCRIPTORS_KEPT 32        /* that are no connections */
#define PATIENCE (60 * NS_PER_S)   /* with who sends no whole head, or goes on after the end */

struct serve {
    struct serve_site site;
    struct site_arguments arguments;
    uint64_t port, pages;
    const char *selector;
    const char *certificate; /* where to write it, or NULL */
    struct serve_tls *tls;   /* NULL: plain */
    bool hostile, verbose;
    struct server *servers[HOSTILE_ADDRESSES];
    unsigned server_count;
    struct future stopped;
    struct handle stop;
    char buffer[BUFFER_SIZE];
};

/* --- answers --- */

static char *put_number(char *o, size_t n)
{
    char text[20], *at = text + sizeof text;
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    return mempcpy(o, at, (size_t)(text + sizeof text - at));
}

static char *put_head(char *o, const struct serve_request *r, const char *status, size_t size)
{
    o = stpcpy(stpcpy(o, "HTTP/1.1 "), status);
    o = stpcpy(o, "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ");
    o = put_number(o, size);
    if (r->status == 405)
        o = stpcpy(o, "\r\nAllow: GET, HEAD");
    if (r->close)
        o = stpcpy(o, "\r\nConnection: close");
    else if (r->old)
        o = stpcpy(o, "\r\nConnection: keep-alive");
    return stpcpy(o, "\r\n\r\n");
}

static ASYNC int answer_page(struct serve *v, struct wire *w, const struct serve_request *r)
{
    int64_t latency = serve_site_latency(&v->site, r->page);
    int error = latency > 0 ? task_sleep(latency) : 0;
    if (error < 0)
        return error;
    struct serve_site_page page;
    serve_site_page_init(&page, &v->site, r->page);
    char *o = put_head(v->buffer, r, "200 OK", page.size);
    size_t left = r->head_only ? 0 : page.size;
    for (;;) {
        size_t n = left ? serve_site_page_read(&page, o, (size_t)(v->buffer + BUFFER_SIZE - o)) : 0;
        left -= n;
        error = wire_write(w, v->buffer, (size_t)(o - v->buffer) + n);
        if (error == 0)
            error = wire_drain(w);
        if (error < 0 || left == 0)
            return error;
        o = v->buffer;
    }
}

static ASYNC int answer_error(struct serve *v, struct wire *w, const struct serve_request *r)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {{400, "400 Bad Request"},
                 {404, "404 Not Found"},
                 {405, "405 Method Not Allowed"},
                 {431, "431 Request Header Fields Too Large"}};
    size_t i = 0;
    while (texts[i].status != r->status)
        i++;
    static const char before[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>",
                      after[] = "</title></head>\n</html>\n";
    size_t size = sizeof before - 1 + strlen(texts[i].text) + sizeof after - 1;
    char *o = put_head(v->buffer, r, texts[i].text, size);
    if (!r->head_only)
        o = stpcpy(stpcpy(stpcpy(o, before), texts[i].text), after);
    int error = wire_write(w, v->buffer, (size_t)(o - v->buffer));
    return error < 0 ? error : wire_drain(w);
}

/* Ends in order: whoever is still sending gets the last answer all the same. */
static ASYNC int hang_up(struct wire *w)
{
    struct timeout patience;
    timeout_begin(&patience, PATIENCE);
    ssize_t n = wire_end(w);
    const char *data;
    for (size_t dropped = 0; n >= 0 && dropped < DROPPED_MOST; dropped += (size_t)n) {
        n = wire_peek(w, &data);
        if (n <= 0)
            break;
        wire_consume(w, (size_t)n);
    }
    timeout_end(&patience);
    return n < 0 ? (int)n : 0;
}

/* Whoever sends no whole head in time is as one who has ended. */
static ASYNC ssize_t read_head(struct wire *w, const char **head)
{
    struct timeout patience;
    timeout_begin(&patience, PATIENCE);
    ssize_t n = wire_read_until(w, "\r\n\r\n", head);
    timeout_end(&patience);
    return n == -ETIMEDOUT ? 0 : n;
}

static ASYNC int answer_requests(struct serve *v, struct wire *w)
{
    for (;;) {
        const char *head;
        ssize_t n = read_head(w, &head);
        if (n <= 0 && n != -ENOBUFS)
            return (int)n;
        if (n > 0 && v->verbose)
            message("%.*s", (int)n, head);
        if (n > 0 && v->hostile) {
            int end = serve_hostile(w, head, (size_t)n);
            if (end == 0)
                continue;
            return end < 0 ? end : hang_up(w);
        }
        struct serve_request r = {.status = 431, .close = true};
        if (n > 0) {
            r = serve_request_read(&v->site, head, (size_t)n);
            wire_consume(w, (size_t)n);
        }
        int error = r.status == 200 ? answer_page(v, w, &r) : answer_error(v, w, &r);
        if (error < 0)
            return error;
        if (r.close)
            return hang_up(w);
    }
}

static ASYNC int serve_connection(struct stream *s, void *arg)
{
    struct serve *v = arg;
    struct wire w;
    int r = v->tls && v->hostile ? hostile_tls_open(&w, s, v->tls) : wire_open(&w, s, v->tls);
    if (r < 0)
        return r;
    r = answer_requests(v, &w);
    wire_close(&w);
    return r;
}

/* --- the command --- */

#define FIELD(name) offsetof(struct serve, name)

static const struct option table[] = {
    {"port", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(port), .most = 65535,
     .help = "listen on this port; 0 picks one (0)"},
    {"pages", .argument = "N", .type = OPTION_COUNT, .offset = FIELD(pages), .value = 1,
     .most = SERVE_SITE_PAGES, .help = "pages of the site (1000)"},
    SITE_OPTIONS(struct serve, arguments),
    {"selector", .argument = "NAME", .type = OPTION_CHOICE, .offset = FIELD(selector),
     .choices = selector_names, .help = selector_names},
    {"certificate", .argument = "FILE", .type = OPTION_TEXT, .offset = FIELD(certificate),
     .help = "write the certificate to trust there, for --cacert"},
    {"hostile", .type = OPTION_FLAG, .offset = FIELD(hostile),
     .help = "instead, what servers and pages do to a crawler: / lists it"},
    {"verbose", .letter = 'v', .type = OPTION_FLAG, .offset = FIELD(verbose),
     .help = "the head of each request on standard error"},
    {.name = NULL},
};

const struct command serve_options_command = {
    .name = "skitter serve",
    .usage = "usage: skitter serve [OPTIONS]\n"
             "Serves a deterministic site on 127.0.0.1 and prints its URL once it "
             "listens.\n" SITE_OPTIONS_USAGE "\n",
    .options = table,
};

/* Returns -1 to go on, else the exit status. */
static int read_options(struct serve *v, char **argv)
{
    struct texts operands = {0};
    int status = options_parse(&serve_options_command, argv, v, &operands);

    if (status < 0 && operands.count) {
        message("skitter serve: unknown argument %s", operands.items[0]);
        status = 2;
    }
    texts_deinit(&operands);
    v->site.pages = (uint32_t)v->pages;
    if (status < 0 && !site_arguments_read(&v->arguments, "skitter serve", &v->site))
        status = 2;
    if (status < 0 && v->certificate && !v->site.secure) {
        message("skitter serve: --certificate %s: there is none without --tls", v->certificate);
        status = 2;
    }
    return status;
}

/* Makes the certificates of --tls, and writes the one of --certificate. */
static bool prepare_tls(struct serve *v)
{
    int error = v->site.secure ? serve_tls_new(&v->tls) : 0;
    if (error < 0) {
        message("skitter serve: --tls: cannot make a certificate: %s", strerror(-error));
        return false;
    }
    error = v->certificate ? serve_tls_write(v->tls, v->certificate) : 0;
    if (error < 0)
        message("skitter serve: --certificate %s: %s", v->certificate, strerror(-error));
    return error == 0;
}

/* Raises the limit of descriptors as far as it goes. Returns how many connections that allows. */
static unsigned connections_most(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1;
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        limit.rlim_cur = soft;
    if (limit.rlim_cur > UINT32_MAX)
        return UINT32_MAX;
    return limit.rlim_cur > DESCRIPTORS_KEPT ? (unsigned)limit.rlim_cur - DESCRIPTORS_KEPT : 1;
}

static void stop(struct handle *h)
{
    future_set(&container_of(h, struct serve, stop)->stopped, 0);
}

/* At 127.0.0.1, which must be had; hostile hosts at as many further addresses as there are. */
static int listen_all(struct serve *v, struct loop *l)
{
    unsigned wanted = v->hostile ? HOSTILE_ADDRESSES : 1, most = connections_most();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)v->port)};
    int error = 0;
    while (error == 0 && v->server_count < wanted) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + v->server_count);
        error = server_open(&v->servers[v->server_count], l, (struct sockaddr *)&address,
                            sizeof address, most, serve_connection, v);
        v->server_count += error == 0;
        if (v->server_count > 0)
            address.sin_port = htons((uint16_t)server_port(v->servers[0]));
    }
    return v->server_count > 0 ? 0 : error;
}

/* Returns the exit status. */
static ASYNC int serve_main(void *arg)
{
    struct serve *v = arg;
    struct loop *l = loop_running();
    future_init(&v->stopped, l);
    handle_init(&v->stop, stop);
    int error = listen_all(v, l);
    if (error < 0) {
        message("skitter serve: cannot listen on 127.0.0.1:%u: %s", (unsigned)v->port,
                strerror(-error));
        return 2;
    }
    error = loop_add_signal_handler(l, SIGTERM, &v->stop);
    if (error == 0)
        error = loop_add_signal_handler(l, SIGINT, &v->stop);
    int status = 0;
    if (error < 0) {
        message("skitter serve: cannot watch signals: %s", strerror(-error));
        status = 2;
    } else if (printf("http%s://127.0.0.1:%u/\n", v->tls ? "s" : "", server_port(v->servers[0])) <
                   0 ||
               fflush(stdout) < 0) {
        message("skitter serve: cannot print its URL: %s", strerror(errno));
        status = 3;
    } else {
        await(&v->stopped);
    }
    while (v->server_count > 0)
        server_close(v->servers[--v->server_count]);
    return status;
}

int serve_command(char **argv)
{
    struct serve v = {
        .pages = 1000,
        .arguments = SITE_ARGUMENTS_DEFAULT,
    };
    int status = read_options(&v, argv);
    if (status >= 0)
        return status;
    status = prepare_tls(&v) ? runner_run(v.selector, serve_main, &v) : 2;
    serve_tls_free(v.tls);
    if (status >= 0)
        return status;
    message("skitter serve: %s%s: %s", v.selector ? "--selector " : "cannot run",
            v.selector ? v.selector : "", strerror(-status));
    return 2;
}
