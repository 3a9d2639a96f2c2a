/* Hands links to the frontier, each with one verdict. */
#ifndef CRAWLER_JUDGE_H
#define CRAWLER_JUDGE_H

#include "crawler/filter.h"
#include "crawler/frontier.h"
#include "crawler/scope.h"
#include "crawler/trail.h"
#include "crawler/trap.h"
#include "parse/query.h"

/* What a crawl follows. */
struct rules {
    enum scope_mode scope;
    uint32_t depth; /* links at most that far away from a seed; DEPTH_UNLIMITED */
    bool ignore_nofollow;
    bool check_external;      /* links out of scope are fetched too, for their status alone */
    bool assets;              /* what pages load is fetched too, for its status alone */
    bool keep_trail;          /* how each URL was come to is kept: trail.h */
    bool tell_refused;        /* also, at the end, of what depth, nofollow or a limit refused */
    bool settle;              /* so that it is the same each time: goes by depth */
    bool contents;            /* pages are read for what they say, though none of their links count */
    bool all_links;           /* the sink is told of all links, also of those seen before, */
    bool lines;               /* with their lines */
    struct query_rules query; /* to canonicalise with, before anything else */
    struct trap_limits traps;
};

#define DEPTH_UNLIMITED UINT32_MAX

/* A URL that was met, and what becomes of it. */
struct sight {
    struct url url;
    uint64_t fingerprint;
    struct todo todo;

    bool found;      /* to be printed: it passes the rules about URLs, and was not met before */
    bool refused;    /* for the first time, and for good */
    const char *why; /* it was refused, where there is more to say than the verdict; NULL */
    enum trap trap;  /* that it is */
};

/* Links that wait for another look: each once, or twice where the first one said nofollow. */
struct waiting_links {
    struct url_queue links;
    struct seen had[2]; /* links, and links that say nofollow */
};

struct judge {
    struct frontier *frontier; /* borrowed, */
    const struct rules *rules; /* borrowed */
    struct scope scope;
    struct filter *filter;
    struct traps *traps;
    struct trail *trail;   /* NULL: not kept */
    struct seen outside;   /* URLs that scope refused, */
    struct seen barred;    /* and filters and traps: these for good */
    struct seen held[3];   /* URLs in scope that are not to be visited as things are: see judge.c */
    struct url_queue kept; /* the same ones, where they are told of */
    struct seen externals; /* URLs out of scope that are checked */
    struct seen assets;    /* URLs that pages load, as they were found, */
    struct url_queue unchecked; /* and those of them whose turn has not come */
    struct seen seeds;          /* as they were given: of a crawl with a depth */
    bool private_allowed;       /* links may name private addresses */
    uint64_t *refused;          /* counts URLs, each once a verdict; borrowed, of VERDICT_COUNT */
    uint64_t trapped[TRAP_COUNT];

    /* Where seeds redirect to widens the scope. While some seeds may still do so, links that are
     * out of scope wait here for the final word. */
    size_t open_seeds;
    struct waiting_links waiting;

    /* Further seeds may come, which widen it too. Nobody knows when, so links have their final word
     * before; but those that scope refused are kept for another look. */
    bool awaited;
    struct waiting_links passed;
};

void judge_init(struct judge *j, struct frontier *f, const struct rules *rules, uint64_t *refused);
void judge_deinit(struct judge *j);

/* Fills in the fingerprint of its URL, and has what judge_link will look at brought near. */
void judge_sight(const struct judge *j, struct sight *s);

/* Decides on a URL, and adds it to the frontier if it is to be visited. Of a seed that was met as a
 * link before, in a crawl with a depth: adds it again, for its links are nearer now. */
enum verdict judge_link(struct judge *j, struct sight *s);

/* Decides on what a page loads, in scope or not, however deep, and whatever says nofollow: it is to
 * be visited unless it is as a page, and waits for judge_check_assets. */
enum verdict judge_asset(struct judge *j, struct sight *s);

/* Adds some of the assets that wait to the frontier: those that it has not seen by then. Says
 * whether there were any. */
bool judge_check_assets(struct judge *j);

/* Whether a URL is to be visited, for whatever reason, or was. */
bool judge_visits(const struct judge *j, uint64_t fingerprint);

/* The next of the links that waited for the seeds to end; false: none, or seeds are still open. */
bool judge_waiting(struct judge *j, struct sight *s);

/* The next of the links that scope refused while seeds were awaited; false: none, or they still
 * are. It may be in scope now. */
bool judge_passed(struct judge *j, struct sight *s);

/* At the end: the next of the URLs that were found and not visited, for depth, nofollow or, of
 * assets, since the crawl was stopped; as a sight that is refused, and its verdict. False: there is
 * none, or rules.tell_refused is not set. */
bool judge_left(struct judge *j, struct sight *s, enum verdict *verdict);

#endif
