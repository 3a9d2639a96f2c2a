/* Where the URLs wait that are still to be visited, and the end of the crawl: asyncio.Queue with
 * manners. It knows which URLs were seen, asks each host for its robots.txt before anything else,
 * starts no more fetches of a host than its share, keeps the pauses, and says when all is done:
 * nothing queued, nothing in flight.
 *
 * Hosts that stall do not keep others waiting. A host is doubtful until it has answered to a page,
 * and after a fetch that timed out; until it was met it has one fetch at a time. All doubtful hosts
 * together hold at most half of the slots, and while one of them waits for a slot, the others'
 * fetches have to get on with theirs: one that brings nothing in time gives its slot back and is
 * queued again, behind those that had none yet, with four times the patience. That is no attempt of
 * its URL, and happens in the first eighth of --max-time only, so everything ends. What remains: a
 * host that was met and then stalls holds its share of slots until the first of them has timed out,
 * and a host that is found when stalled ones hold all they may waits for the first of these. */
#ifndef CRAWLER_FRONTIER_H
#define CRAWLER_FRONTIER_H

#include "crawler/host.h"
#include "crawler/seen.h"
#include "loop/task.h"

struct frontier_options {
    unsigned concurrency; /* workers that will ask */
    unsigned per_host;    /* fetches in flight for one host */
    bool gentle;          /* less of them for a public host, until it has shown how many it takes */
    int64_t spacing;      /* time between the starts of any two fetches, ns; 0: none. One that comes
                             late by a few ms, as the loop's clock goes, is made up for */
    int64_t delay;      /* least time between two starts of a host, ns; negative: the host's own */
    bool robots;        /* a host's first fetch is its robots.txt */
    bool by_depth;      /* no page of depth d + 1 before the last of depth d is done; a seed that
                           comes when all is done begins at its depth again */
    uint64_t max_pages; /* hand out no more than that many pages to fetch; 0: no limit */
};

enum item_kind {
    ITEM_PAGE,
    ITEM_ROBOTS,
    ITEM_SITEMAP,
};

/* One piece of work, in a worker's hands: the worker's own memory, used again and again. */
struct item {
    enum item_kind kind;
    struct host *host;
    struct todo todo;
    bool heard;     /* there was a fetch, and frontier_heard was told of it */
    bool uncounted; /* its next try is no further attempt */
    char *url;      /* canonical, NUL-terminated */
    size_t length, capacity;
};

void item_deinit(struct item *item);

struct frontier {
    struct loop *loop;
    struct frontier_options options;
    struct hosts hosts;
    struct seen seen;
    struct seen ahead;     /* with by_depth: those of the next depth, */
    struct seen brought;   /* and of these, what frontier_bring_up brought up to this one */
    struct list ring;      /* hosts that can hand out a URL now */
    struct list strangers; /* doubtful ones that can, once less than max_meeting are in flight */
    struct list stalled;   /* those of them that were given a slot before, and brought nothing */
    struct list deeper;    /* hosts with URLs of the next depth */
    struct list parked;    /* retries whose pause is not over */
    struct list waiting;   /* workers with nothing to do, of struct waiter */
    uint32_t depth;        /* with by_depth: of all that is handed out */
    size_t queued;         /* to be handed out at this depth, parked ones included */
    size_t queued_deeper;  /* of the next depth */
    size_t in_flight;      /* handed out and not done */
    size_t holds;
    unsigned meeting, max_meeting; /* fetches of doubtful hosts in flight */
    int64_t usual;                 /* time in which doubtful hosts answer, if they do */
    struct timer spacer;           /* until next_start */
    int64_t next_start;            /* of any fetch */
    uint64_t pages, given;         /* pages and items handed out */
    uint64_t dropped;              /* URLs left unvisited when it stopped */
    bool stopped;                  /* no new URL is taken or handed out any more */
    bool final;                    /* and nothing is tried again */
    struct future finished;        /* done when everything is */

    /* Called for each page that is left unvisited; NULL: nobody is told. */
    void (*drop)(struct frontier *f, const struct host *h, const struct todo *todo,
                 const char *path, size_t length);

    /* Called when a host is put aside, as host.why says; NULL: nobody is told. */
    void (*put_aside)(struct frontier *f, struct host *h);

    /* Called when nothing is queued or in flight and it was not stopped, held or not: who has more,
     * for such a moment, adds it now. NULL: nobody has. */
    void (*idle)(struct frontier *f);
};

void frontier_init(struct frontier *f, struct loop *l, const struct frontier_options *options);
void frontier_deinit(struct frontier *f);

/* The host of a URL, made when it is new. */
struct host *frontier_host(struct frontier *f, const struct url *u);

/* Adds a URL, which has that fingerprint in the set of the seen ones, unless it was seen or the
 * frontier is stopped; says whether it was added. */
bool frontier_add(struct frontier *f, const struct url *u, uint64_t fingerprint,
                  const struct todo *todo);

/* The same, beside the set of the seen ones, which it does not enter: the caller sees to it that it
 * comes once. */
void frontier_add_beside(struct frontier *f, const struct url *u, const struct todo *todo);

/* With by_depth, of a URL that was seen: if it waits for the next depth and todo says that it is
 * not that deep, it is handed out with that todo instead. Says whether it is. */
bool frontier_bring_up(struct frontier *f, const struct url *u, uint64_t fingerprint,
                       const struct todo *todo);

/* Adds a sitemap, which is no page: a host's sitemaps are handed out before its pages, one at a
 * time. The todo comes back with the item. Nothing is added once the frontier is stopped. */
void frontier_add_sitemap(struct frontier *f, const struct url *u, const struct todo *todo);

/* Instead of options.per_host, from now on. */
void frontier_set_per_host(struct frontier *f, unsigned per_host);

/* While held, the frontier is not finished, unless it is stopped: for who may still add URLs. */
void frontier_hold(struct frontier *f);
void frontier_release(struct frontier *f);

/* Waits for work. 0: *item is to be visited and then given to frontier_done or frontier_retry.
 * -ECANCELED: there is none. */
ASYNC int frontier_next(struct frontier *f, struct item *item);

/* Tells how the item's fetch ended, before either of the two below; in_flight, gentle and more are
 * filled in. PACE_AGAIN: the item is to be retried, whatever it did; PACE_PUT_ASIDE: the caller
 * does so. Without fetch, there is nothing to tell. */
enum pace_advice frontier_heard(struct frontier *f, struct item *item, struct outcome *o);

void frontier_done(struct frontier *f, struct item *item);

/* Instead of frontier_done: hands the item out once more, that many nanoseconds from now. */
void frontier_retry(struct frontier *f, const struct item *item, int64_t pause);

/* Fetches nothing more of the host: all of its URLs fail with that error (an enum fetch_error), for
 * the reason given. */
void frontier_put_aside(struct frontier *f, struct host *h, int error, const char *why);

/* How long a doubtful host may take for an answer while others wait, ns. */
int64_t frontier_patience(const struct frontier *f, const struct host *h);

/* Whether a doubtful host waits for the slot of another. */
bool frontier_crowded(const struct frontier *f);

/* Hands out nothing more and forgets what is queued: finished comes with the last item in flight.
 */
void frontier_stop(struct frontier *f);

#endif
