/* The outputs of one crawl: its records, and the files for people that were asked for. */
#ifndef CMD_FILES_H
#define CMD_FILES_H

#include "cmd/crawl_options.h"
#include "cmd/output.h"

enum file {
    FILE_RECORDS, /* standard output, or -o */
    FILE_REPORT,
    FILE_SUMMARY,
    FILE_SITEMAP,
    FILE_GRAPH,
    FILE_COUNT,
};

#define FILES_READER_LEFT -1 /* of files_finish */

struct file_output {
    char *name;            /* as typed; NULL: standard output */
    struct output *output; /* NULL: was not asked for */
};

struct files {
    struct loop *loop;
    struct file_output *items; /* by enum file, then those that were added */
    size_t count;
    bool lost; /* one could not be opened */
};

/* lost(arg) is called when no more records can be written. Returns -1, or an exit status, with
 * nothing open, having said what is wrong. */
int files_open(struct files *f, struct loop *l, const struct crawl_arguments *a,
               void (*lost)(void *arg), void *arg);

/* NULL: it was not asked for. */
struct output *files_output(const struct files *f, enum file i);

/* Opens one more, which belongs to the i-th. NULL: it cannot be, as was said, and files_finish
 * returns 3. */
struct output *files_add(struct files *f, enum file i, const char *name);

/* What to wait for before more is to be written; NULL: nothing. */
struct future *files_pressure(const struct files *f);

ASYNC void files_flush(const struct files *f);

/* Ends them, and says of each what was lost. Returns 0, 3 if anything was, FILES_READER_LEFT if the
 * records' reader went away. */
int files_finish(const struct files *f);

/* Names the parts that hold what was written so far: nothing more will be. */
void files_name_parts(const struct files *f);

void files_close(struct files *f);

#endif
