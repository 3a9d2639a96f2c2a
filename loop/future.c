/* A future: callbacks that wait, then a result. */
#include "loop/future.h"

#include <errno.h>

void future_init(struct future *f, struct loop *l)
{
    f->loop = l;
    list_init(&f->callbacks);
    f->result = 0;
    f->done = false;
}

void future_set(struct future *f, int result)
{
    if (f->done)
        return;
    f->result = result;
    f->done = true;
    while (!list_empty(&f->callbacks))
        loop_call_soon(f->loop, container_of(f->callbacks.next, struct handle, node));
}

void future_cancel(struct future *f)
{
    future_set(f, -ECANCELED);
}

void future_add_callback(struct future *f, struct handle *h)
{
    handle_cancel(h);
    if (f->done)
        loop_call_soon(f->loop, h);
    else
        list_add(&f->callbacks, &h->node);
}
