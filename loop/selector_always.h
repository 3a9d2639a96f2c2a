/* Descriptors that are always ready, for backends whose system refuses them (epoll) or thinks
 * otherwise (kqueue). That is the standard streams turned into files, seldom more, so the list is
 * searched in a line. */
#ifndef LOOP_SELECTOR_ALWAYS_H
#define LOOP_SELECTOR_ALWAYS_H

#include "loop/selector.h"

#include <stdbool.h>

struct selector_always {
    struct event *files; /* events: the interest */
    int count, size;
    int turn; /* where the next report begins, so that each has its turn */
};

void selector_always_deinit(struct selector_always *a);

/* 0 or -ENOMEM. */
int selector_always_add(struct selector_always *a, int fd, unsigned interest);

/* Changes the interest of one that was added, 0: takes it out. False if fd is not one. */
bool selector_always_set(struct selector_always *a, int fd, unsigned interest);

/* Stores those that want more than errors, and leaves half of the room to others. Returns their
 * number. */
int selector_always_report(struct selector_always *a, struct event *out, int max);

#endif
