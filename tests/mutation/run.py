#!/usr/bin/env python3
"""Tests the tests: applies every seeded bug (a patch of this folder) to a copy of the working tree, one at a time, and
proves that the normal test run (preset `test-all`) then fails. Fails itself if a bug survives, if a patch does not apply
or does not build, or if the tests fail without any patch. Needs x86-64; uses ccache if it is installed. Logs are in
build/mutation/logs."""
import argparse
import concurrent.futures
import contextlib
import filecmp
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "mutation"
CORES = os.cpu_count() or 1

# Cheap tests first. Each rung builds its targets and runs the tests with these names; what passes all of them meets
# the last rung, the normal test run. (Its mutation.* ask whether the patches apply, which an applied one does not.)
RUNGS = {
    "compile": (["documents"], r"^documents$|^compile_fail\."),
    "digest": (["run_on_isa", "digest.plain", "digest.direct.avx2"],
               r"^digest\.(plain|direct\.avx2)\.(nearest|flush)$"),
    "streaming": (["streaming"], r"^dispatch\.(streaming|fences)$"),
    "plain": (["run_on_isa", "unit.plain", "unit.eigen"], r"^unit\.(plain|eigen)$"),
    "direct": (["run_on_isa", "unit.direct.avx2"], r"^unit\.direct\.avx2$"),
    "fast_math": (["unit.plain.fast_math", "unit.direct.fast_math"], r"^unit\.(plain|direct)\.fast_math$"),
    "dispatch": (["run_on_isa", "unit.dispatch", "digest.dispatch", "chosen", "no_exceptions", "kernels_with_flags",
                  "plugin_host", "plugin.relu", "plugin.dispatch"],
                 r"^(unit|digest)\.dispatch\.|^dispatch\.(best|no_exceptions|unknown_cap|kept_flags|plugin\..*)$"),
    "execution": (["unit.execution.dispatch"], r"^unit\.execution\.dispatch$"),
    "types": (["two_units.state.lower", "two_units.state.upper"], r"^dispatch\.two_units\.state\.symbols$"),
    "symbols": (["relu_dispatch", "small.relu", "small.dispatch", "plugin.relu", "plugin.dispatch"],
                r"^dispatch\.(symbols\..*\.(compiled|linked)|streams\..*|growth\..*)$"),
    "qemu": (["digest.dispatch"], r"^digest\.qemu\."),
    "everything": (["all"], "."),
}
CHEAP, LAST = list(RUNGS)[:-1], list(RUNGS)[-1]

# A patch may also name the file of unit tests that finds the bug. This file alone compiles faster than its program, so
# it is tried before the first rung. For each rung: the program that has the file, and the instruction set to use.
PROGRAMS = {"direct": ("unit.direct.avx2", "avx2"), "dispatch": ("unit.dispatch", "avx2")}
SCALAR = ("unit.plain", "scalar")


# A patch of a header that every kernel includes may name an object in which its bug shows. Then this object is compiled
# first, and the others stay as they are, because all of them would take minutes.


class Broken(Exception):
    """Neither caught nor survived: there is no bug to catch."""


def run(command, cwd, log, **variables):
    """Runs the command; returns its exit status and its output."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | variables
    env["GIT_CEILING_DIRECTORIES"] = str(cwd.parent)  # a copy or an export is not part of a repository around it
    if shutil.which("ccache"):  # a patch that is taken back changes the time of a file, and nothing in it
        env |= {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_DIR": str(WORK / "ccache"),
                "CCACHE_BASEDIR": str(cwd), "CCACHE_NOHASHDIR": "1"}
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    print("$", *command, "\n" + done.stdout, file=log, flush=True)
    return done.returncode, done.stdout


def seed(name, tree, log, *options):
    """Applies the patch and returns its description, as `describe` does."""
    description = describe(name)
    failed, output = run(["git", "apply", *options, str(HERE / f"{name}.patch")], tree, log)
    if failed:
        raise Broken("does not apply: " + output.strip().splitlines()[0])
    return description


def describe(name):
    """Returns the description at the top of a patch: a sentence, the first rung to try, the program to try before it
    with its instruction set or None, and a part of the path of the object to compile alone or None."""
    head = (HERE / f"{name}.patch").read_text().split("\n--- ")[0].strip().splitlines()
    marks = ("Rung: ", "File: ", "Object: ")
    marked = dict(line.split(": ", 1) for line in head if line.startswith(marks))
    sentence = " ".join(line for line in head if not line.startswith(marks))
    rung, file = marked.get("Rung", "digest"), marked.get("File")
    if not sentence or rung not in CHEAP or (file and not (ROOT / "tests" / "unit" / file).exists()):
        raise Broken("no description, or no such rung or file")
    program, isa = PROGRAMS.get(rung, SCALAR)
    return sentence, rung, (f"{program}.{file}", isa) if file else None, marked.get("Object")


def files(root):
    """All files but those that were built, relative to the root."""
    names = {path.relative_to(root) for path in root.rglob("*") if path.is_file()}
    return {name for name in names if name.parts[0] != "build"}


def copy(names, origin, target):
    """Copies what differs, so that a build in the target stays incremental."""
    for name in names:
        if not (target / name).exists() or not filecmp.cmp(origin / name, target / name, shallow=False):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin / name, target / name)
    for name in files(target) - set(names):
        (target / name).unlink()


def snapshot(log):
    """The working tree, with what is not committed, as it is now."""
    failed, output = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT, log)
    names = files(ROOT) if failed else {pathlib.Path(name) for name in output.split("\0") if name}
    copy({name for name in names if (ROOT / name).is_file()}, ROOT, WORK / "clean")


@contextlib.contextmanager
def seeded_in_object(name, tree, part, log):
    """The tree with the patch, which only the objects with this part in their path are compiled with: the patched
    files keep their times, and the objects are deleted, before and after. All objects exist before."""
    patched = [tree / file for file in re.findall(r"^\+\+\+ b/(.*)", (HERE / f"{name}.patch").read_text(), re.M)]
    times = [path.stat().st_mtime_ns for path in patched]

    def settle():
        for path, ns in zip(patched, times):
            os.utime(path, ns=(ns, ns))
        for path in (tree / "build" / "test-all").rglob("*.o"):
            if part in str(path):
                path.unlink()

    seed(name, tree, log)
    settle()
    try:
        yield
    finally:
        copy(files(WORK / "clean"), WORK / "clean", tree)
        settle()


def failed_assertion(output):
    """Returns the first assertion of Catch2 that failed, or None."""
    found = re.search(r"^\S*/tests/(\S+:\d+): FAILED:\n *(.*)$", output, re.M)
    return f"{found[1]} {found[2]}" if found else None


def failed_build(tree, targets, jobs, log):
    """Builds the targets. Returns the static_assert of the tests that fails to compile, or None. Raises Broken for any
    other error."""
    failed, output = run(["cmake", "--build", "--preset", "test-all", "-j", str(jobs), "--target", *targets], tree, log)
    if not failed:
        return None
    errors = re.findall(r"^(\S+?:\d+):\d+: (?:fatal )?error: (.*)$", output, re.M) or [("cmake", "fails")]
    for place, error in errors:
        if "/tests/" not in place or not error.startswith("static assertion failed"):
            raise Broken(f"does not build: {place}: {error}")
    return "static_assert at " + errors[0][0].split("/tests/")[1]


def failure_of_program(tree, program, isa, jobs, log):
    """Builds and runs the program. Returns its first failure, or None."""
    if what := failed_build(tree, [program], jobs, log):
        return what
    command = ["timeout", "300", f"build/test-all/tests/unit/{program}"]
    status, output = run(command, tree, log, RELU_ISA=isa, RELU_TEST_ISA=isa)
    if status == 124:
        raise Broken(f"{program} takes too long")
    return f"{program}: {failed_assertion(output) or 'fails'}" if status else None


def first_failure(tree, rungs, jobs, log):
    """Builds and runs these rungs, up to the first that fails. Returns its first failure, or None."""
    for targets, tests in (RUNGS[rung] for rung in rungs):
        if what := failed_build(tree, targets, jobs, log):
            return what
        failed, output = run(["ctest", "--preset", "test-all", "--stop-on-failure", "--timeout", "300", "-R", tests,
                              "-E", r"^mutation\."], tree, log)
        if failed:
            test = re.search(r"Test +#\d+: (\S+) .*\*\*\*(?!Skipped|Not Run)(\w+:?(?: \w+)*)", output)
            if not test:
                raise Broken("ctest fails, but no test does")
            if test[2] == "Timeout":
                raise Broken(f"{test[1]} takes too long")
            return f"{test[1]}: {failed_assertion(output) or test[2]}"
    return None


def check(names):
    """Whether every patch applies to the working tree."""
    wrong = 0
    for name in names:
        try:
            with open(os.devnull, "w") as log:
                seed(name, ROOT, log, "--check")
        except (Broken, OSError) as error:
            wrong += 1
            print(f"{name}: {error}")
    print(f"{len(names)} patches, {wrong} of them wrong")
    return not wrong


def prove(names, jobs):
    """Whether the tests pass without any patch, and fail with each."""
    print("The tests without any bug...", flush=True)
    trees, start = queue.SimpleQueue(), time.monotonic()
    (WORK / "logs").mkdir(parents=True, exist_ok=True)
    with open(WORK / "logs" / "unpatched.log", "w") as log:
        snapshot(log)
        for tree in (WORK / str(worker) / "tree" for worker in range(1, jobs + 1)):
            copy(files(WORK / "clean"), WORK / "clean", tree)
            # the tests have to find it: what the compiler thinks of it is no proof
            if run(["cmake", "--preset", "test-all", "-DRELU_WERROR=OFF"], tree, log)[0]:
                sys.exit(f"configuring fails, see {log.name}")
            trees.put(tree)
        tree, programs = WORK / "1" / "tree", {program for _, _, program, _ in map(describe, names) if program}
        failures = (failure_of_program(tree, *program, CORES, log) for program in sorted(programs))
        if failure := next(filter(None, failures), None) or first_failure(tree, CHEAP, CORES, log):
            sys.exit(f"fail: {failure}, see {log.name}")
    print(f"pass, {time.monotonic() - start:.0f} s", flush=True)

    def attempt(name):
        tree, start, sentence = trees.get(), time.monotonic(), ""
        try:
            with open(WORK / "logs" / f"{name}.log", "w") as log:
                copy(files(WORK / "clean"), WORK / "clean", tree)
                sentence, rung, program, in_object = describe(name)
                each, what = max(1, CORES // jobs), None
                if in_object:
                    failed_build(tree, RUNGS[rung][0] + ([program[0]] if program else []), each, log)
                    with seeded_in_object(name, tree, in_object, log):
                        what = failure_of_program(tree, *program, each, log) if program else None
                        what = what or first_failure(tree, [rung], each, log)
                if not what:
                    seed(name, tree, log)
                    what = failure_of_program(tree, *program, each, log) if program else None
                    what = what or first_failure(tree, CHEAP[CHEAP.index(rung):], each, log)
                if not what and (what := first_failure(tree, [LAST], each, log)):
                    copy(files(WORK / "clean"), WORK / "clean", tree)  # which must not fail there without the bug
                    if first_failure(tree, [LAST], each, log):
                        raise Broken(f"without it fails, too: {what}")
            kind = "caught" if what else "survived"
        except (Broken, OSError) as error:
            kind, what = "error", str(error)
        trees.put(tree)
        return kind, name, sentence, what or "", time.monotonic() - start

    outcome = {"caught": [], "survived": [], "error": []}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for i, done in enumerate(concurrent.futures.as_completed([pool.submit(attempt, name) for name in names]), 1):
            kind, name, sentence, what, seconds = done.result()
            outcome[kind].append(name)
            print(f"{i:3}/{len(names)} {kind:8} {name:36}{seconds:4.0f} s  {what}\n{'':17}{sentence}", flush=True)
    print(f"seeded {len(names)}, caught {len(outcome['caught'])}, survived {len(outcome['survived'])}, "
          f"errors {len(outcome['error'])}")
    for kind in ("survived", "error"):
        for name in outcome[kind]:
            print(f"  {kind}: {name}")
    return len(outcome["caught"]) == len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="seeded bugs to try; all of them by default")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time, each in a build folder of its own")
    parser.add_argument("--check", action="store_true", help="only check that every patch applies; build nothing")
    options = parser.parse_args()
    by_file = sorted(HERE.glob("*.patch"), key=lambda path: path.read_text().split("+++ ")[-1])  # fewer rebuilds
    names = [pathlib.Path(name).stem for name in options.names] or [path.stem for path in by_file]
    try:
        return 0 if names and (check(names) if options.check else prove(names, options.jobs)) else 1
    except Broken as error:  # of the tree without a patch
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main())
