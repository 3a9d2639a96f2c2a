/* Coroutines. A mapping holds, from its low end: the guard page, the stack, and struct coro.
 *
 * A stack is entered by setcontext once, when it is mapped; its trampoline then runs one coroutine
 * after the other, so that taking a kept stack again is two stores. Invariants:
 * 1. A coroutine stands in its yield_to_resumer, its trampoline included, unless it runs.
 * 2. current and its chain of resumers are exactly those that run or have resumed another. */
#undef _FORTIFY_SOURCE /* its longjmp refuses to jump to another stack */

#include "loop/coro.h"

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#ifndef __has_include
#define __has_include(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define CORO_ASAN 1
#else
#define CORO_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define CORO_TSAN 1
#else
#define CORO_TSAN 0
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

enum {
    STACK_SIZE = (CORO_ASAN || CORO_TSAN ? 256 : 64) * 1024, /* sanitizers widen the frames */
    KEPT_MAX = 1024,
};

/* What a sanitizer has to know of a stack to go there. */
struct fiber {
    const void *low;
    size_t size;
    void *fake_stack; /* ASan's, kept while the stack is left */
    void *tsan;
};

struct coro {
    void (*main)(void *arg);
    void *arg;
    struct coro *next; /* while it runs, who resumed it; while it is kept, the next kept */
    bool yielded;
    void (*call)(void *arg); /* what its resumer is to do before it goes on; NULL: nothing */
    void *call_arg;
    jmp_buf here, resumer;
    struct fiber fiber, resumer_fiber;
    unsigned valgrind_id;
};

static _Thread_local struct {
    struct coro *current;
    struct coro *kept; /* last freed, first taken */
    unsigned kept_count;
} thread;

/* --- switching --- */

/* To be called right before leaving a stack, with where from and where to; a stack that is left
 * for good has no from. Inline, for TSan counts calls and returns of each fiber, and this would
 * return on another than it was called on. */
__attribute__((always_inline)) static inline void leave(struct fiber *from, struct fiber *to)
{
    (void)from, (void)to;
#if CORO_ASAN
    __sanitizer_start_switch_fiber(from ? &from->fake_stack : NULL, to->low, to->size);
#endif
#if CORO_TSAN
    close(
        -1); /* any call that TSan intercepts: it delivers signals there, and to this fiber alone */
    __tsan_switch_to_fiber(to->tsan, 0);
#endif
}

/* To be called first after arriving on a stack, with the stack's own and where it learns where it
 * came from. Not inline, for its locals must not lie in a frame that ASan has just let go. */
__attribute__((noinline)) static void arrive(struct fiber *here, struct fiber *from)
{
    (void)here, (void)from;
#if CORO_ASAN
    const void *low;
    size_t size;
    __sanitizer_finish_switch_fiber(here->fake_stack, &low, &size);
    here->fake_stack = NULL;
    if (from) {
        from->low = low;
        from->size = size;
    }
#endif
}

static void yield_to_resumer(struct coro *c, bool for_good)
{
    if (_setjmp(c->here) == 0) {
        leave(for_good ? NULL : &c->fiber, &c->resumer_fiber);
        _longjmp(c->resumer, 1);
    }
    arrive(&c->fiber, &c->resumer_fiber);
}

_Noreturn static void trampoline(void)
{
    struct coro *c = thread.current;
    arrive(&c->fiber, &c->resumer_fiber);
    for (;;) {
        yield_to_resumer(c, true);
        c->main(c->arg);
        c->yielded = false;
    }
}

/* Runs c until it comes back; by way of context if it was never entered. */
static void enter(struct coro *c, const ucontext_t *context)
{
    c->next = thread.current;
    thread.current = c;
#if CORO_TSAN
    c->resumer_fiber.tsan = __tsan_get_current_fiber();
#endif
    if (_setjmp(c->resumer) == 0) {
        leave(&c->resumer_fiber, &c->fiber);
        if (context)
            setcontext(context);
        _longjmp(c->here, 1);
    }
    arrive(&c->resumer_fiber, NULL);
    thread.current = c->next;
}

bool coro_resume(struct coro *c)
{
    c->yielded = true;
    enter(c, NULL);
    while (c->call) {
        void (*call)(void *arg) = c->call;
        c->call = NULL;
        call(c->call_arg);
        enter(c, NULL);
    }
    return c->yielded;
}

void coro_yield(void)
{
    yield_to_resumer(thread.current, false);
}

void coro_call(void (*call)(void *arg), void *arg)
{
    struct coro *c = thread.current;
    if (!c) {
        call(arg);
        return;
    }
    c->call = call;
    c->call_arg = arg;
    yield_to_resumer(c, false);
}

/* --- stacks --- */

static size_t guard_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static char *mapping_of(struct coro *c)
{
    return (char *)(c + 1) - STACK_SIZE - guard_size();
}

/* Returns whether it could: where mappings merge, a hole in one makes two of it, and a process may
 * have 65,530 of them. */
static bool unmap(struct coro *c)
{
    struct fiber fiber = c->fiber;
    unsigned id = c->valgrind_id;
    if (munmap(mapping_of(c), guard_size() + STACK_SIZE) < 0)
        return false;
    VALGRIND_STACK_DEREGISTER(id);
    (void)fiber;
#if CORO_TSAN
    __tsan_destroy_fiber(fiber.tsan);
#endif
    return true;
}

/* A guard by madvise needs no second mapping. */
static int map(struct coro **out)
{
    size_t guard = guard_size();
    char *low = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (low == MAP_FAILED)
        return -ENOMEM;
    if (madvise(low, guard, MADV_GUARD_INSTALL) < 0 && mprotect(low, guard, PROT_NONE) < 0) {
        munmap(low, guard + STACK_SIZE);
        return -ENOMEM;
    }
#if CORO_ASAN
    __asan_unpoison_memory_region(low + guard, STACK_SIZE);
#endif
    struct coro *c = (struct coro *)(low + guard + STACK_SIZE) - 1;
    c->fiber = (struct fiber){.low = low + guard,
                              .size = (size_t)((char *)c - (low + guard)) & ~(size_t)63};
#if CORO_TSAN
    c->fiber.tsan = __tsan_create_fiber(0);
#endif
    c->valgrind_id = VALGRIND_STACK_REGISTER(low + guard, c);
    *out = c;
    return 0;
}

static int map_and_enter(struct coro **out)
{
    int error = map(out);
    if (error)
        return error;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = (void *)(uintptr_t)(*out)->fiber.low;
    context.uc_stack.ss_size = (*out)->fiber.size;
    context.uc_link = NULL;
    makecontext(&context, trampoline, 0);
    enter(*out, &context);
    return 0;
}

int coro_new(struct coro **out, void (*main)(void *arg), void *arg)
{
    struct coro *c = thread.kept;
    if (c) {
        thread.kept = c->next;
        thread.kept_count--;
    } else {
        int error = map_and_enter(&c);
        if (error)
            return error;
    }
    c->main = main;
    c->arg = arg;
    *out = c;
    return 0;
}

static void keep(struct coro *c)
{
    c->next = thread.kept;
    thread.kept = c;
    thread.kept_count++;
}

void coro_free(struct coro *c)
{
    if (thread.kept_count < KEPT_MAX || !unmap(c))
        keep(c);
}

void coro_trim(void)
{
    struct coro *all = thread.kept;
    thread.kept = NULL;
    thread.kept_count = 0;
    while (all) {
        struct coro *c = all;
        all = c->next;
        if (!unmap(c))
            keep(c);
    }
}
