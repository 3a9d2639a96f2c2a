/* An exchange from start to end. Timeouts are the loop's timers, since libcurl's own cost more, and
 * libcurl is called from handles of the loop, never on a coroutine's stack (see fetch_multi.c):
 * fetch_get only leaves its wish in a list. */
#include "crawler/fetch_private.h"

#include "crawler/address.h"
#include "crawler/frontier.h"
#include "crawler/memory.h"
#include "parse/sitemap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEADS_INSIDE "leads to a private address (--allow-private)"
#define UNCONNECTED NS_PER_S /* the least patience until there is a connection */
#define MOST_CONNECTS (2 * NS_PER_S)
#define LEAST_BYTES 1024 /* what brings less counts as bringing nothing */

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
        [FETCH_PRIVATE] = "private",
    };
    return names[e];
}

/* Two of libcurl's codes mean one thing or another, which only its text tells. */
static enum fetch_error classify(CURLcode result, const char *text)
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
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return FETCH_RESET;
    case CURLE_RECV_ERROR:
        return strstr(text, " in chunked-encoding") ? FETCH_HTTP : FETCH_RESET;
    case CURLE_HTTP2_STREAM: /* a stream's end; CURLE_HTTP2 is nonsense */
        return strstr(text, " PROTOCOL_ERROR ") ? FETCH_HTTP : FETCH_RESET;
    case CURLE_BAD_CONTENT_ENCODING:
        return FETCH_DECODE;
    case CURLE_OUT_OF_MEMORY: /* libcurl 7.88 says so of a header line beyond its 100 KiB */
        return FETCH_TOO_LARGE;
    default:
        return FETCH_HTTP;
    }
}

void fetch_end(struct fetch *f)
{
    loop_cancel_timer(f->fetcher->loop, &f->timer);
    handle_cancel(&f->abort); /* it ended by itself first */
    list_remove(&f->held);
    f->fetcher->in_flight--;
    f->fetcher->area += (uint64_t)f->ended;
    future_set(&f->done, 0);
}

static void explain(struct fetch *f, enum fetch_error error, const char *message)
{
    f->error = error;
    f->message = message;
}

static void end(struct fetch *f)
{
    f->ended = loop_time();
    fetch_end(f);
}

void fetch_collect(struct fetch *f)
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

void fetch_explain(struct fetch *f, CURLcode result)
{
    if (f->refused && result == CURLE_COULDNT_CONNECT)
        explain(f, FETCH_PRIVATE, LEADS_INSIDE);
    else if (f->contradicts)
        explain(f, FETCH_HTTP, "two values of Content-Length");
    else if (result == CURLE_OUT_OF_MEMORY && !list_empty(&f->held)) /* 64 MiB, in libcurl */
        explain(f, FETCH_TOO_LARGE, "decodes to too much to be held back (--limit-rate)");
    else if (f->header_bytes > MAX_HEADERS || result == CURLE_OUT_OF_MEMORY)
        explain(f, FETCH_TOO_LARGE, "more than 256 KiB of headers, or 100 KiB of one");
    else if (result == CURLE_WRITE_ERROR) /* the decoder's, at what follows the end of a gzip */
        explain(f, FETCH_DECODE, "more came than the compressed body");
    else
        explain(f, classify(result, f->error_text),
                *f->error_text ? f->error_text : curl_easy_strerror(result));
}

void fetch_explain_timeout(struct fetch *f)
{
    explain(f, FETCH_TIMEOUT,
            f->connected ? "no complete answer in time (--max-time)"
                         : "no connection in time (--connect-timeout)");
}

/* Whether the server may have refused the request unread: streams that are asked for when it has
 * said that the connection ends (RFC 9113, 6.8). libcurl asks again, but gives up where the next
 * connections end so too. */
static bool refused_unread(const struct fetch *f, CURLcode result)
{
    return f->host->multiplexes && f->header_bytes == 0 &&
           (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR || result == CURLE_HTTP2);
}

static void transfer_done(CURL *easy, CURLcode result)
{
    struct fetch *f = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
    if (!f->again && refused_unread(f, result)) {
        f->again = true;
        f->error_text[0] = '\0';
        f->moved = loop_time();
        fetch_multi_start(&f->fetcher->multis, easy, f->host, &f->multi);
        return; /* its timer goes on */
    }
    fetch_collect(f);
    fetch_cookies_limit(f->fetcher);
    if (result != CURLE_OK && !f->cut)
        fetch_explain(f, result);
    end(f);
}

static void abandon(struct fetch *f)
{
    fetch_collect(f);
    fetch_multi_remove(f->multi, f->easy);
    end(f);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The connection's deadline; once there is one, the whole fetch's. */
static int64_t deadline(const struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;

    return f->started + (f->connected ? o->max_time : least(o->connect_timeout, o->max_time));
}

/* A fetch that has had a good part of all its time goes on: to begin it anew would waste that. */
static bool may_give_back(const struct fetch *f, int64_t now)
{
    return f->doubted && now <= f->started + f->fetcher->options.max_time / 8;
}

/* Whether the host has had its time, and brought nothing. */
static bool is_overdue(struct fetch *f, int64_t now)
{
    int64_t patience = frontier_patience(f->doubted->frontier, f->doubted);
    curl_off_t connect = 0; /* us; 0 where it was there before */
    uint64_t has = f->header_bytes + f->taken;

    if (!f->connected)
        return now >= f->started + most(patience, UNCONNECTED);
    curl_easy_getinfo(f->easy, CURLINFO_PRETRANSFER_TIME_T, &connect);
    connect *= NS_PER_US;
    f->moved = most(f->moved, f->started + connect);
    if (has >= f->had + LEAST_BYTES || !list_empty(&f->held)) { /* it is we who hold it back */
        f->moved = now;
        f->had = has;
    }
    return now >= f->moved + most(patience, least(8 * connect, MOST_CONNECTS));
}

/* A fetch that may have to end early is looked at now and then; others at their deadlines. */
static void plan_look(struct fetch *f, int64_t now)
{
    int64_t next = deadline(f);

    if (may_give_back(f, now))
        next = least(next, now + frontier_patience(f->doubted->frontier, f->doubted) / 4);
    loop_call_at(f->fetcher->loop, &f->timer, next);
}

static void look(struct handle *h)
{
    struct fetch *f = container_of(container_of(h, struct timer, handle), struct fetch, timer);
    int64_t now = loop_time();

    if (now >= deadline(f)) {
        fetch_explain_timeout(f);
        abandon(f);
    } else if (may_give_back(f, now) && is_overdue(f, now) &&
               frontier_crowded(f->doubted->frontier)) {
        f->given_back = true;
        explain(f, FETCH_TIMEOUT, "no answer while others waited");
        abandon(f);
    } else {
        plan_look(f, now);
    }
}

/* A task that was cancelled waits for this. */
static void abort_fetch(struct handle *h)
{
    struct fetch *f = container_of(h, struct fetch, abort);

    if (f->fetcher->options.crew)
        fetch_crew_abort(f);
    else
        abandon(f);
}

/* A seed may be at a private address, and then others too; but not one that was public before:
 * whoever answers for its name has no say in that. */
static bool may_connect(struct multi **where, const struct sockaddr *address)
{
    struct fetch *f = container_of(where, struct fetch, multi);
    struct fetch_options *o = &f->fetcher->options;
    struct host *h = f->host;

    if (*f->proxy)
        return true;
    if (!address_is_private(address)) {
        h->public_address = true;
    } else if (o->allow_private || (h->seed && !h->public_address)) {
        h->private_address = o->allow_private = true;
    } else {
        f->refused = true;
        return false;
    }
    return true;
}

/* What can be said without a connection. */
static bool leads_inside(const struct fetch *f)
{
    struct url u = f->host->parts;

    u.text = f->url;
    return !f->fetcher->options.allow_private && !f->host->seed && address_url_is_private(&u);
}

/* Whether it can be begun, else it has ended. */
static bool begin(struct fetch *f)
{
    f->started = loop_time();
    f->fetcher->in_flight++;
    f->fetcher->area -= (uint64_t)f->started;
    if (!leads_inside(f))
        return true;
    explain(f, FETCH_PRIVATE, LEADS_INSIDE);
    end(f);
    return false;
}

/* With a crew its own limits count. */
static void start_fetch(struct fetch *f)
{
    struct fetcher *fr = f->fetcher;

    if (!begin(f))
        return;
    if (!fetch_request_set(f)) {
        explain(f, FETCH_HTTP, UNTAKABLE);
        end(f);
        return;
    }
    f->begun = true;
    if (!fr->options.crew) {
        plan_look(f, f->started);
        fetch_multi_start(&fr->multis, f->easy, f->host, &f->multi);
    } else if (fetch_crew_start(f) != 0) {
        explain(f, FETCH_CONNECT, "no thread to be had for it");
        end(f);
    }
}

/* All, but for those that hold the loop: one of them in each step. */
static void start_all(struct handle *h)
{
    struct fetcher *fr = container_of(h, struct fetcher, start);
    bool one = fetch_crew_is(fr->options.crew, FETCH_SYNC);

    while (!list_empty(&fr->starting) && !handle_pending(h)) {
        start_fetch(container_of(list_pop(&fr->starting), struct fetch, node));
        if (one)
            loop_call_soon(fr->loop, h);
    }
    fetch_multi_run(&fr->multis);
}

static uint64_t most_of(const struct fetcher *fr, enum fetch_body want)
{
    switch (want) {
    case BODY_ROBOTS:
        return ROBOTS_MAX;
    case BODY_SITEMAP:
        return SITEMAP_MAX;
    default:
        return fr->options.max_body;
    }
}

void fetch_set(struct fetch *f, const char *url, struct host *host, enum fetch_body want)
{
    fetch_answer_reset(f);
    explain(f, FETCH_OK, "");
    f->error_text[0] = '\0';
    f->begun = f->connected = f->refused = f->given_back = f->again = false;
    f->moved = 0;
    f->had = 0;
    f->url = url;
    f->host = host;
    f->want = want;
    f->most = most_of(f->fetcher, want);
}

/* A process is asked by the task itself. */
ASYNC static int get_from_process(struct fetch *f)
{
    return begin(f) ? fetch_process_call(f) : 0;
}

ASYNC int fetch_get(struct fetch *f, const char *url, struct host *host, enum fetch_body want)
{
    struct fetcher *fr = f->fetcher;

    fetch_set(f, url, host, want);
    future_init(&f->done, fr->loop);
    if (fetch_crew_is(fr->options.crew, FETCH_PROCESSES))
        return get_from_process(f);
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
    list_init(&f->held);
    handle_init(&f->abort, abort_fetch);
    timer_setup(&f->timer, look);
}

void fetch_deinit(struct fetch *f)
{
    if (f->easy)
        curl_easy_cleanup(f->easy);
    curl_url_cleanup(f->address);
    fetch_answer_deinit(f);
    free(f->seat);
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
    fetch_request_open(&fr->defaults, options);
    fetch_multi_init(&fr->multis, l, options->concurrency, transfer_done, may_connect);
    fetch_throttle_init(&fr->throttle, l, options->crew ? 0 : options->limit_rate);
    fr->share = curl_share_init();
    if (!fr->share)
        memory_out();
    curl_share_setopt(fr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(fr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    fetch_cookies_open(fr);
    *out = fr;
    return 0;
}

void fetcher_allow_private(struct fetcher *fr)
{
    fr->options.allow_private = true;
}

bool fetcher_allows_private(const struct fetcher *fr)
{
    return fr->options.allow_private;
}

uint64_t fetcher_area(const struct fetcher *fr)
{
    return fr->area + fr->in_flight * (uint64_t)loop_time();
}

void fetcher_close(struct fetcher *fr)
{
    handle_cancel(&fr->start);
    fetch_throttle_deinit(&fr->throttle);
    fetch_spare_free(fr->spare);
    fetch_multi_deinit(&fr->multis);
    fetch_cookies_close(fr);
    curl_share_cleanup(fr->share);
    fetch_request_close(&fr->defaults);
    curl_global_cleanup();
    free(fr);
}
