"""What is looked at before a fit: noise in kernels, symmetry, masks and files that change."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import (
    RBF,
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    Exponentiation,
    WhiteKernel,
)

from sklmm import Kinship, LMMRegressor
from sklmm._samples.choose import OF_A_KERNEL
from sklmm.inference import prediction_errors

N = 30
rng = np.random.default_rng(1)
A = rng.standard_normal((N, 2 * N))
K = A @ A.T / (2 * N)
X = np.arange(N)[:, None]
Y = A @ rng.standard_normal(2 * N) / 8 + rng.standard_normal(N)
FEATURES = A[:, :5]


class Noise(WhiteKernel):
    """A subclass."""


@pytest.mark.parametrize(
    ("kernel", "without"),
    [
        (RBF(2.0) + WhiteKernel(0.5), RBF(2.0)),
        (WhiteKernel(0.5) + RBF(2.0), RBF(2.0)),
        (RBF(2.0) + Noise(0.5), RBF(2.0)),
        (2.0 * (RBF(2.0) + 3.0 * WhiteKernel()), 2.0 * RBF(2.0)),
        (RBF(2.0) + RBF(1.0) * WhiteKernel(), RBF(2.0)),
        ((RBF(2.0) + WhiteKernel()) * (DotProduct() + WhiteKernel()), RBF(2.0) * DotProduct()),
        (Exponentiation(RBF(2.0) + WhiteKernel(), 2), Exponentiation(RBF(2.0), 2)),
        (ConstantKernel(2.0) + RBF(2.0) + WhiteKernel(), ConstantKernel(2.0) + RBF(2.0)),
    ],
)
def test_noise_in_a_kernel_has_no_effect_and_is_named(kernel, without):
    with pytest.warns(
        UserWarning, match=r"(White|Noise).*has no effect: .*Leave it out"
    ) as caught:
        noisy = LMMRegressor(kernel=kernel).fit(FEATURES, Y)
    assert len(caught) == 1
    plain = LMMRegressor(kernel=without).fit(FEATURES, Y)
    found = noisy.predict(FEATURES[:9], return_std=True)
    expected = plain.predict(FEATURES[:9], return_std=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert noisy.v_ == pytest.approx(plain.v_)


@pytest.mark.parametrize("kernel", [RBF(2.0), RBF(2.0) * DotProduct() + ConstantKernel(), "rbf"])
def test_other_kernels_are_not_noise(kernel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LMMRegressor(kernel=kernel).fit(FEATURES, Y)


def test_parts_of_a_compound_kernel_are_seen():
    from sklmm._samples.kernels import _parts

    kernel = CompoundKernel([RBF(), DotProduct() + WhiteKernel()])
    assert any(isinstance(part, WhiteKernel) for part in _parts(kernel))


scales = st.lists(st.floats(-8, 8), min_size=5, max_size=5).map(lambda p: 10.0 ** np.array(p))


@given(scales, st.integers(0, 2**32 - 1))
def test_symmetric_to_rounding_on_any_scales(scale, seed):
    Z = np.random.default_rng(seed).standard_normal((5, 9)) * scale[:, None]
    matrix = np.array([[(a * b).sum() for b in Z] for a in Z])
    noise = np.random.default_rng(seed).uniform(-1e-9, 1e-9, (5, 5)) * np.outer(scale, scale)
    assert len(Kinship(matrix + noise, range(5))) == 5


@given(scales, st.sampled_from([0.2, 0.01, 1e-5]))
def test_asymmetry_is_seen_beside_larger_entries(scale, share):
    scale = np.sort(scale)
    ratio = scale[-1] / scale[0]
    matrix = np.diag(scale**2)
    matrix[0, 1], matrix[1, 0] = scale[0] * scale[1] * np.array([0.5, 0.5 - share])
    if ratio**2 > 1e9:
        return
    with pytest.raises(ValueError, match=r"symmetric, but matrix\[0, 1\]"):
        Kinship(matrix, range(5))


@pytest.mark.parametrize("largest", [1.0, 1e3, 1e9, 1e12])
def test_opposite_entries_beside_a_large_one(largest):
    matrix = np.eye(6)
    matrix[0, 0], matrix[1, 2], matrix[2, 1] = largest, 0.9, -0.9
    with pytest.raises(ValueError, match=r"matrix\[1, 2\] is 0.9 and matrix\[2, 1\] is -0.9"):
        Kinship(matrix, range(6))


def test_rounding_in_rows_that_cancel():
    matrix = np.eye(300)
    matrix[5:9] = matrix[:, 5:9] = 0
    matrix[5:9, 5:9] = np.random.default_rng(0).uniform(-1e-15, 1e-15, (4, 4))
    assert len(Kinship(matrix, range(300))) == 300
    assert len(Kinship(np.zeros((3, 3)), range(3))) == 3


@pytest.mark.parametrize(
    "h",
    [
        np.ma.masked,
        [0.1, np.ma.masked],
        (np.ma.array(0.2, mask=True), 0.1),
        np.ma.array(0.3, mask=True),
        np.ma.array([0.1, 0.2], mask=[0, 1]),
        np.ma.array([0.1, 0.2], mask=True),
    ],
)
def test_masked_h_is_refused(h):
    two = np.column_stack([Y, Y[::-1]])
    with pytest.raises(ValueError, match="h has masked values"):
        LMMRegressor(K, h=h).fit(X, two)
    with pytest.raises(ValueError, match="h has masked values"):
        LMMRegressor(K).fit(X, two).log_likelihood(h)


def test_a_mask_without_masked_values_is_none():
    two = np.column_stack([Y, Y[::-1]])
    lmm = LMMRegressor(K, h=np.ma.array([0.1, 0.2], mask=False)).fit(X, two)
    np.testing.assert_array_equal(lmm.h_, [0.1, 0.2])


@pytest.fixture
def over_a_file(tmp_path):
    np.save(tmp_path / "K.npy", K)
    matrix = np.load(tmp_path / "K.npy", mmap_mode="r+")
    return matrix, Kinship(matrix, range(N))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(3, 4), (0, 0), (29, 29)])
@pytest.mark.parametrize("solver", ["band", "eigh"])
def test_files_that_change_are_errors(over_a_file, solver, place, value):
    matrix, kinship = over_a_file
    lmm = LMMRegressor(kinship, sample_id=0, solver=solver).fit(X, Y)
    before = lmm.predict(X)
    matrix[place] = matrix[place[::-1]] = value
    said = f"of {place[0]} and {place[1]} is {value}: the memory of the kinship has been changed"
    for ask in (
        lambda: LMMRegressor(kinship, sample_id=0, solver=solver).fit(X, Y),
        lambda: lmm.predict(X),
        lambda: lmm.predict(X, return_cov=True),
        lambda: prediction_errors(lmm, X),
        lmm.compact,
    ):
        with pytest.raises(ValueError, match=said):
            ask()
    matrix[place] = matrix[place[::-1]] = K[place]
    np.testing.assert_array_equal(lmm.predict(X), before)
    again = LMMRegressor(Kinship(matrix, range(N)), sample_id=0, solver=solver).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), before)


def test_a_kinship_refuses_parameters_of_a_kernel_by_the_defaults_of_the_estimator():
    defaults = LMMRegressor().get_params()
    assert {name: defaults[name] for name in OF_A_KERNEL} == OF_A_KERNEL
