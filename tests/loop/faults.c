/* What fails here is what can: removing from an epoll set and closing never do, and asking for an
 * open descriptor's flags neither. */
#include "tests/loop/faults.h"

#include <dirent.h>
#include <errno.h>
#ifdef HAVE_IO_URING
#include <liburing.h>
#endif
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { ERRORS = 256 };

static struct faults plan;
static atomic_bool armed;
static atomic_uint calls, failures;
static atomic_bool errors[ERRORS]; /* by errno */
static _Atomic(const char *) last;
static atomic_long allocations, mappings;
static _Atomic(void *) last_mapping;
static _Thread_local bool spared; /* this thread's calls do not count */

void faults_begin(struct faults f)
{
    plan = f;
    atomic_store(&calls, 0);
    atomic_store(&failures, 0);
    atomic_store(&last, "nothing");
    for (int i = 0; i < ERRORS; i++)
        atomic_store(&errors[i], false);
    atomic_store(&armed, true);
}

void faults_end(void)
{
    atomic_store(&armed, false);
}

unsigned faults_count(void)
{
    return atomic_load(&failures);
}

const char *faults_last(void)
{
    return atomic_load(&last);
}

bool faults_go_on(void)
{
    return plan.lasting && faults_count() > 0;
}

bool faults_had(int error)
{
    return error < 0 && error > -ERRORS && atomic_load(&errors[-error]);
}

struct holdings holdings_now(void)
{
    struct holdings h = {atomic_load(&allocations), atomic_load(&mappings), 0};
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        h.descriptors++;
    if (d)
        closedir(d);
    return h;
}

const char *faults_last_mapping(void)
{
    return atomic_load(&last_mapping);
}

/* Whether the call is to fail: with errno set then. */
static bool fails(const char *function, int error)
{
    if (!atomic_load(&armed) || spared || (plan.only && strcmp(plan.only, function) != 0))
        return false;
    unsigned n = atomic_fetch_add(&calls, 1) + 1;
    if (n < plan.nth || (n > plan.nth && !plan.lasting))
        return false;
    atomic_fetch_add(&failures, 1);
    atomic_store(&errors[error], true);
    atomic_store(&last, function);
    errno = error;
    return true;
}

/* --- memory --- */

/* Declares the function that the linker puts before another, and the other. */
#define WRAPS(type, name, ...)       \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

static void *counted(void *p)
{
    if (p)
        atomic_fetch_add(&allocations, 1);
    return p;
}

WRAPS(void *, malloc, size_t size)
{
    return fails("malloc", ENOMEM) ? NULL : counted(__real_malloc(size));
}

WRAPS(void *, calloc, size_t n, size_t size)
{
    return fails("calloc", ENOMEM) ? NULL : counted(__real_calloc(n, size));
}

WRAPS(void *, realloc, void *p, size_t size)
{
    if (fails("realloc", ENOMEM))
        return NULL;
    return p ? __real_realloc(p, size) : counted(__real_realloc(NULL, size));
}

WRAPS(void, free, void *p)
{
    if (p)
        atomic_fetch_sub(&allocations, 1);
    __real_free(p);
}

WRAPS(void *, mmap, void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fails("mmap", ENOMEM))
        return MAP_FAILED;
    void *p = __real_mmap(at, size, protection, flags, fd, offset);
    if (p != MAP_FAILED) {
        atomic_fetch_add(&mappings, 1);
        atomic_store(&last_mapping, p);
    }
    return p;
}

WRAPS(int, munmap, void *p, size_t size)
{
    if (plan.only && fails("munmap", ENOMEM)) /* what was just mapped can be unmapped */
        return -1;
    atomic_fetch_sub(&mappings, 1);
    return __real_munmap(p, size);
}

WRAPS(int, madvise, void *p, size_t size, int advice)
{
    return fails("madvise", EINVAL) ? -1 : __real_madvise(p, size, advice);
}

WRAPS(int, mprotect, void *p, size_t size, int protection)
{
    return fails("mprotect", ENOMEM) ? -1 : __real_mprotect(p, size, protection);
}

/* --- descriptors and threads --- */

WRAPS(int, epoll_create1, int flags)
{
    return fails("epoll_create1", EMFILE) ? -1 : __real_epoll_create1(flags);
}

WRAPS(int, epoll_ctl, int epfd, int op, int fd, struct epoll_event *e)
{
    if (op == EPOLL_CTL_ADD && fails("epoll_ctl", ENOMEM))
        return -1;
    return __real_epoll_ctl(epfd, op, fd, e);
}

WRAPS(int, eventfd, unsigned value, int flags)
{
    return fails("eventfd", EMFILE) ? -1 : __real_eventfd(value, flags);
}

WRAPS(int, socket, int domain, int type, int protocol)
{
    return fails("socket", EMFILE) ? -1 : __real_socket(domain, type, protocol);
}

WRAPS(int, bind, int fd, const struct sockaddr *address, socklen_t size)
{
    return fails("bind", EADDRINUSE) ? -1 : __real_bind(fd, address, size);
}

WRAPS(int, listen, int fd, int backlog)
{
    return fails("listen", EADDRINUSE) ? -1 : __real_listen(fd, backlog);
}

WRAPS(int, accept4, int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    return fails("accept4", EMFILE) ? -1 : __real_accept4(fd, address, size, flags);
}

WRAPS(int, connect, int fd, const struct sockaddr *address, socklen_t size)
{
    return fails("connect", EADDRNOTAVAIL) ? -1 : __real_connect(fd, address, size);
}

WRAPS(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes,
      void *(*run)(void *arg), void *arg)
{
    return fails("pthread_create", EAGAIN) ? EAGAIN
                                           : __real_pthread_create(thread, attributes, run, arg);
}

WRAPS(int, pipe2, int fds[2], int flags)
{
    return fails("pipe2", EMFILE) ? -1 : __real_pipe2(fds, flags);
}

WRAPS(int, posix_spawn, pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
      const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
    return fails("posix_spawn", EAGAIN)
               ? EAGAIN
               : __real_posix_spawn(pid, path, files, attributes, argv, environment);
}

WRAPS(int, posix_spawn_file_actions_init, posix_spawn_file_actions_t *files)
{
    return fails("posix_spawn_file_actions_init", ENOMEM)
               ? ENOMEM
               : __real_posix_spawn_file_actions_init(files);
}

WRAPS(int, posix_spawn_file_actions_adddup2, posix_spawn_file_actions_t *files, int from, int to)
{
    return fails("posix_spawn_file_actions_adddup2", ENOMEM)
               ? ENOMEM
               : __real_posix_spawn_file_actions_adddup2(files, from, to);
}

/* --- waiting --- */

/* Among all others, a signal came: once, for with one after the other nobody would ever wait. */
static bool cannot_wait(void)
{
    return plan.only ? fails("wait", ENOMEM) : !plan.lasting && fails("wait", EINTR);
}

WRAPS(int, epoll_wait, int epfd, struct epoll_event *events, int max, int timeout)
{
    return cannot_wait() ? -1 : __real_epoll_wait(epfd, events, max, timeout);
}

WRAPS(int, poll, struct pollfd *fds, nfds_t n, int timeout)
{
    return cannot_wait() ? -1 : __real_poll(fds, n, timeout);
}

WRAPS(int, select, int n, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout)
{
    return cannot_wait() ? -1 : __real_select(n, readers, writers, others, timeout);
}

/* --- kqueue, and what it is made of where it is the tests' own --- */

WRAPS(int, kqueue, void)
{
    if (fails("kqueue", EMFILE))
        return -1;
    spared = true;
    int kq = __real_kqueue();
    spared = false;
    return kq;
}

static bool adds(const struct kevent *changes, int n)
{
    for (int i = 0; i < n; i++)
        if (changes[i].flags & EV_ADD)
            return true;
    return false;
}

WRAPS(int, kevent, int kq, const struct kevent *changes, int change_count, struct kevent *events,
      int event_count, const struct timespec *timeout)
{
    if (change_count ? adds(changes, change_count) && fails("kevent", ENOMEM) : cannot_wait())
        return -1;
    spared = true;
    int n = __real_kevent(kq, changes, change_count, events, event_count, timeout);
    spared = false;
    return n;
}

/* --- io_uring, whose library returns negative errno --- */

#ifdef HAVE_IO_URING

WRAPS(int, io_uring_queue_init_params, unsigned entries, struct io_uring *ring,
      struct io_uring_params *p)
{
    return fails("io_uring_queue_init_params", ENOMEM)
               ? -ENOMEM
               : __real_io_uring_queue_init_params(entries, ring, p);
}

/* Waits for nothing; the kernel may have no memory for what is submitted, for a moment. */
WRAPS(int, io_uring_submit, struct io_uring *ring)
{
    if (plan.only ? cannot_wait() : !plan.lasting && fails("io_uring_submit", EAGAIN))
        return -errno;
    return __real_io_uring_submit(ring);
}

WRAPS(int, io_uring_submit_and_wait, struct io_uring *ring, unsigned n)
{
    return cannot_wait() ? -errno : __real_io_uring_submit_and_wait(ring, n);
}

WRAPS(int, io_uring_submit_and_wait_timeout, struct io_uring *ring, struct io_uring_cqe **first,
      unsigned n, struct __kernel_timespec *timeout, sigset_t *signals)
{
    return cannot_wait()
               ? -errno
               : __real_io_uring_submit_and_wait_timeout(ring, first, n, timeout, signals);
}

#endif
