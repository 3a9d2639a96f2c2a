/* Counters of a crawl, for its summary. */
#ifndef CRAWLER_STATS_H
#define CRAWLER_STATS_H

#include "crawler/fetch.h"
#include "crawler/page.h"
#include "crawler/scope.h"

struct stats {
    uint64_t pages; /* visited, whatever came of it */
    uint64_t bytes; /* of their bodies, decoded */
    uint64_t found;
    uint64_t followed; /* links of pages, to what was not seen before */
    uint64_t truncated;
    uint64_t retries;
    uint64_t unparsed;               /* documents whose links were found in part or not at all */
    uint64_t refused[VERDICT_COUNT]; /* URLs, each once a verdict */
    uint64_t statuses[6];            /* by class: 2 for 2xx; 0: none came, or no known class */
    uint64_t errors[FETCH_ERROR_COUNT];
    int64_t started, ended; /* loop_time */
};

/* Counts a visit. */
void stats_add(struct stats *s, const struct page *p);

#endif
