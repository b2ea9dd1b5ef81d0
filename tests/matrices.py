"""A matrix of three individuals as lines of text, and what is read of these."""

import numpy as np

MATRIX = np.array([[1, 0.5, 0.25], [0.5, 1.125, 0.125], [0.25, 0.125, 2]])


def lines_of(matrix, separator, names=None):
    names = names or [None] * len(matrix)
    return [
        separator.join([*([name] if name else []), *map(repr, row.tolist())])
        for name, row in zip(names, matrix, strict=True)
    ]


def assert_is_matrix(kinship, names):
    """That of the first individuals, with these names."""
    assert list(kinship.ids) == list(names)
    np.testing.assert_array_equal(kinship.matrix, MATRIX[: len(names), : len(names)])
