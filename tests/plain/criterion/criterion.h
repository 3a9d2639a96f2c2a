/* What the loop's tests use of Criterion, where Criterion itself does not start: under
 * ThreadSanitizer. Each test runs in a process of its own and has a limit of time. */
#ifndef TESTS_PLAIN_CRITERION_H
#define TESTS_PLAIN_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct plain_options {
    int none;
    void (*init)(void), (*fini)(void);
    double timeout; /* seconds; 0: as long as any */
    bool disabled;
};

struct plain_test {
    const char *suite, *name;
    void (*run)(void); /* NULL: these are the options of a suite */
    struct plain_options options;
    struct plain_test *next;
};

void plain_add(struct plain_test *t);

#define PLAIN_ADD(suite_, name_, run_, ...)                                           \
    __attribute__((constructor)) static void name_(void)                              \
    {                                                                                 \
        static struct plain_test t = {                                                \
            .suite = #suite_, .name = #name_, .run = run_, .options = {__VA_ARGS__}}; \
        plain_add(&t);                                                                \
    }

#define Test(suite, name, ...)                                                     \
    static void suite##_##name##_run(void);                                        \
    PLAIN_ADD(suite, suite##_##name, suite##_##name##_run, .none = 0, __VA_ARGS__) \
    static void suite##_##name##_run(void)

#define TestSuite(suite, ...) PLAIN_ADD(suite, suite##_options, NULL, .none = 0, __VA_ARGS__)

/* Ends the test, if it is fatal, where the condition does not hold. */
__attribute__((format(printf, 6, 7))) void plain_check(bool holds, bool fatal, const char *file,
                                                       int line, const char *condition,
                                                       const char *format, ...);

__attribute__((format(printf, 1, 2), noreturn)) void plain_skip(const char *format, ...);

#define PLAIN_CHECK(holds, fatal, text, ...) \
    plain_check(holds, fatal, __FILE__, __LINE__, text, " " __VA_ARGS__)
#define PLAIN_STRINGS(a, op, b, fatal, ...) \
    PLAIN_CHECK(strcmp(a, b) op 0, fatal, #a " " #op " " #b, __VA_ARGS__)

#define cr_skip_test(...) plain_skip(" " __VA_ARGS__)

#define cr_assert(c, ...) PLAIN_CHECK(c, true, #c, __VA_ARGS__)
#define cr_assert_not(c, ...) cr_assert(!(c), __VA_ARGS__)
#define cr_assert_null(p, ...) cr_assert((p) == NULL, __VA_ARGS__)
#define cr_assert_not_null(p, ...) cr_assert((p) != NULL, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...) cr_assert((a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...) cr_assert((a) < (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...) cr_assert((a) <= (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...) cr_assert((a) > (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...) cr_assert((a) >= (b), __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) PLAIN_STRINGS(a, ==, b, true, __VA_ARGS__)

#define cr_expect(c, ...) PLAIN_CHECK(c, false, #c, __VA_ARGS__)
#define cr_expect_eq(a, b, ...) cr_expect((a) == (b), __VA_ARGS__)
#define cr_expect_lt(a, b, ...) cr_expect((a) < (b), __VA_ARGS__)
#define cr_expect_leq(a, b, ...) cr_expect((a) <= (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...) cr_expect((a) > (b), __VA_ARGS__)
#define cr_expect_geq(a, b, ...) cr_expect((a) >= (b), __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) PLAIN_STRINGS(a, ==, b, false, __VA_ARGS__)

#endif
