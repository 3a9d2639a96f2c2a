/* The rows are dealt out to threads, each of which runs one program at a time; what is wrong with a
 * row is collected as text, for Criterion is no thing for threads. */
#include "tests/cmd/hostile.h"

#include "tests/cmd/serving.h"

#include <pthread.h>
#include <unistd.h>

#define THREADS 6
#define HEALTHY_PAGES 30
#define SLOWNESS (AT_ONCE > 1 ? 10 : 1)

struct table {
    const struct hostile_case *cases;
    size_t count, next;
    pthread_mutex_t lock; /* of next */
    unsigned port, healthy;
    const char *log;       /* a file */
    const char *authority; /* another, with TLS; else NULL */
    char **problems;       /* a text of each row; "" */
};

size_t hostile_count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

/* --- texts --- */

static char *expand(const struct table *t, const char *text)
{
    static const char mark[] = "{{PORT}}";
    char *copy = malloc(strlen(text) + 1), *o = copy;
    for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark))
        o = mempcpy(o, text, (size_t)(at - text)), o += sprintf(o, "%u", t->port);
    strcpy(o, text);
    return copy;
}

static char *seed_of(const struct table *t, const struct hostile_case *c)
{
    char *seed;
    if (c->seed)
        return expand(t, c->seed);
    if (asprintf(&seed, "http%s://127.0.0.1:%u/%s/", t->authority ? "s" : "", t->port, c->id) < 0)
        abort();
    return seed;
}

/* Outputs may be long, and what looks for the end of all each time would be slow. */
static bool has_line(const struct result *r, const char *line, size_t length)
{
    const char *end = r->out + r->out_size, *at = r->out;
    while ((at = memmem(at, (size_t)(end - at), line, length))) {
        bool starts = at == r->out || at[-1] == '\n';
        at += length;
        if (starts && (at == end || *at == '\n'))
            return true;
    }
    return false;
}

/* --- what is checked --- */

static void check_found(const char *words, const char *seed, const struct result *r, FILE *problems)
{
    const char *slash = strrchr(seed, '/');
    for (const char *at = words; *at; at += strspn(at, " ")) {
        int length = (int)strcspn(at, " ");
        int before = strncmp(at, "http", 4) == 0 ? 0 : (int)(slash + 1 - seed);
        char *url;
        int n = asprintf(&url, "%.*s%.*s", before, seed, length, at);
        if (n < 0)
            abort();
        if (!has_line(r, url, (size_t)n))
            fprintf(problems, "%s is not in the output\n", url);
        free(url);
        at += length;
    }
}

static void check_not_found(const char *words, const struct result *r, FILE *problems)
{
    char *copy = strdup(words), *rest;
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        if (strstr(r->out, w))
            fprintf(problems, "%s is in the output\n", w);
    free(copy);
}

static void check_printable(const char *what, const char *text, size_t size, FILE *problems)
{
    for (size_t i = 0; i < size; i++)
        if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n') {
            fprintf(problems, "%s holds byte %02x\n", what, (unsigned char)text[i]);
            return;
        }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_once(const struct result *r, FILE *problems)
{
    size_t lines = crawling_lines(r->out), n = 0;
    char *copy = strdup(r->out), **all = calloc(lines + 1, sizeof *all), *rest;
    for (char *w = strtok_r(copy, "\n", &rest); w && n < lines; w = strtok_r(NULL, "\n", &rest))
        all[n++] = w;
    qsort(all, n, sizeof *all, compare);
    for (size_t i = 1; i < n; i++)
        if (strcmp(all[i - 1], all[i]) == 0)
            fprintf(problems, "twice in the output: %s\n", all[i]);
    free(all);
    free(copy);
}

static void check_healthy(const struct table *t, const struct result *r, FILE *problems)
{
    char base[64];
    sprintf(base, "http://127.0.0.1:%u/", t->healthy);
    size_t n = hostile_count(r->out, base);
    if (n != HEALTHY_PAGES)
        fprintf(problems, "%zu of %d healthy pages found\n", n, HEALTHY_PAGES);
}

/* "a=1" or "a<5". */
static void check_hits(const struct hostile_case *c, const char *log, FILE *problems)
{
    char *copy = strdup(c->hits), *rest;
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        char *number = w + strlen(w), request[256];
        while (number[-1] >= '0' && number[-1] <= '9')
            number--;
        bool less = number[-1] == '<';
        size_t expected = strtoul(number, NULL, 10);
        number[-1] = '\0';
        if (*w == '/')
            snprintf(request, sizeof request, "GET %s HTTP/1.1", w);
        else
            snprintf(request, sizeof request, "GET /%s/%s HTTP/1.1", c->id, w);
        size_t hits = hostile_count(log, request);
        if (less ? hits >= expected : hits != expected)
            fprintf(problems, "%s: asked for %zu times, not %s%zu\n", w, hits, less ? "<" : "",
                    expected);
    }
    free(copy);
}

static void check_said(const struct table *t, const struct hostile_case *c, const struct result *r,
                       FILE *problems)
{
    for (size_t i = 0; i < COUNT(c->says) && c->says[i]; i++) {
        char *text = expand(t, c->says[i]);
        if (!strstr(r->err, text))
            fprintf(problems, "\"%s\" is not on standard error\n", text);
        free(text);
    }
    if (c->silent && strstr(r->err, c->silent))
        fprintf(problems, "\"%s\" is on standard error\n", c->silent);
}

static void check_run(const struct hostile_case *c, const struct result *r, FILE *problems)
{
    double seconds = (c->seconds > 0 ? c->seconds : 5) * SLOWNESS;
    size_t memory = c->memory ? c->memory : 64;
    if (r->timed_out)
        fprintf(problems, "it does not end\n");
    else if (r->status != c->status)
        fprintf(problems, "status %d, not %d\n", r->status, c->status);
    if (r->seconds > seconds)
        fprintf(problems, "%.1f s, not within %g\n", r->seconds, seconds);
    if (r->peak > memory * 1024 && SLOWNESS == 1)
        fprintf(problems, "it took %zu MiB, not at most %zu\n", r->peak / 1024, memory);
}

static void check(const struct table *t, const struct hostile_case *c, const char *seed,
                  const struct result *r, FILE *problems)
{
    char *log = crawling_read_file("", t->log), *finds = expand(t, c->finds ? c->finds : "");
    check_run(c, r, problems);
    check_healthy(t, r, problems);
    check_once(r, problems);
    check_printable("the output", r->out, r->out_size, problems);
    check_printable("standard error", r->err, r->err_size, problems);
    check_found(finds, seed, r, problems);
    if (!c->alone)
        check_found("ok1 ok2 after1 after2", seed, r, problems);
    if (c->lacks)
        check_not_found(c->lacks, r, problems);
    check_said(t, c, r, problems);
    if (c->hits)
        check_hits(c, log, problems);
    if (c->check)
        c->check(r, log, problems);
    free(finds);
    free(log);
}

/* --- running --- */

static char *run_case(const struct table *t, const struct hostile_case *c)
{
    char *words[COUNT(c->args)] = {0}, *seed = seed_of(t, c), healthy[64], *text;
    const char *args[COUNT(c->args) + 12] = {seed, healthy, "-m", "1", "--retry", "0"};
    size_t n = 6, size;
    struct result r;

    sprintf(healthy, "http://127.0.0.1:%u/", t->healthy);
    if (t->authority) {
        args[n++] = "--cacert";
        args[n++] = t->authority;
    }
    for (size_t i = 0; i < COUNT(c->args) && c->args[i]; i++)
        args[n++] = words[i] = expand(t, c->args[i]);
    program_wait(program_start(args), RUN_SECONDS, &r);
    FILE *problems = open_memstream(&text, &size);
    if (!problems)
        abort();
    check(t, c, seed, &r, problems);
    if (ftell(problems) > 0)
        fprintf(problems, "%.2f s; standard error: %.2000s", r.seconds, r.err);
    fclose(problems);
    result_free(&r);
    for (size_t i = 0; i < COUNT(words); i++)
        free(words[i]);
    free(seed);
    return text;
}

static void *run_some(void *arg)
{
    struct table *t = arg;
    for (;;) {
        pthread_mutex_lock(&t->lock);
        size_t i = t->next++;
        pthread_mutex_unlock(&t->lock);
        if (i >= t->count)
            return NULL;
        t->problems[i] = run_case(t, &t->cases[i]);
    }
}

static void run_all(struct table *t)
{
    pthread_t threads[THREADS];
    pthread_mutex_init(&t->lock, NULL);
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run_some, t), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&t->lock);
}

static void run(const struct hostile_case cases[], size_t count, bool secure)
{
    struct table t = {.cases = cases, .count = count};
    char *folder = crawling_folder(), *command, log[256], authority[256], tls[300] = "";
    snprintf(log, sizeof log, "%s/log", folder);
    snprintf(authority, sizeof authority, "%s/ca.pem", folder);
    if (secure)
        snprintf(tls, sizeof tls, "--tls --certificate %s", authority);
    t.log = log;
    t.authority = secure ? authority : NULL;
    t.problems = calloc(count, sizeof *t.problems);
    if (asprintf(&command, "exec \"$SKITTER\" serve --hostile %s -v 2>%s", tls, log) < 0)
        abort();
    struct served hostile = serving_await(crawling_start_shell(NULL, command));
    struct served healthy = serving_start(ARGS("serve", "--pages", "30", "--links", "5"));
    t.port = hostile.port;
    t.healthy = healthy.port;
    run_all(&t);
    serving_end(&hostile);
    serving_end(&healthy);
    for (size_t i = 0; i < count; i++) {
        cr_expect_str_empty(t.problems[i], "%s: %s", cases[i].id, t.problems[i]);
        free(t.problems[i]);
    }
    free(t.problems);
    free(command);
    crawling_remove_folder(folder);
}

void hostile_run(const struct hostile_case cases[], size_t count)
{
    run(cases, count, false);
}

void hostile_run_tls(const struct hostile_case cases[], size_t count)
{
    run(cases, count, true);
}
