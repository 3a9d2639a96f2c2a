/* Tasks that do not outlive their scope: asyncio.TaskGroup, and gather. Whoever opens a group joins
 * it before its memory goes, whatever happens. */
#ifndef LOOP_GROUP_H
#define LOOP_GROUP_H

#include "loop/task.h"

struct group {
    struct loop *loop;
    struct list members; /* tasks that are not done */
    struct future empty; /* done while joined and there are no members */
    int error;           /* of the first that failed: negative, but not -ECANCELED */
    bool independent;    /* to be set after group_init: a failure leaves the other members alone */
    bool cancelled;      /* whoever starts now is born cancelled */
};

void group_init(struct group *g, struct loop *l);

/* task_start, as a member. When one fails, the others are cancelled. */
int group_start(struct group *g, struct task *t, const char *name, int (*main)(void *arg),
                void *arg);

void group_cancel(struct group *g);

/* Waits for all members, also those that they start meanwhile; cancels them if this task is
 * interrupted meanwhile or was before. Returns the error of the first that failed, else 0; the
 * results are in the tasks' futures. */
ASYNC int group_join(struct group *g);

#endif
