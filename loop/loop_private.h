/* What the parts of the loop know of each other. */
#ifndef LOOP_LOOP_PRIVATE_H
#define LOOP_LOOP_PRIVATE_H

#include "loop/loop.h"

#include <stdatomic.h>

/* Ways into the loop from outside of its thread. */
struct wakeup {
    struct watcher watcher; /* of an eventfd: the self-pipe of other systems */
    _Atomic(struct list *)
        posted;               /* handles of loop_call_soon_threadsafe, the last first, by next */
    atomic_bool waiting;      /* the loop waits, or is about to: who posts has to wake it */
    atomic_int posting;       /* threads that are at it */
    _Atomic uint64_t signals; /* those that came: bit signo - 1 */
};

/* What is known of a descriptor. Its watcher is called for no more than the watcher's interest;
 * registered, what the backend was told, may be more than that. */
struct descriptor {
    struct watcher *watcher;
    unsigned char registered;
    bool owned;
};

struct loop {
    const struct selector_ops *ops;
    struct selector *selector;
    struct list ready;      /* of struct handle */
    struct list operations; /* the handles of those that are pending */
    struct heap timers;
    struct descriptor *descriptors;
    size_t descriptor_count;
    struct wakeup wakeup;
    bool stopping;
    bool asked; /* the selector, in this step or the last one */

    struct list tasks; /* that are not done, in the order in which they started */
    struct task *current;
    struct future *last; /* set: the runner ends, and waits for it that the last task is done */
    struct executor *executor; /* of to_thread; NULL: not needed yet */

    int64_t slow_limit;
    void (*report)(const struct loop_report *r); /* NULL: not in debug mode */
    const char *ran;                             /* who is called, in debug mode */
};

/* A member of a group has ended. */
void group_member_done(struct task *t);

int wakeup_open(struct loop *l);
void wakeup_close(struct loop *l);

/* To be called before a wait that may last. Returns whether handles were posted before, so that
 * there is nothing to wait for. */
bool wakeup_expect(struct wakeup *w);

/* Queues what was posted; to be called after each wait. */
void wakeup_collect(struct loop *l);

#endif
