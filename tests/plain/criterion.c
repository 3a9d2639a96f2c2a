/* Runs the tests, one after the other. An argument: only those with it in their names. */
#include <criterion/criterion.h>

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static const double LONGEST = 120;

static struct plain_test *first, **end = &first;
static atomic_bool failed; /* in a test's process */

void plain_add(struct plain_test *t)
{
    *end = t;
    end = &t->next;
}

void plain_check(bool holds, bool fatal, const char *file, int line, const char *condition,
                 const char *format, ...)
{
    if (holds)
        return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: not true: %s;", file, line, condition);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    atomic_store(&failed, true);
    if (fatal)
        _exit(1);
}

void plain_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    _exit(SKIPPED);
}

static const struct plain_options *options_of_suite(const struct plain_test *test)
{
    static const struct plain_options none;
    for (const struct plain_test *t = first; t; t = t->next)
        if (!t->run && strcmp(t->suite, test->suite) == 0)
            return &t->options;
    return &none;
}

/* With exit, for the sanitizer has something to say at the end. */
_Noreturn static void run(const struct plain_test *t)
{
    const struct plain_options *suite = options_of_suite(t);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (suite->init)
        suite->init();
    t->run();
    if (suite->fini)
        suite->fini();
    exit(atomic_load(&failed));
}

static const char *judge(pid_t child, double timeout)
{
    int status;
    struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
    bool late = poll(&p, 1, (int)(timeout * 1000)) == 0;
    if (late)
        kill(-child, SIGKILL);
    close(p.fd);
    waitpid(child, &status, 0);
    if (late)
        return "takes too long";
    if (WIFSIGNALED(status))
        return strsignal(WTERMSIG(status));
    return WEXITSTATUS(status) == 0         ? "passes"
           : WEXITSTATUS(status) == SKIPPED ? "is skipped"
                                            : "FAILS";
}

int main(int argc, char **argv)
{
    int bad = 0, count = 0;
    for (const struct plain_test *t = first; t; t = t->next) {
        const struct plain_options *suite = options_of_suite(t);
        if (!t->run || t->options.disabled || suite->disabled ||
            (argc > 1 && !strstr(t->name, argv[1])))
            continue;
        fflush(NULL);
        pid_t child = fork();
        if (child == 0)
            run(t);
        double timeout = t->options.timeout   ? t->options.timeout
                         : suite->timeout > 0 ? suite->timeout
                                              : LONGEST;
        const char *verdict = judge(child, timeout);
        bool good = strcmp(verdict, "passes") == 0 || strcmp(verdict, "is skipped") == 0;
        bad += !good;
        count++;
        printf("%s: %s\n", t->name, verdict);
    }
    printf("%d tests, %d failed\n", count, bad);
    return bad > 0;
}
