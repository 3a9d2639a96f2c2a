#include "cmd/bench_server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS 32

/* An argument list, and the text of what is a number. */
struct arguments {
    char *items[ARGUMENTS];
    int count;
    char numbers[4][24];
    int number_count;
};

static void add(struct arguments *a, const char *option, const char *value)
{
    if (!value)
        return;
    a->items[a->count++] = (char *)option;
    a->items[a->count++] = (char *)value;
}

static void add_number(struct arguments *a, const char *option, uint64_t n)
{
    char *text = a->numbers[a->number_count++];

    snprintf(text, sizeof a->numbers[0], "%" PRIu64, n);
    add(a, option, text);
}

static void add_flag(struct arguments *a, const char *option, bool on)
{
    if (on)
        a->items[a->count++] = (char *)option;
}

static void write_arguments(struct arguments *out, const struct site_arguments *a, uint32_t pages)
{
    *out = (struct arguments){.items = {"skitter", "serve", "--attended"}, .count = 3};
    add_number(out, "--pages", pages);
    add_number(out, "--links", a->links);
    add_number(out, "--hosts", a->hosts);
    add_number(out, "--seed", a->seed);
    add(out, "--local", a->local);
    add(out, "--size", a->size);
    add(out, "--latency", a->latency);
    add(out, "--errors", a->errors);
    add(out, "--redirects", a->redirects);
    add(out, "--drop", a->drop);
    add_flag(out, "--no-keepalive", a->no_keepalive);
    add_flag(out, "--gzip", a->gzip);
    add_flag(out, "--tls", a->secure);
}

/* Standard output is the pipe, standard error ours. */
static int start(pid_t *pid, char *const argv[], int output)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error)
        return -error;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!error)
        error = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

static void pin(pid_t pid, int core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (core >= 0 && core < CPU_SETSIZE) {
        CPU_SET(core, &set);
        sched_setaffinity(pid, sizeof set, &set);
    }
}

/* The server's first line is its URL. */
static bool read_url(struct bench_server *s, int fd)
{
    const char *port = NULL;
    size_t length = 0;
    ssize_t n = 1;

    while (n > 0 && length < sizeof s->url - 1 && !memchr(s->url, '\n', length)) {
        n = read(fd, s->url + length, sizeof s->url - 1 - length);
        length += n > 0 ? (size_t)n : 0;
    }
    s->url[length] = '\0';
    s->url[strcspn(s->url, "\n")] = '\0';
    port = strrchr(s->url, ':');
    return port && sscanf(port, ":%u/", &s->site.port) == 1;
}

int bench_server_start(struct bench_server *s, const struct site_arguments *a,
                       const struct serve_site *site, uint32_t pages, int core)
{
    struct arguments arguments;
    int ends[2];

    *s = (struct bench_server){.site = *site};
    s->site.pages = pages;
    write_arguments(&arguments, a, pages);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    int error = start(&s->pid, arguments.items, ends[1]);
    close(ends[1]);
    if (!error) {
        pin(s->pid, core);
        if (!read_url(s, ends[0])) {
            bench_server_stop(s);
            error = -EPROTO;
        }
    }
    close(ends[0]);
    return error;
}

void bench_server_stop(struct bench_server *s)
{
    kill(s->pid, SIGTERM);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
