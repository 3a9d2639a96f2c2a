/* An event loop in one sitting: poll and a heap of timers. The wait lasts until the next timer is
 * due; whatever is ready first has its turn. loop/loop.c is this, with a ready queue.
 *
 *     poll_timers      rings three alarms and prints the lines that come meanwhile
 */
#include "loop/heap.h"
#include "loop/list.h"
#include "loop/loop.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct alarm {
    struct heap_node node; /* its key: when it is due */
    const char *text;
};

static void set_alarm(struct heap *timers, struct alarm *a, int64_t delay, const char *text)
{
    a->text = text;
    heap_insert(timers, &a->node, loop_time() + delay);
}

/* Rounded up: a wait that ends too early would spin. */
static int milliseconds_until(const struct heap_node *next)
{
    int64_t ns = next->key - loop_time();

    return ns > 0 ? (int)((ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

static void ring_due(struct heap *timers)
{
    int64_t now = loop_time();
    struct heap_node *next;

    while ((next = heap_least(timers)) && next->key <= now) {
        heap_remove(timers, next);
        puts(container_of(next, struct alarm, node)->text);
        fflush(stdout);
    }
}

/* Returns whether there may be more. */
static bool copy_line(void)
{
    char line[256];
    ssize_t n = read(STDIN_FILENO, line, sizeof line);

    if (n > 0)
        printf("read %.*s", (int)n, line);
    fflush(stdout);
    return n > 0;
}

int main(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    struct alarm alarms[3];
    struct heap timers;

    heap_init(&timers);
    set_alarm(&timers, &alarms[0], 60 * NS_PER_MS, "third");
    set_alarm(&timers, &alarms[1], 20 * NS_PER_MS, "first");
    set_alarm(&timers, &alarms[2], 40 * NS_PER_MS, "second");
    while (heap_least(&timers)) {
        if (poll(&input, 1, milliseconds_until(heap_least(&timers))) > 0 && !copy_line())
            input.fd = -1; /* its end: poll passes over it */
        ring_due(&timers);
    }
    return 0;
}
