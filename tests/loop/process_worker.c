/* A worker for the tests of process pools: the request's first word says what becomes of it. */
#include "loop/process_pool.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST (64u << 20)

static int say(char **reply, size_t *length, const char *text)
{
    *reply = strdup(text);
    *length = strlen(text);
    return *reply ? 0 : -ENOMEM;
}

static int echo(const char *text, size_t size, char **reply, size_t *length)
{
    *reply = malloc(size ? size : 1);
    if (!*reply)
        return -ENOMEM;
    memcpy(*reply, text, size);
    *length = size;
    return 0;
}

static int sum(const char *text, size_t size, char **reply, size_t *length)
{
    char line[32];
    unsigned long total = 0;
    for (size_t i = 0; i < size; i++)
        total += (unsigned char)text[i];
    snprintf(line, sizeof line, "%lu", total);
    return say(reply, length, line);
}

/* The descriptors that it has, in order, without the one that it reads them through. */
static int descriptors(char **reply, size_t *length)
{
    char line[1024] = "";
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -errno;
    for (int fd = 0; fd < 1000; fd++) {
        char path[64], target[256];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = fd == dirfd(folder) ? -1 : readlink(path, target, sizeof target);
        size_t used = strlen(line);
        if (n >= 0)
            snprintf(line + used, sizeof line - used, "%s%d %.4s", used ? ", " : "", fd, target);
    }
    closedir(folder);
    return say(reply, length, line);
}

static int signals(char **reply, size_t *length)
{
    char line[64] = "";
    sigset_t mask;
    int blocked = 0, ignored = 0;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int signo = 1; signo < NSIG; signo++) {
        struct sigaction action;
        blocked += sigismember(&mask, signo) == 1;
        ignored += sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
    }
    snprintf(line, sizeof line, "%d blocked, %d not default, group %s", blocked, ignored,
             getpgrp() == getpid() ? "of its own" : "of another");
    return say(reply, length, line);
}

static _Noreturn void write_for_ever(uint64_t length)
{
    static const char zeros[4096];
    if (write(STDOUT_FILENO, &length, sizeof length) < 0)
        _exit(1);
    while (write(STDOUT_FILENO, zeros, sizeof zeros) > 0)
        ;
    _exit(1);
}

static volatile uintptr_t nowhere = 8;

static int die(const char *how)
{
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "segfault") == 0)
        *(volatile char *)nowhere = 1;
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(how, "exit") == 0)
        _exit(0);
    if (strcmp(how, "error") == 0)
        return -EIO;
    uint64_t half = 100;
    if (strcmp(how, "half") == 0 && write(STDOUT_FILENO, &half, sizeof half) > 0)
        _exit(0);
    if (strcmp(how, "close") == 0)
        close(STDOUT_FILENO);
    for (;;)
        pause();
}

static int answer(const char *request, size_t size, char **reply, size_t *length)
{
    char word[16] = "";
    size_t n = size < sizeof word - 1 ? size : sizeof word - 1;
    memcpy(word, request, n);
    const char *space = memchr(word, ' ', n);
    size_t skip = space ? (size_t)(space - word) + 1 : size;
    word[space ? (size_t)(space - word) : n] = '\0';

    if (strcmp(word, "echo") == 0)
        return echo(request + skip, size - skip, reply, length);
    if (strcmp(word, "sum") == 0)
        return sum(request + skip, size - skip, reply, length);
    if (strcmp(word, "nothing") == 0)
        return 0;
    if (strcmp(word, "pid") == 0) {
        char line[16];
        snprintf(line, sizeof line, "%d", (int)getpid());
        return say(reply, length, line);
    }
    if (strcmp(word, "descriptors") == 0)
        return descriptors(reply, length);
    if (strcmp(word, "signals") == 0)
        return signals(reply, length);
    if (strcmp(word, "endless") == 0)
        write_for_ever(UINT64_MAX);
    if (strcmp(word, "lie") == 0)
        write_for_ever(UINT64_C(4) << 30);
    if (strcmp(word, "promise") == 0) {
        uint64_t promised = UINT64_C(4) << 30;
        if (write(STDOUT_FILENO, &promised, sizeof promised) < 0)
            return -errno;
        for (;;)
            pause();
    }
    if (strcmp(word, "twice") == 0) {
        uint64_t none[2] = {0, 0};
        if (write(STDOUT_FILENO, none, sizeof none) < 0)
            return -errno;
        for (;;)
            pause();
    }
    return die(word);
}

int main(void)
{
    return process_worker_run(answer, MOST) ? 1 : 0;
}
