/* Both sides of the talk with a process that fetches.
 *
 * A request is a struct request, the fetcher's options, the URL and what it needs of its host. An
 * answer is the body, so that the memory that it comes in can be kept as such, what goes with it,
 * and a struct answer at its end. Strings are written with their NUL after a byte that says whether
 * there is one at all. Both sides are this program, and trust each other's words, but not each
 * other's sizes: whoever reads beyond the end gets nothing, and that the reading failed. */
#include "crawler/fetch_crew_private.h"

#include "crawler/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define REQUEST_MOST (16u << 20)
#define TAIL_MOST (4 * MAX_HEADERS) /* what follows a body */

struct request {
    uint64_t options_length;
    int64_t want;
    uint8_t seed, private_allowed, unused[6];
};

struct numbers { /* of the fetcher's options */
    int64_t max_time, connect_timeout, http_version, ip_resolve;
    uint64_t max_body, headers, resolve;
    uint8_t bodies, insecure, netrc;
};

struct answer {
    uint64_t body_length, taken, size, header_bytes;
    int64_t called;
    int64_t error, status;
    struct fetch_told told;
    int64_t user, system; /* since the former answer, as the next */
    uint64_t switches;
    int64_t pid; /* in the first answer; 0 */
    uint8_t begun, truncated, met_public, met_private;
    uint8_t headers[HEADER_COUNT]; /* whether there are such, which follow the body in this order */
};

/* --- writing and reading --- */

struct bytes {
    char *data;
    size_t length, room;
};

static void put(struct bytes *b, const void *data, size_t length)
{
    if (length > b->room - b->length) {
        b->room = 2 * b->room + length + 512;
        b->data = memory_resize(b->data, b->room);
    }
    memcpy(b->data + b->length, data, length);
    b->length += length;
}

static void put_string(struct bytes *b, const char *s)
{
    put(b, s ? "\1" : "\0", 1);
    if (s)
        put(b, s, strlen(s) + 1);
}

struct reading {
    const char *at, *end;
    bool failed;
};

static const char *take(struct reading *r, size_t length)
{
    const char *at = r->at;

    if (r->failed || length > (size_t)(r->end - at)) {
        r->failed = true;
        return NULL;
    }
    r->at += length;
    return at;
}

static void take_into(struct reading *r, void *out, size_t length)
{
    const char *at = take(r, length);

    if (at)
        memcpy(out, at, length);
}

static const char *take_string(struct reading *r)
{
    const char *there = take(r, 1);

    if (!there || !*there)
        return NULL;
    return take(r, strnlen(r->at, (size_t)(r->end - r->at)) + 1);
}

/* --- a request --- */

static size_t count_of(const struct curl_slist *list)
{
    size_t count = 0;

    for (; list; list = list->next)
        count++;
    return count;
}

static void put_list(struct bytes *b, const struct curl_slist *list)
{
    for (; list; list = list->next)
        put_string(b, list->data);
}

static struct curl_slist *take_list(struct reading *r, uint64_t count)
{
    struct curl_slist *list = NULL;

    for (const char *s; count > 0 && (s = take_string(r)); count--)
        list = curl_slist_append(list, s);
    return list;
}

static void put_options(struct bytes *b, const struct fetch_options *o)
{
    struct numbers n;

    memset(&n, 0, sizeof n); /* its padding too: they are compared */
    n.max_time = o->max_time;
    n.connect_timeout = o->connect_timeout;
    n.http_version = o->http_version;
    n.ip_resolve = o->ip_resolve;
    n.max_body = o->max_body;
    n.headers = count_of(o->headers);
    n.resolve = count_of(o->resolve);
    n.bodies = o->bodies;
    n.insecure = o->insecure;
    n.netrc = o->netrc;
    put(b, &n, sizeof n);
    put_string(b, o->user_agent);
    put_string(b, o->credentials);
    put_string(b, o->cookies);
    put_string(b, o->proxy);
    put_string(b, o->cacert);
    put_string(b, o->interface);
    put_list(b, o->headers);
    put_list(b, o->resolve);
}

/* Its strings are those read; its lists are new. Returns whether they are options. */
static bool take_options(struct reading *r, struct fetch_options *o)
{
    struct numbers n = {0};

    take_into(r, &n, sizeof n);
    *o = (struct fetch_options){
        .max_time = n.max_time,
        .connect_timeout = n.connect_timeout,
        .http_version = (long)n.http_version,
        .ip_resolve = (long)n.ip_resolve,
        .max_body = n.max_body,
        .bodies = n.bodies,
        .insecure = n.insecure,
        .netrc = n.netrc,
    };
    o->user_agent = take_string(r);
    o->credentials = take_string(r);
    o->cookies = take_string(r);
    o->proxy = take_string(r);
    o->cacert = take_string(r);
    o->interface = take_string(r);
    o->headers = take_list(r, n.headers);
    o->resolve = take_list(r, n.resolve);
    return !r->failed && o->user_agent;
}

static void put_request(struct bytes *b, const struct fetch *f)
{
    struct request head = {
        .want = f->want, .seed = f->host->seed, .private_allowed = f->seat->private_allowed};

    put(b, &head, sizeof head);
    put_options(b, &f->fetcher->options);
    head.options_length = b->length - sizeof head;
    memcpy(b->data, &head, sizeof head);
    put_string(b, f->url);
    put_string(b, f->host->credentials);
}

/* --- the program's side --- */

/* Takes the answer over, as the fetch's body. Returns whether it is one. */
static bool take_answer(struct fetch *f, char *text, size_t length, struct answer *a)
{
    struct reading r = {.at = text, .end = text + length};

    free(f->body);
    f->body = text;
    f->body_capacity = length;
    if (length < sizeof *a)
        return false;
    r.end -= sizeof *a;
    memcpy(a, r.end, sizeof *a);
    take(&r, a->body_length);
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++) {
        const char *value = a->headers[h] ? take_string(&r) : NULL;
        if (value)
            fetch_answer_set(f, h, value, strlen(value));
    }
    const char *message = take_string(&r);
    if (!message || a->error < 0 || a->error >= FETCH_ERROR_COUNT)
        return false;
    snprintf(f->error_text, sizeof f->error_text, "%s", message);
    f->message = f->error_text;
    return true;
}

static void note_usage(struct fetch_crew *c, const struct answer *a)
{
    c->usage.user += a->user;
    c->usage.system += a->system;
    c->usage.switches += a->switches;
    if (!a->pid)
        return;
    c->pids = memory_resize(c->pids, (c->pid_count + 1) * sizeof *c->pids);
    c->pids[c->pid_count++] = (pid_t)a->pid;
}

static void note_answer(struct fetch *f, const struct answer *a)
{
    struct fetch_seat *s = f->seat;

    f->error = (enum fetch_error)a->error;
    f->status = (int)a->status;
    f->body_length = a->body_length;
    f->taken = a->taken;
    f->size = a->size;
    f->header_bytes = a->header_bytes;
    f->truncated = a->truncated;
    f->begun = a->begun;
    s->called = a->called;
    s->met_public = a->met_public;
    s->met_private = a->met_private;
    s->told = a->told;
    s->told.ip[sizeof s->told.ip - 1] = '\0';
    note_usage(f->fetcher->options.crew, a);
}

static void note_failure(struct fetch *f, int error)
{
    bool died = error == -EPIPE;

    f->error = died ? FETCH_RESET : FETCH_CONNECT;
    f->message = died ? "its process died" : "no process to be had for it";
}

ASYNC int fetch_process_call(struct fetch *f)
{
    struct process_pool *pool = f->fetcher->options.crew->processes;
    struct fetch_seat *s = fetch_seat_take(f);
    struct bytes request = {0};
    struct answer a;
    char *text = NULL;
    size_t length = 0;

    s->called = f->started;
    put_request(&request, f);
    int error =
        process_pool_call(pool, request.data, request.length, &text, &length, f->most + TAIL_MOST);
    free(request.data);
    int interrupted = task_interrupted(task_current());
    if (!error && take_answer(f, text, length, &a))
        note_answer(f, &a);
    else if (!interrupted)
        note_failure(f, error ? error : -EPIPE);
    fetch_seat_end(f);
    return interrupted;
}

/* --- the process's side --- */

static struct {
    struct fetcher fetcher;
    struct fetch fetch;
    struct hosts hosts;
    struct bytes options; /* as they came, and what is read of them */
    bool open;
    struct rusage told; /* what the last answer knew */
    bool answered;
} child;

static void close_child(void)
{
    fetch_deinit(&child.fetch);
    hosts_deinit(&child.hosts);
    fetch_request_close(&child.fetcher.defaults);
    curl_slist_free_all(child.fetcher.options.headers);
    curl_slist_free_all(child.fetcher.options.resolve);
    child.open = false;
}

/* Connections stay for as long as the options do. */
static bool open_child(const char *options, size_t length)
{
    static struct fetch_crew itself = {.model = FETCH_SYNC};
    struct bytes *kept = &child.options;

    if (child.open && length == kept->length && memcmp(options, kept->data, length) == 0)
        return true;
    if (child.open)
        close_child();
    kept->length = 0;
    put(kept, options, length);

    struct reading r = {.at = kept->data, .end = kept->data + length};
    if (!take_options(&r, &child.fetcher.options))
        return false;
    child.fetcher.options.crew = &itself;
    fetch_request_open(&child.fetcher.defaults, &child.fetcher.options);
    hosts_init(&child.hosts);
    fetch_init(&child.fetch, &child.fetcher);
    child.open = true;
    return true;
}

static struct host *host_of(const char *url, const char *credentials, bool seed)
{
    struct url u;

    url_describe(&u, url, strlen(url));
    struct host *h = hosts_get(&child.hosts, &u);
    h->seed = seed;
    free(h->credentials);
    h->credentials = credentials ? memory_copy(credentials, strlen(credentials)) : NULL;
    return h;
}

static int64_t ns_between(const struct timeval *a, const struct timeval *b)
{
    return (b->tv_sec - a->tv_sec) * NS_PER_S + (b->tv_usec - a->tv_usec) * NS_PER_US;
}

static void tell_usage(struct answer *a)
{
    struct rusage now, *before = &child.told;

    getrusage(RUSAGE_SELF, &now);
    a->user = ns_between(&before->ru_utime, &now.ru_utime);
    a->system = ns_between(&before->ru_stime, &now.ru_stime);
    a->switches = (uint64_t)(now.ru_nvcsw - before->ru_nvcsw + now.ru_nivcsw - before->ru_nivcsw);
    a->pid = child.answered ? 0 : getpid();
    child.told = now;
    child.answered = true;
}

/* The body becomes the answer, and what follows it is added. */
static void write_answer(struct fetch *f, struct bytes *b)
{
    const struct fetch_seat *s = f->seat;
    struct answer a;

    memset(&a, 0, sizeof a);
    *b = (struct bytes){f->body, f->body_length, f->body_capacity};
    f->body = NULL;
    f->body_capacity = 0;
    a.body_length = f->body_length;
    a.taken = f->taken;
    a.size = f->size;
    a.header_bytes = f->header_bytes;
    a.called = s->called;
    a.error = f->error;
    a.status = f->status;
    a.begun = f->begun;
    a.truncated = f->truncated;
    a.met_public = s->met_public;
    a.met_private = s->met_private;
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++) {
        a.headers[h] = fetch_header(f, h) != NULL;
        if (a.headers[h])
            put_string(b, fetch_header(f, h));
    }
    put_string(b, f->message);
    if (f->begun)
        fetch_told_read(f, &a.told);
    tell_usage(&a);
    put(b, &a, sizeof a);
}

static void do_exchange(struct fetch *f, bool private_allowed)
{
    struct fetch_seat *s = fetch_seat_take(f);

    s->private_allowed = private_allowed;
    f->begun = fetch_request_set(f);
    if (f->begun) {
        fetch_perform(f);
        fetch_collect(f);
    } else {
        s->called = loop_time();
        f->error = FETCH_HTTP;
        f->message = UNTAKABLE;
    }
}

static int answer_request(const char *request, size_t size, char **reply, size_t *length)
{
    struct reading r = {.at = request, .end = request + size};
    struct fetch *f = &child.fetch;
    struct request head = {0};
    struct bytes b;

    take_into(&r, &head, sizeof head);
    const char *options = take(&r, head.options_length);
    const char *url = take_string(&r), *credentials = take_string(&r);
    if (r.failed || !url || !open_child(options, head.options_length))
        return -EPROTO;
    fetch_set(f, url, host_of(url, credentials, head.seed), (enum fetch_body)head.want);
    do_exchange(f, head.private_allowed);
    write_answer(f, &b);
    *reply = b.data;
    *length = b.length;
    return 0;
}

int fetch_crew_main(void)
{
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return process_worker_run(answer_request, REQUEST_MOST) == 0 ? 0 : 3;
}
