#include "cmd/files.h"

#include "cmd/message.h"
#include "crawler/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const options[FILE_COUNT] = {"-o", "--report", "--summary", "--write-sitemap",
                                                "--graph"};

/* What a message calls it. */
static const char *title(const struct file_output *o)
{
    return o->name ? o->name : "standard output";
}

/* Standard output is for the records alone. */
static bool are_files(const char *const names[FILE_COUNT])
{
    for (enum file i = FILE_RECORDS + 1; i < FILE_COUNT; i++) {
        if (!names[i] || strcmp(names[i], "-") != 0)
            continue;
        message("skitter: %s -: expected a file; standard output is for the records", options[i]);
        return false;
    }
    return true;
}

static bool names_differ(const char *const names[FILE_COUNT])
{
    for (enum file i = 0; i < FILE_COUNT; i++) {
        for (enum file k = 0; k < i; k++) {
            if (!names[i] || !names[k] || strcmp(names[i], names[k]) != 0)
                continue;
            message("skitter: %s %s: %s writes there", options[i], names[i], options[k]);
            return false;
        }
    }
    return true;
}

/* Opens it at the end of the items. Returns 0 or a negative errno, said, with no output there. */
static int add(struct files *f, enum file i, const char *name, void (*lost)(void *arg), void *arg)
{
    f->items = memory_resize(f->items, (f->count + 1) * sizeof *f->items);
    struct file_output *o = &f->items[f->count++];

    *o = (struct file_output){.name = name ? memory_copy(name, strlen(name)) : NULL};
    int error = output_open(&o->output, f->loop, name, lost, arg);
    if (error) {
        o->output = NULL;
        message("skitter: %s %s: %s", options[i], title(o), strerror(-error));
    }
    return error;
}

int files_open(struct files *f, struct loop *l, const struct crawl_arguments *a,
               void (*lost)(void *arg), void *arg)
{
    const char *names[FILE_COUNT] = {a->output, a->report, a->summary, a->sitemap, a->graph};

    *f = (struct files){.loop = l};
    if (names[FILE_RECORDS] && strcmp(names[FILE_RECORDS], "-") == 0)
        names[FILE_RECORDS] = NULL;
    if (!are_files(names) || !names_differ(names))
        return 2;
    int error = add(f, FILE_RECORDS, names[FILE_RECORDS], lost, arg);
    for (enum file i = FILE_RECORDS + 1; !error && i < FILE_COUNT; i++) {
        if (names[i]) {
            error = add(f, i, names[i], NULL, NULL);
        } else {
            f->items = memory_resize(f->items, (f->count + 1) * sizeof *f->items);
            f->items[f->count++] = (struct file_output){.name = NULL};
        }
    }
    if (!error)
        return -1;
    files_close(f);
    return 3;
}

struct output *files_output(const struct files *f, enum file i)
{
    return f->items[i].output;
}

struct output *files_add(struct files *f, enum file i, const char *name)
{
    if (add(f, i, name, NULL, NULL) != 0)
        f->lost = true;
    return f->items[f->count - 1].output;
}

struct future *files_pressure(const struct files *f)
{
    struct future *pressure = NULL;

    for (size_t i = 0; i < f->count && !pressure; i++)
        if (f->items[i].output)
            pressure = output_pressure(f->items[i].output);
    return pressure;
}

ASYNC void files_flush(const struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].output && output_flush(f->items[i].output) != 0)
            return;
}

/* Returns 0 or a negative errno: what was lost was said, unless the reader left. */
static int finish(const struct file_output *o, bool may_leave)
{
    int error = o->output ? output_finish(o->output) : 0;
    const char *part = o->output ? output_part(o->output) : NULL;

    if (error && !(error == -EPIPE && may_leave))
        message("skitter: %s: %s; %" PRIu64 " records were lost%s%s", title(o), strerror(-error),
                output_lost(o->output), part ? "; the others are in " : "", part ? part : "");
    return error;
}

int files_finish(const struct files *f)
{
    int error = finish(&f->items[FILE_RECORDS], true);
    int status = error == -EPIPE ? FILES_READER_LEFT : error ? 3 : 0;

    for (size_t i = FILE_RECORDS + 1; i < f->count; i++)
        if (finish(&f->items[i], false) != 0)
            status = 3;
    return f->lost ? 3 : status;
}

void files_name_parts(const struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].output && output_part(f->items[i].output))
            message("skitter: %s holds what was written", output_part(f->items[i].output));
}

void files_close(struct files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].output)
            output_free(f->items[i].output);
        free(f->items[i].name);
    }
    free(f->items);
    *f = (struct files){0};
}
