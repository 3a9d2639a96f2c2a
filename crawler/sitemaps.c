/* A sitemap's todo says in its depth how the sitemap was come by: struct way. A source is a seed's
 * host with what it led to so far; sources only grow in number. */
#include "crawler/sitemaps.h"

#include "crawler/memory.h"
#include "crawler/retry.h"
#include "crawler/sink.h"
#include "parse/sitemap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_A_TURN 16384

struct sitemap_source {
    uint32_t sitemaps, problems;
    uint64_t entries;
};

struct way {
    uint32_t source; /* its place among the sources */
    uint32_t level;  /* of indexes above */
    bool named;      /* by robots.txt or an index */
};

static uint32_t pack(struct way way)
{
    _Static_assert(SITEMAPS_LEVELS < 4, "two bits hold it");
    return way.source << 3 | way.level << 1 | way.named;
}

static struct way way_of(const struct item *item)
{
    uint32_t packed = item->todo.depth;

    return (struct way){packed >> 3, packed >> 1 & 3, packed & 1};
}

void sitemaps_init(struct sitemaps *s, struct frontier *f, const struct scope *scope,
                   struct crawl_sink *sink)
{
    *s = (struct sitemaps){.frontier = f, .scope = scope, .sink = sink};
    seen_init(&s->seen, f->seen.seed);
}

void sitemaps_deinit(struct sitemaps *s)
{
    seen_deinit(&s->seen);
    free(s->sources);
}

/* Returns why it is left out; NULL: it is added, or was before. */
static const char *add(struct sitemaps *s, const struct url *u, struct way way, uint16_t redirects)
{
    struct sitemap_source *source = &s->sources[way.source];
    struct todo todo = {.depth = pack(way), .redirects = redirects};

    if (way.level > SITEMAPS_LEVELS)
        return "sitemaps below too many indexes are left out";
    if (redirects > SITEMAPS_REDIRECTS)
        return "too many redirects of a sitemap";
    if (source->sitemaps == SITEMAPS_MOST)
        return "more sitemaps than are read of one host";
    if (!seen_add(&s->seen, seen_fingerprint(s->seen.seed, u->text, u->length)))
        return NULL;
    source->sitemaps++;
    frontier_add_sitemap(s->frontier, u, &todo);
    return NULL;
}

/* --- where they begin --- */

static uint32_t add_source(struct sitemaps *s)
{
    if (s->count == s->capacity) {
        s->capacity = 2 * s->capacity + 16;
        s->sources = memory_resize(s->sources, s->capacity * sizeof *s->sources);
    }
    s->sources[s->count] = (struct sitemap_source){0};
    return (uint32_t)s->count++;
}

/* Adds the sitemap that such a line of robots.txt names. */
static const char *add_named(struct sitemaps *s, const char *line, const struct url *robots_txt,
                             struct way way)
{
    struct links l;
    struct url u;
    const char *why = "a Sitemap line has no http(s) address";

    links_init(&l);
    if (links_add(&l, line, strlen(line), robots_txt, NULL, (struct link){0}) == -ENOMEM)
        memory_out();
    if (l.count) {
        url_describe(&u, links_text(&l, l.items[0].url), l.items[0].length);
        why = add(s, &u, way, 0);
    }
    links_deinit(&l);
    return why;
}

static void begin(struct sitemaps *s, struct host *h)
{
    char *robots_txt = memory_resize(NULL, h->origin_length + sizeof "/robots.txt");
    struct way way = {.source = add_source(s), .named = true};
    const char *line, *why = NULL;
    struct url u;

    h->sitemaps_state = SITEMAPS_BEGUN;
    stpcpy(stpcpy(robots_txt, h->origin), "/robots.txt");
    url_describe(&u, robots_txt, strlen(robots_txt));
    for (size_t i = 0; h->rules && (line = robots_sitemap(h->rules, i)); i++) {
        const char *problem = add_named(s, line, &u, way);
        why = problem ? problem : why;
    }
    if (why)
        s->sink->problem(s->sink, robots_txt, why);
    way.named = false;
    add_named(s, "/sitemap.xml", &u, way);
    free(robots_txt);
}

void sitemaps_met(struct sitemaps *s, struct host *h)
{
    if (h->sitemaps_state == SITEMAPS_WANTED && h->robots_state == ROBOTS_KNOWN)
        begin(s, h);
}

void sitemaps_want(struct sitemaps *s, struct host *h)
{
    if (h->sitemaps_state == SITEMAPS_UNWANTED)
        h->sitemaps_state = SITEMAPS_WANTED;
    sitemaps_met(s, h);
}

/* --- where they lead --- */

static void tell(struct sitemaps *s, const struct page *p, const char *why)
{
    struct sitemap_source *source = &s->sources[way_of(p->item).source];

    if (source->problems++ < SITEMAPS_PROBLEMS)
        s->sink->problem(s->sink, p->item->url, why);
}

static void tell_if_named(struct sitemaps *s, const struct page *p, const char *why)
{
    if (why && way_of(p->item).named)
        tell(s, p, why);
}

/* Whether an index may list that sitemap: others have not asked for its visitors. */
static bool may_list(const struct sitemaps *s, const struct url *index, const struct url *u)
{
    return url_same_host(index, u) || scope_holds(s->scope, u);
}

static const char *add_listed(struct sitemaps *s, const struct page *p, const struct link *l)
{
    struct way way = way_of(p->item);
    struct url u;

    way.level++;
    way.named = true;
    url_describe(&u, links_text(&p->links, l->url), l->length);
    if (!may_list(s, &p->url, &u))
        return "sitemaps on other hosts are left out";
    return add(s, &u, way, 0);
}

/* Counts entries and returns how many of them may be kept. */
static size_t grant(struct sitemap_source *source, size_t count)
{
    uint64_t left = SITEMAPS_ENTRIES_MOST - source->entries;

    count = count < left ? count : (size_t)left;
    source->entries += count;
    return count;
}

/* Leaves in p->links the entries that are pages. */
ASYNC static int sort_entries(struct sitemaps *s, struct page *p)
{
    struct links *l = &p->links;
    size_t pages = 0;
    const char *why = NULL;

    for (size_t i = 0; i < l->count; i++) {
        struct link *link = &l->items[i];
        if (strcmp(link->element, SITEMAP_OF_INDEX) == 0) {
            const char *problem = add_listed(s, p, link);
            why = problem ? problem : why;
        } else {
            l->items[pages++] = *link;
        }
        if (i % LINKS_A_TURN == LINKS_A_TURN - 1 && task_yield() != 0)
            return -ECANCELED;
    }
    l->count = grant(&s->sources[way_of(p->item).source], pages);
    tell_if_named(s, p,
                  l->count < pages ? "more entries than are read of one host's sitemaps" : why);
    return 0;
}

static const char *redirect(struct sitemaps *s, struct page *p)
{
    struct url to;

    if (!page_find_redirect(p))
        return "redirect without a usable Location";
    url_describe(&to, links_text(&p->links, p->links.items[0].url), p->links.items[0].length);
    p->links.count = 0;
    return add(s, &to, way_of(p->item), p->item->todo.redirects + 1);
}

ASYNC static int read_sitemap(struct sitemaps *s, struct page *p, const struct page_reader *how)
{
    if (!page_has_links(p))
        return 0;
    if (page_find_links(p, how) != 0)
        return -ECANCELED;
    if (p->links.error == -ENODATA)
        tell_if_named(s, p, page_problem(p));
    else if (p->fetch->truncated || p->links.error)
        tell(s, p, p->fetch->truncated ? "larger than is read of a sitemap" : page_problem(p));
    return sort_entries(s, p);
}

/* Why it is not even fetched; NULL: it is. */
static const char *objection(const struct item *item)
{
    const struct host *h = item->host;
    const char *path = item->url + h->origin_length;

    if (h->robots_state == ROBOTS_UNREACHABLE || h->robots_state == ROBOTS_UNAVAILABLE)
        return h->why;
    if (!way_of(item).named && !host_allows(h, path, item->length - h->origin_length))
        return "robots.txt forbids it";
    return NULL;
}

ASYNC int sitemaps_visit(struct sitemaps *s, struct page *p, struct item *item, struct fetch *f,
                         const struct page_reader *how, unsigned retries, int64_t *pause)
{
    const char *why = objection(item);
    char text[32];

    page_begin(p, item);
    if (why) {
        tell_if_named(s, p, why);
        return 0;
    }
    if (fetch_get(f, item->url, item->host, BODY_SITEMAP) != 0)
        return -ECANCELED;
    *pause = retry_heard(s->frontier, item, f, retries);
    if (*pause >= 0 && !s->frontier->stopped)
        return -EAGAIN;
    p->fetch = f;
    if (f->status / 100 == 2 && !f->error)
        return read_sitemap(s, p, how);
    snprintf(text, sizeof text, "answered %d", f->status);
    tell_if_named(s, p, f->error ? f->message : fetch_redirects(f) ? redirect(s, p) : text);
    return 0;
}
