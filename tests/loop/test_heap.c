#include "loop/heap.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Repeatable noise. */
static uint32_t noise(void)
{
    static uint32_t state = 1;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static struct heap_node *take_least(struct heap *h)
{
    struct heap_node *least = heap_least(h);
    heap_remove(h, least);
    return least;
}

static struct heap heap;

static void empty_heap(void)
{
    heap_init(&heap);
}

TestSuite(heap, .init = empty_heap);

Test(heap, has_no_least_node_when_empty)
{
    cr_assert_null(heap_least(&heap));
}

Test(heap, gives_nodes_by_key)
{
    enum { COUNT = 10000 };
    static struct heap_node nodes[COUNT];
    for (int i = 0; i < COUNT; i++)
        heap_insert(&heap, &nodes[i], (int32_t)noise());
    int64_t last = INT64_MIN;
    for (int i = 0; i < COUNT; i++) {
        struct heap_node *least = take_least(&heap);
        cr_assert_leq(last, least->key);
        last = least->key;
    }
    cr_assert_null(heap_least(&heap));
}

Test(heap, takes_the_ends_of_the_range_as_keys)
{
    struct heap_node high, low, zero;
    heap_insert(&heap, &high, INT64_MAX);
    heap_insert(&heap, &low, INT64_MIN);
    heap_insert(&heap, &zero, 0);
    cr_assert_eq(take_least(&heap), &low);
    cr_assert_eq(take_least(&heap), &zero);
    cr_assert_eq(take_least(&heap), &high);
}

Test(heap, gives_equal_keys_first_in_first_out)
{
    struct heap_node nodes[100], before, after;
    heap_insert(&heap, &after, 8);
    for (int i = 0; i < 100; i++)
        heap_insert(&heap, &nodes[i], 7);
    heap_insert(&heap, &before, 6);
    cr_assert_eq(take_least(&heap), &before);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(take_least(&heap), &nodes[i], "place %d", i);
    cr_assert_eq(take_least(&heap), &after);
}

Test(heap, counts)
{
    struct heap_node a, b;
    heap_insert(&heap, &a, 1);
    heap_insert(&heap, &b, 2);
    cr_assert_eq(heap.count, 2);
    heap_remove(&heap, &b);
    cr_assert_eq(heap.count, 1);
}

Test(heap, takes_a_removed_node_again_as_the_latest)
{
    struct heap_node a, b;
    heap_insert(&heap, &a, 1);
    heap_insert(&heap, &b, 1);
    heap_remove(&heap, &a);
    heap_insert(&heap, &a, 1);
    cr_assert_eq(take_least(&heap), &b);
    cr_assert_eq(take_least(&heap), &a);
}

static struct heap_node *search(struct heap_node *nodes, const bool *in, int count)
{
    struct heap_node *least = NULL;
    for (int i = 0; i < count; i++)
        if (in[i] && (!least || nodes[i].key < least->key ||
                      (nodes[i].key == least->key && nodes[i].order < least->order)))
            least = &nodes[i];
    return least;
}

/* Inserts, removes of any node and of the least, against a plain array that is searched. */
static void compare_with_array(int64_t (*next_key)(int64_t last_taken))
{
    enum { COUNT = 200 };
    struct heap_node nodes[COUNT];
    bool in[COUNT] = {false};
    int64_t last = 0;
    for (int round = 0; round < 50000; round++) {
        int i = (int)(noise() % COUNT);
        if (in[i])
            heap_remove(&heap, &nodes[i]);
        else
            heap_insert(&heap, &nodes[i], next_key(last));
        in[i] = !in[i];

        struct heap_node *least = search(nodes, in, COUNT);
        cr_assert_eq(heap_least(&heap), least, "round %d", round);
        if (least && noise() % 3 == 0) {
            last = least->key;
            heap_remove(&heap, least);
            in[least - nodes] = false;
        }
    }
}

static int64_t one_of_fifty(int64_t last_taken)
{
    (void)last_taken;
    return noise() % 50;
}

static int64_t of_any_size(int64_t last_taken)
{
    (void)last_taken;
    uint64_t bits = (uint64_t)noise() << 32 | noise();
    return (int64_t)(bits >> 1 >> noise() % 63) * (noise() % 2 ? 1 : -1);
}

/* As timers have them: mostly later than what was due, near or far; some at once. */
static int64_t of_a_timer(int64_t last_taken)
{
    return last_taken - 5 + (int64_t)(noise() >> noise() % 32);
}

Test(heap, agrees_with_a_searched_array_for_equal_keys)
{
    compare_with_array(one_of_fifty);
}

Test(heap, agrees_with_a_searched_array_for_keys_of_any_size)
{
    compare_with_array(of_any_size);
}

Test(heap, agrees_with_a_searched_array_while_time_goes_by)
{
    compare_with_array(of_a_timer);
}

/* Orders of arrival that make the widest and the deepest trees. */
Test(heap, holds_a_million_nodes_of_which_half_are_cancelled, .timeout = 60)
{
    enum { COUNT = 1000000 };
    struct heap_node *nodes = malloc(COUNT * sizeof *nodes);
    cr_assert_not_null(nodes);
    for (int order = 0; order < 3; order++) {
        for (int i = 0; i < COUNT; i++)
            heap_insert(&heap, &nodes[i], order == 0 ? i : order == 1 ? -i : (int)(noise() >> 8));
        for (int i = 0; i < COUNT; i += 2)
            heap_remove(&heap, &nodes[i]);
        cr_assert_eq(heap.count, COUNT / 2);
        int64_t last = INT64_MIN;
        while (heap_least(&heap)) {
            struct heap_node *least = take_least(&heap);
            cr_assert_leq(last, least->key);
            cr_assert_eq((least - nodes) % 2, 1, "a removed node came back");
            last = least->key;
        }
        cr_assert_eq(heap.count, 0);
    }
    free(nodes);
}
