/* Links to what is broken: a link is told once its target was visited and is broken, whichever of
 * the two came first. So links to what may still be visited wait here: some 50 bytes each, and
 * their pages' URLs; and what was visited is kept, as 64-bit fingerprints. Links that redirects
 * lead on count as links of the redirect. */
#ifndef CMD_BROKEN_LINKS_H
#define CMD_BROKEN_LINKS_H

#include "cmd/listener.h"
#include "cmd/result.h"

struct broken_link {
    const char *from, *to;
    const char *element, *attribute; /* "": none */
    const char *rel;                 /* NULL: none */
    uint32_t line, depth;            /* line 0: not known */
    enum verdict verdict;
    bool asset;        /* what a page loads */
    int status;        /* 0: no answer, */
    const char *error; /* as fetch_error_name has it; NULL: there was an answer */
};

struct broken_links;

/* tell(arg, ...) is called for each, from within events. Borrows ok. */
struct broken_links *broken_links_new(const struct ok_statuses *ok,
                                      void (*tell)(void *arg, const struct broken_link *b),
                                      void *arg);
void broken_links_free(struct broken_links *b);

/* To be told of visits and, with rules.all_links, of links. */
struct listener *broken_links_listener(struct broken_links *b);

#endif
