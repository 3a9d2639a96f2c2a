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
struct task;

/* asyncio.Handle: a call to be made. It stands in at most one list: the ready queue or the
 * callbacks of one future. */
struct handle {
    struct list node;
    void (*call)(struct handle *h);
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

/* Makes a loop on the backend of that name (NULL: the best). Returns 0, -EINVAL for an unknown
 * name, or why it failed. */
int loop_open(struct loop **out, const char *selector);

/* Frees the loop. Nothing may be running on it; what is still scheduled is forgotten. */
void loop_close(struct loop *l);

/* The loop that runs in this thread (get_running_loop), or NULL: a thread that runs none has none.
 */
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

void handle_init(struct handle *h, void (*call)(struct handle *h));

/* Takes the handle out of whatever list it stands in; harmless if in none. */
void handle_cancel(struct handle *h);

/* Whether the handle stands in a list: is ready, or waits for a future. */
bool handle_pending(const struct handle *h);

/* Makes the call in the next step, after all that is ready already. A handle that is pending
 * already is moved to the end. */
void loop_call_soon(struct loop *l, struct handle *h);

/* The same from any thread. The handle must not be pending, and cannot be cancelled until it runs.
 */
void loop_call_soon_threadsafe(struct loop *l, struct handle *h);

void timer_setup(struct timer *t, void (*call)(struct handle *h));

/* Makes the call once, at that time or as soon as possible after; a pending timer is moved. */
void loop_call_at(struct loop *l, struct timer *t, int64_t when);
void loop_call_later(struct loop *l, struct timer *t, int64_t delay);

/* Forgets the call, also when it is already ready to be made; harmless if not armed. */
void loop_cancel_timer(struct loop *l, struct timer *t);

void watcher_init(struct watcher *w, int fd, void (*call)(struct handle *h));

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

/* Calls h in a step after the signal came (add_signal_handler), once for any number of signals that
 * came since; h must stay valid until removed. Signals belong to one loop of the program at a time:
 * -EBUSY if another has this one. Removing restores the former disposition. */
int loop_add_signal_handler(struct loop *l, int signo, struct handle *h);
void loop_remove_signal_handler(struct loop *l, int signo);

/* asyncio's debug mode: a callback that holds the loop for longer than this is reported by
 * slow(what, nanoseconds), where what is the name of the task that ran, or NULL. 0: off. */
void loop_set_debug(struct loop *l, int64_t limit, void (*slow)(const char *what, int64_t ns));

#endif
