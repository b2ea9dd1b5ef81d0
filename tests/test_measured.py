"""Individuals of whom nothing, or little, is known."""

import warnings

import numpy as np
import pandas as pd
import pytest

from sklmm import LMMRegressor
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import (
    centered,
    dominance,
    gaussian,
    leave_one_chromosome_out,
    standardized,
    vanraden,
    vanraden2,
)

N, M = 20, 60
IDS = [f"i{row}" for row in range(N)]
CHROMOSOMES = np.repeat(["1", "2", "X"], [10, 25, 25])
FUNCTIONS = [vanraden, vanraden2, centered, standardized, dominance, gaussian]


def without_chromosomes(genotypes, ids, missing):
    return leave_one_chromosome_out(genotypes, ids, CHROMOSOMES, missing=missing)


def draw(seed=0):
    counts = np.random.default_rng(seed).binomial(2, 0.5, (N, M)).astype(float)
    counts[:3] = [[0], [1], [2]]
    return counts


def as_int8(counts):
    return np.where(np.isnan(counts), -127, counts).astype(np.int8)


@pytest.mark.parametrize("function", [*FUNCTIONS, without_chromosomes])
@pytest.mark.parametrize("as_type", [np.asarray, as_int8])
def test_nobody_without_genotypes(function, as_type):
    counts = draw()
    counts[7] = np.nan
    message = r"The individual 'i7' in row 7 of genotypes has no measured genotype at the markers"
    with pytest.raises(
        ValueError, match=f"{message} that vary.* Leave it out of genotypes and ids"
    ):
        function(as_type(counts), IDS, missing="mean")
    others = np.arange(N) != 7
    function(as_type(counts[others]), np.array(IDS)[others], missing="mean")
    counts[[4, 11]] = np.nan
    with pytest.raises(
        ValueError, match=r"The individual 'i4' in row 4 of genotypes \(and 2 more\)"
    ):
        function(as_type(counts), IDS, missing="mean")


@pytest.mark.parametrize("function", [vanraden, centered, dominance, gaussian])
def test_nobody_with_markers_alone_that_do_not_vary(function):
    counts = draw()
    counts[:, :10] = 2
    counts[7, 10:] = np.nan
    with pytest.raises(
        ValueError, match=r"individual 'i7' .* no measured genotype at the markers"
    ):
        function(counts, IDS, missing="mean")
    counts[0, 3] = 1
    with pytest.warns(
        UserWarning, match="individual 'i7' .* measured at 1 of 51 markers that vary"
    ):
        function(counts, IDS, missing="mean")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_warning_of_few_genotypes(function):
    counts = draw()
    counts[7, 6:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(counts, IDS, missing="mean")
    counts[7, 5:] = counts[11, 4:] = np.nan
    message = (
        r"The individual 'i11' in row 11 of genotypes is measured at 4 of 60 markers that vary "
        r"\(and 1 more at few\)\. Its relationships shrink to 0"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        function(counts, IDS, missing="mean")
    assert [warning.filename for warning in caught] == [__file__]


def test_nobody_without_genotypes_on_the_chromosomes_that_are_left():
    counts = draw()
    counts[7, CHROMOSOMES != "2"] = np.nan
    message = (
        r"individual 'i7' .* at the markers that vary outside of chromosome '2': nothing is known"
    )
    with pytest.raises(ValueError, match=message):
        without_chromosomes(counts, IDS, "mean")
    vanraden(counts, IDS, missing="mean")
    counts[7, 59] = 1
    with pytest.warns(
        UserWarning, match=r"measured at 1 of 35 .* outside of chromosome"
    ) as caught:
        without_chromosomes(counts, IDS, "mean")
    assert [warning.filename for warning in caught] == [__file__]


def test_known_individuals_are_as_they_were():
    """Everybody is measured somewhere: the same as with means in the places of missing ones."""
    counts = draw()
    counts[np.random.default_rng(3).uniform(size=counts.shape) < 0.5] = np.nan
    filled = np.where(np.isnan(counts), np.nanmean(counts, axis=0), counts)
    for function in (vanraden, centered, gaussian):
        expected = function(filled, IDS).matrix
        for X in (counts, as_int8(counts)):
            np.testing.assert_allclose(
                function(X, IDS, missing="mean").matrix, expected, atol=1e-12
            )


METHODS = ["centered", "vanraden", "vanraden2", "standardized"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("as_type", [np.asarray, as_int8])
def test_no_row_without_genotypes(method, as_type):
    counts, scaler = draw(), GenotypeScaler(method)
    fitted = GenotypeScaler(method).fit(counts)
    counts[7] = np.nan
    message = r"Row 7 of X has no measured genotype at the markers that vary.* Leave it out"
    with pytest.raises(ValueError, match=message):
        scaler.fit(as_type(counts))
    with pytest.raises(ValueError, match=message):
        fitted.transform(as_type(counts))
    with pytest.raises(ValueError, match=r"Row 0 of X has no measured"):
        fitted.transform(as_type(counts[[7]]))
    frame = pd.DataFrame(as_type(counts), index=IDS)
    with pytest.raises(ValueError, match=r"Row 7 of X \('i7'\) has no measured"):
        scaler.fit(frame)
    scaler.fit(frame.drop(index="i7")).transform(frame.drop(index="i7"))


@pytest.mark.parametrize("method", METHODS)
def test_new_rows_with_markers_alone_that_did_not_vary(method):
    counts = draw()
    counts[:, :10] = 2
    scaler = GenotypeScaler(method).fit(counts)
    new = np.full((1, M), np.nan)
    new[:, :10] = 2
    with pytest.raises(ValueError, match="Row 0 of X has no measured genotype at the markers"):
        scaler.transform(new)
    new[:, 4] = 0
    if np.isinf(scaler.scale_).any():
        with pytest.raises(ValueError, match="Row 0 of X has no measured genotype"):
            scaler.transform(new)
    else:
        with pytest.warns(UserWarning, match="Row 0 of X is measured at 1 of 50"):
            assert scaler.transform(new).any()


def test_nothing_varies_and_nothing_is_missing():
    X = np.ones((4, 3))
    np.testing.assert_array_equal(GenotypeScaler().fit(X).transform(X), 0)
    X[1, 1:] = np.nan
    np.testing.assert_array_equal(GenotypeScaler().fit(X).transform(X), 0)
    X[1] = np.nan
    with pytest.raises(ValueError, match="Row 1 of X has no measured genotype"):
        GenotypeScaler().fit(X)


def test_a_warning_of_rows_with_few_genotypes():
    counts = draw()
    counts[7, 5:] = np.nan
    scaler = GenotypeScaler()
    with pytest.warns(UserWarning, match="Row 7 of X is measured at 5 of 60") as caught:
        scaler.fit_transform(counts)
    assert len(caught) == 1


def test_the_filter_takes_everybody():
    """And what comes after it has the last word."""
    counts = draw()
    counts[7] = np.nan
    marker_filter = MarkerFilter(max_missing=0.2).fit(counts)
    kept = marker_filter.transform(counts)
    assert np.isnan(kept[7]).all()
    with pytest.raises(ValueError, match="Row 7 of X has no measured genotype"):
        GenotypeScaler().fit(kept)


def test_a_looser_filter_is_a_remedy():
    counts = draw()
    counts[8:, :10] = np.nan
    counts[7, 10:] = np.nan
    strict = MarkerFilter(max_missing=0.5).fit_transform(counts)
    with pytest.raises(
        ValueError, match="or filter the markers less strictly, as by MarkerFilter"
    ):
        GenotypeScaler().fit(strict)
    loose = MarkerFilter(max_missing=0.7).fit_transform(counts)
    assert GenotypeScaler().fit_transform(loose)[7].any()


def test_predictions_of_the_unknown_are_uncertain():
    """What the matrices refuse: K_ii = 0 made the unknown the most certain of all."""
    counts = draw()
    kinship = vanraden(counts[:-1], IDS[:-1])
    y = np.random.default_rng(0).standard_normal(N - 1)
    lmm = LMMRegressor(kinship, sample_id=0, h=0.5).fit([[label] for label in IDS[:-1]], y)
    counts[-1] = np.nan
    with pytest.raises(ValueError, match="The individual 'i19'"):
        vanraden(counts, IDS, missing="mean")
    with pytest.raises(ValueError, match="has a label that the kinship lacks"):
        lmm.predict([["i19"]], return_std=True)


METHOD = GenotypeScaler("vanraden2")
HALVED = {
    "vanraden2": (lambda X: vanraden2(X, range(len(X)), missing="mean").matrix, "genotypes"),
    "dominance": (lambda X: dominance(X, range(len(X)), missing="mean").matrix, "genotypes"),
    "method": (lambda X: METHOD.fit_transform(X), "X"),
    "filter": (lambda X: MarkerFilter(min_maf=0.1).fit(X).get_support(), "X"),
}


def draw_lines(n=40, m=60):
    p = np.random.default_rng(2).uniform(0.05, 0.6, m)
    lines = np.random.default_rng(3).binomial(1, p, (n, m)).astype(np.int8)
    lines[:2] = [[0], [1]]
    return lines


@pytest.mark.parametrize("name", HALVED)
@pytest.mark.parametrize("shape", [(40, 60), (20, 20)])
def test_a_warning_of_single_copies(name, shape):
    function, argument = HALVED[name]
    X = draw_lines(*shape)
    message = rf"{argument} has no genotype above 1, .* use 2 \* {argument}\."
    with pytest.warns(UserWarning, match=message) as caught:
        function(X)
    assert len(caught) == 1
    assert caught[0].filename == __file__ or name == "method"
    p = X.mean(axis=0)
    scale = np.sqrt(2 * p * (1 - p))
    Z = (2 * X - 2 * p) / scale
    W = np.where(X == 1, -2 * (1 - p) ** 2, -2 * p**2)
    expected = {
        "vanraden2": Z @ Z.T / len(p),
        "dominance": W @ W.T / np.sum((2 * p * (1 - p)) ** 2),
        "method": Z / np.sqrt(len(p)),
        "filter": np.minimum(p, 1 - p) >= 0.1,
    }
    np.testing.assert_allclose(function(2 * X), expected[name], atol=1e-12)


@pytest.mark.parametrize("name", HALVED)
def test_the_remedy_for_single_copies_where_some_are_missing(name):
    function, argument = HALVED[name]
    X = draw_lines()
    X[4, 5] = X[6, 7] = -127
    message = rf"use numpy\.where\({argument} == -127, -127, 2 \* {argument}\)\."
    with pytest.warns(UserWarning, match=message):
        function(X)
    as_floats = np.where(X == -127, np.nan, X)
    with pytest.warns(UserWarning, match=rf"use 2 \* {argument}\."):
        function(as_floats)
    found = function(np.where(X == -127, -127, 2 * X))
    np.testing.assert_allclose(found, function(2 * as_floats), atol=1e-12)


@pytest.mark.parametrize("name", HALVED)
def test_what_is_no_single_copy(name):
    function, _ = HALVED[name]
    rare = (np.random.default_rng(3).uniform(size=(40, 60)) < 0.03).astype(np.int8)
    rare[np.arange(60) % 40, np.arange(60)] = 1
    if name != "filter":
        function(rare)
    function(draw())
    function(draw_lines(19, 60))
    function(draw_lines(60, 19))
    function(np.where(np.arange(40)[:, None] == 3, 2, draw_lines()))


def test_single_copies_change_nothing_but_the_scale():
    X = draw_lines()
    for single in (vanraden, centered, standardized, gaussian):
        one, two = (single(counts, range(40)).matrix for counts in (X, 2 * X))
        np.testing.assert_allclose(one / one[0, 0], two / two[0, 0], atol=1e-12)
    for method in ("vanraden", "centered", "standardized"):
        GenotypeScaler(method).fit_transform(X)
    MarkerFilter(max_missing=0.5).fit(X)
