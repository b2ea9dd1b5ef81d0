"""Peaks of a scan, thresholds for all markers, and the inflation of p values."""

from dataclasses import replace

import numpy as np
import pandas as pd

from sklmm import LMMRegressor
from sklmm.association import find_peaks, genomic_inflation, max_statistics, scan

from .case import KINSHIP, NAMES, WITH_AGE, Case, N, Y, case, rng

MARKERS = rng.integers(0, 3, (N, 12)).astype(float)
CHROMOSOMES = np.repeat(["1", "2", "X"], 4)
POSITIONS = np.tile([0.0, 5, 7, 20], 3)
WHERE = {"chromosomes": CHROMOSOMES, "positions": POSITIONS}
TWO = np.column_stack([Y, Y[::-1]])
STRATA = np.arange(N) % 3


def lmm(y=Y, **parameters):
    return LMMRegressor(KINSHIP, sample_id=0, **{"h": 0.4, **parameters}).fit(WITH_AGE, y)


def scanned(y=Y, markers=MARKERS, **options):
    return scan(lmm(y), markers, ids=NAMES, **{**WHERE, **options})


def peaks(result=None, threshold=0.01, **options):
    return find_peaks(result or scanned(), threshold=threshold, **options).low


def maxima(model=None, markers=MARKERS, **options):
    options = {"ids": NAMES, "n_resamples": 39, "random_state": 0, **options}
    return max_statistics(model or lmm(), markers, **options)


def permuted(**options):
    return maxima(resample="permutation", **options).lod


# Peaks


@case
def two_kinds_of_intervals():
    return Case(
        lambda: peaks(drop=1, prob=0.9),
        "drop=1 and prob=0.9 ask for two kinds of intervals. Give one of them.",
        {"give one": lambda: peaks(prob=0.9)},
        lambda: peaks(prob=0.9),
    )


@case
def intervals_that_could_overlap():
    return Case(
        lambda: peaks(peak_drop=0.2),
        "drop=1.5 is larger than peak_drop=0.2, so that intervals of two peaks could overlap. "
        "Give a peak_drop that is at least drop.",
        {"give a peak_drop": lambda: peaks(peak_drop=1.5)},
        lambda: peaks(peak_drop=1.6),
    )


@case
def peaks_without_positions():
    without = scan(lmm(), MARKERS, ids=NAMES)
    return Case(
        lambda: peaks(without),
        "result has no chromosomes and no positions, along which peaks are found. Pass "
        "chromosomes= and positions= to scan.",
        {"pass": lambda: peaks(scan(lmm(), MARKERS, ids=NAMES, **WHERE))},
        lambda: peaks(scanned()),
    )


@case
def peaks_among_the_best_markers():
    return Case(
        lambda: peaks(scanned(TWO, keep="max")),
        "result has some markers of each trait, and peaks are told apart by all of them. Pass a "
        "scan with keep='all'.",
        {"pass": lambda: peaks(scanned(TWO, keep="all"))},
        lambda: peaks(scanned(TWO)),
    )


@case
def markers_by_their_names():
    return Case(
        lambda: peaks(is_marker=NAMES[:12]),
        "is_marker has shape (12,) and type <U6. Give a bool for each of the 12 markers of the "
        "scan.",
        {"give": lambda: peaks(is_marker=np.full(12, True))},
        lambda: peaks(),
    )


@case
def a_threshold_of_an_unknown_chromosome():
    return Case(
        lambda: peaks(threshold={"chr1": 0.1, "autosomes": 0.2}),
        "threshold names chromosome 'chr1', and the scan has ['1', '2', 'X']. Use these names, or "
        "'autosomes' for all that are not named.",
        {"use": lambda: peaks(threshold={"1": 0.1, "autosomes": 0.2})},
        lambda: peaks(threshold={"1": 0.1, "2": 0.2, "X": 0.2}),
    )


@case
def a_chromosome_without_a_threshold():
    return Case(
        lambda: peaks(threshold={"1": 0.1, "2": 0.2}),
        "threshold has none for chromosome 'X'. Add it, or 'autosomes' for all chromosomes that "
        "are not named.",
        {
            "add it": lambda: peaks(threshold={"1": 0.1, "2": 0.2, "X": 0.2}),
            "or": lambda: peaks(threshold={"1": 0.1, "autosomes": 0.2}),
        },
        lambda: peaks(threshold={"X": 0.2, "1": 0.1, "2": 0.2}),
    )


@case
def too_many_thresholds():
    return Case(
        lambda: peaks(threshold=[0.1, 0.2]),
        "threshold=[0.1, 0.2] is not a threshold. Give a number, or one for each of the 1 traits.",
        {"give": lambda: peaks(threshold=0.1), "or": lambda: peaks(threshold=[0.1])},
        lambda: peaks(threshold={"autosomes": 0.1}),
    )


@case
def all_maxima_as_a_threshold():
    found = maxima()
    return Case(
        lambda: peaks(threshold=found),
        "threshold must be a number, one for each trait or a mapping, got MaxStatistics, which "
        "has one for each level. Use its threshold(0.05, scale='lod').",
        {"use": lambda: peaks(threshold=found.threshold(0.05, scale="lod"))},
        lambda: peaks(threshold=found.threshold()),
    )


@case
def a_table_of_a_scan():
    return Case(
        lambda: find_peaks(scanned().to_frame(), threshold=1),
        "result must be a Scan, got DataFrame. Make one by sklmm.association.scan(lmm, "
        "genotypes).",
        {"make": lambda: peaks(scan(lmm(), MARKERS, ids=NAMES, **WHERE))},
        peaks,
    )


@case
def genotypes_missing_in_resamples():
    holes = np.where(np.arange(N)[:, None] == 3, np.nan, MARKERS)
    means = np.where(np.isnan(holes), np.nanmean(holes, axis=0), holes)
    return Case(
        lambda: maxima(markers=holes).lod,
        "genotypes has no value for 'line03' at marker 0. Use missing='mean', or impute missing "
        "genotypes.",
        {
            "mean": lambda: maxima(markers=holes, missing="mean").lod,
            "impute": lambda: maxima(markers=means).lod,
        },
        lambda: maxima(markers=means).lod,
    )


@case
def products_beside_maxima_of_markers():
    products = scanned(interaction=1)
    return Case(
        lambda: maxima().pvalue(products),
        "result is of products with a covariate, and maxima are those of markers. Use scan and "
        "max_statistics with the same interaction.",
        {"use": lambda: maxima(interaction=1).pvalue(products)},
        lambda: maxima(interaction=-1).pvalue(scanned(interaction=-1)),
    )


@case
def markers_beside_maxima_of_products():
    return Case(
        lambda: maxima(interaction=1).pvalue(scanned()),
        "result is of markers, and maxima are those of products with a covariate. Use scan and "
        "max_statistics with the same interaction.",
        {"use": lambda: maxima().pvalue(scanned())},
        lambda: maxima().pvalue(scanned(keep=1.0)),
    )


@case
def an_X_chromosome_that_is_called_otherwise():
    found = maxima(separate_x=True, n_resamples=99, **WHERE)
    others = np.char.add("chr", CHROMOSOMES)
    return Case(
        lambda: found.pvalue(scanned(chromosomes=others)),
        "result has chromosome 'chrX', which looks like one of x_chromosomes=['X'] of "
        "max_statistics. Write it in the same way for both.",
        {"write": lambda: found.pvalue(scanned(chromosomes=np.char.lstrip(others, "chr")))},
        lambda: found.pvalue(scanned()),
    )


# Inflation


@case
def no_marker_that_varies():
    return Case(
        lambda: genomic_inflation(scanned(markers=np.ones((N, 12)))),
        "No marker of result was tested for trait 0, so that there is no median. Scan markers "
        "that vary beside the fixed effects.",
        {"scan": lambda: genomic_inflation(scanned(markers=MARKERS))},
        lambda: genomic_inflation(scanned()),
    )


@case
def inflation_of_the_best_markers():
    return Case(
        lambda: genomic_inflation(scanned(TWO, keep="max")),
        "result has only the best markers of each trait, whose median says nothing of others. "
        "Pass a scan with keep='all'.",
        {"pass": lambda: genomic_inflation(scanned(TWO, keep="all"))},
        lambda: genomic_inflation(scanned(TWO)),
    )


# Thresholds


@case
def too_few_replicates():
    return Case(
        lambda: maxima().threshold(0.01),
        "n_resamples=39 is not enough for level=0.01, for p is at least 1 / (1 + n_resamples). "
        "Use max_statistics with n_resamples=99 or more.",
        {"use": lambda: maxima(n_resamples=99).threshold(0.01)},
        lambda: maxima(n_resamples=99).lod.max(),
    )


@case
def p_values_of_other_traits():
    return Case(
        lambda: maxima().pvalue(scanned(TWO)),
        "result has 2 traits, and there are maxima of 1. Pass a scan of the model of "
        "max_statistics.",
        {"pass": lambda: maxima().pvalue(scanned())},
        lambda: maxima().pvalue(scanned(TWO[:, 0])),
    )


@case
def p_values_without_chromosomes():
    null = maxima(separate_x=True, **WHERE)
    return Case(
        lambda: null.pvalue(scanned(chromosomes=None)),
        "result has no chromosomes, and the X chromosome has maxima of its own. Pass chromosomes= "
        "to scan.",
        {"pass": lambda: null.pvalue(scanned(chromosomes=CHROMOSOMES))},
        lambda: null.pvalue(replace(scanned(chromosomes=None), chromosomes=CHROMOSOMES)),
    )


@case
def p_values_of_another_test():
    result = scanned(test="score")
    return Case(
        lambda: maxima().pvalue(result, scale="neg_log10_p"),
        "result has p values of test='score', and maxima those of test='f'. Use scale='lod', or "
        "max_statistics with test='score'.",
        {
            "use": lambda: maxima().pvalue(result, scale="lod"),
            "or": lambda: maxima(test="score").pvalue(result, scale="neg_log10_p"),
        },
        lambda: maxima().pvalue(scanned()),
    )


@case
def an_x_chromosome_without_positions():
    return Case(
        lambda: maxima(separate_x=True, chromosomes=CHROMOSOMES),
        "separate_x=True needs the positions of the markers, for the level is divided by the "
        "length of chromosomes. Give positions=, one for each marker.",
        {"give": lambda: maxima(separate_x=True, **WHERE).x_lod},
        lambda: maxima(markers=MARKERS[:, 8:]).lod,
        rtol=1e-5,
    )


@case
def an_x_chromosome_of_another_name():
    named = {**WHERE, "chromosomes": np.repeat([1, 2, 23], 4)}
    return Case(
        lambda: maxima(separate_x=True, **named),
        "separate_x=True needs markers at several positions on x_chromosomes=['X'] and on others, "
        "and the chromosomes are [1, 2, 23]. Name those of X by x_chromosomes=, or leave "
        "separate_x out.",
        {"name": lambda: maxima(separate_x=True, x_chromosomes=[23], **named).x_lod},
        lambda: maxima(separate_x=True, **WHERE).x_lod,
    )


@case
def permutations_with_h_again():
    return Case(
        lambda: maxima(resample="permutation", refit_h=True),
        "refit_h=True estimates h of simulated traits, and resample='permutation' makes others. "
        "Use resample='simulation', or leave refit_h out.",
        {"use": lambda: maxima(resample="simulation", refit_h=True).lod},
        lambda: maxima(refit_h=True).lod,
    )


@case
def h_by_leave_one_out():
    model = lmm(h="loo")
    return Case(
        lambda: maxima(model, refit_h=True),
        "refit_h=True estimates h by likelihood, and lmm has h='loo'. Leave refit_h out, or fit "
        "with h=None.",
        {"leave": lambda: maxima(model).lod},
        lambda: maxima(lmm(h=model.h_, solver="eigh")).lod,
        rtol=1e-4,
    )


@case
def strata_of_simulated_traits():
    return Case(
        lambda: maxima(strata=STRATA),
        "strata are groups within which a trait is permuted, and resample='simulation' permutes "
        "nothing. Leave strata out, or use resample='permutation'.",
        {"use": lambda: maxima(strata=STRATA, resample="permutation").lod},
        lambda: permuted(strata=STRATA),
    )


@case
def strata_of_some_rows():
    return Case(
        lambda: permuted(strata=STRATA[:9]),
        "strata has 9 elements, and lmm was fitted to 30 rows. Give one for each row, in the "
        "order of fit.",
        {"give": lambda: permuted(strata=STRATA)},
        lambda: permuted(strata=STRATA.tolist()),
    )


@case
def strata_of_others():
    of_others = pd.Series(STRATA, index=["other", *NAMES[1:]])
    return Case(
        lambda: permuted(strata=of_others),
        "strata has no element for 'line00', to which lmm was fitted. Give one for each label in "
        "its index, or strata.to_numpy() in the order of fit.",
        {
            "give": lambda: permuted(strata=pd.Series(STRATA, index=NAMES)[::-1]),
            "or": lambda: permuted(strata=of_others.to_numpy()),
        },
        lambda: permuted(strata=STRATA),
    )


@case
def a_stratum_for_each_row():
    return Case(
        lambda: permuted(strata=NAMES),
        "strata has a stratum for each row, and nothing to permute. Give strata of several rows, "
        "or leave strata out.",
        {"leave": permuted},
        lambda: permuted(strata=None),
    )


@case
def products_with_h_again():
    return Case(
        lambda: maxima(refit_h=True, interaction=1),
        "refit_h=True is for markers, and interaction=1 for products with them. Leave out one of "
        "them.",
        {"leave out": lambda: maxima(interaction=1).lod},
        lambda: maxima(interaction=-1).lod,
    )


@case
def maxima_of_constant_markers():
    return Case(
        lambda: maxima(markers=np.ones((N, 3))),
        "No marker of genotypes varies beside the fixed effects of trait 0, so that there are no "
        "maxima. Give markers that vary.",
        {"give": lambda: maxima(markers=np.column_stack([np.ones(N), MARKERS])).lod},
        lambda: maxima(markers=MARKERS).lod,
    )
