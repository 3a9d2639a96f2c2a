/* Completions by io_uring(7), and readiness by its polls. A poll is made for one event; whoever
 * still wants more gets the next with the coming wait, whose one system call hands over all that is
 * new and waits. Invariants:
 * 1. A descriptor has at most one poll that counts: armed, of its generation. One that was taken
 *    back has a former generation, and what it still says is not heard.
 * 2. A descriptor that is wanted and not armed stands in changed, unless it was found closed: then
 *    it falls silent, as with epoll.
 * 3. A poll keeps its file open. So one that is not wanted any more is taken back at once, for a
 *    socket that is closed after that has to be closed to its peer too.
 * 4. A transfer stands in transfers until it is reported; a cancelled one in cancelled until the
 *    system has been told. */
#include "loop/selector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SUBMISSIONS = 256, COMPLETIONS = 4096 };

struct watched {
    unsigned generation;
    unsigned char interest;
    bool armed, changed;
};

struct selector {
    struct io_uring ring;
    struct watched *watched; /* by descriptor */
    int *changed;
    int size, changed_count; /* size: of both */
    struct list transfers, cancelled;
};

/* --- what a completion is about --- */

enum { NOTHING = 0 }; /* else a transfer's address, which is even, or a poll */

static uint64_t poll_tag(const struct selector *s, int fd)
{
    return (uint64_t)s->watched[fd].generation << 32 | (uint64_t)fd << 1 | 1;
}

static uint64_t transfer_tag(const struct transfer *t)
{
    return (uint64_t)(uintptr_t)t;
}

/* --- opening and closing --- */

/* Setting a task's work aside until its next system call saves interrupting it: Linux 5.19. */
static int open_ring(struct io_uring *ring)
{
    static const unsigned flags[] = {
        IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_COOP_TASKRUN,
        IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
    };
    int error = 0;
    for (int i = 0; i < 2; i++) {
        struct io_uring_params p = {.flags = flags[i], .cq_entries = COMPLETIONS};
        error = io_uring_queue_init_params(SUBMISSIONS, ring, &p);
        if (error == -EINVAL)
            continue;
        if (error || (p.features & IORING_FEAT_EXT_ARG && p.features & IORING_FEAT_NODROP))
            return error;
        io_uring_queue_exit(ring);
        return -ENOSYS;
    }
    return error;
}

static int uring_open(struct selector **out)
{
    struct selector *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    int error = open_ring(&s->ring);
    if (error) {
        free(s);
        return error;
    }
    list_init(&s->transfers);
    list_init(&s->cancelled);
    *out = s;
    return 0;
}

static struct io_uring_sqe *next_submission(struct selector *s)
{
    struct io_uring_sqe *e = io_uring_get_sqe(&s->ring);
    if (!e && io_uring_submit(&s->ring) >= 0)
        e = io_uring_get_sqe(&s->ring);
    return e;
}

/* Cancelling is told with the next wait, for there it is certain to find room at last. */
static void submit_cancelled(struct selector *s)
{
    while (!list_empty(&s->cancelled)) {
        struct io_uring_sqe *e = next_submission(s);
        if (!e)
            return;
        struct transfer *t = container_of(list_pop(&s->cancelled), struct transfer, node);
        io_uring_prep_cancel64(e, transfer_tag(t), 0);
        io_uring_sqe_set_data64(e, NOTHING);
        list_add(&s->transfers, &t->node);
    }
}

/* The polls' files are let go by what is taken back, not some time after the ring is closed. */
static void end_everything(struct selector *s)
{
    list_splice(&s->cancelled, &s->transfers);
    for (int fd = 0; fd < s->size; fd++) {
        s->watched[fd].interest = 0;
        struct io_uring_sqe *e = s->watched[fd].armed ? next_submission(s) : NULL;
        if (!e)
            continue;
        io_uring_prep_poll_remove(e, poll_tag(s, fd));
        io_uring_sqe_set_data64(e, NOTHING);
    }
    io_uring_submit(&s->ring);
}

static void uring_close(struct selector *s)
{
    struct event ended[64];
    end_everything(s);
    while (!list_empty(&s->transfers) || !list_empty(&s->cancelled))
        if (selector_io_uring.wait(s, ended, 64, -1) < 0)
            break;
    io_uring_queue_exit(&s->ring);
    free(s->watched);
    free(s->changed);
    free(s);
}

/* --- interest --- */

static int make_room(struct selector *s, int fd)
{
    if (fd < s->size)
        return 0;
    int size = fd < INT_MAX / 2 ? 2 * fd + 64 : INT_MAX;
    int *changed = realloc(s->changed, (size_t)size * sizeof *changed);
    if (!changed)
        return -ENOMEM;
    s->changed = changed;
    struct watched *watched = realloc(s->watched, (size_t)size * sizeof *watched);
    if (!watched)
        return -ENOMEM;
    memset(watched + s->size, 0, (size_t)(size - s->size) * sizeof *watched);
    s->watched = watched;
    s->size = size;
    return 0;
}

static void note_change(struct selector *s, int fd)
{
    if (s->watched[fd].changed)
        return;
    s->watched[fd].changed = true;
    s->changed[s->changed_count++] = fd;
}

/* A poll is never altered: behind its number may be another file by now. */
static void disarm(struct selector *s, int fd)
{
    struct watched *w = &s->watched[fd];
    struct io_uring_sqe *e = next_submission(s);
    if (e) {
        io_uring_prep_poll_remove(e, poll_tag(s, fd));
        io_uring_sqe_set_data64(e, NOTHING);
    }
    w->armed = false;
    w->generation++;
}

static int uring_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    (void)old;
    if (interest) {
        if (fcntl(fd, F_GETFD) < 0)
            return -errno;
        int error = make_room(s, fd);
        if (error)
            return error;
    }
    bool armed = s->watched[fd].armed;
    s->watched[fd].interest = (unsigned char)interest;
    if (armed)
        disarm(s, fd);
    if (interest)
        note_change(s, fd);
    else if (armed)
        io_uring_submit(&s->ring);
    return 0;
}

/* --- waiting --- */

/* Makes the polls of those that are wanted. Returns whether there was room for all. */
static bool arm_changed(struct selector *s)
{
    while (s->changed_count > 0) {
        int fd = s->changed[s->changed_count - 1];
        struct watched *w = &s->watched[fd];
        if (w->interest && !w->armed) {
            struct io_uring_sqe *e = next_submission(s);
            if (!e)
                return false;
            io_uring_prep_poll_add(e, fd, (unsigned)selector_poll_mask(w->interest));
            io_uring_sqe_set_data64(e, poll_tag(s, fd));
            w->armed = true;
        }
        w->changed = false;
        s->changed_count--;
    }
    return true;
}

static int enter(struct selector *s, int64_t timeout)
{
    if (timeout == 0)
        return io_uring_submit_and_get_events(&s->ring);
    struct __kernel_timespec ts = {timeout / 1000000000, timeout % 1000000000};
    struct io_uring_cqe *first;
    return io_uring_submit_and_wait_timeout(&s->ring, &first, 1, timeout < 0 ? NULL : &ts, NULL);
}

/* Returns whether it is an event. One of a file that was closed is not, be it that its poll kept it
 * open; what it is worth to see that is a system call. */
static bool take_poll(struct selector *s, const struct io_uring_cqe *c, struct event *out)
{
    int fd = (int)((uint32_t)c->user_data >> 1);
    struct watched *w = &s->watched[fd];
    if (!w->armed || c->user_data != poll_tag(s, fd))
        return false;
    w->armed = false;
    if (c->res < 0 || fcntl(fd, F_GETFD) < 0)
        return false;
    note_change(s, fd);
    *out = (struct event){
        .fd = fd,
        .events = selector_poll_events((unsigned)c->res, w->interest),
    };
    return out->events;
}

static bool take_transfer(const struct io_uring_cqe *c, struct event *out)
{
    struct transfer *t = (struct transfer *)(uintptr_t)c->user_data;
    t->result = c->res;
    list_remove(&t->node);
    *out = (struct event){.transfer = t};
    return true;
}

static int uring_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    submit_cancelled(s);
    int r = enter(s, arm_changed(s) ? timeout : 0);
    if (r < 0 && r != -ETIME && r != -EINTR && r != -EBUSY && r != -EAGAIN)
        return r;

    struct io_uring_cqe *c;
    unsigned head, taken = 0;
    int n = 0;
    io_uring_for_each_cqe(&s->ring, head, c)
    {
        if (n == max)
            break;
        taken++;
        if (c->user_data & 1)
            n += take_poll(s, c, &out[n]);
        else if (c->user_data != NOTHING)
            n += take_transfer(c, &out[n]);
    }
    io_uring_cq_advance(&s->ring, taken);
    return n;
}

/* --- transfers --- */

static int uring_submit(struct selector *s, struct transfer *t)
{
    struct io_uring_sqe *e = next_submission(s);
    if (!e)
        return -EAGAIN;
    if (t->kind == TRANSFER_RECEIVE)
        io_uring_prep_recv(e, t->fd, t->data, t->size, 0);
    else
        io_uring_prep_send(e, t->fd, t->data, t->size, MSG_NOSIGNAL);
    io_uring_sqe_set_data64(e, transfer_tag(t));
    list_add(&s->transfers, &t->node);
    return 0;
}

static void uring_cancel(struct selector *s, struct transfer *t)
{
    list_remove(&t->node);
    list_add(&s->cancelled, &t->node);
}

const struct selector_ops selector_io_uring = {
    .name = "io_uring",
    .open = uring_open,
    .close = uring_close,
    .set = uring_set,
    .wait = uring_wait,
    .submit = uring_submit,
    .cancel = uring_cancel,
};
