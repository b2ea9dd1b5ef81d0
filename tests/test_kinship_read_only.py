"""A Kinship cannot be written to by way of its matrix, and makes no copy for that."""

import pickle
import tracemalloc

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as extra_numpy

from sklmm import Kinship

N = 4
A = np.random.default_rng(0).standard_normal((N, 9))
K = A @ A.T


def mapped(folder, mode, order="C"):
    stored = np.lib.format.open_memmap(folder / "K.npy", "w+", float, K.shape, order == "F")
    stored[:] = K
    stored.flush()
    return np.load(folder / "K.npy", mmap_mode=mode)


def read_only(array):
    array.flags.writeable = False
    return array


SOURCES = {
    "array": lambda folder: K.copy(),
    "read-only array": lambda folder: read_only(K.copy()),
    "list": lambda folder: K.tolist(),
    "integers": lambda folder: np.eye(N, dtype=int),
    "float32": lambda folder: read_only(K.astype(np.float32)),
    "bytes of the other order": lambda folder: read_only(K.astype(">f8")),
    "Fortran order": lambda folder: read_only(np.asfortranarray(K)),
    "part of an array": lambda folder: read_only(np.kron(K, np.ones((2, 2))))[::2, ::2],
    "backwards": lambda folder: read_only(K.copy())[::-1, ::-1],
    "bytes": lambda folder: np.frombuffer(K.tobytes()).reshape(N, N),
    "memory of others": lambda folder: np.frombuffer(bytearray(K.tobytes())).reshape(N, N),
    "matrix": lambda folder: read_only(np.array(K)).view(np.matrix),
    "memmap r": lambda folder: mapped(folder, "r"),
    "memmap r, Fortran order": lambda folder: mapped(folder, "r", "F"),
    "memmap r+": lambda folder: mapped(folder, "r+"),
    "memmap c": lambda folder: mapped(folder, "c"),
    "part of a memmap": lambda folder: mapped(folder, "r+")[1:, 1:],
    "array over a memmap": lambda folder: np.asarray(mapped(folder, "r+")),
    "unpickled": lambda folder: pickle.loads(pickle.dumps(Kinship(K, range(N)))).matrix,
    "another Kinship": lambda folder: Kinship(K, range(N)).matrix,
}


def arrays_behind(array):
    """It, what it is a view of, and what that is a view of."""
    while isinstance(array, np.ndarray):
        yield array
        array = array.base


def attempts(matrix):
    yield matrix
    yield from arrays_behind(matrix)
    for view in (matrix.view(), np.asarray(matrix), matrix[:], matrix.T, matrix.ravel()[:2]):
        yield from arrays_behind(view)
    yield np.frombuffer(matrix.data.cast("B") if matrix.flags.c_contiguous else b"12345678")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("again", [False, True], ids=["made", "unpickled"])
def test_cannot_be_made_writeable(source, again, tmp_path):
    matrix = SOURCES[source](tmp_path)
    kinship = Kinship(matrix, range(len(matrix)))
    kinship = pickle.loads(pickle.dumps(kinship)) if again else kinship
    before = np.array(kinship.matrix)
    for array in attempts(kinship.matrix):
        if not np.shares_memory(array, kinship.matrix):
            continue
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.setflags(write=True)
        with pytest.raises(ValueError, match="read-only"):
            array[(0,) * array.ndim] = 9
    np.testing.assert_array_equal(kinship.matrix, before)
    assert kinship.select(kinship.ids).matrix[0, 0] == before[0, 0]


@given(
    extra_numpy.arrays(
        st.sampled_from([np.float64, np.float32, np.int16]), (3, 3), elements=st.integers(-9, 9)
    ),
    st.booleans(),
    st.sampled_from("CF"),
)
def test_what_is_given_stays_as_it_was(matrix, is_read_only, order):
    given_matrix = np.array(matrix + matrix.T, order=order)
    given_matrix.flags.writeable = not is_read_only
    kinship = Kinship(given_matrix, list("abc"))
    np.testing.assert_array_equal(kinship.matrix, given_matrix)
    assert given_matrix.flags.writeable is not is_read_only
    with pytest.raises(ValueError, match="WRITEABLE"):
        kinship.matrix.flags.writeable = True


def test_labels_cannot_be_made_writeable():
    with pytest.raises(ValueError, match="WRITEABLE"):
        Kinship(K, range(N)).ids.flags.writeable = True


def test_shapes_and_types_of_what_is_handed_out_change_nothing():
    kinship = Kinship(K, range(N))
    kinship.matrix.shape = (N * N,)
    kinship.matrix.dtype = np.int64
    kinship.ids.shape = (N, 1)
    np.testing.assert_array_equal(kinship.matrix, K)
    assert kinship.ids.tolist() == list(range(N))


@pytest.mark.parametrize("mode", [None, "r", "r+"])
def test_no_copy_is_made(mode, tmp_path):
    n = 3000
    matrix = read_only(np.eye(n))
    if mode is not None:
        np.save(tmp_path / "K.npy", matrix)
        matrix = np.load(tmp_path / "K.npy", mmap_mode=mode)
    tracemalloc.start()
    kinship = Kinship(Kinship(matrix, range(n)).matrix, range(n))
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.shares_memory(kinship.matrix, matrix)
    assert most < 0.6 * matrix.nbytes
    assert kept < matrix.nbytes / 10


def test_the_memory_outlives_what_was_given():
    kinship = Kinship(read_only(np.eye(300)), range(300))
    others = [np.ones((300, 300)) for _ in range(20)]
    np.testing.assert_array_equal(kinship.matrix, np.eye(300))
    del others


def is_mapped(kinship):
    return isinstance(kinship.matrix, np.memmap)


def test_processes_share_a_file(tmp_path):
    kinship = Kinship(mapped(tmp_path, "r"), range(N))
    assert is_mapped(kinship)
    parallel = joblib.Parallel(n_jobs=2, backend="loky")
    assert parallel(joblib.delayed(is_mapped)(kinship) for _ in range(2)) == [True, True]
