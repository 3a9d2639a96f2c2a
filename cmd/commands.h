/* The commands beside the crawl. main.c picks from this table, seeds.c finds in it what a mistyped
 * word meant, and the reference tells of it. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/options.h"

struct named_command {
    const char *name;              /* NULL ends the table */
    int (*run)(char **argv);       /* argv[0] is the name; returns the exit status */
    const struct command *command;
    const char *help;
    bool files; /* its operands are, or begin with, names of files */
};

extern const struct named_command commands[];

#endif
