/* Seeds from standard input, one a line, while it is open. It is read when it can be, without ever
 * blocking the loop, and not while the crawl has more than enough to do. */
#ifndef CMD_SEED_INPUT_H
#define CMD_SEED_INPUT_H

#include "cmd/text.h"
#include "loop/loop.h"

#include <stdbool.h>

struct seed_input {
    struct loop *loop;
    struct watcher watcher;
    struct text line;    /* the last one, until its end is read */
    size_t number;       /* of lines that have ended */
    bool open, too_long; /* the rest of this line is thrown away */
    bool paused;
    int error; /* it cannot be watched */

    /* line: without blanks around it, NUL-terminated; blank lines and comments are left out. It may
     * hold NULs. NULL: it was longer than a URL can be. Called on the loop's thread, as are the
     * others, and never by seed_input_start; the line is valid until it returns. */
    void (*take)(struct seed_input *s, size_t number, const char *line, size_t length);

    /* Whether no more is to be read for now: see seed_input_resume. Asked after each read, of up to
     * 64 KiB. */
    bool (*full)(struct seed_input *s);

    /* Its end, or a negative errno; the last call. */
    void (*ended)(struct seed_input *s, int error);
};

/* The caller has set the three functions; all else is 0. */
void seed_input_start(struct seed_input *s, struct loop *l);

/* Reads on, if full said no before. */
void seed_input_resume(struct seed_input *s);

/* Stops reading: nothing is called any more. Allowed at any time, in those calls and after the end
 * too. */
void seed_input_stop(struct seed_input *s);

/* Removes the blanks around a line; false: nothing is left, or a comment. */
bool seed_line(const char **text, size_t *length);

#endif
