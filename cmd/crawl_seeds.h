/* The seeds of one crawl: of the command line, of -i FILE, and of standard input while it is open.
 */
#ifndef CMD_CRAWL_SEEDS_H
#define CMD_CRAWL_SEEDS_H

#include "cmd/crawl_options.h"
#include "cmd/listener.h"
#include "cmd/seed_input.h"
#include "cmd/seeds.h"

struct crawl_seeds {
    const struct crawl_arguments *arguments; /* borrowed, as is */
    struct crawl *crawl;
    struct seed seed;
    size_t good, bad;
    char *host; /* of the first seed */
    bool several_hosts;
    bool from_input;
    struct seed_input input;
    struct listener listener; /* reads on once there is room */
};

void crawl_seeds_init(struct crawl_seeds *s, const struct crawl_arguments *arguments,
                      struct crawl *crawl);
void crawl_seeds_deinit(struct crawl_seeds *s);

/* Hands those of the command line and the file to the crawl. A bad one gets a line. Returns -1, or
 * the exit status: a file that cannot be read, or no valid seed at all. */
int crawl_seeds_read(struct crawl_seeds *s);

/* Reads those of standard input from now on, if there are to be any, while the crawl runs. */
void crawl_seeds_start_input(struct crawl_seeds *s, struct loop *l);
void crawl_seeds_stop_input(struct crawl_seeds *s);

#endif
