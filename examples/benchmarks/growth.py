"""How the time of a fit grows: with samples, with traits, and with markers at low rank.

    python examples/benchmarks/growth.py --output growth
    python examples/benchmarks/growth.py --output growth --largest-n 1000 --rounds 1

Writes growth.csv, with every raw number, and growth.png to the folder of --output. Each fit is
timed in turn with what it is measured against. No round starts after --limit seconds at one size,
so that the largest may have fewer rounds.
"""

import argparse
import csv
from itertools import takewhile
from pathlib import Path

import few_markers
import fit_against_eigh
import numpy as np
from many_traits import Traits

COLUMNS = ["panel", "size", "contestant", "round", "seconds"]
SMALLEST_N = 500


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--largest-n", type=int, default=8000)
    add("--trait-n", type=int, default=1000)
    add("--traits", type=int, nargs="+", default=[1, 10, 100, 1000, 10_000])
    add("--marker-n", type=int, default=20_000)
    add("--markers", type=int, nargs="+", default=[50, 100, 200, 500, 1000, 2000])
    add("--rounds", type=int, default=5)
    add("--limit", type=float, default=120, help="seconds at one size after which no round starts")
    add("--output", type=Path, required=True, help="folder for the numbers and the figure")
    return parser.parse_args()


def measure(arguments):
    """Panels: for each size the seconds of each contestant."""
    rounds, limit = arguments.rounds, arguments.limit
    traits = Traits(arguments.trait_n, max(arguments.traits))
    plans = {
        "samples": (
            doublings(SMALLEST_N, arguments.largest_n),
            lambda n: fit_against_eigh.measure(n, rounds, limit),
        ),
        "traits": (arguments.traits, lambda T: traits.measure(T, rounds, limit)),
        "markers": (
            arguments.markers,
            lambda m: few_markers.measure(arguments.marker_n, m, rounds, limit),
        ),
    }
    return {panel: run(panel, *plan) for panel, plan in plans.items()}


def doublings(smallest, largest):
    return list(takewhile(lambda n: n <= largest, (smallest * 2**k for k in range(64))))


def run(panel, sizes, measure_size):
    times = {}
    for size in sizes:
        times[size] = measure_size(size)
        medians = (f"{name} {np.median(s):.3g} s" for name, s in times[size].items())
        print(f"{size} {panel}: {', '.join(medians)}", flush=True)
    return times


def write_csv(path, panels):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for panel, times in panels.items():
            for size, contestants in times.items():
                for name, values in contestants.items():
                    writer.writerows(
                        [panel, size, name, number, seconds]
                        for number, seconds in enumerate(values)
                    )


def main():
    arguments = read_arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    panels = measure(arguments)
    write_csv(arguments.output / "growth.csv", panels)
    try:
        from growth_figure import draw
    except ImportError as error:
        print(f"No figure: {error}. It needs pip install '.[benchmark]'.")
        return
    figure = draw(panels, arguments.trait_n, arguments.marker_n)
    figure.savefig(arguments.output / "growth.png", dpi=200)


if __name__ == "__main__":
    main()
