/* An intrusive pairing heap: the least node first, equal nodes in the order in which they came.
 * Nodes live inside their owners, so inserting cannot fail. Insert is O(1); taking the least and
 * removing any node are O(log n) amortised, without recursion. */
#ifndef LOOP_HEAP_H
#define LOOP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    struct heap_node *child, *next, *prev; /* prev: the parent, for a first child */
    int64_t key;
    uint64_t order; /* set by heap_insert: first in, first out among equal keys */
};

struct heap {
    struct heap_node *root;
    uint64_t inserted;
    size_t count;
};

void heap_init(struct heap *h);
void heap_insert(struct heap *h, struct heap_node *node, int64_t key);

/* Removes a node that is in the heap, whether it is the least or not. */
void heap_remove(struct heap *h, struct heap_node *node);

/* The least node, or NULL. */
static inline struct heap_node *heap_least(const struct heap *h)
{
    return h->root;
}

#endif
