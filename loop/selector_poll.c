/* Readiness by poll(2). Invariants:
 * 1. fds[0 .. count-1] holds the registered descriptors, without gaps.
 * 2. index[fd] is fd's place there plus one, 0 if it is not registered.
 * 3. One that was found closed falls silent, as with epoll: it stands there as ~fd, which is
 *    negative, and poll passes over it. */
#include "loop/selector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct selector {
    struct pollfd *fds;
    unsigned *index;
    unsigned count, size;
    int index_size;
    unsigned turn; /* where the next wait begins to look, so that each has its turn */
};

static int poll_open(struct selector **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

static void poll_close(struct selector *s)
{
    free(s->fds);
    free(s->index);
    free(s);
}

static int make_room(struct selector *s, int fd)
{
    if (fd >= s->index_size) {
        int size = fd < INT_MAX / 2 ? 2 * fd + 64 : INT_MAX;
        unsigned *index = realloc(s->index, (size_t)size * sizeof *index);
        if (!index)
            return -ENOMEM;
        memset(index + s->index_size, 0, (size_t)(size - s->index_size) * sizeof *index);
        s->index = index;
        s->index_size = size;
    }
    if (s->count == s->size) {
        unsigned size = s->size ? 2 * s->size : 64;
        struct pollfd *fds = realloc(s->fds, size * sizeof *fds);
        if (!fds)
            return -ENOMEM;
        s->fds = fds;
        s->size = size;
    }
    return 0;
}

static void take_out(struct selector *s, int fd)
{
    struct pollfd *gap = &s->fds[s->index[fd] - 1], *last = &s->fds[--s->count];
    int moved = last->fd < 0 ? ~last->fd : last->fd;
    *gap = *last;
    s->index[moved] = s->index[fd];
    s->index[fd] = 0;
}

static int poll_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    if (!interest) {
        take_out(s, fd);
        return 0;
    }
    if (fcntl(fd, F_GETFD) < 0)
        return -errno;
    if (!old) {
        int error = make_room(s, fd);
        if (error)
            return error;
        s->index[fd] = ++s->count;
    }
    s->fds[s->index[fd] - 1] = (struct pollfd){.fd = fd, .events = selector_poll_mask(interest)};
    return 0;
}

static unsigned interest_of(const struct pollfd *p)
{
    return (p->events & POLLIN ? EVENT_READ : 0) | (p->events & POLLOUT ? EVENT_WRITE : 0);
}

static int poll_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    int found = poll(s->fds, s->count, selector_timeout_ms(timeout));
    if (found < 0)
        return errno == EINTR ? 0 : -errno;
    int n = 0;
    for (unsigned i = 0; i < s->count && found > 0 && n < max; i++) {
        s->turn = s->turn + 1 < s->count ? s->turn + 1 : 0;
        struct pollfd *p = &s->fds[s->turn];
        if (!p->revents)
            continue;
        found--;
        if (p->revents & POLLNVAL)
            p->fd = ~p->fd;
        else
            out[n++] = (struct event){
                .fd = p->fd,
                .events = selector_poll_events((unsigned)p->revents, interest_of(p)),
            };
    }
    return n;
}

const struct selector_ops selector_poll = {
    .name = "poll",
    .open = poll_open,
    .close = poll_close,
    .set = poll_set,
    .wait = poll_wait,
};
