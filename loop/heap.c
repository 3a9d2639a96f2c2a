/* A radix heap, with a pairing heap in front of it. A key's rank is the same order in unsigned
 * numbers. Nodes whose rank is above the base lie unsorted in slots: by the highest group of bits
 * in which the rank differs from the base, the level, and by the value of that group. So arming and
 * cancelling what is far away touches a list, and a node is moved only when its slot has become the
 * first and holds more than a few: to a lower level each time, at most HEAP_LEVELS times. What
 * comes too early for the slots is in the pairing heap. Invariants:
 * 1. A node is in the tree if its rank is at most the base, else in the slot that the base gives.
 * 2. The base rises only while the tree is empty, to a floor of the first slot: the nodes of all
 *    other slots stay where they belong. It falls only to zero, while the heap is empty.
 * 3. In the tree, a parent comes before its children, by key and then by order. Children form a
 *    list by next; the first one's prev is the parent, any other's the sibling before it. The root
 *    has neither prev nor next.
 * 4. least is the least node, or NULL: then it has to be found. */
#include "loop/heap.h"

enum { FEW = 16 }; /* nodes that are searched rather than moved */

/* --- the tree --- */

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

/* Takes a node out of the tree. */
static void cut(struct heap *h, struct heap_node *node)
{
    struct heap_node *rest = meld_siblings(node->child);
    if (node == h->root) {
        h->root = rest;
        return;
    }
    if (node->prev->child == node)
        node->prev->child = node->next;
    else
        node->prev->next = node->next;
    if (node->next)
        node->next->prev = node->prev;
    if (rest)
        h->root = meld(h->root, rest);
}

/* --- the slots --- */

static uint64_t rank_of(const struct heap_node *node)
{
    return (uint64_t)node->key ^ UINT64_C(1) << 63;
}

static bool in_tree(const struct heap *h, const struct heap_node *node)
{
    return rank_of(node) <= h->base;
}

static void push(struct heap_slot *slot, struct heap_node *node, uint64_t rank)
{
    if (!slot->first || rank < slot->floor)
        slot->floor = rank;
    node->next = slot->first;
    node->link = &slot->first;
    if (node->next)
        node->next->link = &node->next;
    slot->first = node;
}

static void place(struct heap *h, struct heap_node *node)
{
    if (in_tree(h, node)) {
        node->child = node->next = node->prev = NULL;
        h->root = h->root ? meld(h->root, node) : node;
        return;
    }
    uint64_t rank = rank_of(node);
    unsigned level = (63 - (unsigned)__builtin_clzll(rank ^ h->base)) / HEAP_BITS;
    unsigned slot = rank >> HEAP_BITS * level & (HEAP_SLOTS - 1);
    push(&h->slots[level][slot], node, rank);
    h->occupied[level] |= UINT64_C(1) << slot;
}

/* There is one that is not empty. */
static struct heap_slot *first_slot(struct heap *h)
{
    for (unsigned level = 0;; level++)
        while (h->occupied[level]) {
            struct heap_slot *slot = &h->slots[level][__builtin_ctzll(h->occupied[level])];
            if (slot->first)
                return slot;
            h->occupied[level] &= h->occupied[level] - 1;
        }
}

/* The least node of a slot, or NULL if there are more than a few. */
static struct heap_node *least_of_few(const struct heap_slot *slot)
{
    struct heap_node *least = slot->first;
    int seen = 1;
    for (struct heap_node *node = least->next; node; node = node->next) {
        if (++seen > FEW)
            return NULL;
        if (before(node, least))
            least = node;
    }
    return least;
}

struct heap_node *heap_find_least(struct heap *h)
{
    while (!h->root) {
        struct heap_slot *slot = first_slot(h);
        h->least = least_of_few(slot);
        if (h->least)
            return h->least;
        struct heap_node *node = slot->first;
        slot->first = NULL;
        h->base = slot->floor;
        for (struct heap_node *next; node; node = next) {
            next = node->next;
            place(h, node);
        }
    }
    return h->least = h->root;
}

/* --- both --- */

void heap_init(struct heap *h)
{
    *h = (struct heap){0};
}

void heap_insert(struct heap *h, struct heap_node *node, int64_t key)
{
    node->key = key;
    node->order = h->inserted++;
    if (h->least ? key < h->least->key : !h->count)
        h->least = node;
    h->count++;
    place(h, node);
}

void heap_remove(struct heap *h, struct heap_node *node)
{
    if (h->least == node)
        h->least = NULL;
    if (in_tree(h, node)) {
        cut(h, node);
    } else {
        *node->link = node->next;
        if (node->next)
            node->next->link = node->link;
    }
    if (--h->count == 0)
        h->base = 0;
}
