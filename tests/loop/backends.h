/* Tests that run on every selector backend, each time with its name in ops. */
#ifndef TESTS_LOOP_BACKENDS_H
#define TESTS_LOOP_BACKENDS_H

#include "loop/selector.h"

#include <criterion/criterion.h>

#define BACKEND_TEST(suite, fact)                                      \
    static void fact(const struct selector_ops *ops);                  \
    Test(suite, fact)                                                  \
    {                                                                  \
        for (const struct selector_ops *const *s = selectors; *s; s++) \
            fact(*s);                                                  \
    }                                                                  \
    static void fact(const struct selector_ops *ops)

/* In such a test. */
#define CHECK(condition) cr_assert(condition, "with %s: %s", ops->name, #condition)

#endif
