/* Who watches a crawl for the command line: it tells the listeners what happens, standard error
 * what went wrong, and remembers what the exit status depends on. */
#ifndef CMD_OBSERVER_H
#define CMD_OBSERVER_H

#include "cmd/crawl_options.h"
#include "cmd/files.h"
#include "cmd/listener.h"
#include "cmd/why.h"

#define OBSERVER_LISTENERS 8

struct observer {
    struct crawl_sink sink;
    const struct crawl_arguments *arguments; /* borrowed, */
    struct crawl *crawl; /* as these two are, set by the caller before it runs */
    struct files *files;
    struct why why; /* the question of --why, if there is one */
    struct listener *listeners[OBSERVER_LISTENERS];
    size_t listener_count;
    uint64_t broken;     /* pages */
    char *first_broken;  /* and what was wrong with the first one; NULL; its own */
    char *first_problem; /* why the first page that did not answer 2xx did not; NULL; its own */
};

void observer_init(struct observer *o, const struct crawl_arguments *arguments);
void observer_deinit(struct observer *o);

/* Borrows the listener until observer_deinit. To be called before the crawl runs. */
void observer_add(struct observer *o, struct listener *l);

/* Tells them all that the crawl has ended. */
ASYNC void observer_end(struct observer *o);

#endif
