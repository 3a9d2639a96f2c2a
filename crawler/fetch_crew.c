/* Who fetches by blocking calls. A thread gets a fetch whose request is set up on the loop's
 * thread, and gives it back there; the loop's own thread does it in between, in a handle, for
 * libcurl is never called on a coroutine's stack. */
#include "crawler/fetch_crew_private.h"

#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>

const char fetch_models[] = "async|threads|processes|sync";

const char *fetch_model_name(enum fetch_model m)
{
    static const char *const names[FETCH_MODEL_COUNT] = {
        [FETCH_ASYNC] = "async",
        [FETCH_THREADS] = "threads",
        [FETCH_PROCESSES] = "processes",
        [FETCH_SYNC] = "sync",
    };
    return names[m];
}

int fetch_crew_open(struct fetch_crew **out, struct loop *l, enum fetch_model model, unsigned size)
{
    static char program[] = "/proc/self/exe", argument[] = FETCH_CREW_ARGUMENT;
    static char *const argv[] = {program, argument, NULL};
    struct fetch_crew *c;
    int error = 0;

    *out = NULL;
    if (model == FETCH_ASYNC)
        return 0;
    c = memory_new(sizeof *c);
    c->loop = l;
    c->model = model;
    if (model == FETCH_THREADS)
        error = executor_open(&c->threads, l, size);
    else if (model == FETCH_PROCESSES)
        error = process_pool_open(&c->processes, l, argv, size, -1);
    if (error) {
        free(c);
        return error;
    }
    *out = c;
    return 0;
}

void fetch_crew_close(struct fetch_crew *c)
{
    if (!c)
        return;
    if (c->threads)
        executor_close(c->threads);
    if (c->processes)
        process_pool_close(c->processes);
    free(c->pids);
    free(c);
}

bool fetch_crew_is(const struct fetch_crew *c, enum fetch_model model)
{
    return c ? c->model == model : model == FETCH_ASYNC;
}

/* --- what it takes --- */

/* Bytes; 0: not known, or it is gone. */
static uint64_t memory_of(pid_t pid)
{
    char path[64], line[256];
    unsigned long kib = 0;

    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file) && sscanf(line, "Pss: %lu", &kib) != 1)
        ;
    fclose(file);
    return kib * UINT64_C(1024);
}

void fetch_crew_usage(const struct fetch_crew *c, struct fetch_crew_usage *out)
{
    *out = c ? c->usage : (struct fetch_crew_usage){0};
}

uint64_t fetch_crew_memory(const struct fetch_crew *c)
{
    uint64_t memory = 0;

    for (size_t i = 0; c && i < c->pid_count; i++)
        memory += memory_of(c->pids[i]);
    return memory;
}

/* --- a seat --- */

struct fetch_seat *fetch_seat_take(struct fetch *f)
{
    const struct fetch_options *o = &f->fetcher->options;

    if (!f->seat)
        f->seat = memory_new(sizeof *f->seat);
    f->seat->fetch = f;
    f->seat->private_allowed = o->allow_private || (f->host->seed && !f->host->public_address);
    f->seat->met_public = f->seat->met_private = false;
    return f->seat;
}

void fetch_seat_end(struct fetch *f)
{
    const struct fetch_seat *s = f->seat;
    struct fetcher *fr = f->fetcher;

    f->ended = loop_time();
    f->host->public_address |= s->met_public;
    if (s->met_private)
        f->host->private_address = fr->options.allow_private = true;
    fetch_end(f);
}

/* --- threads, and none --- */

static void perform(struct job *j)
{
    fetch_perform(container_of(j, struct fetch_seat, job)->fetch);
}

static void performed(struct handle *h)
{
    struct fetch_seat *s = container_of(h, struct fetch_seat, performed);

    if (s->job.future.result == 0)
        fetch_collect(s->fetch);
    else /* no thread had begun */
        s->called = loop_time();
    fetch_seat_end(s->fetch);
}

int fetch_crew_start(struct fetch *f)
{
    struct fetch_crew *c = f->fetcher->options.crew;
    struct fetch_seat *s = fetch_seat_take(f);

    if (c->model == FETCH_SYNC) {
        fetch_perform(f);
        fetch_collect(f);
        fetch_seat_end(f);
        return 0;
    }
    int error = executor_submit(c->threads, &s->job, perform);
    if (error)
        return error;
    handle_init(&s->performed, performed);
    future_add_callback(&s->job.future, &s->performed);
    return 0;
}

void fetch_crew_abort(struct fetch *f)
{
    executor_cancel(f->fetcher->options.crew->threads, &f->seat->job);
}
