/* --isolate: documents are read in processes of their own. */
#include "tests/cmd/crawling.h"
#include "tests/loop/backends.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- the program's children --- */

/* The first line of a file of /proc that begins so, without that; the caller frees. */
static char *proc_line(pid_t pid, const char *name, const char *start)
{
    char path[64], *line = NULL, *found = NULL;
    size_t capacity = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *f = fopen(path, "re");
    while (f && !found && getline(&line, &capacity, f) > 0)
        if (strncmp(line, start, strlen(start)) == 0)
            found = strdup(line + strlen(start));
    if (f)
        fclose(f);
    free(line);
    if (found)
        found[strcspn(found, "\n")] = '\0';
    return found;
}

static bool runs(pid_t pid)
{
    char *state = proc_line(pid, "status", "State:\t");
    bool alive = state && *state != 'Z' && *state != 'X';
    free(state);
    return alive;
}

/* A process whose parent that is and that waits for input; 0: there is none. */
static pid_t find_child(pid_t parent)
{
    pid_t child = 0;
    DIR *all = opendir("/proc");
    for (struct dirent *d; !child && (d = readdir(all));) {
        pid_t pid = atoi(d->d_name);
        char *line = pid > 0 ? proc_line(pid, "status", "PPid:\t") : NULL;
        char *name = pid > 0 ? proc_line(pid, "comm", "") : NULL;
        if (line && name && atoi(line) == parent && strcmp(name, "skitter-parser") == 0)
            child = pid;
        free(line);
        free(name);
    }
    closedir(all);
    return child;
}

static pid_t await_child(struct program *p)
{
    pid_t child = 0;
    double end = crawling_now() + PATIENCE;
    while (!(child = find_child(program_pid(p))) && crawling_now() < end)
        crawling_sleep(0.01);
    cr_assert_gt(child, 0, "it has no child");
    return child;
}

static void await_end(pid_t pid)
{
    double end = crawling_now() + PATIENCE;
    while (runs(pid) && crawling_now() < end)
        crawling_sleep(0.01);
    cr_assert_not(runs(pid), "the child is still there");
}

/* Waits until it was sent something that it has not read. */
static void await_input(pid_t pid)
{
    char path[64];
    int waiting = 0;
    double end = crawling_now() + PATIENCE;
    snprintf(path, sizeof path, "/proc/%d/fd/0", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    cr_assert_geq(fd, 0);
    while (ioctl(fd, FIONREAD, &waiting) == 0 && !waiting && crawling_now() < end)
        crawling_sleep(0.01);
    close(fd);
    cr_assert_gt(waiting, 0, "it was sent nothing");
}

/* --- what is found --- */

BACKEND_TEST(isolate, finds_what_is_found_without_it)
{
    static const struct site_page pages[] = {
        {"/robots.txt", .type = "text/plain", .body = "Sitemap: {{BASE}}/map.xml\n"},
        {"/", .body = "<base href=/d/><a href=a>a</a><a href=../jis>j</a><a href=/map.xml>"
                      "<a href=/list.txt><a href=/feed><a href=/broken.xml><a href=/empty>"},
        {"/d/a", .body = "<a rel=nofollow href=/no><a href=b#c><iframe src=/frame></iframe>"},
        {"/jis", .type = "text/html; charset=shift_jis",
         .body = "<a href='?\x83\x65'>\x83\x58</a><a href=/\x83\x67>"},
        {"/map.xml", .type = "application/xml",
         .body = "<urlset><url><loc>{{BASE}}/from-map</loc></url></urlset>"},
        {"/broken.xml", .type = "application/xml",
         .body = "<urlset><url><loc>{{BASE}}/from-broken</loc></url><url>"},
        {"/list.txt", .type = "text/plain", .body = "{{BASE}}/from-list\n"},
        {"/feed", .type = "application/rss+xml",
         .body = "<rss><channel><item><link>/from-feed</link></item></channel></rss>"},
        {"/empty", .body = "", .headers = "Link: </from-header>; rel=next\r\n"},
        {"/frame", .body = "<a href=/from-frame>", .headers = "Link: </next>; rel=next\r\n"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct result plain, isolated;
    crawling_run(s, ARGS("{{BASE}}/"), &plain);
    char *expected = crawling_found(s, &plain);
    cr_assert_not_null(
        strstr(expected, "/from-feed /from-frame /from-header /from-list /from-map"));
    crawling_run(s, ARGS("--isolate", "--selector", ops->name, "{{BASE}}/"), &isolated);
    expect_status(&isolated, 0);
    expect_found(s, &isolated, expected);
    expect_said(&isolated, "1 with links that could not all be read");
    result_free(&isolated);
    free(expected);
    result_free(&plain);
    site_close(s);
}

Test(isolate, reads_large_pages)
{
    enum { LINKS = 40000 };
    char *body = malloc(LINKS * 64), *end = body;
    for (int i = 0; i < LINKS; i++)
        end += sprintf(end, "<p>%040d<a href='#%d'>", i, i);
    struct site_page pages[] = {{"/", .body = body}};
    struct site *s = site_open(pages, 1);
    struct result r;
    crawling_run(s, ARGS("--isolate", "-v", "{{BASE}}/"), &r);
    expect_said(&r, "200, 40000 links\n");
    result_free(&r);
    site_close(s);
    free(body);
}

Test(isolate, is_a_mode_that_the_help_does_not_tell_of)
{
    struct result r;
    run_program(ARGS("--help", "all"), NULL, &r);
    cr_expect_not_null(strstr(r.out, "--isolate "));
    cr_expect_null(strstr(r.out, "--isolated"));
    result_free(&r);
    run_program(ARGS("--isolated"), NULL, &r);
    expect_status(&r, 0);
    cr_expect_str_eq(r.out, "");
    result_free(&r);
    run_program(ARGS("--isolated"), "no message", &r);
    expect_status(&r, 3);
    cr_expect_str_eq(r.out, "");
    result_free(&r);
}

/* --- the processes --- */

/* / is read, and then the crawl waits: its child is idle. */
static const struct site_page hanging_pages[] = {
    {"/", .body = "<a href=/hang>"},
    {"/hang", .behaviour = SITE_HANG},
};

static struct site *hanging_site(struct program **p)
{
    struct site *s = site_open(hanging_pages, COUNT(hanging_pages));
    *p = crawling_start(s, ARGS("--isolate", "-q", "{{BASE}}/"));
    crawling_await_hits(s, "/hang", 1);
    return s;
}

static void end_hanging(struct program *p, struct site *s, int signo)
{
    struct result r;
    site_close(s);
    program_signal(p, signo);
    program_wait(p, PATIENCE, &r);
    result_free(&r);
}

Test(isolate, leaves_the_children_no_descriptor_but_two_pipes_and_standard_error)
{
    struct program *p;
    struct site *s = hanging_site(&p);
    char path[64], target[64];
    pid_t child = await_child(p);
    for (int fd = 0; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)child, fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        if (fd < 2)
            cr_expect(strncmp(target, "pipe:", 5) == 0, "%d is %s", fd, target);
        else if (fd > 2)
            cr_expect_str_eq(target, "", "%d is %s", fd, target);
    }
    end_hanging(p, s, SIGKILL);
}

static void expect_limit(pid_t pid, const char *name, const char *soft, const char *hard)
{
    char expected[64];
    char *line = proc_line(pid, "limits", name);
    snprintf(expected, sizeof expected, "%-20s %-20s", soft, hard);
    cr_expect(line && strncmp(line + strspn(line, " "), expected, strlen(expected)) == 0,
              "%s: %s, not %s", name, line, expected);
    free(line);
}

static void expect_state(pid_t pid, const char *name, const char *expected)
{
    char *line = proc_line(pid, "status", name);
    cr_expect(line && strcmp(line, expected) == 0, "%s: %s, not %s", name, line, expected);
    free(line);
}

Test(isolate, limits_the_children)
{
    struct program *p;
    struct site *s = hanging_site(&p);
    pid_t child = await_child(p);
    expect_limit(child, "Max core file size", "0", "0");
    expect_limit(child, "Max cpu time", "11", "unlimited");
    expect_state(child, "NoNewPrivs:\t", "1");
    if (!getenv("SKITTER_SLOW")) { /* sanitizers need what these take */
        expect_limit(child, "Max file size", "0", "0");
        expect_limit(child, "Max address space", "1073741824", "1073741824");
        expect_limit(child, "Max open files", "16", "16");
        expect_limit(child, "Max processes", "0", "0");
        expect_state(child, "Seccomp:\t", "2");
    }
    end_hanging(p, s, SIGKILL);
}

Test(isolate, leaves_no_children_behind)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct program *p;
        struct site *s = hanging_site(&p);
        pid_t child = await_child(p);
        end_hanging(p, s, signals[i]);
        await_end(child);
    }
}

Test(isolate, leaves_no_children_behind_that_do_not_listen)
{
    struct program *p;
    struct site *s = hanging_site(&p);
    pid_t child = await_child(p);
    kill(child, SIGSTOP);
    end_hanging(p, s, SIGKILL);
    await_end(child);
}

Test(isolate, loses_the_page_whose_parser_dies_and_no_other)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/1>"},
        {"/1", .body = "<a href=/lost><a href=/2>", .delay = 0.5},
        {"/seed", .body = "<a href=/3>", .delay = 1},
        {"/3", .body = "<a href=/4>"},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct program *p =
        crawling_start(s, ARGS("--isolate", "-v", "-c", "1", "{{BASE}}/", "{{BASE}}/seed"));
    struct result r;
    pid_t child = await_child(p);
    crawling_await_hits(s, "/1", 1);
    kill(child, SIGSTOP);
    await_input(child);
    kill(child, SIGKILL);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    expect_found(s, &r, "/ /1 /3 /4 /seed");
    expect_said(&r, "/1: not all links could be read: its parser died\n");
    expect_said(&r, "1 with links that could not all be read");
    result_free(&r);
    site_close(s);
}

/* The child dies between two pages. */
Test(isolate, loses_nothing_when_an_idle_parser_dies)
{
    static const struct site_page pages[] = {
        {"/", .body = "<a href=/1>"},
        {"/1", .body = "<a href=/2>", .delay = 0.5},
    };
    struct site *s = site_open(pages, COUNT(pages));
    struct program *p = crawling_start(s, ARGS("--isolate", "-c", "1", "{{BASE}}/"));
    struct result r;
    crawling_await_hits(s, "/1", 1);
    pid_t child = await_child(p);
    kill(child, SIGKILL);
    await_end(child);
    program_wait(p, PATIENCE, &r);
    expect_found(s, &r, "/ /1 /2");
    cr_expect_null(strstr(r.err, "could not all be read"));
    result_free(&r);
    site_close(s);
}
