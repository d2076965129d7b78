#!/usr/bin/env python3
"""Builds the tests for every instruction set, runs them, and prints a Markdown table with a row for each.

A row that this machine cannot build or run gives the reason. Exits with 0 if every row that ran passed and all digests
are the same. tests/README.md lists the packages to install for all rows.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRESETS = {p["name"]: p for p in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}

# Processors for run-time dispatch, which chooses the best instruction set of each. (qemu's user mode has no AVX-512.)
MODELS = ["qemu64", "Penryn", "Nehalem", "SandyBridge", "Haswell", "Haswell,-fma", "Haswell,-xsave",
          "Haswell,-bmi1,-bmi2,-abm,-movbe"]
NATIVE = ["sse2", "sse4.2", "avx2", "avx512"]

# The versions of emulators that are known to be right, and the fault of the others.
RIGHT = {
    "qemu-ppc64le": (range(10, 99), "7.2 converts the element after a NaN wrongly; bookworm-backports has 10.0"),
    "qemu-s390x": (range(7, 10), "10.0 is right about VXE only with -one-insn-per-tb; bookworm has 7.2"),
}


def rows():
    """Yields the rows: title, emulator, preset, pattern of the tests."""
    for isa in NATIVE:
        yield f"x86-64: {isa}", "natively", "test-all", \
            rf"^(unit|digest)\.(dispatch|direct)\.{re.escape(isa)}(\.nearest)?$"
    for model in MODELS:
        yield "chosen", f"qemu-x86_64 -cpu {model}", "test-all", rf"\.qemu\.{re.escape(model)}$"
    for name, preset in PRESETS.items():
        if name.startswith("cross-"):
            emulator = preset["cacheVariables"].get("RELU_CROSS_EMULATOR", "node").replace(";", " ")
            yield preset["displayName"].removeprefix("The tests on "), emulator, name, "."


def missing(preset):
    """Returns a message for each tool that the preset needs and this machine lacks."""
    variables = PRESETS[preset].get("cacheVariables", {})
    if preset == "cross-wasm":
        needed = {"em++": "emscripten", "node": "nodejs"}
    elif preset.startswith("cross-"):
        triple = variables["RELU_CROSS_TRIPLE"]
        needed = {f"{triple}-g++": f"g++-{triple}", variables["RELU_CROSS_EMULATOR"].split(";")[0]: "qemu-user"}
        if clang := variables.get("RELU_CROSS_CLANG"):
            needed[clang] = clang.replace("++", "")
    else:
        needed = {}
    absent = [f"no {tool} (Debian: {package})" for tool, package in needed.items() if not shutil.which(tool)]
    if not absent:
        for tool in RIGHT.keys() & needed.keys():
            version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
            right, fault = RIGHT[tool]
            if int(re.search(r"version (\d+)", version)[1]) not in right:
                absent.append(f"{tool} has the wrong version: {fault}")
    return absent


def run(log, *command):
    log.write(f"$ {' '.join(command)}\n")
    log.flush()
    return subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode


def measure(preset, pattern, built):
    """Runs a row. Returns its last three cells, and its failed tests, digests and chosen ISAs, or None if it did not run.
    """
    if reason := missing(preset):
        return ["not run", ", ".join(reason), ""], None
    directory = ROOT / "build" / preset
    with open(ROOT / "build" / f"matrix-{preset}.log", "a", encoding="utf-8") as log:
        if preset not in built:
            if preset != "test-all":
                (directory / "CMakeCache.txt").unlink(missing_ok=True)  # it may have the flags of an older preset
            built[preset] = (run(log, "cmake", "--preset", preset) == 0
                             and run(log, "cmake", "--build", "--preset", preset) == 0)
        if not built[preset]:
            return ["FAILED to build", f"see {log.name}", ""], (["build"], [], [])
        results = directory / "matrix.xml"
        results.unlink(missing_ok=True)
        run(log, "ctest", "--test-dir", str(directory), "-R", pattern, "--output-junit", str(results))
    cases = list(xml.etree.ElementTree.parse(results).getroot().iter("testcase"))
    output = "\n".join(case.findtext("system-out") or "" for case in cases)
    ran = [case for case in cases if case.get("status") not in ("notrun", "disabled")]
    failed = [case.get("name") for case in ran if case.get("status") != "run"]
    if not ran:
        return ["not run", (re.findall("skipped: .*", output) or ["no such test"])[0], ""], None
    counts = re.findall(r"\((\d+) assertions in|assertions: +\d+ \| +(\d+) passed", output)
    assertions = sum(int(one or other) for one, other in counts)
    digests = re.findall(r", nearest: digest ([0-9a-f]{16})", output)
    chosen = sorted(set(re.findall(r"^(\S+), nearest: digest", output, re.MULTILINE)))
    verdict = f"FAILED: {' '.join(failed)}" if failed else f"{len(ran)}"
    if skipped := len(cases) - len(ran):
        verdict += f", {skipped} skipped"
    return [verdict, f"{assertions:,}", " ".join(sorted(set(digests)))], (failed, digests, chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help="presets, such as cross-neon64; default: all rows")
    wanted = parser.parse_args().rows
    (ROOT / "build").mkdir(exist_ok=True)
    built, all_digests, passed, failures, skipped = {}, set(), 0, 0, 0
    print("| instruction set | run by | tests passed | assertions | digest |\n| --- | --- | --- | ---: | --- |")
    for title, how, preset, pattern in rows():
        if wanted and preset not in wanted:
            continue
        cells, found = measure(preset, pattern, built)
        if title == "chosen":
            title = "x86-64: " + " ".join(found[2] if found else ["?"])
        print(f"| {title} | {how} | {' | '.join(cells)} |", flush=True)
        if found is None:
            skipped += 1
        elif found[0] or not found[1]:
            failures += 1
        else:
            passed += 1
            all_digests.update(found[1])
    print(f"\n{passed} rows passed, {failures} failed, {skipped} not run; {len(all_digests)} digest(s)")
    sys.exit(0 if passed and not failures and len(all_digests) == 1 else 1)


if __name__ == "__main__":
    main()
