/* The crawl command: seeds go in, records come out on standard output, everything else on standard
 * error, and an exit status says how it went. */
#include "cmd/crawl.h"

#include "cmd/audience.h"
#include "cmd/crawl_options.h"
#include "cmd/crawl_seeds.h"
#include "cmd/files.h"
#include "cmd/message.h"
#include "cmd/observer.h"
#include "cmd/print_options.h"
#include "cmd/progress.h"
#include "cmd/seeds.h"
#include "cmd/summary.h"
#include "crawler/memory.h"
#include "loop/runner.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    struct crawl_arguments arguments;
    struct records_options print;
    struct runner runner;
    struct files files;
    struct observer observer;
    struct crawl *crawl;
    struct crawl_seeds seeds;
    struct audience audience;
    struct progress progress;
    struct handle interrupted, terminated, asked;
    int signal; /* that ended the crawl; 0: none */
    int why_status;
};

/* --- signals --- */

static void output_lost_all(void *arg)
{
    struct run *r = arg;

    crawl_stop(r->crawl, STOP_OUTPUT);
}

/* The first signal stops the crawl, the second one the program. */
static void signalled(struct run *r, int signo)
{
    if (r->signal) {
        progress_stop(&r->progress);
        files_name_parts(&r->files);
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

static void asked(struct handle *h)
{
    progress_print(&container_of(h, struct run, asked)->progress);
}

static void set_signals(struct run *r, bool on)
{
    struct loop *l = r->runner.loop;

    if (on) {
        loop_add_signal_handler(l, SIGINT, &r->interrupted);
        loop_add_signal_handler(l, SIGTERM, &r->terminated);
        loop_add_signal_handler(l, SIGUSR1, &r->asked);
    } else {
        loop_remove_signal_handler(l, SIGINT);
        loop_remove_signal_handler(l, SIGTERM);
        loop_remove_signal_handler(l, SIGUSR1);
    }
}

/* --- rules --- */

/* --why URL, in the crawl's spelling. */
static bool read_question(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;
    struct seed *s = &r->seeds.seed;
    const char *wrong = a->why ? seed_parse(s, a->why, strlen(a->why), false) : NULL;

    if (!a->why)
        return true;
    if (wrong) {
        message("skitter: --why %s: %s", a->why, wrong);
        return false;
    }
    free(s->credentials);
    char *url = r->observer.why.url = memory_resize(NULL, URL_BUFFER);
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
        if (crawl_add_filter(r->crawl, kind, patterns->items[i], wrong))
            continue;
        message("skitter: --%s %s: %s", verdict_name(kind), patterns->items[i], wrong);
        return false;
    }
    return true;
}

static bool read_rules(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;

    return texts_for_parts(&a->domains, add_domain, r->crawl) &&
           add_filters(r, &a->includes, VERDICT_INCLUDE) &&
           add_filters(r, &a->excludes, VERDICT_EXCLUDE) && read_question(r);
}

/* --- the run --- */

static const char *signal_name(const struct run *r)
{
    return r->signal == SIGINT ? "interrupted" : "terminated";
}

static int crawl_main(void *arg)
{
    struct run *r = arg;

    crawl_seeds_start_input(&r->seeds, r->runner.loop);
    int result = crawl_run(r->crawl);
    crawl_seeds_stop_input(&r->seeds);
    observer_end(&r->observer);
    if (r->observer.why.url)
        r->why_status = why_end(&r->observer.why, r->crawl, files_output(&r->files, FILE_RECORDS));
    if (files_output(&r->files, FILE_SUMMARY))
        summary_write(r->crawl, signal_name(r), files_output(&r->files, FILE_SUMMARY));
    files_flush(&r->files);
    return result;
}

/* Returns 3 if they are lost, else what was given. */
static int save_cookies(struct run *r, int status)
{
    int error = crawl_save_cookies(r->crawl);

    if (!error)
        return status;
    message("skitter: --cookie-jar %s: %s", r->arguments.crawl.fetch.cookie_jar, strerror(-error));
    return 3;
}

static int exit_status(struct run *r, int output)
{
    const struct crawl_arguments *a = &r->arguments;
    uint64_t broken = r->observer.broken + r->seeds.bad;

    if (output == FILES_READER_LEFT)
        return 0;
    if (!a->quiet)
        summary_print(r->crawl, signal_name(r));
    if (output || r->signal)
        return output ? output : 128 + r->signal;
    if (r->seeds.good == 0)
        return 2;
    if (r->observer.why.url)
        return r->why_status;
    if (a->fail && broken) {
        message("skitter: --fail: %" PRIu64 " broken, first %s", broken,
                r->observer.first_broken ? r->observer.first_broken : "a seed");
        return 4;
    }
    if (crawl_stats(r->crawl)->statuses[2])
        return 0;
    message("skitter: no page answered 2xx: %s",
            r->observer.first_problem ? r->observer.first_problem : "none came");
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

/* On by itself where someone watches, and the records go elsewhere. */
static bool wants_progress(const struct crawl_arguments *a)
{
    return a->progress == PROGRESS_ON ||
           (a->progress == PROGRESS_AUTO && !a->quiet && (a->output || !isatty(STDOUT_FILENO)));
}

/* With everything in place. Returns the exit status. */
static int run(struct run *r)
{
    const struct crawl_arguments *a = &r->arguments;
    int status = crawl_seeds_read(&r->seeds);

    if (status >= 0)
        return status;
    if (!a->quiet)
        summary_scope(r->crawl);
    if (a->debug_loop)
        loop_set_debug(r->runner.loop, 100 * NS_PER_MS, report_loop);
    progress_start(&r->progress, r->runner.loop, r->crawl, wants_progress(a));
    if (r->progress.live)
        output_wipe_live(files_output(&r->files, FILE_RECORDS));
    set_signals(r, true);
    int result = runner_main(&r->runner, crawl_main, r);
    set_signals(r, false);
    progress_stop(&r->progress);
    status = exit_status(r, save_cookies(r, files_finish(&r->files)));
    if (result == 0)
        return status;
    message("skitter: %s", strerror(-result));
    return 3;
}

/* With the crawl and the files open. */
static int prepare_and_run(struct run *r)
{
    int status = 2;

    r->observer.crawl = r->crawl;
    r->observer.files = &r->files;
    crawl_seeds_init(&r->seeds, &r->arguments, r->crawl);
    if (read_rules(r)) {
        audience_init(&r->audience, &r->observer, &r->print);
        observer_add(&r->observer, &r->seeds.listener);
        status = run(r);
        audience_deinit(&r->audience);
    }
    crawl_seeds_deinit(&r->seeds);
    return status;
}

/* With the loop open. */
static int open_and_run(struct run *r)
{
    int status = files_open(&r->files, r->runner.loop, &r->arguments, output_lost_all, r);

    if (status >= 0)
        return status;
    int error = crawl_new(&r->crawl, r->runner.loop, &r->arguments.crawl, &r->observer.sink);
    if (error) {
        message("skitter: libcurl: %s", strerror(-error));
        status = 3;
    } else {
        status = prepare_and_run(r);
        crawl_free(r->crawl);
    }
    files_close(&r->files);
    return status;
}

static int open_loop_and_run(struct run *r)
{
    const char *selector = r->arguments.selector;
    int error = runner_open(&r->runner, selector);

    if (error) {
        message("skitter: %s%s: %s", selector ? "--selector " : "no event loop",
                selector ? selector : "", strerror(-error));
        return 3;
    }
    int status = open_and_run(r);
    runner_close(&r->runner);
    return status;
}

int crawl_command(char **argv)
{
    struct run *r = memory_new(sizeof *r);

    observer_init(&r->observer, &r->arguments);
    handle_init(&r->interrupted, interrupted);
    handle_init(&r->terminated, terminated);
    handle_init(&r->asked, asked);
    int status = crawl_arguments_parse(&r->arguments, argv);
    if (status < 0)
        status = print_options_read(&r->print, &r->arguments, &r->arguments.crawl.rules)
                     ? open_loop_and_run(r)
                     : 2;
    template_free(r->print.template);
    crawl_arguments_deinit(&r->arguments);
    observer_deinit(&r->observer);
    free(r);
    return status;
}
