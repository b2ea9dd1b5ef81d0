"""Genotypes that are refused, whatever they come from; and other numbers, which are not."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from sklmm import Kinship, LMMRegressor
from sklmm.association import _sources, f_kinship, scan
from sklmm.association._sources import open_source
from sklmm.io import write_plink

from .crosses import make_probabilities

EVERYBODY = np.arange(70)


def read(source, rows=EVERYBODY):
    for markers in source.batches(len(rows)):
        source.block(rows, markers)


# Whose they are


def transposed(crossed):
    names = [f"rs{number}" for number in range(60)]
    of_pandas = pd.DataFrame(crossed.G.T, index=names, columns=crossed.ids)
    of_polars = pl.DataFrame(crossed.G.T, schema=crossed.ids)
    yield crossed.G.T, crossed.ids, r"genotypes\.T", lambda G: G.T
    yield of_pandas, None, r"genotypes\.T", lambda G: G.T
    yield of_pandas, crossed.ids, r"genotypes\.T", lambda G: G.T
    yield of_polars, crossed.ids, r"genotypes\.transpose\(\)", pl.DataFrame.transpose
    yield of_polars, None, r"genotypes\.transpose\(\)", pl.DataFrame.transpose
    yield crossed.G.T.tolist(), crossed.ids, r"numpy\.transpose\(genotypes\)", np.transpose


@pytest.mark.parametrize("number", range(6))
def test_transposed_genotypes(crossed, number):
    genotypes, ids, remedy, turn = list(transposed(crossed))[number]
    with pytest.raises(ValueError, match=f"genotypes is transposed, .* Use {remedy}"):
        scan(crossed.lmm, genotypes, ids=ids)
    found = scan(crossed.lmm, turn(genotypes), ids=crossed.ids)
    known = scan(crossed.lmm, crossed.G, ids=crossed.ids)
    np.testing.assert_allclose(found.beta, known.beta, rtol=1e-12)


def test_transposed_genotypes_without_labels(crossed):
    lmm = LMMRegressor(crossed.K).fit(np.empty((70, 0)), crossed.G[:, 0] * 1.5)
    with pytest.raises(ValueError, match=r"genotypes is transposed, .* Use genotypes\.T"):
        scan(lmm, crossed.G.T)


@pytest.mark.parametrize("known", ["names", "chromosomes", "positions"])
@pytest.mark.parametrize("turn", [np.array, np.ndarray.tolist, pd.DataFrame, pl.DataFrame])
def test_transposed_genotypes_beside_what_is_known_of_markers(crossed, known, turn):
    """With ids and without, names by position; a Series of more markers is joined by name."""
    given = {known: np.arange(60)}
    for ids in (crossed.ids, None):
        with pytest.raises(ValueError, match=r"genotypes is transposed, .*\. Use .*(transpose|T)"):
            scan(crossed.lmm, turn(crossed.G.T), ids=ids, **given)
    scan(crossed.lmm, turn(crossed.G), ids=crossed.ids, **given)
    if known != "names":
        more = pd.Series(np.arange(70), index=[f"rs{number}" for number in range(70)])
        result = scan(
            crossed.lmm, crossed.G, ids=crossed.ids, names=crossed.names, **{known: more}
        )
        assert getattr(result, known).tolist() == list(range(60))


@pytest.mark.parametrize("axes", [(2, 1, 0), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
def test_probabilities_with_samples_in_another_axis(crossed, axes):
    probabilities = make_probabilities(np.random.default_rng(0), 70, 4, 9)
    turned = np.transpose(probabilities, axes)
    back = tuple(int(axis) for axis in np.argsort(axes))
    message = f"got {turned.shape} for 70 ids. Use numpy.transpose(genotypes, {back})."
    with pytest.raises(ValueError, match=re.escape(message)):
        scan(crossed.lmm, turned, ids=crossed.ids)
    known = scan(crossed.lmm, probabilities, ids=crossed.ids)
    found = scan(crossed.lmm, np.transpose(turned, back), ids=crossed.ids)
    np.testing.assert_array_equal(found.lod, known.lod)


@pytest.mark.parametrize("kind", [np.array, pd.DataFrame])
def test_ids_that_are_repeated(crossed, kind):
    ids = [*crossed.ids[:-1], crossed.ids[0]]
    with pytest.raises(
        ValueError, match=r"ids must be unique, .* label of rows 0 and 69\. Keep one"
    ):
        scan(crossed.lmm, kind(crossed.G), ids=ids)
    with pytest.raises(
        ValueError, match=r"ids must be unique, .* label of rows 0 and 69\. Keep one"
    ):
        scan(crossed.lmm, pd.DataFrame(crossed.G, index=ids))


def test_too_few_ids(crossed):
    with pytest.raises(ValueError, match="one label for each of the 70 rows of genotypes, got 69"):
        scan(crossed.lmm, crossed.G, ids=crossed.ids[:-1])


def test_ids_of_another_type(crossed):
    numbers = [int(label[1:]) for label in crossed.ids]
    lmm = LMMRegressor(Kinship(crossed.K, numbers), sample_id=0)
    lmm.fit(np.array(numbers)[crossed.rows, None], crossed.y)
    with pytest.raises(
        ValueError, match=r"of type int, and the genotypes have '.*' of type str: convert one"
    ):
        scan(lmm, crossed.G, ids=list(map(str, numbers)))
    found = scan(lmm, crossed.G, ids=list(map(int, map(str, numbers))))
    np.testing.assert_allclose(found.beta, scan(crossed.lmm, crossed.G, ids=crossed.ids).beta)


def test_ids_of_others(crossed):
    others = [f"x{number}" for number in range(70)]
    with pytest.raises(
        ValueError, match="have none of those of the fit, and seem to be of others"
    ):
        scan(crossed.lmm, crossed.G, ids=others)


def test_ids_and_an_index_in_another_order(crossed):
    frame = pd.DataFrame(crossed.G, index=crossed.ids)
    with pytest.raises(ValueError, match="ids and the index of genotypes differ"):
        scan(crossed.lmm, frame, ids=crossed.ids[::-1])


@pytest.mark.parametrize("change", [LMMRegressor.compact, lambda lmm: LMMRegressor()])
def test_models_that_cannot_be_asked(crossed, change):
    lmm = change(crossed.lmm)
    error, message = (
        (ValueError, r"A scan needs .* compact\(\) keeps. Fit with store_reduction=True")
        if hasattr(lmm, "h_")
        else (NotFittedError, "not fitted")
    )
    with pytest.raises(error, match=message):
        scan(lmm, crossed.G, ids=crossed.ids)


def test_individuals_of_a_bed_file_with_one_id(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    pairs = [("f1", label) for label in crossed.ids]
    pairs[1] = ("f2", pairs[0][1])
    write_plink(tmp_path / "cows", crossed.G, pairs, feature_names=crossed.names)
    with pytest.raises(ValueError, match="two individuals of different families, make pairs"):
        scan(crossed.lmm, tmp_path / "cows")


# What is no table of numbers


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda G: G.astype(str), "genotypes must be numbers, got an array of dtype"),
        (lambda G: G.astype(complex), "genotypes must be numbers"),
        (lambda G: pd.DataFrame(G).assign(name="a"), r"genotypes\[0, 60\] is 'a'.*Leave out"),
        (lambda G: pl.DataFrame(G).with_columns(name=pl.lit("a")), r"genotypes\[0, 60\] is 'a'"),
        (lambda G: pd.DataFrame(G).assign(FID=1, IID=2), "columns that are no markers: 'FID'"),
        (lambda G: pl.DataFrame(G).lazy(), r"LazyFrame, which holds no values yet.*collect\(\)"),
        (lambda G: G[0], "a row for each sample and a column for each marker"),
        (lambda G: G[:, :0], "a row for each sample and a column for each marker"),
        (lambda G: G[None, None], "a row for each sample and a column for each marker"),
        (lambda G: {"a": G[0]}, "genotypes is a dict and no table"),
    ],
)
def test_what_is_no_table(crossed, change, message):
    with pytest.raises((TypeError, ValueError), match=message):
        scan(crossed.lmm, change(crossed.G), ids=crossed.ids)


def test_sparse_genotypes(crossed):
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"use genotypes\.toarray\(\)"):
        scan(crossed.lmm, csr_array(crossed.G), ids=crossed.ids)


def test_pairs_of_alleles(crossed):
    rng = np.random.default_rng(0)
    alleles = rng.integers(1, 3, (70, 60))
    alleles.reshape(70, 30, 2)[rng.random((70, 30)) < 0.1] = 0
    with pytest.raises(ValueError, match=r"two columns of alleles, .* as in a \.ped file"):
        scan(crossed.lmm, alleles, ids=crossed.ids)


# What they hold


@pytest.mark.parametrize("missing", ["raise", "mean", "drop"])
@pytest.mark.parametrize(
    ("dtype", "code"),
    [
        (np.int8, -9), (np.int8, 9), (np.int64, -1), (np.uint8, 255), (np.int16, -99),
        (float, -9), (np.float32, -127), (np.float16, 9), (float, -1),
    ],
)  # fmt: skip
def test_codes_of_missing_genotypes(crossed, monkeypatch, dtype, code, missing):
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 700)
    G = crossed.G.astype(dtype)
    G[5, 33] = code
    source = open_source(G, crossed.ids, names=crossed.names, missing=missing)
    place = f"{code} for '{crossed.ids[5]}' at marker 'rs33', as if it stood for a missing"
    with pytest.raises(ValueError, match=f"genotypes has {place}"):
        read(source)
    read(source, np.delete(EVERYBODY, 5))


def test_codes_beside_dosages(crossed):
    dosages = np.clip(crossed.G + np.random.default_rng(0).uniform(-0.2, 0.2, (70, 60)), 0, 2)
    read(open_source(dosages))
    dosages[9, 4] = -9
    with pytest.raises(ValueError, match="genotypes has -9 for row 9 at marker 4"):
        read(open_source(dosages))


@pytest.mark.parametrize("dtype", [np.int8, float])
def test_3_without_the_others_of_a_triploid(crossed, dtype):
    alleles = (crossed.G > 0).astype(dtype)
    read(open_source(alleles))
    alleles[9, 4] = 3
    with pytest.raises(ValueError, match="genotypes has 3 for row 9 at marker 4"):
        read(open_source(alleles))
    read(open_source(crossed.G.astype(dtype) + alleles // 3))


def test_codes_beside_columns_of_other_numbers(crossed):
    G = np.column_stack([crossed.G.astype(float), np.random.default_rng(0).normal(50, 9, 70)])
    read(open_source(G))
    G[9, 4] = -9
    with pytest.raises(ValueError, match="genotypes has -9 for row 9 at marker 4"):
        read(open_source(G))


def test_a_marker_that_is_missing_everywhere_but_by_its_code(crossed, monkeypatch):
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 700)
    G = crossed.G.copy()
    G[:, 33] = 9
    with pytest.raises(ValueError, match="genotypes has 9 for row 0 at marker 33"):
        read(open_source(G))


def others():
    rng = np.random.default_rng(1)
    yield "expression", rng.standard_normal((70, 60))
    yield "logarithms", rng.normal(8, 3, (70, 60))
    yield "counts of reads", rng.negative_binomial(2, 0.02, (70, 60))
    yield "methylation", rng.beta(2, 5, (70, 60))
    yield "methylation in percent", 100 * rng.beta(2, 5, (70, 60))
    yield "centered counts", rng.integers(-1, 2, (70, 60)).astype(np.int8)
    yield "tetraploids", rng.integers(0, 5, (70, 60)).astype(np.int8)
    yield "presence", rng.random((70, 60)) < 0.5
    yield "float32", rng.standard_normal((70, 60)).astype(np.float32)
    standardized = rng.integers(0, 3, (70, 60)) - 1.0
    yield "standardized", (standardized - standardized.mean(axis=0)) / standardized.std(axis=0)


@pytest.mark.parametrize(("name", "numbers"), list(others()))
def test_other_numbers_are_no_codes(crossed, monkeypatch, name, numbers):
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 700)
    found = scan(crossed.lmm, numbers, ids=crossed.ids)
    shifted = scan(crossed.lmm, numbers.astype(float) + 0.123, ids=crossed.ids)
    np.testing.assert_allclose(found.neg_log10_pvalue, shifted.neg_log10_pvalue, rtol=1e-6)


def test_a_rare_count_of_a_polyploid_in_a_late_block(monkeypatch):
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 70)
    G = np.random.default_rng(0).integers(0, 5, (70, 6)).astype(np.int8)
    G[:, 5] = [0, 1] * 34 + [0, 4]
    read(open_source(G))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [float, np.float32, np.float16])
def test_infinite_genotypes(crossed, value, dtype):
    G = crossed.G.astype(dtype)
    G[5, 33] = value
    with pytest.raises(ValueError, match=f"genotypes has {value} for row 5 at marker 33"):
        read(open_source(G, missing="mean"))


@pytest.mark.parametrize(("dtype", "value"), [(np.int8, -127), (np.int64, -127), (float, np.nan)])
def test_missing_genotypes_are_refused_by_default(crossed, dtype, value):
    G = crossed.G.astype(dtype)
    G[5, 33] = value
    with pytest.raises(
        ValueError, match=r"genotypes has no value for row 5 at marker 33\. Use miss"
    ):
        read(open_source(G))


def test_missing_genotypes_in_a_bed_file(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    G = crossed.G.copy()
    G[crossed.rows[0], 33] = -127
    write_plink(tmp_path / "cows", G, crossed.ids, feature_names=crossed.names)
    label = crossed.ids[crossed.rows[0]]
    with pytest.raises(ValueError, match=f"no value for '{label}' at marker 'rs33'"):
        scan(crossed.lmm, tmp_path / "cows")
    found = scan(crossed.lmm, tmp_path / "cows", missing="drop")
    assert found.n_samples[33] == found.n_samples[0] - np.count_nonzero(
        crossed.rows == crossed.rows[0]
    )


# Founders


def test_founders_that_are_no_probabilities(crossed):
    P = np.random.default_rng(2).dirichlet(np.ones(4), size=(70, 12)).transpose(0, 2, 1)
    source = open_source(P, crossed.ids, names=[f"L{number}" for number in range(12)])
    read(source)
    P[5, :, 7] = [0.5, -0.1, 0.3, 0.3]
    with pytest.raises(ValueError, match=f"negative .* of '{crossed.ids[5]}' at locus 'L7'"):
        read(source)
    P[5, :, 7] = [0.5, 0.1, 0.3, 0.0997]
    with pytest.raises(ValueError, match=f"of '{crossed.ids[5]}' at locus 'L7' .* up to 0.9997"):
        read(source)
    P[5, 1, 7] = np.nan
    with pytest.raises(ValueError, match=f"no value for '{crossed.ids[5]}' at locus 'L7'"):
        read(source)


def test_too_many_ids_of_founders(crossed):
    P = np.full((70, 4, 12), 0.25)
    with pytest.raises(ValueError, match="one label for each of the 70 rows of genotypes, got 60"):
        open_source(P, crossed.ids[:60])


@pytest.mark.parametrize("missing", ["raise", "mean", "drop"])
def test_codes_beside_the_kinship_of_a_score_function(crossed, missing):
    """In any column, of a table with more columns than rows, too."""
    y = np.random.default_rng(2).standard_normal(70)
    for n in (10, 70):
        coded = crossed.G[:n].copy()
        coded[4, -1] = -9
        with pytest.raises(ValueError, match=r"^X has -9 for row 4 at column 59, as if it stood"):
            f_kinship(coded, y[:n], kinship=crossed.K[:n, :n], missing=missing)
