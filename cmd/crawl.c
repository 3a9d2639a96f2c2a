/* The crawl command: seeds go in, URLs come out on standard output, everything else on standard
 * error, and an exit status says how it went. */
#include "cmd/crawl.h"

#include "cmd/crawl_options.h"
#include "cmd/message.h"
#include "cmd/report.h"
#include "cmd/seed_input.h"
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
    struct report report; /* with the crawl and the output */
    struct crawl_arguments arguments;
    struct runner runner;
    struct handle interrupted, terminated;
    int signal; /* that ended the crawl; 0: none */
    int why_status;
    struct seed seed;
    size_t seeds, bad_seeds;
    char *host; /* of the first seed */
    bool several_hosts;
};

/* --- what ends it early --- */

static void output_lost_all(void *arg)
{
    struct run *r = arg;

    crawl_stop(r->report.crawl, STOP_OUTPUT);
}

/* The first signal stops the crawl, the second one the program. */
static void signalled(struct run *r, int signo)
{
    if (r->signal) {
        if (output_part(r->report.output))
            message("skitter: %s holds what was written", output_part(r->report.output));
        _exit(128 + signo);
    }
    r->signal = signo;
    crawl_stop(r->report.crawl, STOP_SIGNAL);
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
    crawl_seed(r->report.crawl, &s->url, s->credentials);
    free(s->credentials);
    r->seeds++;
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
        size_t length = (size_t)n;
        number++;
        if (seed_line(&text, &length))
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

/* --why URL, in the crawl's spelling. */
static bool read_question(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;
    struct seed *s = &r->seed;
    const char *wrong = a->why ? seed_parse(s, a->why, strlen(a->why), false) : NULL;

    if (!a->why)
        return true;
    if (wrong) {
        message("skitter: --why %s: %s", a->why, wrong);
        return false;
    }
    free(s->credentials);
    char *url = r->report.why.url = memory_resize(NULL, URL_BUFFER);
    if (!query_canonical(&s->url, url, &s->url, &a->crawl.rules.query))
        memcpy(url, s->url.text, s->url.length + 1);
    return true;
}

static bool add_domain(void *crawl, const char *domain, size_t length)
{
    if (crawl_add_domain(crawl, domain, length))
        return true;
    message("skitter: -D %.*s: expected a domain, like example.org", (int)length, domain);
    return false;
}

static bool add_filters(struct run *r, const struct texts *patterns, enum verdict kind)
{
    char wrong[256];

    for (size_t i = 0; i < patterns->count; i++) {
        if (crawl_add_filter(r->report.crawl, kind, patterns->items[i], wrong))
            continue;
        message("skitter: --%s %s: %s", verdict_name(kind), patterns->items[i], wrong);
        return false;
    }
    return true;
}

static bool read_rules(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;

    r->report.print_refused = a->print.count && strcmp(a->print.items[0], "refused") == 0;
    return texts_for_parts(&a->domains, add_domain, r->report.crawl) &&
           add_filters(r, &a->includes, VERDICT_INCLUDE) &&
           add_filters(r, &a->excludes, VERDICT_EXCLUDE) && read_question(r);
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
    int result = crawl_run(r->report.crawl);

    if (r->report.why.url)
        r->why_status = why_end(&r->report.why, r->report.crawl, r->report.output);
    output_flush(r->report.output);
    return result;
}

/* Returns the exit status; LEFT if the reader went away. */
static int finish_output(struct run *r)
{
    const char *name = r->arguments.output ? r->arguments.output : "standard output";
    int error = output_finish(r->report.output);
    const char *part = output_part(r->report.output);

    if (error && error != -EPIPE)
        message("skitter: %s: %s; %" PRIu64 " records were lost%s%s", name, strerror(-error),
                output_lost(r->report.output), part ? "; the others are in " : "",
                part ? part : "");
    return error == -EPIPE ? LEFT : error ? 3 : 0;
}

/* Returns 3 if they are lost, else what was given. */
static int save_cookies(struct run *r, int status)
{
    int error = crawl_save_cookies(r->report.crawl);

    if (!error)
        return status;
    message("skitter: --cookie-jar %s: %s", r->arguments.crawl.fetch.cookie_jar, strerror(-error));
    return 3;
}

static int exit_status(struct run *r, int output)
{
    const struct stats *s = crawl_stats(r->report.crawl);

    if (output == LEFT)
        return 0;
    if (!r->arguments.quiet)
        summary_print(r->report.crawl, r->signal == SIGINT ? "interrupted" : "terminated");
    if (output || r->signal)
        return output ? output : 128 + r->signal;
    if (r->report.why.url)
        return r->why_status;
    if (s->statuses[2])
        return 0;
    message("skitter: no page answered 2xx: %s",
            r->report.first_problem ? r->report.first_problem : "none came");
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
    int status = read_rules(r) ? read_seeds(r) : 2;

    if (status >= 0)
        return status;
    if (!a->per_host && a->concurrency && !r->several_hosts)
        crawl_set_per_host(r->report.crawl, a->crawl.concurrency);
    if (!a->quiet)
        summary_scope(r->report.crawl);
    if (a->debug_loop)
        loop_set_debug(r->runner.loop, 100 * NS_PER_MS, report_loop);
    set_signals(r, true);
    int result = runner_main(&r->runner, crawl_main, r);
    set_signals(r, false);
    status = exit_status(r, save_cookies(r, finish_output(r)));
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
    error = output_open(&r->report.output, r->runner.loop, a->output, a->null_records ? '\0' : '\n',
                        output_lost_all, r);
    if (error) {
        message("skitter: -o %s: %s", a->output ? a->output : "-", strerror(-error));
    } else if ((error = crawl_new(&r->report.crawl, r->runner.loop, &a->crawl, &r->report.sink)) !=
               0) {
        message("skitter: libcurl: %s", strerror(-error));
        output_free(r->report.output);
    } else {
        status = run(r);
        crawl_free(r->report.crawl);
        output_free(r->report.output);
    }
    runner_close(&r->runner);
    return status;
}

int crawl_command(char **argv)
{
    struct run *r = memory_new(sizeof *r);

    report_init(&r->report, &r->arguments);
    handle_init(&r->interrupted, interrupted);
    handle_init(&r->terminated, terminated);
    int status = crawl_arguments_parse(&r->arguments, argv);
    if (status < 0)
        status = open_and_run(r);
    crawl_arguments_deinit(&r->arguments);
    report_deinit(&r->report);
    free(r->host);
    free(r);
    return status;
}
