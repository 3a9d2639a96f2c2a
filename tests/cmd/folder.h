/* Files of a test's own, and what all tests of the program use. Defined in crawling.c. */
#ifndef TESTS_CMD_FOLDER_H
#define TESTS_CMD_FOLDER_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a table leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A new folder that the test removes. */
char *crawling_folder(void);
void crawling_remove_folder(char *folder);

/* A file's whole content, NULL if there is none. The caller frees. */
char *crawling_read_file(const char *folder, const char *name);
void crawling_write_file(const char *folder, const char *name, const char *text);

/* The lines of a text. */
size_t crawling_lines(const char *text);

/* How often a part is in a text. */
size_t crawling_count(const char *text, const char *part);

#define expect_text(text, expected, what)                                                  \
    do {                                                                                   \
        char *expect_got = (text);                                                         \
        cr_expect_str_eq(expect_got, expected, "%s: %s\ninstead of: %s", what, expect_got, \
                         expected);                                                        \
        free(expect_got);                                                                  \
    } while (0)

#endif
