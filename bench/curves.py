#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the activations and their slopes, as relu computes them: curves.py [--program PROGRAM] PICTURE.svg"""
import argparse
import csv
import pathlib
import subprocess

import matplotlib
matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator, MultipleLocator

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = 5
X_RANGE, OTHER_X_RANGES = (-4, 4), {"clipped_relu": (-2, 8)}
VALUE, SLOPE = "#d62728", "#1f77b4"


def curves(program):
    """Runs the program and returns a dictionary from the name of an activation to its lists of x, value and slope."""
    done = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True)
    by_name = {}
    for name, *numbers in csv.reader(done.stdout.splitlines()):
        for column, number in zip(by_name.setdefault(name, ([], [], [])), numbers):
            column.append(float(number))
    return by_name


def with_gaps(y):
    """Returns y with NaN in front of each jump, so that matplotlib draws no line across the jump."""
    return [float("nan") if abs(b - a) > 0.1 else a for a, b in zip(y, [*y[1:], y[-1]])]


def draw(by_name, path):
    matplotlib.rcParams["svg.hashsalt"] = "relu"  # makes the file reproducible
    rows = -(-len(by_name) // COLUMNS)
    figure, axes = pyplot.subplots(rows, COLUMNS, figsize=(15, 2.6 * rows + 0.8), squeeze=False)
    for axis in axes.flat[len(by_name):]:
        axis.set_axis_off()
    for axis, (name, lines) in zip(axes.flat, by_name.items()):
        left, right = OTHER_X_RANGES.get(name, X_RANGE)
        x, value, slope = zip(*(point for point in zip(*lines) if left <= point[0] <= right))
        axis.axhline(0, color="#bbbbbb", linewidth=1, zorder=1)
        axis.axvline(0, color="#bbbbbb", linewidth=1, zorder=1)
        axis.plot(x, with_gaps(value), color=VALUE, linewidth=3, label="value")
        axis.plot(x, with_gaps(slope), color=SLOPE, linewidth=1.3, label="slope")
        shown = [y for y in (*value, *slope) if abs(y) <= right]
        low, high = min(shown), max(shown)
        margin = 0.06 * (high - low)
        axis.set(xlim=(left, right), ylim=(low - margin, high + margin))
        axis.xaxis.set_major_locator(MultipleLocator(2))
        axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
        axis.set_title(name, fontsize=11, family="monospace")
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.3)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=2, frameon=False)
    figure.tight_layout(rect=(0, 0.25 / figure.get_figheight(), 1, 1))
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=pathlib.Path, help="the SVG file to write")
    parser.add_argument("--program", default=ROOT / "build/bench/bench/relu_bench_curves", type=pathlib.Path)
    options = parser.parse_args()
    draw(curves(options.program), options.picture)


if __name__ == "__main__":
    main()
