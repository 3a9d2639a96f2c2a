/* The facts come from files that may lack, be cut short or hold anything, and then stay "". */
#include "cmd/bench_machine.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define FILE_SIZE 16384 /* of a file's beginning: cpuinfo says of each core the same */
#define COPY(field, text, length) copy(field, sizeof(field), text, length)

/* Copies printable ASCII; blanks, of which processors' names have many, become one each. */
static void copy(char *out, size_t room, const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length && n + 1 < room; i++) {
        bool blank = text[i] == ' ' || text[i] == '\t' || text[i] == '\n';
        if (blank ? n > 0 && out[n - 1] != ' ' : text[i] > ' ' && text[i] <= '~')
            out[n++] = blank ? ' ' : text[i];
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

/* The file's beginning, "" where there is none. */
static void read_text(char out[FILE_SIZE], const char *root, const char *path)
{
    char whole[PATH_MAX];
    size_t n = 0;
    int fd = -1;

    if (snprintf(whole, sizeof whole, "%s%s", root, path) < (int)sizeof whole)
        fd = open(whole, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        for (ssize_t got; n < FILE_SIZE - 1; n += (size_t)got) /* /proc gives a page at a time */
            if ((got = read(fd, out + n, FILE_SIZE - 1 - n)) <= 0)
                break;
        close(fd);
    }
    out[n] = '\0';
}

static bool has_file(const char *root, const char *path)
{
    char whole[PATH_MAX];
    return snprintf(whole, sizeof whole, "%s%s", root, path) < (int)sizeof whole &&
           access(whole, F_OK) == 0;
}

/* What stands behind "key =" at the start of a line, up to its end; NULL: there is no such line. */
static const char *find_value(const char *text, const char *key, char equals, size_t *length)
{
    size_t n = strlen(key);
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        if (strncmp(line, key, n) != 0)
            continue;
        const char *s = line + n + strspn(line + n, " \t");
        if (*s != equals)
            continue;
        s += 1 + strspn(s + 1, " \t");
        *length = strcspn(s, "\n");
        if (*length > 0)
            return s;
    }
    return NULL;
}

static void read_cpu(struct bench_machine *m, const char *info)
{
    /* As x86, Raspberry Pi and other boards, POWER, MIPS and RISC-V say it. */
    static const char *const keys[] = {"model name", "Model",     "Hardware", "cpu",
                                       "cpu model",  "Processor", "uarch"};
    const char *value = NULL, *part;
    size_t length, part_length;

    for (size_t i = 0; !value && i < sizeof keys / sizeof *keys; i++)
        value = find_value(info, keys[i], ':', &length);
    if (value) {
        COPY(m->cpu, value, length);
        return;
    }
    /* Other ARM has numbers alone. */
    value = find_value(info, "CPU implementer", ':', &length);
    part = find_value(info, "CPU part", ':', &part_length);
    if (value && part) {
        char name[sizeof m->cpu];
        int n = snprintf(name, sizeof name, "ARM implementer %.*s, part %.*s",
                         length < 16 ? (int)length : 16, value,
                         part_length < 16 ? (int)part_length : 16, part);
        COPY(m->cpu, name, (size_t)n);
    }
}

/* The name, which is quoted as in a shell. */
static void read_system(struct bench_machine *m, const char *release)
{
    char name[sizeof m->system];
    size_t length, n = 0;
    const char *s = find_value(release, "PRETTY_NAME", '=', &length), *end = s ? s + length : NULL;

    for (char quote = '\0'; s < end && n < sizeof name; s++) {
        if (quote ? *s == quote : *s == '"' || *s == '\'') {
            quote = quote ? '\0' : *s;
            continue;
        }
        if (*s == '\\' && quote != '\'' && s + 1 < end)
            s++;
        name[n++] = *s;
    }
    COPY(m->system, name, n);
}

static bool has_word(const char *words, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (const char *s = words, *end = words + length; s < end; s++) {
        size_t w = 0;
        while (s + w < end && s[w] != ' ')
            w++;
        if (w == n && memcmp(s, word, n) == 0)
            return true;
        s += w;
    }
    return false;
}

/* What runs the virtual machine that this is; "" if it is none, as far as one can see. */
static const char *read_hypervisor(const char *root, const char *info)
{
    static const struct {
        const char *part, *name; /* of what the firmware says of the machine */
    } known[] = {
        {"KVM", "kvm"},
        {"QEMU", "qemu"},
        {"VMware", "vmware"},
        {"VirtualBox", "virtualbox"},
        {"Xen", "xen"},
        {"HVM domU", "xen"},
        {"Microsoft", "hyper-v"},
        {"Parallels", "parallels"},
        {"Amazon EC2", "amazon ec2"},
        {"Google", "google compute"},
        {"OpenStack", "openstack"},
        {"DigitalOcean", "digitalocean"},
        {"Hetzner", "hetzner"},
        {"Apple Virtualization", "apple"},
    };
    static const char *const files[] = {"/sys/class/dmi/id/product_name",
                                        "/sys/class/dmi/id/sys_vendor"};
    char text[FILE_SIZE];
    size_t length;
    const char *flags = find_value(info, "flags", ':', &length);

    /* x86 tells, and the firmware of a cloud's bare metal has the cloud's name too. */
    if (flags && !has_word(flags, length, "hypervisor"))
        return "";
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        read_text(text, root, files[f]);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strstr(text, known[i].part) && !strstr(text, ".metal"))
                return known[i].name;
    }
    read_text(text, root, "/sys/hypervisor/type");
    if (strncmp(text, "xen", 3) == 0)
        return "xen";
    return flags ? "a virtual machine" : "";
}

static void read_container(char out[16], const char *root)
{
    char text[FILE_SIZE];

    read_text(text, root, "/run/systemd/container");
    copy(out, 16, text, strcspn(text, "\n"));
    if (!*out && has_file(root, "/.dockerenv"))
        strcpy(out, "docker");
    if (!*out && has_file(root, "/run/.containerenv"))
        strcpy(out, "podman");
}

void bench_machine_read_files(struct bench_machine *m, const char *root)
{
    char text[FILE_SIZE], container[16];

    read_text(text, root, "/proc/cpuinfo");
    read_cpu(m, text);
    const char *hypervisor = read_hypervisor(root, text);
    read_container(container, root);
    snprintf(m->virtual, sizeof m->virtual, "%s%s%s", container,
             *container && *hypervisor ? " on " : "", hypervisor);

    read_text(text, root, "/etc/os-release");
    if (!*text)
        read_text(text, root, "/usr/lib/os-release");
    read_system(m, text);

    read_text(text, root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    COPY(m->governor, text, strlen(text));
}

static unsigned count_cores(void)
{
    static cpu_set_t sets[16]; /* the kernel refuses a mask that is less than it has */
    if (sched_getaffinity(0, sizeof sets, sets) != 0)
        return 0;
    return (unsigned)CPU_COUNT_S(sizeof sets, sets);
}

void bench_machine_read(struct bench_machine *m)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    time_t now = time(NULL);
    struct utsname names;
    struct sysinfo info;
    struct tm utc;

    *m = (struct bench_machine){.crawler_cores = m->crawler_cores, .cores = count_cores()};
    bench_machine_read_files(m, "");
    COPY(m->skitter, SKITTER_VERSION, strlen(SKITTER_VERSION));
    COPY(m->libcurl, curl->version, strlen(curl->version));
    if (curl->ssl_version)
        COPY(m->tls, curl->ssl_version, strlen(curl->ssl_version));
    if (uname(&names) == 0)
        snprintf(m->kernel, sizeof m->kernel, "%.30s %.40s %.20s", names.sysname, names.release,
                 names.machine);
    if (gmtime_r(&now, &utc))
        strftime(m->date, sizeof m->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (sysinfo(&info) == 0)
        m->memory_bytes = (double)info.totalram * info.mem_unit;
    if (getloadavg(&m->load, 1) != 1)
        m->load = 0;
}
