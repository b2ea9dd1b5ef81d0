"""What a scan has found at each marker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._frame import frame_of

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("ok", "constant", "collinear")
TESTS = {"f": "F test", "lrt": "likelihood-ratio test", "score": "score test"}
H_MODES = {"null": "h of the null model", "each": "h of each marker"}


@dataclass(frozen=True, eq=False)
class Scan:
    """The result of :func:`scan`, an element for each marker.

    With several traits, arrays that depend on them have a first axis n_targets. Where the status
    is not "ok", effects and tests are nan.

    Attributes
    ----------
    beta : ndarray of shape (m,) or (m, n_founders)
        The effect of one more copy, in units of the trait; of founders, deviations from their
        mean, which sum to 0.
    standard_error : ndarray of the shape of beta
    statistic : ndarray of shape (m,)
        F, the likelihood ratio or the score statistic, as `test` says.
    df : ndarray of int of shape (m,)
        How many effects are tested.
    residual_df : ndarray of int of shape (m,)
        Of F: n - p less `df`.
    pvalue, neg_log10_pvalue : ndarray of shape (m,)
        The second is right where the first is too small for a number, too.
    lod : ndarray of shape (m,)
        log10 of the likelihood ratio, n / 2 log10(RSS0 / RSS1) at the h of the marker; with
        ``h="each"`` and ML that of the two maxima. It can be negative where the null model has
        fixed effects of the X chromosome that the marker replaces.
    h : ndarray of shape (m,)
        At which the marker was tested, on the scale of K.
    n_samples : ndarray of int of shape (m,)
        Rows that were used.
    frequency : ndarray of shape (m,) or (m, n_founders)
        Of the counted allele, where genotypes are counts from 0 to 2, or of each founder.
    variance_explained : ndarray of shape (m,)
        1 - RSS1 / RSS0: the share of what the null model leaves, relatedness accounted for.
    status : ndarray of str of shape (m,)
        "ok", "constant", or "collinear" with the fixed effects.
    names, chromosomes, positions : ndarray of shape (m,) or None
        Of the markers, as far as they are known; a position below 0 is not.
    effect_alleles, other_alleles : ndarray of shape (m,) or None
        The counted allele, and the other one.
    joint_lod : ndarray of shape (m,) or None
        With an interaction: log10 of the likelihood ratio of the marker and its product together,
        at the same h. `lod` is that of the product beside the marker.
    markers, traits : ndarray of int of shape (n_kept,) or None
        With ``keep="max"`` or a number, which marker of `genotypes` and which trait an element
        belongs to; all arrays are then of shape (n_kept,).
    founders : list or None
        What `beta` has in its last axis.
    trait_names : list or None
        What others have in their first axis.
    test : {"f", "lrt", "score"}
    h_mode : {"null", "each"}
    """

    beta: np.ndarray
    standard_error: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    residual_df: np.ndarray
    pvalue: np.ndarray
    neg_log10_pvalue: np.ndarray
    lod: np.ndarray
    h: np.ndarray
    n_samples: np.ndarray
    frequency: np.ndarray
    variance_explained: np.ndarray
    status: np.ndarray
    names: np.ndarray | None = None
    chromosomes: np.ndarray | None = None
    positions: np.ndarray | None = None
    effect_alleles: np.ndarray | None = None
    other_alleles: np.ndarray | None = None
    joint_lod: np.ndarray | None = None
    markers: np.ndarray | None = None
    traits: np.ndarray | None = None
    founders: list | None = None
    trait_names: list | None = None
    test: str = "f"
    h_mode: str = "null"

    def __len__(self) -> int:
        """The number of markers."""
        return self.status.shape[-1]

    def __repr__(self) -> str:
        if self.traits is not None:
            parts = [f"{counted(len(self), 'marker')} kept"]
        else:
            parts = [counted(len(self), "marker")]
        if self.status.ndim == 2:
            parts.append(counted(len(self.status), "trait"))
        parts.append(self._largest())
        if self.joint_lod is not None:
            parts.append("products with a covariate")
        parts += [TESTS[self.test], H_MODES[self.h_mode]]
        return f"Scan({', '.join(parts)})"

    def _largest(self) -> str:
        """The largest LOD, and where it is."""
        if np.isnan(self.lod).all():
            return "none tested"
        *trait, place = np.unravel_index(np.nanargmax(self.lod), self.lod.shape)
        number = int(place if self.markers is None else self.markers[place])
        largest = f"largest LOD {self.lod[(*trait, place)]:.1f}"
        at = called(None if self.names is None else self.names[place], number)
        if self.traits is not None and (self.trait_names or self.traits.any()):
            of_trait = self.traits[place]
        elif trait:
            of_trait = trait[0]
        else:
            return f"{largest} at {at}"
        name = self.trait_names[of_trait] if self.trait_names else int(of_trait)
        return f"{largest} at {at} for trait {name!r}"

    def to_frame(self, trait: int | str | None = None) -> pd.DataFrame:
        """A row for each marker, as a pandas DataFrame.

        Parameters
        ----------
        trait : int or str, default=None
            With several traits, the position or the name of one of them. Without it, the rows of
            all traits follow each other, and a column `trait` tells them apart.

        Returns
        -------
        pandas.DataFrame
            With the columns marker, chromosome, position, effect_allele and other_allele as far as
            they are known, and those that are called as the attributes are. Effects, their
            standard errors and frequencies of founders have a column for each of them.
        """
        return frame_of(self, trait)


def counted(n: int, what: str) -> str:
    """How many there are, in words."""
    return f"{n} {what}{'s' * (n != 1)}"


def called(name: Any, number: int) -> str:
    """A marker by its name, or by its number where it has none."""
    return f"marker {number}" if name is None else str(name)


def check_scan(result: Any) -> Scan:
    """A scan of any kind."""
    if not isinstance(result, Scan):
        raise TypeError(
            f"result must be a Scan, got {type(result).__name__}. Make one by "
            "sklmm.association.scan(lmm, genotypes)."
        )
    return result
