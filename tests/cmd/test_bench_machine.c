/* cmd/bench_machine.c: the facts are read from whatever files there are. */
#include "cmd/bench_machine.h"
#include "tests/cmd/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static char *root;

static void open_root(void)
{
    root = crawling_folder();
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about, (void)type, (void)where;
    return remove(path);
}

static void close_root(void)
{
    cr_assert_eq(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(root);
}

TestSuite(bench_machine, .init = open_root, .fini = close_root);

#define CPUINFO "proc/cpuinfo"
#define RELEASE "etc/os-release"
#define PRODUCT "sys/class/dmi/id/product_name"
#define VENDOR "sys/class/dmi/id/sys_vendor"
#define VIRTUAL_X86 "flags\t\t: fpu vme hypervisor lahf_lm\n"

static void have(const char *name, const char *text)
{
    char path[256];
    for (const char *s = strchr(name, '/'); s; s = strchr(s + 1, '/')) {
        snprintf(path, sizeof path, "%s/%.*s", root, (int)(s - name), name);
        mkdir(path, 0777);
    }
    crawling_write_file(root, name, text);
}

static struct bench_machine read_root(void)
{
    struct bench_machine m = {0};
    bench_machine_read_files(&m, root);
    return m;
}

Test(bench_machine, nothing_is_known_where_there_are_no_files)
{
    struct bench_machine m = read_root(), none = {0};
    cr_assert(memcmp(&m, &none, sizeof m) == 0);
}

Test(bench_machine, the_processor_is_what_cpuinfo_calls_it)
{
    static const struct {
        const char *info, *cpu;
    } rows[] = {
        {"processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7R13\nflags\t: fpu\n\n"
         "processor\t: 1\nmodel name\t: Another\n",
         "AMD EPYC 7R13"},
        {"model name\t: Intel(R) Xeon(R)  CPU    @ 2.20GHz  ", "Intel(R) Xeon(R) CPU @ 2.20GHz"},
        {"model name\t:\nmodel name\t: Second\n", "Second"},
        {"processor\t: 0\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4 Model B\n",
         "Raspberry Pi 4 Model B"},
        {"processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"},
        {"cpu family\t: 6\ncpu MHz\t: 2000\n", ""},
        {"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
         "ARM implementer 0x41, part 0xd0c"},
        {"CPU implementer\t: 0x41\n", ""},
        {"not model name\t: X\nmodel names\t: Y\nmodel name Z\n", ""},
        {"model name", ""},
        {"\n\n:\n=\n", ""},
        {"model name: A\x1b[2JB\x7f\xc3\xa9\n", "A[2JB"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        have(CPUINFO, rows[i].info);
        cr_assert_str_eq(read_root().cpu, rows[i].cpu, "%zu: %s", i, read_root().cpu);
    }
}

Test(bench_machine, what_is_too_long_is_cut)
{
    char text[20000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "model name:", 11);
    have(CPUINFO, text);
    cr_assert_eq(strlen(read_root().cpu), sizeof((struct bench_machine *)0)->cpu - 1);
    memcpy(text, "PRETTY_NAME=", 12);
    have(RELEASE, text);
    cr_assert_eq(strlen(read_root().system), sizeof((struct bench_machine *)0)->system - 1);
    memcpy(text, "CPU implementer:", 16);
    memcpy(text + 16384 - 13, "\nCPU part:", 10);
    have(CPUINFO, text);
    cr_assert_str_eq(read_root().cpu, "ARM implementer xxxxxxxxxxxxxxxx, part xx");
    have("run/systemd/container", text);
    cr_assert_eq(strlen(read_root().virtual), 15);
    have("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text);
    cr_assert_eq(strlen(read_root().governor), sizeof((struct bench_machine *)0)->governor - 1);
}

Test(bench_machine, the_system_is_the_pretty_name_without_its_quotes)
{
    static const struct {
        const char *release, *system;
    } rows[] = {
        {"NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
         "Debian GNU/Linux 12 (bookworm)"},
        {"PRETTY_NAME='Void'", "Void"},
        {"PRETTY_NAME=Fedora\n", "Fedora"},
        {"PRETTY_NAME=\"A \\\"B\\\" \\$C\"\n", "A \"B\" $C"},
        {"PRETTY_NAME='A \"B\" \\C'\n", "A \"B\" \\C"},
        {"PRETTY_NAME=\"never closed\n", "never closed"},
        {"PRETTY_NAME=\"back\\", "back\\"},
        {"PRETTY_NAME=", ""},
        {"NAME=Debian\n", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        have(RELEASE, rows[i].release);
        cr_assert_str_eq(read_root().system, rows[i].system, "%zu: %s", i, read_root().system);
    }
}

Test(bench_machine, the_system_s_name_may_be_in_usr_lib)
{
    have("usr/lib/os-release", "PRETTY_NAME=\"Elsewhere 1\"\n");
    cr_assert_str_eq(read_root().system, "Elsewhere 1");
}

Test(bench_machine, a_virtual_machine_is_called_by_its_hypervisor)
{
    static const struct {
        const char *info, *product, *vendor, *name;
    } rows[] = {
        {VIRTUAL_X86, "KVM\n", "Red Hat\n", "kvm"},
        {VIRTUAL_X86, "Standard PC (Q35 + ICH9, 2009)\n", "QEMU\n", "qemu"},
        {VIRTUAL_X86, "VirtualBox\n", "innotek GmbH\n", "virtualbox"},
        {VIRTUAL_X86, "Virtual Machine\n", "Microsoft Corporation\n", "hyper-v"},
        {VIRTUAL_X86, "m5.large\n", "Amazon EC2\n", "amazon ec2"},
        {VIRTUAL_X86, "Something\n", "Else\n", "a virtual machine"},
        {VIRTUAL_X86, "", "", "a virtual machine"},
        {"flags\t: fpu hypervisor\n", "", "", "a virtual machine"}, /* the last one */
        {"flags\t: fpu vme\n", "m5.metal\n", "Amazon EC2\n", ""},
        {"flags\t: fpu nohypervisor hypervisors\n", "Surface\n", "Microsoft Corporation\n", ""},
        {"flags\t: fpu vme\n", "", "", ""},
        {"Features\t: fp asimd\n", "KVM Virtual Machine\n", "QEMU\n", "kvm"}, /* ARM */
        {"Features\t: fp asimd\n", "", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        have(CPUINFO, rows[i].info);
        have(PRODUCT, rows[i].product);
        have(VENDOR, rows[i].vendor);
        cr_assert_str_eq(read_root().virtual, rows[i].name, "%zu: %s", i, read_root().virtual);
    }
}

Test(bench_machine, xen_says_so_itself)
{
    have("sys/hypervisor/type", "xen\n");
    cr_assert_str_eq(read_root().virtual, "xen");
}

Test(bench_machine, a_container_is_named_before_the_machine_below_it)
{
    have("run/.containerenv", "");
    cr_assert_str_eq(read_root().virtual, "podman");
    have(".dockerenv", "");
    cr_assert_str_eq(read_root().virtual, "docker");
    have("run/systemd/container", "lxc\nmore\n");
    cr_assert_str_eq(read_root().virtual, "lxc");
    have(CPUINFO, VIRTUAL_X86);
    cr_assert_str_eq(read_root().virtual, "lxc on a virtual machine");
    have(PRODUCT, "KVM\n");
    cr_assert_str_eq(read_root().virtual, "lxc on kvm");
}

Test(bench_machine, the_governor_is_the_first_core_s)
{
    have("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    cr_assert_str_eq(read_root().governor, "performance");
}

Test(bench_machine, a_folder_in_a_file_s_place_is_none)
{
    have("proc/cpuinfo/file", "");
    cr_assert_str_eq(read_root().cpu, "");
}

Test(bench_machine, a_root_too_long_for_a_path_has_no_files)
{
    static char longest[100000];
    struct bench_machine m = {0};
    memset(longest, '/', sizeof longest - 1);
    bench_machine_read_files(&m, longest);
    cr_assert_str_eq(m.cpu, "");
}

Test(bench_machine, this_machine_has_cores_memory_a_kernel_and_a_date)
{
    struct bench_machine m = {.crawler_cores = 7};
    bench_machine_read(&m);
    cr_assert_geq(m.cores, 1);
    cr_assert_gt(m.memory_bytes, 1e6);
    cr_assert_geq(m.load, 0);
    cr_assert_eq(m.crawler_cores, 7);
    cr_assert_eq(strncmp(m.kernel, "Linux ", 6), 0, "%s", m.kernel);
    cr_assert_str_eq(m.skitter, SKITTER_VERSION);
    cr_assert_eq(strspn(m.libcurl, "0123456789."), strlen(m.libcurl), "%s", m.libcurl);
    cr_assert_str_not_empty(m.tls);
    struct tm utc;
    const char *end = strptime(m.date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    cr_assert(end && !*end, "%s", m.date);
    cr_assert_lt(llabs((long long)(time(NULL) - timegm(&utc))), 60);
}
