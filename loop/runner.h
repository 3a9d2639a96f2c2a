/* Runs one main task from start to end: asyncio.Runner, and asyncio.run. */
#ifndef LOOP_RUNNER_H
#define LOOP_RUNNER_H

#include "loop/loop.h"

struct runner {
    struct loop *loop;
};

/* Makes a loop on that backend (NULL: the best). Returns 0, -EBUSY where this thread runs one
 * already, or why there is none. */
int runner_open(struct runner *r, const char *selector);

/* Runs main(arg) as a task, then cancels the tasks that are left, and those that they still start,
 * and waits for them. Returns what main returned, or why it could not run.
 *
 * Where nobody has cared for SIGINT, it cancels main, and a second one kills the program as it
 * would have without: -EINTR then stands for main's -ECANCELED. main may take the signal over by
 * loop_add_signal_handler. */
int runner_main(struct runner *r, int (*main)(void *arg), void *arg);

/* Closes the loop, and the executor of to_thread with it. */
void runner_close(struct runner *r);

/* All three. */
int runner_run(const char *selector, int (*main)(void *arg), void *arg);

#endif
