/* What coroutines cost, how many there can be, and what happens where a stack or the memory ends:
 * with guard pages that need no mapping of their own (Linux 6.13), and without. */
#include "loop/runner.h"
#include "loop/task.h"
#include "tests/loop/faults.h"
#include "tests/loop/sanitizers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, KILOBYTE = 1024, MEGABYTE = 1024 * 1024 };

TestSuite(coro_limits, .disabled = !PLAIN_MEMORY, .fini = coro_trim, .timeout = 120);

/* madvise refuses guard pages from now on, as a former kernel does. */
static void be_a_former_kernel(void)
{
    faults_begin((struct faults){.nth = 1, .lasting = true, .only = "madvise"});
}

static bool guards_need_no_mapping(void)
{
    void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool works = madvise(p, PAGE, 102 /* MADV_GUARD_INSTALL */) == 0;
    munmap(p, PAGE);
    return works;
}

static long number_in(const char *path, const char *format)
{
    long number = 0;
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    cr_assert_eq(fscanf(file, format, &number), 1);
    fclose(file);
    return number;
}

static long resident(void)
{
    return number_in("/proc/self/statm", "%*d %ld") * PAGE;
}

/* --- many --- */

static struct future never;

static int await_never(void *arg)
{
    (void)arg;
    return await(&never);
}

static int start_many(void *arg)
{
    enum { COUNT = 10000 };
    static struct task tasks[COUNT];
    (void)arg;
    future_init(&never, loop_running());
    long before = resident();
    for (int i = 0; i < COUNT; i++)
        if (task_start(&tasks[i], loop_running(), "suspended", await_never, NULL) < 0)
            return -ENOMEM;
    task_yield();
    long taken = resident() - before;
    for (int i = 0; i < COUNT; i++)
        if (tasks[i].waiting != &never)
            return -EINVAL;
    return (int)(taken / KILOBYTE);
}

Test(coro_limits, ten_thousand_suspended_tasks_take_less_than_160_megabytes)
{
    int kilobytes = runner_run(NULL, start_many, NULL);
    cr_assert_gt(kilobytes, 0);
    cr_assert_lt(kilobytes, 160 * 1000000 / KILOBYTE);
}

static void count_twice(void *arg)
{
    ++*(int *)arg;
    coro_yield();
    ++*(int *)arg;
}

/* Makes up to count coroutines and lets each count once. Returns how many there are. */
static int make_many(struct coro **coros, int count, int *error, int *counted)
{
    *error = 0;
    for (int i = 0; i < count; i++) {
        *error = coro_new(&coros[i], count_twice, counted);
        if (*error)
            return i;
        cr_assert(coro_resume(coros[i]));
    }
    return count;
}

/* Lets each count a second time: every other first, so that what they leave are single holes. */
static void end_many(struct coro **coros, int count)
{
    for (int start = 0; start < 2; start++)
        for (int i = start; i < count; i += 2) {
            cr_assert_not(coro_resume(coros[i]));
            coro_free(coros[i]);
        }
}

static struct coro *many[100000];

Test(coro_limits, a_hundred_thousand_can_be_suspended)
{
    if (!guards_need_no_mapping())
        cr_skip_test("the kernel is from before Linux 6.13");
    int error, counted = 0, count = sizeof many / sizeof *many;
    long before = resident();
    cr_assert_eq(make_many(many, count, &error, &counted), count);
    cr_assert_lt(resident() - before, 16000L * count);
    end_many(many, count);
    cr_assert_eq(counted, 2 * count);
}

Test(coro_limits, without_such_guards_the_limit_of_mappings_is_a_clear_error)
{
    long limit = number_in("/proc/sys/vm/max_map_count", "%ld");
    if (limit > 100000)
        cr_skip_test("the limit is too high to come to");
    be_a_former_kernel();
    struct holdings before = holdings_now();
    int error, counted = 0, most = sizeof many / sizeof *many;
    int count = make_many(many, most, &error, &counted);
    cr_assert_eq(error, -ENOMEM);
    cr_assert_gt(count, limit / 2 - 1000, "only %d", count);
    cr_assert_eq(coro_new(&many[count], count_twice, &counted), -ENOMEM);
    end_many(many, count);
    cr_assert_eq(counted, 2 * count);
    cr_assert_eq(coro_new(&many[0], count_twice, &counted), 0);
    coro_free(many[0]);
    coro_trim();
    cr_assert_eq(holdings_now().mappings, before.mappings);
}

Test(coro_limits, one_is_refused_when_there_is_no_memory_left)
{
    struct rlimit former, none;
    struct coro *c;
    int counted = 0;
    getrlimit(RLIMIT_AS, &former);
    none = (struct rlimit){0, former.rlim_max};
    setrlimit(RLIMIT_AS, &none);
    int error = coro_new(&c, count_twice, &counted);
    setrlimit(RLIMIT_AS, &former);
    cr_assert_eq(error, -ENOMEM);
}

/* Where the limit of mappings is reached, one cannot be cut in two: then a stack is kept. */
Test(coro_limits, a_stack_that_cannot_be_unmapped_is_not_lost)
{
    struct holdings before = holdings_now();
    int error, counted = 0, count = 2000; /* more than are kept otherwise */
    cr_assert_eq(make_many(many, count, &error, &counted), count);
    faults_begin((struct faults){.nth = 1, .lasting = true, .only = "munmap"});
    end_many(many, count);
    coro_trim();
    long kept = holdings_now().mappings;
    cr_assert_eq(make_many(many, count, &error, &counted), count);
    cr_assert_eq(holdings_now().mappings, kept);
    faults_end();
    end_many(many, count);
    coro_trim();
    cr_assert_eq(holdings_now().mappings, before.mappings);
}

/* --- overflow --- */

/* Each frame holds on to the one above it, so that no compiler makes a loop of them. */
static int fall(int kilobytes, volatile char *above)
{
    volatile char room[KILOBYTE];
    room[0] = (char)(above[0] + 1);
    return kilobytes ? fall(kilobytes - 1, room) + above[0] : room[0];
}

/* So deep that without a guard it would come back, with a neighbour's stack overwritten. */
static void overflow(void *arg)
{
    volatile char top = 0;
    *(int *)arg = fall(90, &top);
}

static const char *guard;     /* a page */
static const char *neighbour; /* the page below it: another's struct coro and first frames */
static char neighbour_before[PAGE];

enum { CLEAN = 42, ELSEWHERE, OVERWRITTEN };

static void judge_fault(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    const char *at = info->si_addr;
    if (at < guard || at >= guard + PAGE)
        _exit(ELSEWHERE);
    _exit(memcmp(neighbour, neighbour_before, PAGE) == 0 ? CLEAN : OVERWRITTEN);
}

static void handle_fault(void)
{
    static char stack[64 * KILOBYTE];
    struct sigaction action = {.sa_sigaction = judge_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    sigaction(SIGSEGV, &action, NULL);
}

/* Returns the status of a process in which a coroutine overflows its stack. */
static int status_of_overflow(bool handled)
{
    int status, result = 0, counted = 0, error;
    struct coro *c;
    cr_assert_eq(coro_new(&c, overflow, &result), 0);
    guard = faults_last_mapping();
    cr_assert_eq(make_many(many, 1, &error, &counted), 1);
    neighbour = guard - PAGE;
    cr_assert(guard - faults_last_mapping() < 128 * KILOBYTE, "they are no neighbours");
    memcpy(neighbour_before, neighbour, PAGE);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, SIG_DFL);
        if (handled)
            handle_fault();
        coro_resume(c);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    coro_free(c);
    end_many(many, 1);
    coro_trim();
    return status;
}

static void expect_a_clean_fault(void)
{
    int status = status_of_overflow(false);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "status %x", (unsigned)status);
    status = status_of_overflow(true);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == CLEAN, "status %x", (unsigned)status);
}

Test(coro_limits, an_overflow_is_a_fault_on_the_guard_page)
{
    expect_a_clean_fault();
}

Test(coro_limits, an_overflow_is_a_fault_on_the_guard_page_of_a_former_kernel_too)
{
    be_a_former_kernel();
    expect_a_clean_fault();
    cr_assert_gt(faults_count(), 0);
}
