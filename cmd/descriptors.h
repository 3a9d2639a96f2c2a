/* The limit of open files, which is the limit of fetches in flight. */
#ifndef CMD_DESCRIPTORS_H
#define CMD_DESCRIPTORS_H

#include <stdint.h>

/* Raises it as far as it goes. Returns it. */
uint64_t descriptors_raise(void);

/* How many fetches in flight fit so many descriptors, and how many when nobody asked for a number:
 * 0 where there is no room to be modest. Each takes one, or two while its host is looked up, and
 * leaves a connection that idles. */
uint64_t descriptors_fetches(uint64_t descriptors);
uint64_t descriptors_modest(uint64_t descriptors);

#endif
