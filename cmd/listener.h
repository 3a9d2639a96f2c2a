/* Who hears what happens in a crawl: the records, the files for people, and what they stand on.
 * Each event is told to all listeners that have something to call for it. Strings are valid during
 * the call, which must not wait, but at the end. */
#ifndef CMD_LISTENER_H
#define CMD_LISTENER_H

#include "crawler/crawler.h"

struct listener {
    void (*found)(struct listener *l, const struct finding *f);
    void (*visited)(struct listener *l, const struct page *p);
    void (*linked)(struct listener *l, const struct linked *k);
    void (*refused)(struct listener *l, const struct refusal *r);

    /* The crawl has ended: what is left is to be written. */
    ASYNC void (*ended)(struct listener *l, struct crawl *c);
};

#endif
