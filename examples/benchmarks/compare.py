"""Time and memory from a kinship matrix to the estimates, of sklmm and of programs like it.

    python examples/benchmarks/compare.py --n 500 1000 2000 --rounds 5 --mice --output comparison

Every program has a process of its own, and only one of them works at any time. After a first fit,
whose answer is compared with ours, and one whose memory is measured, the programs are timed in
turn for several rounds, so that a slow moment of the machine meets all of them. What is printed is
written to the folder of --output as well, with all raw numbers and, where matplotlib is
installed, a figure. `competitors/__init__.py` says what makes a competitor. Linux only.
"""

import argparse
from pathlib import Path

from competitors import MODULES
from contest import Contest
from problem import Mice, Simulated
from report import as_csv, as_markdown, describe_machine


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--n", type=int, nargs="*", default=[500, 1000, 2000], help="numbers of samples")
    add("--mice", action="store_true", help="run the CD8 trait of 1410 mice, too")
    add("--rounds", type=int, default=5)
    add("--only", nargs="+", choices=MODULES, default=MODULES, help="competitors besides sklmm")
    add("--limit", type=float, default=120, help="seconds; a slower program gets no larger n")
    add("--output", type=Path, help="folder for the table, the numbers and the figure")
    return parser.parse_args()


def problems(arguments):
    chosen = [Simulated(n) for n in arguments.n] + [Mice()] * arguments.mice
    return sorted(chosen, key=lambda problem: problem.n)


def main():
    arguments = read_arguments()
    machine, contest, results = describe_machine(), Contest(arguments.only), []
    for problem in problems(arguments):
        found = contest.run(problem, arguments.rounds)
        results += found.values()
        for worker, result in found.items():
            if max(result.seconds) > arguments.limit and worker is not contest.ours:
                contest.retire(worker, f"took more than {arguments.limit:g} s for {problem}")
        print(f"{problem}: done", flush=True)
    libraries = contest.ours.libraries()
    contest.stop()
    markdown = as_markdown(results, machine, libraries, contest.left_out)
    print(f"\n{markdown}")
    if arguments.output:
        write(arguments.output, markdown, results)


def write(folder, markdown, results):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comparison.md").write_text(markdown, encoding="utf-8")
    (folder / "comparison.csv").write_text(as_csv(results), encoding="utf-8")
    try:
        from figure import draw
    except ImportError as error:
        print(f"No figure: {error}. It needs pip install '.[benchmark]'.")
    else:
        draw(results).savefig(folder / "comparison.png", dpi=200)


if __name__ == "__main__":
    main()
