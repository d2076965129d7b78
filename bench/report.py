#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the speed of relu with that of other libraries.

report.py [--quick] [--program PROGRAM] NAME measures, and writes NAME.json (measurements), NAME.md (tables), NAME.svg
and NAME-sparsity.svg (pictures). report.py --from NAME only writes tables and pictures from NAME.json. report.py --only
TEXT NAME repeats the steps whose names contain TEXT, and must run on the machine of NAME.json.

Other work on the machine changes its speed from minute to minute. Therefore benchmarks that are compared take turns in
one run, and the report gives the ratios of their medians. Do not rely on single times."""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARRAYS = {"forward": 2, "in place": 2, "backward": 3}  # arrays that an operation reads or writes
GATED = [("silu", "float"), ("silu", "bfloat16"), ("sigmoid", "float")]  # the rows of the table of gated units
SIZES = [7, 16, 33, 64, 256, *(k << 10 for k in (1, 4, 16, 64, 256)), *(m << 20 for m in (1, 2, 4, 8, 16, 64))]
FEW_SIZES = [1 << 10, 64 << 10, 1 << 20, 64 << 20]
NANOSECONDS_UP_TO = 64  # elements; smaller calls are dominated by their fixed cost, so their rate means little
ORDER = ["relu(, fast)?", "headers(, fast)? a.*", "headers(, fast)? [^a].*", "loop .*", "Eigen", "oneDNN", "XNNPACK",
         "PyTorch", "ggml"]
# (call, baseline): calls for sparse outputs, and the benchmark with which each is compared.
SPARSE = [("forward, mask", "forward"), ("mask_of", "read"), ("backward, mask", "backward"),
          ("backward_accumulate", "backward"), ("compress", "forward"), ("compress, 90 % zeros", "forward"),
          ("compressed_size", "read"), ("count_zeros", "read"), ("unit_activity", "read")]
# (call, baseline) of layers. SHORT_ROWS also has the number of elements of the array for each row.
LAYERS = [("relu, bias", "relu"), ("relu, residual", "relu, residual, separate passes"),
          ("relu, rows of 1000", "relu, as many together"), ("swiglu, fast", "silu, fast"),
          ("swiglu, fast", "swiglu, fast, separate passes"),
          ("swiglu, fast, backward", "swiglu, fast, backward, separate passes"),
          ("silu, fast, every second element", "silu, loop over every second element")]
SHORT_ROWS = ("relu, rows of 16", "relu, half of them together", 32)
SMALL_FLOATS = ["float", "float16", "bfloat16"]  # the types of the tables of 16-bit floats
SMALL_FUNCTIONS = ["relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh"]  # and their activations
CONVERSIONS = [("float", "float16"), ("float", "bfloat16"), ("float16", "float"), ("bfloat16", "float")]
THREADED_SIZES = [1 << 10, 64 << 10, 1 << 20, 8 << 20, 64 << 20]


# --- measuring ---

def steps():
    """Yields (name, pattern). The benchmarks that match a pattern take turns. Steps with several threads come last,
    because the threads of a call keep polling for work for a while after it."""
    one_thread = "[^/,]*"
    loops = "relu|memcpy|loop[^/]*"
    for n in SIZES:
        yield f"relu, {size_name(n)}", f"(forward|in place|backward)/relu/float/aligned/{one_thread}/{n}"
    for n in FEW_SIZES:
        yield f"other types, {size_name(n)}", f"forward/relu/(double|int[0-9]+)/aligned/({loops})/{n}"
    for n in FEW_SIZES:
        yield f"misaligned, {size_name(n)}", f"(forward|backward)/relu/float/misaligned/({loops})/{n}"
    others = "relu(, fast)?|headers[^/]*|oneDNN|XNNPACK|PyTorch|ggml"
    yield "other activations, 64 Ki", f"(forward|backward)/[^r/][^/]*/float/aligned/({others})/65536"
    for n in FEW_SIZES:
        yield (f"16-bit floats, {size_name(n)}",
               f"forward/({'|'.join(SMALL_FUNCTIONS)})/({'|'.join(SMALL_FLOATS)})/aligned/({others}|memcpy)/{n}")
        yield (f"conversions, {size_name(n)}",
               f"(convert/(float|float16|bfloat16)/[^/]*|lookup/sigmoid/int8)/aligned/({loops}|headers[^/,]*)/{n}")
    for n in FEW_SIZES:
        yield f"gated, {size_name(n)}", f"gated/[^/]*/(float|bfloat16)/aligned/({others}|loop[^/]*)/{n}"
    for n in THREADED_SIZES:
        yield f"threads, {size_name(n)}", f"(forward|in place|backward)/relu/float/aligned/relu(, threads)?/{n}"


def run(program, pattern, quick, isa=None):
    """Runs the benchmarks that match the pattern, interleaved. Returns the context, and seconds per call by name."""
    done = subprocess.run(
        [program, f"--benchmark_filter=^{pattern}/real_time$", "--benchmark_format=json",
         "--benchmark_enable_random_interleaving=true", f"--benchmark_repetitions={3 if quick else 9}",
         f"--benchmark_min_time={0.002 if quick else 0.012}"],
        stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, **({"RELU_ISA": isa} if isa else {})})
    if done.returncode != 0:
        sys.exit(f"report.py: {program} failed at: {pattern}")
    result, seconds = json.loads(done.stdout), {}
    for benchmark in result["benchmarks"]:
        if benchmark["run_type"] == "iteration" and not benchmark.get("error_occurred"):
            time_s = benchmark["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[benchmark["time_unit"]]
            seconds.setdefault(benchmark["name"].removesuffix("/real_time"), []).append(float(f"{time_s:.4g}"))
    return result["context"], seconds


def measure(program, quick, only=""):
    seconds, context, sparsity_seconds = {}, {}, {}
    todo, begin = [step for step in steps() if only in step[0]], time.monotonic()
    if not todo:
        names = "; ".join(step for step, _ in steps())
        sys.exit(f"report.py: no step has '{only}' in its name. The steps are: {names}")
    for i, (step, pattern) in enumerate(todo):
        print(f"[{i + 1:2}/{len(todo)}] {time.monotonic() - begin:5.0f} s  {step}", flush=True)
        step_context, times = run(program, pattern, quick)
        context = {**step_context, **context}
        for name, repetitions in times.items():
            if step.startswith("threads"):
                name = name.replace("/aligned/relu/", "/aligned/relu, one thread/")
            seconds.setdefault(name, []).extend(repetitions)
    for isa in context["available"].split() if not only else ():
        print(f"[{isa}] {time.monotonic() - begin:5.0f} s  sparsity", flush=True)
        sparsity_seconds[isa] = run(program.with_name("relu_bench_sparsity"), ".*", quick, isa)[1]
    layers_seconds = {}
    if not only:
        print(f"{time.monotonic() - begin:13.0f} s  layers", flush=True)
        layers_seconds = run(program.with_name("relu_bench_layers"), ".*", quick)[1]
    keys = ("relu", "isa", "streaming_threshold", "xsimd", "compiler", "flags", "others", "date")
    return {"processor": processor(), "system": system(), "caches": caches(), **{key: context[key] for key in keys},
            "seconds": seconds, "sparsity": sparsity_seconds, "layers": layers_seconds}


def merged(old, new):
    """Returns the old measurements, with those that were repeated replaced. One report describes one machine and one
    build, so both must agree in these."""
    for key in ("processor", "system", "relu", "isa", "xsimd", "compiler", "flags", "others"):
        if old[key] != new[key]:
            sys.exit(f"report.py: {key} has changed since the old measurements: {old[key]} then, {new[key]} now")
    return {**old, "date": new["date"], "seconds": {**old["seconds"], **new["seconds"]}}


def first(path, pattern, otherwise="unknown"):
    """Returns the first group of the pattern's first match in a file."""
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.MULTILINE)
        return found[1] if found else otherwise
    except OSError:
        return otherwise


def processor():
    fields = [first("/proc/cpuinfo", rf"^{key}\s*: (.*)$") for key in ("model name", "cpu family", "model")]
    return f"{fields[0]} (family {fields[1]}, model {fields[2]})"


def system():
    return first("/etc/os-release", r'^PRETTY_NAME="(.*)"$')


def caches():
    """Returns the sizes of the first core's data caches in bytes, by level."""
    sizes = {}
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if first(index / "type", "(.*)") != "Instruction":
            sizes[first(index / "level", "(.*)")] = int(first(index / "size", "([0-9]+)K", "0")) << 10
    return sizes


# --- reporting ---

def size_name(n):
    for unit, name in ((1 << 20, " Mi"), (1 << 10, " Ki")):
        if n >= unit:
            return f"{n // unit}{name}"
    return str(n)


class Medians:
    """The median seconds per call, by operation, function, element, alignment, contender and number of elements."""

    def __init__(self, measured):
        self.seconds = {}
        for name, times in measured["seconds"].items():
            *key, n = name.split("/")
            self.seconds[(*key, int(n))] = statistics.median(times)

    def get(self, operation, contender, n, function="relu", element="float", alignment="aligned"):
        return self.seconds.get((operation, function, element, alignment, contender, n))

    def contenders(self, operation, **others):
        """Returns the contenders in ORDER, which leaves out copies and relu on several threads."""
        names = {key[4] for key in self.seconds if key[0] == operation}
        return [name for pattern in ORDER for name in sorted(names) if re.fullmatch(pattern, name)
                and any(self.get(operation, name, n, **others) for n in SIZES)]

    def limit(self, operation, n):
        """Models the shortest possible time: that of the fastest copy in the same run, scaled to as many bytes. In
        place, it is the time of the fastest hand-written pass over the array."""
        source, names = ("in place", "pass ") if operation == "in place" else ("forward", "memcpy|(streaming )?copy ")
        times = [t for key, t in self.seconds.items() if key[:4] == (source, "relu", "float", "aligned")
                 and key[5] == n and re.match(names, key[4])]
        return min(times) * ARRAYS[operation] / 2 if times else None


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---:'] * len(head))} |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def ratio(numerator, denominator, digits=2):
    """Formats the ratio, or returns an empty cell if one of the times was not measured."""
    return f"{numerator / denominator:.{digits}f}" if numerator and denominator else ""


def rates(m, operation):
    """Makes the main table of an operation: nanoseconds of small calls, and rates relative to memcpy of larger ones."""
    names, rows = m.contenders(operation), []
    for n in SIZES:
        limit, times = m.limit(operation, n), [m.get(operation, name, n) for name in names]
        if n <= NANOSECONDS_UP_TO:
            cells = [ratio(t, 1e-9, 1) and ratio(t, 1e-9, 1) + " ns" for t in (*times, m.get("forward", "memcpy", n))]
            rows.append([size_name(n), *cells, "", ""])
        elif memcpy := m.get("forward", "memcpy", n):
            memcpy *= ARRAYS[operation] / 2
            cells = [ratio(memcpy, t) for t in (*times, memcpy, limit)]
            rows.append([size_name(n), *cells, ratio(limit, m.get(operation, "relu", n))])
    return table(["n", *names, "memcpy", "limit", "relu / limit"], rows)


def kinds(m, columns):
    """Makes a table of forward, in bytes per second relative to memcpy of the same elements. A column is (name,
    contender, arguments for Medians.get)."""
    return table(["n", *(name for name, _, _ in columns)],
                 [[size_name(n), *(ratio(m.get("forward", "memcpy", n, **kind), m.get("forward", contender, n, **kind))
                                   for _, contender, kind in columns)] for n in FEW_SIZES])


def activations(m, operation, n):
    functions = sorted({key[1] for key in m.seconds if key[0] == operation} - {"relu"})  # relu has tables of its own
    names = m.contenders(operation, function="sigmoid")
    return table(["activation", *names],
                 [[f, *(ratio(m.get(operation, name, n, function=f), n * 1e-12, 0) for name in names)]
                  for f in functions])


def float16_table(m, n):
    """Makes a table of the activations of 16-bit floats and of float, in picoseconds per element."""
    columns = [(name, element) for element in SMALL_FLOATS
               for name in m.contenders("forward", function="gelu", element=element)]
    return table(["activation", *(f"{name}, {element}" for name, element in columns)],
                 [[f, *(ratio(m.get("forward", name, n, function=f, element=element), n * 1e-12, 0)
                        for name, element in columns)] for f in SMALL_FUNCTIONS])


def conversions(m):
    """Makes a table of conversions and of lookups, in bytes per second relative to memcpy of as many bytes."""
    names, rows = m.contenders("lookup", function="sigmoid", element="int8"), []
    calls = [("convert", to, of, f"{of} to {to}") for of, to in CONVERSIONS]
    for operation, function, element, label in [*calls, ("lookup", "sigmoid", "int8", "lookup_table")]:
        for n in FEW_SIZES:
            times = [m.get(operation, name, n, function, element) for name in ("memcpy", *names)]
            rows.append([label, size_name(n), *(ratio(times[0], t) for t in times[1:])])
    return table(["", "n", *names], rows)


def sparsity(measured):
    """Makes a table of the calls in SPARSE: their speed relative to their baselines."""
    rows = []
    for isa, seconds in measured["sparsity"].items():
        time_of = {name: statistics.median(times) for name, times in seconds.items()}
        for n in sorted({int(name.rsplit("/", 1)[1]) for name in seconds}):
            rows.append([isa, size_name(n), *(ratio(time_of[f"{base}/{n}"], time_of[f"{call}/{n}"])
                                              for call, base in SPARSE)])
    return table(["", "n", *(f"{call} : {base}" for call, base in SPARSE)], rows)


def gated(m):
    """Makes a table of gated units, in picoseconds per element."""
    names = m.contenders("gated", function="silu", element="float")
    return table(["", "n", *names],
                 [[f"{f}, {element}", size_name(n), *(ratio(m.get("gated", name, n, f, element), n * 1e-12, 0)
                                                      for name in names)]
                  for f, element in GATED for n in FEW_SIZES])


def layers(seconds):
    """Makes a table of fused inputs, gated units and matrices: their speed relative to their baselines, and the time
    that a short row takes besides its elements."""
    time_of = {name: statistics.median(times) for name, times in seconds.items()}
    sizes = sorted({int(name.rsplit("/", 1)[1]) for name in seconds})
    rows = [[f"{call} : {base}", *(ratio(time_of[f"{base}/{n}"], time_of[f"{call}/{n}"]) for n in sizes)]
            for call, base in LAYERS]
    call, base, elements = SHORT_ROWS
    rows.append([f"{call}, ns for each row", *(ratio(time_of[f"{call}/{n}"] - time_of[f"{base}/{n}"],
                                                     n / elements * 1e-9, 1) for n in sizes)])
    return table(["", *map(size_name, sizes)], rows)


def markdown(measured, picture, sparsity_picture):
    m = Medians(measured)
    sizes = ", ".join(f"L{level} {size >> 10:,} KiB" for level, size in measured["caches"].items())
    types = [(t, "relu", {"element": t}) for t in ("double", "int8", "int16", "int32", "int64")]
    shifted = [(name, name, {"alignment": "misaligned"}) for name in ("relu", "loop -O3 -march=native")]
    threads = [[size_name(n), *(ratio(m.get(operation, "relu, one thread", n), m.get(operation, "relu, threads", n))
                                for operation in ARRAYS)] for n in THREADED_SIZES]
    parts = [f"""# relu {measured['relu']}: speed

{measured['processor']}, {sizes}; {measured['system']};
{measured['compiler']}, {measured['flags']}; xsimd {measured['xsimd']}; {measured['others']};
relu::isa() is {measured['isa']}; streaming stores from {int(measured['streaming_threshold']) >> 20} MiB up;
{measured['date'][:10]}.

![Bytes per second over the number of elements]({picture})

Unless stated otherwise, calls use one thread and aligned floats. All values are medians of interleaved repetitions.
Up to {NANOSECONDS_UP_TO} elements, tables give nanoseconds per call. For larger calls, they give bytes read and written
per second, relative to memcpy of the same number of elements. The limit is a model: the rate of the fastest copy in
the same run, either memcpy or a copy written by hand for one instruction set, with or without streaming stores. In
place, it is the rate of a hand-written pass over the array.
"""]
    parts += [f"## {operation}\n\n{rates(m, operation)}" for operation in ARRAYS]
    parts += ["## forward, other types\n\n" + kinds(m, types),
              "## forward, misaligned by one element\n\n" + kinds(m, shifted),
              "## several threads, relative to one thread\n\n" + table(["n", *ARRAYS], threads)]
    parts += [f"## {operation}, 64 Ki, picoseconds per element\n\n{activations(m, operation, 64 << 10)}"
              for operation in ("forward", "backward")]
    if any(key[0] == "convert" for key in m.seconds):
        parts.append(f"## 16-bit floats, forward, 64 Ki, picoseconds per element\n\n{float16_table(m, 64 << 10)}")
        parts.append("## conversions and lookups, relative to memcpy of as many bytes\n\n" + conversions(m))
    parts.append("PyTorch's backward of sigmoid, log_sigmoid and tanh starts from a result that forward has saved.\n"
                 "Every other backward starts from x.\n")
    if any(key[0] == "gated" for key in m.seconds):
        parts.append(f"## gated units, picoseconds per element\n\n{gated(m)}")
    if measured.get("layers"):
        parts.append("## fused inputs, gated units and matrices, relative to other calls\n\n"
                     + layers(measured["layers"]))
    parts.append(f"""## masks, compressed outputs, counts

![Picoseconds per element at 64 Ki and 64 Mi elements]({sparsity_picture})

The table gives speeds relative to forward, backward from x, or read for the same number of elements. read adds up the
bits of x, 16 bytes at a time on every instruction set. Unless stated otherwise, half of the outputs are zero.
unit_activity observes 4,096 units.

{sparsity(measured)}""")
    return "\n".join(parts)


def draw(measured, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams["svg.hashsalt"] = "relu"  # makes the file reproducible
    m = Medians(measured)
    isa = measured["isa"]
    lines = {"relu": ("relu", "#d62728"), f"copy {isa}": ("copy by hand", "#999999"),
             f"streaming copy {isa}": ("streaming copy by hand", "#555555"), f"pass {isa}": ("pass by hand", "#999999"),
             "memcpy": ("memcpy", "black"), "loop -O2": ("loop, -O2", "#c7c7c7"), "loop -O3": ("loop, -O3", "#aec7e8"),
             "loop -O3 -march=native": ("loop, -O3 -march=native", "#1f77b4"), "Eigen": ("Eigen", "#2ca02c"),
             "oneDNN": ("oneDNN", "#9467bd"), "XNNPACK": ("XNNPACK", "#ff7f0e"), "PyTorch": ("PyTorch", "#e377c2")}
    figure, axes = pyplot.subplots(1, 3, figsize=(15, 5.2), sharey=True)
    for axis, operation in zip(axes, ARRAYS):
        for contender, (label, colour) in lines.items():
            points = [(n, ARRAYS[operation] * 4 * n / t / 1e9) for n in SIZES if (t := m.get(operation, contender, n))]
            if points:
                ours = contender == "relu"
                axis.plot(*zip(*points), label=label, color=colour, linewidth=3 if ours else 1.3,
                          marker="o" if ours else None, markersize=4, zorder=3 if ours else 2,
                          linestyle="--" if "by hand" in label else "-")
        axis.set(title=operation, xscale="log", yscale="log", xlabel="floats", ylim=(1, 1000))
        for level, size in measured["caches"].items():
            n = size / 4 / (1 if operation == "in place" else ARRAYS[operation])  # floats that fit into the cache
            axis.axvline(n, color="#bbbbbb", linewidth=1, zorder=1)
            axis.text(n, 1.05, f" L{level}", color="#888888", fontsize=8, va="bottom")
        axis.set_xticks([16, 1 << 10, 64 << 10, 1 << 20, 64 << 20], ["16", "1 Ki", "64 Ki", "1 Mi", "64 Mi"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("GB/s, read and written")
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncol=6, frameon=False, fontsize=9)
    figure.suptitle(f"ReLU on one core of {measured['processor']}")
    figure.subplots_adjust(left=0.05, right=0.99, top=0.87, bottom=0.25, wspace=0.05)
    figure.savefig(path, metadata={"Date": None})


def draw_sparsity(measured, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams["svg.hashsalt"] = "relu"
    seconds = measured["sparsity"][measured["isa"]]
    labels = {"forward": "forward", "forward, mask": "forward that writes a mask", "backward": "backward from x",
              "backward, mask": "backward from the mask", "compress": "compress, half of them zero",
              "compress, 90 % zeros": "compress, 90 % zeros", "count_zeros": "count_zeros", "read": "(reading x)"}
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 3.6), sharey=True)
    for axis, n, where in zip(axes, (64 << 10, 64 << 20), ("64 Ki floats, in the cache", "64 Mi floats, in memory")):
        times = [statistics.median(seconds[f"{name}/{n}"]) / n * 1e12 for name in labels]
        colours = ["#d62728" if name in dict(SPARSE) else "#999999" for name in labels]
        bars = axis.barh(list(labels.values()), times, color=colours)
        axis.bar_label(bars, fmt=" %.0f", color="#444444")
        axis.set(title=where, xlabel="picoseconds per element", xlim=(0, 1.15 * max(times)))
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", type=pathlib.Path, help="path of the files, without an extension")
    parser.add_argument("--from", action="store_true", dest="from_json", help="read NAME.json instead of measuring")
    parser.add_argument("--quick", action="store_true", help="take few samples, to check that everything works")
    parser.add_argument("--only", metavar="TEXT", default="",
                        help="repeat only steps with TEXT in their names; take the others from NAME.json")
    parser.add_argument("--program", default=ROOT / "build/bench/bench/relu_bench", type=pathlib.Path)
    options = parser.parse_args()
    json_file = options.name.with_name(options.name.name + ".json")
    if options.from_json:
        measured = json.loads(json_file.read_text(encoding="utf-8"))
    else:
        if not options.program.exists():
            sys.exit(f"report.py: {options.program} does not exist. Build it with "
                     "cmake --preset bench && cmake --build --preset bench")
        measured = measure(options.program, options.quick, options.only)
        if options.only:
            measured = merged(json.loads(json_file.read_text(encoding="utf-8")), measured)
        json_file.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r",\n +(?=[0-9])", ",", json.dumps(measured, indent=1))  # one line per benchmark
        json_file.write_text(text + "\n", encoding="utf-8")
    picture, sparsity_picture = (options.name.with_name(options.name.name + end) for end in (".svg", "-sparsity.svg"))
    options.name.with_name(options.name.name + ".md").write_text(
        markdown(measured, picture.name, sparsity_picture.name), encoding="utf-8")
    try:
        draw(measured, picture)
        draw_sparsity(measured, sparsity_picture)
    except ImportError:
        sys.exit("report.py: wrote the tables, but the pictures need matplotlib (Debian: python3-matplotlib)")


if __name__ == "__main__":
    main()
