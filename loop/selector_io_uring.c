/* Readiness and transfers by io_uring(7): what is to be watched, sent, received and cancelled is
 * written into a ring that the kernel shares, and one system call submits all of it and waits.
 *
 * Readiness is level-triggered, by polls that fire once and are armed anew by the next wait. A poll
 * holds its file open, and stays with the file when the number gets another. Invariants:
 * 1. A descriptor that is watched has its poll in the kernel (armed), or is queued for the next
 *    wait to arm it, or is silent: found closed, or a file that has no errors and no hang-ups.
 * 2. A poll that is not waited for any more is removed, never changed, and its descriptor's
 *    generation moves on: a completion of another generation is an echo that nobody wants.
 * 3. When set has ended the interest of a descriptor, the kernel has let go of its file.
 * 4. A transfer that the kernel borrows stands in transfers, or in cancelled for the next wait to
 *    ask for its end. Its completion takes it out, and nothing else does. */
#include "loop/selector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef __has_include
#define __has_include(x) 0
#endif
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(data, size) 0
#endif

enum {
    SUBMISSIONS = 256,
    COMPLETIONS = 4096, /* more than that at once are kept by the kernel in a list */
    TRANSFER_MOST = 1 << 30,
    FOR_EVER_S = INT_MAX,
};

#define NS_PER_S INT64_C(1000000000)

/* What a completion belongs to: 0 to nobody, an odd number to a poll, else the transfer there. */
#define NOBODY 0

struct poll {
    unsigned generation;
    int next; /* in the queue */
    unsigned char interest;
    bool armed, queued;
    bool edge; /* a peer that sends no more would wake a poll at once, again and again */
};

struct selector {
    struct io_uring ring;
    struct poll *polls; /* by descriptor */
    int poll_count;
    int first, last; /* of the queue; -1: empty */
    struct list transfers, cancelled;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int uring_open(struct selector **out)
{
    struct selector *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    struct io_uring_params params = {
        .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        .cq_entries = COMPLETIONS,
    };
    int error = io_uring_queue_init_params(SUBMISSIONS, &s->ring, &params);
    if (error) {
        free(s);
        return error == -EINVAL ? -ENOSYS : error; /* Linux before 5.19 does not know the flags */
    }
    s->first = s->last = -1;
    list_init(&s->transfers);
    list_init(&s->cancelled);
    *out = s;
    return 0;
}

/* The next free entry of the submission ring, or NULL if the kernel has no memory for the rest. */
static struct io_uring_sqe *next_entry(struct selector *s)
{
    struct io_uring_sqe *e = io_uring_get_sqe(&s->ring);
    if (!e && io_uring_submit(&s->ring) > 0)
        e = io_uring_get_sqe(&s->ring);
    return e;
}

/* --- polls --- */

static uint64_t poll_id(const struct selector *s, int fd)
{
    return (uint64_t)fd << 32 | (uint32_t)(s->polls[fd].generation << 1) | 1;
}

static void enqueue(struct selector *s, int fd)
{
    if (s->polls[fd].queued)
        return;
    s->polls[fd].queued = true;
    s->polls[fd].next = -1;
    if (s->last < 0)
        s->first = fd;
    else
        s->polls[s->last].next = fd;
    s->last = fd;
}

static void arm(struct selector *s, struct io_uring_sqe *e, int fd)
{
    struct poll *p = &s->polls[fd];
    unsigned mask = (unsigned short)selector_poll_mask(p->interest);
    if (p->edge)
        io_uring_prep_poll_multishot(e, fd, mask);
    else
        io_uring_prep_poll_add(e, fd, mask);
    io_uring_sqe_set_data64(e, poll_id(s, fd));
    p->armed = true;
}

static void arm_queued(struct selector *s)
{
    while (s->first >= 0) {
        int fd = s->first;
        struct poll *p = &s->polls[fd];
        if (p->interest && !p->armed) {
            struct io_uring_sqe *e = next_entry(s);
            if (!e)
                return;
            arm(s, e, fd);
        }
        p->queued = false;
        s->first = p->next;
        if (s->first < 0)
            s->last = -1;
    }
}

/* Without memory for the removal, the poll is an echo all the same. */
static void disarm(struct selector *s, int fd)
{
    struct io_uring_sqe *e = next_entry(s);
    if (e) {
        io_uring_prep_poll_remove(e, poll_id(s, fd));
        io_uring_sqe_set_flags(e, IOSQE_CQE_SKIP_SUCCESS);
        io_uring_sqe_set_data64(e, NOBODY);
    }
    s->polls[fd].armed = false;
    s->polls[fd].generation++;
}

static int make_room(struct selector *s, int fd)
{
    if (fd < s->poll_count)
        return 0;
    int count = fd < INT_MAX / 2 - 64 ? 2 * fd + 64 : INT_MAX;
    struct poll *polls = realloc(s->polls, (size_t)count * sizeof *polls);
    if (!polls)
        return -ENOMEM;
    memset(polls + s->poll_count, 0, (size_t)(count - s->poll_count) * sizeof *polls);
    s->polls = polls;
    s->poll_count = count;
    return 0;
}

static int uring_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    (void)old;
    if (interest && fcntl(fd, F_GETFD) < 0)
        return -errno;
    int error = make_room(s, fd);
    if (error)
        return error;
    struct poll *p = &s->polls[fd];
    if (p->armed) {
        disarm(s, fd);
        if (!interest)
            io_uring_submit(&s->ring);
    }
    p->interest = (unsigned char)interest;
    p->edge = false;
    if (interest)
        enqueue(s, fd);
    return 0;
}

static bool take_poll(struct selector *s, const struct io_uring_cqe *c, struct event *out)
{
    int fd = (int)(c->user_data >> 32);
    struct poll *p = &s->polls[fd];
    if (c->user_data != poll_id(s, fd))
        return false;
    p->armed = c->flags & IORING_CQE_F_MORE;
    if (c->res < 0) {
        /* Cancelled, but not by us: the thread that armed it has ended. */
        if (c->res == -ECANCELED || c->res == -ENOMEM)
            enqueue(s, fd);
        return false;
    }
    unsigned events = selector_poll_events((unsigned)c->res, p->interest);
    p->edge = !events; /* io_uring adds POLLRDHUP, which nobody asked for */
    if (events && p->armed)
        disarm(s, fd);
    if (fcntl(fd, F_GETFD) < 0)
        return false;
    if (!p->armed)
        enqueue(s, fd);
    *out = (struct event){.fd = fd, .events = events};
    return events;
}

/* --- transfers --- */

static int uring_submit(struct selector *s, struct transfer *t)
{
    struct io_uring_sqe *e = next_entry(s);
    if (!e)
        return -ENOMEM;
    size_t size = t->size < TRANSFER_MOST ? t->size : TRANSFER_MOST;
    if (t->kind == TRANSFER_SEND)
        io_uring_prep_send(e, t->fd, t->data, size, MSG_NOSIGNAL);
    else
        io_uring_prep_recv(e, t->fd, t->data, size, 0);
    io_uring_sqe_set_data(e, t);
    list_add(&s->transfers, &t->node);
    return 0;
}

static void uring_cancel(struct selector *s, struct transfer *t)
{
    list_remove(&t->node);
    list_add(&s->cancelled, &t->node);
}

static void ask_for_ends(struct selector *s)
{
    while (!list_empty(&s->cancelled)) {
        struct io_uring_sqe *e = next_entry(s);
        if (!e)
            return;
        struct list *node = list_pop(&s->cancelled);
        io_uring_prep_cancel(e, container_of(node, struct transfer, node), 0);
        io_uring_sqe_set_flags(e, IOSQE_CQE_SKIP_SUCCESS);
        io_uring_sqe_set_data64(e, NOBODY);
        list_add(&s->transfers, node);
    }
}

static void end_transfer(const struct io_uring_cqe *c, struct event *out)
{
    struct transfer *t = (struct transfer *)(uintptr_t)c->user_data;
    list_remove(&t->node);
    t->result = c->res;
    if (t->kind == TRANSFER_RECEIVE && c->res > 0)
        (void)VALGRIND_MAKE_MEM_DEFINED(t->data, (size_t)c->res); /* which did not see it written */
    *out = (struct event){.transfer = t};
}

/* --- waiting --- */

/* Submits, and waits for a completion. A signal that interrupts it looks like the end of the time
 * if anything was submitted. */
static int enter(struct selector *s, int64_t timeout)
{
    /* Makes no system call if the kernel has nothing to do for us. */
    if (timeout == 0 || io_uring_cq_ready(&s->ring))
        return io_uring_submit(&s->ring);
    struct __kernel_timespec t = {.tv_sec = FOR_EVER_S};
    if (timeout > 0 && timeout / NS_PER_S < FOR_EVER_S) {
        t.tv_sec = timeout / NS_PER_S;
        t.tv_nsec = timeout % NS_PER_S;
    }
    struct io_uring_cqe *first;
    return io_uring_submit_and_wait_timeout(&s->ring, &first, 1, &t, NULL);
}

/* Stores up to max events; returns how many completions it took for that. */
static unsigned take(struct selector *s, struct event *out, int max, int *n)
{
    unsigned head, taken = 0;
    struct io_uring_cqe *c;
    io_uring_for_each_cqe(&s->ring, head, c)
    {
        if (*n == max)
            break;
        taken++;
        if (c->user_data & 1)
            *n += take_poll(s, c, &out[*n]);
        else if (c->user_data != NOBODY)
            end_transfer(c, &out[(*n)++]);
    }
    io_uring_cq_advance(&s->ring, taken);
    return taken;
}

static int uring_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    int64_t end = timeout > 0 ? now() : 0;
    end = timeout < INT64_MAX - end ? end + timeout : INT64_MAX;
    for (;;) {
        ask_for_ends(s);
        arm_queued(s);
        int error = enter(s, timeout), n = 0;
        if (error < 0 && error != -ETIME && error != -EINTR && error != -EBUSY)
            return error;
        if (!take(s, out, max, &n) || n || timeout == 0)
            return n;
        if (timeout > 0) { /* echoes alone */
            int64_t left = end - now();
            timeout = left > 0 ? left : 0;
        }
    }
}

static void uring_close(struct selector *s)
{
    /* Of all that the kernel holds, files too: left to the ring's end, it would happen later. */
    struct event ended;
    int n;
    bool asked = false;
    while (!asked || !list_empty(&s->transfers) || !list_empty(&s->cancelled)) {
        struct io_uring_sqe *e = next_entry(s);
        if (e) {
            io_uring_prep_cancel(e, NULL, IORING_ASYNC_CANCEL_ANY);
            io_uring_sqe_set_data64(e, NOBODY);
            asked = true;
        }
        io_uring_submit_and_wait(&s->ring, 1);
        do
            n = 0;
        while (take(s, &ended, 1, &n));
    }
    io_uring_queue_exit(&s->ring);
    free(s->polls);
    free(s);
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
