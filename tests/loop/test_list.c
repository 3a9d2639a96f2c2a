#include "loop/list.h"

#include <criterion/criterion.h>

struct item {
    int number;
    struct list node;
};

/* Checks that l holds exactly the items of those numbers, in both directions. */
static void assert_holds(struct list *l, const int *numbers, size_t count)
{
    struct list *forth = l, *back = l;
    for (size_t i = 0; i < count; i++) {
        forth = forth->next;
        back = back->prev;
        cr_assert_neq(forth, l, "ends after %zu of %zu", i, count);
        cr_assert_eq(container_of(forth, struct item, node)->number, numbers[i]);
        cr_assert_eq(container_of(back, struct item, node)->number, numbers[count - 1 - i]);
    }
    cr_assert_eq(forth->next, l);
    cr_assert_eq(back->prev, l);
}

static struct item items[6];
static struct list head, other;

static void three_in_head_and_two_in_other(void)
{
    list_init(&head);
    list_init(&other);
    for (int i = 0; i < 6; i++) {
        items[i].number = i;
        list_init(&items[i].node);
        if (i < 5)
            list_add(i < 3 ? &head : &other, &items[i].node);
    }
}

TestSuite(list, .init = three_in_head_and_two_in_other);

Test(list, is_empty_at_first)
{
    struct list l;
    list_init(&l);
    cr_assert(list_empty(&l));
}

Test(list, adds_at_the_tail)
{
    assert_holds(&head, (int[]){0, 1, 2}, 3);
}

Test(list, adds_before_any_node)
{
    list_add(&items[1].node, &items[5].node);
    assert_holds(&head, (int[]){0, 5, 1, 2}, 4);
}

Test(list, removes_from_the_middle)
{
    list_remove(&items[1].node);
    assert_holds(&head, (int[]){0, 2}, 2);
}

Test(list, removing_twice_is_harmless)
{
    list_remove(&items[1].node);
    list_remove(&items[1].node);
    assert_holds(&head, (int[]){0, 2}, 2);
}

Test(list, a_removed_node_stands_in_no_list)
{
    list_remove(&items[1].node);
    cr_assert(list_empty(&items[1].node));
}

Test(list, pops_the_first)
{
    cr_assert_eq(list_pop(&head), &items[0].node);
    assert_holds(&head, (int[]){1, 2}, 2);
    cr_assert(list_empty(&items[0].node));
}

Test(list, splices_to_the_tail_and_leaves_the_source_empty)
{
    list_splice(&head, &other);
    assert_holds(&head, (int[]){0, 1, 2, 3, 4}, 5);
    cr_assert(list_empty(&other));
}

Test(list, splices_into_an_empty_list)
{
    struct list l;
    list_init(&l);
    list_splice(&l, &head);
    assert_holds(&l, (int[]){0, 1, 2}, 3);
}

Test(list, splicing_an_empty_list_changes_nothing)
{
    struct list l;
    list_init(&l);
    list_splice(&head, &l);
    assert_holds(&head, (int[]){0, 1, 2}, 3);
    cr_assert(list_empty(&l));
}
