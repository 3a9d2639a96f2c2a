/* Processes and pipes, in one poll loop: pump. Both outputs are read whenever the caller waits for
 * anything, so that the program never stands still for a full pipe of standard error. */
#include "tests/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE 4096

struct collected {
    int fd; /* -1: at its end */
    char *data;
    size_t size, room;
    size_t taken; /* by program_read_line */
};

struct program {
    pid_t pid;
    int pidfd;
    int input; /* -1: closed */
    struct collected out, err;
    double started;
    char *line;
};

static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("run_program: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- starting --- */

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("no pipe: %m");
}

static const char *binary(void)
{
    const char *path = getenv("SKITTER");
    if (!path || !*path)
        die("the environment variable SKITTER does not name the program");
    return path;
}

static pid_t spawn(const char *const args[], const int fds[3])
{
    size_t n = 0;
    while (args[n])
        n++;
    char **argv = calloc(n + 2, sizeof *argv);
    if (!argv)
        die("no memory");
    static char name[] = "skitter";
    argv[0] = name;
    memcpy(argv + 1, args, n * sizeof *args); /* posix_spawn changes none of them */

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_adddup2(&actions, fds[i], i);
    /* We ignore SIGPIPE, and a job in the background SIGINT; the program starts as from a shell. */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    pid_t pid;
    extern char **environ;
    errno = posix_spawn(&pid, binary(), &actions, &attributes, argv, environ);
    if (errno)
        die("cannot start %s: %m", binary());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(argv);
    return pid;
}

struct program *program_start(const char *const args[])
{
    struct program *p = calloc(1, sizeof *p);
    if (!p)
        die("no memory");
    signal(SIGPIPE, SIG_IGN);
    int in[2], out[2], err[2];
    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    p->started = now();
    p->pid = spawn(args, (int[]){in[0], out[1], err[1]});
    p->pidfd = pidfd_open(p->pid, 0);
    if (p->pidfd < 0)
        die("no pidfd: %m");
    close(in[0]);
    close(out[1]);
    close(err[1]);
    p->input = in[1];
    p->out.fd = out[0];
    p->err.fd = err[0];
    fcntl(p->input, F_SETFL, O_NONBLOCK);
    return p;
}

/* --- talking --- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Reads a piece, which must be there. */
static void collect(struct collected *c)
{
    if (c->size + PIECE > c->room) {
        c->room = 2 * (c->size + PIECE);
        c->data = realloc(c->data, c->room);
        if (!c->data)
            die("no memory");
    }
    ssize_t n = read(c->fd, c->data + c->size, PIECE);
    if (n < 0 && errno != EINTR)
        die("cannot read: %m");
    if (n > 0)
        c->size += (size_t)n;
    if (n == 0)
        close_end(&c->fd);
}

enum { INPUT, OUTPUT, ERRORS, EXIT };

/* Waits until one of the ends that are asked for is ready, collecting what is to be read of them.
 * Returns which are, 0 after the deadline. */
static unsigned pump(struct program *p, unsigned which, double deadline)
{
    struct pollfd fds[] = {
        {which & 1u << INPUT ? p->input : -1, POLLOUT, 0},
        {which & 1u << OUTPUT ? p->out.fd : -1, POLLIN, 0},
        {which & 1u << ERRORS ? p->err.fd : -1, POLLIN, 0},
        {which & 1u << EXIT ? p->pidfd : -1, POLLIN, 0},
    };
    int n;
    do {
        double left = deadline - now();
        n = poll(fds, 4, left > 0 ? (int)(left * 1000) + 1 : 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        die("cannot poll: %m");
    unsigned ready = 0;
    for (int i = 0; n > 0 && i < 4; i++)
        if (fds[i].revents)
            ready |= 1u << i;
    if (ready & 1u << OUTPUT)
        collect(&p->out);
    if (ready & 1u << ERRORS)
        collect(&p->err);
    return ready;
}

void program_write(struct program *p, const char *text)
{
    double deadline = now() + RUN_SECONDS;
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(p->input, text, left);
        if (n < 0 && errno == EPIPE)
            return;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            die("cannot write: %m");
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        } else if (!pump(p, 1u << INPUT | 1u << OUTPUT | 1u << ERRORS, deadline)) {
            die("it does not read its input");
        }
    }
}

void program_end_input(struct program *p)
{
    close_end(&p->input);
}

void program_close_output(struct program *p)
{
    close_end(&p->out.fd);
}

void program_signal(struct program *p, int signo)
{
    if (kill(p->pid, signo) < 0)
        die("cannot send signal %d: %m", signo);
}

int program_pid(const struct program *p)
{
    return p->pid;
}

/* Takes the line that ends there, or what is left where end is NULL. */
static const char *take_line(struct program *p, const char *end)
{
    const char *start = p->out.data + p->out.taken;
    size_t n = end ? (size_t)(end - start) : p->out.size - p->out.taken;
    free(p->line);
    p->line = strndup(start, n);
    if (!p->line)
        die("no memory");
    p->out.taken += n + (end ? 1 : 0);
    return p->line;
}

bool program_read_line(struct program *p, const char **line, double seconds)
{
    double deadline = now() + seconds;
    for (;;) {
        size_t left = p->out.size - p->out.taken;
        const char *end = left > 0 ? memchr(p->out.data + p->out.taken, '\n', left) : NULL;
        if (end || (p->out.fd < 0 && left > 0)) {
            *line = take_line(p, end);
            return true;
        }
        if (p->out.fd < 0)
            return false;
        if (!pump(p, 1u << OUTPUT | 1u << ERRORS, deadline))
            die("no line in %g s; standard error: %.*s", seconds, (int)p->err.size,
                p->err.size > 0 ? p->err.data : "");
    }
}

/* --- ending --- */

/* A child of the program's may hold the pipes open longer: takes what is there. */
static void collect_rest(struct program *p)
{
    while (pump(p, 1u << OUTPUT | 1u << ERRORS, 0))
        ;
}

static char *finish(struct collected *c)
{
    close_end(&c->fd);
    c->data = realloc(c->data, c->size + 1);
    if (!c->data)
        die("no memory");
    c->data[c->size] = '\0';
    memmove(c->data, c->data + c->taken, c->size + 1 - c->taken);
    return c->data;
}

void program_wait(struct program *p, double seconds, struct result *out)
{
    double deadline = now() + seconds;
    *out = (struct result){0};
    program_end_input(p);
    unsigned ready;
    do
        ready = pump(p, 1u << OUTPUT | 1u << ERRORS | 1u << EXIT, deadline);
    while (ready && !(ready & 1u << EXIT));
    out->timed_out = !ready;
    if (out->timed_out)
        program_signal(p, SIGKILL);
    int status;
    struct rusage used;
    while (wait4(p->pid, &status, 0, &used) < 0)
        if (errno != EINTR)
            die("cannot wait: %m");
    out->seconds = now() - p->started;
    out->peak = (size_t)used.ru_maxrss;
    out->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    collect_rest(p);
    out->out_size = p->out.size - p->out.taken;
    out->err_size = p->err.size;
    out->out = finish(&p->out);
    out->err = finish(&p->err);
    close(p->pidfd);
    free(p->line);
    free(p);
}

void run_program(const char *const args[], const char *input, struct result *out)
{
    struct program *p = program_start(args);
    if (input)
        program_write(p, input);
    program_wait(p, RUN_SECONDS, out);
}

void result_free(struct result *r)
{
    free(r->out);
    free(r->err);
}
