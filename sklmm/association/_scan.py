"""One marker after the other beside the fixed effects and relatedness of a fitted model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from sklearn.utils import gen_batches

from .._chromosomes import run_of
from .._door import FittedModel, fitted_model
from .._validation import check_choice
from .._variance.linalg.forks import computing
from ._kept import Everything, Keep, Some, check_keep
from ._nulls import check_x_covariates, null_models
from ._progress import Progress
from ._refitted_trait import check_each
from ._results import Scan
from ._rows import PURPOSE, find_rows, labels_of_files
from ._sources import Source, open_source
from ._testers import testers_at_each_h, testers_at_null_h
from ._trait import Question


@computing
def scan(
    lmm: Any,
    genotypes: Any,
    *,
    ids: Any = None,
    names: Any = None,
    chromosomes: Any = None,
    positions: Any = None,
    marker_map: Any = None,
    founders: Any = None,
    h: Literal["null", "each"] = "null",
    test: Literal["f", "lrt", "score"] = "f",
    kinships: Any = None,
    interaction: int | str | None = None,
    x_covariates: Any = None,
    x_chromosomes: Any = ("X",),
    missing: Literal["raise", "mean", "drop"] = "raise",
    keep: Keep = "all",
    verbose: bool = False,
) -> Scan:
    """Test each marker beside the fixed effects and relatedness of a fitted model.

    The model is the null hypothesis: its kinship, fixed effects, traits and method are those of
    the scan. Each marker is added to the fixed effects in turn.

    Parameters
    ----------
    lmm : LMMRegressor
        A fitted model, with one trait or several, and with missing values of its own for each
        trait if it was fitted with ``missing_y="drop"``.
    genotypes : array-like of shape (n, m) or (n, n_founders, m), Bunch or path
        Allele counts, dosages or other numbers, a column for each marker; or probabilities of
        founders, or of genotypes, whose sum is 1. What :func:`~sklmm.io.read_plink` returns, and
        the path of a .bed file, of which blocks of markers are read, know `ids`, `names`,
        `chromosomes` and `positions`.
    ids : sequence of n labels, default=None
        Whose the rows of `genotypes` are, as in the kinship of the model. Rows of others are
        ignored. Without labels, the rows have to be those of `fit`, in their order, which an index
        of X in `fit` and one of `genotypes` must not deny.
    names, chromosomes, positions : sequence of m values, default=None
        What is known of the markers. A Series whose index has their names is joined by name.
    marker_map : data frame, default=None
        Chromosomes and positions of markers, in columns of these names; their names are its index
        or its first column. It is joined by name.
    founders : sequence of n_founders names, default=None
        Of the second axis of probabilities.
    h : {"null", "each"}, default="null"
        "null" tests all markers at the h of the model, as EMMAX, FaST-LMM, pylmm, GCTA and R/qtl2
        do; "each" estimates h again with each marker, as GEMMA and ``pylmm --refit``.
    test : {"f", "lrt", "score"}, default="f"
        The F test of Wald, the likelihood ratio, or the score test; the last two are compared
        with a chi-squared distribution.
    kinships : dict or iterable, default=None
        A :class:`Kinship` for each chromosome that has markers, beside which they are tested
        (LOCO). An iterable gives pairs (chromosome, kinship), as
        :func:`~sklmm.relationship.iter_leave_one_chromosome_out` does; one matrix is then in
        memory at a time. The null model is fitted again for each, with the h of `lmm` if that was
        held.
    interaction : int or str, default=None
        A column of X, by its position or name. Tested is its product with the marker, beside
        both of them: the LOD of marker and product together is that of the marker plus that of the
        product, and it is `joint_lod` of the result.
    x_covariates : array-like of shape (n_fit, k) or data frame, default=None
        Fixed effects of the null model on `x_chromosomes` alone, which do not stand beside a
        marker: sex and direction of the cross on the X chromosome, as `Xcovar` of R/qtl2. In the
        order of the rows of fit, or with their labels in the index of a data frame. A marker does
        not add to such a null model but takes its place, so that there is a LOD, to be compared
        with a threshold, but no p value, which is nan. The LOD is negative where a marker explains
        less than they do, as that of R/qtl2.
    x_chromosomes : sequence of labels, default=("X",)
        Where they belong to the null model.
    missing : {"raise", "mean", "drop"}, default="raise"
        What is done where a genotype is missing: NaN, or -127 in an array of integers. "mean"
        takes the mean of the marker. "drop" leaves the sample out for that marker, exactly, at the
        h of all samples.
    keep : {"all", "max"} or float, default="all"
        Which results are kept: all of them, that of the best marker of each trait, or those of
        markers with a p value of at most this.
    verbose : bool, default=False
        Whether to print how far the scan is, in at most 20 lines.

    Returns
    -------
    Scan
        Effects, tests and LOD scores of all markers. Markers that do not vary, or that are a
        combination of fixed effects, have nan and say so in `status`.

    Raises
    ------
    ValueError
        If a sample of the model has no genotypes, a chromosome has no kinship, or a genotype is
        missing.

    See Also
    --------
    sklmm.relationship.iter_leave_one_chromosome_out : Kinships for `kinships`.

    Notes
    -----
    With P = V⁻¹ - V⁻¹X (X'V⁻¹X)⁻¹X'V⁻¹ of the null model, the effect of a marker g is
    g'Py / g'Pg, and it explains (g'Py)² / g'Pg of the sum of squares y'Py [1]_. Effects of
    founders are deviations from their mean, with standard errors of these deviations; an effect
    that the data do not determine, as of a founder that does not occur, is nan.

    References
    ----------
    .. [1] Kang et al. (2010). Variance component model to account for sample structure in
       genome-wide association studies. Nature Genetics 42, 348-354.

    Examples
    --------
    >>> import numpy as np
    >>> from sklmm import LMMRegressor
    >>> from sklmm.association import scan
    >>> from sklmm.datasets import make_population
    >>> from sklmm.relationship import iter_leave_one_chromosome_out, vanraden
    >>> people = make_population(n_qtl=5, random_state=0)
    >>> X = np.column_stack([people.ids.astype(object), people.sex])
    >>> lmm = LMMRegressor(vanraden(people.data, people.ids), sample_id=0).fit(X, people.target)
    >>> kinships = iter_leave_one_chromosome_out(people.data, people.ids, people.chromosome)
    >>> result = scan(lmm, people.data, ids=people.ids, names=people.feature_names,
    ...               chromosomes=people.chromosome, kinships=kinships)
    >>> columns = ["marker", "chromosome", "beta", "standard_error", "lod"]
    >>> result.to_frame().nlargest(2, "lod")[columns].round(3)
            marker  chromosome   beta  standard_error     lod
    782  marker782           4 -0.624           0.069  16.402
    780  marker780           4  0.626           0.079  12.915
    """
    check_choice(h, "h", ("null", "each"))
    check_choice(test, "test", ("f", "lrt", "score"))
    check_choice(missing, "missing", ("raise", "mean", "drop"))
    check_keep(keep)
    fitted = fitted_model(lmm)
    fitted.stored(PURPOSE)
    question = Question(test, missing, find_column(fitted, interaction))
    on_x = check_x_covariates(fitted, x_covariates, x_chromosomes)
    source = open_source(
        genotypes,
        ids,
        names=names,
        chromosomes=chromosomes,
        positions=positions,
        marker_map=marker_map,
        founders=founders,
        missing=missing,
        labels=labels_of_files(fitted),
    )
    rows = find_rows(fitted, source)
    if h == "each":
        check_each(fitted, source, question, on_x)
    nulls = null_models(fitted, source.n_markers, source.chromosomes, kinships, on_x)
    n_traits, n_markers = fitted.n_traits, source.n_markers
    results = Everything(n_traits, n_markers) if keep == "all" else Some(keep, n_traits)
    progress = Progress(n_traits * n_markers, verbose)
    for null in nulls:
        if h == "null":
            testers = testers_at_null_h(null, source, question, keep)
        else:
            testers = testers_at_each_h(null, question)
        for tester in testers:
            for markers, block in blocks(source, rows[tester.rows], null.markers):
                for part in tester.test(markers, block):
                    results.take(part)
                progress.add(tester.n_traits * len(markers), null.name)
                computing.let_forks_pass()
            del tester
        del null, testers
    arrays: dict[str, Any] = results.arrays(fitted.is_single)
    described = _describe(source, arrays.get("markers"))
    return Scan(**arrays, **described, trait_names=fitted.trait_names, test=test, h_mode=h)


def blocks(
    source: Source, rows: np.ndarray, markers: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Some of the markers at a time, and their genotypes, of shape (n, b) or (n, b, k)."""
    size = next(source.batches(len(rows))).stop
    for batch in gen_batches(len(markers), size):
        some = markers[batch]
        block = source.block(rows, run_of(some))
        if source.is_of_founders:
            block = block.reshape(len(block), len(some), source.width)
        yield some, block


def find_column(fitted: FittedModel, interaction: int | str | None) -> int | None:
    """The place of a column of X among the fixed effects."""
    if interaction is None:
        return None
    covariates = fitted.samples.covariate_columns(fitted.n_columns)
    names = fitted.columns or list(range(fitted.n_columns))
    known = [names[column] for column in covariates]
    if isinstance(interaction, str):
        if interaction in known:
            return known.index(interaction)
    elif isinstance(interaction, int | np.integer) and not isinstance(interaction, bool):
        column = interaction + fitted.n_columns if interaction < 0 else interaction
        if column in covariates:
            return covariates.index(column)
    which = f"one of {known}" if known else "one, and lmm was fitted without any"
    raise ValueError(
        f"interaction={interaction!r} must be the name or the position of a column of X that is a "
        f"fixed effect: {which}. Fit lmm with that column in X."
    )


def _describe(source: Source, markers: np.ndarray | None) -> dict[str, Any]:
    """What is known of the markers that are kept."""
    known = {
        name: getattr(source, name)
        for name in ("names", "chromosomes", "positions", "effect_alleles", "other_alleles")
    }
    if markers is not None:
        known = {name: None if of is None else of[markers] for name, of in known.items()}
    return known | {"founders": source.founders}
