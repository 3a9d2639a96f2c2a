/* One line on standard error. What is not printable ASCII is written as \xNN, so that nothing that
 * came from the network or a command line can move a terminal's cursor. */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
