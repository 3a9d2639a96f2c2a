/* Exchanges done by blocking calls, for comparison with the loop: the same crawler, but each fetch
 * is a curl_easy_perform in a thread, in a process, or on the loop's own thread.
 *
 * What the loop's fetches can do and these cannot: give a slot back to who waits (a doubtful host
 * keeps it), follow --limit-rate, keep cookies, ask again for what HTTP/2 refused unread, and end
 * early when the crawl is stopped: one that has begun is waited for, but a process is killed. A
 * process's connections outlast the crawl, as the crew does. */
#ifndef CRAWLER_FETCH_CREW_H
#define CRAWLER_FETCH_CREW_H

#include "loop/loop.h"

#include <stdint.h>

enum fetch_model {
    FETCH_ASYNC,     /* libcurl's multi interface on the loop: no crew */
    FETCH_THREADS,   /* in a pool of threads */
    FETCH_PROCESSES, /* in a pool of processes: this program in a mode of its own */
    FETCH_SYNC,      /* on the loop's thread, which stands still: one after another */
    FETCH_MODEL_COUNT,
};

/* "async|threads|processes|sync", and the word for one. */
extern const char fetch_models[];
const char *fetch_model_name(enum fetch_model m);

#define FETCH_CREW_ARGUMENT "--fetching" /* the first one of such a process */

struct fetch_crew;

/* size: threads or processes at most, each for one fetch at a time; started when needed, so a
 * first crawl warms them up. A fetch is in flight from when it is asked for to when the loop knows
 * that it has ended: its times hold what it waited for one of them, and for the processor.
 * FETCH_ASYNC: *out is NULL. Returns 0 or a negative errno. */
int fetch_crew_open(struct fetch_crew **out, struct loop *l, enum fetch_model model, unsigned size);
void fetch_crew_close(struct fetch_crew *c); /* NULL is none */

/* What the processes of a crew took so far, as they told with their answers; all 0 with the other
 * models, whose share is this process's own. */
struct fetch_crew_usage {
    int64_t user, system; /* ns of CPU */
    uint64_t switches;    /* of context */
};

/* Reads a file for each process, which takes some 0.1 ms. c may be NULL. */
void fetch_crew_usage(const struct fetch_crew *c, struct fetch_crew_usage *out);

/* Bytes that the processes hold now: of shared pages their part (Pss). 0 with the other models.
 * Takes its time. */
uint64_t fetch_crew_memory(const struct fetch_crew *c);

/* The main function of such a process. */
int fetch_crew_main(void);

#endif
