/* An intrusive priority queue: the least node first, equal nodes in the order in which they came.
 * Nodes live inside their owners, so inserting cannot fail. Insert is O(1); finding the least and
 * removing any node are O(log n) amortised, without recursion. It is made for timers: keys are
 * mostly greater than those that were taken, and many nodes are removed before their time. */
#ifndef LOOP_HEAP_H
#define LOOP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    struct heap_node *next;
    union {
        struct heap_node *prev;  /* in the tree; the parent, for a first child */
        struct heap_node **link; /* in a slot: what points to this node */
    };
    struct heap_node *child;
    int64_t key;
    uint64_t order; /* set by heap_insert: first in, first out among equal keys */
};

enum { HEAP_BITS = 6, HEAP_SLOTS = 1 << HEAP_BITS, HEAP_LEVELS = 64 / HEAP_BITS + 1 };

struct heap_slot {
    struct heap_node *first;
    uint64_t floor; /* no rank in it is less */
};

struct heap {
    struct heap_node *root;  /* of the tree */
    struct heap_node *least; /* of all, NULL: not known */
    uint64_t base;           /* what is above is in the slots */
    uint64_t inserted;
    size_t count;
    uint64_t occupied[HEAP_LEVELS]; /* a bit a slot that may hold something */
    struct heap_slot slots[HEAP_LEVELS][HEAP_SLOTS];
};

void heap_init(struct heap *h);
void heap_insert(struct heap *h, struct heap_node *node, int64_t key);

/* Removes a node that is in the heap, whether it is the least or not. */
void heap_remove(struct heap *h, struct heap_node *node);

struct heap_node *heap_find_least(struct heap *h);

/* The least node, or NULL. */
static inline struct heap_node *heap_least(struct heap *h)
{
    return h->least || !h->count ? h->least : heap_find_least(h);
}

#endif
