/* What the parts of fetching know of each other: fetch.c the exchange from start to end,
 * fetch_request.c what is asked, fetch_answer.c what comes, fetch_proxy.c what stands between,
 * fetch_throttle.c how fast, fetch_cookies.c what is remembered; fetch_crew_private.h: by whom, if
 * not by the loop. */
#ifndef CRAWLER_FETCH_PRIVATE_H
#define CRAWLER_FETCH_PRIVATE_H

#include "crawler/fetch.h"
#include "crawler/fetch_crew.h"
#include "crawler/fetch_multi.h"

#define MAX_HEADERS (256u * 1024) /* bytes of all response headers of one exchange */
#define UNTAKABLE "libcurl does not take such a URL"
#define MAX_UNREAD (64u * 1024) /* read of a body that nobody wants, to save its connection */

struct fetch_proxies {
    const char *http, *https; /* for the two schemes; "": none */
    const char *except;       /* hosts that none stands before */
};

/* Request headers, and what else is the same for all. */
struct fetch_defaults {
    struct curl_slist *plain, *trusted; /* for any origin, and for seeds' */
    struct fetch_proxies proxies;
};

/* Pauses fetches, so that the bodies of all together come at no more than that rate. */
struct fetch_throttle {
    struct loop *loop;
    uint64_t rate;      /* bytes a second; 0: any */
    int64_t paid;       /* when all that came is paid off */
    struct list paused; /* fetches, by held, until then */
    struct timer resume;
};

struct fetcher {
    struct loop *loop;
    struct fetch_options options;
    struct fetch_defaults defaults;
    struct multis multis;
    struct fetch_throttle throttle;
    CURLSH *share;
    CURL *jar;                 /* reaches the cookies in share; NULL: none are kept */
    size_t cookie_bytes;       /* of Set-Cookie, since the jar was last looked at */
    struct fetch_spare *spare; /* memory for bodies: fetch_answer.c */
    struct list starting;      /* fetches that wait for the start handle */
    struct handle start;
    uint64_t in_flight; /* fetches begun and not ended, */
    uint64_t area;      /* and the ends less the begins of all, modulo 2^64: see fetcher_area */
};

/* Forgets the former exchange, and says what the next is to be. */
void fetch_set(struct fetch *f, const char *url, struct host *host, enum fetch_body want);

/* From an exchange that libcurl has ended: what the answer was, and the connection. */
void fetch_collect(struct fetch *f);

/* Sets error and message: why libcurl ended it, or that its time was over. */
void fetch_explain(struct fetch *f, CURLcode result);
void fetch_explain_timeout(struct fetch *f);

/* The fetch is over, as its ended, error and message say. */
void fetch_end(struct fetch *f);

/* Whether these are that; the loop is nobody's crew: NULL, FETCH_ASYNC. */
bool fetch_crew_is(const struct fetch_crew *c, enum fetch_model model);

/* Sets what an easy handle needs that a blocking call uses. */
void fetch_crew_prepare(struct fetch *f);

/* FETCH_PROCESSES: has a process do the exchange, and ends the fetch. Returns as fetch_get. */
ASYNC int fetch_process_call(struct fetch *f);

/* The others: has a thread, or this one, do the exchange, and ends the fetch, perhaps at once.
 * Returns 0 or -EAGAIN: there is no thread at all. */
int fetch_crew_start(struct fetch *f);

/* Ends one that no thread has begun, as soon as may be; another has to be waited for. */
void fetch_crew_abort(struct fetch *f);

void fetch_request_open(struct fetch_defaults *d, const struct fetch_options *options);
void fetch_request_close(struct fetch_defaults *d);

/* Sets up the next request on the fetch's easy handle, which is made if there is none. False:
 * libcurl does not take such a URL. */
bool fetch_request_set(struct fetch *f);

/* Forgets the former answer; memory is kept, unless it was a large body, and a body's is kept for
 * any fetch. */
void fetch_answer_reset(struct fetch *f);
void fetch_answer_deinit(struct fetch *f);
void fetch_spare_free(struct fetch_spare *spare);

/* The proxy given; else, if that is NULL, those of the environment, by curl's rules. Borrowed. */
void fetch_proxies_find(struct fetch_proxies *p, const char *given);

/* The proxy that a host is reached through; "" for none. */
const char *fetch_proxies_choose(const struct fetch_proxies *p, const struct host *h);

void fetch_throttle_init(struct fetch_throttle *t, struct loop *l, uint64_t rate);
void fetch_throttle_deinit(struct fetch_throttle *t);

/* Whether cookies are kept, and those of files, read. */
void fetch_cookies_open(struct fetcher *fr);
void fetch_cookies_close(struct fetcher *fr);

/* Has a new easy handle share what all do. */
void fetch_cookies_prepare(const struct fetcher *fr, CURL *easy);

/* Keeps the jar small, once enough came in; not from within a callback of libcurl. */
void fetch_cookies_limit(struct fetcher *fr);

/* CURLOPT_BUFFERSIZE. */
long fetch_throttle_part(const struct fetch_throttle *t);

/* In the write callback: whether it returns CURL_WRITEFUNC_PAUSE. If not, and so many bytes were
 * taken, they are to be paid. */
bool fetch_throttle_refuses(struct fetch_throttle *t, struct fetch *f);
void fetch_throttle_take(struct fetch_throttle *t, size_t bytes);

/* Keeps a header's value, after others of its name. */
void fetch_answer_set(struct fetch *f, enum fetch_header h, const char *value, size_t length);

/* CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION. */
size_t fetch_answer_header(char *line, size_t one, size_t length, void *fetch);
size_t fetch_answer_body(char *data, size_t one, size_t length, void *fetch);

#endif
