/* kqueue(2) on epoll(7). A queue is a set of what is registered for reading; in it stands a second
 * set, of what is registered for writing. So each filter of a descriptor has a registration of its
 * own, which the kernel drops when the descriptor is closed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUEUES_MAX = 65536, BATCH = 64 };

/* Of each queue its second set. close(2) takes the queue alone: the second set is closed when the
 * number comes back. */
static int write_sets[QUEUES_MAX];

int kqueue(void)
{
    int kq = epoll_create1(0);
    if (kq < 0)
        return -1;
    int writes = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = writes};
    if (kq >= QUEUES_MAX || writes >= QUEUES_MAX || epoll_ctl(kq, EPOLL_CTL_ADD, writes, &e) < 0) {
        close(writes);
        close(kq);
        errno = ENOMEM;
        return -1;
    }
    if (write_sets[kq])
        close(write_sets[kq]);
    write_sets[kq] = writes;
    return kq;
}

static bool is_pipe_without_reader(int fd)
{
    struct stat st;
    struct pollfd p = {.fd = fd};
    return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && poll(&p, 1, 0) == 1 &&
           p.revents & POLLERR;
}

/* Returns an errno. */
static int apply(int kq, const struct kevent *change)
{
    int fd = (int)change->ident;
    if (change->filter != EVFILT_READ && change->filter != EVFILT_WRITE)
        return EINVAL;
    bool reads = change->filter == EVFILT_READ;
    int set = reads ? kq : write_sets[kq];
    if (change->flags & EV_DELETE)
        return epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) < 0 ? errno : 0;
    if (!reads && is_pipe_without_reader(fd))
        return EPIPE;
    struct epoll_event e = {
        .events = (reads ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) |
                  (change->flags & EV_CLEAR ? (unsigned)EPOLLET : 0),
        .data.fd = fd,
    };
    /* Added again, it stays as it is: EV_CLEAR holds from the first time on. */
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) == 0 || errno == EEXIST)
        return 0;
    if (errno != EPERM)
        return errno;
    /* A file is taken to be at its end, where it is not ready; a device as /dev/null is refused. */
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? 0 : ENODEV;
}

static int collect(int set, int filter, struct kevent *events, int max)
{
    struct epoll_event batch[BATCH];
    int found = epoll_wait(set, batch, max < BATCH ? max : BATCH, 0), n = 0;
    for (int i = 0; i < found; i++) {
        int fd = batch[i].data.fd;
        if (fd == write_sets[set]) {
            n += collect(fd, EVFILT_WRITE, events + n, max - (found - 1));
            continue;
        }
        bool end = batch[i].events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP);
        EV_SET(&events[n++], fd, (short)filter, end ? EV_EOF : 0, 0, 0, 0);
    }
    return n;
}

int kevent(int kq, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout)
{
    int n = 0;
    for (int i = 0; i < change_count; i++) {
        int error = apply(kq, &changes[i]);
        if (!error && !(changes[i].flags & EV_RECEIPT))
            continue;
        if (n == event_count) {
            errno = error;
            return error ? -1 : n;
        }
        events[n] = changes[i];
        events[n].flags = EV_ERROR;
        events[n++].data = error;
    }
    if (n || !event_count)
        return n;
    struct pollfd p = {.fd = kq, .events = POLLIN};
    int found = ppoll(&p, 1, timeout, NULL);
    return found > 0 ? collect(kq, EVFILT_READ, events, event_count) : found;
}
