"""Results as a Markdown table for the eye and as CSV with every raw number."""

import csv
import io
import os
import platform
import re
from itertools import groupby
from pathlib import Path

import numpy as np
from competitors.interface import Answer

VECTOR_UNITS = {"avx512f": "AVX-512", "avx2": "AVX2", "asimd": "NEON"}
INTRODUCTION = """\
# From a kinship matrix to the estimates

{machine}; {libraries}.

Seconds are medians of {rounds} rounds. The ratio to sklmm is taken within each round: its median,
smallest and largest. Memory is the peak above what was there before the fit, in units of K. Δ is
the difference from sklmm's own answer to the same question: of h, of the log-likelihood ℓ
(relative) and of the BLUPs u (the largest, in their standard deviations).
"""
HEADINGS = "program|version|answers|seconds|ratio to sklmm|memory / K|Δh|Δℓ|Δu"


def describe_machine():
    cpu = Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*: (.*)", cpu, re.MULTILINE)
    name = found[1] if found else platform.machine()
    vectors = next((unit for flag, unit in VECTOR_UNITS.items() if flag in cpu), "no vectors")
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{cores} cores of {name} with {vectors}, load before the start {load:.1f}"


def as_markdown(results, machine, libraries, left_out):
    rounds = max(len(result.seconds) for result in results)
    parts = [INTRODUCTION.format(machine=machine, libraries=libraries, rounds=rounds)]
    for problem, group in groupby(results, key=lambda result: result.problem):
        parts.append(f"## {problem}\n\n{_table(group)}\n")
    return "\n".join([*parts, *(f"- {sentence}" for sentence in left_out), ""])


def _table(results):
    rule = "|".join([*["---"] * 3, *["--:"] * 6])
    rows = sorted(results, key=lambda result: np.median(result.seconds))
    return "\n".join(f"|{row}|" for row in [HEADINGS, rule, *map(_row, rows)])


def _row(result):
    ratio, least, most = np.median(result.ratios), min(result.ratios), max(result.ratios)
    cells = [
        result.program,
        result.version,
        str(result.question or "nothing"),
        f"{np.median(result.seconds):.3g}",
        f"{ratio:.3g} ({least:.3g}–{most:.3g})",
        f"{result.peak_in_kinships:.2f}",
        *map(_difference, result.differences),
    ]
    return "|".join(cells)


def _difference(value):
    if value is None:
        return ""
    return f"{value:.0e}" if value else "0"


def as_csv(results):
    """A line for each program and round."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(
        ["problem", "n", "program", "version", "question", "round", "seconds", "peak_bytes"]
        + [f"{field}_difference" for field in Answer._fields]
    )
    for result in results:
        about = result.problem, result.problem.n, result.program, result.version, result.question
        for round_, seconds in enumerate(result.seconds):
            writer.writerow([*about, round_, seconds, result.peak_bytes, *result.differences])
    return table.getvalue()
