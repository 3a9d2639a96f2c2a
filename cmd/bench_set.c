/* Sets are compared by sums, which know no order: of all URLs with their statuses the sum of their
 * hashes, so two crawls that differ in a page have the same digest with a chance of 2^-64. */
#include "cmd/bench_set.h"

#include "crawler/memory.h"
#include "crawler/seen.h"

#include <stdlib.h>

void bench_set_add(struct bench_set *s, const char *url, size_t length, int status, uint64_t links)
{
    s->urls++;
    s->digest += seen_fingerprint((uint64_t)status, url, length);
    if (status / 100 == 2)
        s->links += links;
}

bool bench_set_equal(const struct bench_set *a, const struct bench_set *b)
{
    return a->urls == b->urls && a->links == b->links && a->digest == b->digest;
}

/* Two bits a page; what is in `visited` is in `seen` too. */
struct walk {
    const struct serve_site *site;
    struct bench_set *set;
    uint64_t *seen, *visited;
};

static void see(struct walk *w, uint32_t page)
{
    w->seen[page / 64] |= UINT64_C(1) << page % 64;
}

static void visit(struct walk *w, uint32_t page)
{
    static const int statuses[] = {
        [SERVE_SITE_PAGE] = 200,
        [SERVE_SITE_MISSING] = 404,
        [SERVE_SITE_BROKEN] = 500,
        [SERVE_SITE_REDIRECT] = 302,
    };
    const struct serve_site *site = w->site;
    enum serve_site_kind kind = serve_site_kind(site, page);
    char url[SERVE_SITE_URL];
    size_t length = serve_site_url(site, page, url);

    bench_set_add(w->set, url, length, statuses[kind], site->links);
    if (kind == SERVE_SITE_REDIRECT)
        see(w, (page + 1) % site->pages);
    if (kind == SERVE_SITE_PAGE)
        for (uint32_t k = 0; k < site->links; k++)
            see(w, serve_site_link(site, page, k));
}

/* Most links lead on to the next pages, so a sweep in order visits nearly all; those that only
 * links from behind lead to are left to the next one. */
static bool sweep(struct walk *w)
{
    bool found = false;
    for (size_t i = 0; i <= (w->site->pages - 1) / 64; i++)
        for (uint64_t left; (left = w->seen[i] & ~w->visited[i]); found = true) {
            w->visited[i] |= left & -left;
            visit(w, (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left));
        }
    return found;
}

void bench_set_of_site(struct bench_set *out, const struct serve_site *site)
{
    size_t size = (site->pages + 63) / 64 * sizeof(uint64_t);
    struct walk w = {.site = site, .set = out};

    *out = (struct bench_set){0};
    w.seen = memory_new(size);
    w.visited = memory_new(size);
    see(&w, 0);
    while (sweep(&w))
        ;
    free(w.seen);
    free(w.visited);
}
