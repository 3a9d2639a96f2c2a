/* Command lines: one table a command, from which its parsing, its --help, and its part of the man
 * page and of the shells' completions come (cmd/reference.c).
 *
 * Long options work as --name value and --name=value and are not abbreviated; letters as -c 8 and
 * -c8, flags among them may be joined; options and operands come in any order; -- ends options. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_FLAG,   /* bool: set to true */
    OPTION_UNSET,  /* bool: set to false */
    OPTION_SET,    /* long: set to option.value */
    OPTION_COUNT,  /* uint64_t: a whole number from option.value on */
    OPTION_DEPTH,  /* uint64_t: a whole number, or "inf" */
    OPTION_SIZE,   /* uint64_t: bytes, with K, M, G */
    OPTION_TIME,   /* int64_t: nanoseconds; ms, s, m, h, or plain seconds */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* struct texts: one more each time */
    OPTION_CHOICE, /* const char *: one of option.choices */
    OPTION_WRONG,  /* means something elsewhere: refused with option.help */
    OPTION_GROUP,  /* none: begins a group, which --help NAME prints under the title option.help */
};

struct option {
    const char *name;  /* NULL ends the table */
    const char *alias; /* another long name */
    char letter;
    const char *argument; /* its name in --help; NULL: takes none; FILE: shells complete files */
    enum option_type type;
    size_t offset; /* of its field in the command's struct */
    const char *help;
    bool more; /* not one of the usual options, which --help prints */
    long value;
    uint64_t most;       /* 0: any */
    const char *choices; /* "one|two"; of a list: words that it may hold beside others */
};

struct texts {
    const char **items;
    size_t count;
};

struct command {
    const char *name;  /* as messages begin: "skitter", "skitter serve" */
    const char *usage; /* the first lines of --help */
    const struct option *options;
};

/* Parses argv[1] and on into fields (the command's struct, filled with defaults) and operands.
 * Strings are borrowed from argv. Returns -1 to go on; else the exit status to end with, having
 * printed --help, or one line on what is wrong. */
int options_parse(const struct command *c, char **argv, void *fields, struct texts *operands);

/* Whether it is one that --help and the reference tell of. */
bool option_is_listed(const struct option *o);

/* What --help takes, the names of the groups and "all", as choices are written; "": nothing. */
#define OPTIONS_GROUPS_SIZE 128
void options_groups(const struct command *c, char out[OPTIONS_GROUPS_SIZE]);

void texts_add(struct texts *t, const char *text);
void texts_deinit(struct texts *t);

/* Calls add for each part of each text, which commas divide. False if it says so of one. */
bool texts_for_parts(const struct texts *lists, bool (*add)(void *arg, const char *part, size_t n),
                     void *arg);

/* Values as options and LAWs take them; false if it is none. */
bool parse_count(const char *text, uint64_t least, uint64_t *out);
bool parse_size(const char *text, uint64_t *out);
bool parse_time(const char *text, int64_t *out);
bool parse_share(const char *text, double *out); /* 0.3 or 30%: 0 to 1 */

#endif
