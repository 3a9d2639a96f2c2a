/* JSON on a stream. */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stddef.h>
#include <stdio.h>

/* Writes length bytes of string, UTF-8, as a JSON string, quotes included. Malformed bytes become
 * U+FFFD; what steers a terminal (controls, direction marks, line separators) is escaped. Errors
 * are left to the stream. */
void json_string(FILE *out, const char *string, size_t length);

#endif
