"""Scans: kinships by chromosome, interactions, and fixed effects of the X chromosome."""

import warnings

import numpy as np
import pandas as pd

from sklmm import Kinship, LMMRegressor
from sklmm.association import scan
from sklmm.relationship import iter_leave_one_chromosome_out, leave_one_chromosome_out

from .case import KINSHIP, NAMES, WITH_AGE, Case, K, N, Y, case

GENOTYPES = np.random.default_rng(8).binomial(2, 0.4, (N, 12)).astype(float)
CHROMOSOMES = np.repeat(["1", "2", "X"], 4)
KINSHIPS = leave_one_chromosome_out(GENOTYPES, NAMES, CHROMOSOMES)
DIRECTION = np.arange(N) % 3
LMM = LMMRegressor(KINSHIP, sample_id=0, h=0.4).fit(WITH_AGE, Y)
PLAIN = LMMRegressor(K, h=0.4).fit(WITH_AGE[:, 1:].astype(float), Y)


def lods(lmm=LMM, genotypes=GENOTYPES, chromosomes=CHROMOSOMES, **options):
    return scan(lmm, genotypes, ids=NAMES, chromosomes=chromosomes, **options).lod


def loco(kinships=KINSHIPS, **options):
    return lods(kinships=kinships, **options)


def on_x(x_covariates=DIRECTION, **options):
    return lods(x_covariates=x_covariates, **options)


@case
def kinships_of_rows_without_labels():
    return Case(
        lambda: scan(PLAIN, GENOTYPES, chromosomes=CHROMOSOMES, kinships=KINSHIPS),
        "kinships['1'] relates rows by their labels, and the rows of lmm have none. Fit "
        "LMMRegressor(kinship, sample_id=...) with a Kinship and a column of labels.",
        {
            "fit": lambda: loco(
                lmm=LMMRegressor(Kinship(K, NAMES), sample_id=0, h=0.4).fit(WITH_AGE, Y)
            )
        },
        loco,
    )


@case
def a_kinship_of_other_samples():
    few = {**KINSHIPS, "2": KINSHIPS["2"].select(NAMES[1:])}
    return Case(
        lambda: loco(few),
        "kinships['2'] lacks a sample that lmm was fitted to. The label 'line00' is not in "
        "Kinship(…). … Make it of all samples of the kinship of lmm.",
        {"make": lambda: loco(leave_one_chromosome_out(GENOTYPES, NAMES, CHROMOSOMES))},
        loco,
    )


@case
def matrices_in_place_of_kinships():
    bare = {chromosome: one.matrix for chromosome, one in KINSHIPS.items()}
    return Case(
        lambda: loco(bare),
        "kinships['1'] must be a Kinship, got ndarray. Make it of a matrix and the labels of its "
        "rows: Kinship(matrix, ids).",
        {"make": lambda: loco({name: Kinship(one, NAMES) for name, one in bare.items()})},
        loco,
    )


@case
def kinships_that_are_used_up():
    kinships = iter(KINSHIPS.items())

    def again(kinships):
        return loco(kinships), loco(kinships)

    return Case(
        lambda: again(kinships),
        "kinships is empty, or an iterator that another scan has used up. Make it anew for each "
        "scan, with a Kinship for each chromosome.",
        {"anew": lambda: loco(iter(KINSHIPS.items()))},
        loco,
    )


@case
def a_trait_that_was_not_scanned():
    both = LMMRegressor(KINSHIP, sample_id=0, h=0.4).fit(WITH_AGE, np.column_stack([Y, -Y]))
    result = scan(both, GENOTYPES, ids=NAMES)
    return Case(
        lambda: result.to_frame("weight"),
        "trait='weight' is not one of the 2 traits of the scan. Give a number from 0 to 1.",
        {"give": lambda: result.to_frame(1)["lod"]},
        lambda: result.lod[1],
    )


@case
def something_else_to_keep():
    return Case(
        lambda: scan(LMM, GENOTYPES, ids=NAMES, keep="best"),
        "keep='best' must be 'all', 'max' for the best marker of each trait, or the largest p "
        "value that is kept, above 0 and at most 1, such as 1e-5.",
        {"max": lambda: lods(keep="max")},
        lambda: [lods().max()],
    )


@case
def kinships_of_markers_without_chromosomes():
    return Case(
        lambda: scan(LMM, GENOTYPES, ids=NAMES, kinships=KINSHIPS),
        "kinships needs the chromosome of each marker, which is not known. Give chromosomes=, a "
        "label for each marker.",
        {"give": loco},
        loco,
    )


@case
def one_kinship_for_all_chromosomes():
    return Case(
        lambda: loco(KINSHIP),
        "kinships must have a Kinship for each chromosome, got one Kinship. Use "
        "sklmm.relationship.leave_one_chromosome_out, or fit lmm with this one.",
        {"use": lambda: loco(leave_one_chromosome_out(GENOTYPES, NAMES, CHROMOSOMES))},
        loco,
    )


@case
def kinships_without_chromosomes():
    pairs = iter_leave_one_chromosome_out
    return Case(
        lambda: loco(KINSHIPS.values()),
        "kinships must be a dict {chromosome: Kinship}, or give pairs (chromosome, Kinship), got "
        "Kinship. Use sklmm.relationship.iter_leave_one_chromosome_out.",
        {"use": lambda: loco(pairs(GENOTYPES, NAMES, CHROMOSOMES))},
        loco,
    )


@case
def a_chromosome_twice():
    return Case(
        lambda: loco([*KINSHIPS.items(), ("1", KINSHIPS["2"])]),
        "kinships gives chromosome '1' twice. Give each once.",
        {"give": lambda: loco(list(KINSHIPS.items()))},
        loco,
    )


@case
def a_chromosome_without_a_kinship():
    without = {name: kinship for name, kinship in KINSHIPS.items() if name != "X"}
    return Case(
        lambda: loco(without),
        "kinships has none for chromosome 'X', on which there are markers, but for ['1', '2']. "
        "Add it, or leave these markers out.",
        {
            "add": lambda: loco(without | {"X": KINSHIPS["X"]})[:8],
            "leave out": lambda: loco(
                without, genotypes=GENOTYPES[:, :8], chromosomes=CHROMOSOMES[:8]
            ),
        },
        lambda: loco()[:8],
    )


@case
def a_chromosome_in_another_spelling():
    others = {f"chr{name}": kinship for name, kinship in KINSHIPS.items()}
    return Case(
        lambda: loco(others),
        "kinships has chromosome 'chr1', which looks like '1' of the markers. Write it as they "
        "do.",
        {"write": lambda: loco({name[3:]: kinship for name, kinship in others.items()})},
        loco,
    )


@case
def no_markers_on_x():
    chromosomes = np.where(CHROMOSOMES == "X", "20", CHROMOSOMES)
    return Case(
        lambda: on_x(chromosomes=chromosomes),
        "x_chromosomes has 'X', but no marker is on it: the chromosomes are ['1', '2', '20']. "
        "Name those where x_covariates belong to the null model, by x_chromosomes=.",
        {"name": lambda: on_x(chromosomes=chromosomes, x_chromosomes=["20"])},
        on_x,
    )


@case
def covariates_of_some_rows():
    frame = pd.DataFrame({"direction": DIRECTION}, index=NAMES)
    return Case(
        lambda: on_x(DIRECTION[1:]),
        "x_covariates has 29 rows, but lmm was fitted to 30. Give a row for each, in the order of "
        "fit, or a data frame whose index has their labels.",
        {"give": on_x, "frame": lambda: on_x(frame)},
        on_x,
    )


@case
def covariates_that_are_no_numbers():
    crosses = np.array(["a", "b"])[DIRECTION // 2]
    return Case(
        lambda: on_x(crosses),
        "x_covariates must be numbers: … Write categories as columns of 0 and 1.",
        {"write": lambda: on_x(crosses == "b")},
        lambda: on_x(DIRECTION // 2),
    )


@case
def covariates_that_are_missing():
    gap = np.where(np.arange(N) == 4, np.nan, DIRECTION)
    return Case(
        lambda: on_x(gap),
        "x_covariates must be finite numbers, and row 4 of column 0 is nan. Leave out or fill in "
        "what is missing.",
        {"fill in": lambda: on_x(np.where(np.isnan(gap), DIRECTION, gap))},
        on_x,
    )


@case
def covariates_of_three_axes():
    return Case(
        lambda: on_x(DIRECTION[:, None, None]),
        "x_covariates must have two axes, got shape (30, 1, 1). Give a table with a row for each "
        "row of the fit and a column for each fixed effect.",
        {"give": lambda: on_x(DIRECTION[:, None])},
        on_x,
    )


@case
def labels_of_covariates_twice():
    frame = pd.DataFrame({"direction": DIRECTION}, index=NAMES)
    return Case(
        lambda: on_x(pd.concat([frame, frame])),
        "x_covariates has 'line00' more than once in its index. Give a row for each label.",
        {"give": lambda: on_x(pd.concat([frame, frame]).iloc[:N])},
        on_x,
    )


@case
def labels_that_covariates_lack():
    frame = pd.DataFrame({"direction": DIRECTION})
    return Case(
        lambda: on_x(frame),
        "x_covariates has no row for 'line00', to which lmm was fitted. Give a row for each label "
        "in its index, or x_covariates.to_numpy() if they are in the order of fit.",
        {"give": lambda: on_x(frame.set_axis(NAMES)), "array": lambda: on_x(frame.to_numpy())},
        on_x,
    )


@case
def an_interaction_with_what_is_no_fixed_effect():
    without = LMMRegressor(KINSHIP, sample_id=0, h=0.4).fit(WITH_AGE[:, :1], Y)
    return Case(
        lambda: lods(without, interaction=1),
        "interaction=1 must be the name or the position of a column of X that is a fixed effect: "
        "one, and lmm was fitted without any. Fit lmm with that column in X.",
        {"fit": lambda: lods(interaction=1)},
        lambda: lods(interaction=-1),
    )


FREE = LMMRegressor(KINSHIPS["1"], sample_id=0).fit(WITH_AGE, Y)
OF_FOUNDERS = np.stack([GENOTYPES / 2, 1 - GENOTYPES / 2], axis=1)


def h_of_each_marker(lmm, genotypes, **refused):
    """h="each" is refused for what has one h, which h="null" takes."""
    return {"use": lambda: lods(lmm, genotypes, h="null", **refused)}


@case
def h_of_each_marker_with_an_interaction():
    return Case(
        lambda: lods(FREE, h="each", interaction=1),
        "h='each' finds h for markers of one column, but interaction is tested. Use h='null'.",
        h_of_each_marker(FREE, GENOTYPES, interaction=1),
        lambda: lods(FREE, interaction=1),
    )


@case
def h_of_each_locus_of_founders():
    return Case(
        lambda: lods(FREE, OF_FOUNDERS, h="each"),
        "h='each' finds h for markers of one column, but founders are tested. Use h='null'.",
        h_of_each_marker(FREE, OF_FOUNDERS),
        lambda: lods(FREE),
    )


@case
def h_of_each_marker_in_a_score_test():
    return Case(
        lambda: lods(FREE, h="each", test="score"),
        "h='each' finds h for markers of one column, but score tests are made. Use h='null'.",
        h_of_each_marker(FREE, GENOTYPES, test="score"),
        lambda: lods(FREE),
    )


@case
def h_of_each_marker_beside_an_h_that_was_held():
    return Case(
        lambda: lods(h="each"),
        "h='each' maximizes the likelihood beside each marker, but lmm was fitted with h as a "
        "number. Fit it with h=None, or use h='null'.",
        {
            "fit": lambda: np.isfinite(lods(FREE, h="each")),
            "use": lambda: np.isfinite(lods(h="null")),
        },
        lambda: np.full(12, True),
    )


@case
def likelihood_ratios_of_restricted_likelihoods():
    by_ml = LMMRegressor(KINSHIPS["1"], sample_id=0, method="ml").fit(WITH_AGE, Y)
    return Case(
        lambda: lods(FREE, h="each", test="lrt"),
        "test='lrt' with h='each' compares maxima of likelihoods, but restricted likelihoods of "
        "different fixed effects cannot be compared. Fit lmm with method='ml', or use test='f'.",
        {
            "fit": lambda: np.isfinite(lods(by_ml, h="each", test="lrt")),
            "use": lambda: np.isfinite(lods(FREE, h="each", test="f")),
        },
        lambda: np.full(12, True),
    )


def with_an_exact_trait(y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v_ is 0
        lmm = LMMRegressor(KINSHIP, sample_id=0).fit(WITH_AGE, y)
    return lods(lmm=lmm, **options)


@case
def a_constant_trait():
    return Case(
        lambda: with_an_exact_trait(np.ones(N), h="each"),
        "y is an exact linear function of the fixed effects, as a constant is, and nothing is "
        "left for markers to explain. Fit lmm to a y that varies, without the fixed effect that "
        "says what y is.",
        {
            "varies": lambda: with_an_exact_trait(Y, h="each"),
            "without": lambda: (
                scan(
                    LMMRegressor(KINSHIP, sample_id=0).fit(WITH_AGE, Y),
                    GENOTYPES,
                    ids=NAMES,
                    h="each",
                ).lod
            ),
        },
        lambda: with_an_exact_trait(Y, h="each"),
    )


@case
def an_exact_trait_among_others():
    y = np.column_stack([Y, WITH_AGE[:, 1].astype(float), -Y])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v_ is 0
        lmm = LMMRegressor(KINSHIP, sample_id=0).fit(WITH_AGE, y)
    return Case(
        lambda: lods(lmm=lmm),
        "Trait 1 of 3 is an exact linear function of the fixed effects, as a constant is, and "
        "nothing is left for markers to explain. Fit lmm to the other traits: "
        "numpy.asarray(y)[:, lmm.v_ > 0].",
        {"others": lambda: with_an_exact_trait(np.asarray(y)[:, lmm.v_ > 0])},
        lambda: with_an_exact_trait(np.column_stack([Y, -Y])),
    )
