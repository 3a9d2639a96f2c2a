"""measure.py --site DIR [OPTIONS] NAME COMMAND [NAME COMMAND]...: nginx serves DIR on core 1, the
commands run in turns on core 0, and a table says what a page cost each.

In a command {start} is the URL that a crawl starts from, {urls} a file with the URLs of all pages,
{page} the URL of one page of median length, {folder} a folder in memory for one run. A command with
{start} is a crawler: before the rounds each is run once on a server that keeps a log, so that it is
known, and said, which pages it asks for; the pages are those that any crawler got, or where there
is none every HTML file of DIR.

What a page cost is what a run cost by the number of pages: of a crawler, those it got when it was
watched; of a command with {page}, all that it asked for. The figures are medians, the range beside
them: machines are shared, and only what was measured in one run is comparable. Memory is the peak
of what was resident, in the largest process.
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
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        words += shlex.split(command.format(**places, folder=folder))
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
    found = all_pages(crawled)
    for name, pages in crawled.items():
        if found.keys() - pages.keys():
            print(f"{name} does not get {some(found.keys() - pages.keys())}")
    return crawled


def all_pages(crawled):
    """Those that any crawler got, with their lengths."""
    return {target: length for pages in crawled.values() for target, length in pages.items()}


def measure(name, command, places, pages):
    """pages is 0 where as many count as the command asks for."""
    before = count_requests(places["site"])
    seconds, status, usage, memory = execute(command, places, places["memory"])
    made = count_requests(places["site"]) - before - 1
    if status > 125 or made < max(pages, 1):  # else it is of those that tell of an answer of 404
        sys.exit(f"{name}: status {status}, {made} requests: {command}")
    return Run(pages or made, seconds, usage.ru_utime, usage.ru_stime, memory)


def run_all(args, folder):
    """The runs of each command, by its name, and what the site is, in words."""
    crawled = watch(args, folder)
    pages = all_pages(crawled) or html_files(args.site)
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
    site = f"{args.title}: {len(pages):,} page{'s' * (len(pages) > 1)} of {size:.1f} KB"
    print(f"{site} on average, medians of {args.rounds} rounds; µs a page, MB in all")
    return runs, site


def short(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def spread(values):
    return f"{short(min(values))}..{short(max(values))}"


def rates(runs):
    return [1e6 / FIELDS["wall"](run) for run in runs]


def costs(runs):
    return [FIELDS["CPU"](run) for run in runs]


def medians_of(runs):
    return {field: statistics.median(map(of, runs)) for field, of in FIELDS.items()}


def print_table(runs):
    width = max(map(len, runs))
    print(
        f"{'':{width}} {'pages/s':>7} {'range':>15} {'user':>7} {'system':>7} {'CPU':>7} "
        f"{'range':>15} {'memory':>6}    CPU   wall memory"
    )
    first = medians_of(next(iter(runs.values())))
    for name, all_runs in runs.items():
        medians = medians_of(all_runs)
        user = statistics.median(run.user * 1e6 / run.pages for run in all_runs)
        system = statistics.median(run.system * 1e6 / run.pages for run in all_runs)
        ratios = " ".join(f"{medians[field] / first[field]:6.2f}" for field in FIELDS)
        print(
            f"{name:{width}} {short(1e6 / medians['wall']):>7} {spread(rates(all_runs)):>15} "
            f"{short(user):>7} {short(system):>7} {short(medians['CPU']):>7} "
            f"{spread(costs(all_runs)):>15} {medians['memory']:6.1f} {ratios}"
        )


def write_row(file, name, runs):
    medians = medians_of(runs)
    file.write(
        f"| {name} | {runs[0].pages:,} | {short(1e6 / medians['wall'])} ({spread(rates(runs))}) "
        f"| {short(medians['CPU'])} ({spread(costs(runs))}) | {medians['memory']:.1f} |\n"
    )


def append_markdown(path, site, commands, runs, ours):
    """A table, the fastest first, and below it the other crawlers that need less than ours."""
    medians = {name: medians_of(runs[name]) for name, words in commands if "{page}" not in words}
    others = [name for name, words in commands if "{start}" in words and ours not in name]
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"\n**{site}**\n\n")
        file.write("| program | pages | pages/s | CPU a page, µs | memory, MB |\n")
        file.write("|---|---|---|---|---|\n")
        for name in sorted(medians, key=lambda name: medians[name]["wall"]):
            write_row(file, name, runs[name])
        ahead = []
        for field in FIELDS:
            shares = {name: medians[name][field] / medians[ours][field] for name in others}
            less = [f"{name} ({shares[name]:.2f} of it)" for name in others if shares[name] < 1]
            ahead.append(f"{field}: {', '.join(less) or 'none'}")
        file.write(f"\nAhead of {ours} in {'; '.join(ahead)}.\n")


def check(runs, limits):
    """Returns what was missed."""
    first = next(iter(runs))
    for name, field, most in (limit.split(":") for limit in limits):
        mine, other = (medians_of(runs[n])[field] for n in (name, first))
        if mine > float(most) * other:
            yield f"{name}: {mine / other:.2f} of the {field} of {first}, not {most}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--title", default="site", help="what the site is")
    parser.add_argument("--start", default="/", help="the path of {start}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME:CPU|wall|memory:N",
        help="at most N times that of the first command, or the status is 1",
    )
    parser.add_argument(
        "--markdown",
        nargs=2,
        metavar=("FILE", "NAME"),
        help="append a table to FILE, and tell which crawlers need less than NAME",
    )
    parser.add_argument("words", nargs="+", metavar="NAME COMMAND")
    args = parser.parse_intermixed_args()
    args.commands = list(zip(args.words[::2], args.words[1::2]))
    with tempfile.TemporaryDirectory() as folder:
        runs, site = run_all(args, folder)
    print_table(runs)
    if args.markdown:
        append_markdown(args.markdown[0], site, args.commands, runs, args.markdown[1])
    sys.exit("\n".join(check(runs, args.limit)) or 0)


main()
