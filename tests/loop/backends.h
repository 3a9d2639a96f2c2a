/* Tests that run on every selector backend, each time with its name in ops. One that the system
 * forbids is passed over with a word. */
#ifndef TESTS_LOOP_BACKENDS_H
#define TESTS_LOOP_BACKENDS_H

#include "loop/selector.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#ifndef __has_include
#define __has_include(x) 0
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static inline bool backend_works(const struct selector_ops *ops)
{
    struct selector *s;
    int error = ops->open(&s);
    if (!error)
        ops->close(s);
    else
        fprintf(stderr, "not tested on %s: %s\n", ops->name, strerror(-error));
    return !error;
}

/* Valgrind, which runs one thread at a time, does not know that io_uring waits. */
static inline bool backend_works_with_threads(const struct selector_ops *ops)
{
    bool stuck = RUNNING_ON_VALGRIND && strcmp(ops->name, "io_uring") == 0;
    if (stuck)
        fprintf(stderr, "not tested on io_uring: valgrind lets no other thread run meanwhile\n");
    return !stuck && backend_works(ops);
}

#define BACKEND_TEST_WHERE(works, suite, fact)                         \
    static void fact(const struct selector_ops *ops);                  \
    Test(suite, fact)                                                  \
    {                                                                  \
        for (const struct selector_ops *const *s = selectors; *s; s++) \
            if (works(*s))                                             \
                fact(*s);                                              \
    }                                                                  \
    static void fact(const struct selector_ops *ops)
#define BACKEND_TEST(suite, fact) BACKEND_TEST_WHERE(backend_works, suite, fact)

/* For tests in which another thread does something while the loop waits. */
#define THREADED_BACKEND_TEST(suite, fact) \
    BACKEND_TEST_WHERE(backend_works_with_threads, suite, fact)

/* In such a test. */
#define CHECK(condition) cr_assert(condition, "with %s: %s", ops->name, #condition)

#endif
