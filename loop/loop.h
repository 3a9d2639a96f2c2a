/* The event loop, in asyncio's shape: a ready queue, timers, watched descriptors, wake-ups from
 * other threads, signals. One thread runs a loop and is the only one to touch it, but for
 * loop_call_soon_threadsafe.
 *
 * Everything that is scheduled is intrusive: handles, timers and watchers live inside their owners.
 * Scheduling therefore cannot fail for memory, and cancelling is an unlink that is allowed at any
 * time, for oneself and for what is ready in the same step too. Owners keep the memory valid until
 * the call was made or cancelled; during its own call a handle is already out of every list, so
 * its owner may free it.
 *
 * Times are int64 nanoseconds of the monotonic clock. Errors are negative errno by value. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "loop/heap.h"
#include "loop/list.h"
#include "loop/selector.h"

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct future;
struct loop;

/* asyncio.Handle: a call to be made. It stands in at most one list: the ready queue or the
 * callbacks of one future. */
struct handle {
    struct list node;
    void (*call)(struct handle *h);
    const char *name; /* of the function, for debug mode */
};

/* asyncio.TimerHandle. */
struct timer {
    struct heap_node node;
    struct handle handle;
    bool armed;
};

/* asyncio's add_reader and add_writer in one: who is called when fd is ready. One watcher a
 * descriptor. */
struct watcher {
    struct handle handle;
    int fd;            /* -1: watches nothing */
    unsigned interest; /* of EVENT_READ, EVENT_WRITE, EVENT_ERROR */
    unsigned ready;    /* for the call: what is ready, EVENT_ERROR included */
};

/* A transfer that the backend makes by itself (asyncio's proactor), and who is called when it has
 * ended. */
struct operation {
    struct handle handle;
    struct transfer transfer; /* its result is for the call */
    bool pending;             /* begun, and not ended: the system borrows it and its data */
};

/* Makes a loop on the backend of that name (NULL: the best). Returns 0, -EINVAL for an unknown
 * name, or why it failed. */
int loop_open(struct loop **out, const char *selector);

/* Frees the loop. Nothing may be running on it; what is still scheduled is forgotten, operations
 * once they have been cancelled and have ended, jobs of to_thread once they have ended. */
void loop_close(struct loop *l);

/* The loop that runs in this thread (get_running_loop), or NULL: a thread that runs none has none.
 * What needs one all the same fails with -EPERM (see task.h). */
struct loop *loop_running(void);

/* The backend's name. */
const char *loop_selector_name(const struct loop *l);

/* Runs until loop_stop (run_forever). Returns 0, -EBUSY if this thread runs a loop already, or the
 * error of a backend that could not wait. */
int loop_run(struct loop *l);

/* Runs until f is done and returns f's result (run_until_complete). -EDEADLK if loop_stop ended the
 * run before that; else as loop_run. */
int loop_run_until_complete(struct loop *l, struct future *f);

/* Ends the run after the current step. */
void loop_stop(struct loop *l);

/* The monotonic clock, read now. */
int64_t loop_time(void);

#define handle_init(h, call) handle_init_named(h, call, #call)
void handle_init_named(struct handle *h, void (*call)(struct handle *h), const char *name);

/* Takes the handle out of whatever list it stands in; harmless if in none. */
void handle_cancel(struct handle *h);

/* Whether the handle stands in a list: is ready, or waits for a future. */
bool handle_pending(const struct handle *h);

/* Makes the call in the next step, after all that is ready already. A handle that is pending
 * already is moved to the end. */
void loop_call_soon(struct loop *l, struct handle *h);

/* The same from any thread. The handle must not be pending. */
void loop_call_soon_threadsafe(struct loop *l, struct handle *h);

/* On the loop's thread: takes such a handle back before it runs; harmless if it is not pending. The
 * other thread is done with it: it calls loop_call_soon_threadsafe for it no more. handle_cancel
 * must not be used, for the loop may not have taken it over yet. */
void loop_cancel_threadsafe(struct loop *l, struct handle *h);

#define timer_setup(t, call) timer_setup_named(t, call, #call)
void timer_setup_named(struct timer *t, void (*call)(struct handle *h), const char *name);

/* Makes the call once, at that time or as soon as possible after; a pending timer is moved. */
void loop_call_at(struct loop *l, struct timer *t, int64_t when);
void loop_call_later(struct loop *l, struct timer *t, int64_t delay);

/* Forgets the call, also when it is already ready to be made; harmless if not armed. */
void loop_cancel_timer(struct loop *l, struct timer *t);

#define watcher_init(w, fd, call) watcher_init_named(w, fd, call, #call)
void watcher_init_named(struct watcher *w, int fd, void (*call)(struct handle *h),
                        const char *name);

/* Calls the watcher whenever its descriptor is ready for any of interest, until told otherwise;
 * interest 0 stops it. Returns 0, -EEXIST if another watcher has the descriptor, or the backend's
 * error. Stopping never fails. */
int loop_watch(struct loop *l, struct watcher *w, unsigned interest);

/* Lazy removal, for descriptors that the caller itself opens and closes: marks fd as such, so that
 * one that nobody is interested in stays registered with the backend, and is taken out only by an
 * event that nobody wants. Taking interest again then costs no system call.
 *
 * loop_own belongs right after opening, and forgets whatever is left of the number's former file.
 * loop_disown ends the watching, and must be called before the descriptor is closed: a number comes
 * back at once with another file behind it. Returns 0 or -ENOMEM. */
int loop_own(struct loop *l, int fd);
void loop_disown(struct loop *l, int fd);

/* Whether the backend makes transfers by itself. Where it does not, the next two return -ENOTSUP.
 */
bool loop_completes(const struct loop *l);

#define operation_init(o, fd, call) operation_init_named(o, fd, call, #call)
void operation_init_named(struct operation *o, int fd, void (*call)(struct handle *h),
                          const char *name);

/* Receives up to size bytes from a socket, or sends some of them, like recv(2) and send(2), but
 * waits for the socket meanwhile; then makes the call. Two receives of one socket at a time, or
 * two sends, have no order. The system borrows the operation and its data for as long as it is
 * pending, also once it is cancelled: this is the one thing on a loop that cannot be forgotten at
 * once. Its descriptor is not closed meanwhile. Returns 0 or a negative errno. */
int loop_receive(struct loop *l, struct operation *o, void *data, size_t size);
int loop_send(struct loop *l, struct operation *o, const void *data, size_t size);

/* Asks a pending operation to end early: the call is made all the same, soon, with what was
 * transferred before or -ECANCELED as the result. Harmless if not pending. */
void loop_cancel_operation(struct loop *l, struct operation *o);

/* Calls h in a step after the signal came (add_signal_handler), once for any number of signals that
 * came since; h must stay valid until removed. Signals belong to one loop of the program at a time:
 * -EBUSY if another has this one. Removing restores the former disposition. */
int loop_add_signal_handler(struct loop *l, int signo, struct handle *h);
void loop_remove_signal_handler(struct loop *l, int signo);

/* What debug mode finds, asyncio's slow_callback_duration and exception handler in one. */
struct loop_report {
    enum {
        LOOP_SLOW,         /* a call held the loop for ns */
        LOOP_TASK_FAILED,  /* a task ended with an error, and nobody was waiting for it */
        LOOP_TASK_PENDING, /* the loop was closed while the task was not done */
    } problem;
    const char *name; /* of the task; of a call that was no task's step, its function's */
    int64_t ns;
    int error; /* negative errno; -ECANCELED is none */
};

/* asyncio's debug mode: reports calls that hold the loop for longer than limit nanoseconds, and
 * tasks that nobody takes care of. NULL: off. */
void loop_set_debug(struct loop *l, int64_t limit, void (*report)(const struct loop_report *r));

#endif
