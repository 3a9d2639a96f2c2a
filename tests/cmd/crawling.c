/* Runs of the program on a site. Proxies of the environment would stand between the two. */
#include "tests/cmd/crawling.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char mark[] = "{{BASE}}";

double crawling_at_once(void)
{
#ifdef __SANITIZE_ADDRESS__
    return 2;
#else
    return getenv("SKITTER_SLOW") ? 2 : 0.1; /* ThreadSanitizer alone takes 1 s to end */
#endif
}

double crawling_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void crawling_sleep(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds};
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

/* --- running --- */

static char *expand(const struct site *s, const char *text)
{
    const char *at = s ? strstr(text, mark) : NULL;
    if (!at)
        return strdup(text);
    char base[SITE_URL_SIZE], *out;
    site_url(s, "", base);
    if (asprintf(&out, "%.*s%s%s", (int)(at - text), text, base, at + strlen(mark)) < 0)
        abort();
    return out;
}

struct program *crawling_start(const struct site *s, const char *const args[])
{
    char *words[64] = {0};
    size_t n = 0;
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    for (; args[n]; n++) {
        cr_assert_lt(n, COUNT(words) - 1);
        words[n] = expand(s, args[n]);
    }
    struct program *p = program_start((const char *const *)words);
    while (n > 0)
        free(words[--n]);
    return p;
}

void crawling_run(const struct site *s, const char *const args[], struct result *r)
{
    program_wait(crawling_start(s, args), RUN_SECONDS, r);
    cr_assert_not(r->timed_out, "it does not end: %s", r->err);
}

struct program *crawling_start_shell(const struct site *s, const char *command)
{
    char base[SITE_URL_SIZE] = "", *script;
    if (s)
        site_url(s, "", base);
    char *binary = strdup(getenv("SKITTER"));
    if (asprintf(&script, "SKITTER='%s'; export SKITTER; BASE='%s'; %s", binary, base, command) < 0)
        abort();
    setenv("SKITTER", "/bin/sh", 1);
    struct program *p = crawling_start(NULL, ARGS("-c", script));
    setenv("SKITTER", binary, 1);
    free(script);
    free(binary);
    return p;
}

void crawling_run_shell(const struct site *s, const char *command, struct result *r)
{
    program_wait(crawling_start_shell(s, command), RUN_SECONDS, r);
    cr_assert_not(r->timed_out, "it does not end: %s", r->err);
}

void crawling_preload(const char *variable)
{
    const char *library = getenv(variable), *asan = getenv("ASAN_OPTIONS");
    char options[1024];
    cr_assert(library && *library, "%s does not name the library", variable);
    if (getenv("LD_PRELOAD") && strcmp(getenv("LD_PRELOAD"), library) == 0)
        return;
    /* Its runtime would come first otherwise. */
    snprintf(options, sizeof options, "%s%sverify_asan_link_order=0", asan ? asan : "",
             asan ? ":" : "");
    setenv("ASAN_OPTIONS", options, 1);
    setenv("LD_PRELOAD", library, 1);
}

/* --- what came of it --- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words of a text, sorted; words that begin so are left out or lose it. The text is used up. */
static char *sorted(char *text, const char *prefix, const char *left_out)
{
    size_t n = 0, size = strlen(text) + 2;
    char **words = calloc(size, sizeof *words), *out = malloc(size), *end = out, *rest;
    for (char *w = strtok_r(text, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest)) {
        if (strncmp(w, prefix, strlen(prefix)) == 0)
            w += strlen(prefix);
        if (!left_out || strcmp(w, left_out) != 0)
            words[n++] = w;
    }
    qsort(words, n, sizeof *words, compare);
    *end = '\0';
    for (size_t i = 0; i < n; i++)
        end = stpcpy(stpcpy(end, i > 0 ? " " : ""), words[i]);
    free(words);
    free(text);
    return out;
}

char *crawling_found(const struct site *s, const struct result *r)
{
    char base[SITE_URL_SIZE];
    return sorted(strdup(r->out), site_url(s, "", base), NULL);
}

char *crawling_fetched(struct site *s)
{
    return sorted(site_order(s), "", "/robots.txt");
}

void crawling_await_hits(struct site *s, const char *path, size_t hits)
{
    for (double end = crawling_now() + PATIENCE; site_hits(s, path) < hits; crawling_sleep(0.002))
        cr_assert_lt(crawling_now(), end, "%s was not requested", path);
}

size_t crawling_heads(struct site *s, const char *text)
{
    size_t n = 0;
    const char *head;
    for (size_t i = 0; (head = site_requests(s, i)); i++)
        n += strstr(head, text) != NULL;
    return n;
}

void crawling_await_text(const char *file, const char *text)
{
    for (double end = crawling_now() + PATIENCE;; crawling_sleep(0.002)) {
        char *said = crawling_read_file("", file);
        bool there = said && strstr(said, text);
        free(said);
        if (there)
            return;
        cr_assert_lt(crawling_now(), end, "nobody says \"%s\"", text);
    }
}

size_t crawling_lines(const char *text)
{
    const char *end = text + strlen(text);
    size_t n = 0;
    for (; (text = memchr(text, '\n', (size_t)(end - text))); text++)
        n++;
    return n;
}

size_t crawling_count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* --- files --- */

char *crawling_folder(void)
{
    char *folder = strdup("/tmp/skitter-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

static void path_in(char path[512], const char *folder, const char *name)
{
    int n = snprintf(path, 512, "%s%s%s", folder, *folder ? "/" : "", name);
    cr_assert(n > 0 && n < 512);
}

void crawling_remove_folder(char *folder)
{
    char path[512];
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        path_in(path, folder, e->d_name);
        unlink(path);
    }
    closedir(d);
    rmdir(folder);
    free(folder);
}

char *crawling_read_file(const char *folder, const char *name)
{
    char path[512];
    path_in(path, folder, name);
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    char *text = NULL;
    size_t size = 0, room = 4096, got;
    do {
        if (!text || room - size < 4096)
            text = realloc(text, (room *= 2) + 1);
        got = fread(text + size, 1, 4096, f);
        size += got;
    } while (got > 0);
    text[size] = '\0';
    fclose(f);
    return text;
}

void crawling_write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    path_in(path, folder, name);
    FILE *f = fopen(path, "we");
    cr_assert_not_null(f);
    fputs(text, f);
    cr_assert_eq(fclose(f), 0);
}

size_t crawling_memory(int pid, const char *field)
{
    char path[64], *text, *at;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    text = crawling_read_file("", path);
    cr_assert_not_null(text);
    at = strstr(text, field);
    cr_assert_not_null(at, "no %s", field);
    size_t kilobytes = strtoul(at + strlen(field) + 1, NULL, 10);
    free(text);
    return kilobytes;
}
