/* A result that is not there yet: asyncio.Future. Its result is an int: 0 or positive for success,
 * a negative errno for failure, -ECANCELED when cancelled; values travel in the struct that holds
 * the future. */
#ifndef LOOP_FUTURE_H
#define LOOP_FUTURE_H

#include "loop/loop.h"

struct future {
    struct loop *loop;
    struct list callbacks; /* of struct handle */
    int result;
    bool done;
};

void future_init(struct future *f, struct loop *l);

/* Makes the future done and schedules its callbacks, in the order in which they were added. Ignored
 * when it is done already. */
void future_set(struct future *f, int result);

/* future_set with -ECANCELED. */
void future_cancel(struct future *f);

/* Schedules h by loop_call_soon once the future is done, which may be now. handle_cancel takes it
 * back. */
void future_add_callback(struct future *f, struct handle *h);

#endif
