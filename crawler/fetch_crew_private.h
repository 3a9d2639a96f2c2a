/* Fetching by blocking calls, from inside: fetch_crew.c who does it, fetch_blocking.c the call,
 * fetch_process.c how a process is asked for it, and answers. */
#ifndef CRAWLER_FETCH_CREW_PRIVATE_H
#define CRAWLER_FETCH_CREW_PRIVATE_H

#include "crawler/fetch_crew.h"
#include "crawler/fetch_private.h"
#include "loop/executor.h"
#include "loop/process_pool.h"

struct fetch_crew {
    struct loop *loop;
    enum fetch_model model;
    struct executor *threads;       /* FETCH_THREADS */
    struct process_pool *processes; /* FETCH_PROCESSES */
    struct fetch_crew_usage usage;  /* but memory */
    pid_t *pids;                    /* of all processes that ever answered */
    size_t pid_count;
};

/* What libcurl said of an exchange in a process; times in us, as it counts them. */
struct fetch_told {
    int64_t lookup, connect, tls, sent, first_byte;
    int64_t connections; /* made */
    int64_t version;     /* CURL_HTTP_VERSION_* */
    char ip[INET6_ADDRSTRLEN];
};

/* What a fetch has beyond itself where there is a crew. While a thread is at it, this and the fetch
 * are the thread's, and of all else it reads only what stays as it is; but for its host, of which
 * it knows what is here. */
struct fetch_seat {
    struct fetch *fetch;
    struct job job;
    struct handle performed;
    int64_t called;               /* when the call began; the fetch, when it was asked for */
    bool private_allowed;         /* unless it meets a public address first */
    bool met_public, met_private; /* a connection to such a one was begun */
    struct fetch_told told;       /* by a process */
};

/* The seat of a fetch, for its next exchange. */
struct fetch_seat *fetch_seat_take(struct fetch *f);

/* What the exchange found, and when it was, becomes known; then the fetch ends. On the loop's
 * thread. */
void fetch_seat_end(struct fetch *f);

/* Does the exchange that was set up: sets its times, error and message. In any thread. */
void fetch_perform(struct fetch *f);

/* In the process: what there is to tell. */
void fetch_told_read(const struct fetch *f, struct fetch_told *out);

#endif
