"""Individuals of PLINK's .fam: labels, parents, sex and traits."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._warn import warn_user
from ._files import Labels, are_titles, choose_labels, do_count
from ._lines import read_lines, refuse_blanks_between_tabs, refuse_quotes, split_blanks
from ._numbers import parse_number

UNKNOWN_PARENTS = {"0", ".", "NA", "NaN", "nan", "None", "<NA>"}
MISSING_TRAITS = {"na", "n/a", "nan", "<na>", "none", "null", ".", "-", "?", "*"}
"""In lower case; others are missing as well, but with a warning."""
MISSING_NUMBER = -9
SEXES = {"sex", "gender"}
"""Titles of the fifth column."""
CASES_AND_CONTROLS = {"-9", "0", "1", "2"}
REMEDY = (
    " If the traits are missing, add a column of -9 at the end; if it is the families, one of 0 "
    "in front."
)
"""For five columns."""
REMEDIES = {
    "iid": "PLINK looks parents up within the family: use labels='fid_iid', or leave labels='iid' "
    "if these families are not those of the pedigree.",
    "fid_iid": "Use labels='iid' if families mean nothing in this file.",
}
"""For a parent who is listed in another family, with these labels."""


class Fam(NamedTuple):
    """A row for each individual."""

    ids: np.ndarray
    family: np.ndarray
    father: np.ndarray
    mother: np.ndarray
    sex: np.ndarray
    phenotype: np.ndarray


def read_fam(path: Path, labels: Labels) -> Fam:
    """All of a .fam file; with pairs as labels the parents are pairs, too."""
    table = _read_table(path)
    families, individuals, fathers, mothers, sexes = table[:, :5].T
    pairs = list(zip(families, individuals, strict=True))
    ids = np.empty(len(table), dtype=object)
    ids[:] = choose_labels(path, pairs, labels)
    parents = {"father": fathers, "mother": mothers}
    _warn_of_strangers(path, pairs, parents, labels)
    if labels == "fid_iid":
        listed = set(pairs)
        parents = {name: _pairs_of(families, of_all, listed) for name, of_all in parents.items()}
    sex = np.select([sexes == "1", sexes == "2"], [1, 2], 0)
    return Fam(ids, families, parents["father"], parents["mother"], sex, _traits(path, table))


def read_ids_of_fam(path: Path, labels: Labels) -> list:
    """The labels of a .fam file, whatever its parents and traits are."""
    return choose_labels(path, [(fields[0], fields[1]) for fields in _read_table(path)], labels)


def _read_table(path):
    table = read_columns(path, REMEDY)
    _refuse_titles(path, table[0])
    _refuse_numbers_of_rows(path, table)
    return table


def read_columns(path: Path, remedy: str = "") -> np.ndarray:
    """A row for each line of .fam or .bim, of six fields or, for the traits of .fam, more."""
    lines = read_lines(path)
    refuse_blanks_between_tabs(path, lines, n_labels=5, n_fields=6)
    refuse_quotes(path, lines, n_labels=5)
    row = split_blanks(lines[0])
    n_fields = len(row)
    table = np.empty((len(lines), n_fields), dtype=object)
    for number, line in enumerate(lines, start=1):
        fields = split_blanks(line)
        if len(fields) < 6 or len(fields) != n_fields:
            others = f"line 1 has {n_fields} and " if len(fields) != n_fields else ""
            hint = remedy if len(fields) == n_fields == 5 else ""
            if len(fields) == 1:
                hint = " Blanks or tabs have to separate them."
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields, but {others}at least 6 are needed."
                f"{hint}"
            )
        row = [old if old == new else new for old, new in zip(row, fields, strict=True)]
        table[number - 1] = row
    return table


def _refuse_titles(path, fields):
    if are_titles(fields) or fields[4].strip('"').lower() in SEXES:
        raise ValueError(
            f"{path}, line 1: {' '.join(fields)[:60]!r} are titles, which a .fam file does not "
            "have. Remove the line, if the columns are family, individual, father, mother, sex "
            "and trait."
        )


def _refuse_numbers_of_rows(path, table):
    """Refuse numbers of rows before family and individual, which would be read a column off."""
    counts, individuals, fathers = (list(column) for column in table[:, :3].T)
    are_unheard_of = set(fathers).isdisjoint({*individuals, *UNKNOWN_PARENTS})
    if (
        table.shape[1] > 6
        and do_count(counts)
        and are_unheard_of
        and len(set(fathers)) == len(table) > 1
    ):
        raise ValueError(
            f"{path} seems to have numbers of rows in front of families: line 1 is "
            f"{' '.join(table[0])[:60]!r}, and each individual has a father of its own, who is "
            "not listed. Write the file without them (row.names=FALSE in R)."
        )


def _pairs_of(families, parents, listed):
    """(family, parent), or None where the parent is unknown."""
    pairs = np.empty(len(parents), dtype=object)
    for row, pair in enumerate(zip(families, parents, strict=True)):
        is_unknown = pair[1] == "0" or (pair[1] in UNKNOWN_PARENTS and pair not in listed)
        pairs[row] = None if is_unknown else pair
    return pairs


def _warn_of_strangers(path, pairs, parents, labels):
    """Name the first parent whom the labels take for somebody else than the file may mean."""
    listed, n_families = set(pairs), len({family for family, _ in pairs})
    family_of = dict(reversed([(individual, family) for family, individual in pairs]))
    if labels == "fid_iid" and len(family_of) < len(pairs):
        return
    for name, of_all in parents.items():
        rows = zip(pairs, of_all, strict=True)
        for number, ((family, individual), parent) in enumerate(rows, start=1):
            elsewhere = family_of.get(parent)
            if parent == "0" or elsewhere is None or (family, parent) in listed:
                continue
            have_meaning = (
                n_families < len(pairs)
                and family not in ("0", individual)
                and elsewhere not in ("0", parent)
            )
            if have_meaning == (labels == "iid"):
                warn_user(
                    f"{path}, line {number}: {name} {parent!r} of {individual!r} is not listed in "
                    f"family {family!r}, but in {elsewhere!r}. {REMEDIES[labels]}"
                )
                return


def _traits(path, table):
    """nan where PLINK takes a trait as missing: -9, text, or 0 beside 1 and 2."""
    traits = np.empty((len(table), table.shape[1] - 5))
    unusual = []
    for column, texts in enumerate(table[:, 5:].T):
        values = [parse_number(text) for text in texts]
        unusual += [
            (number, text)
            for number, (text, value) in enumerate(zip(texts, values, strict=True), start=1)
            if value is None and text.lower() not in MISSING_TRAITS
        ]
        traits[:, column] = [np.nan if value is None else value for value in values]
        numbers = {text for text, value in zip(texts, values, strict=True) if value is not None}
        is_status = numbers <= CASES_AND_CONTROLS and ("2" in numbers or "1" not in numbers)
        traits[is_status & (traits[:, column] == 0), column] = np.nan
    traits[traits == MISSING_NUMBER] = np.nan
    if unusual:
        number, text = unusual[0]
        more = f" (and {len(unusual) - 1} more)" if len(unusual) > 1 else ""
        warn_user(
            f"{path}, line {number}: the trait {text!r}{more} is no number and taken as missing."
        )
    return traits[:, 0] if traits.shape[1] == 1 else traits
