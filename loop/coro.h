/* Stackful, asymmetric coroutines: stacks and switching, nothing else. Made by ucontext and
 * switched by _setjmp and _longjmp, which unlike swapcontext need no system call.
 *
 * Stacks have 64 KiB (256 under sanitizers), a guard page below, and are reused. Code of unknown
 * depth does not belong on them. Sanitizers and valgrind are told about each stack and switch.
 * Coroutines belong to the thread that made them. */
#ifndef LOOP_CORO_H
#define LOOP_CORO_H

#include <stdbool.h>

struct coro;

/* Makes a coroutine that will run main(arg). Returns 0 or -ENOMEM (also when the system has no
 * mapping left). */
int coro_new(struct coro **out, void (*main)(void *arg), void *arg);

/* Runs the coroutine until it yields or returns. Returns whether it has yielded; after false it is
 * at its end, and only coro_free is allowed. */
bool coro_resume(struct coro *c);

/* Goes back to who resumed. Only within a coroutine. */
void coro_yield(void);

/* Makes the call on the stack of who resumed this coroutine; outside of one, at once. It must not
 * yield, nor await. For what needs much stack: with many coroutines, theirs have left the caches.
 */
void coro_call(void (*call)(void *arg), void *arg);

/* Frees a coroutine that has returned or never ran; its stack is kept for the next one. */
void coro_free(struct coro *c);

/* Unmaps this thread's kept stacks. */
void coro_trim(void);

#endif
