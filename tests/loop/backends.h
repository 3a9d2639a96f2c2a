/* Tests that run on every selector backend, each time with its name in ops. One that the system
 * forbids is passed over with a word. */
#ifndef TESTS_LOOP_BACKENDS_H
#define TESTS_LOOP_BACKENDS_H

#include "loop/selector.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

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

#define BACKEND_TEST(suite, fact)                                      \
    static void fact(const struct selector_ops *ops);                  \
    Test(suite, fact)                                                  \
    {                                                                  \
        for (const struct selector_ops *const *s = selectors; *s; s++) \
            if (backend_works(*s))                                     \
                fact(*s);                                              \
    }                                                                  \
    static void fact(const struct selector_ops *ops)

/* In such a test. */
#define CHECK(condition) cr_assert(condition, "with %s: %s", ops->name, #condition)

#endif
