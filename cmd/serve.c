/* The options of `skitter serve`, its hosts, and its connections. */
#include "cmd/serve.h"

#include "cmd/descriptors.h"
#include "cmd/hostile_tls.h"
#include "cmd/message.h"
#include "cmd/options.h"
#include "cmd/quantity.h"
#include "cmd/serve_answer.h"
#include "cmd/serve_hostile.h"
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
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define DROPPED_MOST (1024 * 1024) /* bytes read after the last answer */
#define DESCRIPTORS_KEPT 32        /* that are no connections */
#define PATIENCE (60 * NS_PER_S)   /* with who sends no whole head, or goes on after the end */
#define SERVERS_MOST SERVE_SITE_HOSTS
#define PORTS_TRIED 16 /* of those that the system picks for the first host */

_Static_assert(HOSTILE_ADDRESSES <= SERVERS_MOST, "all addresses have room");

struct serve {
    struct serve_site site;
    struct site_arguments arguments;
    uint64_t port, pages;
    const char *selector;
    const char *certificate; /* where to write it, or NULL */
    struct serve_tls *tls;   /* NULL: plain */
    bool hostile, verbose, attended;
    struct serve_answers *answers;
    struct server *servers[SERVERS_MOST];
    unsigned server_count;
    struct future stopped;
    struct handle stop;
    uint64_t requests;
    int64_t since, cpu_since; /* it listens */
};

/* --- connections --- */

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

/* host: which of the site's hosts is asked. */
static ASYNC int answer_requests(struct serve *v, struct wire *w, unsigned host)
{
    for (;;) {
        const char *head;
        ssize_t n = read_head(w, &head);
        if (n <= 0 && n != -ENOBUFS)
            return (int)n;
        v->requests++;
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
            r = serve_request_read(&v->site, host, head, (size_t)n);
            wire_consume(w, (size_t)n);
        }
        r.close |= v->arguments.no_keepalive;
        int error = serve_answer(v->answers, w, &r);
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
    unsigned port, host = v->site.hosts > 1 ? hostile_address(s, &port) - 1 : 0;
    int r = v->tls && v->hostile ? hostile_tls_open(&w, s, v->tls) : wire_open(&w, s, v->tls);
    if (r < 0)
        return r;
    r = answer_requests(v, &w, host);
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
     .help = "where to write the certificate for --cacert"},
    {"hostile", .type = OPTION_FLAG, .offset = FIELD(hostile),
     .help = "instead, what is done to crawlers: / lists it"},
    {"verbose", .letter = 'v', .type = OPTION_FLAG, .offset = FIELD(verbose),
     .help = "the head of each request on standard error"},
    {"attended", .type = OPTION_FLAG, .offset = FIELD(attended)}, /* ends with who started it */
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

/* Makes what answers, and the certificates of --tls, and writes the one of --certificate. */
static bool prepare(struct serve *v)
{
    int error = serve_answers_new(&v->answers, &v->site, v->arguments.gzip);
    if (error < 0) {
        message("skitter serve: %s", strerror(-error));
        return false;
    }
    error = v->site.secure ? serve_tls_new(&v->tls) : 0;
    if (error < 0) {
        message("skitter serve: --tls: cannot make a certificate: %s", strerror(-error));
        return false;
    }
    error = v->certificate ? serve_tls_write(v->tls, v->certificate) : 0;
    if (error < 0)
        message("skitter serve: --certificate %s: %s", v->certificate, strerror(-error));
    return error == 0;
}

static unsigned connections_most(void)
{
    uint64_t descriptors = descriptors_raise();
    return descriptors > DESCRIPTORS_KEPT ? (unsigned)descriptors - DESCRIPTORS_KEPT : 1;
}

static int64_t cpu_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void stop(struct handle *h)
{
    future_set(&container_of(h, struct serve, stop)->stopped, 0);
}

static ASYNC void stop_listening(struct serve *v)
{
    while (v->server_count > 0)
        server_close(v->servers[--v->server_count]);
}

/* At 127.0.0.1 and on, as many as are wanted or can be had. */
static int listen_at_port(struct serve *v, struct loop *l, unsigned wanted, unsigned most)
{
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
    return error;
}

/* All hosts of a site must be had; of the hostile ones the first. */
static ASYNC int listen_all(struct serve *v, struct loop *l)
{
    unsigned wanted = v->hostile ? HOSTILE_ADDRESSES : v->site.hosts, most = connections_most();
    for (int tries = 1;; tries++) {
        int error = listen_at_port(v, l, wanted, most);
        if (error == 0 || (v->hostile && v->server_count > 0))
            return 0;
        if (error != -EADDRINUSE || v->port > 0 || tries == PORTS_TRIED) {
            message("skitter serve: cannot listen on 127.0.0.%u:%u: %s", v->server_count + 1,
                    (unsigned)v->port, strerror(-error));
            return error;
        }
        stop_listening(v);
    }
}

/* What it had to do, and whether that was all that a core could. */
static void say_farewell(const struct serve *v)
{
    char requests[QUANTITY_SIZE];
    quantity_count(requests, v->requests);
    double seconds = (double)(loop_time() - v->since) / NS_PER_S,
           cpu = (double)(cpu_time() - v->cpu_since) / NS_PER_S;
    message("skitter serve: %s request%s in %.1f s, %.0f %% of a core", requests,
            v->requests == 1 ? "" : "s", seconds, 100 * cpu / seconds);
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
        stop_listening(v);
        return 2;
    }
    v->site.port = server_port(v->servers[0]);
    v->since = loop_time();
    v->cpu_since = cpu_time();
    error = loop_add_signal_handler(l, SIGTERM, &v->stop);
    if (error == 0)
        error = loop_add_signal_handler(l, SIGINT, &v->stop);
    int status = 0;
    if (error < 0) {
        message("skitter serve: cannot watch signals: %s", strerror(-error));
        status = 2;
    } else if (printf("http%s://127.0.0.1:%u/\n", v->tls ? "s" : "", v->site.port) < 0 ||
               fflush(stdout) < 0) {
        message("skitter serve: cannot print its URL: %s", strerror(errno));
        status = 3;
    } else {
        await(&v->stopped);
        if (!v->attended)
            say_farewell(v);
    }
    stop_listening(v);
    return status;
}

/* Has this process end with the one that started it; if that has ended just before, printing the
 * URL to it fails, unless somebody else reads it. */
static void attend(void)
{
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        raise(SIGTERM);
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
    if (v.attended)
        attend();
    status = prepare(&v) ? runner_run(v.selector, serve_main, &v) : 2;
    serve_answers_free(v.answers);
    serve_tls_free(v.tls);
    if (status >= 0)
        return status;
    message("skitter serve: %s%s: %s", v.selector ? "--selector " : "cannot run",
            v.selector ? v.selector : "", strerror(-status));
    return 2;
}
