#include "cmd/crawl_seeds.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH 10000 /* URLs queued: more seeds may wait */

/* While all seeds name one host, it gets the whole concurrency that was asked for. */
static void share_out(struct crawl_seeds *s)
{
    const struct crawl_arguments *a = s->arguments;

    if (!a->per_host && a->concurrency)
        crawl_set_per_host(s->crawl, s->several_hosts ? a->crawl.per_host : a->crawl.concurrency);
}

static void note_host(struct crawl_seeds *s, const struct url *u)
{
    size_t length = u->port - u->host;

    if (!s->host)
        s->host = memory_copy(u->text + u->host, length);
    else if (strncmp(s->host, u->text + u->host, length) != 0 || s->host[length])
        s->several_hosts = true;
    share_out(s);
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

static void refuse(struct crawl_seeds *s, const char *file, size_t number, const char *text,
                   size_t length, const char *wrong)
{
    text = showable(text, &length);
    message("skitter: %s %zu: %.*s%s%s", file, number, (int)(length < 1000 ? length : 1000), text,
            length ? ": " : "", wrong);
    s->bad++;
}

/* The number-th one of a file, or of the command line. */
static void add(struct crawl_seeds *s, const char *file, size_t number, const char *text,
                size_t length)
{
    struct seed *seed = &s->seed;
    bool credentials = s->arguments->crawl.fetch.credentials != NULL;
    const char *wrong = seed_parse(seed, text, length, credentials);

    if (wrong) {
        refuse(s, file, number, text, length, wrong);
        return;
    }
    note_host(s, &seed->url);
    crawl_seed(s->crawl, &seed->url, seed->credentials);
    free(seed->credentials);
    s->good++;
}

/* Returns -1 to go on, else the exit status. */
static int read_file(struct crawl_seeds *s, const char *path)
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
            add(s, path, number, text, length);
    }
    int error = ferror(f) ? errno : 0;
    free(line);
    fclose(f);
    if (!error)
        return -1;
    message("skitter: -i %s: %s", path, strerror(error));
    return 2;
}

int crawl_seeds_read(struct crawl_seeds *s)
{
    const struct texts *typed = &s->arguments->seeds;
    const char *file = s->arguments->seed_file;
    int status = -1;

    for (size_t i = 0; i < typed->count; i++) {
        if (strcmp(typed->items[i], "-") == 0)
            s->from_input = true;
        else
            add(s, "seed", i + 1, typed->items[i], strlen(typed->items[i]));
    }
    if (file && strcmp(file, "-") == 0)
        s->from_input = true;
    else if (file)
        status = read_file(s, file);
    if (status < 0 && s->good == 0 && !s->from_input) {
        if (s->bad == 0)
            message("skitter: no seed: skitter URL... (see skitter --help)");
        status = 2;
    }
    return status;
}

/* --- standard input --- */

static void take_line(struct seed_input *input, size_t number, const char *line, size_t length)
{
    struct crawl_seeds *s = container_of(input, struct crawl_seeds, input);

    if (line)
        add(s, "standard input", number, line, length);
    else
        refuse(s, "standard input", number, "", 0, "longer than a URL may be");
}

static bool has_enough(struct seed_input *input)
{
    return crawl_queued(container_of(input, struct crawl_seeds, input)->crawl) >= ENOUGH;
}

static void input_ended(struct seed_input *input, int error)
{
    struct crawl_seeds *s = container_of(input, struct crawl_seeds, input);

    if (error)
        message("skitter: standard input: %s", strerror(-error));
    else if (s->good + s->bad == 0)
        message("skitter: standard input: no seed");
    crawl_await_seeds(s->crawl, false);
}

static void read_on(struct listener *l)
{
    struct crawl_seeds *s = container_of(l, struct crawl_seeds, listener);

    if (s->input.paused && !has_enough(&s->input))
        seed_input_resume(&s->input);
}

static void visited(struct listener *l, const struct page *p)
{
    (void)p;
    read_on(l);
}

static void refused(struct listener *l, const struct refusal *r)
{
    (void)r;
    read_on(l);
}

void crawl_seeds_start_input(struct crawl_seeds *s, struct loop *l)
{
    if (!s->from_input)
        return;
    crawl_await_seeds(s->crawl, true);
    seed_input_start(&s->input, l);
}

void crawl_seeds_stop_input(struct crawl_seeds *s)
{
    if (s->from_input)
        seed_input_stop(&s->input);
}

void crawl_seeds_init(struct crawl_seeds *s, const struct crawl_arguments *arguments,
                      struct crawl *crawl)
{
    *s = (struct crawl_seeds){
        .arguments = arguments,
        .crawl = crawl,
        .input = {.take = take_line, .full = has_enough, .ended = input_ended},
        .listener = {.visited = visited, .refused = refused},
    };
}

void crawl_seeds_deinit(struct crawl_seeds *s)
{
    free(s->host);
}
