#include "loop/group.h"

#include "tests/loop/tasks.h"

#include <errno.h>
#include <stdlib.h>

/* Opens a group, starts members as the test says, joins it. */
struct scope {
    struct group group;
    struct task task, members[3];
    int (*mains[3])(void *arg);
    struct future futures[3]; /* the members' arguments */
    bool independent;
    int joined;
};

static int open_scope(void *arg)
{
    struct scope *s = arg;
    struct loop *l = loop_running();
    group_init(&s->group, l);
    s->group.independent = s->independent;
    for (int i = 0; i < 3 && s->mains[i]; i++) {
        future_init(&s->futures[i], l);
        cr_assert_eq(group_start(&s->group, &s->members[i], "member", s->mains[i], &s->futures[i]),
                     0);
    }
    tell('<');
    s->joined = group_join(&s->group);
    tell('>');
    return task_yield();
}

static int sleep_for_ever(void *arg)
{
    (void)arg;
    int result = task_sleep(INT64_MAX);
    tell(result == -ECANCELED ? 'c' : '?');
    return result;
}

static int fail(void *arg)
{
    (void)arg;
    tell('f');
    return -EIO;
}

static int fail_otherwise(void *arg)
{
    (void)arg;
    tell('g');
    return -ENOENT;
}

static int succeed(void *arg)
{
    (void)arg;
    tell('s');
    return 7;
}

static void start_scope(struct loop *l, struct scope *s)
{
    cr_assert_eq(task_start(&s->task, l, "scope", open_scope, s), 0);
}

BACKEND_TEST(group, is_joined_at_once_when_it_has_no_members)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.independent = false};
    start_scope(l, &s);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == 0 && strcmp(story, "<>") == 0);
    close_loop(l);
}

BACKEND_TEST(group, is_joined_when_all_members_are_done_with_their_results)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {await_future, succeed, await_future}};
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    future_set(&s.futures[2], 3);
    run_once(l);
    CHECK(strcmp(story, "<(s()") == 0);
    future_set(&s.futures[0], 1);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == 0 && strcmp(story, "<(s())>") == 0);
    CHECK(s.members[0].future.result == 1 && s.members[1].future.result == 7 &&
          s.members[2].future.result == 3);
    close_loop(l);
}

BACKEND_TEST(group, cancels_the_others_when_one_fails_and_returns_its_error)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {sleep_for_ever, fail, sleep_for_ever}};
    start_scope(l, &s);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == -EIO && strcmp(story, "<fcc>") == 0);
    close_loop(l);
}

BACKEND_TEST(group, returns_the_error_of_the_first_that_fails)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {succeed, fail, fail_otherwise}};
    start_scope(l, &s);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == -EIO && strcmp(story, "<sfg>") == 0);
    close_loop(l);
}

BACKEND_TEST(group, of_independent_members_goes_on_when_one_fails)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {fail, await_future}, .independent = true};
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "<f(") == 0 && !s.task.future.done);
    future_set(&s.futures[1], 1);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == -EIO && s.members[1].future.result == 1);
    close_loop(l);
}

BACKEND_TEST(group, does_not_count_the_end_of_a_cancelled_member_as_a_failure)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {sleep_for_ever, await_future}};
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    task_cancel(&s.members[0]);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "<(c") == 0 && !s.task.future.done);
    future_set(&s.futures[1], 1);
    CHECK(end_of(&s.task) == 0);
    CHECK(s.joined == 0);
    close_loop(l);
}

BACKEND_TEST(group, passes_a_cancellation_on_and_still_waits_for_all)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {sleep_for_ever, sleep_for_ever}};
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    task_cancel(&s.task);
    CHECK(end_of(&s.task) == -ECANCELED);
    CHECK(s.joined == 0 && strcmp(story, "<cc>") == 0);
    close_loop(l);
}

BACKEND_TEST(group, cancels_its_members_when_whoever_joins_was_cancelled_before)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {sleep_for_ever}};
    start_scope(l, &s);
    task_cancel(&s.task);
    CHECK(end_of(&s.task) == -ECANCELED);
    CHECK(strcmp(story, "<c>") == 0);
    close_loop(l);
}

static int nest(void *arg)
{
    (void)arg;
    struct scope inner = {.mains = {sleep_for_ever, sleep_for_ever}};
    return open_scope(&inner);
}

BACKEND_TEST(group, passes_a_cancellation_on_to_the_groups_of_its_members)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {nest, sleep_for_ever}};
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    run_once(l);
    task_cancel(&s.task);
    CHECK(end_of(&s.task) == -ECANCELED);
    CHECK(strcmp(story, "<<ccc>>") == 0);
    close_loop(l);
}

static struct task late;
static struct group *late_group;

static int start_another(void *arg)
{
    int error = await(arg);
    cr_assert_eq(group_start(late_group, &late, "late", sleep_for_ever, NULL), 0);
    return error;
}

BACKEND_TEST(group, waits_for_members_that_start_later_and_cancels_them_if_it_was_cancelled)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {start_another}};
    late_group = &s.group;
    start_scope(l, &s);
    run_once(l);
    run_once(l);
    task_cancel(&s.task);
    CHECK(end_of(&s.task) == -ECANCELED);
    CHECK(strcmp(story, "<c>") == 0 && late.future.result == -ECANCELED);
    close_loop(l);
}

static int join_with_little_time(void *arg)
{
    struct timeout limit;
    timeout_begin(&limit, NS_PER_MS);
    open_scope(arg);
    return timeout_end(&limit) ? task_yield() : -1;
}

BACKEND_TEST(group, is_cancelled_when_the_time_of_whoever_joins_is_over)
{
    struct loop *l = open_loop(ops);
    struct scope s = {.mains = {sleep_for_ever, sleep_for_ever}};
    cr_assert_eq(task_start(&s.task, l, "scope", join_with_little_time, &s), 0);
    CHECK(end_of(&s.task) == 0);
    CHECK(strcmp(story, "<cc>") == 0);
    close_loop(l);
}

struct own {
    struct task task;
    struct handle done;
};

static void free_own(struct handle *h)
{
    free(container_of(h, struct own, done));
}

BACKEND_TEST(group, lets_the_memory_of_a_member_go_once_that_is_done)
{
    struct loop *l = open_loop(ops);
    struct group g;
    struct own *member = malloc(sizeof *member);
    group_init(&g, l);
    cr_assert_eq(group_start(&g, &member->task, "member", succeed, NULL), 0);
    handle_init(&member->done, free_own);
    future_add_callback(&member->task.future, &member->done);
    run_once(l);
    run_once(l);
    CHECK(strcmp(story, "s") == 0 && list_empty(&g.members));
    close_loop(l);
}
