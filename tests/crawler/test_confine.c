#include "crawler/confine.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <limits.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define PLAIN 0
#else
#define PLAIN 1
#endif

/* How a confined process ends that makes this attempt: its exit status, or 128 + the signal. */
static int end_of(bool (*attempt)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        confine();
        confine_time();
        _exit(attempt());
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool open_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM;
}
static bool open_socket_pair(void)
{
    int fds[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 || errno != EPERM;
}
static bool fork_once(void)
{
    return fork() >= 0 || errno != EPERM;
}
static bool run_a_program(void)
{
    return execl("/bin/true", "true", NULL) == 0 || errno != EPERM;
}
static bool kill_the_parent(void)
{
    return kill(getppid(), 0) == 0 || errno != EPERM;
}
static bool trace_the_parent(void)
{
    return ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0 || errno != EPERM;
}
static bool limit_the_parent(void)
{
    struct rlimit l;
    return prlimit(getppid(), RLIMIT_NOFILE, NULL, &l) == 0;
}
static bool write_a_file(void)
{
    return open("/dev/null", O_WRONLY) >= 0;
}
static bool make_a_file(void)
{
    return open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0;
}
static bool remove_a_file(void)
{
    return unlink("/tmp/no such file") == 0 || errno != EPERM;
}
static bool take_memory(void)
{
    return mmap(NULL, (size_t)2 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}
static bool raise_a_limit(void)
{
    return setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0 &&
           take_memory();
}

Test(confine, leaves_no_way_out, .disabled = !PLAIN)
{
    static const struct {
        bool (*attempt)(void);
        const char *name;
    } attempts[] = {
#define TO(name) {name, #name}
        TO(open_socket),     TO(open_socket_pair), TO(fork_once),        TO(run_a_program),
        TO(kill_the_parent), TO(trace_the_parent), TO(limit_the_parent), TO(write_a_file),
        TO(make_a_file),     TO(remove_a_file),    TO(take_memory),      TO(raise_a_limit),
    };
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        cr_expect_eq(end_of(attempts[i].attempt), 0, "%s succeeds", attempts[i].name);
}

/* Landlock is not everywhere. */
static bool read_memory_of_the_parent(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    return open(path, O_RDONLY) >= 0;
}
static bool read_a_password(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

Test(confine, leaves_no_files_but_those_of_libraries, .disabled = !PLAIN)
{
    if (!has_landlock())
        cr_skip_test("no Landlock");
    cr_expect_eq(end_of(read_memory_of_the_parent), 0);
    cr_expect_eq(end_of(read_a_password), 0);
}

static bool convert(void)
{
    static const char *const charsets[] = {"EUC-JP", "GB18030", "BIG5-HKSCS", "CP949", "CP1251"};
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
        iconv_t cd = iconv_open("UTF-8", charsets[i]);
        if (cd == (iconv_t)-1)
            return false;
        iconv_close(cd);
    }
    return true;
}

Test(confine, leaves_iconv_its_tables)
{
    cr_expect_eq(end_of(convert), 1);
}

static bool talk(void)
{
    static char text[1 << 20];
    char *copy = malloc(sizeof text);
    memset(copy, 'x', sizeof text);
    bool wrote = write(STDERR_FILENO, copy, 0) == 0;
    copy = realloc(copy, 64 * sizeof text);
    time_t now = time(NULL);
    free(copy);
    return wrote && now > 0;
}

Test(confine, leaves_memory_time_and_open_descriptors)
{
    cr_expect_eq(end_of(talk), 1);
}

static bool abort_itself(void)
{
    abort();
}

static bool compute_for_ever(void)
{
    setrlimit(RLIMIT_CPU, &(struct rlimit){1, RLIM_INFINITY});
    for (volatile unsigned n = 0; n < UINT_MAX; n++)
        ;
    return true;
}

Test(confine, lets_it_die)
{
    cr_expect_gt(end_of(abort_itself), 128);
    cr_expect_eq(end_of(compute_for_ever), 128 + SIGXCPU);
}
