"""From several Kinships, or one that needs a change, to another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set

import numpy as np
import scipy.linalg

from .._kinship import Kinship, check_kinship, own_kinship
from .._labels import enumerate_labels, hint_of_near_match
from .._numbers import find_other
from .._validation import check_number
from .._variance.linalg.drivers import choose_driver


def weighted_sum(kinships: Sequence[Kinship], weights: Sequence[float] | None = None) -> Kinship:
    """Sum of relationships, matched by label.

    Parameters
    ----------
    kinships : sequence of Kinship
        Of the same samples, in any order.
    weights : sequence of float, default=None
        The weight of each; None is their mean.

    Returns
    -------
    Kinship
        In the order of the first.

    Raises
    ------
    TypeError
        If one is not a Kinship.
    ValueError
        If they differ in their samples, or weights are negative, not finite, all 0 or not as
        many.

    Examples
    --------
    >>> from sklmm import Kinship
    >>> from sklmm.relationship import weighted_sum
    >>> additive = Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["a", "b"])
    >>> unrelated = Kinship([[1.0, 0.0], [0.0, 1.0]], ids=["b", "a"])
    >>> weighted_sum([additive, unrelated], weights=[0.8, 0.2]).matrix
    array([[1. , 0.4],
           [0.4, 1. ]])
    """
    matrices, labels = _matched(kinships)
    weights = _check_weights(weights, len(matrices))
    total = sum(weight * K for weight, K in zip(weights, matrices, strict=True))
    return own_kinship(total, labels)


def hadamard(*kinships: Kinship) -> Kinship:
    """Product of relationships, element by element: epistasis.

    The covariance of the interaction between effects with relationships A and D is the
    Hadamard product A # D; that of additive by additive effects is A # A [1]_. Scale it by
    :meth:`~sklmm.Kinship.normalized`.

    Parameters
    ----------
    *kinships : Kinship
        Two or more of the same samples, in any order.

    Returns
    -------
    Kinship
        In the order of the first.

    Raises
    ------
    TypeError
        If one is not a Kinship.
    ValueError
        If they differ in their samples.

    References
    ----------
    .. [1] Henderson (1985). Best linear unbiased prediction of nonadditive genetic merits in
       noninbred populations. Journal of Animal Science 60, 111-117.

    Examples
    --------
    >>> from sklmm import Kinship
    >>> from sklmm.relationship import hadamard
    >>> additive = Kinship([[1.0, 0.5], [0.5, 1.0]], ids=["a", "b"])
    >>> hadamard(additive, additive).matrix
    array([[1.  , 0.25],
           [0.25, 1.  ]])
    """
    if len(kinships) < 2:
        raise TypeError(f"hadamard needs two Kinships or more, got {len(kinships)}.")
    matrices, labels = _matched(kinships)
    product = matrices[0].astype(float)
    for matrix in matrices[1:]:
        product *= matrix
    return own_kinship(product, labels)


def bend(kinship: Kinship, *, least: float = 0.0) -> Kinship:
    """Repair a matrix that is not positive semi-definite, by raising its small eigenvalues.

    Parameters
    ----------
    kinship : Kinship
        With negative eigenvalues, such as estimates element by element give.
    least : float, default=0.0
        Smaller eigenvalues become this share of the mean diagonal [1]_.

    Returns
    -------
    Kinship
        The positive semi-definite matrix that is nearest to `kinship` in the Frobenius norm,
        if `least` is 0.

    Raises
    ------
    TypeError
        If `kinship` is not a Kinship.
    ValueError
        If `least` is negative or not finite, or the mean diagonal is not positive.

    References
    ----------
    .. [1] Jorjani, Klei & Emanuelson (2003). A simple method for weighted bending of genetic
       (co)variance matrices. Journal of Dairy Science 86, 677-679.

    Examples
    --------
    >>> from sklmm import Kinship
    >>> from sklmm.relationship import bend
    >>> bend(Kinship([[1.0, 2.0], [2.0, 1.0]], ids=["a", "b"])).matrix.round(2)
    array([[1.5, 1.5],
           [1.5, 1.5]])
    """
    check_kinship(kinship, "kinship")
    matrix, labels = kinship.matrix, list(kinship.ids)
    check_number(least, "least", lambda x: 0 <= x < np.inf, "a number that is not negative")
    mean_diagonal = matrix.trace(dtype=float) / len(matrix)
    if not mean_diagonal > 0:
        raise ValueError(
            f"kinship has a mean diagonal of {mean_diagonal:g}; it must be positive for a matrix "
            "of relationships to be near."
        )
    eigenvalues, U = scipy.linalg.eigh(matrix.astype(float), driver=choose_driver(len(matrix)))
    raised = U * np.maximum(eigenvalues, least * mean_diagonal)
    bent = raised @ U.T
    return own_kinship((bent + bent.T) / 2, labels)


def single_step(pedigree: Kinship, genomic: Kinship, *, blend: float = 0.0) -> Kinship:
    """Join a pedigree with markers of some of its individuals: the matrix H.

    With A of the pedigree, G of those genotyped (2) and the others (1) [1]_, [2]_::

        H22 = G        H12 = A12 A22⁻¹ G        H11 = A11 + A12 A22⁻¹ (G - A22) A22⁻¹ A21

    Parameters
    ----------
    pedigree : Kinship
        A, as :func:`numerator` gives it.
    genomic : Kinship
        G of some of the individuals of the pedigree, on the scale of A.
    blend : float, default=0.0
        The share of A22 in what is taken for G; 0.05 is usual where G is to be inverted,
        which is not done here.

    Returns
    -------
    Kinship
        In the order of `pedigree`.

    Raises
    ------
    TypeError
        If one of them is not a Kinship.
    ValueError
        If a genotyped individual is not in the pedigree, if genotyped individuals are the same
        or depend on each other in the pedigree (clones), or if blend is outside [0, 1].

    References
    ----------
    .. [1] Legarra, Aguilar & Misztal (2009). A relationship matrix including full pedigree
       and genomic information. Journal of Dairy Science 92, 4656-4663.
    .. [2] Christensen & Lund (2010). Genomic prediction when some animals are not genotyped.
       Genetics Selection Evolution 42, 2.

    Examples
    --------
    >>> from sklmm import Kinship
    >>> from sklmm.relationship import numerator, single_step
    >>> nobody = [None, None]
    >>> A = numerator(["calf", "bull", "cow"], ["bull", *nobody], ["cow", *nobody])
    >>> G = Kinship([[1.0, 0.1], [0.1, 1.0]], ids=["bull", "cow"])
    >>> single_step(A, G).select(["calf", "bull", "cow"]).matrix
    array([[1.05, 0.55, 0.55],
           [0.55, 1.  , 0.1 ],
           [0.55, 0.1 , 1.  ]])
    """
    check_kinship(pedigree, "pedigree")
    check_kinship(genomic, "genomic")
    check_number(blend, "blend", lambda x: 0 <= x <= 1, "a number in [0, 1]")
    genotyped = _rows_in_pedigree(pedigree, genomic)
    A = pedigree.matrix.astype(float)
    A22 = A[np.ix_(genotyped, genotyped)]
    G = (1 - blend) * genomic.matrix + blend * A22
    regression = _regress(A[:, genotyped], A22)
    H = A + regression @ (G - A22) @ regression.T
    H[:, genotyped] = regression @ G
    H[genotyped] = H[:, genotyped].T
    H[np.ix_(genotyped, genotyped)] = G
    return own_kinship((H + H.T) / 2, list(pedigree.ids))


def _regress(A2, A22):
    """A2 A22⁻¹: the expectation of everybody given the genotyped."""
    try:
        factor = scipy.linalg.cho_factor(A22)
    except scipy.linalg.LinAlgError:
        factor = None
    if factor is None or np.diagonal(factor[0]).min() ** 2 < 1e-10 * np.diagonal(A22).max():
        raise ValueError(
            "pedigree: the relationships of the genotyped individuals are singular, as of clones "
            "or lines without segregation. Leave the copies out of genomic."
        )
    return scipy.linalg.cho_solve(factor, A2.T).T


def _rows_in_pedigree(pedigree, genomic):
    unknown = [label for label in genomic.ids if label not in pedigree]
    if unknown:
        hint = hint_of_near_match(unknown, pedigree.ids)
        remedy = " Add them to the pedigree, if need be with unknown parents."
        raise ValueError(
            f"genomic has {len(unknown)} individuals that the pedigree lacks: "
            f"{enumerate_labels(unknown)}.{hint or remedy}"
        )
    return pedigree.rows(genomic.ids)


def _matched(kinships) -> tuple[list[np.ndarray], list[Hashable]]:
    """Matrices of the same samples in the order of the first."""
    if isinstance(kinships, Kinship | Set) or not isinstance(kinships, Iterable):
        raise TypeError(f"kinships must be a sequence of Kinships, got {kinships!r}.")
    kinships = list(kinships)
    if not kinships:
        raise TypeError("kinships is empty: give at least one Kinship.")
    for place, kinship in enumerate(kinships):
        check_kinship(kinship, f"kinships[{place}]")
    first = kinships[0]
    matrices = [first.matrix]
    for place, kinship in enumerate(kinships[1:], start=1):
        different = [label for label in first.ids if label not in kinship]
        different += [label for label in kinship.ids if label not in first]
        if different:
            raise ValueError(
                f"kinships[{place}] and kinships[0] have different samples: {len(different)} are "
                f"only in one of them, such as {enumerate_labels(different)}."
                f"{_remedy(first, kinship)}"
            )
        matrices.append(kinship.select(first.ids).matrix)
    return matrices, list(first.ids)


def _remedy(first, kinship):
    """Advise to write labels in the same way, or to take those that both have."""
    only_first = [label for label in first.ids if label not in kinship]
    hint = hint_of_near_match(only_first, kinship.ids)
    if hint or len(only_first) == len(first):
        return hint
    return " Use select to take those that they share."


def _check_weights(weights, n):
    if weights is None:
        return np.full(n, 1 / n)
    try:
        values = np.ma.filled(np.ma.asarray(weights).astype(float), np.nan)
        is_numeric = np.ma.asarray(weights).dtype.kind in "fiu" and find_other(weights) is None
    except (TypeError, ValueError):
        values, is_numeric = np.empty(0), False
    if values.shape != (n,) or not is_numeric:
        raise ValueError(f"weights must be one number for each of {n} kinships, got {weights!r}.")
    if not (np.all((values >= 0) & (values < 1e100)) and values.max() > 0):
        raise ValueError(
            f"weights must be numbers from 0 to 1e100, at least one of them positive, got "
            f"{weights!r}."
        )
    return values
