/* The commands that crawl nothing: `skitter url`, `skitter links`, `skitter robots`. They take argv
 * from the command's name on and return the exit status. SIGPIPE is expected to be ignored. */
#ifndef CMD_FILTERS_H
#define CMD_FILTERS_H

int filters_url(char **argv);
int filters_links(char **argv);
int filters_robots(char **argv);

#endif
