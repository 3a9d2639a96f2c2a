/* A small stand-in for kqueue(2), on epoll, for systems that have none: as much of it as
 * loop/selector_kqueue.c uses, as FreeBSD's manual has it, so that the backend is compiled and
 * tested everywhere. What it leaves out: filters but EVFILT_READ and EVFILT_WRITE, and on return
 * data (bytes) and fflags (the socket's error). A registration goes with the last descriptor of its
 * file, not with its own. */
#ifndef TESTS_LOOP_KQUEUE_SYS_EVENT_H
#define TESTS_LOOP_KQUEUE_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

enum { EVFILT_READ = -1, EVFILT_WRITE = -2 };

enum {
    EV_ADD = 0x1,
    EV_DELETE = 0x2,
    EV_CLEAR = 0x20,   /* report changes, not states */
    EV_RECEIPT = 0x40, /* answer this change, with 0 in data if it was made */
    EV_ERROR = 0x4000, /* on return: an answer to a change, errno in data */
    EV_EOF = 0x8000,   /* on return: a hang-up, an error, or for reading a half-close */
};

struct kevent {
    uintptr_t ident; /* the descriptor */
    short filter;
    unsigned short flags;
    unsigned fflags;
    intptr_t data;
    void *udata;
};

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_) \
    (*(event) = (struct kevent){.ident = (uintptr_t)(ident_),          \
                                .filter = (filter_),                   \
                                .flags = (unsigned short)(flags_),     \
                                .fflags = (fflags_),                   \
                                .data = (data_),                       \
                                .udata = (udata_)})

int kqueue(void);
int kevent(int kq, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout);

#endif
