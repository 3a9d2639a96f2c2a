/* Crawls of many pages at once, against the program's own site. */
#include "cmd/serve_site.h"
#include "tests/cmd/crawling.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

enum { MANY = 10000 };

static struct program *serve(const char *const args[], char base[SITE_URL_SIZE])
{
    struct program *p = program_start(args);
    const char *line;
    cr_assert(program_read_line(p, &line, PATIENCE));
    snprintf(base, SITE_URL_SIZE, "%s", line);
    base[strlen(base) - 1] = '\0'; /* the last slash */
    return p;
}

static void end_serving(struct program *p)
{
    struct result r;
    program_signal(p, SIGTERM);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    result_free(&r);
}

/* All descriptors that a process has open. */
static size_t descriptors(int pid)
{
    char path[64];
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *d = opendir(path);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* The URLs of all pages, one a line. */
static void write_seeds(const char *folder, const char *base, uint32_t pages)
{
    char *text = malloc(pages * (strlen(base) + SERVE_SITE_PATH + 1)), *end = text;
    for (uint32_t i = 0; i < pages; i++) {
        end = stpcpy(end, base);
        end += serve_site_path(i, end);
        *end++ = '\n';
    }
    *end = '\0';
    crawling_write_file(folder, "seeds", text);
    free(text);
}

Test(many, fetches_in_flight_work_and_take_less_than_64_KiB_each)
{
    if (getenv("SKITTER_SLOW"))
        cr_skip("ThreadSanitizer cannot hold so many coroutines");
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < MANY + 100)
        cr_skip("the hard limit of descriptors is too low");
    limit.rlim_cur = 256; /* the programs raise theirs */
    setrlimit(RLIMIT_NOFILE, &limit);

    char base[SITE_URL_SIZE], *folder = crawling_folder(), seeds[256];
    struct program *site = serve(ARGS("serve", "--latency", "3s", "--pages", "10001"), base);
    write_seeds(folder, base, MANY + 1);
    snprintf(seeds, sizeof seeds, "%s/seeds", folder);
    struct result r;
    struct program *p = crawling_start(NULL, ARGS("-i", seeds, "-c", "10000", "-o", "/dev/null"));
    size_t most = 0;
    while (most < MANY) {
        size_t n = descriptors(program_pid(p));
        most = n > most ? n : most;
        cr_assert_gt(n, 0, "it ended; %zu connections at most", most);
        crawling_sleep(0.02);
    }
    program_wait(p, 2 * PATIENCE, &r);
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    size_t memory = (size_t)usage.ru_maxrss / MANY;
    expect_status(&r, 0);
    expect_said(&r, "skitter: 10001 pages");
    expect_said(&r, "skitter: 10001 2xx\n");
    cr_expect_lt(memory, AT_ONCE > 0.5 ? 256 : 64, "%zu KiB each", memory);
    result_free(&r);
    end_serving(site);
    crawling_remove_folder(folder);
}

Test(many, pages_are_found_by_a_name_of_the_hosts_file)
{
    char base[SITE_URL_SIZE], seed[SITE_URL_SIZE];
    struct program *site = serve(ARGS("serve", "--pages", "2000"), base);
    snprintf(seed, sizeof seed, "http://localhost:%s/", strrchr(base, ':') + 1);
    static const char *const concurrencies[] = {"1", "32", "512"};
    for (size_t i = 0; i < COUNT(concurrencies); i++) {
        struct result r;
        crawling_run(NULL, ARGS(seed, "-c", concurrencies[i]), &r);
        expect_status(&r, 0);
        expect_said(&r, "skitter: 2000 2xx\n");
        cr_expect_eq(crawling_lines(r.out), 2000);
        cr_expect_eq(strncmp(r.out, seed, strlen(seed)), 0);
        result_free(&r);
    }
    end_serving(site);
}
