"""Rows and columns of totals and means in a matrix of relationships."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship
from sklmm.io import read_csv, write_csv
from sklmm.relationship import centered, gaussian, ibs, numerator, vanraden, vanraden2

rng = np.random.default_rng(2)
M = rng.binomial(2, rng.uniform(0.1, 0.9, 80), (12, 80))
NAMES = [f"m{row}" for row in range(12)]
K = vanraden(M, NAMES).matrix


def told(path, frame, separator=","):
    frame.to_csv(path, sep=separator, index_label="id")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kinship = read_csv(path, separator=separator)
    return kinship, "".join(str(warning.message) for warning in caught)


def with_summary(K, summary, names=None, label="Grand Total", digits=None, first=False):
    """What a pivot table makes of a matrix."""
    names = names or [f"m{row}" for row in range(len(K))]
    frame = pd.DataFrame(K, names, names)
    frame[label] = summary(K, axis=0)
    frame.loc[label] = summary(frame, axis=0)
    frame = (frame + frame.T) / 2  # which rounding needs
    frame = frame if digits is None else frame.round(digits)
    order = [label, *names] if first else [*names, label]
    return frame.loc[order, order]


@pytest.mark.parametrize("n", [3, 4, 12])
@pytest.mark.parametrize("kind", ["total", "mean"])
@pytest.mark.parametrize("label", ["Grand Total", "All", "m12", "合計"])
@pytest.mark.parametrize("first", [False, True])
def test_summaries_of_all_others(tmp_path, n, kind, label, first):
    uncentered = M[:n] @ M[:n].T / 80
    summary = {"total": np.sum, "mean": np.mean}[kind]
    frame = with_summary(uncentered, summary, NAMES[:n], label, first=first)
    found, message = told(tmp_path / "k.csv", frame)
    assert f"k.csv: {label!r} seems to be the {kind} of all others, and no individual." in message
    remedy = re.search(r"Leave it out: (.*)\.$", message)[1]
    without = eval(remedy, {"kinship": found})
    assert list(without.ids) == NAMES[:n]
    np.testing.assert_allclose(without.matrix, uncentered, rtol=1e-12)


@pytest.mark.parametrize("digits", [2, 4, 8])
@pytest.mark.parametrize("matrix", [M @ M.T / 80, ibs(M, NAMES).matrix, gaussian(M, NAMES).matrix])
def test_means_that_are_rounded(tmp_path, digits, matrix):
    _, message = told(tmp_path / "k.csv", with_summary(matrix, np.mean, NAMES, digits=digits))
    assert "'Grand Total' seems to be the mean of all others" in message


def test_a_total_of_two(tmp_path):
    """Three are few: a label that is unlike the others tells a total from a hybrid."""
    matrix = np.array([[1, 0.5], [0.5, 1]])
    assert told(tmp_path / "k.csv", with_summary(matrix, np.sum, ["a", "b"]))[1]
    assert not told(tmp_path / "k.csv", with_summary(matrix, np.sum, ["a", "b"], "ab"))[1]
    assert not told(tmp_path / "k.csv", with_summary(matrix, np.mean, ["a", "b"]))[1]


def of_a_hybrid():
    """Alleles of two inbred lines and their hybrid, whose genotypes are their mean."""
    lines = 2 * rng.integers(0, 2, (2, 50))
    return vanraden(np.vstack([lines, lines.mean(axis=0)]), ["B73", "Mo17", "F1"]).matrix


def of_a_pedigree():
    ids, father, mother = list("abcde"), [None, None, "a", "a", "c"], [None, None, *"bbd"]
    return numerator(ids, father, mother).matrix


HONEST = {
    **{f.__name__: f(M, NAMES).matrix for f in (vanraden, vanraden2, centered, ibs, gaussian)},
    "rounded": K.round(1),
    "whole": K.round(),
    "identity": np.eye(12),
    "clones": np.ones((6, 6)),
    "groups of clones": np.kron(np.eye(3), np.ones((2, 2))),
    "one and a group of clones": np.kron(np.diag([1.0, 0.0]), np.ones((3, 3))) + np.eye(6),
    "half sibs": 0.75 * np.eye(12) + 0.25,
    "negative": 12 / 11 * np.eye(12) - 1 / 11,
    "pedigree": of_a_pedigree(),
    "hybrid": of_a_hybrid(),
    "one of the others is at the center": np.pad(np.eye(5) - 0.2, (0, 1)),
    "two": np.array([[1.0, 1.0], [1.0, 1.0]]),
    "one": np.ones((1, 1)),
}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("last", ["m99", "Total"])
def test_matrices_of_individuals(tmp_path, name, last):
    matrix = HONEST[name]
    names = [*(f"m{row}" for row in range(len(matrix) - 1)), last]
    assert not told(tmp_path / "k.csv", pd.DataFrame(matrix, names, names))[1]


def test_many_matrices_of_few_individuals(tmp_path):
    rng = np.random.default_rng(8)
    for _ in range(100):
        n, digits = rng.integers(2, 7), rng.integers(0, 4)
        genotypes = rng.binomial(2, 0.5, (n, 12))
        matrix = np.round(genotypes @ genotypes.T / 12, digits)
        names = list("abcdefg"[:n])
        write_csv(tmp_path / "k.csv", Kinship(matrix, names))
        assert list(read_csv(tmp_path / "k.csv").ids) == names
