/* Readiness by epoll(7): the kernel keeps the set, each event carries its descriptor and interest.
 * What epoll refuses with EPERM is always ready and stands in a list here instead. */
#include "loop/selector_always.h"
#include "loop/selector_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
                   EPOLLHUP == POLLHUP,
               "epoll reports in the bits of poll");

/* Events at once: few, so that what each brings is still in the caches when the loop goes on with
 * it. To ask again costs a system call, whatever the number of descriptors. */
enum { BATCH = 16 };

struct selector {
    int epfd;
    struct selector_always always;
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
    selector_always_deinit(&s->always);
    free(s);
}

static int epoll_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    if (old && selector_always_set(&s->always, fd, interest))
        return 0;
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
    return errno == EPERM && interest ? selector_always_add(&s->always, fd, interest) : -errno;
}

static int epoll_wait_events(struct selector *s, struct event *out, int max, int64_t timeout)
{
    int n = selector_always_report(&s->always, out, max);
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
