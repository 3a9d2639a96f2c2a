#include "loop/selector_always.h"

#include <errno.h>
#include <stdlib.h>

void selector_always_deinit(struct selector_always *a)
{
    free(a->files);
}

int selector_always_add(struct selector_always *a, int fd, unsigned interest)
{
    if (a->count == a->size) {
        int size = a->size ? 2 * a->size : 4;
        struct event *files = realloc(a->files, (size_t)size * sizeof *files);
        if (!files)
            return -ENOMEM;
        a->files = files;
        a->size = size;
    }
    a->files[a->count++] = (struct event){.fd = fd, .events = interest};
    return 0;
}

bool selector_always_set(struct selector_always *a, int fd, unsigned interest)
{
    for (int i = 0; i < a->count; i++) {
        if (a->files[i].fd != fd)
            continue;
        if (interest)
            a->files[i].events = interest;
        else
            a->files[i] = a->files[--a->count];
        return true;
    }
    return false;
}

int selector_always_report(struct selector_always *a, struct event *out, int max)
{
    int n = 0, room = (max + 1) / 2;
    for (int i = 0; i < a->count && n < room; i++) {
        a->turn = (a->turn + 1) % a->count;
        struct event e = a->files[a->turn];
        e.events &= EVENT_READ | EVENT_WRITE;
        if (e.events)
            out[n++] = e;
    }
    return n;
}
