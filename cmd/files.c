#include "cmd/files.h"

#include "cmd/message.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *const options[FILE_COUNT] = {"-o", "--report", "--summary", "--write-sitemap",
                                                "--graph"};

/* What a message calls it. */
static const char *title(const struct files *f, enum file i)
{
    return f->names[i] ? f->names[i] : "standard output";
}

static bool names_differ(const struct files *f)
{
    for (enum file i = 0; i < FILE_COUNT; i++) {
        for (enum file k = 0; k < i; k++) {
            if (!f->names[i] || !f->names[k] || strcmp(f->names[i], f->names[k]) != 0)
                continue;
            message("skitter: %s %s: %s writes there", options[i], f->names[i], options[k]);
            return false;
        }
    }
    return true;
}

int files_open(struct files *f, struct loop *l, const struct crawl_arguments *a,
               void (*lost)(void *arg), void *arg)
{
    *f = (struct files){.names = {a->output, a->report, a->summary, a->sitemap, a->graph}};
    if (f->names[FILE_RECORDS] && strcmp(f->names[FILE_RECORDS], "-") == 0)
        f->names[FILE_RECORDS] = NULL;
    if (!names_differ(f))
        return 2;
    for (enum file i = 0; i < FILE_COUNT; i++) {
        if (i != FILE_RECORDS && !f->names[i])
            continue;
        int error =
            output_open(&f->outputs[i], l, f->names[i], i == FILE_RECORDS ? lost : NULL, arg);
        if (error == 0)
            continue;
        message("skitter: %s %s: %s", options[i], title(f, i), strerror(-error));
        files_close(f);
        return 3;
    }
    return -1;
}

struct future *files_pressure(const struct files *f)
{
    struct future *pressure = NULL;

    for (enum file i = 0; i < FILE_COUNT && !pressure; i++)
        if (f->outputs[i])
            pressure = output_pressure(f->outputs[i]);
    return pressure;
}

ASYNC void files_flush(const struct files *f)
{
    for (enum file i = 0; i < FILE_COUNT; i++)
        if (f->outputs[i] && output_flush(f->outputs[i]) != 0)
            return;
}

int files_finish(const struct files *f)
{
    int status = 0;

    for (enum file i = 0; i < FILE_COUNT; i++) {
        int error = f->outputs[i] ? output_finish(f->outputs[i]) : 0;
        if (error == 0)
            continue;
        if (error == -EPIPE && i == FILE_RECORDS) {
            status = FILES_READER_LEFT;
            continue;
        }
        const char *part = output_part(f->outputs[i]);
        message("skitter: %s: %s; %" PRIu64 " records were lost%s%s", title(f, i), strerror(-error),
                output_lost(f->outputs[i]), part ? "; the others are in " : "", part ? part : "");
        status = 3;
    }
    return status;
}

void files_name_parts(const struct files *f)
{
    for (enum file i = 0; i < FILE_COUNT; i++)
        if (f->outputs[i] && output_part(f->outputs[i]))
            message("skitter: %s holds what was written", output_part(f->outputs[i]));
}

void files_close(struct files *f)
{
    for (enum file i = 0; i < FILE_COUNT; i++)
        if (f->outputs[i])
            output_free(f->outputs[i]);
    *f = (struct files){0};
}
