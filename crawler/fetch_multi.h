/* libcurl's multi handles on the loop: sockets, timers, and which handle a transfer goes to.
 *
 * libcurl 7.88 walks all pooled connections of a multi handle for each finished transfer, so
 * several handles share the loop, each holding about MULTI_SHARE connections. */
#ifndef CRAWLER_FETCH_MULTI_H
#define CRAWLER_FETCH_MULTI_H

#include "crawler/host.h"

#include <curl/curl.h>
#include <sys/socket.h>

#define MULTI_SHARE 64

/* Transfers on a handle for a host that multiplexes. libcurl has no more streams at once on one
 * connection (CURLMOPT_MAX_CONCURRENT_STREAMS) and opens another for each that is too many. */
#define MULTI_STREAMS 100

struct multi {
    struct multis *all;
    CURLM *curl;
    struct timer timer;   /* when libcurl wants to be called */
    struct list due;      /* among those that want it now */
    unsigned active;      /* transfers */
    unsigned connections; /* sockets open, idle ones included */
};

struct multis {
    struct loop *loop;
    struct multi **items;
    unsigned count, most;
    long pooled;         /* connections that may be open in each before idle ones are closed */
    struct sock **socks; /* by descriptor */
    size_t sock_count;
    struct list due;
    struct handle run; /* calls those in due */
    void (*done)(CURL *easy, CURLcode result);
    bool (*permit)(struct multi **where, const struct sockaddr *address);
};

/* concurrency: transfers in flight at once, at most. done is told of each transfer that has ended,
 * after it was removed from its handle. permit is asked before each connection, with what
 * fetch_multi_prepare was given. */
void fetch_multi_init(struct multis *m, struct loop *l, unsigned concurrency,
                      void (*done)(CURL *easy, CURLcode result),
                      bool (*permit)(struct multi **where, const struct sockaddr *address));
void fetch_multi_deinit(struct multis *m);

/* Sets what libcurl must call for the sockets of a new easy handle. *where will hold the multi
 * handle that its transfer is on. */
void fetch_multi_prepare(struct multis *m, CURL *easy, struct multi **where);

/* Starts a transfer to that host, at the next fetch_multi_run, and sets *where. Neither this nor
 * the two below from within libcurl's callbacks, nor on a coroutine's stack. */
void fetch_multi_start(struct multis *m, CURL *easy, struct host *h, struct multi **where);

/* Calls libcurl for what was started. */
void fetch_multi_run(struct multis *m);

/* Takes a transfer out, wherever it stands. */
void fetch_multi_remove(struct multi *mu, CURL *easy);

#endif
