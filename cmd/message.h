/* Standard error: messages, a line each, and on a terminal one live line below them. No other place
 * writes to it while a live line may be shown. All of it is the main thread's. */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

#include <stddef.h>

#define LIVE_SIZE 160 /* bytes of a live line, with its NUL */

/* Takes the live line off, wherever on it the cursor is: for what else writes to the terminal. */
#define LIVE_WIPE "\r\x1b[K"

/* One line. What is not printable ASCII is written as \xNN, so that nothing that came from the
 * network or a command line can move a terminal's cursor. It goes above the live line. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The width of the terminal that a descriptor is; 0: it is none, or a dumb one (TERM). */
size_t terminal_columns(int fd);

/* That of standard error. */
size_t message_columns(void);

/* Shows printable ASCII below all messages, in place of the live line before; "" wipes it. A line
 * is left out where it could wrap, while the terminal takes nothing (Ctrl-S), and in the
 * background: the caller comes back with the next one. */
void message_live(const char *line);

#endif
