#!/bin/bash
# coverage.sh [CMAKE OPTIONS...]: prints the share of the lines of include/relu that the tests run, and the other lines.
# Fails below 98 %. The builds of the consumers do not count. A line counts if it runs on one instruction set.
set -euo pipefail
cd "$(dirname "$0")/.."
for need in gcovr:gcovr python3:python3 g++:g++ gcov:gcc qemu-x86_64:qemu-user; do
  command -v "${need%:*}" >/dev/null || { echo "coverage.sh needs ${need%:*} (Debian: ${need#*:})" >&2; exit 1; }
done

cmake --preset coverage "$@"
cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete # counts of earlier runs
ctest --preset coverage
# kernels_at_O0 never runs; a test reads its symbols
gcovr --root . --filter include/relu/ --exclude-directories '.*/kernels_at_O0\.dir' \
  --json build/coverage/lines.json build/coverage

python3 - build/coverage/lines.json <<'END'
import json, sys

files = {file["file"]: {line["line_number"]: line["count"] for line in file["lines"] if not line["gcovr/noncode"]}
         for file in json.load(open(sys.argv[1]))["files"]}
if not any(any(lines.values()) for lines in files.values()):
    sys.exit("no line of include/relu was counted")

print(f"\n{'lines of code':<44}{'all':>6}{'run':>6}{'share':>9}")
def row(name, counts):
    share = sum(map(bool, counts)) / max(len(counts), 1)
    print(f"{name:<44}{len(counts):6}{sum(map(bool, counts)):6}{share:9.1%}")
    return share
for name, lines in sorted(files.items()):
    row(name, list(lines.values()))
share = row("all", [count for lines in files.values() for count in lines.values()])

print("\nnever run:")
for name, lines in sorted(files.items()):
    text = open(name).read().splitlines()
    for number in sorted(number for number, count in lines.items() if count == 0):
        print(f"{name}:{number}: {text[number - 1].strip()}")
sys.exit(0 if share >= 0.98 else "less than 98 %")
END
