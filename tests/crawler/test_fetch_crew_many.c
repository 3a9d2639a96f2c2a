/* What threads and processes do with several fetches, and what processes are. */
#include "tests/crawler/crews.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define KIB 1024

static char letters[300 * KIB]; /* all 'x' */

static const struct site_page pages[] = {
    {"/", .body = "<p>"},
    {"/long", .body = letters, .length = sizeof letters},
    {"/hang", .behaviour = SITE_HANG},
    {"/slow", .body = "at last", .delay = 0.15},
};

static void write_letters(void)
{
    memset(letters, 'x', sizeof letters);
}

TestSuite(crew, .init = write_letters, .timeout = 60);

/* --- many at once --- */

/* Answers when so many requests are there, and not before. */
struct gathering {
    int listener;
    unsigned most;
    pthread_t thread;
    char url[64];
};

static void *gather(void *arg)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct gathering *g = arg;
    int fds[64];
    char head[4 * KIB];

    for (unsigned i = 0; i < g->most; i++) {
        fds[i] = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC);
        if (read(fds[i], head, sizeof head) <= 0)
            abort();
    }
    for (unsigned i = 0; i < g->most; i++) {
        if (write(fds[i], answer, sizeof answer - 1) < 0)
            abort();
        close(fds[i]);
    }
    return NULL;
}

static void gathering_open(struct gathering *g, unsigned most)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;

    g->most = most;
    g->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(g->listener, (struct sockaddr *)&a, size), 0);
    cr_assert_eq(listen(g->listener, 64), 0);
    getsockname(g->listener, (struct sockaddr *)&a, &size);
    snprintf(g->url, sizeof g->url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
    cr_assert_eq(pthread_create(&g->thread, NULL, gather, g), 0);
}

static void gather_all(struct stage *s, struct fetching *all, unsigned count)
{
    struct gathering g;

    gathering_open(&g, count);
    for (unsigned i = 0; i < count; i++) {
        struct fetching *f = &all[i];
        strcpy(f->url, g.url);
        f->host = host_of(s, f->url);
        fetch_init(&f->fetch, s->fetcher);
        cr_assert_eq(task_start(&f->task, loop_running(), "fetch", fetch_in_task, f), 0);
    }
    for (unsigned i = 0; i < count; i++) {
        task_join(&all[i].task);
        cr_expect_eq(all[i].fetch.error, FETCH_OK, "%s: %s", model_of(s), all[i].fetch.message);
        fetch_deinit(&all[i].fetch);
    }
    pthread_join(g.thread, NULL);
    close(g.listener);
}

static void gather_64(struct stage *s)
{
    static struct fetching all[64];

    gather_all(s, all, COUNT(all));
}

Test(crew, as_many_threads_as_there_may_be_fetch_at_once)
{
    struct stage s = {.act = gather_64, .model = FETCH_THREADS, .crew = 64};

    s.options.concurrency = 64;
    stage_play(&s, pages, COUNT(pages));
}

static void gather_6(struct stage *s)
{
    struct fetching all[6];

    gather_all(s, all, COUNT(all));
}

Test(crew, as_many_processes_as_there_may_be_fetch_at_once)
{
    struct stage s = {.act = gather_6, .model = FETCH_PROCESSES, .crew = 6};

    stage_play(&s, pages, COUNT(pages));
}

/* --- cancelled --- */

CREWS_TEST(waits_for_what_has_begun_and_kills_its_process, 8, )
{
    struct fetching g;
    bool kills = s->model == FETCH_PROCESSES;

    if (s->model == FETCH_SYNC)
        return;
    fetching_start(s, &g, "/slow");
    while (site_in_flight(s->site) == 0)
        task_sleep(NS_PER_MS);
    task_cancel(&g.task);
    cr_expect_eq(task_join(&g.task), -ECANCELED, "%s", model_of(s));
    cr_expect_eq(g.fetch.ended - g.fetch.started < 140 * NS_PER_MS, kills, "%s", model_of(s));
    fetch_deinit(&g.fetch);
    cr_expect_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "%s: %s", model_of(s), s->fetch.message);
}

CREWS_TEST(what_waits_is_cancelled_at_once, 1, )
{
    struct fetching two[2];

    if (s->model == FETCH_SYNC)
        return;
    for (size_t i = 0; i < COUNT(two); i++)
        fetching_start(s, &two[i], "/slow");
    while (site_in_flight(s->site) == 0)
        task_sleep(NS_PER_MS);
    task_cancel(&two[1].task);
    cr_expect_eq(task_join(&two[1].task), -ECANCELED, "%s", model_of(s));
    cr_expect(!two[0].task.future.done, "%s", model_of(s));
    task_join(&two[0].task);
    cr_expect_eq(two[0].fetch.status, 200);
    cr_expect_eq(site_hits(s->site, "/slow"), 1, "%s", model_of(s));
    for (size_t i = 0; i < COUNT(two); i++)
        fetch_deinit(&two[i].fetch);
}

/* --- processes --- */

/* A child of this thread that is no other one; 0: there is none. */
static pid_t child_but(pid_t other)
{
    char path[64];
    long pid = 0, found = 0;

    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)gettid());
    FILE *file = fopen(path, "re");
    if (!file)
        cr_skip_test("the system does not tell of children");
    while (fscanf(file, "%ld", &pid) == 1)
        if (pid != other)
            found = pid;
    fclose(file);
    return (pid_t)found;
}

static void kill_one(struct stage *s)
{
    struct fetching two[2];

    fetching_start(s, &two[0], "/hang");
    while (site_in_flight(s->site) < 1)
        task_sleep(NS_PER_MS);
    pid_t pid = child_but(0);
    fetching_start(s, &two[1], "/slow");
    while (site_in_flight(s->site) < 2)
        task_sleep(NS_PER_MS);
    kill(pid, SIGKILL);
    task_join(&two[0].task);
    cr_expect_eq(two[0].fetch.error, FETCH_RESET, "%s", two[0].fetch.message);
    cr_expect_str_eq(two[0].fetch.message, "its process died");
    cr_expect_eq(two[0].fetch.status, 0);
    task_join(&two[1].task);
    cr_expect_eq(two[1].fetch.error, FETCH_OK, "%s", two[1].fetch.message);
    for (size_t i = 0; i < COUNT(two); i++)
        fetch_deinit(&two[i].fetch);
    cr_expect_eq(get(s, "/", BODY_LINKS)->error, FETCH_OK, "%s", s->fetch.message);
}

Test(crew, a_process_that_is_killed_fails_its_fetch_and_no_other)
{
    struct stage s = {.act = kill_one, .model = FETCH_PROCESSES};

    stage_play(&s, pages, COUNT(pages));
}

CREWS_TEST(processes_tell_what_they_take, 1, )
{
    struct fetch_crew_usage first, more;

    get(s, "/", BODY_LINKS);
    fetch_crew_usage(s->options.crew, &first);
    for (int i = 0; i < 20; i++)
        get(s, "/long", BODY_LINKS);
    fetch_crew_usage(s->options.crew, &more);
    if (s->model == FETCH_PROCESSES) {
        cr_expect_gt(first.user + first.system, 0);
        cr_expect_gt(more.user + more.system, first.user + first.system);
        cr_expect_geq(more.switches, first.switches + 20);
        cr_expect(fetch_crew_memory(s->options.crew) > 100 * KIB ||
                  access("/proc/self/smaps_rollup", R_OK) != 0);
    } else {
        cr_expect_eq(more.user + more.system, 0);
        cr_expect_eq(more.switches + fetch_crew_memory(s->options.crew), 0);
    }
}

/* The stage's own fetcher does nothing. */
static void fetch_with(struct stage *s, const struct fetch_options *options, bool fresh)
{
    struct fetcher *fetcher;
    struct fetch_times times;
    struct fetch f;

    cr_assert_eq(fetcher_open(&fetcher, loop_running(), options), 0);
    fetch_init(&f, fetcher);
    site_url(s->site, "/long", s->url);
    cr_assert_eq(fetch_get(&f, s->url, host_of(s, s->url), BODY_LINKS), 0);
    cr_expect_eq(f.body_length, options->max_body);
    fetch_times_read(&f, &times);
    cr_expect_eq(times.connect >= 0, fresh);
    fetch_deinit(&f);
    fetcher_close(fetcher);
}

static void fetch_thrice(struct stage *s)
{
    struct fetch_options options = s->options;

    options.max_body = sizeof letters; /* what is cut ends its connection */
    fetch_with(s, &options, true);
    fetch_with(s, &options, false);
    options.max_body = 1000;
    fetch_with(s, &options, true);
}

Test(crew, a_process_keeps_its_connections_from_crawl_to_crawl_while_options_are_the_same)
{
    struct stage s = {.act = fetch_thrice, .model = FETCH_PROCESSES};

    stage_play(&s, pages, COUNT(pages));
}
