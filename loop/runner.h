/* Runs one main task from start to end: asyncio.run. */
#ifndef LOOP_RUNNER_H
#define LOOP_RUNNER_H

#include "loop/loop.h"

/* Makes a loop on that backend (NULL: the best), runs main(arg) as its first task, then cancels the
 * tasks that are left, waits for them, and closes the loop. Returns what main returned, or why
 * there was no loop to run it on. */
int runner_run(const char *selector, int (*main)(void *arg), void *arg);

#endif
