/* Transfers that the backend makes by itself: on those that do, and refused on the others. */
#include "tests/loop/operations.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

BACKEND_TEST(operation, is_refused_where_the_backend_knows_readiness_alone)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    CHECK(loop_completes(s.loop) == (ops->submit != NULL));
    if (!loop_completes(s.loop)) {
        CHECK(receive(s.loop, &o) == -ENOTSUP);
        CHECK(loop_send(s.loop, &o.operation, "x", 1) == -ENOTSUP);
        CHECK(!o.operation.pending);
        loop_cancel_operation(s.loop, &o.operation);
        run_once(s.loop);
        CHECK(o.calls == 0);
    }
    end_scene(&s);
}

COMPLETION_TEST(operation, receives_what_is_there)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    cr_assert_eq(write(s.far, "hello", 5), 5);
    CHECK(receive(s.loop, &o) == 0);
    CHECK(o.operation.pending && o.calls == 0);
    run(s.loop);
    CHECK(o.calls == 1 && result(&o) == 5);
    CHECK(memcmp(o.data, "hello", 5) == 0);
    end_scene(&s);
}

/* Whether the socket would block or not makes no difference. */
COMPLETION_TEST(operation, waits_for_a_socket_that_has_nothing)
{
    static const int types[] = {0, SOCK_NONBLOCK};
    for (int i = 0; i < 2; i++) {
        struct scene s = make_scene(ops, types[i]);
        struct one o;
        init_one(&o, s.near);
        CHECK(receive(s.loop, &o) == 0);
        for (int j = 0; j < 3; j++)
            run_once(s.loop);
        CHECK(o.calls == 0 && o.operation.pending);
        cr_assert_eq(write(s.far, "x", 1), 1);
        run(s.loop);
        CHECK(o.calls == 1 && result(&o) == 1);
        end_scene(&s);
    }
}

COMPLETION_TEST(operation, sends)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    CHECK(loop_send(s.loop, &o.operation, "hello", 5) == 0);
    run(s.loop);
    char data[8];
    CHECK(o.calls == 1 && result(&o) == 5);
    CHECK(recv(s.far, data, sizeof data, MSG_DONTWAIT) == 5 && memcmp(data, "hello", 5) == 0);
    end_scene(&s);
}

/* What a socket does not take at once is waited for; what was sent is told. */
COMPLETION_TEST(operation, sends_all_of_much_in_several_goes)
{
    enum { SIZE = 4 << 20 };
    static const int types[] = {0, SOCK_NONBLOCK};
    for (int i = 0; i < 2; i++) {
        struct scene s = make_scene(ops, types[i]);
        struct one out, in;
        init_one(&out, s.near);
        init_one(&in, s.far);
        char *data = malloc(SIZE), *got = malloc(SIZE);
        for (size_t j = 0; j < SIZE; j++)
            data[j] = (char)(j * 2654435761u >> 24);
        size_t sent = 0, received = 0;
        int sends = 0;
        while (received < SIZE) {
            if (!out.operation.pending && sent < SIZE) {
                CHECK(loop_send(s.loop, &out.operation, data + sent, SIZE - sent) == 0);
                sends++;
            }
            if (!in.operation.pending)
                CHECK(loop_receive(s.loop, &in.operation, got + received, 65536) == 0);
            int calls = out.calls;
            run(s.loop);
            if (out.calls > calls) {
                CHECK(result(&out) > 0);
                sent += (size_t)result(&out);
            }
            if (!in.operation.pending) {
                CHECK(result(&in) > 0);
                received += (size_t)result(&in);
            }
        }
        CHECK(sends > 1 && sent == SIZE && memcmp(data, got, SIZE) == 0);
        end_scene(&s);
        free(data);
        free(got);
    }
}

COMPLETION_TEST(operation, goes_in_both_directions_of_a_socket_at_once)
{
    struct scene s = make_scene(ops, 0);
    struct one in, out;
    init_one(&in, s.near);
    init_one(&out, s.near);
    CHECK(receive(s.loop, &in) == 0);
    CHECK(loop_send(s.loop, &out.operation, "ping", 4) == 0);
    run(s.loop);
    CHECK(out.calls == 1 && in.calls == 0);
    char data[8];
    CHECK(recv(s.far, data, sizeof data, MSG_DONTWAIT) == 4);
    cr_assert_eq(write(s.far, "pong!", 5), 5);
    run(s.loop);
    CHECK(in.calls == 1 && result(&in) == 5);
    end_scene(&s);
}

COMPLETION_TEST(operation, receives_nothing_from_a_peer_that_has_closed)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    CHECK(receive(s.loop, &o) == 0);
    run_once(s.loop);
    shutdown(s.far, SHUT_WR);
    run(s.loop);
    CHECK(o.calls == 1 && result(&o) == 0);
    end_scene(&s);
}

/* Without a signal, though nobody asked for that. */
COMPLETION_TEST(operation, fails_to_send_to_a_peer_that_has_closed)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    close(s.far);
    CHECK(loop_send(s.loop, &o.operation, "x", 1) == 0);
    run(s.loop);
    CHECK(o.calls == 1 && result(&o) == -EPIPE);
    s.far = -1;
    end_scene(&s);
}

static void connect_sockets(int *a, int *b)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *a = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(*a, (struct sockaddr *)&address, size), 0);
    *b = accept(listener, NULL, NULL);
    cr_assert(*b >= 0);
    close(listener);
}

COMPLETION_TEST(operation, tells_that_the_peer_has_reset_the_connection)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    int a, b;
    connect_sockets(&a, &b);
    init_one(&o, a);
    CHECK(receive(s.loop, &o) == 0);
    run_once(s.loop);
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(b, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(b);
    run(s.loop);
    CHECK(o.calls == 1 && result(&o) == -ECONNRESET);
    close(a);
    end_scene(&s);
}

COMPLETION_TEST(operation, tells_an_error_by_its_result)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    init_one(&o, fds[0]);
    CHECK(receive(s.loop, &o) == 0);
    run(s.loop);
    CHECK(result(&o) == -ENOTSOCK);
    close(fds[0]);
    close(fds[1]);
    CHECK(receive(s.loop, &o) == 0);
    run(s.loop);
    CHECK(result(&o) == -EBADF && o.calls == 2);
    end_scene(&s);
}

static void receive_again(struct one *self)
{
    if (self->calls < 5)
        cr_assert_eq(receive(stage, self), 0);
}

COMPLETION_TEST(operation, may_begin_again_in_its_own_call)
{
    struct scene s = make_scene(ops, 0);
    struct one o;
    init_one(&o, s.near);
    o.also = receive_again;
    stage = s.loop;
    CHECK(receive(s.loop, &o) == 0);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(write(s.far, "abc", 3), 3);
        run(s.loop);
        CHECK(o.calls == i + 1 && result(&o) == 3);
    }
    CHECK(!o.operation.pending);
    end_scene(&s);
}

COMPLETION_TEST(operation, is_called_in_the_order_in_which_the_ends_came)
{
    enum { COUNT = 4 };
    struct scene s = make_scene(ops, 0);
    struct one o[COUNT];
    int a[COUNT], b[COUNT];
    for (int i = 0; i < COUNT; i++) {
        int fds[2];
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        a[i] = fds[0];
        b[i] = fds[1];
        init_one(&o[i], a[i]);
        o[i].letter = (char)('a' + i);
        CHECK(receive(s.loop, &o[i]) == 0);
    }
    run_once(s.loop);
    static const int order[] = {2, 0, 3, 1};
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(write(b[order[i]], "x", 1), 1);
    run(s.loop);
    CHECK(strcmp(story, "cadb") == 0);
    for (int i = 0; i < COUNT; i++) {
        close(a[i]);
        close(b[i]);
    }
    end_scene(&s);
}

static int calls_left;

static void one_of_many(struct handle *h)
{
    struct operation *o = container_of(h, struct operation, handle);
    cr_assert_eq(o->transfer.result, 1);
    if (--calls_left == 0)
        loop_stop(loop_running());
}

/* Two on each socket: as many as the limit of descriptors lets, 10,000 at most. */
COMPLETION_TEST(operation, is_one_of_thousands)
{
    enum { MOST = 5000 };
    struct scene s = make_scene(ops, 0);
    static int a[MOST], b[MOST];
    struct operation *o = calloc(2 * MOST, sizeof *o);
    char *data = malloc(2 * MOST);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int fds[2], count = 0;
    for (; count < MOST && socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0; count++) {
        a[count] = fds[0];
        b[count] = fds[1];
    }
    CHECK(count > 100);
    for (int i = 0; i < 2 * count; i++) {
        operation_init(&o[i], i < count ? a[i] : b[i - count], one_of_many);
        CHECK(loop_receive(s.loop, &o[i], &data[i], 1) == 0);
    }
    run_once(s.loop);
    for (int i = 0; i < count; i++) {
        cr_assert_eq(write(a[i], "x", 1), 1);
        cr_assert_eq(write(b[i], "x", 1), 1);
    }
    calls_left = 2 * count;
    run(s.loop);
    CHECK(calls_left == 0);
    for (int i = 0; i < 2 * count; i++)
        CHECK(!o[i].pending);
    for (int i = 0; i < count; i++) {
        CHECK(loop_receive(s.loop, &o[i], &data[i], 1) == 0);
        if (i % 2)
            loop_cancel_operation(s.loop, &o[i]);
    }
    loop_close(s.loop);
    free(data);
    free(o);
    for (int i = 0; i < count; i++) {
        close(a[i]);
        close(b[i]);
    }
    close(s.near);
    close(s.far);
}
