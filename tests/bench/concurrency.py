"""concurrency.py SKITTER [PART...]: runs skitter bench and checks what came of it; the status is 1
if anything is missed. Nothing else may run on the machine meanwhile.

latency  with answers that take 50 ms, the plateau is at N / 50 ms: 0.95 of it up to 256 in flight,
         0.85 at 1,024
cost     a page at 1,024 in flight costs at most 1.2 times the CPU of one at 64
steady   two runs' medians agree within 10 % at each level
models   at 256 in flight the loop takes less CPU a page and less memory a fetch than threads
first    a first run takes less than a minute, and ends with a picture and a sentence

Little's law is checked at every level of all of them, within 5 %.
"""

import json
import subprocess
import sys
import time

missed = []


def expect(holds, text):
    print(f"  {'ok    ' if holds else 'MISSED'} {text}", flush=True)
    if not holds:
        missed.append(text)


def run(skitter, *arguments):
    """The levels by model and number in flight."""
    print("skitter bench", *arguments, flush=True)
    command = [skitter, "bench", "-q", "--json", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    document = json.loads(done.stdout)
    expect(document["same_urls"], "all crawls found what they had to")
    levels = {(level["model"], level["concurrency"]): level for level in document["levels"]}
    worst = max(levels.values(), key=lambda l: abs(l["little"] / l["in_flight"] - 1))
    off = worst["little"] / worst["in_flight"] - 1
    expect(abs(off) <= 0.05, f"Little's law: at most {off:+.1%} off, at {worst['concurrency']}")
    return levels


def cpu(level):
    return sum(level["cpu_us_per_page"].values())


def latency(skitter):
    for (_, n), level in run(skitter, "--latency", "50ms").items():
        share = level["pages_per_second"] / (n / 0.05)
        least = 0.95 if n <= 256 else 0.85 if n >= 1024 else 0
        expect(
            share >= least,
            f"{n}: {level['pages_per_second']:.0f} pages/s, {share:.3f} of what 50 ms allow, "
            f"the server took {level['server_cpu']:.0%} of its core",
        )


def cost(skitter):
    levels = run(skitter, "--levels", "64,1024", "--repeat", "7")
    few, many = (cpu(levels["async", n]) for n in (64, 1024))
    expect(many <= 1.2 * few, f"{many:.1f} us a page at 1024, {few:.1f} at 64: {many / few:.2f}")


def steady(skitter):
    first, second = (run(skitter, "--levels", "1..1024") for _ in range(2))
    for key in first:
        a, b = (levels[key]["pages_per_second"] for levels in (first, second))
        expect(abs(a / b - 1) <= 0.1, f"{key[1]}: {a:.0f} and {b:.0f} pages/s: {a / b:.2f}")


def models(skitter):
    levels = run(skitter, "--levels", "1,256", "--model", "async,threads,processes,sync")
    loop, threads = levels["async", 256], levels["threads", 256]
    for name, level in (("async", loop), ("threads", threads), ("processes", levels["processes", 256])):
        print(
            f"  {name}: {level['pages_per_second']:.0f} pages/s, {cpu(level):.1f} us a page, "
            f"{level['memory_each_bytes'] / 1000:.1f} KB a fetch, "
            f"{level['switches_per_page']:.2f} switches a page"
        )
    expect(cpu(loop) < cpu(threads), f"CPU a page: {cpu(loop) / cpu(threads):.2f} of threads'")
    memory = loop["memory_each_bytes"] / threads["memory_each_bytes"]
    expect(memory < 1, f"memory a fetch: {memory:.2f} of threads'")


def first(skitter):
    started = time.monotonic()
    done = subprocess.run([skitter, "bench"], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.monotonic() - started
    expect(seconds < 60, f"a first run: {seconds:.1f} s")
    print(done.stdout)
    expect(done.stdout.rstrip().endswith("."), "it ends with a sentence")


PARTS = {part.__name__: part for part in (latency, cost, steady, models, first)}

for name in sys.argv[2:] or PARTS:
    PARTS[name](sys.argv[1])
sys.exit("missed: " + "; ".join(missed) if missed else 0)
