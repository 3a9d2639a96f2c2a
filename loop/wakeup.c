/* Wake-ups from outside of the loop's thread: an eventfd, written by other threads and by signal
 * handlers, that the loop watches. Invariants:
 * 1. The eventfd is written after what it announces was stored, and read before that is taken; so
 *    nothing is left behind unannounced. A thread writes only if its handle is the list's first: if
 *    not, whoever came first has written or is about to.
 * 2. Dispositions of signals belong to the process, and so does the table of their owners. Only the
 *    owning loop's thread touches the rest of a row. */
#include "loop/loop_private.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct {
    _Atomic(struct loop *) owner;
    struct handle *handle;
    struct sigaction former;
} signals[NSIG];

static atomic_int handlers; /* that are in a loop they found in the table */

/* Async-signal-safe. EAGAIN alone can come back, from a counter that is full: awake already. */
static void wake(struct loop *l)
{
    uint64_t one = 1;
    ssize_t n = write(l->wakeup.watcher.fd, &one, sizeof one);
    (void)n;
}

void loop_call_soon_threadsafe(struct loop *l, struct handle *h)
{
    pthread_mutex_lock(&l->wakeup.mutex);
    bool first = list_empty(&l->wakeup.handles);
    list_add(&l->wakeup.handles, &h->node);
    /* Under the mutex: once the handle has run, the loop may be gone. */
    if (first)
        wake(l);
    pthread_mutex_unlock(&l->wakeup.mutex);
}

static void on_signal(int signo)
{
    int saved = errno;
    atomic_fetch_add(&handlers, 1);
    struct loop *l = atomic_load(&signals[signo].owner);
    if (l) {
        atomic_fetch_or(&l->wakeup.signals, UINT64_C(1) << (signo - 1));
        wake(l);
    }
    atomic_fetch_sub(&handlers, 1);
    errno = saved;
}

static void drain(struct handle *h)
{
    struct wakeup *w = container_of(h, struct wakeup, watcher.handle);
    struct loop *l = container_of(w, struct loop, wakeup);
    uint64_t count;
    /* EAGAIN: nothing was written after all. Anything else would be a foreign descriptor. */
    while (read(w->watcher.fd, &count, sizeof count) < 0 && errno == EINTR)
        ;

    for (uint64_t came = atomic_exchange(&w->signals, 0); came; came &= came - 1) {
        int signo = __builtin_ctzll(came) + 1;
        if (atomic_load(&signals[signo].owner) == l)
            loop_call_soon(l, signals[signo].handle);
    }
    pthread_mutex_lock(&w->mutex);
    list_splice(&l->ready, &w->handles);
    pthread_mutex_unlock(&w->mutex);
}

int loop_add_signal_handler(struct loop *l, int signo, struct handle *h)
{
    if (signo < 1 || signo >= NSIG)
        return -EINVAL;
    struct loop *owner = NULL;
    if (!atomic_compare_exchange_strong(&signals[signo].owner, &owner, l)) {
        if (owner != l)
            return -EBUSY;
        if (handle_pending(signals[signo].handle)) {
            handle_cancel(signals[signo].handle);
            loop_call_soon(l, h);
        }
        signals[signo].handle = h;
        return 0;
    }
    signals[signo].handle = h;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(signo, &action, &signals[signo].former) < 0) {
        int error = -errno;
        atomic_store(&signals[signo].owner, NULL);
        return error;
    }
    return 0;
}

void loop_remove_signal_handler(struct loop *l, int signo)
{
    if (signo < 1 || signo >= NSIG || atomic_load(&signals[signo].owner) != l)
        return;
    sigaction(signo, &signals[signo].former, NULL);
    handle_cancel(signals[signo].handle);
    atomic_store(&signals[signo].owner, NULL);
    /* One in another thread may have found the loop just before. */
    while (atomic_load(&handlers) > 0)
        sched_yield();
    atomic_fetch_and(&l->wakeup.signals, ~(UINT64_C(1) << (signo - 1)));
}

int wakeup_open(struct loop *l)
{
    struct wakeup *w = &l->wakeup;
    list_init(&w->handles);
    pthread_mutex_init(&w->mutex, NULL);
    watcher_init(&w->watcher, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), drain);
    return w->watcher.fd < 0 ? -errno : loop_watch(l, &w->watcher, EVENT_READ);
}

void wakeup_close(struct loop *l)
{
    for (int signo = 1; signo < NSIG; signo++)
        loop_remove_signal_handler(l, signo);
    struct wakeup *w = &l->wakeup;
    while (!list_empty(&w->handles))
        list_pop(&w->handles);
    loop_watch(l, &w->watcher, 0);
    if (w->watcher.fd >= 0)
        close(w->watcher.fd);
    pthread_mutex_destroy(&w->mutex);
}
