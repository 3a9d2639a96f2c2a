/* The commands that crawl nothing: `skitter url`, `skitter links`, `skitter robots`. They take argv
 * from the command's name on and return the exit status. SIGPIPE is expected to be ignored. */
#ifndef CMD_FILTERS_H
#define CMD_FILTERS_H

#include "cmd/options.h"

extern const struct command filters_url_command, filters_links_command, filters_robots_command;

int filters_url(char **argv);
int filters_links(char **argv);
int filters_robots(char **argv);

#endif
