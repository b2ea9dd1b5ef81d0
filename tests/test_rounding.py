"""No warning of negative eigenvalues that the digits of a file have made."""

import warnings

import numpy as np
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.io import read_csv, read_grm, write_csv, write_grm
from sklmm.relationship import vanraden, weighted_sum


def genomic(n, m, seed):
    rng = np.random.default_rng(seed)
    ids = [f"i{number}" for number in range(n)]
    return vanraden(rng.binomial(2, rng.uniform(0.05, 0.95, m), (n, m)), ids)


def fit(kinship, **parameters):
    y = np.random.default_rng(0).standard_normal(len(kinship))
    return LMMRegressor(kinship, sample_id=0, **parameters).fit(kinship.ids[:, None], y)


ROUNDED = {
    "float32": lambda K: K.astype(np.float32),
    "float32 as float64": lambda K: K.astype(np.float32).astype(float),
    "six decimals": lambda K: np.round(K, 6),
    "four decimals": lambda K: np.round(K, 4),
    "six digits": lambda K: np.vectorize(lambda value: float(f"{value:.6g}"))(K),
    "six decimals of a small matrix": lambda K: np.round(K / 100, 6),
    "six decimals, scaled": lambda K: np.round(K, 6) * 1.7,
}


@pytest.mark.parametrize("how", ROUNDED)
@pytest.mark.parametrize(("n", "m"), [(30, 500), (150, 60), (150, 1000)])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_rounded_matrices_fit_without_a_warning(how, n, m, solver):
    kinship = genomic(n, m, seed=n + m)
    rounded = Kinship(ROUNDED[how](kinship.matrix), kinship.ids)
    scale = rounded.matrix.trace() / kinship.matrix.trace()
    found, expected = fit(rounded, solver=solver), fit(kinship, solver=solver)
    assert found.log_likelihood_ == pytest.approx(expected.log_likelihood_, abs=0.02)
    pve = scale * found.h_ / (1 - found.h_ + scale * found.h_)
    assert pve == pytest.approx(expected.h_, abs=0.02)


def test_files_fit_without_a_warning(tmp_path):
    kinship = genomic(120, 80, seed=0)
    write_grm(tmp_path / "k", kinship, n_markers=80)
    read = read_grm(tmp_path / "k")
    write_csv(tmp_path / "k.csv", Kinship(np.round(kinship.matrix, 5), kinship.ids))
    for found in (
        read,
        read.normalized(),
        weighted_sum([read, read]),
        read_csv(tmp_path / "k.csv"),
    ):
        fit(found)


@pytest.mark.parametrize("size", [1e-3, 0.1])
@pytest.mark.parametrize("digits", [4, 6, 16])
def test_what_is_no_rounding_is_said_and_can_be_repaired(size, digits):
    kinship = genomic(100, 60, seed=1)
    rng = np.random.default_rng(2)
    E = rng.standard_normal(kinship.matrix.shape) * size
    indefinite = Kinship(np.round(kinship.matrix + E + E.T, digits), kinship.ids)
    with pytest.warns(UserWarning, match="is not positive semi-definite") as caught:
        fit(indefinite)
    text = str(caught[0].message)
    added = float(text.split("add ")[1].split(" to its diagonal")[0])
    repaired = Kinship(indefinite.matrix + added * np.eye(100), kinship.ids)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(repaired)


def test_small_exact_matrices_are_indefinite():
    with pytest.warns(UserWarning, match="is not positive semi-definite"):
        fit(Kinship([[1.0, 1.1, 0.2], [1.1, 1.0, 0.3], [0.2, 0.3, 1.0]], ["a", "b", "c"]))
