/* Wake-ups from outside of the loop's thread: an eventfd, written by other threads and by signal
 * handlers, that the loop watches. Invariants:
 * 1. A thread posts its handle and then looks at waiting; the loop sets waiting and then looks at
 *    what is posted. So either the loop does not wait, or the eventfd is written: by whoever clears
 *    waiting. A signal is always announced so: it is stored, then the eventfd written.
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
    struct wakeup *w = &l->wakeup;
    /* Once the handle has run, the loop may be closed, but for this. */
    atomic_fetch_add(&w->posting, 1);
    h->node.next = atomic_load(&w->posted);
    while (!atomic_compare_exchange_weak(&w->posted, &h->node.next, &h->node))
        ;
    if (atomic_load(&w->waiting) && atomic_exchange(&w->waiting, false))
        wake(l);
    atomic_fetch_sub(&w->posting, 1);
}

bool wakeup_expect(struct wakeup *w)
{
    atomic_store(&w->waiting, true);
    return atomic_load(&w->posted);
}

void wakeup_collect(struct loop *l)
{
    struct wakeup *w = &l->wakeup;
    atomic_store_explicit(&w->waiting, false, memory_order_relaxed);
    if (!atomic_load_explicit(&w->posted, memory_order_relaxed))
        return;
    struct list *node = atomic_exchange(&w->posted, NULL), *later = &l->ready;
    while (node) {
        struct list *earlier = node->next;
        list_add(later, node);
        later = node;
        node = earlier;
    }
}

void loop_cancel_threadsafe(struct loop *l, struct handle *h)
{
    wakeup_collect(l);
    handle_cancel(h);
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
    watcher_init(&w->watcher, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), drain);
    return w->watcher.fd < 0 ? -errno : loop_watch(l, &w->watcher, EVENT_READ);
}

void wakeup_close(struct loop *l)
{
    for (int signo = 1; signo < NSIG; signo++)
        loop_remove_signal_handler(l, signo);
    struct wakeup *w = &l->wakeup;
    while (atomic_load(&w->posting) > 0)
        sched_yield();
    wakeup_collect(l);
    loop_watch(l, &w->watcher, 0);
    if (w->watcher.fd >= 0)
        close(w->watcher.fd);
}
