/* A test of what a program does when calls fail: every call of its scenario into the C library and
 * the system fails once, one after the other; and then, from each one on, all of them. Whatever
 * fails, nothing crashes, hangs or leaks, the result is the error, and what can do without the call
 * gives the right result all the same. */
#ifndef TESTS_LOOP_SCENARIO_H
#define TESTS_LOOP_SCENARIO_H

#include "loop/coro.h"
#include "tests/loop/backends.h"
#include "tests/loop/faults.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 30 /* seconds for a run */

enum { WRONG = 1 }; /* a scenario's result where it was neither right nor an error */

static char under_way[128];

static inline void give_up(int signo)
{
    (void)signo;
    ssize_t n = write(STDERR_FILENO, under_way, strlen(under_way));
    (void)n;
    _exit(1);
}

struct run {
    const char *name, *selector;
    struct faults faults;
};

/* Returns whether a call failed: the end is reached where none did. */
static inline bool try(const struct run *r, int (*scenario)(const char *selector))
{
    snprintf(under_way, sizeof under_way, "%s: hangs with call %u failing%s, with %s\n", r->name,
             r->faults.nth, r->faults.lasting ? " and all after it" : "", r->selector);
    struct holdings before = holdings_now();
    alarm(PATIENCE);
    faults_begin(r->faults);
    int result = scenario(r->selector);
    faults_end();
    alarm(0);
    coro_trim();
    struct holdings after = holdings_now();

#define RIGHT(condition)                                                                         \
    cr_assert(condition, "%s: %s; result %d, with %s, %u calls failed%s, the last %s", r->name,  \
              #condition, result, r->selector, faults_count(), r->faults.lasting ? ", all" : "", \
              faults_last())
    RIGHT(result == 0 || faults_had(result) ||
          (result == -ETIMEDOUT && r->faults.lasting && faults_count() > 0));
    RIGHT(after.allocations == before.allocations);
    RIGHT(after.mappings == before.mappings);
    RIGHT(after.descriptors == before.descriptors);
    return faults_count() > 0;
}

static inline void endure(const char *name, int (*scenario)(const char *selector))
{
    signal(SIGALRM, give_up);
    signal(SIGPIPE, SIG_IGN);
    for (const struct selector_ops *const *s = selectors; *s; s++)
        for (int lasting = 0; lasting < 2 && backend_works(*s); lasting++) {
            struct run r = {name, (*s)->name, {.nth = 0, .lasting = lasting}};
            do
                r.faults.nth++;
            while (try(&r, scenario));
            cr_assert_gt(r.faults.nth, 1, "%s: nothing was there to fail", name);
        }
}

/* A scenario returns 0, the error of what failed, or WRONG. */
#define SCENARIO(name)                     \
    static int name(const char *selector); \
    Test(faults, name, .timeout = 120)     \
    {                                      \
        endure(#name, name);               \
    }                                      \
    static int name(const char *selector)

#endif
