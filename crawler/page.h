/* The record of one visit: what was fetched, and the links found in it. */
#ifndef CRAWLER_PAGE_H
#define CRAWLER_PAGE_H

#include "crawler/fetch.h"
#include "crawler/frontier.h"
#include "loop/executor.h"
#include "loop/process_pool.h"
#include "parse/links.h"

/* Memory for links that no page holds: the last that was given back, which is still in the caches,
 * is the next to be written over. */
struct page_spare {
    struct links links[8];
    unsigned count;
};

struct page {
    const struct item *item;
    const struct fetch *fetch; /* NULL: nothing was fetched */
    enum fetch_error error;    /* the fetch's, or that of a redirect that leads nowhere */
    const char *message;       /* a sentence about it; "" */
    uint64_t fingerprint;      /* of its URL, in this run: see crawl_fingerprint */
    struct url url;
    struct links links;       /* of the headers and the body of a 2xx answer */
    const char *redirect;     /* where it redirects to, in the crawl's spelling; NULL: nowhere */
    size_t new_links;         /* those of them that are followed, to what was not seen before */
    int64_t parsing;          /* ns that finding them took; 0: they were not looked for */
    const char *referrer;     /* where it was met; NULL: it is a seed, or no trail is kept */
    struct page_spare *spare; /* where links' memory is from, and goes; NULL: it stays here */
    struct job job;
    bool tree;          /* its HTML is read by way of a tree */
    bool assets, lines; /* see page_reader */
    bool isolated;      /* its body was another process's work, */
    char *answer;       /* which said this; NULL: nothing */
    size_t answer_length;
};

void page_init(struct page *p);

/* Forgets the former visit, for that of item. */
void page_begin(struct page *p, const struct item *item);

/* The visit is over: its links are gone. */
void page_end(struct page *p);
void page_deinit(struct page *p);

/* Finds where a redirect leads: into p->links, as their only one. False: nowhere. */
bool page_find_redirect(struct page *p);

/* Whether its headers or its body can hold links. */
bool page_has_links(const struct page *p);

/* How pages are read. */
struct page_reader {
    struct process_pool *pool; /* of isolate_open: bodies are read there; NULL: here */
    struct link_memo *memo;    /* of links that lead nowhere new; NULL: all are wanted */
    bool assets;               /* what pages load is wanted too */
    bool lines;                /* and in which line each link is */
    bool tree;                 /* HTML by way of Gumbo's tree, not with the scanner */
    const char *agent;         /* the product token that X-Robots-Tag may name; NULL: none */
};

/* Finds the links: into p->links; of an ITEM_SITEMAP its entries alone. The scanner takes a page of
 * common length at once; what takes longer is done in a thread, or in a process of the pool. Where
 * that fails, links.error says why, and the body has no links. Returns 0 or -ECANCELED. */
ASYNC int page_find_links(struct page *p, const struct page_reader *how);

/* A phrase for p->links.error; NULL: there is none. */
const char *page_problem(const struct page *p);

#endif
