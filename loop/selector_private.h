/* What the selector backends share. */
#ifndef LOOP_SELECTOR_PRIVATE_H
#define LOOP_SELECTOR_PRIVATE_H

#include "loop/selector.h"

#include <limits.h>
#include <poll.h>

extern const struct selector_ops selector_epoll, selector_kqueue, selector_poll, selector_select,
    selector_io_uring;

/* An interest in the terms of poll(2). EVENT_ERROR needs no bit: poll always reports errors. */
static inline short selector_poll_mask(unsigned interest)
{
    return (short)((interest & EVENT_READ ? POLLIN : 0) | (interest & EVENT_WRITE ? POLLOUT : 0));
}

/* What poll(2) returned, in the terms of EVENT_*. */
static inline unsigned selector_poll_events(unsigned revents, unsigned interest)
{
    if (revents & (POLLERR | POLLHUP))
        return EVENT_ERROR | (interest & (EVENT_READ | EVENT_WRITE));
    return (revents & POLLIN ? EVENT_READ : 0) | (revents & POLLOUT ? EVENT_WRITE : 0);
}

/* Nanoseconds in milliseconds, rounded up: who wakes too early before a timer spins. */
static inline int selector_timeout_ms(int64_t ns)
{
    if (ns < 0)
        return -1;
    int64_t ms = ns / 1000000 + (ns % 1000000 != 0);
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

#endif
