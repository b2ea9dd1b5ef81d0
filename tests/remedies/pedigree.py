"""Relationships from pedigrees."""

import unicodedata

import numpy as np

from sklmm import Kinship
from sklmm.relationship import (
    numerator,
    single_step,
)

from .case import Case, case

NOBODY = [None, None, None]
FAMILY = [[1, 0, 0.5], [0, 1, 0.5], [0.5, 0.5, 1]]


def family(ids, father, mother, **parameters):
    """A of a sire, a dam and a calf, in this order."""
    A = numerator(ids, father, mother, **parameters)
    return A.select(["sire", "dam", "calf"]).matrix


@case
def parents_that_are_not_listed():
    return Case(
        lambda: numerator(["calf"], ["sire"], ["dam"]),
        "2 parents are not among ids and become founders, unrelated to all others: 'sire' (of 1), "
        "'dam' (of 1), with the number of their offspring. List them among ids, with unknown "
        "parents, if that is right; if they stand for unknown parents, name them by unknown=.",
        {
            "list": lambda: family(
                ["calf", "sire", "dam"], ["sire", None, None], ["dam", None, None]
            )
        },
        lambda: FAMILY,
    )


@case
def codes_for_one_unknown_sire_and_dam():
    ids, father, mother = ["a", "b"], ["UNKS", "UNKS"], ["UNKD", "UNKD"]
    return Case(
        lambda: numerator(ids, father, mother),
        "2 parents are not among ids … if they stand for unknown parents, name them by unknown=.",
        {"name": lambda: numerator(ids, father, mother, unknown=["UNKS", "UNKD"]).matrix},
        lambda: np.eye(2),
    )


@case
def a_code_of_an_unknown_parent():
    ids = ["sire", "dam", "calf"]
    return Case(
        lambda: family(ids, ["-9", "-9", "sire"], ["0", "-9", "dam"]),
        "The parent '-9' is not among ids and looks like a code for an unknown parent. Name all "
        "such codes by unknown=['-9', ...], or list it among ids if it is an individual.",
        {
            "name": lambda: family(
                ids, ["-9", "-9", "sire"], ["0", "-9", "dam"], unknown=["-9", "0"]
            )
        },
        lambda: FAMILY,
    )


@case
def an_individual_that_looks_like_a_code():
    return Case(
        lambda: numerator(["calf"], ["-9"], [None]),
        "The parent '-9' is not among ids and … or list it among ids if it is an individual.",
        {"list": lambda: numerator(["calf", "-9"], ["-9", None], [None, None]).matrix},
        lambda: [[1, 0.5], [0.5, 1]],
    )


@case
def a_code_that_is_both_parents():
    ids = ["sire", "dam", "calf"]
    return Case(
        lambda: family(ids, ["base", "base", "sire"], ["base", "base", "dam"]),
        "The parent 'base' is not among ids and is both parents of 2 of its 2 offspring, as a "
        "code for an unknown parent would be. Name all such codes by unknown=['base', ...], …",
        {
            "name": lambda: family(
                ids, ["base", "base", "sire"], ["base", "base", "dam"], unknown=["base"]
            )
        },
        lambda: FAMILY,
    )


@case
def an_individual_called_0():
    return Case(
        lambda: numerator([0, 1], [None, 0], [None, None]),
        "ids: 0 in row 0 stands for an unknown parent. Rename the individual, or choose other "
        "labels by unknown=.",
        {
            "rename": lambda: numerator([2, 1], [None, 2], [None, None]).matrix,
            "choose": lambda: numerator([0, 1], [-1, 0], [-1, -1], unknown=[-1]).matrix,
        },
        lambda: [[1, 0.5], [0.5, 1]],
    )


@case
def a_parent_in_another_spelling():
    ids, father, mother = ["sire", "dam", "calf"], [None, None, "Sire "], [None, None, "dam"]
    return Case(
        lambda: family(ids, father, mother),
        "The parent 'Sire ' is not among ids, but nearly matches 'sire'. Write both in the same "
        "way if they are one individual; if they are not, list 'Sire ' among ids, with unknown "
        "parents.",
        {"write": lambda: family(ids, [None, None, "Sire ".strip().lower()], mother)},
        lambda: FAMILY,
    )


@case
def two_parents_of_nearly_one_name():
    return Case(
        lambda: numerator(["bull", "calf"], [None, "Bull"], NOBODY[:2]),
        "The parent 'Bull' is not among ids, but nearly matches 'bull'. … if they are not, list "
        "'Bull' among ids, with unknown parents.",
        {"list": lambda: numerator(["bull", "calf", "Bull"], [None, "Bull", None], NOBODY).matrix},
        lambda: [[1, 0, 0], [0, 1, 0.5], [0, 0.5, 1]],
    )


@case
def a_parent_without_its_family():
    ids = [("F", "sire"), ("F", "calf")]
    return Case(
        lambda: numerator(ids, [None, "other"], NOBODY[:2]),
        "The parent 'other' has no family, but ids are tuples such as ('F', 'sire'). Give parents "
        "in the same way, such as ('F', 'other').",
        {
            "give": lambda: (
                numerator([*ids, ("F", "other")], [None, ("F", "other"), None], NOBODY).matrix
            )
        },
        lambda: [[1, 0, 0], [0, 1, 0.5], [0, 0.5, 1]],
    )


@case
def an_ancestor_of_itself():
    ids = ["sire", "dam", "calf"]
    return Case(
        lambda: family(ids, ["calf", None, "sire"], [None, None, "dam"]),
        "The pedigree has a loop: … (offspring <- parent). Nobody can be its own ancestor; "
        "correct the parents of one of them.",
        {"correct": lambda: family(ids, [None, None, "sire"], [None, None, "dam"])},
        lambda: FAMILY,
    )


@case
def genotypes_of_an_unknown_individual():
    A = numerator(["sire", "calf"], [None, "sire"], NOBODY[:2])
    G = Kinship([[1.0, 0.1], [0.1, 1.0]], ["sire", "dam"])
    everybody = numerator(["sire", "dam", "calf"], [None, None, "sire"], NOBODY)
    return Case(
        lambda: single_step(A, G),
        "genomic has 1 individuals that the pedigree lacks: 'dam'. Add them to the pedigree, if "
        "need be with unknown parents.",
        {"add": lambda: single_step(everybody, G).select(["sire", "dam", "calf"]).matrix},
        lambda: [[1, 0.1, 0.5], [0.1, 1, 0.05], [0.5, 0.05, 1]],
    )


@case
def genotypes_of_another_spelling():
    A = numerator(["sire", "dam", "calf"], [None, None, "sire"], NOBODY)
    G = Kinship([[1.0, 0.1], [0.1, 1.0]], ["sire", "DAM"])
    return Case(
        lambda: single_step(A, G),
        "genomic has 1 individuals that the pedigree lacks: 'DAM'. 'DAM' nearly matches 'dam': "
        "write both in the same way.",
        {
            "write": lambda: (
                single_step(A, Kinship(G.matrix, ["sire", "dam"]))
                .select(["sire", "dam", "calf"])
                .matrix
            )
        },
        lambda: [[1, 0.1, 0.5], [0.1, 1, 0.05], [0.5, 0.05, 1]],
    )


@case
def genotypes_of_clones():
    A = Kinship([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]], ["sire", "clone", "calf"])
    G = Kinship([[1.2, 1.2], [1.2, 1.2]], ["sire", "clone"])
    return Case(
        lambda: single_step(A, G),
        "pedigree: the relationships of the genotyped individuals are singular, as of clones or "
        "lines without segregation. Leave the copies out of genomic.",
        {"leave out": lambda: single_step(A, G.select(["sire"])).matrix},
        lambda: [[1.2, 1.2, 0.6], [1.2, 1.2, 0.6], [0.6, 0.6, 1.05]],
    )


@case
def a_code_that_is_listed():
    ids, father = ["sire", "dam", "calf", "-9"], ["-9", "-9", "sire", None]
    mother = ["-9", "-9", "dam", None]
    return Case(
        lambda: numerator(ids, father, mother),
        "'-9' is among ids, but looks like a code for an unknown parent, and is a father and a "
        "mother. Leave it out of ids and name all such codes by unknown=['-9', ...], or rename it "
        "if it is an individual.",
        {"leave": lambda: family(ids[:3], father[:3], mother[:3], unknown=["-9"])},
        lambda: FAMILY,
    )


@case
def an_individual_that_looks_like_a_code_and_is_listed():
    ids, father, mother = ["a", "b", "-9"], ["-9", None, None], [None, "-9", None]
    renamed = [["-9 x" if label == "-9" else label for label in of] for of in (father, mother)]
    return Case(
        lambda: numerator(ids, father, mother),
        "'-9' is among ids, but … or rename it if it is an individual.",
        {"rename": lambda: numerator(["a", "b", "-9 x"], *renamed).matrix},
        lambda: [[1, 0.25, 0.5], [0.25, 1, 0.5], [0.5, 0.5, 1]],
    )


@case
def one_founder_that_is_listed_in_two_spellings():
    ids, father = ["a", "b", "bull", "Bull "], ["bull", "Bull ", None, None]
    return Case(
        lambda: numerator(ids, father, [None] * 4),
        "The founders 'bull' and 'Bull ' nearly match. If they are one individual in two "
        "spellings, their offspring are half sibs and not unrelated: write both in the same way.",
        {"write": lambda: numerator(ids[:3], ["bull", "bull", None], NOBODY).matrix},
        lambda: [[1, 0.25, 0.5], [0.25, 1, 0.5], [0.5, 0.5, 1]],
    )


@case
def one_code_of_unknown_parents():
    ids = ["sire", "dam", "calf"]
    parents = ["unk", "unk", "sire"], ["unk", "unk", "dam"]
    return Case(
        lambda: family(ids, *parents, unknown="unk"),
        "unknown must be a sequence of labels, got 'unk'. Use unknown=['unk'].",
        {"list": lambda: family(ids, *parents, unknown=["unk"])},
        lambda: FAMILY,
    )


@case
def names_that_look_alike():
    composed, decomposed = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
    ids, father, mother = ["Zoë", "dam", "calf"], [None, None, decomposed], [None, None, "dam"]
    return Case(
        lambda: numerator(ids, father, mother),
        f"The parent {decomposed!r} is not among ids, but nearly matches {composed!r}. Write both "
        "in the same way (they look alike, and unicodedata.normalize('NFC', label) makes them "
        "equal) if they are one individual; …",
        {
            "normalize": lambda: (
                numerator(
                    ids, [name and unicodedata.normalize("NFC", name) for name in father], mother
                ).matrix
            )
        },
        lambda: FAMILY,
    )
