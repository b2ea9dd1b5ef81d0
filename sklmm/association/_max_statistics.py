"""Scans of traits without effects of markers, of which the largest statistics are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from numbers import Integral
from typing import Any, Literal, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from .._chromosomes import columns_by_chromosome
from .._door import FittedModel, FittedTrait, fitted_model
from .._labels import as_labels
from .._order import carries_labels
from .._validation import check_choice
from .._variance.association.explained import Explained
from .._variance.association.null_model import NullModel
from .._variance.association.refitting import AtOwnH
from .._variance.association.resampling import (
    AtNullH,
    Maxima,
    Permutation,
    Resampling,
    Simulation,
    merge_largest,
)
from .._variance.association.several import deviations
from .._variance.association.statistics import statistics_of
from .._variance.linalg.forks import computing
from ._nulls import as_x_chromosomes, check_x_covariates, null_models
from ._progress import Progress
from ._rows import check_rows, find_rows, labels_of_files
from ._scan import blocks, find_column
from ._sources import Source, open_source
from ._thresholds import MaxStatistics
from ._trait import Block, null_model, refuse_exact

PURPOSE = "max_statistics needs"


@computing
def max_statistics(
    lmm: Any,
    genotypes: Any,
    *,
    ids: Any = None,
    names: Any = None,
    chromosomes: Any = None,
    positions: Any = None,
    marker_map: Any = None,
    n_resamples: int = 1000,
    resample: Literal["simulation", "permutation"] = "simulation",
    strata: Any = None,
    test: Literal["f", "lrt", "score"] = "f",
    kinships: Any = None,
    interaction: int | str | None = None,
    x_covariates: Any = None,
    x_chromosomes: Any = ("X",),
    separate_x: bool = False,
    refit_h: bool = False,
    missing: Literal["raise", "mean"] = "raise",
    random_state: Any = None,
    verbose: bool = False,
) -> MaxStatistics:
    """Find the null distribution of the largest statistic of a scan.

    Traits without effects of markers are made from the null model, and each is scanned as
    :func:`scan` does with ``h="null"``. Thresholds account for all markers, however correlated
    they are, and for relatedness.

    Parameters
    ----------
    lmm : LMMRegressor
        Fitted: the null model.
    genotypes : array-like of shape (n, m) or (n, n_founders, m), Bunch or path
        As in :func:`scan`.
    ids : sequence of n labels, default=None
        Whose the rows of `genotypes` are; without them, those of the fit, in its order.
    names, chromosomes, positions : sequence of m values, default=None
        What is known of the markers, as for :func:`scan`.
    marker_map : data frame, default=None
        Chromosomes and positions by the names of markers, as for :func:`scan`.
    n_resamples : int, default=1000
        The number of traits. The smallest p value is 1 / (1 + n_resamples).
    resample : {"simulation", "permutation"}, default="simulation"
        How traits are made: normal ones from the fitted variances, or from the trait itself by
        permuting orthonormal contrasts, which have equal variances and no fixed effects. Rows of
        the trait are not permuted: relatives would become strangers, and thresholds far too low.
    strata : array-like of shape (n_samples,), default=None
        Groups of the rows of the fit, for permutation. Whitened residuals are then permuted
        within them. A Series whose index has the labels of the fit is joined by them.
    test : {"f", "lrt", "score"}, default="f"
        What `neg_log10_pvalue` of the result belongs to; LOD and p values of markers do not
        depend on it.
    kinships : dict or iterable, default=None
        A :class:`Kinship` for each chromosome, as in :func:`scan`.
    interaction : int or str, default=None
        A column of X, whose product with the marker is tested beside both, as in :func:`scan`.
    x_covariates : array-like of shape (n_fit, k) or data frame, default=None
        Fixed effects on `x_chromosomes` alone. Markers stand beside them here, which is the same
        where genotypes tell them already.
    x_chromosomes : sequence of labels, default=("X",)
        What X chromosomes are called.
    separate_x : bool, default=False
        Whether markers on `x_chromosomes` have a threshold of their own, for which positions have
        to be known. The level is divided by length, as in R/qtl2 [1]_.
    refit_h : bool, default=False
        Whether h is estimated again for each simulated trait, as that of the real one was. Use it
        where h is uncertain, as with few samples: without it thresholds hold for the estimated h
        as if it were known. Needs eigenvectors of K; an h that was held stays as it is.
    missing : {"raise", "mean"}, default="raise"
        Missing genotypes are an error, or the mean of the others.
    random_state : int, RandomState instance or None, default=None
        The same for the same traits, also with other markers or kinships.
    verbose : bool, default=False
        Whether lines with the progress are printed.

    Returns
    -------
    MaxStatistics
        With methods ``threshold(level)`` and ``pvalue(result)``.

    See Also
    --------
    find_peaks : Takes the threshold.

    Notes
    -----
    A simulated trait, whitened and free of fixed effects, is standard normal but for its variance,
    and the share of variance that a marker explains does not depend on the variance itself. So
    given h, and with normal residuals, p values are exact [2]_. Products are in single precision,
    which moves maxima by 1e-6 of themselves. With several kinships, chromosomes have the same
    noise.

    References
    ----------
    .. [1] Broman et al. (2006). The X chromosome in quantitative trait locus mapping. Genetics
       174, 2151-2158.
    .. [2] Davison & Hinkley (1997). Bootstrap methods and their application. Cambridge
       University Press.

    Examples
    --------
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import find_peaks, max_statistics, scan
    >>> from sklmm.datasets import make_population
    >>> from sklmm.relationship import leave_one_chromosome_out, vanraden
    >>> people = make_population(n_qtl=5, random_state=0)
    >>> K = vanraden(people.data, people.ids)
    >>> lmm = LMMRegressor(K, sample_id=0).fit(people.ids[:, None], people.target)
    >>> chromosomes = people.chromosome
    >>> kinships = leave_one_chromosome_out(people.data, people.ids, chromosomes)
    >>> options = {"ids": people.ids, "chromosomes": chromosomes, "kinships": kinships}
    >>> null = max_statistics(lmm, people.data, random_state=0, **options)
    >>> round(null.threshold(0.05), 2)
    3.47
    >>> result = scan(lmm, people.data, positions=people.position, **options)
    >>> find_peaks(result, threshold=null.threshold(0.05)).chromosome
    array([4])
    >>> pvalues = null.pvalue(result)
    >>> int((pvalues <= 0.05).sum())
    10
    """
    check_choice(test, "test", ("f", "lrt", "score"))
    check_choice(missing, "missing", ("raise", "mean"))
    check_choice(resample, "resample", ("simulation", "permutation"))
    fitted = fitted_model(lmm)
    fitted.stored(PURPOSE)
    resampling = _as_resampling(
        fitted, n_resamples, resample, strata, refit_h, interaction, random_state
    )
    on_x = check_x_covariates(fitted, x_covariates, x_chromosomes)
    source = open_source(
        genotypes,
        ids,
        names=names,
        chromosomes=chromosomes,
        positions=positions,
        marker_map=marker_map,
        missing=missing,
        labels=labels_of_files(fitted),
    )
    source = replace(source, may_drop=False)
    parts = _Parts.from_source(source, x_chromosomes, separate_x)
    rows = find_rows(fitted, source)
    nulls = null_models(fitted, source.n_markers, source.chromosomes, kinships, on_x)
    progress = Progress(fitted.n_traits * source.n_markers, verbose, "max_statistics")
    column = find_column(fitted, interaction)
    maxima = np.zeros((1 + separate_x, 2, fitted.n_traits, n_resamples))
    for null in nulls:
        for trait in null.fitted.traits(PURPOSE):
            tester = _Tester.from_trait(trait, resampling, refit_h, column)
            measured = rows[trait.group.rows]
            for part, of_part in parts.split(null.markers):
                found: Maxima = {}
                for markers, block in blocks(source, measured, of_part):
                    merge_largest(found, tester.largest_shares(Block.of(block).values))
                    progress.add(len(markers), null.name)
                    computing.let_forks_pass()
                of_trait = maxima[part, :, trait.number]
                np.maximum(of_trait, tester.statistics(found, test), out=of_trait)
        del null
    _refuse_no_markers(maxima)
    result = parts.as_result(maxima[:, :, 0] if fitted.is_single else maxima, test)
    return replace(result, interaction=interaction)


class _Tester(NamedTuple):
    """Replicates of one trait, and block after block of markers."""

    trait: FittedTrait
    model: NullModel
    replicates: AtNullH | AtOwnH
    interaction: int | None

    @classmethod
    def from_trait(
        cls, trait: FittedTrait, resampling: Resampling, refit_h: bool, interaction: int | None
    ) -> _Tester:
        """Make the replicates, at the h of the trait or each at its own."""
        refuse_exact(trait)
        rows, model = trait.group.rows, null_model(trait.precision(of_contrasts=True), trait)
        if not refit_h or trait.is_held:
            replicates = AtNullH(model, resampling.unit_traits(model, rows))
            return cls(trait, model, replicates, interaction)
        assert isinstance(resampling, Simulation)
        s, t = trait.s_and_t
        method, noise = trait.model.method, resampling.noise[rows]
        again = AtOwnH(trait.rows, trait.fixed_effects, s, t, method, noise)
        return cls(trait, model, again, interaction)

    def largest_shares(self, G: np.ndarray) -> Maxima:
        """The largest shares of genotypes without gaps, of shape (n, m) or (n, m, k)."""
        if G.ndim == 2 and self.interaction is None:
            return self.replicates.largest_shares(G, 1)
        columns = G[:, :, None] if G.ndim == 2 else deviations(self.model, G)
        k = columns.shape[2]
        if self.interaction is None:
            return self.replicates.largest_shares(_adjacent(columns), k)
        assert isinstance(self.replicates, AtNullH)
        values = self.trait.fixed_effects.covariates()[:, self.interaction]
        products = columns * (values - values.mean())[:, None, None]
        both = _adjacent(np.concatenate([columns, products], axis=2))
        return self.replicates.largest_shares(both, 2 * k, k)

    def statistics(self, found: Maxima, test: str) -> np.ndarray:
        """LOD and -log10 p, of shape (2, n_resamples), the largest of all ranks."""
        n, p = self.model.basis.shape
        best = np.zeros((2, 1))
        for (rank_beside, rank), shares in found.items():
            same = np.ones_like(shares)
            explained = Explained(
                beta=same,
                unscaled_variance=same,
                sum_of_squares=shares,
                rank=np.full(len(shares), rank),
                rss=same,
                df=np.full(len(shares), n - p - rank_beside),
                n=np.full(len(shares), n),
                null_rss=same,
            )
            tested = statistics_of(explained, test, self.trait.model.method)
            best = np.fmax(best, [tested.lod, tested.neg_log10_pvalue])
        return best


def _adjacent(columns: np.ndarray) -> np.ndarray:
    """Columns of each marker next to each other, from shape (n, m, k) to (n, m * k)."""
    return np.asfortranarray(columns.reshape(len(columns), -1))


def _refuse_no_markers(maxima: np.ndarray) -> None:
    is_empty = ~maxima.any(axis=(0, 1, 3))
    if is_empty.any():
        raise ValueError(
            f"No marker of genotypes varies beside the fixed effects of trait "
            f"{np.flatnonzero(is_empty)[0]}, so that there are no maxima. Give markers that vary."
        )


class _Parts(NamedTuple):
    """Markers with thresholds of their own: all, or those of autosomes and of an X chromosome.

    Attributes
    ----------
    is_x : ndarray of bool of shape (m,)
    x_chromosomes : tuple
        Empty if all markers are together.
    x_share : float or None
        Of the length of all chromosomes.
    """

    is_x: np.ndarray
    x_chromosomes: tuple
    x_share: float | None

    @classmethod
    def from_source(cls, source: Source, x_chromosomes: Any, separate_x: bool) -> _Parts:
        if not separate_x:
            return cls(np.zeros(source.n_markers, dtype=bool), (), None)
        for name in ("chromosomes", "positions"):
            if getattr(source, name) is None:
                raise ValueError(
                    f"separate_x=True needs the {name} of the markers, for the level is divided "
                    f"by the length of chromosomes. Give {name}=, one for each marker."
                )
        names = as_x_chromosomes(x_chromosomes)
        columns = columns_by_chromosome(source.chromosomes, source.n_markers)
        x_names = tuple(name for name in columns if name in names)
        lengths = _lengths(columns, np.asarray(source.positions, dtype=float))
        of_x = sum(lengths[name] for name in x_names)
        if not 0 < of_x < sum(lengths.values()):
            raise ValueError(
                f"separate_x=True needs markers at several positions on x_chromosomes={names} "
                f"and on others, and the chromosomes are {list(columns)[:30]}. Name those of X by "
                "x_chromosomes=, or leave separate_x out."
            )
        is_x = np.zeros(source.n_markers, dtype=bool)
        for x_name in x_names:
            is_x[columns[x_name]] = True
        return cls(is_x, x_names, of_x / sum(lengths.values()))

    def split(self, markers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """The number of the part, and those of the markers that are in it."""
        for part in range(1 + bool(self.x_chromosomes)):
            some = markers[self.is_x[markers] == bool(part)]
            if len(some):
                yield part, some

    def as_result(self, maxima: np.ndarray, test: str) -> MaxStatistics:
        """The result, from LOD and -log10 p of each part: (n_parts, 2, ..., n_resamples)."""
        of_x = maxima[1] if self.x_chromosomes else (None, None)
        return MaxStatistics(
            lod=maxima[0, 0],
            neg_log10_pvalue=maxima[0, 1],
            x_lod=of_x[0],
            x_neg_log10_pvalue=of_x[1],
            x_chromosomes=self.x_chromosomes,
            x_share=self.x_share,
            test=test,
        )


def _lengths(columns: dict, positions: np.ndarray) -> dict:
    """Distances between the first and the last known position, 0 or more, on each chromosome."""
    known = {name: positions[places][positions[places] >= 0] for name, places in columns.items()}
    return {name: float(np.ptp(of)) if len(of) else 0.0 for name, of in known.items()}


def _as_resampling(
    fitted: FittedModel,
    n_resamples: Any,
    resample: str,
    strata: Any,
    refit_h: bool,
    interaction: Any,
    random_state: Any,
) -> Resampling:
    if not isinstance(n_resamples, Integral) or isinstance(n_resamples, bool) or n_resamples < 1:
        raise ValueError(f"n_resamples must be a positive integer, got {n_resamples!r}.")
    if refit_h and resample == "permutation":
        raise ValueError(
            "refit_h=True estimates h of simulated traits, and resample='permutation' makes "
            "others. Use resample='simulation', or leave refit_h out."
        )
    if refit_h and interaction is not None:
        raise ValueError(
            f"refit_h=True is for markers, and interaction={interaction!r} for products with "
            "them. Leave out one of them."
        )
    if refit_h and isinstance(fitted.given_h, str):
        raise ValueError(
            f"refit_h=True estimates h by likelihood, and lmm has h={fitted.given_h!r}. Leave "
            "refit_h out, or fit with h=None."
        )
    if strata is not None and resample == "simulation":
        raise ValueError(
            "strata are groups within which a trait is permuted, and resample='simulation' "
            "permutes nothing. Leave strata out, or use resample='permutation'."
        )
    shape = fitted.n_training_rows, int(n_resamples)
    rng = check_random_state(random_state)
    if resample == "simulation":
        return Simulation(rng.standard_normal(shape))
    return Permutation(rng.random_sample(shape), _as_codes(fitted, strata))


def _as_codes(fitted: FittedModel, strata: Any) -> np.ndarray | None:
    """A number for each stratum, in the order of the rows of the fit."""
    if strata is None:
        return None
    check_rows(fitted, strata, "strata")
    if carries_labels(strata) and fitted.training_labels is not None:
        wanted = list(fitted.training_labels)
        unknown = [label for label in wanted if label not in strata.index]
        if unknown:
            raise ValueError(
                f"strata has no element for {unknown[0]!r}, to which lmm was fitted. Give one for "
                "each label in its index, or strata.to_numpy() in the order of fit."
            )
        strata = strata.loc[wanted]
    labels = as_labels(strata, "strata")
    if len(labels) != fitted.n_training_rows:
        raise ValueError(
            f"strata has {len(labels)} elements, and lmm was fitted to {fitted.n_training_rows} "
            "rows. Give one for each row, in the order of fit."
        )
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    if len(numbers) == len(labels):
        raise ValueError(
            "strata has a stratum for each row, and nothing to permute. Give strata of several "
            "rows, or leave strata out."
        )
    return np.array([numbers[label] for label in labels])
