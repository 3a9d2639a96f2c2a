/* Limits, Landlock, and a filter of system calls. The filter lets through what parsing needs:
 * memory, reading and writing of open descriptors, opening files to read them, the clock, its own
 * limits. All else fails with EPERM. The files are those of iconv, which loads its tables as
 * libraries; /proc is what must not be among them, for there lies the memory of the program. */
#include "crawler/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* Sanitizers have a shadow of terabytes, write files, and make system calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#else
#define INSTRUMENTED 0
#endif

#define ADDRESS_SPACE (1u << 30)
#define DESCRIPTORS 16 /* the standard streams, and files of iconv's, one inside another */
#define CPU_SECONDS 10

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit l;

    if (getrlimit(resource, &l) == 0 && l.rlim_max < most)
        most = l.rlim_max;
    setrlimit(resource, &(struct rlimit){most, most});
}

static void allow_reading(int rules, const char *path)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
        .parent_fd = open(path, O_PATH | O_CLOEXEC),
    };

    if (rule.parent_fd < 0)
        return;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

static void limit_files(void)
{
    static const char *const paths[] = {"/usr",       "/lib",      "/lib64", "/etc/ld.so.cache",
                                        "/nix/store", "/gnu/store"};
    struct landlock_ruleset_attr all = {
        .handled_access_fs = 2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1, /* of the first version */
    };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

    if (rules < 0)
        return;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        allow_reading(rules, paths[i]);
    syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}

#ifdef ARCHITECTURE
/* Where the field of a system call lies, of which a filter loads 32 bits. */
#define FIELD(name) offsetof(struct seccomp_data, name)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ALLOW(call) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SYS_##call, 0, 1), RETURN(SECCOMP_RET_ALLOW)
#define REFUSE RETURN(SECCOMP_RET_ERRNO | 1) /* EPERM */

static void filter_calls(void)
{
    static struct sock_filter filter[] = {
        LOAD(FIELD(arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        REFUSE,
        LOAD(FIELD(nr)),
        ALLOW(read),
        ALLOW(readv),
        ALLOW(pread64),
        ALLOW(write),
        ALLOW(writev),
        ALLOW(close),
        ALLOW(lseek),
        ALLOW(fstat),
        ALLOW(newfstatat),
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(mprotect),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(getrandom),
        ALLOW(clock_gettime),
        ALLOW(getrusage),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(restart_syscall),
        ALLOW(exit),
        ALLOW(exit_group),
        /* Its own limit of CPU time: process 0 is this one. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 6),
        LOAD(FIELD(args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
        LOAD(FIELD(args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RLIMIT_CPU, 0, 1),
        RETURN(SECCOMP_RET_ALLOW),
        REFUSE,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        LOAD(FIELD(args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC, 1, 0),
        RETURN(SECCOMP_RET_ALLOW),
        REFUSE,
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void filter_calls(void)
{
}
#endif

void confine(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "skitter-parser");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    if (INSTRUMENTED || RUNNING_ON_VALGRIND)
        return;
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_AS, ADDRESS_SPACE);
    limit(RLIMIT_NOFILE, DESCRIPTORS);
    limit(RLIMIT_NPROC, 0);
    limit_files();
    filter_calls();
}

void confine_time(void)
{
    struct rusage used;
    struct rlimit l;

    getrusage(RUSAGE_SELF, &used);
    getrlimit(RLIMIT_CPU, &l);
    l.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + CPU_SECONDS + 1;
    setrlimit(RLIMIT_CPU, &l);
}
