/* The loop never stands still: what one host does, or one page, holds up no other. SLOW_LOOKUP
 * names the library of slow_lookup.c. */
#include "tests/cmd/crawling.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* With --debug-loop the program itself says what held the loop. A sanitizer holds it. */
static void expect_loop_free(const struct result *r)
{
    if (AT_ONCE < 1)
        cr_expect_null(strstr(r->err, "held the loop"), "%s", r->err);
}

#define CHAIN 30 /* pages that lead to each other */

struct chain {
    struct site_page pages[CHAIN + 1];
    char paths[CHAIN][8], bodies[CHAIN][32], *big;
};

/* The chain begins at /; further pages may follow in the table. */
static struct site *chain_open(struct chain *c, double delay)
{
    for (int i = 0; i < CHAIN; i++) {
        sprintf(c->paths[i], i ? "/%d" : "/", i);
        sprintf(c->bodies[i], i + 1 < CHAIN ? "<a href=/%d>" : "the end", i + 1);
        c->pages[i] = (struct site_page){c->paths[i], .body = c->bodies[i], .delay = delay};
    }
    return site_open(c->pages, c->pages[CHAIN].path ? CHAIN + 1 : CHAIN);
}

/* Reads until the chain's end is printed. Returns the longest time without one of its pages. */
static double read_chain(struct program *p, const struct site *s)
{
    char base[SITE_URL_SIZE];
    size_t prefix = strlen(site_url(s, "/", base));
    double longest = 0, former = crawling_now();
    for (int seen = 0; seen < CHAIN - 1;) {
        const char *line;
        cr_assert(program_read_line(p, &line, PATIENCE), "it ended at page %d", seen);
        if (strncmp(line, base, prefix) != 0 || atoi(line + prefix) != seen + 1)
            continue;
        double gap = crawling_now() - former;
        longest = gap > longest ? gap : longest;
        former += gap;
        seen++;
    }
    return longest;
}

/* --- name lookups --- */

Test(lookup, that_takes_8_s_holds_up_no_other_host_nor_the_end)
{
    struct chain c = {0};
    struct site *s = chain_open(&c, 0.01);
    struct result r;
    crawling_preload("SLOW_LOOKUP");
    struct program *p =
        crawling_start(s, ARGS("http://never-8000.test/", "{{BASE}}/", "--debug-loop"));
    double gap = read_chain(p, s);
    cr_expect_lt(gap, 2 * AT_ONCE, "%g s without a page", gap);
    program_signal(p, SIGTERM);
    double since = crawling_now();
    program_wait(p, PATIENCE, &r);
    double late = crawling_now() - since;
    cr_expect(late > 1.9 && late < 2 + AT_ONCE, "it ends %g s after the signal", late);
    expect_status(&r, 143);
    expect_loop_free(&r);
    result_free(&r);
    site_close(s);
}

Test(lookup, of_many_names_at_once_holds_up_no_other_host)
{
    struct chain c = {0};
    struct site *s = chain_open(&c, 0.01);
    const char *args[60] = {"{{BASE}}/", "--debug-loop"};
    char names[50][32];
    struct result r;
    for (int i = 0; i < 50; i++)
        args[2 + i] = (sprintf(names[i], "http://never-80%02d.test/", i), names[i]);
    crawling_preload("SLOW_LOOKUP");
    struct program *p = crawling_start(s, args);
    double gap = read_chain(p, s);
    cr_expect_lt(gap, 2 * AT_ONCE, "%g s without a page", gap);
    program_close_output(p); /* its reader leaves */
    double since = crawling_now();
    program_wait(p, PATIENCE, &r);
    double late = crawling_now() - since;
    cr_expect_lt(late, AT_ONCE, "it ends %g s after its reader left", late);
    expect_status(&r, 0);
    expect_loop_free(&r);
    result_free(&r);
    site_close(s);
}

Test(lookup, ends_at_the_connections_timeout)
{
    struct result r;
    crawling_preload("SLOW_LOOKUP");
    crawling_run(NULL, ARGS("http://never-8000.test/", "--connect-timeout=0.3", "--retry=0"), &r);
    expect_status(&r, 1);
    expect_said(&r, "http://never-8000.test/: timeout: ");
    cr_expect_lt(r.seconds, 0.3 + 2 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
}

Test(lookup, that_finds_no_such_name_is_not_tried_again)
{
    struct result r;
    crawling_preload("SLOW_LOOKUP");
    crawling_run(NULL, ARGS("http://never-0.test/", "http://never-0.test/more"), &r);
    expect_status(&r, 1);
    expect_said(&r, "http://never-0.test/: dns: ");
    expect_said(&r, "http://never-0.test/more: dns: ");
    cr_expect_lt(r.seconds, 2 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
}

Test(lookup, that_is_slow_but_succeeds_is_waited_for)
{
    struct chain c = {0};
    struct site *s = chain_open(&c, 0);
    char seed[64];
    struct result r;
    crawling_preload("SLOW_LOOKUP");
    snprintf(seed, sizeof seed, "http://after-300.test:%u/", site_port(s));
    crawling_run(s, ARGS(seed, "-q"), &r);
    expect_status(&r, 0);
    cr_expect_eq(crawling_lines(r.out), CHAIN);
    cr_expect_lt(r.seconds, 0.3 + 4 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
    site_close(s);
}

/* --- long pages --- */

Test(page, of_several_megabytes_holds_up_no_other)
{
    enum { LINKS = 100000 };
    struct chain c = {.big = malloc(LINKS * 64)};
    char *end = c.big;
    for (int i = 0; i < LINKS; i++)
        end += sprintf(end, "<p><a rel=nofollow href=/x%06d>x</a> text</p>\n", i);
    c.pages[CHAIN] = (struct site_page){"/big", .body = c.big};
    double gap = 1e9;
    for (int tries = 3; tries > 0 && gap > AT_ONCE; tries--) {
        struct site *s = chain_open(&c, 0.02);
        struct result r;
        struct program *p =
            crawling_start(s, ARGS("{{BASE}}/", "{{BASE}}/big", "--debug-loop", "-c32"));
        double longest = read_chain(p, s);
        gap = longest < gap ? longest : gap;
        program_wait(p, PATIENCE, &r);
        expect_status(&r, 0);
        if (AT_ONCE < 1) { /* else it may take longer than a document is given */
            expect_said(&r, "100031 found");
            expect_loop_free(&r);
        }
        result_free(&r);
        site_close(s);
    }
    cr_expect_lt(gap, AT_ONCE, "%g s without a page", gap);
    free(c.big);
}

/* --- hosts that hang --- */

/* Connections are accepted by the kernel, and nobody answers. */
static unsigned hanging_port(int *fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(*fd, (struct sockaddr *)&a, size), 0);
    cr_assert_eq(listen(*fd, 16), 0);
    cr_assert_eq(getsockname(*fd, (struct sockaddr *)&a, &size), 0);
    return ntohs(a.sin_port);
}

Test(hosts, that_hang_hold_up_no_other)
{
    enum { HOSTS = 50 };
    struct chain c = {0};
    struct site *s = chain_open(&c, 0.01);
    const char *args[60] = {"{{BASE}}/", "-m1s", "--retry=0", "--debug-loop"};
    char seeds[HOSTS][32];
    int fds[HOSTS];
    struct result r;
    for (int i = 0; i < HOSTS; i++)
        args[4 + i] = (sprintf(seeds[i], "http://127.0.0.1:%u/", hanging_port(&fds[i])), seeds[i]);
    struct program *p = crawling_start(s, args);
    double gap = read_chain(p, s);
    cr_expect_lt(gap, 2 * AT_ONCE, "%g s without a page", gap);
    program_wait(p, PATIENCE, &r);
    expect_status(&r, 0);
    expect_said(&r, "50 timeout");
    expect_loop_free(&r);
    /* Half of 32 fetches at once for hosts that were never met: four rounds. */
    cr_expect_lt(r.seconds, 4 + 10 * AT_ONCE, "%g s", r.seconds);
    result_free(&r);
    for (int i = 0; i < HOSTS; i++)
        close(fds[i]);
    site_close(s);
}
