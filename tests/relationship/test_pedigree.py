"""The numerator relationships against a published example and the recursion of coancestry."""

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm.relationship import numerator

MRODE = {1: (0, 0), 2: (0, 0), 3: (1, 2), 4: (1, 0), 5: (4, 3), 6: (5, 2)}
MRODE_A = [
    [1.0, 0.0, 0.5, 0.5, 0.5, 0.25],
    [0.0, 1.0, 0.5, 0.0, 0.25, 0.625],
    [0.5, 0.5, 1.0, 0.25, 0.625, 0.5625],
    [0.5, 0.0, 0.25, 1.0, 0.625, 0.3125],
    [0.5, 0.25, 0.625, 0.625, 1.125, 0.6875],
    [0.25, 0.625, 0.5625, 0.3125, 0.6875, 1.125],
]
"""Mrode, Linear Models for the Prediction of Animal Breeding Values, example 2.1."""


def of(pedigree, order=None):
    ids = list(order or pedigree)
    return numerator(ids, [pedigree[i][0] for i in ids], [pedigree[i][1] for i in ids])


def test_published_example():
    np.testing.assert_array_equal(of(MRODE).matrix, MRODE_A)


def test_parents_may_follow_their_offspring():
    shuffled = of(MRODE, order=[6, 4, 5, 1, 3, 2])
    np.testing.assert_array_equal(shuffled.select(range(1, 7)).matrix, MRODE_A)


def test_parents_that_are_not_listed_are_founders():
    message = r"2 parents are not among ids and become founders.*: 1 \(of 2\), 2 \(of 2\), with"
    with pytest.warns(UserWarning, match=message):
        kinship = of({key: MRODE[key] for key in (3, 4, 5, 6)})
    assert set(kinship.ids) == {1, 2, 3, 4, 5, 6}
    np.testing.assert_array_equal(kinship.select(range(1, 7)).matrix, MRODE_A)


def coancestry(pedigree):
    """Twice the coancestry, by the recursion on the younger of two."""
    age = {animal: place for place, animal in enumerate(pedigree)}

    @cache
    def phi(i, j):
        if i == 0 or j == 0:
            return 0.0
        if age[i] < age[j]:
            i, j = j, i
        father, mother = pedigree[i]
        if i == j:
            return (1 + phi(father, mother)) / 2
        return (phi(father, j) + phi(mother, j)) / 2

    return [[2 * phi(i, j) for j in pedigree] for i in pedigree]


@st.composite
def pedigrees(draw):
    """Of up to 12 individuals from oldest to youngest, selfing allowed."""
    return {
        animal: (draw(st.integers(0, animal - 1)), draw(st.integers(0, animal - 1)))
        for animal in range(1, draw(st.integers(1, 12)) + 1)
    }


@given(pedigrees(), st.randoms(use_true_random=False))
def test_any_pedigree_in_any_order(pedigree, random):
    order = random.sample(list(pedigree), len(pedigree))
    kinship = of(pedigree, order)
    assert list(kinship.ids) == order
    found = kinship.select(list(pedigree)).matrix
    np.testing.assert_allclose(found, coancestry(pedigree), atol=1e-15)


@pytest.mark.parametrize("nobody", [0, "0", "", ".", "NA", "nan", None, np.nan, pd.NA])
def test_unknown_parents(nobody):
    kinship = numerator(["a", "b"], [nobody, "a"], [nobody, nobody])
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


def test_columns_of_tables():
    table = {"id": ["a", "b", "c"], "father": [None, None, "a"], "mother": [None, None, "b"]}
    expected = numerator(*table.values())
    for frame in (pd.DataFrame(table), pl.DataFrame(table)):
        kinship = numerator(frame["id"], frame["father"], frame["mother"])
        np.testing.assert_array_equal(kinship.matrix, expected.matrix)
        assert list(kinship.ids) == ["a", "b", "c"]
    with_gaps = pd.DataFrame({"id": [1, 2, 3], "father": [np.nan, np.nan, 1.0]})
    kinship = numerator(with_gaps["id"], with_gaps["father"], [0, 0, 0])
    np.testing.assert_array_equal(kinship.matrix[2], [0.5, 0, 1])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((["a"], ["a"], [0]), r"has a loop: 'a' <- 'a' \(offspring <- parent\)"),
        ((["a", "b", "c"], ["b", "c", "a"], [0, 0, 0]), "has a loop: 'a' <- 'b' <- 'c' <- 'a'"),
        ((["a", "x", "y"], ["x", "y", "x"], [0, 0, 0]), "has a loop: 'x' <- 'y' <- 'x'"),
        ((["a", "a"], [0, 0], [0, 0]), "ids must be unique, but 'a' is the label of rows 0 and 1"),
        ((["a", "b"], [0], [0, 0]), "father must have one label for each of the 2 ids, got 1"),
        ((["a", "b"], [0, 0], [0] * 3), "mother must have one label for each of the 2 ids, got 3"),
        ((["0", "b"], [0, 0], [0, 0]), "ids: '0' in row 0 stands for an unknown parent"),
        (([7, 8], [0, "7"], [0, 0]), "The label '7' of father is of type str, and 7 of ids of"),
        ((["7", "8"], [0, 7.0], [0, 0]), "The label 7.0 of father is of type float, and '7' of"),
        (([1.0, 2.0], [0, "1"], [0, 0]), "The label '1' of father is of type str, and 1.0 of ids"),
        ((["1.0", "2"], [0, 1], [0, 0]), "The label 1 of father is of type int, and '1.0' of ids"),
        ((["a", "b"], [0, b"a"], [0, 0]), "The label b'a' of father is of type bytes, and 'a'"),
        (([1, 2], [7, 0], ["7", 0]), "The label '7' of mother is of type str, and 7 of father"),
        (([1, 2], [True, 0], [0, 0]), "The label True of father is of type bool, and 1 of ids"),
        (([1, 2], [-9.0, -9.0], [0, 0]), "The parent -9.0 is not among ids and looks like a code"),
        (
            (["a", "b"], ["0 ", 0], [0, 0]),
            "The parent '0 ' is not among ids and looks like a code",
        ),
        (
            (["a", "b"], [b"0", 0], [0, 0]),
            "The parent b'0' is not among ids and looks like a code",
        ),
        ((["a", "b"], [-9, -9], [0, 0]), "The parent -9 is not among ids and looks like a code"),
        ((["a", "b"], ["0.0", 0], [0, 0]), "The parent '0.0' is not among ids and looks like"),
        (([], [], []), "ids is empty"),
    ],
)
def test_bad_pedigrees(columns, message):
    with pytest.raises(ValueError, match=message):
        numerator(*columns)


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"father": "ab"}, "father"),
        ({"father": {"a", "b"}}, "father"),
        ({"father": 5}, "father"),
        ({"mother": pd.DataFrame({"x": ["a", "b"], "y": ["a", "b"]})}, "mother"),
        ({"unknown": "NA"}, "unknown"),
        ({"unknown": None}, "unknown"),
        ({"ids": "cd"}, "ids"),
    ],
)
def test_labels_need_an_order(columns, name):
    good = {"ids": ["c", "d"], "father": ["a", "b"], "mother": ["e", "f"]}
    with pytest.raises(TypeError, match=f"{name} must be a sequence of labels"):
        numerator(**{**good, **columns})


def test_codes_of_unknown_parents_in_any_order():
    columns = (["c", "d"], ["-9", "c"], ["?", "-9"])
    expected = numerator(*columns, unknown=["-9", "?"]).matrix
    for unknown in ({"-9", "?"}, frozenset(["?", "-9"]), {"?": 1, "-9": 2}.keys()):
        np.testing.assert_array_equal(numerator(*columns, unknown=unknown).matrix, expected)


def test_masked_parents_are_unknown():
    father = np.ma.array(["a", "a"], mask=[True, False])
    kinship = numerator(["a", "b"], father, [0, 0])
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


def test_large_labels_of_a_narrow_type_are_refused():
    with pytest.raises(ValueError, match=r"father: the label in row 0 is 16777216.0 as a float"):
        numerator([1], pd.Series([16777217], dtype="float32"), [0])


def test_names_with_a_dot_and_a_zero_are_names():
    kinship = numerator(["a", "a.0"], [None, "a"], [None, None])
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


def test_other_codes_do_not_make_founders_of_the_usual_ones():
    with pytest.raises(ValueError, match="The parent 0 is not among ids and looks like a code"):
        numerator([1, 2], [-9, 1], [-9, 0], unknown=[-9])


def test_other_labels_of_unknown_parents():
    kinship = numerator([0, 1], [-1, 0], [-1, -1], unknown=[-1])
    np.testing.assert_array_equal(kinship.matrix, [[1, 0.5], [0.5, 1]])


SPELLINGS = {
    "a decimal": (["1", "2", "3"], "1.0"),
    "a comma": (["1", "2", "3"], "1,0"),
    "a blank": (["bull", "cow", "calf"], "bull "),
    "a blank within": (["bull7", "cow", "calf"], "bull 7"),
    "a no-break space": (["bull", "cow", "calf"], "bull\u00a0"),
    "a zero-width space": (["bull", "cow", "calf"], "\u200bbull"),
    "a tab": (["bull", "cow", "calf"], "\tbull"),
    "a line break": (["bull", "cow", "calf"], "bull\n"),
    "zeros": (["001", "002", "003"], "1"),
    "zeros within": (["A001", "A002", "A003"], "A1"),
    "an exponent": (["3927518502234", "2", "3"], "3.92752E+12"),
    "case": (["Bull", "cow", "calf"], "bull"),
    "quotes": (["bull", "cow", "calf"], '"bull"'),
    "a dash": (["A-1", "cow", "calf"], "A\u20131"),
    "composition": (["M\u00fcller", "cow", "calf"], "Mu\u0308ller"),
    "a family": ([("F1", "1"), ("F1", "2"), ("F1", "3")], "1"),
    "a family of the parent": (["1", "2", "3"], ("F1", "1")),
    "numbers as text": ([1, 2, 3], "01"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_parents_in_another_spelling(name):
    ids, father = SPELLINGS[name]
    with pytest.raises(ValueError, match=r"^The parent .* is not among ids, but nearly") as caught:
        numerator(ids, [None, None, father], [None] * 3)
    assert repr(father) in str(caught.value)
    assert repr(ids[0]) in str(caught.value)
    same = numerator(ids, [None, None, ids[0]], [None] * 3)
    assert same.matrix[2, 0] == 0.5
    if not isinstance(father, tuple) and not isinstance(ids[0], tuple):
        different = numerator([*ids, father], [None, None, father, None], [None] * 4)
        assert different.matrix[2, 0] == 0
        assert different.matrix[2, 3] == 0.5


def test_one_founder_in_two_spellings():
    with pytest.raises(ValueError, match="'bull' is not among ids, but nearly matches 'Bull'"):
        numerator(["a", "b"], ["Bull", "bull"], [None, None])
    with pytest.warns(UserWarning, match=r"1 parents .* 'Bull' \(of 2\)"):
        same = numerator(["a", "b"], ["Bull", "Bull"], [None, None])
    assert same.matrix[0, 1] == 0.25


def test_pairs_of_family_and_individual():
    ids = [(family, individual) for family in ("F1", "F2") for individual in "123"]
    father = [None, None, ("F1", "1"), None, None, ("F2", "1")]
    mother = [None, None, ("F1", "2"), None, None, ("F2", "2")]
    kinship = numerator(ids, father, mother)
    assert list(kinship.ids) == ids
    a, b = np.triu(kinship.matrix, 1).nonzero()
    assert {(ids[i], ids[j]) for i, j in zip(a, b, strict=True)} == {
        ((family, parent), (family, "3")) for family in ("F1", "F2") for parent in "12"
    }
    zeros = [
        (family, "0") if parent is None else parent
        for (family, _), parent in zip(ids, father, strict=True)
    ]
    np.testing.assert_array_equal(numerator(ids, zeros, mother).matrix, kinship.matrix)
    with pytest.raises(ValueError, match=r"'7' has no family, but .* such as \('F1', '7'\)"):
        numerator(ids, [None] * 5 + ["7"], [None] * 6)


@pytest.mark.parametrize("code", ["000000", "0000-0", '"0"', "#N/A", "n.a.", "unk", "--", "−9"])
def test_codes_of_unknown_parents(code):
    with pytest.raises(ValueError, match=r"is not among ids and looks like a code for an unknown"):
        numerator(["a", "b", "c"], [code, code, "a"], [code, None, "b"])
    named = numerator(["a", "b", "c"], [code, code, "a"], [code, None, "b"], unknown=[code])
    np.testing.assert_array_equal(named.matrix, [[1, 0, 0.5], [0, 1, 0.5], [0.5, 0.5, 1]])


@pytest.mark.parametrize("code", ["9999", "inconnu", "XXX", 99, ("F1", "base")])
def test_a_code_in_any_language_is_both_parents(code):
    ids = [("F1", "a"), ("F1", "b")] if isinstance(code, tuple) else [1, 2]
    ids = ids if not isinstance(code, str) else ["a", "b"]
    message = r"is both parents of 2 of its 2 offspring.*unknown=\["
    with pytest.raises(ValueError, match=message):
        numerator(ids, [code, code], [code, code])
    np.testing.assert_array_equal(
        numerator(ids, [code] * 2, [code] * 2, unknown=[code]).matrix, np.eye(2)
    )
    listed = numerator([*ids, code], [code, code, None], [code, code, None])
    np.testing.assert_array_equal(listed.matrix, [[1.5, 1, 1], [1, 1.5, 1], [1, 1, 1]])


def test_a_plant_that_was_selfed_is_a_founder():
    with pytest.warns(UserWarning, match=r"1 parents are not among ids .*: 'F1' \(of 1\)"):
        assert numerator(["a"], ["F1"], ["F1"]).matrix[0, 0] == 1.5


def test_the_warning_shows_the_founders_of_many_first():
    father = ["rare", *["frequent"] * 3, "other", "fourth"]
    with pytest.warns(
        UserWarning, match=r"4 parents .*: 'frequent' \(of 3\), .*, …, with the num"
    ):
        numerator(list("abcdef"), father, [None] * 6)


def test_a_table_whose_row_names_look_like_its_ids():
    table = pd.DataFrame({"id": [3, 1, 2], "sire": [1, 0, 0], "dam": [2, 0, 0]}, index=[1, 2, 3])
    found = numerator(table["id"], table["sire"], table["dam"])
    np.testing.assert_array_equal(found.matrix, [[1, 0.5, 0.5], [0.5, 1, 0], [0.5, 0, 1]])
    with pytest.raises(ValueError, match="different index"):
        numerator(table["id"], table["sire"][::-1], table["dam"])


def test_pairs_of_numbered_families_and_individuals():
    """(1, 3) and (3, 1) are two children, and (F, 1) turned round is one."""
    ids = [(family, child) for family in "123456" for child in "345"]
    father = [(family, "1") for family, _ in ids]
    with pytest.warns(UserWarning, match="6 parents are not among ids"):
        found = numerator(ids, father, [None] * len(ids))
    assert found.select([("1", "3"), ("3", "1")]).matrix[0, 1] == 0
    with pytest.raises(ValueError, match="nearly matches"):
        numerator([("F", "1"), ("F", "2")], [None, ("1", "F")], [None, None])


@pytest.mark.parametrize("code", ["-9", "unknown", "?", "000", "#N/A"])
def test_codes_that_were_listed_with_the_founders(code):
    children, father, mother = ["k1", "k2"], ["bull", code], [code, "cow"]
    founders = sorted({*father, *mother})
    nobody = [None] * len(founders)
    with pytest.raises(ValueError, match=f"{code!r} is among ids, but looks like a code") as error:
        numerator([*children, *founders], [*father, *nobody], [*mother, *nobody])
    assert "unknown=" in str(error.value)


def test_founders_that_are_listed_by_the_recipe():
    """Of labels that are pairs, where some parents are listed and some unknown."""
    ids = [("1", "1"), ("1", "3"), ("2", "3"), ("2", "4")]
    father = [None, ("1", "1"), ("2", "1"), ("2", "1")]
    mother = [None, ("1", "2"), ("2", "2"), None]
    founders = sorted({*father, *mother} - {None, *ids})
    unknown = [None] * len(founders)
    A = numerator([*ids, *founders], [*father, *unknown], [*mother, *unknown])
    with pytest.warns(UserWarning, match="3 parents are not among ids"):
        expected = numerator(ids, father, mother)
    np.testing.assert_array_equal(A.select(ids).matrix, expected.select(ids).matrix)
