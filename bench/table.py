#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes Markdown tables of what relu_bench measured.

    relu_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9 \\
               --benchmark_min_time=0.05 --benchmark_format=json > results.json
    table.py results.json

Other work on the machine changes the speed of everything by the minute. So the contenders take turns, and
what counts is the median of each relative to the median of another, never a time by itself. Run it where
relu_bench ran: the name of the processor is looked up here.
"""
import json
import statistics
import sys

ARRAYS = {"forward": 2, "backward": 3}  # read and written
NANOSECONDS_UP_TO = 64  # elements: these calls are over before a rate means much


def processor():
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            names = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
        return names[0] if names else "unknown"
    except OSError:
        return "unknown"


def read(benchmarks):
    """{(direction, element type): {size: {contender: [seconds per call, ...]}}}, in the program's order."""
    tables = {}
    for run in sorted(benchmarks, key=lambda run: run["family_index"]):
        if run["run_type"] != "iteration" or run.get("error_occurred"):
            continue
        direction, element, *contender, size = run["name"].split("/")
        rows = tables.setdefault((direction, element), {})
        times = rows.setdefault(int(size), {}).setdefault("/".join(contender), [])
        times.append(run["cpu_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[run["time_unit"]])
    return tables


def size_name(n):
    for unit, name in ((1 << 20, " Mi"), (1 << 10, " Ki")):
        if n >= unit:
            return f"{n // unit}{name}"
    return str(n)


def print_table(first, columns, rows):
    print(f"| {' | '.join([first, *columns])} |")
    print(f"| {' | '.join(['---:'] * (len(columns) + 1))} |")
    for name, cells in rows:
        print(f"| {' | '.join([name, *cells])} |")
    print()


def report(direction, element, rows, memcpy):
    columns = list(dict.fromkeys(contender for row in rows.values() for contender in row))
    median = {n: {c: statistics.median(times) for c, times in row.items()} for n, row in sorted(rows.items())}
    more = ARRAYS[direction] / ARRAYS["forward"]  # bytes than memcpy moves
    def cells(row, text):
        return [text(row[c]) if c in row else "" for c in columns]

    print(f"## {direction}, {element}\n")
    ratios = [(size_name(n), cells(row, lambda t: f"{more * memcpy[n] / t:.2f}"))
              for n, row in median.items() if n in memcpy]
    if ratios:
        print("Bytes per second, read and written, relative to memcpy:\n")
        print_table("n", columns, ratios)
    times = [(size_name(n), cells(row, lambda t: f"{t * 1e9:.2f}"))
             for n, row in median.items() if n <= NANOSECONDS_UP_TO]
    if times:
        print("Nanoseconds per call:\n")
        print_table("n", columns, times)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1]) as results:
        measured = json.load(results)
    tables = read(measured["benchmarks"])
    if not tables:
        sys.exit("table.py: no measurements in " + sys.argv[1])
    context = measured["context"]
    repetitions = max(len(t) for rows in tables.values() for row in rows.values() for t in row.values())
    print(f"{processor()}; {context['compiler']}, {context['flags']}; relu {context['relu']} "
          f"on {context['isa']}, xsimd {context['xsimd']}; {context['date']}; "
          f"medians of {repetitions} repetition{'s' if repetitions > 1 else ''}\n")
    for (direction, element), rows in tables.items():
        forward = tables.get(("forward", element), {})
        memcpy = {n: statistics.median(row["memcpy"]) for n, row in forward.items() if "memcpy" in row}
        report(direction, element, rows, memcpy)


if __name__ == "__main__":
    main()
