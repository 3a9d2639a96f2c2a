/* Both sides: a request is a task and its URLs, an answer a struct bench_answer and what was
 * learnt. Both are the same program, so structs are sent as they are. */
#include "cmd/bench_run.h"

#include "cmd/bench_probe.h"
#include "cmd/crawl.h"
#include "crawler/crawler.h"
#include "crawler/memory.h"
#include "loop/process_pool.h"
#include "loop/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define MOST UINT32_MAX /* bytes of a message */

/* --- the parent --- */

ASYNC int bench_run(struct loop *l, const struct bench_task *t, const char *urls,
                    struct bench_answer *out, struct text *learnt)
{
    static char program[] = "/proc/self/exe", argument[] = BENCH_ARGUMENT;
    static char *const argv[] = {program, argument, NULL};
    struct process_pool *pool;
    size_t size = sizeof *t + t->url_size, length = 0;
    char *request = memory_new(size), *answer = NULL;

    memcpy(mempcpy(request, t, sizeof *t), urls, t->url_size);
    int error = process_pool_open(&pool, l, argv, 1, -1);
    if (error == 0) {
        error = process_pool_call(pool, request, size, &answer, &length, MOST);
        process_pool_close(pool);
    }
    free(request);
    if (error == 0 && length < sizeof *out)
        error = -EPROTO;
    if (error == 0) {
        memcpy(out, answer, sizeof *out);
        error = out->error;
    }
    if (error == 0 && learnt)
        text_add(learnt, answer + sizeof *out, length - sizeof *out);
    free(answer);
    return error;
}

/* --- the process --- */

struct measurement {
    const struct bench_task *task;
    const char *urls;
    struct runner runner;
    struct fetch_crew *crew; /* NULL: async */
    struct crawl_options options;
    struct text learnt;
};

static int crawl_main(void *crawl)
{
    return crawl_run(crawl);
}

static void set_options(struct measurement *m)
{
    const struct bench_task *t = m->task;

    m->options = (struct crawl_options)CRAWL_OPTIONS_DEFAULT;
    m->options.concurrency = m->options.fetch.concurrency = m->options.per_host = t->concurrency;
    m->options.duration = t->duration;
    m->options.delay = t->public ? -1 : 0;
    m->options.ignore_robots = m->options.rules.ignore_nofollow = !t->public;
    m->options.retries = 0; /* each failure is to be seen */
    m->options.max_redirects = UINT16_MAX - 1;
    m->options.gentle = t->gentle;
    m->options.agent = "skitter";
    m->options.rules.depth = t->exact ? 0 : DEPTH_UNLIMITED;
    m->options.rules.contents = true;
    m->options.rules.scope = t->server ? SCOPE_ANY : SCOPE_HOST;
    m->options.fetch.crew = m->crew;
    m->options.fetch.user_agent = SKITTER_AGENT;
    m->options.fetch.insecure = t->insecure;
    m->options.fetch.allow_private = !t->public;
    if (t->server) /* whose site may be a chain of any length */
        m->options.rules.traps.max_similar = UINT32_MAX;
}

static void add_seeds(struct crawl *c, const struct measurement *m)
{
    const char *end = m->urls + m->task->url_size;
    struct url url;

    for (const char *u = m->urls; u < end; u += url.length + 1) {
        url_describe(&url, u, strlen(u));
        crawl_seed(c, &url, NULL);
    }
}

/* The most that was resident, in bytes; 0: not known. */
static double peak_memory(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[128];
    double kilobytes = 0;

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lf", &kilobytes) == 1)
            break;
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

/* One crawl; out is NULL where nobody asks what it was like. */
static int crawl_once(struct measurement *m, uint64_t max_pages, struct bench_answer *out)
{
    const struct bench_task *t = m->task;
    struct bench_probe probe;
    struct crawl *crawl;

    bench_probe_init(&probe);
    m->options.max_pages = max_pages;
    int error = crawl_new(&crawl, m->runner.loop, &m->options, &probe.sink);
    if (error)
        return error;
    probe.crawl = crawl;
    probe.crew = m->crew;
    probe.concurrency = t->concurrency;
    if (t->server)
        clock_getcpuclockid(t->server, &probe.server);
    if (t->learn)
        probe.learnt = &m->learnt;
    add_seeds(crawl, m);
    bench_probe_begin(&probe);
    error = runner_main(&m->runner, crawl_main, crawl);
    if (error == 0 && out) {
        bench_probe_end(&probe, &out->figures);
        out->figures.rss_bytes = peak_memory() + (double)fetch_crew_memory(m->crew);
        out->set = probe.set;
        out->strained = probe.strained;
    }
    crawl_free(crawl);
    bench_probe_deinit(&probe);
    return error;
}

/* With the loop open. */
static int measure(struct measurement *m, struct bench_answer *out)
{
    const struct bench_task *t = m->task;
    int error = fetch_crew_open(&m->crew, m->runner.loop, t->model, t->concurrency);

    if (error)
        return error;
    set_options(m);
    if (t->warm_pages)
        error = crawl_once(m, t->warm_pages, NULL);
    if (error == 0)
        error = crawl_once(m, t->max_pages, out);
    fetch_crew_close(m->crew);
    return error;
}

static int answer_request(const char *request, size_t size, char **reply, size_t *length)
{
    struct bench_task task;
    struct measurement m = {.task = &task, .urls = request + sizeof task};
    struct bench_answer answer = {0};

    if (size < sizeof task)
        return -EPROTO;
    memcpy(&task, request, sizeof task);
    if (task.url_size != size - sizeof task)
        return -EPROTO;
    answer.error = runner_open(&m.runner, task.selector);
    if (answer.error == 0) {
        answer.error = measure(&m, &answer);
        runner_close(&m.runner);
    }
    *length = sizeof answer + m.learnt.length;
    *reply = memory_new(*length);
    memcpy(*reply, &answer, sizeof answer);
    if (m.learnt.length)
        memcpy(*reply + sizeof answer, m.learnt.data, m.learnt.length);
    text_deinit(&m.learnt);
    return 0;
}

int bench_run_main(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a crawl does not look at standard input */
    return process_worker_run(answer_request, MOST) == 0 ? 0 : 3;
}
