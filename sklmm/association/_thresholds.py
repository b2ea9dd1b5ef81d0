"""How large is the largest statistic of a scan, if no marker has an effect?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Literal

import numpy as np

from .._chromosomes import other_spelling
from .._validation import check_choice, check_number
from ._results import Scan, check_scan, counted

LEVEL = 0.05
"""The usual one."""
ROUNDING = 1e-9
"""Of a level times a number of replicates."""
OTHERS = "autosomes"
"""In a mapping of thresholds, all chromosomes that it does not name."""
SCALES = {"lod": "lod", "neg_log10_p": "neg_log10_pvalue"}


@dataclass(frozen=True, eq=False)
class MaxStatistics:
    """The null distribution of the largest statistic, which :func:`max_statistics` makes.

    Attributes
    ----------
    lod, neg_log10_pvalue : ndarray of shape (n_resamples,) or (n_targets, n_resamples)
        The largest ones of each replicate: of all markers, or of those that are on no X
        chromosome if that has thresholds of its own.
    x_lod, x_neg_log10_pvalue : ndarray of the same shape or None
        Those on the X chromosome.
    x_chromosomes : tuple
        What it is called.
    x_share : float or None
        Its part of the length of all chromosomes.
    test : {"f", "lrt", "score"}
        What `neg_log10_pvalue` belongs to.
    interaction : int, str or None
        The column of X whose products with markers were tested.
    """

    lod: np.ndarray
    neg_log10_pvalue: np.ndarray
    x_lod: np.ndarray | None = None
    x_neg_log10_pvalue: np.ndarray | None = None
    x_chromosomes: tuple = ()
    x_share: float | None = None
    test: str = "f"
    interaction: int | str | None = None

    def __repr__(self) -> str:
        n_traits = len(self.lod) if self.lod.ndim == 2 else 1
        known = [counted(self.n_resamples, "replicate")]
        known[0] += f" of {counted(n_traits, 'trait')}" * (self.lod.ndim == 2)
        if self.interaction is not None:
            known.append(f"products with {self.interaction!r}")
        shares = [share for *_, share in self._classes("lod")]
        if all(_place(self.n_resamples, _level_of_part(LEVEL, share)) for share in shares):
            known.append(f"{LEVEL * 100:g} % threshold" + self._thresholds())
        return f"MaxStatistics({'; '.join(known)})"

    def _thresholds(self) -> str:
        """LOD scores at the usual level, for a line of text."""
        by_name = self.threshold(LEVEL)
        if not isinstance(by_name, dict):
            return f" LOD {_range_of(by_name)}"
        return ",".join(f" LOD {_range_of(value)} on {name}" for name, value in by_name.items())

    @property
    def n_resamples(self) -> int:
        """The number of replicates."""
        return self.lod.shape[-1]

    def threshold(
        self, level: float = LEVEL, *, scale: Literal["lod", "neg_log10_p"] = "lod"
    ) -> Any:
        """Compute the value that a scan without effects exceeds with this probability.

        Parameters
        ----------
        level : float, default=0.05
            The probability that any marker exceeds its threshold.
        scale : {"lod", "neg_log10_p"}, default="lod"

        Returns
        -------
        float, ndarray of shape (n_targets,) or dict
            A dict {"autosomes": ..., "X": ...} if the X chromosome has a threshold of its own, as
            `find_peaks` takes it.
        """
        check_number(level, "level", lambda value: 0 < value < 1, "a number between 0 and 1")
        check_choice(scale, "scale", tuple(SCALES))
        thresholds = {
            names: _upper(maxima, _level_of_part(level, share), level)
            for names, maxima, share in self._classes(scale)
        }
        if self.x_share is None:
            return next(iter(thresholds.values()))
        return {name: value for names, value in thresholds.items() for name in names}

    def pvalue(self, result: Scan, *, scale: Literal["lod", "neg_log10_p"] = "lod") -> np.ndarray:
        """Compute p values that account for all markers.

        Parameters
        ----------
        result : Scan
            Of the same model and markers, or some of them.
        scale : {"lod", "neg_log10_p"}, default="lod"
            What is compared; the order of markers depends on it if they have different numbers of
            effects or samples.

        Returns
        -------
        ndarray of the shape of ``result.lod``
            (1 + the number of maxima that are as large) / (1 + n_resamples), nan where a marker
            was not tested. Those of autosomes and of an X chromosome with maxima of its own are
            1 - (1 - p) ** (length of all / length of these), so that they are at most `level`
            where they exceed ``threshold(level)``.
        """
        check_choice(scale, "scale", tuple(SCALES))
        observed = getattr(check_scan(result), SCALES[scale])
        self._check(result, observed, scale)
        pvalues = np.full(observed.shape, np.nan)
        for names, maxima, share in self._classes(scale):
            some = self._is_in(result, names)
            of_these = None if result.traits is None else result.traits[some]
            one_by_one = _pvalues(maxima, observed[..., some], of_these)
            pvalues[..., some] = 1 - (1 - one_by_one) ** (1 / share)
        return pvalues

    def _classes(self, scale: str) -> Iterator[tuple[tuple, np.ndarray, float]]:
        """Names of chromosomes, their maxima, and their part of the length of all."""
        name, x_share = SCALES[scale], self.x_share or 0.0
        yield (OTHERS,), getattr(self, name), 1 - x_share
        if self.x_share is not None:
            yield self.x_chromosomes, getattr(self, f"x_{name}"), x_share

    def _is_in(self, result: Scan, names: tuple) -> np.ndarray:
        if self.x_share is None:
            return np.ones(len(result), dtype=bool)
        assert result.chromosomes is not None
        is_x = np.isin(np.asarray(result.chromosomes).astype(str), list(map(str, names)))
        return is_x if names == self.x_chromosomes else ~self._is_in(result, self.x_chromosomes)

    def _check(self, result: Scan, observed: np.ndarray, scale: str) -> None:
        n_traits, known = len(np.atleast_2d(self.lod)), result.traits
        n_observed = len(np.atleast_2d(observed)) if known is None else known.max(initial=0) + 1
        if n_observed > n_traits or (known is None and observed.ndim != self.lod.ndim):
            raise ValueError(
                f"result has {n_observed} traits, and there are maxima of {n_traits}. Pass a scan "
                "of the model of max_statistics."
            )
        if self.x_share is not None and result.chromosomes is None:
            raise ValueError(
                "result has no chromosomes, and the X chromosome has maxima of its own. Pass "
                "chromosomes= to scan."
            )
        self._check_chromosomes(result)
        if (self.interaction is None) != (result.joint_lod is None):
            of_result, own = "products with a covariate", "markers"
            if result.joint_lod is None:
                of_result, own = own, of_result
            raise ValueError(
                f"result is of {of_result}, and maxima are those of {own}. Use scan and "
                "max_statistics with the same interaction."
            )
        if scale == "neg_log10_p" and result.test != self.test:
            raise ValueError(
                f"result has p values of test={result.test!r}, and maxima those of "
                f"test={self.test!r}. Use scale='lod', or max_statistics with "
                f"test={result.test!r}."
            )

    def _check_chromosomes(self, result: Scan) -> None:
        """An X chromosome that is called otherwise would be taken for an autosome."""
        if self.x_share is None or result.chromosomes is None:
            return
        known = list(map(str, self.x_chromosomes))
        for chromosome in dict.fromkeys(map(str, result.chromosomes)):
            if chromosome not in known and other_spelling(chromosome, known) is not None:
                raise ValueError(
                    f"result has chromosome {chromosome!r}, which looks like one of "
                    f"x_chromosomes={known} of max_statistics. Write it in the same way for both."
                )


def _range_of(thresholds: Any) -> str:
    """That of one trait, or the lowest and the highest."""
    low, high = f"{np.min(thresholds):.2f}", f"{np.max(thresholds):.2f}"
    return low if low == high else f"{low} to {high}"


def _level_of_part(level: float, share: float) -> float:
    """The level of a part of the genome, so that all of it has `level`."""
    return 1 - (1 - level) ** share


def _place(n: int, level: float) -> int:
    """Which of n maxima, from the largest, is the threshold; 0 where they are too few."""
    return floor(level * (n + 1) + ROUNDING)


def _upper(maxima: np.ndarray, level: float, whole_level: float) -> Any:
    """The largest value that makes p above `level` where it is not exceeded."""
    n = maxima.shape[-1]
    place = _place(n, level)
    if place < 1:
        raise ValueError(
            f"n_resamples={n} is not enough for level={whole_level:g}, for p is at least "
            f"1 / (1 + n_resamples). Use max_statistics with n_resamples={ceil(1 / level) - 1} or "
            "more."
        )
    upper = np.partition(maxima, n - place, axis=-1)[..., n - place]
    return float(upper) if upper.ndim == 0 else upper


def _pvalues(maxima: np.ndarray, observed: np.ndarray, traits: np.ndarray | None) -> np.ndarray:
    """(1 + #{max ≥ observed}) / (1 + n), nan where nothing was observed.

    Observed are all markers of each trait, or one marker each of the traits that are given.
    """
    if traits is not None:
        pvalues = np.empty(observed.shape)
        for trait, of_trait in enumerate(np.atleast_2d(maxima)):
            some = traits == trait
            pvalues[some] = _pvalues(of_trait, observed[some], None)
        return pvalues
    if maxima.ndim == 2:
        pairs = zip(maxima, observed, strict=True)
        return np.array([_pvalues(*pair, None) for pair in pairs])
    n_smaller = np.searchsorted(np.sort(maxima), observed, side="left")
    pvalues = (1 + len(maxima) - n_smaller) / (1 + len(maxima))
    return np.where(np.isnan(observed), np.nan, pvalues)
