/* Where the URLs wait that are still to be visited, and the end of the crawl: asyncio.Queue with
 * manners. It knows which URLs were seen, asks each host for its robots.txt before anything else,
 * starts no more fetches of a host than its share, keeps the pauses, and says when all is done:
 * nothing queued, nothing in flight. */
#ifndef CRAWLER_FRONTIER_H
#define CRAWLER_FRONTIER_H

#include "crawler/host.h"
#include "crawler/seen.h"
#include "loop/task.h"

struct frontier_options {
    unsigned concurrency; /* workers that will ask */
    unsigned per_host;    /* fetches in flight for one host */
    int64_t delay;      /* least time between two starts of a host, ns; negative: the host's own */
    bool robots;        /* a host's first fetch is its robots.txt */
    bool by_depth;      /* none of depth d + 1 before the last of depth d is done */
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
    char *url; /* canonical, NUL-terminated */
    size_t length, capacity;
};

void item_deinit(struct item *item);

struct frontier {
    struct loop *loop;
    struct frontier_options options;
    struct hosts hosts;
    struct seen seen;
    struct list ring;      /* hosts that can hand out a URL now */
    struct list strangers; /* hosts not met yet, while max_meeting others are being met */
    struct list deeper;    /* hosts with URLs of the next depth */
    struct list parked;    /* retries whose pause is not over */
    struct list waiting;   /* workers with nothing to do, of struct waiter */
    uint32_t depth;        /* with by_depth: of all that is handed out */
    size_t queued;         /* to be handed out at this depth, parked ones included */
    size_t queued_deeper;  /* of the next depth */
    size_t in_flight;      /* handed out and not done */
    size_t holds;
    unsigned meeting, max_meeting; /* hosts at their first contact */
    uint64_t pages, given;         /* pages and items handed out */
    uint64_t dropped;              /* URLs left unvisited when it stopped */
    bool stopped;                  /* no new URL is taken or handed out any more */
    bool final;                    /* and nothing is tried again */
    struct future finished;        /* done when everything is */
};

void frontier_init(struct frontier *f, struct loop *l, const struct frontier_options *options);
void frontier_deinit(struct frontier *f);

/* The host of a URL, made when it is new. */
struct host *frontier_host(struct frontier *f, const struct url *u);

/* Adds a URL, which has that fingerprint in the set of the seen ones, unless it was seen or the
 * frontier is stopped; says whether it was added. */
bool frontier_add(struct frontier *f, const struct url *u, uint64_t fingerprint,
                  const struct todo *todo);

/* Adds a sitemap, which is no page: a host's sitemaps are handed out before its pages, one at a
 * time. The todo comes back with the item. Nothing is added once the frontier is stopped. */
void frontier_add_sitemap(struct frontier *f, const struct url *u, const struct todo *todo);

/* While held, the frontier is not finished: for who may still add URLs. */
void frontier_hold(struct frontier *f);
void frontier_release(struct frontier *f);

/* Waits for work. 0: *item is to be visited and then given to frontier_done or frontier_retry.
 * -ECANCELED: there is none. */
ASYNC int frontier_next(struct frontier *f, struct item *item);

void frontier_done(struct frontier *f, struct item *item);

/* Instead of frontier_done: hands the item out once more, that many nanoseconds from now. */
void frontier_retry(struct frontier *f, const struct item *item, int64_t pause);

/* Hands out nothing more and forgets what is queued: finished comes with the last item in flight.
 */
void frontier_stop(struct frontier *f);

#endif
