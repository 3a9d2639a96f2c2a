/* An intrusive, doubly linked, circular list. Nodes live inside their owners, so adding cannot
 * fail; a node that stands in no list is linked to itself, so removing it twice is harmless. */
#ifndef LOOP_LIST_H
#define LOOP_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

/* Puts node before pos: at the tail if pos is the list's head. */
static inline void list_add(struct list *pos, struct list *node)
{
    node->prev = pos->prev;
    node->next = pos;
    pos->prev->next = node;
    pos->prev = node;
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Takes the first node out; the list must not be empty. */
static inline struct list *list_pop(struct list *l)
{
    struct list *node = l->next;
    list_remove(node);
    return node;
}

/* Moves all nodes of from to the tail of to. */
static inline void list_splice(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
