/* Work in other threads: asyncio's run_in_executor with a ThreadPoolExecutor. Threads are made on
 * demand, up to a number, and take jobs first in, first out. */
#ifndef LOOP_EXECUTOR_H
#define LOOP_EXECUTOR_H

#include "loop/task.h"

struct executor;

/* A job lives inside its owner, like all that is scheduled. */
struct job {
    void (*run)(struct job *j); /* called in a thread of the executor; must not touch the loop */
    struct future future;       /* done, with 0, on the loop's thread once run has returned */
    struct handle done;
    struct list node;
};

/* threads: how many at most; 0: one a processor, at least two. Returns 0 or a negative errno. */
int executor_open(struct executor **out, struct loop *l, unsigned threads);

/* Lets the jobs that were submitted finish, and frees (shutdown(wait=True)). On the loop's thread,
 * which stands still meanwhile, or after it has ended; the loop must still exist. Futures of jobs
 * that finish here become done in a later step of the loop, so their owners stay until then, or
 * until the loop is closed. */
void executor_close(struct executor *e);

/* Queues a job. On the loop's thread. Returns 0, or -EAGAIN where no thread could be made at all.
 */
int executor_submit(struct executor *e, struct job *j, void (*run)(struct job *j));

/* Submits and waits. A job that was taken borrows the caller's memory, so a cancelled task waits
 * for it to end too, and then returns -ECANCELED. */
ASYNC int executor_run(struct executor *e, struct job *j, void (*run)(struct job *j));

#endif
