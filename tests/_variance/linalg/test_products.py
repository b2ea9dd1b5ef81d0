"""Products on parts of arrays against numpy's, and what they refuse."""

import numpy as np
import pytest

from sklmm._variance.linalg import products
from sklmm._variance.linalg.products import (
    add_product,
    add_symmetric_product,
    is_addressable,
    subtract_outer_products,
)


def part(shape, seed=0):
    """A block inside of a larger array in Fortran order."""
    rng = np.random.default_rng(seed)
    rows, columns = shape
    return np.asfortranarray(rng.standard_normal((rows + 5, columns + 4)))[3 : 3 + rows, 2:-2]


@pytest.mark.parametrize(
    "shape", [(7, 3, 4), (1, 3, 4), (7, 1, 4), (7, 3, 1), (1, 1, 1), (7, 0, 4), (7, 3, 0)]
)
@pytest.mark.parametrize("transposed", [False, True])
def test_add_product(shape, transposed):
    m, n, k = shape
    A = part((k, m), 1).T if transposed else part((m, k), 1)
    B, C = part((k, n), 2), part((m, n), 3)
    surroundings = C.base.copy()
    expected = C + A @ B
    add_product(C, A, B)
    np.testing.assert_allclose(C, expected, rtol=1e-14, atol=1e-14)
    surroundings[3 : 3 + m, 2:-2] = C
    np.testing.assert_array_equal(C.base, surroundings)


@pytest.mark.parametrize("split", [2, 5, 1000])
def test_add_symmetric_product_reads_the_lower_triangle(monkeypatch, split):
    monkeypatch.setattr(products, "LARGEST_SYMMETRIC_BLOCK", split)
    A, B, C = part((11, 11), 1), part((11, 3), 2), part((11, 3), 3)
    symmetric = np.tril(A) + np.tril(A, -1).T
    A[np.triu_indices(11, 1)] = np.nan
    expected = C + symmetric @ B
    add_symmetric_product(C, A, B)
    np.testing.assert_allclose(C, expected, rtol=1e-14, atol=1e-14)


def test_subtract_outer_products_writes_the_lower_triangle():
    A, V, Y = part((9, 9), 1), part((9, 2), 2), part((9, 2), 3)
    expected = np.where(np.tri(9), A - V @ Y.T - Y @ V.T, A)
    subtract_outer_products(A, V, Y)
    np.testing.assert_allclose(A, expected, rtol=1e-14, atol=1e-14)


def test_a_block_of_one_column_in_c_order_is_both_orders():
    A, C = np.arange(3.0).reshape(3, 1), np.zeros((3, 1))
    add_product(C, A, np.array([[2.0]]))
    np.testing.assert_array_equal(C, 2 * A)


@pytest.mark.parametrize("function", [add_product, add_symmetric_product])
def test_shapes_and_orders_are_checked(function):
    square, tall = np.asfortranarray(np.eye(4)), np.asfortranarray(np.ones((4, 2)))
    with pytest.raises(ValueError, match="do not multiply"):
        function(tall, square, tall[:3])
    with pytest.raises(ValueError, match="not a float64 array in Fortran order"):
        function(np.zeros((4, 2)), square, tall)
    with pytest.raises(ValueError, match="float32"):
        function(tall, square, tall.astype(np.float32))


@pytest.mark.parametrize(
    "arrange",
    [
        lambda A: A[:, ::-1],
        lambda A: np.broadcast_to(A[:, :1], A.shape),
        lambda A: np.lib.stride_tricks.as_strided(A, A.shape, (8, 8)),
        lambda A: A.astype(">f8"),
        lambda A: np.rec.fromarrays([A, A.astype(np.float32)], names="f,g")["f"],
    ],
)
def test_memory_that_does_not_hold_whole_columns_is_not_read(arrange):
    A, C = arrange(np.asfortranarray(np.ones((4, 3)))), np.zeros((4, 2), order="F")
    assert not is_addressable(A)
    with pytest.raises(ValueError, match="not a float64 array in Fortran order"):
        add_product(C, np.asfortranarray(np.ones((4, 4))), A[:, :2])


def test_shapes_of_an_update_are_checked():
    with pytest.raises(ValueError, match="do not belong"):
        subtract_outer_products(np.eye(4), np.ones((4, 2)), np.ones((3, 2)))
