/* The encodings, for the files of charset. */
#ifndef PARSE_CHARSET_PRIVATE_H
#define PARSE_CHARSET_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#define MALFORMED UINT32_MAX
#define REPLACEMENT 0xfffd

enum kind {
    UTF8,
    UTF16LE,
    UTF16BE,
    USER_DEFINED,
    UNREADABLE, /* in which attacks were hidden: all of a text is one error */
    SINGLE,     /* one byte a character, by a table */
    DOUBLE,     /* one byte, or several that begin with 81 to FE */
    SHIFT_JIS,
    EUC_JP,
    ISO_2022_JP,
};

struct encoding {
    const char *name;
    enum kind kind;
    const char *iconv;  /* iconv's name for what comes nearest */
    const char *labels; /* in lower case, separated by spaces */
};

/* What a name stands for that charset_find() gave, or another label; NULL for neither. */
const struct encoding *encoding_of(const char *name);

/* Where the standard maps a single byte otherwise than iconv; MALFORMED where it does not. */
uint32_t encoding_exception(const struct encoding *e, unsigned char byte);

/* The characters of the bytes from 0x80 on, of a kind SINGLE or USER_DEFINED. */
void encoding_table(const struct encoding *e, uint32_t table[static 128]);

#endif
