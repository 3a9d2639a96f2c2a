/* What a worker does with the item in its hands: fetches it, and follows what it leads to. */
#include "crawler/crawler_private.h"

#include "crawler/memory.h"
#include "crawler/retry.h"
#include "crawler/robots_txt.h"

#include <errno.h>
#include <string.h>

/* From http to https on its own host a seed stays a seed's origin. */
static void trust_upgrade(struct worker *w, const struct url *to)
{
    const struct host *h = w->item.host;
    const struct url *from = &w->page.url;
    bool upgrade = !from->https && to->https && url_same_host(from, to);

    if (!upgrade || !w->item.todo.seed || !h->seed)
        return;
    struct host *upgraded = frontier_host(&w->crawl->frontier, to);
    upgraded->seed = true;
    upgraded->public_address |= h->public_address;
    if (h->credentials && !upgraded->credentials)
        upgraded->credentials = memory_copy(h->credentials, strlen(h->credentials));
}

/* A redirect is a URL of its own, at its source's depth. */
static void visit_redirect(struct worker *w)
{
    struct page *p = &w->page;
    struct todo todo = w->item.todo;

    todo.attempts = 0;
    if (!page_find_redirect(p)) {
        p->error = FETCH_REDIRECTS;
        p->message = "redirect without a usable Location";
    } else if (++todo.redirects > w->crawl->options->max_redirects) {
        p->error = FETCH_REDIRECTS;
        p->message = "too many redirects (--max-redirs)";
    } else {
        struct url to;
        url_describe(&to, links_text(&p->links, p->links.items[0].url), p->links.items[0].length);
        p->links.items[0].kind = todo.asset ? LINK_ASSET : LINK_FOLLOW;
        trust_upgrade(w, &to);
        follow_redirect(&w->crawl->follow, p, &to, &todo);
    }
}

/* What is wanted of a body. With depth 0 nobody asked for links: seeds alone, and what they load;
 * their titles and more, if asked for. What a page loads is followed no further than browsers do:
 * from style sheets. */
static enum fetch_body body_wanted(const struct worker *w)
{
    const struct rules *rules = &w->crawl->options->rules;
    const struct todo *todo = &w->item.todo;

    if (todo->asset)
        return todo->asset <= ASSET_STYLES ? BODY_STYLES : BODY_COUNT;
    bool links = rules->depth > 0 || rules->assets || rules->all_links || rules->contents;
    return links && !todo->external ? BODY_LINKS : BODY_COUNT;
}

static bool may_have_links(const struct worker *w)
{
    switch (body_wanted(w)) {
    case BODY_LINKS:
        return page_has_links(&w->page);
    case BODY_STYLES:
        return w->page.fetch->body_length > 0;
    default:
        return false;
    }
}

/* The others are only counted. */
static void leave_assets(struct links *l)
{
    size_t assets = 0;

    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].kind == LINK_ASSET)
            l->items[assets++] = l->items[i];
    l->known += l->count - assets;
    l->count = assets;
}

ASYNC static int follow_page(struct worker *w)
{
    const struct rules *rules = &w->crawl->options->rules;
    const struct todo *from = &w->item.todo;
    struct todo todo = {.depth = from->depth + 1, .asset = from->asset};

    if (!may_have_links(w))
        return 0;
    if (page_find_links(&w->page, &w->crawl->reader) != 0)
        return -ECANCELED;
    if (from->asset || (rules->depth == 0 && !rules->all_links))
        leave_assets(&w->page.links);
    todo.nofollow = w->page.links.nofollow;
    return follow_links(&w->crawl->follow, &w->page, &todo);
}

/* Fetches the item and follows what it leads to. Returns 0, -ECANCELED, or -EAGAIN: once more,
 * after *pause. */
ASYNC static int fetch_page(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    struct page *p = &w->page;
    struct fetch *f = &w->fetch;

    if (fetch_get(f, w->item.url, w->item.host, body_wanted(w)) != 0)
        return -ECANCELED;
    *pause = retry_heard(&c->frontier, &w->item, f, c->options->retries);
    if (*pause >= 0 && !c->stopped)
        return -EAGAIN;
    p->fetch = f;
    p->error = f->error;
    p->message = f->message;
    if (w->item.todo.seed) /* it may have turned out to be at one */
        c->follow.judge.private_allowed = fetcher_allows_private(c->fetcher);
    if (f->error == FETCH_DNS)
        host_set_unreachable(w->item.host, f->error, f->message, loop_time() + DNS_FAILURE_KEPT);
    if (f->error)
        return 0;
    if (!fetch_redirects(f))
        return follow_page(w);
    visit_redirect(w);
    return 0;
}

ASYNC static int visit(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    struct host *host = w->item.host;
    size_t path = host->origin_length;
    int r = 0;

    page_begin(&w->page, &w->item);
    w->page.fingerprint = crawl_fingerprint(c, w->item.url, w->item.length);
    if (host->robots_state == ROBOTS_UNREACHABLE) {
        w->page.error = host->error;
        w->page.message = host->why;
    } else if (!host_allows(host, w->item.url + path, w->item.length - path)) {
        c->stats.refused[VERDICT_ROBOTS]++;
        follow_refuse(&c->follow, host, &w->item.todo, w->item.url + path, w->item.length - path,
                      VERDICT_ROBOTS);
        return 0;
    } else {
        c->sink->visiting(c->sink, &w->item, follow_referrer(&c->follow, w->item.todo.from));
        r = c->stopped == STOP_ANSWERED ? -ECANCELED : fetch_page(w, pause);
    }
    if (r != 0)
        return r;
    stats_add(&c->stats, &w->page);
    w->page.referrer = follow_referrer(&c->follow, w->item.todo.from);
    c->sink->visited(c->sink, &w->page);
    if (c->options->quota && c->stats.bytes >= c->options->quota)
        crawl_stop(c, STOP_QUOTA);
    return 0;
}

ASYNC static int visit_robots(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    int r = robots_txt_visit(&w->item, &w->fetch, &c->frontier, c->options->agent,
                             c->options->retries, pause);
    if (r != 0)
        return r;
    c->sink->met(c->sink, w->item.host);
    sitemaps_met(&c->sitemaps, w->item.host);
    return 0;
}

/* What a sitemap lists is as near as a seed. */
ASYNC static int visit_sitemap(struct worker *w, int64_t *pause)
{
    struct crawl *c = w->crawl;
    const struct todo todo = {.depth = 0};
    int r = sitemaps_visit(&c->sitemaps, &w->page, &w->item, &w->fetch, &c->reader,
                           c->options->retries, pause);

    return r == 0 ? follow_links(&c->follow, &w->page, &todo) : r;
}

ASYNC int crawl_visit(struct worker *w, int64_t *pause)
{
    switch (w->item.kind) {
    case ITEM_ROBOTS:
        return visit_robots(w, pause);
    case ITEM_SITEMAP:
        return visit_sitemap(w, pause);
    default:
        return visit(w, pause);
    }
}
