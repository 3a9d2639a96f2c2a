/* One easy handle a fetch, used again and again: between two uses only what differs is set.
 * Timeouts are the loop's timers, since libcurl's own cost more, and libcurl is called from handles
 * of the loop, never on a coroutine's stack (see multi.c): fetch_get only leaves its wish in a
 * list. */
#include "crawler/fetch.h"

#include "crawler/memory.h"
#include "crawler/multi.h"
#include "parse/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_HEADERS (256u * 1024) /* bytes of all response headers of one exchange */
#define MAX_UNREAD (64u * 1024)   /* read of a body that nobody wants, to save its connection */

struct fetcher {
    struct loop *loop;
    struct fetch_options options;
    struct multis multis;
    CURLSH *share;
    struct curl_slist *plain, *trusted; /* request headers for any origin, and for seeds' */
    const char *proxy;
    struct list starting; /* fetches that wait for the start handle */
    struct handle start;
};

const char *fetch_error_name(enum fetch_error e)
{
    static const char *const names[FETCH_ERROR_COUNT] = {
        [FETCH_OK] = "",
        [FETCH_DNS] = "dns",
        [FETCH_CONNECT] = "connect",
        [FETCH_TLS] = "tls",
        [FETCH_TIMEOUT] = "timeout",
        [FETCH_RESET] = "reset",
        [FETCH_HTTP] = "http",
        [FETCH_DECODE] = "decode",
        [FETCH_REDIRECTS] = "redirects",
        [FETCH_TOO_LARGE] = "too_large",
    };
    return names[e];
}

static enum fetch_error classify(CURLcode result)
{
    switch (result) {
    case CURLE_OK:
        return FETCH_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return FETCH_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
        return FETCH_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return FETCH_TLS;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return FETCH_RESET;
    case CURLE_BAD_CONTENT_ENCODING:
        return FETCH_DECODE;
    case CURLE_OUT_OF_MEMORY: /* libcurl 7.88 says so of a header line beyond its 100 KiB */
        return FETCH_TOO_LARGE;
    default:
        return FETCH_HTTP;
    }
}

/* What libcurl reports, and what it was made to report. */
static void end(struct fetch *f, enum fetch_error error, const char *message)
{
    loop_cancel_timer(f->fetcher->loop, &f->timer);
    handle_cancel(&f->abort); /* it ended by itself first */
    f->ended = loop_time();
    f->error = error;
    f->message = message;
    future_set(&f->done, 0);
}

/* What the connection did to an exchange that is over, and what the answer was. */
static void collect(struct fetch *f)
{
    long status = 0, version = 0;
    curl_off_t announced = -1;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    f->status = (int)status;
    if (f->cut && !f->truncated &&
        curl_easy_getinfo(f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) == CURLE_OK &&
        announced > 0)
        f->size = (uint64_t)announced;
    if (!f->host->multiplexes && strncmp(f->url, "https:", 6) == 0 &&
        curl_easy_getinfo(f->easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK)
        f->host->multiplexes = version >= CURL_HTTP_VERSION_2_0;
}

static void transfer_done(CURL *easy, CURLcode result)
{
    struct fetch *f = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
    collect(f);
    if (result == CURLE_OK || f->cut)
        end(f, FETCH_OK, "");
    else if (f->header_bytes > MAX_HEADERS || result == CURLE_OUT_OF_MEMORY)
        end(f, FETCH_TOO_LARGE, "more than 256 KiB of headers, or 100 KiB of one");
    else
        end(f, classify(result), *f->error_text ? f->error_text : curl_easy_strerror(result));
}

static void abandon(struct fetch *f, enum fetch_error error, const char *message)
{
    collect(f);
    multis_remove(f->multi, f->easy);
    end(f, error, message);
}

/* The first deadline is the connection's, the second the whole fetch's. */
static void timed_out(struct handle *h)
{
    struct fetch *f = container_of(container_of(h, struct timer, handle), struct fetch, timer);
    int64_t deadline = f->started + f->fetcher->options.max_time;

    if (f->connected && loop_time() < deadline)
        loop_call_at(f->fetcher->loop, &f->timer, deadline);
    else if (f->connected)
        abandon(f, FETCH_TIMEOUT, "no complete answer in time (--max-time)");
    else
        abandon(f, FETCH_TIMEOUT, "no connection in time (--connect-timeout)");
}

/* A task that was cancelled waits for this. */
static void abort_fetch(struct handle *h)
{
    abandon(container_of(h, struct fetch, abort), FETCH_OK, "");
}

/* CURLOPT_PREREQFUNCTION: there is a connection, new or reused. */
static int note_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct fetch *f = arg;

    (void)ip, (void)local_ip, (void)port, (void)local_port;
    f->connected = true;
    return CURL_PREREQFUNC_OK;
}

static enum fetch_header header_find(const char *name, size_t length)
{
    static const struct {
        size_t length;
        const char *name;
    } known[HEADER_COUNT] = {
        [HEADER_CONTENT_TYPE] = {12, "content-type"},
        [HEADER_LOCATION] = {8, "location"},
        [HEADER_LINK] = {4, "link"},
        [HEADER_REFRESH] = {7, "refresh"},
        [HEADER_CONTENT_LOCATION] = {16, "content-location"},
        [HEADER_RETRY_AFTER] = {11, "retry-after"},
    };
    enum fetch_header h = 0;

    while (h < HEADER_COUNT &&
           (known[h].length != length || strncasecmp(known[h].name, name, length) != 0))
        h++;
    return h;
}

static void value_add(struct fetch_value *v, const char *text, size_t length)
{
    if (v->length + length + 1 > v->capacity) {
        v->capacity = 2 * v->capacity + length + 64;
        v->text = memory_resize(v->text, v->capacity);
    }
    memcpy(v->text + v->length, text, length);
    v->length += length;
    v->text[v->length] = '\0';
}

static void header_set(struct fetch *f, enum fetch_header h, const char *value, size_t length)
{
    struct fetch_value *v = &f->headers[h];

    if (h != HEADER_LINK)
        v->length = 0;
    else if (v->there)
        value_add(v, ", ", 2);
    v->there = true;
    value_add(v, value, length);
}

static void header_forget(struct fetch *f)
{
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++) {
        f->headers[h].there = false;
        f->headers[h].length = 0;
    }
}

/* CURLOPT_HEADERFUNCTION, called for each line, status lines and interim answers included. */
static size_t take_header(char *line, size_t one, size_t length, void *arg)
{
    struct fetch *f = arg;

    (void)one;
    f->header_bytes += length;
    if (f->header_bytes > MAX_HEADERS)
        return 0;
    if (f->judged) /* a trailer */
        return length;
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) {
        header_forget(f);
        return length;
    }
    char *colon = memchr(line, ':', length < 18 ? length : 18);
    if (!colon)
        return length;
    enum fetch_header h = header_find(line, (size_t)(colon - line));
    if (h == HEADER_COUNT || (h == HEADER_LOCATION && f->headers[h].there))
        return length;

    const char *value = colon + 1, *stop = line + length;
    while (value < stop && (*value == ' ' || *value == '\t'))
        value++;
    while (stop > value && (unsigned char)stop[-1] <= ' ')
        stop--;
    header_set(f, h, value, (size_t)(stop - value));
    return length;
}

const char *fetch_header(const struct fetch *f, enum fetch_header h)
{
    return f->headers[h].there ? f->headers[h].text : NULL;
}

bool fetch_redirects(const struct fetch *f)
{
    return f->status == 301 || f->status == 302 || f->status == 303 || f->status == 307 ||
           f->status == 308;
}

/* Decides, at its first bytes, what becomes of the body. */
static void judge(struct fetch *f)
{
    long status = 0;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    bool document =
        status / 100 == 2 && document_kind(fetch_header(f, HEADER_CONTENT_TYPE)) != DOCUMENT_OTHER;
    f->judged = true;
    f->kept = f->want == BODY_ROBOTS || (f->want == BODY_LINKS && document);
    f->read = f->kept || document || f->fetcher->options.bodies;
}

static void body_add(struct fetch *f, const char *data, size_t length)
{
    size_t needed = f->body_length + length + 1;

    if (needed > f->body_capacity) {
        f->body_capacity = needed > 2 * f->body_capacity ? needed : 2 * f->body_capacity;
        f->body = memory_resize(f->body, f->body_capacity);
    }
    memcpy(f->body + f->body_length, data, length);
    f->body_length += length;
}

/* CURLOPT_WRITEFUNCTION, called with decoded bytes. Taking less than all ends the exchange. */
static size_t take_body(char *data, size_t one, size_t length, void *arg)
{
    struct fetch *f = arg;
    uint64_t left = f->most - f->taken;

    (void)one;
    if (!f->judged)
        judge(f);
    if (length > left) {
        length = left;
        f->truncated = true;
    }
    if (f->kept)
        body_add(f, data, length);
    f->size = f->taken += length;
    f->cut = f->truncated || (!f->read && f->taken > MAX_UNREAD);
    return f->cut ? 0 : length;
}

/* What stays the same for all uses of an easy handle. */
static void prepare(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;
    CURL *e = f->easy;

    multis_prepare(&f->fetcher->multis, e, &f->multi);
    curl_easy_setopt(e, CURLOPT_PRIVATE, f);
    curl_easy_setopt(e, CURLOPT_CURLU, f->address);
    curl_easy_setopt(e, CURLOPT_SHARE, f->fetcher->share);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);         /* do not wait for a resolver's thread */
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, -1L); /* else the cache is walked each time */
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 0L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error_text);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, note_connected);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, f);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->fetcher->plain);
    curl_easy_setopt(e, CURLOPT_PROXY, f->fetcher->proxy);
    curl_easy_setopt(e, CURLOPT_INTERFACE, o->interface);
    curl_easy_setopt(e, CURLOPT_IPRESOLVE, o->ip_resolve);
    curl_easy_setopt(e, CURLOPT_NETRC, o->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_RESOLVE, o->resolve);
    curl_easy_setopt(e, CURLOPT_CAPATH,
                     NULL); /* Debian's default keeps CA files from being cached */
    if (o->cacert)
        curl_easy_setopt(e, CURLOPT_CAINFO, o->cacert);
    if (o->insecure) {
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* A new path into the former address is cheaper than a whole URL, which libcurl would parse: by a
 * tenth of all that a small page costs. But it would change the case of a percent-encoded byte, and
 * a query is a part of its own. */
static CURLUcode set_address(struct fetch *f)
{
    const char *path = f->url + f->host->origin_length;
    bool plain = f->host == f->former && !strpbrk(path, "%?");

    f->former = strchr(path, '?') ? NULL : f->host;
    return curl_url_set(f->address, plain ? CURLUPART_PATH : CURLUPART_URL, plain ? path : f->url,
                        0);
}

/* A first connection is worth waiting for where it may carry all streams: over TLS, with HTTP/2. */
static void set_version(struct fetch *f)
{
    bool https = strncmp(f->url, "https:", 6) == 0;
    long version = https || f->fetcher->options.http_version != CURL_HTTP_VERSION_2TLS
                       ? f->fetcher->options.http_version
                       : CURL_HTTP_VERSION_1_1;

    if (version == f->version)
        return;
    f->version = version;
    curl_easy_setopt(f->easy, CURLOPT_HTTP_VERSION, version);
    curl_easy_setopt(f->easy, CURLOPT_PIPEWAIT, https ? 1L : 0L);
}

/* Headers and credentials go to seeds' origins alone. */
static void set_secrets(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;
    const char *credentials = f->host->credentials ? f->host->credentials : o->credentials;

    if (!f->host->seed)
        credentials = NULL;
    if (f->trusted != f->host->seed)
        curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER,
                         f->host->seed ? f->fetcher->trusted : f->fetcher->plain);
    if (credentials || f->credentials)
        curl_easy_setopt(f->easy, CURLOPT_USERPWD, credentials);
    f->trusted = f->host->seed;
    f->credentials = credentials;
}

static void start_fetch(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;

    if (!f->easy) {
        f->easy = curl_easy_init();
        f->address = curl_url();
        if (!f->easy || !f->address)
            memory_out();
        prepare(f);
    }
    if (set_address(f) != CURLUE_OK) {
        f->former = NULL;
        end(f, FETCH_HTTP, "libcurl does not take such a URL");
        return;
    }
    set_version(f);
    set_secrets(f);
    f->started = loop_time();
    loop_call_at(f->fetcher->loop, &f->timer,
                 f->started +
                     (o->connect_timeout < o->max_time ? o->connect_timeout : o->max_time));
    multis_start(&f->fetcher->multis, f->easy, f->host, &f->multi);
}

static void start_all(struct handle *h)
{
    struct fetcher *fr = container_of(h, struct fetcher, start);

    while (!list_empty(&fr->starting))
        start_fetch(container_of(list_pop(&fr->starting), struct fetch, node));
    multis_run(&fr->multis);
}

/* Everything of the former exchange is forgotten; memory is kept, unless it was a large body. */
static void reset(struct fetch *f)
{
    if (f->body_capacity > MAX_UNREAD) {
        free(f->body);
        f->body = NULL;
        f->body_capacity = 0;
    }
    header_forget(f);
    f->error_text[0] = '\0';
    f->body_length = f->header_bytes = 0;
    f->size = f->taken = 0;
    f->status = 0;
    f->truncated = f->connected = f->judged = f->cut = false;
}

ASYNC int fetch_get(struct fetch *f, const char *url, struct host *host, enum fetch_body want)
{
    struct fetcher *fr = f->fetcher;

    reset(f);
    f->url = url;
    f->host = host;
    f->want = want;
    f->most = want == BODY_ROBOTS ? ROBOTS_MAX : fr->options.max_body;
    future_init(&f->done, fr->loop);
    list_add(&fr->starting, &f->node);
    if (!handle_pending(&fr->start))
        loop_call_soon(fr->loop, &fr->start);

    int cancelled = await(&f->done);
    if (!f->done.done && !list_empty(&f->node)) {
        list_remove(&f->node);
    } else if (!f->done.done) {
        loop_call_soon(fr->loop, &f->abort);
        await_shielded(&f->done);
    }
    return cancelled;
}

void fetch_init(struct fetch *f, struct fetcher *fr)
{
    *f = (struct fetch){.fetcher = fr, .message = ""};
    list_init(&f->node);
    handle_init(&f->abort, abort_fetch);
    timer_setup(&f->timer, timed_out);
}

void fetch_deinit(struct fetch *f)
{
    if (f->easy)
        curl_easy_cleanup(f->easy);
    curl_url_cleanup(f->address);
    free(f->body);
    for (enum fetch_header h = 0; h < HEADER_COUNT; h++)
        free(f->headers[h].text);
}

static bool has_header(const struct curl_slist *list, const char *name)
{
    size_t length = strlen(name);

    for (; list; list = list->next)
        if (strncasecmp(list->data, name, length) == 0 && strchr(":;", list->data[length]))
            return true;
    return false;
}

static struct curl_slist *with_header(struct curl_slist *list, const char *name, const char *value)
{
    char *line = memory_resize(NULL, strlen(name) + strlen(value) + 3);

    stpcpy(stpcpy(stpcpy(line, name), ": "), value);
    list = curl_slist_append(list, line);
    free(line);
    if (!list)
        memory_out();
    return list;
}

/* libcurl would format these two anew for each request, character by character. What was given by
 * hand goes before. */
static void make_headers(struct fetcher *fr)
{
    static const char codings[] = "gzip, deflate, br, zstd";
    const struct fetch_options *o = &fr->options;

    fr->plain = with_header(NULL, "User-Agent", o->user_agent);
    fr->plain = with_header(fr->plain, "Accept-Encoding", codings);
    for (const struct curl_slist *h = o->headers; h; h = h->next)
        fr->trusted = curl_slist_append(fr->trusted, h->data);
    if (!has_header(o->headers, "User-Agent"))
        fr->trusted = with_header(fr->trusted, "User-Agent", o->user_agent);
    if (!has_header(o->headers, "Accept-Encoding"))
        fr->trusted = with_header(fr->trusted, "Accept-Encoding", codings);
}

/* The proxy given; else none, if the environment names none either, which spares libcurl a look
 * into it for each request. */
static const char *choose_proxy(const char *given)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY",
                                        "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (given || getenv(names[i]))
            return given;
    return "";
}

int fetcher_open(struct fetcher **out, struct loop *l, const struct fetch_options *options)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -EIO;

    struct fetcher *fr = memory_new(sizeof *fr);
    fr->loop = l;
    fr->options = *options;
    list_init(&fr->starting);
    handle_init(&fr->start, start_all);
    make_headers(fr);
    fr->proxy = choose_proxy(options->proxy);
    multis_init(&fr->multis, l, options->concurrency, transfer_done);
    fr->share = curl_share_init();
    if (!fr->share)
        memory_out();
    curl_share_setopt(fr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(fr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    *out = fr;
    return 0;
}

void fetcher_close(struct fetcher *fr)
{
    handle_cancel(&fr->start);
    multis_deinit(&fr->multis);
    curl_share_cleanup(fr->share);
    curl_slist_free_all(fr->plain);
    curl_slist_free_all(fr->trusted);
    curl_global_cleanup();
    free(fr);
}
