"""loop_measure.py PROGRAMS ROUNDS: runs the workloads of tests/bench/loop in turns, prints what an
operation cost, and exits with 1 if a bound is missed.

All costs are CPU time, user and system, of the program that holds the loop, in ns an operation. An
echo's client shares the core with the server: on a core of its own it would decide, by being a bit
faster or slower, how many messages the server finds each time that it looks.

Costs are medians, ranges stand beside them. A ratio is the median of the rounds' ratios: machines
are shared, and only what was measured in one turn is comparable.
"""

import os
import statistics
import subprocess
import sys

AT_LEAST = 0.95  # of the better of the two
COROUTINES_AT_LEAST = 0.8  # of callbacks

# A timer's cost may double from 1,000 to 1,000,000: that is log n. The rest is for memory, which
# holds what a cache held before. Whatever is slower than log n by a power of n is above: the square
# root is 32.
TIMER_GROWTH = 20
# One ready descriptor costs the same among 10 and among 10,000, but for noise.
WATCH_GROWTH = 1.3

# What is compared: name, workload, size, operations.
ROWS = [
    ("empty step", "step", 1, 500_000),
    ("call_soon", "call_soon", 1000, 20_000_000),
    ("1,000 timers, cancelled", "arm", 1000, 5_000_000),
    ("1,000,000 timers, cancelled", "arm", 1_000_000, 1_000_000),
    ("1,000 timers, armed again", "rearm", 1000, 5_000_000),
    ("1,000,000 timers, armed again", "rearm", 1_000_000, 1_000_000),
    ("1,000 timers, half fire", "fire", 1000, 40_000),
    ("1,000,000 timers, half fire", "fire", 1_000_000, 1_000_000),
    ("wake-up and answer", "wake", 1, 50_000),
    ("wake-ups in a flood", "flood", 1000, 5_000_000),
    ("1 ready of 10 watched", "watch", 10, 300_000),
    ("1 ready of 10,000 watched", "watch", 10_000, 300_000),
    ("echo, 1 connection", "echo", 1, 20_000),
    ("echo, 100 connections", "echo", 100, 40_000),
    ("echo, 10,000 connections", "echo", 10_000, 50_000),
]

CALLS = """
             loop                        libuv                       libev
empty step   a handle that calls_soon    an idle handle that stays   an idle watcher that stays
             itself; every second step   active                      active
             asks the system
call_soon    loop_call_soon, in the      uv_idle_start, and          ev_feed_event, in the same
             next step, in order         uv_idle_stop in the call    step, last first
timers       loop_call_at                uv_timer_start              ev_timer_set, ev_timer_start
             loop_cancel_timer           uv_timer_stop               ev_timer_stop, ev_timer_again
             all with times from a clock that was read once
wake-ups     loop_call_soon_threadsafe   uv_async_send               ev_async_send
             in a flood with a list under a mutex for what is handed over; ours brings its list
watched      loop_watch                  uv_poll_start               ev_io_start
echo         loop_watch, recv, send      uv_read_start,              ev_io_start, recv, send
                                         uv_try_write
"""


class Bench:
    def __init__(self, programs):
        self.programs = programs
        c = {name: os.path.join(programs, f"loop_{name}") for name in ("ours", "uv", "ev")}
        here = os.path.dirname(os.path.abspath(__file__))
        self.commands = {
            "loop": [c["ours"]],
            "libuv": [c["uv"]],
            "libev": [c["ev"]],
            "asyncio": ["/usr/bin/python3", os.path.join(here, "loop_asyncio.py")],
        }

    def run(self, program, workload, size, count, selector=None):
        """ns of CPU an operation; of an echo, round trips a second too."""
        if program == "asyncio":
            count //= 4
        command = [*self.commands[program], workload, str(size), str(count)]
        command += [selector] if selector else []
        with subprocess.Popen(
            ["taskset", "-c", "0", *command], stdout=subprocess.PIPE, text=True
        ) as child:
            rate = 0.0
            if workload.startswith("echo"):
                port = child.stdout.readline().strip()
                client = [os.path.join(self.programs, "echo_client"), port, str(size), str(count)]
                rate = float(subprocess.check_output(["taskset", "-c", "0", *client]))
            cost = child.stdout.read()
        if child.returncode or not cost:
            sys.exit(f"status {child.returncode}: {' '.join(command)}")
        return float(cost), rate

    def io_uring_forms(self):
        """The echo's forms on that backend, where the build and the kernel have it."""
        tried = subprocess.run(
            [*self.commands["loop"], "step", "1", "1", "io_uring"], capture_output=True
        )
        if tried.returncode:
            return []
        return [
            ("callbacks, io_uring", "loop", "echo", "io_uring"),
            ("coroutines, io_uring", "loop", "echo_tasks", "io_uring"),
        ]


def tries(program, workload, *_):
    """How often to run in one turn; the cheapest counts. An echo is the kernel's work for the most
    part, and the most disturbed by what else a machine does.
    """
    return 3 if workload.startswith("echo") and program != "asyncio" else 1


def ratio(costs, others):
    """How much of what the others do is done in the same time."""
    return statistics.median(other / cost for cost, other in zip(costs, others))


def spread(costs):
    return f"{statistics.median(costs):8.1f} {f'{min(costs):.1f}..{max(costs):.1f}':17}"


class Verdict:
    def __init__(self):
        self.missed = []

    def check(self, name, kept, found, bound):
        if not kept:
            self.missed.append(f"{name}: {found:.2f}, bound {bound}")


def print_comparison(costs, verdict):
    print(f"{'ns of CPU':31}{'loop':27}{'libuv':27}{'libev':25}ratio")
    for name, *row in ROWS:
        ours, uv, ev = (costs[program, *row] for program in ("loop", "libuv", "libev"))
        better = min(uv, ev, key=statistics.median)
        r = ratio(ours, better)
        print(f"{name:31}{spread(ours)} {spread(uv)} {spread(ev)}{r:5.2f}")
        verdict.check(name, r >= AT_LEAST, r, AT_LEAST)


def print_growth(costs, verdict):
    rows = {(workload, size): (workload, size, count) for _, workload, size, count in ROWS}
    print(f"{'growth':31}{'loop':>8}{'libuv':>8}{'libev':>8}{'bound':>8}")
    for name, workload, few, many, bound in (
        ("timers, cancelled", "arm", 1000, 1_000_000, TIMER_GROWTH),
        ("timers, armed again", "rearm", 1000, 1_000_000, TIMER_GROWTH),
        ("timers, half fire", "fire", 1000, 1_000_000, TIMER_GROWTH),
        ("watched descriptors", "watch", 10, 10_000, WATCH_GROWTH),
    ):
        growth = [
            ratio(costs[program, *rows[workload, few]], costs[program, *rows[workload, many]])
            for program in ("loop", "libuv", "libev")
        ]
        print(f"{name:31}{growth[0]:8.2f}{growth[1]:8.2f}{growth[2]:8.2f}{bound:8}")
        verdict.check(f"growth of {name}", growth[0] <= bound, growth[0], bound)


def print_echo(costs, rates, forms, verdict):
    echoes = [row for row in ROWS if row[1] == "echo"]
    for name, _, size, count in echoes:
        callbacks = costs["loop", "echo", size, count]
        print(f"{name:31}{'ns of CPU':27}{'trips/s':>8}  of callbacks")
        for form, program, workload, *selector in forms:
            key = (program, workload, size, count, *selector)
            r = ratio(costs[key], callbacks)
            rate = statistics.median(rates[key])
            print(f"  {form:29}{spread(costs[key])} {rate:8.0f}  {r:5.2f}")
            if form == "coroutines":
                verdict.check(f"coroutine {name}", r >= COROUTINES_AT_LEAST, r, COROUTINES_AT_LEAST)


def main():
    bench, rounds, verdict = Bench(sys.argv[1]), int(sys.argv[2]), Verdict()
    forms = [
        ("callbacks", "loop", "echo"),
        ("coroutines", "loop", "echo_tasks"),
        *bench.io_uring_forms(),
        ("asyncio, a protocol", "asyncio", "echo"),
        ("asyncio, streams", "asyncio", "echo_tasks"),
    ]
    wanted = []
    for _, workload, size, count in ROWS:
        wanted += [(program, workload, size, count) for program in ("loop", "libuv", "libev")]
        if workload == "echo":
            wanted += [(program, form, size, count, *s) for _, program, form, *s in forms[1:]]
    costs, rates = {key: [] for key in wanted}, {key: [] for key in wanted}
    for i in range(rounds):
        for key in wanted if i % 2 == 0 else reversed(wanted):
            if sys.stderr.isatty():
                progress = f"round {i + 1}: {key[1]} {key[2]}, {key[0]}"
                print(f"\r\033[K{progress}", end="", file=sys.stderr)
            cost, rate = min(bench.run(*key) for _ in range(tries(*key)))
            costs[key].append(cost)
            rates[key].append(rate)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)

    print(f"Medians of {rounds} rounds, ranges; ratio: to the better of the two")
    print()
    print_comparison(costs, verdict)
    print(CALLS)
    print_growth(costs, verdict)
    print()
    print_echo(costs, rates, forms, verdict)
    if verdict.missed:
        sys.exit("\nMissed:\n" + "\n".join(verdict.missed))


main()
