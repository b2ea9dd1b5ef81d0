"""What pictures of a scan share: the chosen trait, the threshold, and where markers are drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from .._numbers import is_real
from ..association import MaxStatistics, Scan
from ..association._frame import find_trait
from ..association._results import check_scan
from ..association._thresholds import LEVEL, OTHERS
from ._axes import VERMILION, styled

Y_LABELS = {"neg_log10_pvalue": "−log₁₀ p", "lod": "LOD"}
SCALES: dict[str, Literal["lod", "neg_log10_p"]] = {
    "neg_log10_pvalue": "neg_log10_p",
    "lod": "lod",
}
"""What `MaxStatistics` calls these."""
GAP = 0.005
"""Between chromosomes, as a share of the genome."""
BASE_PAIRS = 100_000
"""Larger positions are in base pairs, and are written in millions of them."""
SEX_AND_MITOCHONDRIA = {"X": 0, "Y": 1, "XY": 2, "M": 3, "MT": 3}
UNPLACED = {"", "0", "-9", "None", "nan", "NA", "Un"}
CELLS_PER_INCH = 288
"""Of points in one cell, a quarter of a point wide, only the highest is seen."""
THINNED_ABOVE = 20_000
ROOM_ABOVE = 1.06
WIDTH_OF_CHARACTER = 0.64
"""As a share of the size of the type."""
SPACE = 0.75
"""Between names, as a share of a character."""
SMALL_TYPE = 9.0
"""In points: the smallest that is taken to make room."""
LARGEST_STEP = 5
"""Between names of numbered chromosomes."""


def check_complete(result: Any) -> Scan:
    """A scan of which all markers were kept."""
    if check_scan(result).traits is not None:
        raise ValueError(
            "result has only some markers of each trait, and the picture is one of all of them. "
            "Pass a scan with keep='all'."
        )
    return result


def choose_from(result: Scan, trait: Any) -> int | None:
    """The number of the trait to draw; None in a scan of a y with one axis."""
    number = find_trait(result, trait)
    return None if result.traits is None and result.lod.ndim == 1 else number


def is_of_trait(result: Scan, number: int | None) -> Any:
    """Which elements of arrays of one axis belong to a trait."""
    return slice(None) if result.traits is None else result.traits == number


def of_trait(values: np.ndarray, number: int | None) -> np.ndarray:
    """Elements for one trait, of an array that may be the same for all of them."""
    return values if number is None or values.ndim == 1 else values[number]


def tested(result: Scan, name: str, number: int | None) -> np.ndarray:
    """Values of each marker, nan where its status is not "ok"."""
    values = of_trait(getattr(result, name), number)
    is_ok = of_trait(result.status, number) == "ok"
    return values if is_ok.all() else np.where(is_ok, values, np.nan)


def check_drawn(shape: tuple[int, ...], **given: Any) -> None:
    """Refuse arrays that are no numbers of this shape; None is passed by."""
    for name, values in given.items():
        if values is not None and (values.dtype.kind not in "biuf" or values.shape != shape):
            what = "marker" if len(shape) == 1 else "marker and effect"
            raise ValueError(
                f"{name} must be numbers of shape {shape}, got {values.dtype} of shape "
                f"{values.shape}. Give a number for each {what}."
            )


def check_one_for_each(n: int, what: str, **given: Any) -> None:
    """Refuse sequences of another length; None is passed by."""
    for name, values in given.items():
        if values is not None and len(values) != n:
            raise ValueError(
                f"{name} has {len(values)} elements. Give one for each of {n} {what}."
            )


def check_ascending(positions: np.ndarray) -> None:
    """Refuse positions along which a line would go back and forth."""
    back = np.flatnonzero(np.diff(positions) < 0)
    if len(back):
        raise ValueError(
            f"positions must be ascending, but {positions[back[0] + 1]:g} is after "
            f"{positions[back[0]]:g}. Put all arrays into the order numpy.argsort(positions)."
        )


def refuse_nothing(values: np.ndarray, what: str) -> None:
    if np.isnan(values).all():
        raise ValueError(
            f"{what} has no marker that was tested, and there is nothing to draw. Scan markers "
            "that vary among the samples and are no function of the fixed effects."
        )


def as_threshold(
    threshold: Any, number: int | None, y: str = "lod", test: str | None = None
) -> float | dict[str, float] | None:
    """A number, or one for each of some chromosomes, of one trait of what a user has given.

    `y` is what is drawn, of p values those of `test`.
    """
    if isinstance(threshold, MaxStatistics):
        if y != "lod" and threshold.test != test:
            raise ValueError(
                f"threshold has p values of test={threshold.test!r}, and result those of "
                f"test={test!r}. Use y='lod', or max_statistics with test={test!r}."
            )
        threshold = threshold.threshold(LEVEL, scale=SCALES[y])
    if isinstance(threshold, Mapping):
        return {
            str(name): _one_threshold(value, number, f"threshold[{name!r}]")
            for name, value in threshold.items()
        }
    return None if threshold is None else _one_threshold(threshold, number, "threshold")


def _one_threshold(given: Any, number: int | None, name: str) -> float:
    value = np.asarray(given)
    if value.ndim == 1 and number is not None and number < len(value):
        value = value[number]
    if not (value.ndim == 0 and is_real(value.item()) and np.isfinite(value)):
        raise ValueError(
            f"{name} must be a finite number, or one for each trait in an array, got {given!r}. "
            "Give one, what max_statistics returns, or None."
        )
    return float(value)


def thresholds_of(threshold: Any, chromosomes: list[Chromosome]) -> np.ndarray | None:
    """One for each chromosome."""
    threshold = as_threshold(threshold, None)
    if not isinstance(threshold, dict):
        return None if threshold is None else np.full(len(chromosomes), threshold)
    missing = [one.name for one in chromosomes if one.name not in threshold]
    if missing and OTHERS not in threshold:
        raise ValueError(
            f"threshold has none for chromosome {missing[0]!r}. Add it, or {OTHERS!r} for all "
            "chromosomes that are not named."
        )
    others = threshold.get(OTHERS, np.nan)
    return np.array([threshold.get(one.name, others) for one in chromosomes])


def refuse_other_names(threshold: Any, chromosomes: list[Chromosome]) -> None:
    """A threshold for a chromosome that is called otherwise would not be seen."""
    names = [one.name for one in chromosomes]
    if isinstance(threshold, Mapping):
        strange = [name for name in threshold if str(name) not in {*names, OTHERS}]
        if strange:
            raise ValueError(
                f"threshold names chromosome {strange[0]!r}, and the scan has {names[:30]}. Use "
                f"these names, or {OTHERS!r} for all that are not named."
            )


class Chromosome(NamedTuple):
    """One chromosome in a picture: its name, and where it begins and ends."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Layout:
    """Places of markers along all chromosomes.

    Attributes
    ----------
    x : ndarray of shape (m,)
    place : ndarray of int of shape (m,)
        Which of `chromosomes` each marker is on.
    chromosomes : list of Chromosome
        In their natural order.
    label : str
        What x is.
    """

    x: np.ndarray
    place: np.ndarray
    chromosomes: list[Chromosome]
    label: str

    @classmethod
    def from_map(cls, m: int, chromosomes: Any, positions: Any) -> Layout:
        names, runs, of_runs = _in_natural_order(m, chromosomes)
        sizes = np.diff(np.append(runs, m))
        place = np.repeat(of_runs, sizes)
        located, has_positions = _positions_of_all(place, len(names), positions)
        firsts, lasts = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        np.minimum.at(firsts, of_runs, np.minimum.reduceat(located, runs))
        np.maximum.at(lasts, of_runs, np.maximum.reduceat(located, runs))
        if len(names) == 1:
            return cls._of_one(names[0], located, place, firsts[0], lasts[0], has_positions)
        lengths = lasts - firsts
        gap = GAP * lengths.sum() if has_positions else 1.0
        starts = np.concatenate([[0.0], np.cumsum(lengths + gap)[:-1]])
        located += np.repeat((starts - firsts)[of_runs], sizes)
        drawn = [Chromosome(*one) for one in zip(names, starts, starts + lengths, strict=True)]
        return cls(located, place, drawn, "chromosome")

    @classmethod
    def _of_one(cls, name, located, place, first, last, has_positions) -> Layout:
        unit = 1e6 if has_positions and last > BASE_PAIRS else 1
        label = "position" if has_positions else "marker"
        label += f" on chromosome {name}" * bool(name) + " (Mb)" * (unit > 1)
        return cls(located / unit, place, [Chromosome(name, first / unit, last / unit)], label)


def _in_natural_order(m: int, chromosomes: Any) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, where runs of markers on one chromosome begin, and which chromosome that is."""
    if chromosomes is None:
        return [""], np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.int32)
    chromosomes = np.asarray(chromosomes)
    runs = np.flatnonzero(np.concatenate([[True], chromosomes[1:] != chromosomes[:-1]]))
    of_runs = [str(name) for name in chromosomes[runs].tolist()]
    names = sorted(set(of_runs), key=natural_key)
    places = {name: place for place, name in enumerate(names)}
    return names, runs, np.array([places[name] for name in of_runs], dtype=np.int32)


def natural_key(name: str) -> tuple:
    """What sorts 1, 2, 10, X, Y, MT, others, and the unplaced."""
    plain = re.sub(r"^chr(omosome)?[ _]?", "", name, flags=re.IGNORECASE)
    if plain in UNPLACED:
        return (3,)
    if plain.upper() in SEX_AND_MITOCHONDRIA:
        return 1, SEX_AND_MITOCHONDRIA[plain.upper()]
    parts = re.split(r"(\d+)", plain)
    key = tuple((not part.isdecimal(), int(part) if part.isdecimal() else part) for part in parts)
    return (0 if plain[:1].isdecimal() else 2), key[plain[:1].isdecimal() :]


def _positions_of_all(
    place: np.ndarray, n_chromosomes: int, positions: Any
) -> tuple[np.ndarray, bool]:
    """Positions, or numbers of markers where none is known on the chromosome.

    A marker without a position (nan, or below 0) is between its neighbors.
    """
    given = np.full(len(place), np.nan) if positions is None else np.array(positions, float)
    is_known = given >= 0
    if is_known.all():
        return given, True
    spacing = _mean_spacing(given, is_known, place)
    for one in range(n_chromosomes):
        markers = np.flatnonzero(place == one)
        known = markers[is_known[markers]]
        if len(known):
            given[markers] = np.interp(markers, known, given[known])
        else:
            given[markers] = np.arange(1, len(markers) + 1) * spacing
    return given, bool(is_known.any())


def _mean_spacing(positions, is_known, place) -> float:
    """How far apart neighbors with positions are on one chromosome; 1 where there are none."""
    known = np.flatnonzero(is_known)
    distances = np.diff(positions[known])[np.diff(place[known]) == 0]
    return float(np.abs(distances).mean()) if distances.any() else 1.0


def thin(x: np.ndarray, y: np.ndarray, is_kept: np.ndarray, ax: Any) -> np.ndarray:
    """Which finite points to draw: of each cell the highest, and all that are to be kept.

    The limits of `ax` must be those of the picture.
    """
    finite = np.flatnonzero(np.isfinite(y))
    if len(finite) <= THINNED_ABOVE:
        return finite
    if len(finite) < len(y):
        x, y, is_kept = x[finite], y[finite], is_kept[finite]
    columns, n_columns = _cells(x, ax.get_xlim(), _inches(ax)[0])
    cells, n_rows = _cells(y, ax.get_ylim(), _inches(ax)[1])
    cells += columns * n_rows
    highest = np.full(n_columns * n_rows, -np.inf)
    np.maximum.at(highest, cells, y)
    candidates = np.flatnonzero(y == highest[cells])
    chosen = np.full(len(highest), -1, dtype=np.intp)
    chosen[cells[candidates]] = candidates
    return finite[np.union1d(chosen[chosen >= 0], np.flatnonzero(is_kept))]


def thin_line(x: np.ndarray, y: np.ndarray, ax: Any) -> np.ndarray:
    """Which points of a line to draw, in the order of x: of each column the ends and extremes."""
    if len(x) <= THINNED_ABOVE:
        return np.arange(len(x))
    columns, _ = _cells(x, ax.get_xlim(), _inches(ax)[0])
    firsts = np.flatnonzero(np.diff(columns, prepend=-1))
    lasts = np.append(firsts[1:], len(x)) - 1
    extremes = [
        first + place
        for first, last in zip(firsts, lasts, strict=True)
        for place in (y[first : last + 1].argmin(), y[first : last + 1].argmax())
    ]
    return np.unique(np.concatenate([firsts, lasts, extremes]))


def _inches(ax):
    extent = ax.get_window_extent()
    return extent.width / ax.figure.dpi, extent.height / ax.figure.dpi


def _cells(values, limits, inches) -> tuple[np.ndarray, int]:
    n = max(int(inches * CELLS_PER_INCH), 1)
    low, high = limits
    cells = ((values - low) * (n / (high - low))).astype(np.intp)
    return np.clip(cells, 0, n - 1, out=cells), n


def names_with_room(ax: Any, chromosomes: list[Chromosome]) -> tuple[list[Chromosome], float]:
    """Chromosomes whose names can be written side by side, and the size of their type.

    If it is not all of them, every second or third of the numbered ones is named, and of the
    others those for which there is room.
    """
    usual = usual_type_size()
    sizes = (usual, min(usual, SMALL_TYPE))
    n_numbered = sum(natural_key(one.name)[0] == 0 for one in chromosomes)
    for size in sizes:
        if len(with_room_for_text(ax, chromosomes, size)) == len(chromosomes):
            return chromosomes, size
    for step in range(1, LARGEST_STEP + 1):
        regular = chromosomes[:n_numbered:step]
        for size in sizes:
            shown = with_room_for_text(ax, regular + chromosomes[n_numbered:], size)
            if shown[: len(regular)] == regular:
                return shown, size
    return with_room_for_text(ax, chromosomes, sizes[-1]), sizes[-1]


def usual_type_size() -> float:
    """The size of the names of ticks, in points."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=rcParams["xtick.labelsize"]).get_size_in_points()


def with_room_for_text(ax: Any, chromosomes: list[Chromosome], size: float) -> list[Chromosome]:
    """Chromosomes whose names have some space to those before them."""
    low, high = ax.get_xlim()
    per_unit = _inches(ax)[0] * 72 / (high - low)
    width, end, shown = size * WIDTH_OF_CHARACTER, -np.inf, []
    for chromosome in chromosomes:
        middle = (chromosome.start + chromosome.end) / 2 * per_unit
        half = len(chromosome.name) * width / 2
        if middle - half >= end:
            shown.append(chromosome)
            end = middle + half + SPACE * width
    return shown


def draw_thresholds(
    ax: Any, heights: np.ndarray | None, chromosomes: list[Chromosome], given: Any
) -> Any:
    """A line at a height, or one for each chromosome, or None."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    look = {"color": VERMILION, "linewidth": 1, "linestyle": "--", "zorder": 2.5}
    if heights is None:
        return None
    if (heights == heights[0]).all():
        return ax.axhline(heights[0], **styled(look, given, Line2D))
    ends = np.array([(one.start, one.end) for one in chromosomes])
    return ax.hlines(heights, *ends.T, **styled(look, given, LineCollection))


def draw_infinite(ax: Any, x: np.ndarray, given: dict[str, Any] | None) -> Any:
    """Triangles at the upper end, above the others, or None."""
    from matplotlib.collections import PathCollection

    if not len(x):
        return None
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * ROOM_ABOVE)
    look = {"color": VERMILION, "s": 40, "zorder": 3}
    style = styled(look, given, PathCollection) | {"marker": "^"}
    return ax.scatter(x, np.full(len(x), high), **style)


def markers_of_one(result: Scan, chromosome: Any) -> tuple[np.ndarray, Layout]:
    """The markers of a chromosome in the order of their positions, and where they are."""
    if result.chromosomes is None:
        if chromosome is not None:
            raise ValueError(
                f"chromosome={chromosome!r} is given, but result does not know the chromosomes. "
                "Leave it out, or pass chromosomes= to scan."
            )
        markers = np.arange(len(result))
    else:
        markers = _find_chromosome(np.asarray(result.chromosomes), chromosome)
    chromosomes, positions = (
        None if values is None else np.asarray(values)[markers]
        for values in (result.chromosomes, result.positions)
    )
    layout = Layout.from_map(len(markers), chromosomes, positions)
    order = np.argsort(layout.x, kind="stable")
    return markers[order], replace(layout, x=layout.x[order], place=layout.place[order])


def _find_chromosome(chromosomes: np.ndarray, chosen: Any) -> np.ndarray:
    names, runs, of_runs = _in_natural_order(len(chromosomes), chromosomes)
    shown = f"{names[:30]}{' and more' * (len(names) > 30)}"
    if chosen is None and len(names) > 1:
        raise ValueError(
            f"The scan has {len(names)} chromosomes, {shown}: choose one by chromosome=."
        )
    name = names[0] if chosen is None else str(chosen)
    if name not in names:
        raise ValueError(f"chromosome={chosen!r} is not in the scan. Give one of {shown}.")
    sizes = np.diff(np.append(runs, len(chromosomes)))
    return np.flatnonzero(np.repeat(of_runs == names.index(name), sizes))
