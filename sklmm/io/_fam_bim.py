"""The lines of .fam and .bim, of what a user gives for individuals and markers."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

from .._labels import as_labels_or_none, is_missing, refuse_same, written
from .._order import RowLabels, check_labels
from .._warn import warn_user
from ._files import is_pair
from ._ids import NO_FAMILY, as_pair, refuse_titles

UNKNOWN = "0"
MALE = "1"
MISSING_PHENOTYPE = "-9"
ZERO = "0.0"
"""Without a point PLINK takes it, beside 1 and 2, as the code of a missing one."""
OF_INDIVIDUALS = ("family", "father", "mother", "sex", "phenotype")
DEFAULTS_OF_MARKERS = {
    "chromosome": "0",
    "centimorgan": "0.0",
    "position": "0",
    "allele_1": "A1",
    "allele_2": "A2",
}
PROPERTIES = sorted([*OF_INDIVIDUALS, *DEFAULTS_OF_MARKERS])


def fam_of(ids: Sequence[Hashable], given: Mapping[str, Any]) -> str:
    """The text of .fam: family, individual, father, mother, sex and phenotypes, with blanks."""
    n = len(ids)
    for name in set(OF_INDIVIDUALS) & set(given):
        check_labels(RowLabels(list(ids), "ids", n), given[name], name)
    pairs = _with_families([as_pair(label, "ids") for label in ids], ids, given)
    refuse_same(pairs, ids, "ids")
    refuse_titles(pairs, ids)
    columns: list[Sequence[str]] = list(zip(*pairs, strict=True))
    for name in ("father", "mother"):
        columns.append(_parents(given[name], name, pairs) if name in given else [UNKNOWN] * n)
    columns.append(_sexes(given["sex"], n) if "sex" in given else [UNKNOWN] * n)
    if "phenotype" in given:
        columns.append(_phenotypes(given["phenotype"], n))
    else:
        columns.append([MISSING_PHENOTYPE] * n)
    return _lines(columns, " ")


def bim_of(names: Sequence[Hashable], given: Mapping[str, Any]) -> str:
    """The text of .bim: chromosome, name, centimorgan, position and alleles, with tabs."""
    m = len(names)
    for name in set(DEFAULTS_OF_MARKERS) & set(given):
        check_labels(RowLabels(list(names), "feature_names", m), given[name], name)
    columns = {name: [default] * m for name, default in DEFAULTS_OF_MARKERS.items()}
    for name in set(columns) & set(given):
        if name in ("centimorgan", "position"):
            columns[name] = _numbers(given[name], name, m)
        else:
            columns[name] = _texts(given[name], name, m)
    chromosome, *others = columns.values()
    markers = [written(name, "feature_names", between_blanks=True) for name in names]
    return _lines([chromosome, markers, *others], "\t")


def check_length(values: Sequence[Any], name: str, length: int) -> None:
    if len(values) != length:
        raise ValueError(f"{name} must have length {length}, as data has, got {len(values)}.")


def _lines(columns, separator):
    return "".join(separator.join(fields) + "\n" for fields in zip(*columns, strict=True))


def _known(values, name, length):
    """Labels, with None where one is unknown."""
    labels = as_labels_or_none(values, name)
    check_length(labels, name, length)
    return [None if isinstance(label, str | bytes) and not label else label for label in labels]


def _texts(values, name, length):
    starts_line = name in ("family", "chromosome")
    return [
        UNKNOWN
        if value is None
        else written(value, name, between_blanks=True, starts_line=starts_line)
        for value in _known(values, name, length)
    ]


def _with_families(pairs, ids, given):
    """Families of a property beside labels that have none."""
    if "family" not in given:
        return pairs
    families = _texts(given["family"], "family", len(pairs))
    for family, label, (of_label, _) in zip(families, ids, pairs, strict=True):
        if is_pair(label) and family not in (of_label, NO_FAMILY):
            raise ValueError(
                f"family: {family!r} is given for the individual {label!r}, whose label has "
                "another family. Leave out family, or correct it."
            )
    return [
        pair if is_pair(label) else (family, pair[1])
        for family, label, pair in zip(families, ids, pairs, strict=True)
    ]


def _parents(values, name, pairs):
    """The individuals of parents, which have to be of the families of their children."""
    texts, known = [], set(pairs)
    for parent, (family, child) in zip(_known(values, name, len(pairs)), pairs, strict=True):
        if parent is None:
            texts.append(UNKNOWN)
            continue
        of_parent, individual = as_pair(parent, name)
        if is_pair(parent) and of_parent != family:
            raise ValueError(
                f"{name}: {parent!r} is the parent of {(family, child)!r}, and a .fam file has "
                "one family for both. Give them the same family, or labels without families "
                "that are different for all individuals."
            )
        if individual == UNKNOWN and (family, UNKNOWN) in known:
            raise ValueError(
                f"{name}: {parent!r} is an individual, but stands for an unknown parent in .fam "
                "files. Rename it."
            )
        texts.append(individual)
    return texts


def _sexes(values, n):
    """Whole numbers, with a warning if they are 0 and 1 alone, as other programs have sexes."""
    sexes = _numbers(values, "sex", n)
    known = {
        sex
        for sex, value in zip(sexes, _known(values, "sex", n), strict=True)
        if value is not None
    }
    if known == {UNKNOWN, MALE}:
        warn_user(
            f"sex is 0 and 1 alone, and 0 is unknown and 1 male in .fam files: {sexes.count('0')} "
            f"of {n} individuals will have no sex. If these are two sexes, write 1 for males and "
            "2 for females, such as sex=2 - numpy.asarray(sex) if 1 is male, or 1 + "
            "numpy.asarray(sex) if 0 is. If 0 is unknown, give None there."
        )
    return sexes


def _numbers(values, name, length):
    """Whole ones without a point, others with all digits."""
    return [
        _number("0" if value is None else value, name) for value in _known(values, name, length)
    ]


def _number(value, name):
    text = written(value, name, between_blanks=True)
    if name == "centimorgan":
        try:
            number = float("nan" if "_" in text else text)
        except ValueError:
            number = float("nan")
        if isfinite(number):
            return repr(number)
        raise ValueError(f"{name}: {text!r} is not a number, as it has to be.")
    if re.fullmatch("[+-]?[0-9]+", text):
        return str(int(text))
    raise ValueError(f"{name}: {text!r} is not a whole number, as it has to be.")


def _phenotypes(values, n):
    """A trait, or several, in the columns from the sixth on."""
    try:
        table = np.asanyarray(values)
    except ValueError as error:
        raise ValueError(f"phenotype must be a table of numbers: {error}") from error
    is_one = table.ndim == 1
    if table.ndim not in (1, 2) or 0 in table.shape:
        raise ValueError(
            "phenotype must have a row for each individual and a column for each trait, got "
            f"shape {table.shape}."
        )
    check_length(table, "phenotype", n)
    rows = ([value] for value in table.tolist()) if is_one else table.tolist()
    return [
        " ".join(
            _phenotype(value, f"{row}" if is_one else f"{row}, {column}")
            for column, value in enumerate(traits)
        )
        for row, traits in enumerate(rows)
    ]


def _phenotype(value, place):
    if is_missing(value):
        return MISSING_PHENOTYPE
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        raise ValueError(
            f"phenotype must be numbers, NaN where they are missing, but phenotype[{place}] is "
            f"{value!r}."
        )
    if value == float(MISSING_PHENOTYPE):
        raise ValueError(
            f"phenotype[{place}] is -9, which stands for a missing one in .fam files. Give NaN "
            "if it is missing; if it was measured, add a constant to the trait."
        )
    if value == 0:
        return ZERO
    if isinstance(value, Integral):
        return str(int(value))
    return repr(float(value)).removesuffix(".0")
