"""Pictures of scans. What is drawn is compared, not how it looks."""

import numpy as np
from scans import made_up

from sklmm import LMMRegressor
from sklmm.association import MaxStatistics, max_statistics, scan
from sklmm.plotting import EffectsDisplay, LocusDisplay, ManhattanDisplay

from .case import FEATURES, KINSHIP, LABELS, NAMES, Case, Y, case

P = np.array([1.0, 3.0, 2.0, 0.5])
CHROMOSOMES = np.array(["1", "1", "2", "2"])
RESULT = made_up(P, chromosomes=CHROMOSOMES)


def points(result):
    drawn = ManhattanDisplay.from_scan(result).scatters_
    return np.sort(np.concatenate([one.get_offsets()[:, 1] for one in drawn]))


def heights(threshold):
    """Of each chromosome; None has no line."""
    line = ManhattanDisplay.from_scan(RESULT, threshold=threshold).threshold_
    if line is None or hasattr(line, "get_ydata"):
        return [0, 0] if line is None else line.get_ydata()
    return [segment[0, 1] for segment in line.get_segments()]


def lod(result, *chromosome):
    return LocusDisplay.from_scan(result, *chromosome).line_.get_ydata()


MAXIMA = MaxStatistics(np.linspace(0.2, 2, 19), np.linspace(0.4, 4, 19))


@case
def a_model_for_its_scan():
    lmm = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    return Case(
        lambda: points(lmm),
        "result must be a Scan, got LMMRegressor. Make one by sklmm.association.scan(lmm, "
        "genotypes).",
        {"make": lambda: points(scan(lmm, FEATURES, ids=NAMES))},
        lambda: np.sort(scan(lmm, FEATURES, ids=NAMES).neg_log10_pvalue),
    )


@case
def markers_that_are_constant():
    lmm = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    genotypes = np.column_stack([np.ones((len(Y), 2)), FEATURES])

    def draw(genotypes):
        return points(scan(lmm, genotypes, ids=NAMES))

    return Case(
        lambda: draw(genotypes[:, :2]),
        "result has no marker that was tested, and there is nothing to draw. Scan markers that "
        "vary among the samples and are no function of the fixed effects.",
        {"scan": lambda: draw(genotypes[:, 2:])},
        lambda: draw(genotypes),
    )


@case
def a_threshold_in_words():
    return Case(
        lambda: heights("4"),
        "threshold must be a finite number, or one for each trait in an array, got '4'. Give one, "
        "what max_statistics returns, or None.",
        {"one": lambda: heights(4), "max_statistics": lambda: heights(MAXIMA)},
        lambda: [4, 4],
    )


@case
def maxima_of_another_test():
    lmm = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    result = scan(lmm, FEATURES, ids=NAMES, test="lrt")

    def drawn(y="neg_log10_pvalue", scale="neg_log10_p", test="f"):
        options = {"ids": NAMES, "n_resamples": 99, "random_state": 0, "test": test}
        null = max_statistics(lmm, FEATURES, **options)
        line = ManhattanDisplay.from_scan(result, y=y, threshold=null).threshold_
        return line.get_ydata()[0] / null.threshold(0.05, scale=scale)

    return Case(
        drawn,
        "threshold has p values of test='f', and result those of test='lrt'. Use y='lod', or "
        "max_statistics with test='lrt'.",
        {"y": lambda: drawn(y="lod", scale="lod"), "max_statistics": lambda: drawn(test="lrt")},
        lambda: 1.0,
    )


@case
def the_locus_of_a_scan_that_kept_the_best():
    lmm = LMMRegressor(KINSHIP, sample_id=0).fit(LABELS, Y)
    return Case(
        lambda: lod(scan(lmm, FEATURES, ids=NAMES, keep="max")),
        "result has only some markers of each trait, and the picture is one of all of them. Pass "
        "a scan with keep='all'.",
        {"pass": lambda: lod(scan(lmm, FEATURES, ids=NAMES, keep="all"))},
        lambda: scan(lmm, FEATURES, ids=NAMES).lod,
    )


@case
def no_threshold_for_one_chromosome():
    return Case(
        lambda: heights({"1": 4.0}),
        "threshold has none for chromosome '2'. Add it, or 'autosomes' for all chromosomes that "
        "are not named.",
        {
            "add": lambda: heights({"1": 4.0, "2": 3.0}),
            "autosomes": lambda: heights({"1": 4.0, "autosomes": 3.0}),
        },
        lambda: [4.0, 3.0],
    )


@case
def a_threshold_for_a_chromosome_of_another_name():
    return Case(
        lambda: heights({"1": 4.0, "chr2": 3.0, "autosomes": 3.0}),
        "threshold names chromosome 'chr2', and the scan has ['1', '2']. Use these names, or "
        "'autosomes' for all that are not named.",
        {
            "names": lambda: heights({"1": 4.0, "2": 3.0}),
            "autosomes": lambda: heights({"1": 4.0, "autosomes": 3.0}),
        },
        lambda: [4.0, 3.0],
    )


@case
def one_of_several_chromosomes():
    return Case(
        lambda: lod(RESULT),
        "The scan has 2 chromosomes, ['1', '2']: choose one by chromosome=.",
        {"choose": lambda: [lod(RESULT, name) for name in ("1", "2")]},
        lambda: P.reshape(2, 2) / 2,
    )


@case
def a_chromosome_that_is_not_there():
    return Case(
        lambda: lod(RESULT, "chr1"),
        "chromosome='chr1' is not in the scan. Give one of ['1', '2'].",
        {"give": lambda: lod(RESULT, "1")},
        lambda: P[:2] / 2,
    )


@case
def a_scan_without_chromosomes():
    return Case(
        lambda: lod(made_up(P[:2]), "1"),
        "chromosome='1' is given, but result does not know the chromosomes. Leave it out, or pass "
        "chromosomes= to scan.",
        {
            "leave": lambda: lod(made_up(P[:2])),
            "pass": lambda: lod(made_up(P, chromosomes=CHROMOSOMES), "1"),
        },
        lambda: P[:2] / 2,
    )


def line(positions, lod):
    return LocusDisplay(positions=positions, lod=lod).plot().line_.get_xydata()


@case
def values_that_are_no_numbers():
    texts = [str(value) for value in P]
    return Case(
        lambda: line(range(4), texts),
        "lod must be numbers of shape (4,), got <U3 of shape (4,). Give a number for each marker.",
        {"give": lambda: line(range(4), np.asarray(texts, float))},
        lambda: np.column_stack([range(4), P]),
    )


@case
def chromosomes_of_other_values():
    def drawn(chromosomes):
        found = ManhattanDisplay(values=P, chromosomes=chromosomes).plot().scatters_
        return np.sort(np.concatenate([one.get_offsets()[:, 1] for one in found]))

    return Case(
        lambda: drawn(["1"]),
        "chromosomes has 1 elements. Give one for each of 4 values.",
        {"give": lambda: drawn(["1"] * 4)},
        lambda: np.sort(P),
    )


@case
def positions_out_of_order():
    positions = np.array([4.0, 1, 3, 2])
    order = np.argsort(positions)
    return Case(
        lambda: line(positions, P),
        "positions must be ascending, but 1 is after 4. Put all arrays into the order "
        "numpy.argsort(positions).",
        {"put": lambda: line(positions[order], P[order])},
        lambda: [[1, 3], [2, 0.5], [3, 2], [4, 1]],
    )


@case
def effects_of_other_markers():
    def drawn(effects):
        return EffectsDisplay(positions=[1, 2], effects=effects).plot().lines_[0].get_ydata()

    return Case(
        lambda: drawn(P),
        "effects must be numbers of shape (4, 4), got float64 of shape (4,). Give a number for "
        "each marker and effect.",
        {"give": lambda: drawn(P.reshape(2, 2))},
        lambda: [1, 2],
    )
