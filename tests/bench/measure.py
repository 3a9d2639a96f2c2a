"""measure.py PAGES ROUNDS LIMIT NAME COMMAND [NAME COMMAND]...: runs the commands in turns, each
ROUNDS times, and prints what a page cost each. The server, tests/nginx at $SITE, is asked how many
requests it got: a command that made less than PAGES has failed.

With a LIMIT other than 0, the status is 1 if the last command's median CPU is more than LIMIT times
the first's. The figures are medians, the range beside them: machines are shared, and only what was
measured in one run is comparable.
"""

import os
import re
import shlex
import statistics
import subprocess
import sys
import time
import urllib.request


def requests():
    """How many requests the server has got, this one not counted."""
    with urllib.request.urlopen(os.environ["SITE"] + "nginx_status") as response:
        return int(re.search(r"\n \d+ \d+ (\d+)", response.read().decode())[1]) - 1


def run(name, command, pages):
    """Pages a second, and µs of user and system time a page."""
    before = requests()
    started = time.monotonic()
    child = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    made = requests() - before - 1
    if status or made < pages:
        sys.exit(f"{name}: status {os.waitstatus_to_exitcode(status)}, {made} requests: {command}")
    return pages / seconds, usage.ru_utime * 1e6 / pages, usage.ru_stime * 1e6 / pages


def main():
    pages, rounds, limit = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    commands = list(zip(sys.argv[4::2], sys.argv[5::2]))
    results = {name: [] for name, _ in commands}
    for _ in range(rounds):
        for name, command in commands:
            results[name].append(run(name, command, pages))

    print(f"{pages} pages, medians of {rounds} rounds; CPU in µs a page")
    print(f"{'':12} {'pages/s':>8} {'user':>7} {'system':>7} {'CPU':>7}  {'range':15} {'ratio':>5}")
    first = None
    for name, runs in results.items():
        rate, user, system = (statistics.median(values) for values in zip(*runs))
        cpu = sorted(user + system for _, user, system in runs)
        median = statistics.median(cpu)
        first = first or median
        spread = f"{cpu[0]:.1f}..{cpu[-1]:.1f}"
        print(
            f"{name:12} {rate:8.0f} {user:7.1f} {system:7.1f} {median:7.1f}  {spread:15} "
            f"{median / first:5.2f}"
        )
    if limit and median > limit * first:
        sys.exit(f"{name}: {median / first:.2f} times the CPU of {commands[0][0]}, not {limit}")


main()
