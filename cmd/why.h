/* Why a URL is visited, or is not: --why, and the words for it. */
#ifndef CMD_WHY_H
#define CMD_WHY_H

#include "cmd/output.h"
#include "crawler/crawler.h"

/* A phrase for people that says what refused it, and the option that would not. */
const char *why_phrase(const struct refusal *r);

/* The question of --why, and its answer. */
struct why {
    char *url; /* canonical; the report's own */
    enum verdict verdict;
    bool known; /* and so the crawl has been stopped */
};

/* Answers, once, if it is this URL that was decided on (VERDICT_FOLLOW: it is to be visited): the
 * chain of URLs from a seed to it, one a record, and then the verdict, a tab and the phrase. Stops
 * the crawl. */
void why_decided(struct why *w, struct crawl *c, struct output *o, const struct refusal *r);

/* At the end: says so if it was never met. Returns the exit status, 0 if it would be fetched. */
int why_end(const struct why *w, const struct crawl *c, struct output *o);

#endif
