/* Work in other threads: asyncio's run_in_executor with a ThreadPoolExecutor. Threads are made on
 * demand, up to a number, and take jobs first in, first out.
 *
 * Where this differs from asyncio, on purpose: a job that has begun borrows its caller's memory, so
 * a cancelled task waits for it to end; asyncio forgets it. A result with a timeout is await_for on
 * the job's future, by somebody else than its owner. */
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

/* Takes a job back that no thread has begun (Future.cancel): its future is done with -ECANCELED.
 * On the loop's thread. Returns whether it did. */
bool executor_cancel(struct executor *e, struct job *j);

/* Submits and waits. When the task is interrupted, a job that has begun is waited for, any other is
 * taken back. Returns as await, or -EAGAIN. */
ASYNC int executor_run(struct executor *e, struct job *j, void (*run)(struct job *j));

/* executor_run in the loop's own executor, which is made when first needed and closed with the loop
 * (asyncio.to_thread). Returns as executor_run, or -ENOMEM. */
ASYNC int to_thread(struct job *j, void (*run)(struct job *j));

#endif
