/* What the fuzz targets share.
 *
 * An input is a text, then the target's options in its last byte: so seeds and dictionaries are
 * plain text. What a parser is given lies in a block of exactly its length, so that
 * AddressSanitizer sees who reads on. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
    const char *at;
    size_t length;
    unsigned options;
};

static inline struct fuzz_input fuzz_input(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {.at = (const char *)data};
    if (size > 0) {
        in.length = size - 1;
        in.options = data[size - 1];
    }
    return in;
}

/* A copy in a block of its own, freed by the caller. */
static inline char *fuzz_copy(const char *at, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    if (length > 0)
        memcpy(copy, at, length);
    else
        ASAN_POISON_MEMORY_REGION(copy, 1);
    return copy;
}

/* The same up to the first NUL, and with it. */
static inline char *fuzz_string(const char *at, size_t length)
{
    return strndup(length > 0 ? at : "", length);
}

/* Cuts off and returns what stands before the first NUL; nothing, if there is none. */
static inline struct fuzz_input fuzz_cut(struct fuzz_input *in)
{
    struct fuzz_input cut = {.at = in->at};
    const char *nul = in->length > 0 ? memchr(in->at, '\0', in->length) : NULL;
    if (nul) {
        cut.length = (size_t)(nul - in->at);
        in->at = nul + 1;
        in->length -= cut.length + 1;
    }
    return cut;
}

/* A fact that no input may break. */
#define fuzz_check(fact) ((fact) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #fact))

_Noreturn static inline void fuzz_fail(const char *file, int line, const char *fact)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, fact);
    abort();
}

/* An encoding, now UTF-8, now one of another kind. */
static inline const char *fuzz_charset(unsigned options)
{
    static const char *const names[] = {NULL,        "windows-1252", "Shift_JIS", "ISO-2022-JP",
                                        "gb18030",   "GBK",          "EUC-JP",    "Big5",
                                        "UTF-16LE",  "EUC-KR",       "UTF-8",     "x-user-defined",
                                        "macintosh", "windows-1255", "KOI8-U",    "UTF-16BE"};
    return names[options % 16];
}

#endif
