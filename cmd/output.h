/* The writer, of the results and of every file: one thread that writes what the loop hands it, in
 * batches, so that a slow reader never blocks the loop. */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "cmd/text.h"
#include "loop/task.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/* Opens standard output (path NULL) or a file. A new or regular file is written as PATH.part and
 * takes its name at the end; anything else is written directly. lost(arg) is called once, on the
 * loop's thread, when nothing can be written any more: output_finish then says why. NULL: nobody
 * is told before. Returns 0, or why the file cannot be opened. */
int output_open(struct output **out, struct loop *l, const char *path, void (*lost)(void *arg),
                void *arg);

/* Before the first record: a live line is shown on standard error. If that is the terminal that is
 * written to, records wipe it: see message.h. */
void output_wipe_live(struct output *o);

/* Where to append one record, with its end; then output_end closes it. What one turn of the loop
 * produced is written at its end, to a pipe in pieces of whole records. */
struct text *output_begin(struct output *o);
void output_end(struct output *o);

/* What to wait for before more is to be appended; NULL: nothing, less than a mebibyte is unwritten.
 */
struct future *output_pressure(struct output *o);

/* Waits for that, so that what is written in one go neither piles up nor holds the loop. */
ASYNC void output_wait(struct output *o);

/* Waits until everything is written, or never will be. Returns 0 or -ECANCELED. */
ASYNC int output_flush(struct output *o);

/* Ends the writer, which was flushed, closes, and gives the file its name if all went well. Returns
 * 0, or why something was lost; -EPIPE: the reader left. */
int output_finish(struct output *o);

/* Records that did not get out, once finished. */
uint64_t output_lost(const struct output *o);

/* The file that holds what was written so far; NULL: there is none, or it has its name. */
const char *output_part(const struct output *o);

/* Frees it; what was not finished is thrown away, its part too. */
void output_free(struct output *o);

#endif
