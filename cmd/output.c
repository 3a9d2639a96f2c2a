/* The loop appends records to filling; at the end of its turn they move to pending, from where the
 * thread takes all there are at once. So each write holds what came while the former was under way,
 * or in the millisecond after: waking the thread at each turn costs more than the record.
 *
 * Invariants: filling is the loop's alone, writing and written the thread's; everything from the
 * lock on is guarded by it. The ends of a batch rise, and the last one is its text's length. */
#include "cmd/output.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HIGH_WATER (1024 * 1024)
#define LOW_WATER (HIGH_WATER / 4)
#define NAP (1000 * 1000) /* ns */

struct batch {
    struct text text;
    size_t *ends; /* of the records, in the text */
    size_t count, capacity;
};

struct output {
    struct loop *loop;
    int fd;
    char *path, *part;
    void (*lost)(void *arg);
    void *lost_arg;
    bool told; /* lost was called */
    bool finished;
    bool wipes;             /* the live line stands on its terminal */
    struct watcher watcher; /* for a reader that leaves while nothing is written */
    struct handle turn;     /* the end of this turn */
    struct handle news;     /* from the thread: see tell */
    struct future room;     /* not done: somebody waits for the thread */
    struct batch filling, writing;
    uint64_t written; /* bytes; the thread's */
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t work;
    struct batch pending;
    size_t unwritten; /* bytes in pending and writing */
    bool idle;        /* the thread waits for pending */
    int error;
    uint64_t lost_records;
    size_t wanted;  /* tell the loop when no more than this is unwritten */
    bool tell;      /* the loop is to be told */
    bool told_loop; /* news is on its way */
    bool closing;
};

static void batch_add_end(struct batch *b, size_t end)
{
    if (b->count == b->capacity) {
        b->capacity = 2 * b->capacity + 64;
        b->ends = memory_resize(b->ends, b->capacity * sizeof *b->ends);
    }
    b->ends[b->count++] = end;
}

/* Moves all of a batch to the end of another. */
static void batch_move(struct batch *to, struct batch *from)
{
    size_t before = to->text.length;

    text_add(&to->text, from->text.data, from->text.length);
    for (size_t i = 0; i < from->count; i++)
        batch_add_end(to, before + from->ends[i]);
    from->count = from->text.length = 0;
}

static void batch_swap(struct batch *a, struct batch *b)
{
    struct batch former = *a;
    *a = *b;
    *b = former;
}

static void batch_deinit(struct batch *b)
{
    text_deinit(&b->text);
    free(b->ends);
}

/* Where the write ends that begins at done, with record i: after whole records, as many as go into
 * a pipe atomically. A file that is being written when the program is killed may be cut at any page
 * of a write: there, too, short ones end with a record. */
static size_t piece(const struct batch *b, size_t done, size_t *i)
{
    while (*i + 1 < b->count && b->ends[*i + 1] - done <= PIPE_BUF)
        ++*i;
    return b->ends[(*i)++];
}

/* In the thread: as write(2). On the live line's terminal records begin by wiping it, in the same
 * call, so that it is not drawn again in between. */
static ssize_t put(const struct output *o, const char *data, size_t length, bool begins)
{
    struct iovec parts[] = {{(char *)LIVE_WIPE, sizeof LIVE_WIPE - 1}, {(char *)data, length}};
    ssize_t wiped = (ssize_t)parts[0].iov_len;

    if (!begins || !o->wipes)
        return write(o->fd, data, length);
    ssize_t n = writev(o->fd, parts, 2);
    return n < 0 ? n : n > wiped ? n - wiped : 0;
}

/* In the thread. Returns 0 or a negative errno, with what was written in *done. */
static int write_batch(const struct output *o, const struct batch *b, size_t *done)
{
    size_t i = 0;

    *done = 0;
    while (i < b->count) {
        size_t start = *done, stop = piece(b, start, &i);
        while (*done < stop) {
            ssize_t n = put(o, b->text.data + *done, stop - *done, *done == start);
            if (n >= 0)
                *done += (size_t)n;
            else if (errno == EAGAIN) /* who started us made it so */
                poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
            else if (errno != EINTR)
                return -errno;
        }
    }
    return 0;
}

/* How many records of a batch are whole in its first bytes. */
static size_t whole_records(const struct batch *b, size_t bytes)
{
    size_t count = 0;

    while (count < b->count && b->ends[count] <= bytes)
        count++;
    return count;
}

/* With the lock held: wakes the loop if it waits for what has come to be. */
static void tell(struct output *o)
{
    if (o->told_loop || !(o->error || (o->tell && o->unwritten <= o->wanted)))
        return;
    o->told_loop = true;
    loop_call_soon_threadsafe(o->loop, &o->news);
}

/* A file that cannot take more ends with the last record that it holds whole. */
static void cut_to_records(const struct output *o, size_t done)
{
    size_t count = whole_records(&o->writing, done);
    size_t whole = count ? o->writing.ends[count - 1] : 0;

    if (o->part && ftruncate(o->fd, (off_t)(o->written + whole)) != 0)
        return; /* it stays as it is: what is wrong has been noticed already */
}

/* With the lock held: waits for more to come, but not long. */
static void nap(struct output *o)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += NAP;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!o->closing && o->unwritten < LOW_WATER &&
           pthread_cond_timedwait(&o->work, &o->lock, &until) == 0)
        ;
}

static void *writer(void *arg)
{
    struct output *o = arg;

    pthread_mutex_lock(&o->lock);
    for (;;) {
        o->idle = true;
        while (o->pending.count == 0 && !o->closing)
            pthread_cond_wait(&o->work, &o->lock);
        o->idle = false;
        if (o->pending.count == 0)
            break;
        size_t done = 0;
        int error = o->error;
        batch_swap(&o->pending, &o->writing);
        pthread_mutex_unlock(&o->lock);
        if (!error) {
            error = write_batch(o, &o->writing, &done);
            if (error)
                cut_to_records(o, done);
            o->written += done;
        }
        pthread_mutex_lock(&o->lock);
        if (error) {
            o->error = error;
            o->lost_records += o->writing.count - whole_records(&o->writing, done);
        }
        o->unwritten -= o->writing.text.length;
        o->writing.count = o->writing.text.length = 0;
        tell(o);
        nap(o);
    }
    pthread_mutex_unlock(&o->lock);
    return NULL;
}

/* At the end of a turn: hands over what it produced. */
static void turn_over(struct handle *h)
{
    struct output *o = container_of(h, struct output, turn);

    pthread_mutex_lock(&o->lock);
    o->unwritten += o->filling.text.length;
    if (o->pending.count == 0)
        batch_swap(&o->pending, &o->filling);
    else
        batch_move(&o->pending, &o->filling);
    if (o->idle || o->unwritten >= LOW_WATER)
        pthread_cond_signal(&o->work);
    pthread_mutex_unlock(&o->lock);
}

static void report_loss(struct output *o, int error)
{
    pthread_mutex_lock(&o->lock);
    if (!o->error)
        o->error = error;
    pthread_mutex_unlock(&o->lock);
    if (o->told)
        return;
    o->told = true;
    if (o->lost)
        o->lost(o->lost_arg);
}

/* The thread has written enough, or cannot write. */
static void hear_news(struct handle *h)
{
    struct output *o = container_of(h, struct output, news);

    pthread_mutex_lock(&o->lock);
    int error = o->error;
    o->told_loop = o->tell = false;
    pthread_mutex_unlock(&o->lock);
    if (error)
        report_loss(o, error);
    future_set(&o->room, 0);
}

static void reader_left(struct handle *h)
{
    struct watcher *w = container_of(h, struct watcher, handle);
    struct output *o = container_of(w, struct output, watcher);

    loop_watch(o->loop, w, 0);
    report_loss(o, -EPIPE);
}

/* A future that is done when at most that much is unwritten; NULL if that is so. */
static struct future *await_unwritten(struct output *o, size_t wanted)
{
    struct future *room = NULL;

    pthread_mutex_lock(&o->lock);
    if (o->unwritten > wanted && !o->error) {
        if (o->room.done)
            future_init(&o->room, o->loop);
        o->wanted = o->tell && o->wanted < wanted ? o->wanted : wanted;
        o->tell = true;
        room = &o->room;
    }
    pthread_mutex_unlock(&o->lock);
    return room;
}

void output_wipe_live(struct output *o)
{
    struct stat out, err;

    o->wipes = fstat(o->fd, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 && S_ISCHR(out.st_mode) &&
               out.st_rdev == err.st_rdev;
}

struct text *output_begin(struct output *o)
{
    return &o->filling.text;
}

void output_end(struct output *o)
{
    batch_add_end(&o->filling, o->filling.text.length);
    if (!handle_pending(&o->turn))
        loop_call_soon(o->loop, &o->turn);
}

struct future *output_pressure(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    size_t unwritten = o->unwritten;
    pthread_mutex_unlock(&o->lock);
    return unwritten > HIGH_WATER ? await_unwritten(o, LOW_WATER) : NULL;
}

ASYNC void output_wait(struct output *o)
{
    struct future *room;

    if (o->filling.text.length > LOW_WATER && handle_pending(&o->turn)) {
        handle_cancel(&o->turn);
        turn_over(&o->turn);
    }
    while ((room = output_pressure(o)) && await(room) == 0)
        ;
}

ASYNC int output_flush(struct output *o)
{
    struct future *room;
    int r = 0;

    if (handle_pending(&o->turn)) {
        handle_cancel(&o->turn);
        turn_over(&o->turn);
    }
    while (r == 0 && (room = await_unwritten(o, 0)))
        r = await(room);
    return r;
}

const char *output_part(const struct output *o)
{
    return o->part;
}

/* A file that is new or regular is written beside its place, or beside what a link to it names. */
static int open_file(struct output *o, const char *path)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;

    if (!*path)
        return -ENOENT;
    if (exists && !S_ISREG(st.st_mode)) {
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        return o->fd < 0 ? -errno : 0;
    }
    char *real = exists ? realpath(path, NULL) : NULL;
    o->path = real ? real : memory_copy(path, strlen(path));
    o->part = memory_resize(NULL, strlen(o->path) + sizeof ".part");
    stpcpy(stpcpy(o->part, o->path), ".part");
    o->fd = open(o->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (o->fd >= 0 && exists)
        fchmod(o->fd, st.st_mode & 0777);
    return o->fd < 0 ? -errno : 0;
}

static void release(struct output *o)
{
    pthread_cond_destroy(&o->work);
    pthread_mutex_destroy(&o->lock);
    batch_deinit(&o->filling);
    batch_deinit(&o->pending);
    batch_deinit(&o->writing);
    free(o->part);
    free(o->path);
    free(o);
}

/* Signals are the loop's: the thread takes none. */
static int start_writer(struct output *o)
{
    sigset_t all, former;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    int r = -pthread_create(&o->thread, NULL, writer, o);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return r;
}

int output_open(struct output **out, struct loop *l, const char *path, void (*lost)(void *arg),
                void *arg)
{
    struct output *o = memory_new(sizeof *o);
    pthread_condattr_t monotonic;
    struct stat st;

    o->loop = l;
    o->fd = STDOUT_FILENO;
    o->lost = lost;
    o->lost_arg = arg;
    pthread_mutex_init(&o->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&o->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    handle_init(&o->turn, turn_over);
    handle_init(&o->news, hear_news);
    future_init(&o->room, l);
    future_set(&o->room, 0);
    int r = path ? open_file(o, path) : 0;
    if (r == 0)
        r = start_writer(o);
    if (r != 0) {
        release(o);
        return r;
    }
    watcher_init(&o->watcher, o->fd, reader_left);
    if (fstat(o->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
        loop_watch(l, &o->watcher, EVENT_ERROR);
    *out = o;
    return 0;
}

static void stop_writer(struct output *o)
{
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    pthread_cond_signal(&o->work);
    pthread_mutex_unlock(&o->lock);
    pthread_join(o->thread, NULL);
    handle_cancel(&o->turn);
    loop_cancel_threadsafe(o->loop, &o->news); /* nobody may have heard it, after an error */
    loop_watch(o->loop, &o->watcher, 0);
    o->lost_records += o->filling.count;
    if (o->fd != STDOUT_FILENO && close(o->fd) != 0 && !o->error)
        o->error = -errno;
    o->finished = true;
}

int output_finish(struct output *o)
{
    stop_writer(o);
    if (o->error || !o->part)
        return o->error;
    if (rename(o->part, o->path) != 0)
        return o->error = -errno;
    free(o->part);
    o->part = NULL;
    return 0;
}

uint64_t output_lost(const struct output *o)
{
    return o->lost_records;
}

void output_free(struct output *o)
{
    if (!o->finished) {
        stop_writer(o);
        if (o->part)
            unlink(o->part);
    }
    release(o);
}
