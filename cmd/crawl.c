/* The crawl command: seeds go in, URLs come out on standard output, everything else on standard
 * error, and an exit status says how it went. */
#include "cmd/crawl.h"

#include "cmd/crawl_options.h"
#include "cmd/message.h"
#include "cmd/output.h"
#include "cmd/seeds.h"
#include "cmd/summary.h"
#include "crawler/memory.h"
#include "loop/runner.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEFT -1 /* an exit status: the reader went away */

struct run {
    struct crawl_sink sink;
    struct crawl_arguments arguments;
    struct runner runner;
    struct crawl *crawl;
    struct output *output;
    struct handle interrupted, terminated;
    int signal; /* that ended the crawl; 0: none */
    struct seed seed;
    size_t seeds, bad_seeds;
    char *host; /* of the first seed */
    bool several_hosts;
    char *first_problem; /* why the first page that was not to be had was not */
};

/* --- what the crawler reports --- */

static struct run *run_of(struct crawl_sink *s)
{
    return container_of(s, struct run, sink);
}

static void print_found(struct crawl_sink *s, const char *url, size_t length)
{
    output_record(run_of(s)->output, url, length);
}

static void note_problem(struct run *r, const char *url, const char *what)
{
    if (r->first_problem)
        return;
    r->first_problem = memory_resize(NULL, strlen(url) + strlen(what) + 3);
    stpcpy(stpcpy(stpcpy(r->first_problem, url), ": "), what);
}

static void report_visit(struct crawl_sink *s, const struct page *p)
{
    struct run *r = run_of(s);
    const char *url = p->item->url;
    int status = p->fetch ? p->fetch->status : 0;
    const char *problem = page_problem(p);
    char text[32];

    if (p->error) {
        note_problem(r, url, p->message);
        if (!r->arguments.quiet)
            message("%s: %s: %s", url, fetch_error_name(p->error), p->message);
        return;
    }
    if (status / 100 != 2) {
        snprintf(text, sizeof text, "answered %d", status);
        note_problem(r, url, text);
    }
    if (problem && !r->arguments.quiet)
        message("%s: not all links could be read: %s", url, problem);
    if (r->arguments.verbose)
        message("%s: %d, %zu links", url, status, p->links.count + p->links.known);
}

static void report_refusal(struct crawl_sink *s, const struct item *item)
{
    struct run *r = run_of(s);
    const char *why = item->host->why ? item->host->why : "robots.txt forbids it (--ignore-robots)";

    note_problem(r, item->url, why);
    if (r->arguments.verbose)
        message("%s: %s", item->url, why);
}

static void report_host(struct crawl_sink *s, const struct host *h)
{
    if (h->robots_state == ROBOTS_UNAVAILABLE && !run_of(s)->arguments.quiet)
        message("%s: %s", h->origin, h->why);
}

static void report_put_aside(struct crawl_sink *s, const struct host *h)
{
    if (!run_of(s)->arguments.quiet)
        message("%s: %s", h->origin, h->why);
}

static struct future *wait_for_output(struct crawl_sink *s)
{
    return output_pressure(run_of(s)->output);
}

/* --- what ends it early --- */

static void output_lost_all(void *arg)
{
    struct run *r = arg;

    crawl_stop(r->crawl, STOP_OUTPUT);
}

/* The first signal stops the crawl, the second one the program. */
static void signalled(struct run *r, int signo)
{
    if (r->signal) {
        if (output_part(r->output))
            message("skitter: %s holds what was written", output_part(r->output));
        _exit(128 + signo);
    }
    r->signal = signo;
    crawl_stop(r->crawl, STOP_SIGNAL);
}

static void interrupted(struct handle *h)
{
    signalled(container_of(h, struct run, interrupted), SIGINT);
}

static void terminated(struct handle *h)
{
    signalled(container_of(h, struct run, terminated), SIGTERM);
}

/* --- seeds --- */

/* Whether all seeds so far name one host. */
static void note_host(struct run *r, const struct url *u)
{
    size_t length = u->port - u->host;

    if (!r->host)
        r->host = memory_copy(u->text + u->host, length);
    else if (strncmp(r->host, u->text + u->host, length) != 0 || r->host[length])
        r->several_hosts = true;
}

/* What may be shown of a seed, which is NUL-terminated: credentials are not. */
static const char *showable(const char *text, size_t *length)
{
    const char *scheme = strstr(text, "://"), *authority = scheme ? scheme + 3 : text;
    const char *at = memrchr(authority, '@', strcspn(authority, "/?#"));

    if (!at)
        return text;
    *length -= (size_t)(at - text);
    return at;
}

/* The number-th one of a file, or of the command line. */
static void add_seed(struct run *r, const char *file, size_t number, const char *text,
                     size_t length)
{
    struct seed *s = &r->seed;
    const char *wrong = seed_parse(s, text, length, r->arguments.crawl.fetch.credentials != NULL);

    if (wrong) {
        text = showable(text, &length);
        message("skitter: %s %zu: %.*s: %s", file ? file : "seed", number,
                (int)(length < 1000 ? length : 1000), text, wrong);
        r->bad_seeds++;
        return;
    }
    note_host(r, &s->url);
    crawl_seed(r->crawl, &s->url, s->credentials);
    free(s->credentials);
    r->seeds++;
}

static size_t trim(const char **text, size_t length)
{
    while (length && strchr(" \t\r\n", (*text)[length - 1]))
        length--;
    while (length && (**text == ' ' || **text == '\t'))
        (*text)++, length--;
    return length;
}

/* Returns -1 to go on, else the exit status. */
static int read_seed_file(struct run *r, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0, number = 0;
    ssize_t n;

    if (!f) {
        message("skitter: -i %s: %s", path, strerror(errno));
        return 2;
    }
    while ((n = getline(&line, &capacity, f)) >= 0) {
        const char *text = line;
        size_t length = trim(&text, (size_t)n);
        number++;
        if (length == 0 || *text == '#')
            continue;
        add_seed(r, path, number, text, length);
    }
    int error = ferror(f) ? errno : 0;
    free(line);
    fclose(f);
    if (!error)
        return -1;
    message("skitter: -i %s: %s", path, strerror(error));
    return 2;
}

static int read_seeds(struct run *r)
{
    const struct texts *typed = &r->arguments.seeds;
    const char *file = r->arguments.seed_file;
    int status = -1;

    for (size_t i = 0; i < typed->count; i++) {
        if (strcmp(typed->items[i], "-") == 0) {
            message("skitter: -: seeds from standard input are not there yet");
            return 2;
        }
        add_seed(r, NULL, i + 1, typed->items[i], strlen(typed->items[i]));
    }
    if (file)
        status = read_seed_file(r, file);
    if (status < 0 && r->seeds == 0) {
        if (r->bad_seeds == 0)
            message("skitter: no seed: skitter URL... (see skitter --help)");
        status = 2;
    }
    return status;
}

/* --- the run --- */

static int crawl_main(void *arg)
{
    struct run *r = arg;
    int result = crawl_run(r->crawl);

    output_flush(r->output);
    return result;
}

/* Returns the exit status; LEFT if the reader went away. */
static int finish_output(struct run *r)
{
    const char *name = r->arguments.output ? r->arguments.output : "standard output";
    int error = output_finish(r->output);
    const char *part = output_part(r->output);

    if (error && error != -EPIPE)
        message("skitter: %s: %s; %" PRIu64 " records were lost%s%s", name, strerror(-error),
                output_lost(r->output), part ? "; the others are in " : "", part ? part : "");
    return error == -EPIPE ? LEFT : error ? 3 : 0;
}

static int exit_status(struct run *r, int output)
{
    const struct stats *s = crawl_stats(r->crawl);

    if (output == LEFT)
        return 0;
    if (!r->arguments.quiet)
        summary_print(r->crawl, r->signal == SIGINT ? "interrupted" : "terminated");
    if (output || r->signal)
        return output ? output : 128 + r->signal;
    if (s->statuses[2])
        return 0;
    message("skitter: no page answered 2xx: %s", r->first_problem ? r->first_problem : "none came");
    return 1;
}

static void report_loop(const struct loop_report *p)
{
    switch (p->problem) {
    case LOOP_SLOW:
        message("skitter: %s held the loop for %" PRId64 " ms", p->name, p->ns / NS_PER_MS);
        break;
    case LOOP_TASK_FAILED:
        message("skitter: task %s failed unheard: %s", p->name, strerror(-p->error));
        break;
    case LOOP_TASK_PENDING:
        message("skitter: task %s was pending when its loop was closed", p->name);
        break;
    }
}

static void set_signals(struct run *r, bool on)
{
    struct loop *l = r->runner.loop;

    if (on) {
        loop_add_signal_handler(l, SIGINT, &r->interrupted);
        loop_add_signal_handler(l, SIGTERM, &r->terminated);
    } else {
        loop_remove_signal_handler(l, SIGINT);
        loop_remove_signal_handler(l, SIGTERM);
    }
}

/* With everything open. Returns the exit status. */
static int run(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;
    int status = read_seeds(r);

    if (status >= 0)
        return status;
    if (!a->per_host && a->concurrency && !r->several_hosts)
        crawl_set_per_host(r->crawl, a->crawl.concurrency);
    if (!a->quiet)
        summary_scope(r->crawl);
    if (a->debug_loop)
        loop_set_debug(r->runner.loop, 100 * NS_PER_MS, report_loop);
    set_signals(r, true);
    int result = runner_main(&r->runner, crawl_main, r);
    set_signals(r, false);
    status = exit_status(r, finish_output(r));
    if (result == 0)
        return status;
    message("skitter: %s", strerror(-result));
    return 3;
}

/* Opens what a run needs, runs, closes it. */
static int open_and_run(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;
    int status = 3, error = runner_open(&r->runner, a->selector);

    if (error) {
        message("skitter: %s%s: %s", a->selector ? "--selector " : "no event loop",
                a->selector ? a->selector : "", strerror(-error));
        return 3;
    }
    error = output_open(&r->output, r->runner.loop, a->output, a->null_records ? '\0' : '\n',
                        output_lost_all, r);
    if (error) {
        message("skitter: -o %s: %s", a->output ? a->output : "-", strerror(-error));
    } else if ((error = crawl_new(&r->crawl, r->runner.loop, &a->crawl, &r->sink)) != 0) {
        message("skitter: libcurl: %s", strerror(-error));
        output_free(r->output);
    } else {
        status = run(r);
        crawl_free(r->crawl);
        output_free(r->output);
    }
    runner_close(&r->runner);
    return status;
}

int crawl_command(char **argv)
{
    struct run *r = memory_new(sizeof *r);

    r->sink = (struct crawl_sink){.found = print_found,
                                  .visited = report_visit,
                                  .refused = report_refusal,
                                  .met = report_host,
                                  .pressure = wait_for_output,
                                  .put_aside = report_put_aside};
    handle_init(&r->interrupted, interrupted);
    handle_init(&r->terminated, terminated);
    int status = crawl_arguments_parse(&r->arguments, argv);
    if (status < 0)
        status = open_and_run(r);
    crawl_arguments_deinit(&r->arguments);
    free(r->first_problem);
    free(r->host);
    free(r);
    return status;
}
