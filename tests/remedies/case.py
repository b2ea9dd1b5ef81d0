"""A mistake, what is said of it, what the user then does, and what the user meant."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from sklmm import Kinship, LMMRegressor

N = 30
rng = np.random.default_rng(4)
NAMES = [f"line{number:02d}" for number in range(N)]
FEATURES = rng.standard_normal((N, 8))
K = FEATURES @ FEATURES.T / 8 + 0.1 * np.eye(N)
KINSHIP = Kinship(K, NAMES)
AGE = rng.uniform(20, 60, N)
COVARIATES = np.column_stack([AGE, rng.integers(0, 2, N)])
Y = 0.05 * AGE + np.linalg.cholesky(K) @ rng.standard_normal(N) + rng.standard_normal(N)
ORDER = rng.permutation(N)
LABELS = np.array(NAMES, dtype=object)[:, None]
WITH_AGE = np.column_stack([LABELS, AGE])
NOTHING = np.empty((N, 0))


@dataclass(frozen=True, eq=False)
class Case:
    """
    Attributes
    ----------
    mistake : callable
        Raises an exception or warns.
    message : str
        What is said; "…" stands for anything.
    remedies : dict
        What is advised, by its words, and a callable that does it and returns a result.
    meant : callable
        Returns the result that the user meant.
    rtol : float
    """

    mistake: Callable[[], Any]
    message: str
    remedies: dict[str, Callable[[], Any]]
    meant: Callable[[], Any]
    rtol: float = 1e-6

    @cached_property
    def said(self) -> str:
        """The message of an exception, or those of warnings, one a line."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self.mistake()
            except Exception as error:
                return str(error)
        return "\n".join(str(warning.message) for warning in caught)

    def check(self) -> None:
        pattern = ".*".join(map(re.escape, re.split(r"\s*…\s*", self.message)))
        assert re.fullmatch(pattern, self.said, re.DOTALL), f"{self.said}\n\n{self.message}"
        meant = self.meant()
        for words, remedy in self.remedies.items():
            np.testing.assert_allclose(remedy(), meant, self.rtol, atol=1e-9, err_msg=words)


CASES: dict[str, Callable[[], Case]] = {}


def case(make: Callable[[], Case]) -> Callable[[], Case]:
    """Add a case to the table, by the name of its room and its own."""
    room = make.__module__.rpartition(".")[2]
    CASES[f"{room}: {make.__name__}"] = cache(make)
    return make


def fit(X, y=Y, kinship=KINSHIP, sample_id=0, h=0.4, **parameters):
    """The estimates of a model whose X has labels."""
    return estimates(LMMRegressor(kinship, sample_id=sample_id, h=h, **parameters).fit(X, y))


def fit_plain(X=NOTHING, y=Y, kinship=K, h=0.4, **parameters):
    """Those of a model whose kinship is in the order of X."""
    return estimates(LMMRegressor(kinship, h=h, **parameters).fit(X, y))


def fit_kernel(X=FEATURES, y=Y, h=0.4, **parameters):
    """Those of a model whose X has the features of a kernel."""
    return estimates(LMMRegressor(h=h, **parameters).fit(X, y))


def estimates(lmm):
    return np.hstack([lmm.h_, lmm.v_, np.ravel(lmm.b_)])
