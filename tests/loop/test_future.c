#include "loop/future.h"

#include "tests/loop/backends.h"
#include "tests/loop/story.h"

#include <errno.h>
#include <stdlib.h>

static struct loop *loop;
static struct future future;

struct letter {
    struct handle handle;
    char letter;
};

static void note(struct handle *h)
{
    tell(container_of(h, struct letter, handle)->letter);
}

static struct letter letters[4];

static void open_loop(const struct selector_ops *ops)
{
    cr_assert_eq(loop_open(&loop, ops->name), 0);
    forget_story();
    future_init(&future, loop);
    for (int i = 0; i < 4; i++) {
        handle_init(&letters[i].handle, note);
        letters[i].letter = (char)('a' + i);
    }
}

static void close_loop(void)
{
    loop_close(loop);
}

static void run_once(void)
{
    loop_stop(loop);
    cr_assert_eq(loop_run(loop), 0);
}

BACKEND_TEST(future, is_not_done_at_first)
{
    open_loop(ops);
    cr_assert_not(future.done);
    close_loop();
}

BACKEND_TEST(future, holds_the_first_result_it_gets)
{
    open_loop(ops);
    future_set(&future, 7);
    future_set(&future, 8);
    future_cancel(&future);
    cr_assert(future.done);
    cr_assert_eq(future.result, 7);
    close_loop();
}

BACKEND_TEST(future, is_cancelled_by_a_result_of_its_own)
{
    open_loop(ops);
    future_cancel(&future);
    cr_assert(future.done);
    cr_assert_eq(future.result, -ECANCELED);
    close_loop();
}

BACKEND_TEST(future, calls_back_in_the_order_of_adding)
{
    open_loop(ops);
    for (int i = 3; i >= 0; i--)
        future_add_callback(&future, &letters[i].handle);
    run_once();
    cr_assert_str_eq(story, "");
    future_set(&future, 0);
    run_once();
    cr_assert_str_eq(story, "dcba");
    close_loop();
}

BACKEND_TEST(future, calls_back_only_from_the_loop)
{
    open_loop(ops);
    future_add_callback(&future, &letters[0].handle);
    future_set(&future, 0);
    future_add_callback(&future, &letters[1].handle);
    cr_assert_str_eq(story, "");
    run_once();
    cr_assert_str_eq(story, "ab");
    close_loop();
}

BACKEND_TEST(future, calls_back_after_what_was_ready_before)
{
    open_loop(ops);
    future_add_callback(&future, &letters[1].handle);
    loop_call_soon(loop, &letters[0].handle);
    future_set(&future, 0);
    run_once();
    cr_assert_str_eq(story, "ab");
    close_loop();
}

BACKEND_TEST(future, does_not_call_back_who_cancelled)
{
    open_loop(ops);
    for (int i = 0; i < 3; i++)
        future_add_callback(&future, &letters[i].handle);
    handle_cancel(&letters[0].handle);
    future_set(&future, 0);
    handle_cancel(&letters[2].handle);
    run_once();
    cr_assert_str_eq(story, "b");
    close_loop();
}

BACKEND_TEST(future, calls_back_once_who_was_added_twice)
{
    open_loop(ops);
    future_add_callback(&future, &letters[0].handle);
    future_add_callback(&future, &letters[1].handle);
    future_add_callback(&future, &letters[0].handle);
    future_set(&future, 0);
    run_once();
    cr_assert_str_eq(story, "ba");
    close_loop();
}

struct owner {
    struct future future;
    struct handle handle;
};

static void free_owner(struct handle *h)
{
    free(container_of(h, struct owner, handle));
    tell('f');
}

BACKEND_TEST(future, may_be_freed_by_its_callback)
{
    open_loop(ops);
    struct owner *o = malloc(sizeof *o);
    future_init(&o->future, loop);
    handle_init(&o->handle, free_owner);
    future_add_callback(&o->future, &letters[0].handle);
    future_add_callback(&o->future, &o->handle);
    future_add_callback(&o->future, &letters[1].handle);
    future_set(&o->future, 0);
    run_once();
    cr_assert_str_eq(story, "afb");
    close_loop();
}
