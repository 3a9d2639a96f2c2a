/* Text that grows. */
#ifndef CMD_TEXT_H
#define CMD_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* All zero: empty. Its memory is kept when its length is set to 0. */
struct text {
    char *data; /* not NUL-terminated */
    size_t length, capacity;
};

void text_deinit(struct text *t);
void text_add(struct text *t, const char *data, size_t length);
void text_add_string(struct text *t, const char *string);
void text_add_char(struct text *t, char c);
void text_add_number(struct text *t, int64_t n);

/* What printf would write, at most 500 bytes: never what came from outside. */
void text_add_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Seconds, from nanoseconds, with six digits after the point, as curl writes them. */
void text_add_seconds(struct text *t, int64_t ns);

/* UTF-8 from outside, for a format that cannot escape: malformed bytes, and what steers a terminal
 * (controls, direction marks, line separators), become U+FFFD. */
void text_add_plain(struct text *t, const char *string, size_t length);

/* The same as a JSON string, quotes included, with what steers a terminal escaped. */
void text_add_json(struct text *t, const char *string, size_t length);

/* As the content of an XML or HTML element or quoted attribute: text_add_plain with &, <, >, " and
 * ' as references. */
void text_add_markup(struct text *t, const char *string, size_t length);

#endif
