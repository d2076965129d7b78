#!/usr/bin/env python3
"""Tests the tests: applies every seeded bug (a patch of this folder) to a copy of the working tree, one at a time, and
proves that the normal test run (preset `test-all`) then fails. Fails itself if a bug survives, if a patch does not apply or
does not build, or if the tests fail without any patch. Needs x86-64. Logs: build/mutation/logs."""
import argparse
import concurrent.futures
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
    "plain": (["run_on_isa", "unit.plain"], r"^unit\.plain$"),
    "direct": (["run_on_isa", "unit.direct.avx2"], r"^unit\.direct\.avx2$"),
    "dispatch": (["run_on_isa", "unit.dispatch", "digest.dispatch", "chosen", "no_exceptions", "kernels_with_flags"],
                 r"^(unit|digest)\.dispatch\.|^dispatch\.(best|no_exceptions|unknown_cap|kept_flags)$"),
    "execution": (["unit.execution.dispatch"], r"^unit\.execution\.dispatch$"),
    "symbols": (["relu_dispatch"], r"^dispatch\.(symbols\..*\.(compiled|linked)|streams\..*)$"),
    "qemu": (["digest.dispatch"], r"^digest\.qemu\."),
    "everything": (["all"], "."),
}
CHEAP, LAST = list(RUNGS)[:-1], list(RUNGS)[-1]


class Broken(Exception):
    """Neither caught nor survived: there is no bug to catch."""


def run(command, cwd, log):
    """Runs the command; returns whether it failed, and its output."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env["GIT_CEILING_DIRECTORIES"] = str(cwd.parent)  # a copy or an export is not part of a repository around it
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    print("$", *command, "\n" + done.stdout, file=log, flush=True)
    return done.returncode != 0, done.stdout


def seed(name, tree, log, *options):
    """Applies the patch; returns what it says before the diff: a sentence, and the first rung worth climbing."""
    patch = HERE / f"{name}.patch"
    head = patch.read_text().split("\n--- ")[0].strip().splitlines()
    rungs = [line[6:] for line in head if line.startswith("Rung: ")] or ["digest"]
    sentence = " ".join(line for line in head if not line.startswith("Rung: "))
    if not sentence or rungs[0] not in CHEAP:
        raise Broken("no description, or no such rung")
    failed, output = run(["git", "apply", *options, str(patch)], tree, log)
    if failed:
        raise Broken("does not apply: " + output.strip().splitlines()[0])
    return sentence, rungs[0]


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


def first_failure(tree, rungs, jobs, log):
    """What fails, on the first of these rungs that does, or None. A static_assert of the tests may fail to compile;
    nothing else may."""
    for targets, tests in (RUNGS[rung] for rung in rungs):
        build = ["cmake", "--build", "--preset", "test-all", "-j", str(jobs), "--target", *targets]
        failed, output = run(build, tree, log) if targets else (False, "")
        if failed:
            errors = re.findall(r"^(\S+?:\d+):\d+: (?:fatal )?error: (.*)$", output, re.M) or [("cmake", "fails")]
            for place, error in errors:
                if "/tests/" not in place or not error.startswith("static assertion failed"):
                    raise Broken(f"does not build: {place}: {error}")
            return "static_assert at " + errors[0][0].split("/tests/")[1]
        failed, output = run(["ctest", "--preset", "test-all", "--stop-on-failure", "--timeout", "300", "-R", tests,
                              "-E", r"^mutation\."], tree, log)
        if failed:
            test = re.search(r"Test +#\d+: (\S+) .*\*\*\*(?!Skipped|Not Run)(\w+:?(?: \w+)*)", output)
            if not test:
                raise Broken("ctest fails, but no test does")
            if test[2] == "Timeout":
                raise Broken(f"{test[1]} takes too long")
            assertion = re.search(r"^\S*/tests/(\S+:\d+): FAILED:\n *(.*)$", output, re.M)
            return f"{test[1]}: " + (f"{assertion[1]} {assertion[2]}" if assertion else test[2])
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
        if failure := first_failure(WORK / "1" / "tree", CHEAP, CORES, log):
            sys.exit(f"fail: {failure}, see {log.name}")
    print(f"pass, {time.monotonic() - start:.0f} s", flush=True)

    def attempt(name):
        tree, start, sentence = trees.get(), time.monotonic(), ""
        try:
            with open(WORK / "logs" / f"{name}.log", "w") as log:
                copy(files(WORK / "clean"), WORK / "clean", tree)
                sentence, rung = seed(name, tree, log)
                what = first_failure(tree, CHEAP[CHEAP.index(rung):], max(1, CORES // jobs), log)
                if not what and (what := first_failure(tree, [LAST], max(1, CORES // jobs), log)):
                    copy(files(WORK / "clean"), WORK / "clean", tree)  # which must not fail there without the bug
                    if first_failure(tree, [LAST], max(1, CORES // jobs), log):
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
