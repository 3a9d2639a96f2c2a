/* Readiness of file descriptors: asyncio's selectors, as a table of functions chosen at run time.
 *
 * A backend knows two verbs, set the interest of a descriptor and wait; the loop keeps the rest.
 * One that can, as a proactor does, also makes transfers by itself: submit and cancel. Readiness is
 * level-triggered. A descriptor that epoll refuses with EPERM (a regular file, /dev/null) counts as
 * always ready for what it was set to, on every backend the same. */
#ifndef LOOP_SELECTOR_H
#define LOOP_SELECTOR_H

#include "loop/list.h"

#include <stdint.h>
#include <sys/types.h>

enum {
    EVENT_READ = 1,
    EVENT_WRITE = 2,
    EVENT_ERROR = 4, /* asked for alone: only errors and hang-ups wake; reported whenever seen */
};

enum transfer_kind { TRANSFER_RECEIVE, TRANSFER_SEND };

/* Bytes that the system receives from a socket, or sends to it, when it can, and then says so. */
struct transfer {
    enum transfer_kind kind;
    int fd;
    void *data; /* borrowed until the transfer has ended, like the struct itself */
    size_t size;
    ssize_t result;   /* once it has ended: as of recv(2) or send(2), or a negative errno */
    struct list node; /* the backend's */
};

struct event {
    int fd;
    unsigned events;           /* of EVENT_* */
    struct transfer *transfer; /* not NULL: has ended, and fd and events mean nothing */
};

struct selector; /* a backend's own state */

struct selector_ops {
    const char *name;

    /* 0, or a negative errno: -ENOSYS or -EPERM where the system does not have it or forbids it. */
    int (*open)(struct selector **out);

    /* Transfers that have not ended are cancelled and waited for: their memory is free then. */
    void (*close)(struct selector *s);

    /* Changes the interest of fd from old to interest (of EVENT_*); 0 on either side: not
     * registered. Returns 0 or a negative errno: -EBADF for a closed descriptor, -ENOMEM. */
    int (*set)(struct selector *s, int fd, unsigned old, unsigned interest);

    /* Waits up to timeout nanoseconds (negative: for ever; rounded up to what the system takes)
     * and stores up to max events. A hang-up or error is reported as EVENT_ERROR together with
     * whatever of READ and WRITE was asked for. Returns their number, 0 for a timeout or a signal,
     * or a negative errno. */
    int (*wait)(struct selector *s, struct event *out, int max, int64_t timeout);

    /* NULL, both: readiness alone. submit begins a transfer, at the latest when wait is called: 0,
     * and wait will report it once, or a negative errno. cancel asks for an early end: it is
     * reported all the same, with what was transferred before or -ECANCELED. */
    int (*submit)(struct selector *s, struct transfer *t);
    void (*cancel)(struct selector *s, struct transfer *t);
};

/* All backends that this build holds, ended by NULL: the one to take if nobody asks for another is
 * the first. */
extern const struct selector_ops *const selectors[];

/* Their names, in that order, with | between. */
extern const char selector_names[];

/* The backend of that name, NULL if there is none; the first if name is NULL. */
const struct selector_ops *selector_find(const char *name);

#endif
