/* The parent's side of a pool of processes. Invariants:
 * 1. A call holds a turn while it has a worker or starts one; turns are limited to the number of
 *    processes, and only a call that has one takes from the idle workers. So there are never more
 *    workers than turns. Callers wait only while all turns are held, and a turn is handed over to
 *    the first of them: nobody comes in between.
 * 2. A worker is idle, or has one call, or was killed. An idle one is silent.
 * 3. A process is killed before it is waited for, and forgotten once it was: its id is ours until
 *    then. */
#include "loop/process_pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_FIRST (64 * 1024) /* what a pipe holds */

struct process_pool {
    struct loop *loop;
    char *const *argv;
    unsigned limit, turns;
    int64_t time;        /* of a call */
    struct list waiting; /* callers, for a turn */
    struct list idle, killed;
};

struct worker {
    struct process_pool *pool;
    struct list node; /* idle or killed */
    pid_t pid;
    struct watcher in, out; /* its standard input and output, our ends */
    struct call *call;
};

/* On its caller's stack. */
struct call {
    struct future ended;
    const char *request;
    uint64_t size, length; /* the messages' headers */
    size_t sent, received; /* of the messages, headers included */
    char *answer;
    size_t room, most;
};

/* --- processes --- */

static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int in,
                   int out)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETPGROUP);
    return error;
}

/* Returns 0 or a negative errno. */
static int spawn(pid_t *pid, char *const argv[], int in, int out)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files))
        return -ENOMEM;
    posix_spawnattr_init(&attributes);
    int error = prepare(&files, &attributes, in, out);
    if (!error)
        error = posix_spawn(pid, argv[0], &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return -error;
}

static void close_pipe(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

/* Starts a process between two pipes; theirs are the ends that block. */
static int start_process(struct worker *w)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        return -errno;
    int error = pipe2(out, O_CLOEXEC) < 0 ? -errno : 0;
    if (error) {
        close_pipe(in);
        return error;
    }
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    error = spawn(&w->pid, w->pool->argv, in[0], out[1]);
    if (error) {
        close_pipe(in);
        close_pipe(out);
        return error;
    }
    close(in[0]);
    close(out[1]);
    w->in.fd = in[1];
    w->out.fd = out[0];
    return 0;
}

static void reap(struct process_pool *p, int flags)
{
    for (struct list *next, *n = p->killed.next; n != &p->killed; n = next) {
        struct worker *w = container_of(n, struct worker, node);
        next = n->next;
        pid_t pid;
        while ((pid = waitpid(w->pid, NULL, flags)) < 0 && errno == EINTR)
            ;
        if (pid == 0)
            continue;
        list_remove(&w->node);
        free(w);
    }
}

/* Ends a worker and what it may have started in its process group, which it may have left. */
static void kill_worker(struct worker *w)
{
    loop_disown(w->pool->loop, w->in.fd);
    loop_disown(w->pool->loop, w->out.fd);
    close(w->in.fd);
    close(w->out.fd);
    kill(-w->pid, SIGKILL);
    kill(w->pid, SIGKILL);
    list_add(&w->pool->killed, &w->node);
}

/* --- calls --- */

static void end_call(struct worker *w, int result)
{
    loop_watch(w->pool->loop, &w->in, 0);
    loop_watch(w->pool->loop, &w->out, 0);
    future_set(&w->call->ended, result);
}

static bool is_sent(const struct call *c)
{
    return c->sent == sizeof c->size + c->size;
}

static bool is_received(const struct call *c)
{
    return c->received >= sizeof c->length && c->received - sizeof c->length == c->length;
}

/* What follows a transfer: n bytes, or errno, counted in *moved. Returns whether the call goes on.
 */
static bool goes_on(struct worker *w, ssize_t n, size_t *moved)
{
    if (n > 0)
        *moved += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        end_call(w, n == 0 ? -EPIPE : -errno);
    return !w->call->ended.done;
}

static void send_more(struct handle *h)
{
    struct worker *w = container_of(h, struct worker, in.handle);
    struct loop *l = w->pool->loop;
    struct call *c = w->call;
    size_t header = c->sent < sizeof c->size ? c->sent : sizeof c->size, body = c->sent - header;
    struct iovec parts[2] = {
        {(char *)&c->size + header, sizeof c->size - header},
        {(char *)(uintptr_t)c->request + body, c->size - body},
    };
    if (!goes_on(w, writev(w->in.fd, parts, 2), &c->sent))
        return;
    int error = loop_watch(l, &w->in, is_sent(c) ? 0 : EVENT_WRITE);
    if (error || (is_sent(c) && is_received(c)))
        end_call(w, error);
}

/* Makes room for more of the answer: as much again as has come, so that a length that is a lie
 * costs nothing. */
static int make_room(struct call *c)
{
    size_t come = c->received - sizeof c->length;
    if (come < c->room)
        return 0;
    size_t room = come ? 2 * come : ANSWER_FIRST;
    if (room > c->length)
        room = c->length;
    char *answer = realloc(c->answer, room);
    if (!answer)
        return -ENOMEM;
    c->answer = answer;
    c->room = room;
    return 0;
}

static bool receive_header(struct worker *w)
{
    struct call *c = w->call;
    char *at = (char *)&c->length + c->received;
    if (!goes_on(w, read(w->out.fd, at, sizeof c->length - c->received), &c->received))
        return false;
    if (c->received < sizeof c->length)
        return false;
    if (c->length > c->most)
        end_call(w, -EMSGSIZE);
    return !c->ended.done;
}

static bool receive_body(struct worker *w)
{
    struct call *c = w->call;
    size_t come = c->received - sizeof c->length;
    int error = make_room(c);
    if (error) {
        end_call(w, error);
        return false;
    }
    return goes_on(w, read(w->out.fd, c->answer + come, c->room - come), &c->received);
}

static void receive_more(struct handle *h)
{
    struct worker *w = container_of(h, struct worker, out.handle);
    struct call *c = w->call;
    if (c->received < sizeof c->length && !receive_header(w))
        return;
    if (!is_received(c) && !receive_body(w))
        return;
    if (!is_received(c))
        return;
    loop_watch(w->pool->loop, &w->out, 0);
    if (is_sent(c))
        end_call(w, 0);
}

/* Sends what the pipe takes at once, and leaves the rest to the watchers. */
static int exchange(struct worker *w, struct call *c)
{
    struct loop *l = w->pool->loop;
    struct timeout limit;
    w->call = c;
    future_init(&c->ended, l);
    int error = loop_watch(l, &w->out, EVENT_READ);
    if (error)
        end_call(w, error);
    else
        send_more(&w->in.handle);
    timeout_begin(&limit, w->pool->time);
    error = await(&c->ended);
    if (timeout_end(&limit) && !task_interrupted(task_current()))
        error = c->ended.done ? c->ended.result : -ETIME;
    if (!c->ended.done)
        end_call(w, error);
    w->call = NULL;
    return error;
}

/* --- workers --- */

static int start_worker(struct process_pool *p, struct worker **out)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->pool = p;
    list_init(&w->node);
    int error = start_process(w);
    if (error) {
        free(w);
        return error;
    }
    watcher_init(&w->in, w->in.fd, send_more);
    watcher_init(&w->out, w->out.fd, receive_more);
    error = loop_own(p->loop, w->in.fd);
    if (!error)
        error = loop_own(p->loop, w->out.fd);
    if (error)
        kill_worker(w);
    *out = w;
    return error;
}

/* Whether it lives and has nothing to say unasked. */
static bool is_silent(const struct worker *w)
{
    char byte;
    return read(w->out.fd, &byte, 1) < 0 && errno == EAGAIN;
}

/* The one that was idle for the shortest time, or a new one. */
static int take_worker(struct process_pool *p, struct worker **out)
{
    while (!list_empty(&p->idle)) {
        *out = container_of(list_pop(&p->idle), struct worker, node);
        if (is_silent(*out))
            return 0;
        kill_worker(*out);
    }
    return start_worker(p, out);
}

static int call_worker(struct process_pool *p, struct call *c)
{
    struct worker *w;
    int error = take_worker(p, &w);
    if (error)
        return error;
    error = exchange(w, c);
    if (c->ended.result == 0)
        list_add(p->idle.next, &w->node);
    else
        kill_worker(w);
    return error;
}

/* --- turns --- */

struct turn {
    struct list node;
    struct future come;
};

static void pass_turn(struct process_pool *p)
{
    if (list_empty(&p->waiting))
        p->turns--;
    else
        future_set(&container_of(list_pop(&p->waiting), struct turn, node)->come, 0);
}

static int take_turn(struct process_pool *p)
{
    if (p->turns < p->limit) {
        p->turns++;
        return 0;
    }
    struct turn t;
    future_init(&t.come, p->loop);
    list_add(&p->waiting, &t.node);
    int error = await(&t.come);
    list_remove(&t.node);
    if (error && t.come.done)
        pass_turn(p);
    return error;
}

/* --- the pool --- */

int process_pool_open(struct process_pool **out, struct loop *l, char *const argv[],
                      unsigned processes, int64_t limit)
{
    struct process_pool *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    p->loop = l;
    p->argv = argv;
    p->limit = processes ? processes : processors > 1 ? (unsigned)processors : 1;
    p->time = limit;
    list_init(&p->waiting);
    list_init(&p->idle);
    list_init(&p->killed);
    *out = p;
    return 0;
}

void process_pool_close(struct process_pool *p)
{
    assert(!p->turns);
    while (!list_empty(&p->idle))
        kill_worker(container_of(list_pop(&p->idle), struct worker, node));
    reap(p, 0);
    free(p);
}

int process_pool_call(struct process_pool *p, const void *request, size_t size, char **answer,
                      size_t *length, size_t most)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    int error = task_interrupted(t);
    if (!error)
        error = take_turn(p);
    if (error)
        return error;
    struct call c = {.request = request, .size = size, .most = most};
    error = call_worker(p, &c);
    pass_turn(p);
    reap(p, WNOHANG);
    if (error) {
        free(c.answer);
        return error;
    }
    *answer = c.answer;
    *length = c.length;
    return 0;
}
