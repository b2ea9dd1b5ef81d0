"""Matrix products on parts of arrays, in place.

`scipy.linalg.blas` copies every part of an array that it is given. The same routines are
exported, with their leading dimensions, for compiled code (`scipy.linalg.cython_blas`),
and are called here through their addresses. They share one thread pool with all of
`scipy.linalg`; numpy's `@` has another, and two pools that take turns fight over the cores.

Arrays are float64; one of the two axes of each has to be contiguous.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import cython_blas

from .forks import computing

LARGEST_SYMMETRIC_BLOCK = 1536
"""Larger symmetric products are split, since general products use the cores better."""


def _routine(name: str) -> Callable[..., None]:
    """A BLAS routine that was exported for Cython, as a function of pointers."""
    capsule = cython_blas.__pyx_capi__[name]
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype = ctypes.c_void_p
    pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    signature = name_of(capsule)
    if b" int *" not in signature:
        raise ImportError(f"scipy's {name} has an unknown signature: {signature.decode()}")
    return ctypes.CFUNCTYPE(None)(pointer_of(capsule, signature))


_dgemm, _dsymm, _dsyr2k = map(_routine, ("dgemm", "dsymm", "dsyr2k"))


def add_product(C: np.ndarray, A: np.ndarray, B: np.ndarray) -> None:
    """C += A B; C and B in Fortran order, A in either."""
    (m, n), k = C.shape, len(B)
    if A.shape != (m, k) or B.shape[1] != n:
        raise ValueError(f"shapes {A.shape} and {B.shape} do not multiply to {C.shape}")
    if not (C.size and k):
        return
    computing.let_forks_pass()
    transposed = b"N" if A.strides[0] == A.itemsize else b"T"
    left = _matrix(A if transposed == b"N" else A.T)
    _dgemm(
        transposed, b"N", _int(m), _int(n), _int(k),
        _double(1), *left, *_matrix(B), _double(1), *_matrix(C),
    )  # fmt: skip


def add_symmetric_product(C: np.ndarray, A: np.ndarray, B: np.ndarray) -> None:
    """C += A B, reading the lower triangle of a symmetric A; all in Fortran order."""
    m, n = C.shape
    if A.shape != (m, m) or B.shape != (m, n):
        raise ValueError(f"shapes {A.shape} and {B.shape} do not multiply to {C.shape}")
    if m > LARGEST_SYMMETRIC_BLOCK:
        top, bottom = slice(m // 2), slice(m // 2, None)
        add_symmetric_product(C[top], A[top, top], B[top])
        add_symmetric_product(C[bottom], A[bottom, bottom], B[bottom])
        add_product(C[bottom], A[bottom, top], B[top])
        add_product(C[top], A[bottom, top].T, B[bottom])
        return
    computing.let_forks_pass()
    _dsymm(
        b"L", b"L", _int(m), _int(n),
        _double(1), *_matrix(A), *_matrix(B), _double(1), *_matrix(C),
    )  # fmt: skip


def subtract_outer_products(A: np.ndarray, V: np.ndarray, Y: np.ndarray) -> None:
    """A -= V Y' + Y V', in the lower triangle of A; all in Fortran order."""
    m, k = V.shape
    if A.shape != (m, m) or Y.shape != (m, k):
        raise ValueError(f"shapes {V.shape} and {Y.shape} do not belong to {A.shape}")
    computing.let_forks_pass()
    _dsyr2k(
        b"L", b"N", _int(m), _int(k),
        _double(-1), *_matrix(V), *_matrix(Y), _double(1), *_matrix(A),
    )  # fmt: skip


def is_addressable(M: np.ndarray) -> bool:
    """Whether BLAS can read M where it lies: whole columns, one after the other."""
    rows, columns = M.shape
    leading_dimension, remainder = divmod(M.strides[1], M.itemsize)
    return (
        M.dtype == np.float64
        and M.dtype.isnative
        and M.flags.aligned
        and (rows <= 1 or M.strides[0] == M.itemsize)
        and (columns <= 1 or (remainder == 0 and leading_dimension >= max(rows, 1)))
    )


def _matrix(M: np.ndarray) -> tuple[Any, Any]:
    """Address and leading dimension."""
    if not is_addressable(M):
        raise ValueError(f"not a float64 array in Fortran order: {M.dtype}, strides {M.strides}")
    leading_dimension = M.strides[1] // M.itemsize if M.shape[1] > 1 else max(len(M), 1)
    return ctypes.c_void_p(M.ctypes.data), _int(leading_dimension)


def _int(number: int) -> Any:
    return ctypes.byref(ctypes.c_int(number))


def _double(number: float) -> Any:
    return ctypes.byref(ctypes.c_double(number))
