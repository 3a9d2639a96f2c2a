/* A pairing heap. Invariants:
 * 1. A parent comes before its children, by key and then by order.
 * 2. Children form a list by next; the first one's prev is the parent, any other's the sibling
 *    before it. The root has neither prev nor next. */
#include "loop/heap.h"

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

/* Joins two trees. Whatever siblings the roots had are forgotten. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
    if (before(b, a)) {
        struct heap_node *t = a;
        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    a->prev = a->next = NULL;
    return a;
}

/* Makes one tree of a list of siblings, in the two passes that give the amortised bound: joins them
 * in pairs from left to right, then the pairs from right to left. */
static struct heap_node *meld_siblings(struct heap_node *first)
{
    struct heap_node *pairs = NULL;
    while (first) {
        struct heap_node *a = first, *b = a->next;
        first = b ? b->next : NULL;
        if (b)
            a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }

    struct heap_node *root = pairs;
    if (!root)
        return NULL;
    pairs = root->next;
    root->prev = root->next = NULL;
    while (pairs) {
        struct heap_node *next = pairs->next;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

void heap_init(struct heap *h)
{
    *h = (struct heap){0};
}

void heap_insert(struct heap *h, struct heap_node *node, int64_t key)
{
    *node = (struct heap_node){.key = key, .order = h->inserted++};
    h->root = h->root ? meld(h->root, node) : node;
    h->count++;
}

void heap_remove(struct heap *h, struct heap_node *node)
{
    struct heap_node *rest = meld_siblings(node->child);
    if (node == h->root) {
        h->root = rest;
    } else {
        if (node->prev->child == node)
            node->prev->child = node->next;
        else
            node->prev->next = node->next;
        if (node->next)
            node->next->prev = node->prev;
        if (rest)
            h->root = meld(h->root, rest);
    }
    h->count--;
}
