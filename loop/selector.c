/* The choice of a backend. */
#include "loop/selector.h"

#include "loop/selector_private.h"

#include <stddef.h>
#include <string.h>

const struct selector_ops *const selectors[] = {
#ifdef HAVE_EPOLL
    &selector_epoll,
#endif
#ifdef HAVE_KQUEUE
    &selector_kqueue,
#endif
    &selector_poll,
    &selector_select,
#ifdef HAVE_IO_URING
    &selector_io_uring,
#endif
    NULL,
};

const char selector_names[] =
#ifdef HAVE_EPOLL
    "epoll|"
#endif
#ifdef HAVE_KQUEUE
    "kqueue|"
#endif
    "poll|select"
#ifdef HAVE_IO_URING
    "|io_uring"
#endif
    ;

const struct selector_ops *selector_find(const char *name)
{
    if (!name)
        return selectors[0];
    for (size_t i = 0; selectors[i]; i++)
        if (strcmp(selectors[i]->name, name) == 0)
            return selectors[i];
    return NULL;
}
