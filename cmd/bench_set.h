/* What a crawl saw, boiled down: two crawls saw the same if these are equal, in whatever order. */
#ifndef CMD_BENCH_SET_H
#define CMD_BENCH_SET_H

#include "cmd/serve_site.h"

struct bench_set {
    uint64_t urls;   /* that were fetched */
    uint64_t links;  /* of the 2xx pages among them, each occurrence */
    uint64_t digest; /* of URLs and statuses */
};

void bench_set_add(struct bench_set *s, const char *url, size_t length, int status, uint64_t links);
bool bench_set_equal(const struct bench_set *a, const struct bench_set *b);

/* What a crawl from page 0 of a site that is served at that port has to see. */
void bench_set_of_site(struct bench_set *out, const struct serve_site *site);

#endif
