#include "loop/group.h"

#include "loop/loop_private.h"

#include <errno.h>

void group_init(struct group *g, struct loop *l)
{
    *g = (struct group){.loop = l};
    list_init(&g->members);
    future_init(&g->empty, l);
}

int group_start(struct group *g, struct task *t, const char *name, int (*main)(void *arg),
                void *arg)
{
    int error = task_start(t, g->loop, name, main, arg);
    if (error)
        return error;
    t->group = g;
    list_add(&g->members, &t->member);
    if (g->cancelled)
        task_cancel(t);
    return 0;
}

void group_cancel(struct group *g)
{
    g->cancelled = true;
    for (struct list *n = g->members.next; n != &g->members; n = n->next)
        task_cancel(container_of(n, struct task, member));
}

void group_member_done(struct task *t)
{
    struct group *g = t->group;
    int result = t->future.result;
    list_remove(&t->member);
    if (result < 0 && result != -ECANCELED && !g->error) {
        g->error = result;
        if (!g->independent)
            group_cancel(g);
    }
    if (list_empty(&g->members))
        future_set(&g->empty, 0);
}

int group_join(struct group *g)
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    if (task_interrupted(t))
        group_cancel(g);
    t->gathers = g;
    while (!list_empty(&g->members)) {
        future_init(&g->empty, g->loop);
        await_shielded(&g->empty);
    }
    t->gathers = NULL;
    return g->error;
}
