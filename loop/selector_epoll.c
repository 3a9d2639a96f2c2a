/* Readiness by epoll(7): the kernel keeps the set, each event carries its descriptor and interest.
 *
 * What epoll refuses with EPERM is always ready and stands in a list here instead. That is the
 * standard streams turned into files, seldom more, so the list is searched in a line. */
#include "loop/selector_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
                   EPOLLHUP == POLLHUP,
               "epoll reports in the bits of poll");

enum { BATCH = 256 };

struct selector {
    int epfd;
    struct event *always; /* events: the interest */
    int always_count, always_size;
    int turn; /* where in always the next wait begins, so that each has its turn */
    struct epoll_event batch[BATCH];
};

static int epoll_open(struct selector **out)
{
    struct selector *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->epfd = epoll_create1(EPOLL_CLOEXEC);
    if (s->epfd < 0) {
        int error = -errno;
        free(s);
        return error;
    }
    *out = s;
    return 0;
}

static void epoll_close(struct selector *s)
{
    close(s->epfd);
    free(s->always);
    free(s);
}

static struct event *find_always(struct selector *s, int fd)
{
    for (int i = 0; i < s->always_count; i++)
        if (s->always[i].fd == fd)
            return &s->always[i];
    return NULL;
}

static int add_always(struct selector *s, int fd, unsigned interest)
{
    if (s->always_count == s->always_size) {
        int size = s->always_size ? 2 * s->always_size : 4;
        struct event *always = realloc(s->always, (size_t)size * sizeof *always);
        if (!always)
            return -ENOMEM;
        s->always = always;
        s->always_size = size;
    }
    s->always[s->always_count++] = (struct event){.fd = fd, .events = interest};
    return 0;
}

static int epoll_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    struct event *always = old ? find_always(s, fd) : NULL;
    if (always && !interest) {
        *always = s->always[--s->always_count];
        return 0;
    }
    if (always) {
        always->events = interest;
        return 0;
    }

    struct epoll_event e = {
        .events = (uint32_t)selector_poll_mask(interest),
        .data.u64 = (uint64_t)interest << 32 | (uint32_t)fd,
    };
    int op = !interest ? EPOLL_CTL_DEL : old ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(s->epfd, op, fd, &e) == 0)
        return 0;
    /* Closed behind our back, and the number came back with another file: as new. */
    if (errno == ENOENT && op == EPOLL_CTL_MOD && epoll_ctl(s->epfd, EPOLL_CTL_ADD, fd, &e) == 0)
        return 0;
    return errno == EPERM && interest ? add_always(s, fd, interest) : -errno;
}

/* Stores those of the always ready descriptors that want more than errors. */
static int report_always(struct selector *s, struct event *out, int max)
{
    int n = 0;
    for (int i = 0; i < s->always_count && n < max; i++) {
        s->turn = (s->turn + 1) % s->always_count;
        struct event e = s->always[s->turn];
        e.events &= EVENT_READ | EVENT_WRITE;
        if (e.events)
            out[n++] = e;
    }
    return n;
}

static int epoll_wait_events(struct selector *s, struct event *out, int max, int64_t timeout)
{
    /* They go first, but leave half of the room. */
    int n = s->always_count ? report_always(s, out, (max + 1) / 2) : 0;
    if (n == max)
        return n;
    int room = max - n < BATCH ? max - n : BATCH;
    int found = epoll_wait(s->epfd, s->batch, room, n ? 0 : selector_timeout_ms(timeout));
    if (found < 0 && errno != EINTR)
        return -errno;
    for (int i = 0; i < found; i++) {
        uint64_t data = s->batch[i].data.u64;
        unsigned interest = (unsigned)(data >> 32);
        out[n++] = (struct event){
            .fd = (int)(uint32_t)data,
            .events = selector_poll_events(s->batch[i].events, interest),
        };
    }
    return n;
}

const struct selector_ops selector_epoll = {
    .name = "epoll",
    .open = epoll_open,
    .close = epoll_close,
    .set = epoll_set,
    .wait = epoll_wait_events,
};
