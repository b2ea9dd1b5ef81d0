"""Arrays that a model keeps: its own, or the user's."""

from __future__ import annotations

import numpy as np


class Own:
    """An array that nobody else changes."""

    def __init__(self, array: np.ndarray):
        self.array = array

    def for_good(self) -> Own:
        """A copy, if others have the memory of the array."""
        return self if self.array.base is None else Own(self.array.copy())


class Borrowed:
    """An array of the user's, which is not copied, and refused if it has been changed.

    Parameters
    ----------
    array : ndarray of shape (n, m)
    name : str
        For the message.
    remedy : str
    """

    def __init__(self, array: np.ndarray, name: str, remedy: str):
        self._array = array
        self._name = name
        self._remedy = remedy
        self._checksum = _checksum(array)

    @property
    def array(self) -> np.ndarray:
        """The array as it was in fit."""
        if not np.allclose(_checksum(self._array), self._checksum, rtol=1e-10, atol=0):
            raise ValueError(f"{self._name} has been changed since fit. {self._remedy}")
        return self._array


class Unsaved(Borrowed):
    """One that a saved model leaves out, since few questions need it, and it may be large."""

    is_there = True

    @property
    def array(self) -> np.ndarray:
        """The array as it was in fit."""
        if not self.is_there:
            raise ValueError(f"A saved model does not hold {self._name} of fit. {self._remedy}")
        return super().array

    def __deepcopy__(self, memo):
        return self

    def __getstate__(self):
        return {**self.__dict__, "_array": np.empty((0, 0)), "is_there": False}


def _checksum(array):
    """A number for each row that changes when entries change or move."""
    return np.asarray(array, dtype=float) @ (1 / np.arange(1, array.shape[1] + 1))
