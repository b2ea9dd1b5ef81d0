"""The heterogeneous-stock mice."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch


def load_mice(*, as_frame: bool = False) -> Bunch:
    """Load the heterogeneous-stock mice: genotypes and two traits.

    1940 mice that descend from eight inbred strains over some fifty generations, 12226
    markers on the autosomes and two quantitative traits, as distributed with GEMMA [2]_.

    ================  ======================================
    Samples                                             1940
    Markers           12226, counts 0, 1, 2, no value missing
    CD8               1410 measured
    MCH               1580 measured
    ================  ======================================

    Parameters
    ----------
    as_frame : bool, default=False
        Whether data and target are pandas DataFrames with the ids as index. Needs pandas.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        data : ndarray or DataFrame of shape (1940, 12226), int8
            Number of copies of the first allele.
        target : ndarray or DataFrame of shape (1940, 2), float64
            CD8 (share of CD8+ T cells) and MCH (mean corpuscular haemoglobin), both
            adjusted and scaled by the source, NaN where not measured.
        ids : ndarray of shape (1940,)
            Labels of the mice.
        sex, father, mother : ndarray or Series of shape (1940,)
            Mice with the same father and mother are full sibs.
        feature_names : ndarray of shape (12226,)
            SNP names.
        chromosome, position : ndarray or Series of shape (12226,)
            Autosome and position in base pairs of each SNP; -9 where it is not known.
        target_names : list
            ["CD8", "MCH"]
        frame : None or DataFrame of shape (1940, 12228)
            data and target side by side, if `as_frame`.
        DESCR : str
            Where the data come from, and their terms.

    References
    ----------
    .. [1] Valdar et al. (2006). Genome-wide genetic association of complex traits in
       heterogeneous stock mice. Nature Genetics 38, 879-887.
    .. [2] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.

    Examples
    --------
    >>> from sklmm.datasets import load_mice
    >>> mice = load_mice()
    >>> mice.data.shape, mice.data.dtype
    ((1940, 12226), dtype('int8'))
    """
    folder = files("sklmm.datasets")
    with (folder / "mice.npz").open("rb") as file, np.load(file) as stored:
        arrays = dict(stored)
    genotypes = _unpack(arrays.pop("packed_genotypes"), len(arrays["ids"]))
    mice = Bunch(
        data=genotypes,
        target=arrays.pop("traits"),
        frame=None,
        target_names=["CD8", "MCH"],
        feature_names=arrays.pop("snps"),
        DESCR=(folder / "README.md").read_text(encoding="utf-8"),
        **arrays,
    )
    return _with_frames(mice) if as_frame else mice


def _unpack(packed, n_samples):
    """Genotypes of shape (n_samples, n_markers) from two bits each, marker by marker."""
    genotypes = np.empty((4 * packed.shape[1], packed.shape[0]), dtype=np.int8)
    for place in range(4):
        genotypes[place::4] = (packed.T >> (2 * place)) & 3
    return genotypes[:n_samples]


def _with_frames(mice):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("load_mice(as_frame=True) needs pandas: pip install pandas.") from error
    ids, snps = pd.Index(mice.ids, name="id"), pd.Index(mice.feature_names, name="snp")
    mice.data = pd.DataFrame(mice.data, index=ids, columns=mice.feature_names)
    mice.target = pd.DataFrame(mice.target, index=ids, columns=mice.target_names)
    mice.frame = pd.concat([mice.data, mice.target], axis=1)
    for name in ("sex", "father", "mother"):
        mice[name] = pd.Series(mice[name], index=ids, name=name)
    for name in ("chromosome", "position"):
        mice[name] = pd.Series(mice[name], index=snps, name=name)
    return mice
