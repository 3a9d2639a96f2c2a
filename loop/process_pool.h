/* Work in other processes: asyncio's run_in_executor with a ProcessPoolExecutor, for work that must
 * not share memory, descriptors or fate with the program. Workers are programs of their own,
 * started by posix_spawn on demand, up to a number; each takes a call at a time on its standard
 * input and answers on its standard output. Both are pipes, and it inherits nothing else but
 * standard error and the environment.
 *
 * A message is 8 bytes of length, in the machine's order, and that many bytes; memory for an answer
 * grows with what comes of it. A worker that dies, or answers with more than it may, fails its call
 * and no other, and is replaced when there is a next one; so is one that died, or said anything,
 * while it was idle, and that fails no call.
 *
 * Workers are killed (SIGKILL, with their process group), never asked to end. Those that were are
 * reaped by the next call or by the end, so the loop does not wait for them; no other process is
 * waited for. The program ignores SIGPIPE, does not ignore SIGCHLD, and has its descriptors 0 to 2
 * open. */
#ifndef LOOP_PROCESS_POOL_H
#define LOOP_PROCESS_POOL_H

#include "loop/task.h"

#include <stddef.h>

struct process_pool;

/* argv: the worker's path and arguments, ended by NULL; borrowed. processes: how many at most; 0:
 * one a processor. limit: how many nanoseconds a worker may have a call, the time in which a caller
 * waits for it not counted; negative: for ever. Returns 0 or -ENOMEM. */
int process_pool_open(struct process_pool **out, struct loop *l, char *const argv[],
                      unsigned processes, int64_t limit);

/* Kills the workers, waits until they are gone, and frees. No call may be under way. */
void process_pool_close(struct process_pool *p);

/* Sends size bytes to a worker, waiting for one in the order of calling, and waits for the answer:
 * *answer, to be freed by the caller, of *length bytes, at most `most`; NULL for none. Returns 0;
 * -EPIPE if the worker died, -EMSGSIZE if it answered with more, -ETIME if it took longer than it
 * may, -ENOMEM, or why none could be started; or as await: then the worker is killed, for nobody
 * needs its answer any more. */
ASYNC int process_pool_call(struct process_pool *p, const void *request, size_t size, char **answer,
                            size_t *length, size_t most);

/* The worker's part, for its main function: answers until its standard input ends. Blocks; needs no
 * loop. answer() returns 0 and sets *reply, freed here, and *length, or a negative errno, which
 * ends it. So does a request longer than `most`: -EMSGSIZE. Returns 0 at the end of the input, or
 * a negative errno. */
int process_worker_run(int (*answer)(const char *request, size_t size, char **reply,
                                     size_t *length),
                       size_t most);

#endif
