/* A wall clock that is set while the program runs, to be loaded before the C library's own
 * (LD_PRELOAD): an hour back after 0.2 s, a day ahead after 0.4 s, and so on in turns. */
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000L
#define TURN (NS / 5)

static long offset(void)
{
    static long start;
    struct timespec t;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    long now = t.tv_sec * NS + t.tv_nsec;
    if (start == 0)
        start = now;
    long turn = (now - start) / TURN;
    return turn == 0 ? 0 : turn % 2 ? -3600 : 86400;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    long result = syscall(SYS_clock_gettime, id, t);
    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        t->tv_sec += offset();
    return (int)result;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return result;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}
