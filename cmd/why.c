#include "cmd/why.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

const char *why_phrase(const struct refusal *r)
{
    static const char *const phrases[VERDICT_COUNT] = {
        [VERDICT_FOLLOW] = "it would be fetched",
        [VERDICT_SCOPE] = "out of scope (--scope, -D)",
        [VERDICT_EXCLUDE] = "an --exclude matches",
        [VERDICT_INCLUDE] = "no --include matches",
        [VERDICT_DEPTH] = "further away than --depth",
        [VERDICT_ROBOTS] = "robots.txt forbids it (--ignore-robots)",
        [VERDICT_NOFOLLOW] = "its link, or the page, says nofollow (--ignore-robots)",
        [VERDICT_PRIVATE] = "leads to a private address (--allow-private)",
        [VERDICT_TRAP] = "a trap",
        [VERDICT_LIMIT] = "the crawl was stopped before its turn",
    };
    return r->why ? r->why : phrases[r->verdict];
}

static void print_line(struct output *o, const char *a, const char *b, const char *c)
{
    struct text *t = output_begin(o);

    text_add_string(t, a);
    text_add_string(t, b);
    text_add_string(t, c);
    text_add_char(t, '\n');
    output_end(o);
}

static void print_chain(const struct crawl *c, struct output *o, const struct refusal *r)
{
    const char **chain = memory_resize(NULL, sizeof *chain);
    size_t count = 0;

    chain[count++] = r->url;
    for (const char *url = r->from; url; url = crawl_referrer(c, url, strlen(url))) {
        chain = memory_resize(chain, (count + 1) * sizeof *chain);
        chain[count++] = url;
    }
    while (count)
        print_line(o, chain[--count], "", "");
    free(chain);
}

void why_decided(struct why *w, struct crawl *c, struct output *o, const struct refusal *r)
{
    if (!w->url || w->known || strcmp(w->url, r->url) != 0)
        return;
    w->known = true;
    w->verdict = r->verdict;
    print_chain(c, o, r);
    print_line(o, verdict_name(r->verdict), "\t", why_phrase(r));
    crawl_stop(c, STOP_ANSWERED);
}

int why_end(const struct why *w, const struct crawl *c, struct output *o)
{
    if (!w->known && crawl_stopped(c))
        print_line(o, "unknown", "\t", "the crawl was stopped before a link led to it");
    else if (!w->known)
        print_line(o, "unknown", "\t", "no page that was visited leads to it");
    return w->known && w->verdict == VERDICT_FOLLOW ? 0 : 1;
}
