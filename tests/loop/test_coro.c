#include "loop/coro.h"

#include "tests/loop/sanitizers.h"
#include "tests/loop/story.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

static struct coro *make(void (*run)(void *arg), void *arg)
{
    struct coro *c;
    cr_assert_eq(coro_new(&c, run, arg), 0);
    return c;
}

TestSuite(coro, .fini = coro_trim);

static void tell_arg(void *arg)
{
    tell(*(const char *)arg);
}

Test(coro, runs_when_it_is_resumed_with_its_argument)
{
    struct coro *c = make(tell_arg, "x");
    tell('a');
    cr_assert_not(coro_resume(c));
    tell('b');
    cr_assert_str_eq(story, "axb");
    coro_free(c);
}

static void tell_three_letters(void *arg)
{
    char first = *(const char *)arg;
    for (char i = 0; i < 3; i++) {
        tell((char)(first + i));
        if (i < 2)
            coro_yield();
    }
}

Test(coro, goes_on_where_it_yielded)
{
    struct coro *c = make(tell_three_letters, "a");
    cr_assert(coro_resume(c));
    tell('-');
    cr_assert(coro_resume(c));
    tell('-');
    cr_assert_not(coro_resume(c));
    cr_assert_str_eq(story, "a-b-c");
    coro_free(c);
}

Test(coro, takes_turns_with_others)
{
    struct coro *c = make(tell_three_letters, "a"), *d = make(tell_three_letters, "x");
    for (int i = 0; i < 3; i++) {
        coro_resume(c);
        coro_resume(d);
    }
    cr_assert_str_eq(story, "axbycz");
    coro_free(c);
    coro_free(d);
}

static void resume_another(void *arg)
{
    struct coro *inner = arg;
    tell('(');
    while (coro_resume(inner)) {
        tell(',');
        coro_yield();
    }
    tell(')');
}

Test(coro, yields_to_the_coroutine_that_resumed_it)
{
    struct coro *inner = make(tell_three_letters, "a"), *outer = make(resume_another, inner);
    while (coro_resume(outer))
        tell(' ');
    cr_assert_str_eq(story, "(a, b, c)");
    coro_free(inner);
    coro_free(outer);
}

Test(coro, may_be_freed_if_it_never_ran)
{
    coro_free(make(tell_arg, "x"));
    cr_assert_str_eq(story, "");
}

static void tell_stack(void *arg)
{
    *(uintptr_t *)arg = (uintptr_t)__builtin_frame_address(0);
}

static uintptr_t stack_of_next(void)
{
    uintptr_t where;
    struct coro *c = make(tell_stack, &where);
    coro_resume(c);
    coro_free(c);
    return where;
}

static void call_and_yield(void *arg)
{
    tell('(');
    coro_call(tell_arg, "x");
    tell(')');
    coro_yield();
    coro_call(tell_stack, arg);
}

Test(coro, goes_on_after_a_call_as_if_it_had_made_it)
{
    uintptr_t where;
    struct coro *c = make(call_and_yield, &where);
    cr_assert(coro_resume(c));
    cr_assert_str_eq(story, "(x)");
    cr_assert_not(coro_resume(c));
    coro_free(c);
}

Test(coro, has_calls_made_on_the_stack_of_who_resumed)
{
    uintptr_t here = 0, where = 0, own = stack_of_next();
    struct coro *c = make(call_and_yield, &where);
    coro_call(tell_stack, &here); /* outside of one: at once */
    coro_resume(c);
    coro_resume(c);
    coro_free(c);
    cr_assert_lt(here - where + (16 << 10), 32 << 10);
    cr_assert_geq(here - own + (16 << 10), 32 << 10);
}

Test(coro, reuses_the_stack_that_was_freed_last)
{
    struct coro *a = make(tell_arg, "a"), *b = make(tell_arg, "b");
    coro_free(a);
    uintptr_t stack = stack_of_next();
    cr_assert_eq(stack_of_next(), stack);
    coro_free(b);
    cr_assert_neq(stack_of_next(), stack);
}

Test(coro, starts_anew_on_a_reused_stack)
{
    for (int i = 0; i < 3; i++) {
        struct coro *c = make(tell_three_letters, "a");
        while (coro_resume(c))
            ;
        coro_free(c);
    }
    cr_assert_str_eq(story, "abcabcabc");
}

/* Enough values for some to be in registers, which a switch has to keep. */
static void sum_up(void *arg)
{
    long *sum = arg, a = sum[0], b = a + 1, c = a + 2, d = a + 3, e = a + 4, f = a + 5;
    double x = (double)a / 2;
    for (int i = 0; i < 10; i++) {
        a += b, b += c, c += d, d += e, e += f, f += a, x += 1;
        coro_yield();
    }
    sum[1] = a + b + c + d + e + f + (long)x;
}

Test(coro, keeps_the_values_of_many_coroutines_apart)
{
    enum { COUNT = MANY_COROUTINES };
    static struct coro *coros[COUNT];
    static long sums[COUNT][2];
    for (int i = 0; i < COUNT; i++) {
        sums[i][0] = i;
        coros[i] = make(sum_up, sums[i]);
    }
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < COUNT; i++)
            cr_assert(coro_resume(coros[i]));
    for (int i = 0; i < COUNT; i++) {
        cr_assert_not(coro_resume(coros[i]));
        coro_free(coros[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        long expected[2] = {i, 0};
        struct coro *c = make(sum_up, expected);
        while (coro_resume(c))
            ;
        coro_free(c);
        cr_assert_eq(sums[i][1], expected[1], "number %d", i);
    }
}

static void use_stack(void *arg)
{
    volatile char room[56 * 1024];
    memset((char *)room, *(const char *)arg, sizeof room);
    coro_yield();
    tell(room[0]);
    tell(room[sizeof room - 1]);
}

Test(coro, has_the_stack_that_was_promised)
{
    struct coro *c = make(use_stack, "x"), *d = make(use_stack, "y");
    coro_resume(c);
    coro_resume(d);
    coro_resume(c);
    coro_resume(d);
    cr_assert_str_eq(story, "xxyy");
    coro_free(c);
    coro_free(d);
}

Test(coro, can_be_made_after_a_trim)
{
    struct coro *c = make(tell_arg, "a");
    coro_resume(c);
    coro_free(c);
    coro_trim();
    coro_trim();
    c = make(tell_arg, "b");
    coro_resume(c);
    coro_free(c);
    cr_assert_str_eq(story, "ab");
}

static void *switch_often(void *arg)
{
    long sum[2] = {*(long *)arg, 0};
    for (int i = 0; i < 1000; i++) {
        struct coro *c = make(sum_up, sum), *d = make(sum_up, sum);
        while (coro_resume(c))
            coro_resume(d);
        coro_resume(d);
        coro_free(c);
        coro_free(d);
    }
    coro_trim();
    *(long *)arg = sum[1];
    return NULL;
}

Test(coro, works_in_several_threads_at_once)
{
    pthread_t threads[2];
    long values[2] = {3, 3};
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, switch_often, &values[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(values[0], values[1]);
}
