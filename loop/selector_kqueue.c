/* Readiness by kqueue(2): the kernel keeps the set, one registration for reading and one for
 * writing, which it drops when the descriptor is closed. Invariants:
 * 1. A descriptor is registered for reading if READ was asked for, for writing if WRITE was. One
 *    that is watched for errors only is registered for reading, but with EV_CLEAR: then each change
 *    shows once, and bytes that nobody wants do not wake again.
 * 2. An end (EV_EOF) is a half-close, a hang-up or an error: which of them, poll(2) tells.
 * 3. Files are always ready, whatever kqueue says of them, and stand in a list here. */
#include "loop/selector_always.h"
#include "loop/selector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { BATCH = 256 };

struct descriptor {
    unsigned interest;
    int place; /* where in the events of this wait it may stand */
};

struct selector {
    int kq;
    int size; /* of descriptors */
    struct descriptor *descriptors;
    struct selector_always always;
    struct kevent batch[BATCH];
};

static int kqueue_open(struct selector **out)
{
    struct selector *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->kq = kqueue();
    if (s->kq < 0) {
        int error = -errno;
        free(s);
        return error;
    }
    fcntl(s->kq, F_SETFD, FD_CLOEXEC);
    *out = s;
    return 0;
}

static void kqueue_close(struct selector *s)
{
    close(s->kq);
    selector_always_deinit(&s->always);
    free(s->descriptors);
    free(s);
}

static int make_room(struct selector *s, int fd)
{
    if (fd < s->size)
        return 0;
    int size = fd < INT_MAX / 2 - 32 ? 2 * fd + 64 : INT_MAX;
    struct descriptor *d = realloc(s->descriptors, (size_t)size * sizeof *d);
    if (!d)
        return -ENOMEM;
    memset(d + s->size, 0, (size_t)(size - s->size) * sizeof *d);
    s->descriptors = d;
    s->size = size;
    return 0;
}

/* Replaces the registrations of fd. They are taken out first, for adding again would not change
 * EV_CLEAR. EV_RECEIPT has each change answered in its turn, and nothing else. */
static int enter(struct selector *s, int fd, unsigned old, unsigned interest)
{
    struct kevent changes[4], receipts[4];
    int n = 0, error = 0;
    unsigned short add = EV_ADD | EV_RECEIPT | (interest == EVENT_ERROR ? EV_CLEAR : 0);
    if (old) {
        EV_SET(&changes[n++], fd, EVFILT_READ, EV_DELETE | EV_RECEIPT, 0, 0, 0);
        EV_SET(&changes[n++], fd, EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 0, 0, 0);
    }
    if (interest & EVENT_READ || interest == EVENT_ERROR)
        EV_SET(&changes[n++], fd, EVFILT_READ, add, 0, 0, 0);
    if (interest & EVENT_WRITE)
        EV_SET(&changes[n++], fd, EVFILT_WRITE, add, 0, 0, 0);

    static const struct timespec now = {0, 0};
    if (kevent(s->kq, changes, n, receipts, n, &now) < 0)
        return -errno;
    for (int i = 0; i < n; i++)
        if (changes[i].flags & EV_ADD && receipts[i].data)
            error = (int)-receipts[i].data;
    return error;
}

static bool is_file(const struct stat *st)
{
    return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* A device that cannot be waited for: the systems do not agree on how to say so. */
static bool is_refusal(int error)
{
    return error == -ENODEV || error == -EINVAL || error == -EOPNOTSUPP || error == -EPERM;
}

static int kqueue_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    if (old && selector_always_set(&s->always, fd, interest))
        return 0;
    struct stat st;
    if (interest && fstat(fd, &st) < 0)
        return -errno;
    if (interest && is_file(&st))
        return selector_always_add(&s->always, fd, interest);
    int error = make_room(s, fd);
    if (error)
        return error;
    s->descriptors[fd].interest = interest;
    error = enter(s, fd, old, interest);
    /* The reader of this pipe has left; some systems will not wait for its writer then. Its end
     * shows in the other direction as well. */
    if (error == -EPIPE)
        error = enter(s, fd, interest, EVENT_READ);
    if (error && interest)
        enter(s, fd, interest, 0);
    return is_refusal(error) ? selector_always_add(&s->always, fd, interest) : error;
}

/* What an event says, in the terms of EVENT_*. */
static unsigned translate(struct selector *s, const struct kevent *k)
{
    int fd = (int)k->ident;
    unsigned interest = s->descriptors[fd].interest;
    if (!(k->flags & EV_EOF))
        return interest & (k->filter == EVFILT_READ ? EVENT_READ : EVENT_WRITE);

    struct pollfd p = {.fd = fd, .events = selector_poll_mask(interest)};
    if (poll(&p, 1, 0) < 0)
        p.revents = 0;
    /* Where kqueue is a library, it took this error from the socket: poll does not see it. */
    unsigned revents = (unsigned)p.revents | (k->fflags ? POLLERR : 0);
    unsigned events = selector_poll_events(revents, interest);
    if (events && interest == EVENT_ERROR)
        enter(s, fd, interest, interest); /* to hear of it again, for as long as it lasts */
    return events;
}

static int kqueue_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    static const int64_t longest = INT64_C(1000000) * INT_MAX; /* some systems refuse years */
    int first = selector_always_report(&s->always, out, max), n = first;
    if (n == max)
        return n;
    if (n > 0 || timeout > longest)
        timeout = n > 0 ? 0 : longest;
    struct timespec ts = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    int room = max - n < BATCH ? max - n : BATCH;
    int found = kevent(s->kq, NULL, 0, s->batch, room, timeout < 0 ? NULL : &ts);
    if (found < 0 && errno != EINTR)
        return -errno;
    for (int i = 0; i < found; i++) {
        int fd = (int)s->batch[i].ident;
        int *place = &s->descriptors[fd].place;
        unsigned events = translate(s, &s->batch[i]);
        if (!events)
            continue;
        if (*place >= first && *place < n && out[*place].fd == fd) {
            out[*place].events |= events;
        } else {
            *place = n;
            out[n++] = (struct event){.fd = fd, .events = events};
        }
    }
    return n;
}

const struct selector_ops selector_kqueue = {
    .name = "kqueue",
    .open = kqueue_open,
    .close = kqueue_close,
    .set = kqueue_set,
    .wait = kqueue_wait,
};
