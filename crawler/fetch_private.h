/* What the parts of fetching know of each other: fetch.c the exchange from start to end,
 * fetch_request.c what is asked, fetch_answer.c what comes, fetch_proxy.c what stands between,
 * fetch_throttle.c how fast, fetch_cookies.c what is remembered. */
#ifndef CRAWLER_FETCH_PRIVATE_H
#define CRAWLER_FETCH_PRIVATE_H

#include "crawler/fetch.h"
#include "crawler/fetch_multi.h"

#define MAX_HEADERS (256u * 1024) /* bytes of all response headers of one exchange */
#define MAX_UNREAD (64u * 1024)   /* read of a body that nobody wants, to save its connection */

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
    CURL *jar;            /* reaches the cookies in share; NULL: none are kept */
    size_t cookie_bytes;  /* of Set-Cookie, since the jar was last looked at */
    struct list starting; /* fetches that wait for the start handle */
    struct handle start;
    uint64_t in_flight; /* fetches begun and not ended, */
    uint64_t area;      /* and the ends less the begins of all, modulo 2^64: see fetcher_area */
};

void fetch_request_open(struct fetch_defaults *d, const struct fetch_options *options);
void fetch_request_close(struct fetch_defaults *d);

/* Sets up the next request on the fetch's easy handle, which is made if there is none. False:
 * libcurl does not take such a URL. */
bool fetch_request_set(struct fetch *f);

/* Forgets the former answer; memory is kept, unless it was a large body. */
void fetch_answer_reset(struct fetch *f);
void fetch_answer_deinit(struct fetch *f);

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

/* CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION. */
size_t fetch_answer_header(char *line, size_t one, size_t length, void *fetch);
size_t fetch_answer_body(char *data, size_t one, size_t length, void *fetch);

#endif
