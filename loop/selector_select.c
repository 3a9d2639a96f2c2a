/* Readiness by select(2), on bit sets that grow: the kernel takes any number of descriptors, only
 * fd_set ends at 1024. select tells which descriptors to look at, a poll(2) of those what is up
 * with them, for select cannot tell an error from bytes. Invariants:
 * 1. A registered descriptor stands in asked[READ], asked[WRITE] or both, as its interest says; one
 *    that is watched for errors only stands in asked[READ], where errors show too.
 * 2. But one of those whose bytes nobody wants would never let select sleep: once seen, it stands
 *    in quiet instead, and is looked at whenever select returns, which then is every QUIET_NS.
 * 3. One that was found closed falls silent, as with epoll: it stands in no set. */
#include "loop/selector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

enum { READ, WRITE, SETS };
enum { WORD = 8 * sizeof(unsigned long), BATCH = 256 };

static const int64_t QUIET_NS = 50000000;

struct selector {
    unsigned char *interest; /* by descriptor */
    unsigned long *asked[SETS], *found[SETS], *quiet;
    int size; /* of all these, in descriptors: a multiple of WORD */
    int end;  /* the highest registered descriptor and one */
    int turn; /* where the next wait begins to look, so that each has its turn */
    int quiet_count;
    struct pollfd batch[BATCH];
};

static bool has(const unsigned long *set, int fd)
{
    return set[fd / WORD] >> fd % WORD & 1;
}

static void put(unsigned long *set, int fd, bool in)
{
    unsigned long bit = 1ul << fd % WORD;
    set[fd / WORD] = in ? set[fd / WORD] | bit : set[fd / WORD] & ~bit;
}

static int select_open(struct selector **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

static void select_close(struct selector *s)
{
    free(s->interest);
    free(s->asked[READ]);
    free(s);
}

static int make_room(struct selector *s, int fd)
{
    if (fd < s->size)
        return 0;
    if (fd > INT_MAX / 4)
        return -ENOMEM;
    int size = (2 * fd / WORD + 1) * WORD;
    size_t words = (size_t)size / WORD, used = (size_t)s->size / WORD;
    unsigned char *interest = realloc(s->interest, (size_t)size);
    if (!interest)
        return -ENOMEM;
    s->interest = interest;
    unsigned long *sets = calloc(5 * words, sizeof *sets);
    if (!sets)
        return -ENOMEM;

    unsigned long *former = s->asked[READ], **all[] = {&s->asked[READ], &s->asked[WRITE], &s->quiet,
                                                       &s->found[READ], &s->found[WRITE]};
    for (size_t i = 0; i < 5; i++) {
        if (used)
            memcpy(sets + i * words, *all[i], used * sizeof *sets);
        *all[i] = sets + i * words;
    }
    free(former);
    memset(interest + s->size, 0, (size_t)(size - s->size));
    s->size = size;
    return 0;
}

static void silence(struct selector *s, int fd, bool quiet)
{
    s->quiet_count += quiet - has(s->quiet, fd);
    put(s->quiet, fd, quiet);
    put(s->asked[READ], fd, false);
    put(s->asked[WRITE], fd, false);
}

static int select_set(struct selector *s, int fd, unsigned old, unsigned interest)
{
    (void)old;
    if (interest && fcntl(fd, F_GETFD) < 0)
        return -errno;
    int error = make_room(s, fd);
    if (error)
        return error;
    silence(s, fd, false);
    put(s->asked[READ], fd, interest & EVENT_READ || interest == EVENT_ERROR);
    put(s->asked[WRITE], fd, interest & EVENT_WRITE);
    s->interest[fd] = (unsigned char)interest;
    if (fd >= s->end)
        s->end = fd + 1;
    while (s->end > 0 && !s->interest[s->end - 1])
        s->end--;
    return 0;
}

static void drop_closed(struct selector *s)
{
    for (int fd = 0; fd < s->end; fd++)
        if (s->interest[fd] && fcntl(fd, F_GETFD) < 0)
            silence(s, fd, false);
}

/* Collects the descriptors to look at, from where the last batch ended. */
static int collect(struct selector *s, int max)
{
    int words = (s->end + WORD - 1) / WORD, n = 0;
    int start = s->turn < s->end ? s->turn : 0;
    /* The first word comes twice: from start on, and at the end what lies before start. */
    for (int i = 0; i <= words; i++) {
        int w = (start / WORD + i) % words;
        unsigned long bits = s->found[READ][w] | s->found[WRITE][w] | s->quiet[w];
        unsigned long ahead = ~0ul << start % WORD;
        bits &= i == 0 ? ahead : i == words ? ~ahead : ~0ul;
        for (; bits; bits &= bits - 1) {
            int fd = w * WORD + __builtin_ctzl(bits);
            if (n == max) {
                s->turn = fd;
                return n;
            }
            s->batch[n++] =
                (struct pollfd){.fd = fd, .events = selector_poll_mask(s->interest[fd])};
        }
    }
    return n;
}

static int select_wait(struct selector *s, struct event *out, int max, int64_t timeout)
{
    if (s->quiet_count && (timeout < 0 || timeout > QUIET_NS))
        timeout = QUIET_NS;
    int ms = selector_timeout_ms(timeout);
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    size_t bytes = (size_t)(s->end + WORD - 1) / WORD * sizeof(unsigned long);
    for (int i = 0; i < SETS && bytes; i++)
        memcpy(s->found[i], s->asked[i], bytes);

    int n = select(s->end, (fd_set *)s->found[READ], (fd_set *)s->found[WRITE], NULL,
                   ms < 0 ? NULL : &tv);
    if (n < 0 && errno == EBADF)
        drop_closed(s);
    else if (n < 0 && errno != EINTR)
        return -errno;
    if (n < 0 || n + s->quiet_count == 0)
        return 0;

    int looked = collect(s, max < BATCH ? max : BATCH);
    if (poll(s->batch, (nfds_t)looked, 0) < 0)
        return errno == EINTR ? 0 : -errno;
    n = 0;
    for (int i = 0; i < looked; i++) {
        int fd = s->batch[i].fd;
        unsigned events = selector_poll_events((unsigned)s->batch[i].revents, s->interest[fd]);
        if (events)
            out[n++] = (struct event){.fd = fd, .events = events};
        else if (s->batch[i].revents & POLLNVAL)
            silence(s, fd, false);
        else if (s->interest[fd] == EVENT_ERROR)
            silence(s, fd, true);
    }
    return n;
}

const struct selector_ops selector_select = {
    .name = "select",
    .open = select_open,
    .close = select_close,
    .set = select_set,
    .wait = select_wait,
};
