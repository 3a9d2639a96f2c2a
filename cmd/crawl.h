/* `skitter [OPTIONS] URL...`: crawls, and prints what it finds. */
#ifndef CMD_CRAWL_H
#define CMD_CRAWL_H

/* What a site's owner finds in the log, to learn who calls: to be set to where the project lives.
 */
#define SKITTER_URL "https://skitter.example/"
#define SKITTER_AGENT "skitter/" SKITTER_VERSION " (+" SKITTER_URL ")"

/* argv[0] is the program's name. Returns the exit status. */
int crawl_command(char **argv);

#endif
