/* The crawls of a benchmark: how many pages each gets, their order, and whether each of them found
 * what it had to. */
#include "cmd/bench_private.h"

#include "cmd/bench_run.h"
#include "cmd/bench_server.h"
#include "cmd/message.h"
#include "cmd/quantity.h"
#include "crawler/memory.h"
#include "crawler/seen.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_A_RUN 1.35      /* of an own site's crawl, so that all of them are under a minute */
#define LEAST_PAGES 200         /* of it, even so, */
#define LEAST_ROUNDS 4          /* and for each in flight */
#define TRIAL (200 * NS_PER_MS) /* a crawl to learn how fast a level is */
#define MOST_PAGES 1000000      /* and at most; of a trial: more than there is time for */
#define STRAINED_MOST 0.01      /* of a public site's answers: it is too much for it */
#define MOST_PROCESSES 256      /* unless more are asked for */
#define LEARNING 8              /* fetches in flight of the crawl that learns a site */

/* --- what is to be measured --- */

static enum fetch_model model_of(const struct bench *b, unsigned curve)
{
    return b->arguments.models[curve / b->arguments.selector_count];
}

/* Whether that level is measured. One after another has but one, whatever was asked for; a process
 * for each of a thousand fetches is what nobody wants who did not ask for it. */
static bool has_level(const struct bench_arguments *a, enum fetch_model model, unsigned level)
{
    if (model == FETCH_SYNC)
        return level == 0;
    return model != FETCH_PROCESSES || a->levels_given || a->levels[level] <= MOST_PROCESSES;
}

static void make_curves(struct bench *b)
{
    const struct bench_arguments *a = &b->arguments;
    struct bench_result *r = &b->result;

    r->curve_count = a->model_count * a->selector_count;
    r->repeat = (unsigned)a->repeat;
    r->same_urls = true;
    for (unsigned i = 0; i < r->curve_count; i++) {
        struct bench_curve *c = &r->curves[i];
        enum fetch_model model = model_of(b, i);
        c->model = fetch_model_name(model);
        c->selector = a->selectors[i % a->selector_count];
        for (unsigned k = 0; k < a->level_count && has_level(a, model, k); k++) {
            struct bench_level *level = &c->levels[c->level_count++];
            level->concurrency = model == FETCH_SYNC ? 1 : a->levels[k];
            level->runs = memory_new(a->repeat * sizeof *level->runs);
        }
    }
}

static void describe_site(struct bench *b)
{
    const struct bench_arguments *a = &b->arguments;
    const struct site_arguments *s = &a->site_arguments;

    b->result.site = (struct bench_site){
        .url = a->has_url ? a->url.url.text : NULL,
        .pages = a->has_url ? b->expected.urls : a->pages,
        .links = s->links,
        .size = s->size ? s->size : "5K",
        .latency = s->latency ? s->latency : "0",
        .local = s->local,
        .errors = s->errors,
        .redirects = s->redirects,
        .hosts = s->hosts,
        .seed = s->seed,
        .no_keepalive = s->no_keepalive,
        .gzip = s->gzip,
        .tls = s->secure,
    };
}

/* The own server gets the last core, where there is more than one, and the crawler the others: then
 * each has its caches to itself, and who was the limit can be said. */
void bench_divide_cores(struct bench *b)
{
    struct bench_machine *m = &b->result.machine;
    cpu_set_t set;
    int last = CPU_SETSIZE - 1;

    b->server_core = -1;
    if (b->arguments.has_url || m->cores < 2 || sched_getaffinity(0, sizeof set, &set) != 0)
        return;
    while (!CPU_ISSET(last, &set))
        last--;
    CPU_CLR(last, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        return;
    b->server_core = last;
    m->crawler_cores = m->cores - 1;
}

/* --- progress --- */

__attribute__((format(printf, 2, 3))) static void show_progress(const struct bench *b,
                                                                const char *format, ...)
{
    char line[LIVE_SIZE] = "skitter bench: ";
    size_t length = strlen(line);
    va_list list;

    if (b->arguments.quiet)
        return;
    va_start(list, format);
    vsnprintf(line + length, sizeof line - length, format, list);
    va_end(list);
    message_live(line);
}

/* Seconds that the crawls to come take, as far as is known; 0 where it is not. */
static unsigned seconds_left(const struct bench *b)
{
    double seconds = 0;

    for (unsigned i = b->done; i < b->plan_count; i++)
        seconds += b->plans[i].seconds;
    return (unsigned)ceil(seconds);
}

static void show_crawl(const struct bench *b, const struct bench_level *level)
{
    unsigned left = seconds_left(b);
    char time[32] = "";

    if (left)
        snprintf(time, sizeof time, ", %u:%02u left", left / 60, left % 60);
    show_progress(b, "crawl %u of %u, %u in flight%s", b->done + 1, b->plan_count,
                  level->concurrency, time);
}

/* --- crawls --- */

static struct bench_task task_of(const struct bench *b, unsigned curve, unsigned level)
{
    const struct bench_arguments *a = &b->arguments;
    struct bench_task t = {
        .model = model_of(b, curve),
        .concurrency = b->result.curves[curve].levels[level].concurrency,
        .exact = a->has_url,
        .public = a->public_url,
        .insecure = a->insecure || a->site.secure,
    };

    snprintf(t.selector, sizeof t.selector, "%s", b->result.curves[curve].selector);
    return t;
}

static int lost(int error, const struct bench_task *t)
{
    if (error != -ECANCELED)
        message("skitter bench: %s on %s, %u in flight: %s", fetch_model_name(t->model),
                t->selector, t->concurrency,
                error == -EPIPE ? "the crawl's process died" : strerror(-error));
    return error;
}

/* A crawl of the own site in so many pages. Returns 0 or a negative errno, as was said. */
ASYNC static int crawl_own_site(struct bench *b, struct bench_task *t, uint32_t pages,
                                struct bench_answer *out)
{
    const struct bench_arguments *a = &b->arguments;
    struct bench_server server;

    int error = bench_server_start(&server, &a->site_arguments, &a->site, pages, b->server_core);
    if (error) {
        message("skitter bench: its server does not start: %s", strerror(-error));
        return error;
    }
    t->server = server.pid;
    t->url_size = strlen(server.url) + 1;
    error = bench_run(b->runner.loop, t, server.url, out, NULL);
    bench_server_stop(&server);
    if (error)
        return lost(error, t);
    if (t->duration)
        return 0;
    bench_set_of_site(&b->expected, &server.site);
    return 0;
}

ASYNC static int crawl_url(struct bench *b, struct bench_task *t, struct bench_answer *out)
{
    t->url_size = b->urls.length;
    int error = bench_run(b->runner.loop, t, b->urls.data, out, NULL);

    return error ? lost(error, t) : 0;
}

/* Says so if it is not what it had to be. */
static void check_set(struct bench *b, const struct bench_task *t, const struct bench_set *found)
{
    char urls[2][QUANTITY_SIZE], links[2][QUANTITY_SIZE];

    if (bench_set_equal(found, &b->expected))
        return;
    b->result.same_urls = false;
    quantity_count(urls[0], found->urls);
    quantity_count(urls[1], b->expected.urls);
    quantity_count(links[0], found->links);
    quantity_count(links[1], b->expected.links);
    message("skitter bench: %s on %s, %u in flight: found another site: %s URLs and %s links, not "
            "%s and %s%s",
            fetch_model_name(t->model), t->selector, t->concurrency, urls[0], links[0], urls[1],
            links[1],
            found->urls == b->expected.urls && found->links == b->expected.links ? ", other ones"
                                                                                 : "");
}

/* How many pages of the own site a level crawls: as many as it can in the time that it is to take,
 * by what is known of it now. */
static uint32_t choose_pages(const struct bench *b, const struct bench_plan *p)
{
    unsigned concurrency = b->result.curves[p->curve].levels[p->level].concurrency;
    uint32_t least =
        LEAST_ROUNDS * concurrency > LEAST_PAGES ? LEAST_ROUNDS * concurrency : LEAST_PAGES;
    double pages = b->rates[p->curve][p->level] * SECONDS_A_RUN;

    if (b->arguments.pages)
        return (uint32_t)b->arguments.pages;
    return pages < least ? least : pages > MOST_PAGES ? MOST_PAGES : (uint32_t)pages;
}

ASYNC static int make_crawl(struct bench *b, const struct bench_plan *p)
{
    struct bench_level *level = &b->result.curves[p->curve].levels[p->level];
    struct bench_task t = task_of(b, p->curve, p->level);
    struct bench_answer answer;

    show_crawl(b, level);
    if (!t.public) /* where each fetch is a load on somebody */
        t.warm_pages = 2 * t.concurrency;
    int error = b->arguments.has_url ? crawl_url(b, &t, &answer)
                                     : crawl_own_site(b, &t, choose_pages(b, p), &answer);
    if (error)
        return error;
    b->rates[p->curve][p->level] = answer.figures.pages_per_second;
    check_set(b, &t, &answer.set);
    level->runs[level->run_count++] = answer.figures;
    b->strained = (double)answer.strained > STRAINED_MOST * (double)answer.figures.pages;
    return 0;
}

/* --- the plan --- */

/* Finds out how fast a level is. */
ASYNC static int try_level(struct bench *b, unsigned curve, unsigned level)
{
    struct bench_task t = task_of(b, curve, level);
    struct bench_answer answer;

    show_progress(b, "trying %u in flight", t.concurrency);
    t.duration = TRIAL;
    if (t.model != FETCH_ASYNC) /* whose threads or processes are to be there */
        t.warm_pages = 2 * t.concurrency;
    int error = crawl_own_site(b, &t, MOST_PAGES, &answer);
    if (error == 0)
        b->rates[curve][level] = answer.figures.pages_per_second;
    return error;
}

/* Learns the site of the URL. */
ASYNC static int learn(struct bench *b)
{
    const struct bench_arguments *a = &b->arguments;
    const struct url *u = &a->url.url;
    struct bench_task t = task_of(b, 0, 0);
    struct bench_answer answer;

    show_progress(b, "learning the site");
    t.model = FETCH_ASYNC;
    t.concurrency = LEARNING;
    t.exact = false;
    t.learn = t.gentle = true;
    t.max_pages = a->max_pages;
    t.url_size = u->length + 1;
    int error = bench_run(b->runner.loop, &t, u->text, &answer, &b->urls);
    if (error)
        return lost(error, &t);
    b->expected = answer.set;
    if (b->expected.urls)
        return 0;
    message("skitter bench: %s: no page answered", u->text);
    return -ENODATA;
}

/* Lists the crawls. A public site will be climbed in this order; any other is crawled in mixed
 * order, so that what happens to the machine meanwhile does not look like a matter of the level. */
ASYNC static int make_plan(struct bench *b)
{
    struct bench_result *r = &b->result;
    unsigned most = r->curve_count * BENCH_LEVELS * r->repeat;
    bool sized = !b->arguments.has_url && !b->arguments.pages;

    b->plans = memory_new(most * sizeof *b->plans);
    for (unsigned c = 0; c < r->curve_count; c++) {
        for (unsigned l = 0; l < r->curves[c].level_count; l++) {
            struct bench_plan p = {.curve = c, .level = l};
            int error = sized ? try_level(b, c, l) : 0;
            if (error)
                return error;
            if (b->rates[c][l] > 0)
                p.seconds = choose_pages(b, &p) / b->rates[c][l];
            for (unsigned i = 0; i < r->repeat; i++)
                b->plans[b->plan_count++] = p;
        }
    }
    return 0;
}

static void shuffle(struct bench *b)
{
    uint64_t random = seen_random_seed();

    for (unsigned i = b->plan_count; i > 1; i--) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned k = (unsigned)((random >> 33) % i);
        struct bench_plan p = b->plans[i - 1];
        b->plans[i - 1] = b->plans[k];
        b->plans[k] = p;
    }
}

/* Levels as high as one that was too much for a public site are left out. */
ASYNC static int make_crawls(struct bench *b)
{
    unsigned bearable = UINT_MAX;

    for (b->done = 0; b->done < b->plan_count; b->done++) {
        const struct bench_plan *p = &b->plans[b->done];
        unsigned concurrency = b->result.curves[p->curve].levels[p->level].concurrency;
        int error = concurrency < bearable ? make_crawl(b, p) : 0;
        if (error)
            return error;
        if (concurrency >= bearable || !b->arguments.public_url || !b->strained)
            continue;
        bearable = concurrency;
        message("skitter bench: %s: more than 1 %% of the fetches at %u in flight failed or were "
                "answered 429 or 5xx: no further",
                b->arguments.url.url.text, concurrency);
    }
    return 0;
}

ASYNC int bench_measure(struct bench *b)
{
    make_curves(b);
    int error = b->arguments.has_url ? learn(b) : 0;
    describe_site(b);
    if (!error)
        error = make_plan(b);
    if (!error && !b->arguments.public_url)
        shuffle(b);
    return error ? error : make_crawls(b);
}
