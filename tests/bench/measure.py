"""measure.py --site DIR [OPTIONS] NAME COMMAND [NAME COMMAND]...: nginx serves DIR on core 1, the
commands run in turns on core 0, and a table says what a page cost each.

In a command {start} is the URL that a crawl starts from, {urls} a file with the URLs of all pages,
{page} the URL of one page of median length. A command with {start} is a crawler: before the rounds
each is run once on a server that keeps a log, so that it is known, and said, which pages it asks
for; the pages are those that the last crawler got, or where there is none every HTML file of DIR.

What a page cost is what a run cost by the number of pages: of a crawler, those it got when it was
watched; of a command with {page}, all that it asked for. The figures are medians, the range beside
them: machines are shared, and only what was measured in one run is comparable. Memory is the peak
of what was resident.
"""

import argparse
import contextlib
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import namedtuple

NGINX = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "nginx")

Run = namedtuple("Run", "pages seconds user system memory")  # what one run took in all
FIELDS = {
    "CPU": lambda run: (run.user + run.system) * 1e6 / run.pages,
    "wall": lambda run: run.seconds * 1e6 / run.pages,
    "memory": lambda run: run.memory / 1e6,
}


@contextlib.contextmanager
def nginx(folder, log=None):
    """The URL of a server, without the slash."""
    environment = {**os.environ, "ACCESS_LOG": log} if log else os.environ
    command = ["taskset", "-c", "1", NGINX, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            yield server.stdout.readline().strip().rstrip("/")
        finally:
            server.terminate()


def count_requests(site):
    """How many requests the server has got, this one not counted."""
    with urllib.request.urlopen(site + "/nginx_status") as response:
        return int(re.search(r"\n \d+ \d+ (\d+)", response.read().decode())[1]) - 1


def execute(command, places, memory):
    """Runs it on core 0. Returns the seconds it took, its status, its rusage and the peak of its
    memory. That is from time(1): in the rusage it would begin with all that this process has."""
    words = ["taskset", "-c", "0", "/usr/bin/time", "-q", "-f", "%M", "-o", memory]
    words += shlex.split(command.format(**places))
    started = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    with open(memory, encoding="ascii") as file:
        return seconds, child.returncode, usage, int(file.read()) * 1024


def html_files(folder):
    """The targets of all pages, and their lengths."""
    pages = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith(".html"):
                target = "/" + os.path.relpath(path, folder).removesuffix("index.html")
                pages[target] = os.path.getsize(path)
    return pages


def read_log(path):
    """The pages in it, as html_files, and all other requests."""
    pages, others = {}, []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            method, target, status, length, kind = line.rstrip("\n").split(" ", 4)
            if method == "GET" and status == "200" and kind.startswith("text/html"):
                if target not in pages:
                    pages[target] = int(length)
                    continue
            others.append(f"{target} ({status})")
    return pages, others


def some(items):
    return ", ".join(sorted(items)[:4]) + (", ..." if len(items) > 4 else "")


def watch(args, folder):
    """Runs the crawlers once. Returns the pages of each."""
    crawled = {}
    for name, command in args.commands:
        if "{start}" not in command:
            continue
        log = os.path.join(folder, "log")
        with nginx(args.site, log) as site:
            execute(command, {"start": site + args.start}, os.path.join(folder, "memory"))
        crawled[name], others = read_log(log)
        os.remove(log)
        print(
            f"{name} gets {len(crawled[name])} pages; asks for {len(others)} others: {some(others)}"
        )
    last = list(crawled.values())[-1] if crawled else {}
    for name, pages in crawled.items():
        if pages.keys() - last.keys():
            print(f"only {name} gets {some(pages.keys() - last.keys())}")
        if last.keys() - pages.keys():
            print(f"{name} does not get {some(last.keys() - pages.keys())}")
    return crawled


def measure(name, command, places, pages):
    """pages is 0 where as many count as the command asks for."""
    before = count_requests(places["site"])
    seconds, status, usage, memory = execute(command, places, places["memory"])
    made = count_requests(places["site"]) - before - 1
    if status > 125 or made < max(pages, 1):  # else it is of those that tell of an answer of 404
        sys.exit(f"{name}: status {status}, {made} requests: {command}")
    return Run(pages or made, seconds, usage.ru_utime, usage.ru_stime, memory)


def run_all(args, folder):
    """The runs of each command, by its name."""
    crawled = watch(args, folder)
    pages = list(crawled.values())[-1] if crawled else html_files(args.site)
    runs = {name: [] for name, _ in args.commands}
    with nginx(args.site) as site:
        urls = os.path.join(folder, "urls")
        with open(urls, "w", encoding="ascii") as file:
            file.writelines(f"{site}{target}\n" for target in pages)
        median = sorted(pages, key=pages.get)[len(pages) // 2]
        places = {
            "site": site,
            "start": site + args.start,
            "urls": urls,
            "page": site + median,
            "memory": os.path.join(folder, "memory"),
        }
        for _ in range(args.rounds):
            for name, command in args.commands:
                count = 0 if "{page}" in command else len(crawled.get(name, pages))
                runs[name].append(measure(name, command, places, count))
    size = sum(pages.values()) / len(pages) / 1000
    print(
        f"{len(pages)} pages, {size:.1f} KB on average, medians of {args.rounds} rounds; "
        "µs a page, MB in all"
    )
    return runs


def spread(values, digits):
    return f"{min(values):.{digits}f}..{max(values):.{digits}f}"


def print_table(runs):
    print(
        f"{'':14} {'pages/s':>7} {'range':>13} {'user':>6} {'system':>6} {'CPU':>6} "
        f"{'range':>13} {'memory':>6}  CPU  wall  memory"
    )
    first = None
    for name, all_runs in runs.items():
        values = {field: [of(run) for run in all_runs] for field, of in FIELDS.items()}
        medians = {field: statistics.median(values[field]) for field in FIELDS}
        first = first or medians
        user = statistics.median(run.user * 1e6 / run.pages for run in all_runs)
        system = statistics.median(run.system * 1e6 / run.pages for run in all_runs)
        rates = [1e6 / wall for wall in values["wall"]]
        ratios = [medians[field] / first[field] for field in FIELDS]
        print(
            f"{name:14} {1e6 / medians['wall']:7.0f} {spread(rates, 0):>13} {user:6.1f} "
            f"{system:6.1f} {medians['CPU']:6.1f} {spread(values['CPU'], 1):>13} "
            f"{medians['memory']:6.1f} {ratios[0]:4.2f}  {ratios[1]:4.2f}    {ratios[2]:4.2f}"
        )


def check(runs, limits):
    """Returns what was missed."""
    first = next(iter(runs))
    for name, field, most in (limit.split(":") for limit in limits):
        mine, other = (statistics.median(map(FIELDS[field], runs[n])) for n in (name, first))
        if mine > float(most) * other:
            yield f"{name}: {mine / other:.2f} of the {field} of {first}, not {most}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--start", default="/", help="the path of {start}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME:CPU|wall|memory:N",
        help="at most N times that of the first command, or the status is 1",
    )
    parser.add_argument("words", nargs="+", metavar="NAME COMMAND")
    args = parser.parse_args()
    args.commands = list(zip(args.words[::2], args.words[1::2]))
    with tempfile.TemporaryDirectory() as folder:
        runs = run_all(args, folder)
    print_table(runs)
    sys.exit("\n".join(check(runs, args.limit)) or 0)


main()
