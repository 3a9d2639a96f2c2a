/* Readiness of file descriptors: asyncio's selectors, as a table of functions chosen at run time.
 *
 * A backend knows two verbs, set the interest of a descriptor and wait; the loop keeps the rest.
 * Readiness is level-triggered. A descriptor that epoll refuses with EPERM (a regular file,
 * /dev/null) counts as always ready for what it was set to, on every backend the same. */
#ifndef LOOP_SELECTOR_H
#define LOOP_SELECTOR_H

#include <stdint.h>

enum {
    EVENT_READ = 1,
    EVENT_WRITE = 2,
    EVENT_ERROR = 4, /* asked for alone: only errors and hang-ups wake; reported whenever seen */
};

struct event {
    int fd;
    unsigned events; /* of EVENT_* */
};

struct selector; /* a backend's own state */

struct selector_ops {
    const char *name;

    /* 0, or a negative errno. */
    int (*open)(struct selector **out);
    void (*close)(struct selector *s);

    /* Changes the interest of fd from old to interest (of EVENT_*); 0 on either side: not
     * registered. Returns 0 or a negative errno: -EBADF for a closed descriptor, -ENOMEM. */
    int (*set)(struct selector *s, int fd, unsigned old, unsigned interest);

    /* Waits up to timeout nanoseconds (negative: for ever; rounded up to what the system takes)
     * and stores up to max events. A hang-up or error is reported as EVENT_ERROR together with
     * whatever of READ and WRITE was asked for. Returns their number, 0 for a timeout or a signal,
     * or a negative errno. */
    int (*wait)(struct selector *s, struct event *out, int max, int64_t timeout);
};

/* All backends that this build holds, the best first, ended by NULL. */
extern const struct selector_ops *const selectors[];

/* The backend of that name, NULL if there is none; the best one if name is NULL. */
const struct selector_ops *selector_find(const char *name);

#endif
