/* What the man page and the completions have in common: the options of a command as they tell of
 * them, from its table. All of them print to standard output. */
#ifndef CMD_REFERENCE_H
#define CMD_REFERENCE_H

#include "cmd/options.h"

/* The crawl, which has no word of its own. */
extern const struct command *const reference_crawl;

/* Calls visit with each option that is told of, and with the rows that begin a group; at the end
 * with --help, and a crawl's --version, which are in no table. */
void reference_each_option(const struct command *c,
                           void (*visit)(const struct option *o, const char *arg), const char *arg);

void completions_bash(void);
void completions_zsh(void);
void completions_fish(void);

#endif
