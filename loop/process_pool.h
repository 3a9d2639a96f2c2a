/* Work in other processes: asyncio's run_in_executor with a ProcessPoolExecutor, for work that must
 * not share memory, descriptors or fate with the program. Workers are programs of their own,
 * started by posix_spawn on demand, up to a number; each takes a call at a time on its standard
 * input and answers on its standard output. Both are pipes, and it inherits nothing else but
 * standard error.
 *
 * A message is 8 bytes of length, in the machine's order, and that many bytes. A worker that dies,
 * or answers with more than it may, fails its call, is killed and reaped, and is replaced when
 * there is a next call. The program ignores SIGPIPE. */
#ifndef LOOP_PROCESS_POOL_H
#define LOOP_PROCESS_POOL_H

#include "loop/task.h"

#include <stddef.h>

struct process_pool;

/* argv: the worker's path and arguments, ended by NULL; borrowed. processes: how many at most; 0:
 * one a processor. Returns 0 or -ENOMEM. */
int process_pool_open(struct process_pool **out, struct loop *l, char *const argv[],
                      unsigned processes);

/* Kills the workers, reaps them and frees. No call may be under way. */
void process_pool_close(struct process_pool *p);

/* Sends size bytes to a worker, waiting for one in the order of calling, and waits for the answer:
 * *answer, to be freed by the caller, of *length bytes, at most `most`. Returns 0; -EPIPE if the
 * worker died, -EMSGSIZE if it answered with more, -ENOMEM, or why none could be started; or as
 * await (so a timeout's scope limits the time): then the worker is killed, for nobody needs its
 * answer any more. */
ASYNC int process_pool_call(struct process_pool *p, const void *request, size_t size, char **answer,
                            size_t *length, size_t most);

/* The worker's part, for its main function: answers until its standard input ends. Blocks; needs no
 * loop. answer() returns 0 and sets *reply, freed here, and *length, or a negative errno: then the
 * worker ends with it. Requests longer than `most` end it too. Returns 0 at the end of the input,
 * or a negative errno. */
int process_worker_run(int (*answer)(const char *request, size_t size, char **reply,
                                     size_t *length),
                       size_t most);

#endif
