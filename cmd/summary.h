/* What a crawl came to, for people, on standard error. */
#ifndef CMD_SUMMARY_H
#define CMD_SUMMARY_H

#include "crawler/crawler.h"

/* stop: what to call the reason when it was a signal. */
void summary_print(const struct crawl *c, const char *stop);

/* The same for programs, one JSON object: --summary FILE. */
struct output;
void summary_write(const struct crawl *c, const char *stop, struct output *o);

/* One line at the start: what the crawl keeps to. */
void summary_scope(const struct crawl *c);

#endif
