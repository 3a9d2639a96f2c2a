/* Where pages lead: each link, redirect and seed is considered here, in the spelling that the rules
 * ask for, and its verdict goes to the sink and into the counters. */
#ifndef CRAWLER_FOLLOW_H
#define CRAWLER_FOLLOW_H

#include "crawler/judge.h"
#include "crawler/sink.h"
#include "crawler/stats.h"

struct follow {
    struct judge judge;
    struct link_memo memo;         /* of links that were seen */
    struct crawl_sink *sink;       /* borrowed, */
    struct stats *stats;           /* borrowed */
    char (*spellings)[URL_BUFFER]; /* of links that are looked at; NULL: theirs is the one */
};

/* Borrows all. */
void follow_init(struct follow *f, struct frontier *frontier, const struct rules *rules,
                 struct crawl_sink *sink, struct stats *stats);
void follow_deinit(struct follow *f);

/* A seed. */
void follow_seed(struct follow *f, const struct url *u, const struct todo *todo);

/* Where the page redirects to: its only link. Sets page.redirect, until the next URL is followed.
 */
void follow_redirect(struct follow *f, struct page *p, const struct url *u,
                     const struct todo *todo);

/* The links of a page, which all have that todo. Returns 0 or -ECANCELED. */
ASYNC int follow_links(struct follow *f, struct page *p, const struct todo *todo);

/* With a trail, the URL of the page with that fingerprint (todo.from); else NULL. Valid until the
 * next URL is followed. */
const char *follow_referrer(const struct follow *f, uint64_t from);

/* A seed was visited; end: where its redirects ended, which is in scope from now on; NULL: nowhere.
 * With the last seed the links that waited for that have their turn. */
ASYNC void follow_seed_done(struct follow *f, const struct url *end);

/* Once no more seeds are awaited: looks again at some of the links that scope refused meanwhile,
 * and follows those that are in scope now. Says whether there were any. */
bool follow_passed(struct follow *f);

/* A URL that was to be visited is refused after all: by robots.txt, or since the crawl ends. */
void follow_refuse(struct follow *f, const struct host *h, const struct todo *todo,
                   const char *path, size_t length, enum verdict verdict);

/* No seed will widen the scope any more, nothing will be visited: what is left over has its verdict
 * too. */
ASYNC void follow_end(struct follow *f);

#endif
