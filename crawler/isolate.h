/* Finding a document's links in another process, which parses hostile bytes without the program's
 * memory and descriptors: --isolate. The process is this program again, in a mode of its own. What
 * it answers is not believed: it may be what the bytes made of it. */
#ifndef CRAWLER_ISOLATE_H
#define CRAWLER_ISOLATE_H

#include "loop/process_pool.h"
#include "parse/links.h"

#define ISOLATE_ARGUMENT "--isolated" /* the first one of such a process */
#define ISOLATE_TIME (20 * NS_PER_S)  /* that it has for a document */

/* Opens a pool of such processes. Returns 0 or -ENOMEM. */
int isolate_open(struct process_pool **out, struct loop *l);

/* What a process has to say of a document: *answer, for isolate_read, of *length bytes, freed by
 * the caller. Returns 0; -ETIME, -EPIPE, -EMSGSIZE, -ENOMEM or why there is no process, as
 * process_pool_call; or as await. */
ASYNC int isolate_call(struct process_pool *p, const struct document *d, char **answer,
                       size_t *length);

/* Appends the links of an answer to *out, as document_links would. Every part of it is checked, so
 * this runs long: not for the loop's thread. Returns 0, -ENOMEM, or -EPROTO: it is none, and *out
 * stays as it was. */
int isolate_read(struct links *out, const char *answer, size_t length);

/* An answer that says this. The caller frees *answer. Returns 0 or -ENOMEM. */
int isolate_write(const struct links *l, char **answer, size_t *length);

/* The main function of such a process. */
int isolate_main(void);

#endif
