/* Between the parts of --report: what is kept of a crawl, and how it becomes HTML. Only report_page
 * and report_broken are told of events; the others write one part of the page each, at the end. */
#ifndef CMD_REPORT_PAGE_PRIVATE_H
#define CMD_REPORT_PAGE_PRIVATE_H

#include "cmd/report_page.h"
#include "crawler/seen.h"

#include <time.h>

/* What came of a visit, as it is shown: each has a colour, a sign and a word. */
enum kind {
    KIND_OK,
    KIND_REDIRECT,
    KIND_OTHER,
    KIND_BROKEN,
    KIND_FAILED, /* there is no answer, or not the whole of one, or it leads nowhere */
    KIND_COUNT,
};

/* One visit: 32 bytes, and its text. */
struct visit {
    const char *url; /* behind its NUL there is the title, or where it redirects to; "" */
    uint64_t size;   /* of the body */
    uint32_t took;   /* µs, of the last fetch; 0: none */
    uint32_t at;     /* ms from the first fetch's start to this one's end */
    uint32_t depth;
    uint16_t status; /* 0: no answer */
    uint8_t error;   /* an enum fetch_error */
    uint8_t kind : 4;
    uint8_t external : 1; /* out of scope */
    uint8_t asset : 1;
};

/* Strings that are freed all at once. */
struct strings {
    char *chunk; /* begins with the address of the one before */
    size_t used, size;
};

/* Room for length bytes and a NUL, which is there. */
char *strings_room(struct strings *s, size_t length);
const char *strings_copy(struct strings *s, const char *text);
void strings_deinit(struct strings *s);

#define SEEDS_SHOWN 3
#define EXAMPLES_SHOWN 8

struct refused {
    uint64_t count;
    unsigned shown;
    struct {
        const char *url, *why, *from; /* why, from: NULL: none */
    } examples[EXAMPLES_SHOWN];
};

/* A broken URL that is linked to. */
struct target {
    uint64_t fingerprint; /* of its URL */
    uint64_t links;       /* that lead to it */
    uint32_t kept, capacity;
    struct linker *linkers; /* the first of the pages with those links */
};

struct linker {
    const char *from;
    uint32_t line; /* of the first link; 0: not known */
    uint32_t links;
};

/* The broken targets, by fingerprint. */
struct targets {
    struct target *items;
    size_t count;
    uint32_t *slots;  /* index + 1; 0: free */
    size_t size;      /* of slots; twice that of items */
    size_t linkers;   /* kept in all */
    const char *last; /* the latest page, whose copy serves all its links */
};

struct report_page {
    struct listener listener;
    struct output *output;
    const struct ok_statuses *ok;
    time_t started; /* by the clock on the wall */
    int64_t origin; /* loop_time of the first fetch's start; 0: there was none */
    uint64_t seed;  /* of fingerprints */

    struct strings strings;
    struct visit *visits;
    size_t count, capacity;
    const char *seeds[SEEDS_SHOWN];
    uint64_t seed_count;
    struct refused refused[VERDICT_COUNT];
    struct targets targets;
};

/* The crawl as a whole, once it has ended. */
struct report_totals {
    int64_t duration; /* ns */
    int64_t lead;     /* ns from its start to the first fetch */
    uint64_t bytes;
    uint64_t kinds[KIND_COUNT];
    uint32_t median, slow; /* µs that half, and 95 of 100 fetches, took at most */
};

/* --- report_text.c: values as people read them --- */

void report_add_count(struct text *t, uint64_t n);    /* 12,345 */
void report_add_size(struct text *t, uint64_t bytes); /* 12.3 KB */
void report_add_duration(struct text *t, int64_t ns); /* 412 ms, 3.42 s, 5 min 07 s */
void report_add_rate(struct text *t, double rate);    /* 1,234, 0.25 */
void report_add_share(struct text *t, double of_one); /* 12 %, < 1 % */
void report_add_width(struct text *t, double of_one); /* style="width:12.3%" */
void report_add_many(struct text *t, uint64_t n, const char *one, const char *more);

/* A part of a URL as an address bar shows it: letters of other scripts instead of their escapes.
 * What is very long is cut. */
void report_add_shown(struct text *t, const char *url, size_t length);

/* Begins a link, and returns what ends it; too long a URL is none. */
const char *report_begin_link(struct text *t, const char *url);

/* A link to url that shows a part of it. */
void report_add_link(struct text *t, const char *url, const char *shown);

/* The same, that shows the whole URL, or its path where it is of the first seed's origin. */
void report_add_url(struct text *t, const struct report_page *r, const char *url);

/* Of a list of n things: to be called before the i-th, and with i = n at its end. Beyond the first
 * few they are folded away. */
void report_fold(struct text *t, uint64_t i, uint64_t few, uint64_t n);

/* Of a list: that it goes on. */
void report_add_more(struct text *t, uint64_t n, const char *one, const char *more);

/* A status or an error with its sign and colour. */
void report_add_outcome(struct text *t, const struct visit *v);
const char *report_status_phrase(int status); /* "Not Found"; "": none known */

extern const char *const report_kind_names[KIND_COUNT];
extern const char *const report_kind_signs[KIND_COUNT];
extern const char report_kind_classes[KIND_COUNT];

static inline const char *visit_text(const struct visit *v)
{
    return v->url + strlen(v->url) + 1;
}

/* --- the parts --- */

extern const char *const report_style[]; /* of CSS, ended by NULL */

/* report_head.c */
void report_write_head(struct text *t, const struct report_page *r, const struct crawl *c,
                       const struct report_totals *all);
void report_write_statuses(struct text *t, const struct report_page *r);

/* report_charts.c */
void report_write_rate(struct text *t, const struct report_page *r,
                       const struct report_totals *all);
void report_write_depths(struct text *t, const struct report_page *r);

/* report_tree.c; the visits are in its order: report_visit_order. */
void report_write_tree(struct text *t, const struct report_page *r);
int report_visit_order(const void *a, const void *b);

/* report_broken.c */
void report_targets_add(struct report_page *r, const struct broken_link *b);
void report_targets_deinit(struct targets *ts);
void report_write_broken(struct text *t, const struct report_page *r,
                         const struct report_totals *all);

/* report_lists.c */
void report_write_slowest(struct text *t, const struct report_page *r);
void report_write_largest(struct text *t, const struct report_page *r);
void report_write_redirects(struct text *t, const struct report_page *r,
                            const struct report_totals *all);
uint64_t report_count_refused(const struct report_page *r, const struct stats *s);
void report_write_refused(struct text *t, const struct report_page *r, const struct stats *s);

#endif
