"""Markers as columns: copies, ranks, and what fixed effects leave of them."""

import numpy as np
import pytest

from sklmm._variance.association.complete_cases import lost_rank, patterns
from sklmm._variance.association.distinct import distinct_columns
from sklmm._variance.association.null_model import free_columns
from sklmm._variance.association.several import Spectra
from sklmm._variance.linalg.fingerprints import GOLDEN_RATIO


def test_copies_are_found_and_nothing_else():
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 3, (20, 30)).astype(float)
    which = rng.integers(0, 30, 100)
    G = np.asfortranarray(kinds[:, which])
    G[3, ::10] = np.nan
    distinct, place = distinct_columns(G)
    np.testing.assert_array_equal(G[:, distinct][:, place], G)
    for marker, g in enumerate(G.T):
        copies = np.flatnonzero((g == G.T).all(axis=1))
        assert distinct[place[marker]] == (copies[0] if copies.size else marker)


def test_the_same_fingerprint_does_not_make_columns_the_same():
    G = np.zeros((3, 40), order="F")
    weights = 0.5, 0.5 + GOLDEN_RATIO % 1
    G[0, ::2], G[1, 1::2] = weights[1] / weights[0], 1
    distinct, place = distinct_columns(G)
    np.testing.assert_array_equal(G[:, distinct][:, place], G)


def test_without_copies_there_is_nothing_to_gain():
    assert distinct_columns(np.asfortranarray(np.random.default_rng(0).random((9, 50)))) is None


def test_markers_that_are_missing_in_the_same_rows():
    is_missing = np.zeros((19, 6), dtype=bool)
    is_missing[[1, 17], 2] = is_missing[[1, 17], 5] = is_missing[18, 0] = True
    found = {tuple(markers): tuple(rows) for rows, markers in patterns(is_missing)}
    assert found == {(2, 5): (1, 17), (0,): (18,)}


def test_the_rank_that_rows_take_with_them():
    X = np.column_stack([np.ones(8), np.arange(8) < 2, np.arange(8) < 1])
    basis, _ = np.linalg.qr(X)
    for rows, lost in (([7], 0), ([0], 1), ([1], 1), ([0, 1], 2), ([2, 3, 4, 5, 6, 7], 1)):
        kept = np.setdiff1d(np.arange(8), rows)
        assert lost == 3 - np.linalg.matrix_rank(X[kept])
        assert lost_rank(basis, np.array(rows)) == lost


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0])
def test_what_is_nearly_a_fixed_effect_is_freed_of_them(size):
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(np.column_stack([np.ones(30), rng.random((30, 2))]))
    own = rng.standard_normal(30)
    own -= basis @ (basis.T @ own)
    G = np.asfortranarray(np.column_stack([basis @ [5, 1, 2] + size * own, basis @ [0, 3, 4]]))
    is_collinear = free_columns(np.asfortranarray(basis), G)
    np.testing.assert_array_equal(is_collinear, [False, True])
    assert not G[:, 1].any()
    left = G[:, 0] - basis @ (basis.T @ G[:, 0])
    np.testing.assert_allclose(left, size * own, atol=1e-13)


def test_systems_of_any_rank():
    """The solution of the smallest norm is that of the pseudoinverse, in units of the columns."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((30, 4, 5))
    A[:, 3] = A[:, :3].sum(axis=1) * 0.5
    A[10:20, 2] = 0
    A[20:, 0] = -A[20:, 1]
    gPg, gPy = A @ A.swapaxes(1, 2), (A @ rng.standard_normal((30, 5, 1)))[:, :, 0]
    spectra = Spectra.of(gPg, np.einsum("mkk->mk", gPg))
    np.testing.assert_array_equal(spectra.rank, np.linalg.matrix_rank(gPg, tol=1e-9))
    expected = (np.linalg.pinv(gPg, rcond=1e-10) @ gPy[:, :, None])[:, :, 0]
    found = (spectra.without_null @ spectra.inverse @ gPy[:, :, None])[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)
