/* Hands links to the frontier, each with one verdict. */
#ifndef CRAWLER_JUDGE_H
#define CRAWLER_JUDGE_H

#include "crawler/frontier.h"
#include "crawler/scope.h"

struct judge {
    struct frontier *frontier; /* borrowed */
    struct scope scope;
    uint32_t depth; /* follow links at most that far away from a seed */
    bool obey_nofollow;
    struct seen outside; /* URLs that scope refused */
    struct seen passed;  /* URLs in scope that are not to be visited */
    uint64_t *refused;   /* counts URLs, each once a verdict; borrowed, of VERDICT_COUNT */

    /* Where seeds redirect to widens the scope. While some seeds may still do so, links that are
     * out of scope wait here for the final word. */
    size_t open_seeds;
    struct url_queue waiting;
    struct seen waits[2]; /* what is in it: links, and links that say nofollow */
};

void judge_init(struct judge *j, struct frontier *f, uint32_t depth, bool obey_nofollow,
                uint64_t *refused);
void judge_deinit(struct judge *j);

/* A URL that was met. */
struct sight {
    struct url url;
    uint64_t fingerprint;
    struct todo todo;
};

/* Fills in the fingerprint of its URL, and has what judge_link will look at brought near. */
void judge_sight(const struct judge *j, struct sight *s);

/* Decides on a URL, adds it to the frontier if it is to be visited, and sets *found if it is to be
 * printed: in scope, and at its first sight. */
enum verdict judge_link(struct judge *j, const struct sight *s, bool *found);

/* The next of the links that waited for the seeds to end; false: none, or seeds are still open. */
bool judge_waiting(struct judge *j, struct sight *s);

#endif
