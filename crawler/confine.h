/* What a process that reads hostile bytes takes from itself. */
#ifndef CRAWLER_CONFINE_H
#define CRAWLER_CONFINE_H

/* Limits this process, for good, to computing and to its open descriptors: 1 GiB of address space,
 * no files but those that libraries lie in, and these for reading alone, no core, no other
 * processes, no sockets, no new privileges; it dies with the thread that started it. Where the
 * system, or what the program is built with, does not allow one of these, the others hold all the
 * same. */
void confine(void);

/* Gives it ten more seconds of CPU time; SIGXCPU ends it then. */
void confine_time(void);

#endif
