/* Transfers that are cancelled, or that the end of the loop finds pending; and no ring at all. */
#include "tests/loop/operations.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* --- cancelling --- */

COMPLETION_TEST(operation_end, ends_soon_once_it_is_cancelled_and_is_called_all_the_same)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    for (int steps = 0; steps < 2; steps++) { /* that the system has had it for */
        CHECK(receive(s.loop, &o) == 0);
        for (int i = 0; i < steps; i++)
            run_once(s.loop);
        loop_cancel_operation(s.loop, &o.operation);
        loop_cancel_operation(s.loop, &o.operation);
        CHECK(o.operation.pending && o.calls == steps);
        run(s.loop);
        CHECK(o.calls == steps + 1 && result(&o) == -ECANCELED);
    }
    for (int i = 0; i < 3; i++)
        run_once(s.loop);
    CHECK(o.calls == 2);
    end_scene(&s);
}

COMPLETION_TEST(operation_end, is_not_harmed_when_it_is_cancelled_after_its_end)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    cr_assert_eq(write(s.far, "x", 1), 1);
    CHECK(receive(s.loop, &o) == 0);
    run(s.loop);
    loop_cancel_operation(s.loop, &o.operation);
    run_once(s.loop);
    CHECK(o.calls == 1 && result(&o) == 1);
    CHECK(receive(s.loop, &o) == 0);
    run_once(s.loop);
    CHECK(o.operation.pending);
    end_scene(&s);
}

/* Of two operations of a socket, one. */
COMPLETION_TEST(operation_end, is_cancelled_without_the_others)
{
    struct scene s = make_scene(ops, 0);
    struct one o[3];
    int other[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
    init_one(&o[0], s.near);
    init_one(&o[1], s.near);
    init_one(&o[2], other[0]);
    for (int i = 0; i < 3; i++)
        CHECK(receive(s.loop, &o[i]) == 0);
    run_once(s.loop);
    loop_cancel_operation(s.loop, &o[1].operation);
    run(s.loop);
    CHECK(!o[0].calls && o[1].calls == 1 && !o[2].calls);
    cr_assert_eq(write(s.far, "x", 1), 1);
    run(s.loop);
    CHECK(o[0].calls == 1 && result(&o[0]) == 1 && !o[2].calls);
    close(other[0]);
    close(other[1]);
    end_scene(&s);
}

static void cancel_next(struct one *self)
{
    loop_cancel_operation(stage, &self[1].operation);
}

/* Both ended in the same step, so the second is called with what it received. */
COMPLETION_TEST(operation_end, that_has_ended_already_keeps_its_result_when_it_is_cancelled)
{
    struct scene s = make_scene(ops, 0);
    struct one o[2];
    init_one(&o[0], s.near);
    init_one(&o[1], s.far);
    o[0].also = cancel_next;
    stage = s.loop;
    cr_assert_eq(write(s.far, "a", 1), 1);
    cr_assert_eq(write(s.near, "b", 1), 1);
    CHECK(receive(s.loop, &o[0]) == 0);
    CHECK(receive(s.loop, &o[1]) == 0);
    run(s.loop);
    CHECK(o[0].calls == 1 && o[1].calls == 1 && result(&o[1]) == 1);
    end_scene(&s);
}

/* --- closing the loop --- */

/* The system would write into what is freed here. */
COMPLETION_TEST(operation_end, leaves_its_memory_alone_once_the_loop_is_closed)
{
    for (int steps = 0; steps < 2; steps++) {
        struct scene s = make_scene(ops, 0);
        struct one *o = malloc(sizeof *o);
        char *data = malloc(1000);
        init_one(o, s.near);
        CHECK(loop_receive(s.loop, &o->operation, data, 1000) == 0);
        for (int i = 0; i < steps; i++)
            run_once(s.loop);
        loop_close(s.loop);
        CHECK(!o->operation.pending && o->calls == 0);
        memset(data, '-', 1000);
        cr_assert_eq(write(s.far, "xxxx", 4), 4);
        for (int i = 0; i < 1000; i++)
            CHECK(data[i] == '-');
        free(data);
        free(o);
        CHECK(recv(s.near, (char[8]){0}, 8, MSG_DONTWAIT) == 4);
        close(s.near);
        CHECK(recv(s.far, (char[8]){0}, 8, MSG_DONTWAIT) == 0);
        close(s.far);
    }
}

COMPLETION_TEST(operation_end, that_was_cancelled_may_be_pending_when_the_loop_is_closed)
{
    struct scene s = make_scene(ops, 0);
    struct one *o = malloc(sizeof *o);
    init_one(o, s.near);
    CHECK(receive(s.loop, o) == 0);
    run_once(s.loop);
    loop_cancel_operation(s.loop, &o->operation);
    loop_close(s.loop);
    CHECK(!o->operation.pending && o->calls == 0);
    free(o);
    close(s.near);
    close(s.far);
}

/* --- where the system forbids it --- */

COMPLETION_TEST(operation_end, of_a_kernel_that_forbids_them_is_an_error_of_opening)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof rules / sizeof *rules, .filter = rules};
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
    struct loop *l;
    CHECK(loop_open(&l, ops->name) == -EPERM);
    CHECK(loop_open(&l, NULL) == 0);
    loop_close(l);
}
